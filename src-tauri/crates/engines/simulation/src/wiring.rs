//! Who calls whom and how, and what arrives from outside: the part of a plan that requests follow.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{Keeps, ServiceId, SimTime, World};

use crate::client::PolicyPlan;
use crate::frame::{CallPlan, ClassPlan, Frame};
use crate::profile::Course;
use crate::request::NONE;

/// Caches that a miss can be told of: one bit each.
const MOST_CACHES: usize = 32;

impl Frame {
    /// Reads what kind of servers the workloads are.
    pub(crate) fn read_behaviours(&mut self, world: &World) {
        for at in 0..self.workloads.len() {
            let known = world.definition.behaviours.get(&self.workloads[at].id);
            let behaviour = known.cloned().unwrap_or_default();
            self.workloads[at].balance = behaviour.balance;
            self.workloads[at].keeps = behaviour.keeps;
            self.behaviours.push(behaviour);
        }
    }

    fn cache_bit(&self, service: usize) -> u32 {
        if self.workloads[service].keeps != Keeps::Cache {
            return 0;
        }
        let before = self.workloads[..service].iter();
        let number = before.filter(|other| other.keeps == Keeps::Cache).count();
        if number < MOST_CACHES { 1 << number } else { 0 }
    }

    /// The lane of a timeout of a policy, milliseconds.
    fn lane(&mut self, timeout_ms: Option<f64>) -> u32 {
        let own = timeout_ms.map(|ms| (ms * 1e6).round() as SimTime);
        let known = self.timeouts.iter().position(|known| *known == own);
        known.unwrap_or_else(|| {
            self.timeouts.push(own);
            self.timeouts.len() - 1
        }) as u32
    }

    /// Reads the calls, in the order of the world, with their policies.
    pub(crate) fn read_calls(&mut self, world: &World) {
        // By caller: calls that go together, by their number, then the others one by one.
        let mut stages: BTreeMap<(usize, u64), Vec<u32>> = BTreeMap::new();
        for call in &world.definition.calls {
            let (Some(from), Some(to)) = (self.service(&call.from), self.service(&call.to)) else {
                self.warnings.push(format!(
                    "call {} -> {} is left out: both must be workloads that serve",
                    call.from, call.to
                ));
                continue;
            };
            if self.reachable(&stages, [to]).contains(&from) {
                self.warnings.push(format!(
                    "call {} -> {} is left out: it closes a cycle of calls",
                    call.from, call.to
                ));
                continue;
            }
            let number = self.calls.len() as u32;
            let policy = world.definition.policies.get(&call.subject());
            let lane = self.lane(policy.and_then(|policy| policy.timeout_ms));
            let compiled = PolicyPlan::new(policy, lane, self.workloads[from].clients);
            self.workloads[from].clients += u32::from(compiled.client != NONE);
            let after_miss = policy
                .and_then(|policy| policy.on_miss_of.as_ref())
                .map_or(0, |cache| self.bit_of_cache(cache, &call.subject()));
            let classes = policy.map_or(&[][..], |policy| policy.classes.as_slice());
            let all = &world.definition.classes;
            self.calls.push(CallPlan {
                to: to as u32,
                classes: if classes.is_empty() {
                    Box::default()
                } else {
                    // In the order in which classes are read: those that are left out are found below.
                    all.iter()
                        .filter(|class| self.service(&class.entry).is_some())
                        .map(|class| classes.contains(&class.name))
                        .collect()
                },
                after_miss,
                cache_bit: self.cache_bit(to),
                optional: policy.is_some_and(|policy| policy.optional),
            });
            let together = policy.and_then(|policy| policy.together);
            let place = together.map_or((1 << 32) + u64::from(number), u64::from);
            stages.entry((from, place)).or_default().push(number);
            self.policies.push(compiled);
            self.call_subjects.push(call.subject());
            self.grade = self.grade.weaker(call.provenance);
        }
        for ((from, _), calls) in stages {
            self.workloads[from].stages.push(calls.into());
        }
    }

    fn bit_of_cache(&mut self, cache: &ServiceId, subject: &str) -> u32 {
        let bit = self.service(cache).map_or(0, |at| self.cache_bit(at));
        if bit == 0 {
            self.warnings.push(format!(
                "{subject} is made always: {cache}, whose miss it is to follow, is no cache of this world"
            ));
        }
        bit
    }

    /// Services that calls read so far lead to.
    fn reachable(
        &self,
        stages: &BTreeMap<(usize, u64), Vec<u32>>,
        from: impl IntoIterator<Item = usize>,
    ) -> BTreeSet<usize> {
        let mut open: Vec<usize> = from.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                let calls = stages
                    .range((at, 0)..=(at, u64::MAX))
                    .flat_map(|(_, calls)| calls);
                open.extend(calls.map(|&call| self.calls[call as usize].to as usize));
            }
        }
        seen
    }

    /// Reads the classes with their traffic and the policies of their clients.
    pub(crate) fn read_classes(&mut self, world: &World) {
        for class in &world.definition.classes {
            let Some(entry) = self.service(&class.entry) else {
                self.warnings.push(format!(
                    "class {} is left out: its entry {} is no workload that serves",
                    class.name, class.entry
                ));
                continue;
            };
            let subject = format!("class/{}", class.name);
            let policy = world.definition.policies.get(&subject);
            let lane = self.lane(policy.and_then(|policy| policy.timeout_ms));
            let compiled = PolicyPlan::new(policy, lane, 0);
            let traffic = world
                .definition
                .traffic
                .get(&class.name)
                .cloned()
                .unwrap_or_default();
            self.classes.push(ClassPlan {
                name: class.name.clone(),
                entry: entry as u32,
                policy: self.policies.len() as u32,
                clients: u32::from(compiled.client != NONE),
                arrivals: traffic.arrivals,
                course: Course::new(&traffic.profile),
            });
            self.policies.push(compiled);
            self.class_subjects.push(subject);
            self.grade = self.grade.weaker(class.provenance);
        }
    }

    /// Finds the pairs of service and class that requests come by.
    pub(crate) fn find_endpoints(&mut self) {
        let classes = self.classes.len();
        self.endpoint_of = vec![NONE; self.services.len() * classes];
        let mut pairs = BTreeSet::new();
        for (class, plan) in self.classes.iter().enumerate() {
            let mut open = vec![plan.entry];
            while let Some(at) = open.pop() {
                if pairs.insert((at, class as u32)) {
                    let calls = self.workloads[at as usize].stages.iter().flatten();
                    let calls = calls.map(|&call| &self.calls[call as usize]);
                    open.extend(
                        calls
                            .filter(|call| call.is_for(class as u32))
                            .map(|call| call.to),
                    );
                }
            }
        }
        for (number, (service, class)) in pairs.into_iter().enumerate() {
            self.endpoint_of[service as usize * classes + class as usize] = number as u32;
            self.endpoints.push((service, class));
        }
    }
}
