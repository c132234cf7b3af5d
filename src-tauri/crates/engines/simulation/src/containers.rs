//! Containers: memory and the kernel's killer, exits, the kubelet's back-off, and pressure on a node.

use drydock_model::{NANOS_PER_SECOND, SimTime};

use crate::control::ENDPOINT_SYNC_NS;
use crate::event::EventKind;
use crate::eventlist::Due;
use crate::request::{NONE, Stage};
use crate::simulation::Simulation;
use crate::state::PodPhase;

/// The kubelet's first back-off of a container that ended, doubled each time (`backOffPeriod`, Kubernetes 1.34).
const FIRST_BACKOFF_NS: SimTime = 10 * NANOS_PER_SECOND;
/// Its longest (`MaxContainerBackOff`); a container that ran twice as long begins anew.
const LONGEST_BACKOFF_NS: SimTime = 300 * NANOS_PER_SECOND;
/// Free memory of a node below which the kubelet evicts pods (`evictionHard`, default `memory.available<100Mi`).
const EVICTION_FREE: f64 = 100.0 * 1_048_576.0;

impl Simulation {
    /// Memory of a pod now, bytes: base, what its requests take, what a cache holds, what a fault takes. Nothing while it
    /// does not run.
    pub(crate) fn memory_of(&self, pod: u32) -> Option<f64> {
        let this = &self.pods[pod as usize];
        let running = matches!(
            this.phase,
            PodPhase::Starting | PodPhase::Running | PodPhase::Draining
        );
        if !running || this.service == NONE {
            return None;
        }
        let values = &self.plan.values.services[this.service as usize];
        let kept = this
            .values
            .as_ref()
            .map_or(0.0, |kept| f64::from(kept.held()) * values.item_bytes);
        let taken = self.services[this.service as usize].hog_bytes;
        Some(values.memory_base + values.memory_per_request * this.inside() as f64 + kept + taken)
    }

    /// The kernel kills a container that goes over its memory limit.
    pub(crate) fn look_at_memory(&mut self, pod: u32) {
        let limit = self.pods[pod as usize].memory_limit;
        if limit.is_infinite() {
            return;
        }
        let Some(memory) = self.memory_of(pod).filter(|memory| *memory > limit) else {
            return;
        };
        let service = self.pods[pod as usize].service;
        self.services[service as usize].oom_kills += 1;
        let mib = |bytes: f64| bytes / 1_048_576.0;
        let message = format!("OOMKilled: {:.0} MiB in use", mib(memory));
        let cause = format!("its memory limit is {:.0} MiB", mib(limit));
        self.exit(pod, EventKind::OomKill, &message, &cause);
    }

    /// The process of a pod ends: its requests are lost, it leaves the endpoints, and the kubelet starts it again after its
    /// back-off.
    pub(crate) fn exit(&mut self, pod: u32, kind: EventKind, message: &str, cause: &str) {
        let this = &self.pods[pod as usize];
        if !this.in_use || !matches!(this.phase, PodPhase::Starting | PodPhase::Running) {
            return;
        }
        let (name, service, listed) = (this.name.clone(), this.service, this.listed);
        self.lose_requests(pod);
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.phase = PodPhase::BackOff;
        this.epoch = this.epoch.wrapping_add(1);
        this.ready_at = None;
        this.restarts += 1;
        let ran = now.saturating_sub(this.ended_at);
        // The first start after an end is at once; the pause counts from the end before.
        let pause = if this.restarts == 1 || ran >= 2 * LONGEST_BACKOFF_NS {
            this.backoff = FIRST_BACKOFF_NS;
            0
        } else {
            let pause = this.backoff;
            this.backoff = (this.backoff * 2).min(LONGEST_BACKOFF_NS);
            pause
        };
        this.ended_at = now;
        let epoch = this.epoch;
        self.pods[pod as usize].values = self.empty_values(service);
        self.services[service as usize].restarts += 1;
        let message = if pause == 0 {
            format!("{message}; started again at once")
        } else {
            format!("{message}; started again in {} s", pause / NANOS_PER_SECOND)
        };
        self.note(kind, &name, message, cause);
        if listed {
            self.events
                .push(now + ENDPOINT_SYNC_NS, Due::EndpointGone { pod, epoch });
        }
        self.events.push(now + pause, Due::Restart { pod, epoch });
        self.look_at_primary(service);
    }

    /// The back-off of a container is over.
    pub(crate) fn restart(&mut self, pod: u32, epoch: u32) {
        let this = &self.pods[pod as usize];
        if !this.in_use || this.epoch != epoch || this.phase != PodPhase::BackOff {
            return;
        }
        self.start(pod);
    }

    /// What a fault has the process do right after its start, if anything.
    pub(crate) fn fails_at_start(&self, pod: u32) -> bool {
        let this = &self.pods[pod as usize];
        this.service != NONE
            && (self.services[this.service as usize].failing > 0
                || (self.services[this.service as usize].primary_held
                    && self.services[this.service as usize].primary_serial == this.serial))
    }

    /// Calls that wait for a connection of a pod that is no more: nobody hears of them.
    pub(crate) fn forget_clients(&mut self, pod: u32) {
        for client in std::mem::take(&mut self.pods[pod as usize].clients) {
            for request in client.waiting {
                if self.requests.get(request).stage == Stage::Queued {
                    self.requests.release(request);
                }
            }
        }
    }

    /// The kubelet's look at the memory of its node, every ten seconds (its monitoring period): under pressure it evicts a
    /// pod that uses more than it requested, of those the least important, then the one furthest above its request.
    pub(crate) fn look_for_pressure(&mut self) {
        for node in 0..self.nodes.len() as u32 {
            if !self.nodes[node as usize].up {
                continue;
            }
            let pods = &self.nodes[node as usize].pods;
            let used: f64 = pods.iter().filter_map(|&pod| self.memory_of(pod)).sum();
            let limit = self.plan.frame.nodes[node as usize].memory_bytes as f64 - EVICTION_FREE;
            if used <= limit {
                continue;
            }
            let excess = |pod: u32| {
                let asked = self.cluster.shape(self.pods[pod as usize].shape).requests();
                self.memory_of(pod)
                    .map(|used| used - asked.memory_bytes as f64)
            };
            let rank = |pod: u32| {
                let this = &self.pods[pod as usize];
                let priority = self.cluster.shape(this.shape).priority();
                (
                    priority,
                    std::cmp::Reverse(excess(pod).unwrap_or(0.0) as i64),
                    this.serial,
                )
            };
            let victim = pods
                .iter()
                .copied()
                .filter(|&pod| {
                    !self.pods[pod as usize].terminating
                        && excess(pod).is_some_and(|over| over > 0.0)
                })
                .min_by_key(|&pod| rank(pod));
            let Some(victim) = victim else {
                continue;
            };
            let name = self.pods[victim as usize].name.clone();
            let on = self.node_name(node).to_owned();
            let cause = format!(
                "node {on} has {:.0} MiB of memory in use, its kubelet evicts above {:.0} MiB",
                used / 1_048_576.0,
                limit / 1_048_576.0
            );
            self.note(EventKind::Evict, &name, "evicted for memory", cause);
            self.lose_requests(victim);
            self.remove(victim);
            self.settle();
        }
    }
}
