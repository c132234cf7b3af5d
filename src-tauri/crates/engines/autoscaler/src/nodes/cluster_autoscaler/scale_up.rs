//! Growing a group for pods that have no place, after `core/scaleup/orchestrator/orchestrator.go`.

use std::collections::BTreeMap;

use super::decision::{GroupRefusal, NoScaleUp, Outcome, ScaleUp, Why};
use super::estimate::estimate;
use super::expander::{Candidate, choose};
use super::memory::Memory;
use super::registry::Registry;
use super::seen::Seen;
use super::settings::Settings;
use super::snapshot::Snapshot;
use crate::nodes::{Owner, Placement, PodRef};

/// Equal pods, and what each group says of them.
struct Set {
    pods: Vec<PodRef>,
    groups: Vec<Why>,
}

/// Pods that placement cannot tell apart, in the order of the first of each; a bare pod and a
/// daemon stand alone, as in `equivalence/groups.go`.
fn sets(pods: &[PodRef], seen: &Seen<'_>) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    let mut known: BTreeMap<u64, usize> = BTreeMap::new();
    for &id in pods {
        let pod = &seen.pods[&id];
        let alone = matches!(pod.owner, Owner::Nobody | Owner::DaemonSet);
        if !alone && let Some(&at) = known.get(&pod.shape) {
            sets[at].pods.push(id);
            continue;
        }
        if !alone {
            known.insert(pod.shape, sets.len());
        }
        sets.push(Set {
            pods: vec![id],
            groups: Vec::new(),
        });
    }
    sets
}

/// The pass of one scale-up.
pub(super) struct Pass<'a, P> {
    pub settings: &'a Settings,
    pub seen: &'a Seen<'a>,
    pub registry: &'a Registry,
    pub snapshot: &'a Snapshot<P>,
}

impl<P: Placement> Pass<'_, P> {
    /// Chooses the group to grow for these pods, and says of every other pod why it is not helped.
    /// Answers whether a group grows.
    pub fn run(&self, memory: &mut Memory, pods: &[PodRef], outcome: &mut Outcome) -> bool {
        let mut sets = sets(pods, self.seen);
        let mut candidates = Vec::new();
        for group in 0..self.seen.groups.len() {
            if let Some(skipped) = self.skips(memory, group) {
                for set in &mut sets {
                    set.groups.push(skipped.clone());
                }
                continue;
            }
            self.ask(group, &mut sets);
            let schedulable: Vec<&[PodRef]> = sets
                .iter()
                .filter(|set| set.groups.last() == Some(&Why::LaterPass))
                .map(|set| set.pods.as_slice())
                .collect();
            if schedulable.is_empty() {
                continue;
            }
            let estimate = estimate(
                self.snapshot.trial.fork(),
                &self.seen.groups[group],
                schedulable,
                self.limit(group),
                self.seen,
            );
            if estimate.nodes > 0 {
                candidates.push(Candidate { group, estimate });
            }
        }
        let (chosen, options) = choose(&candidates, self.settings, self.seen);
        let grown = chosen.map(|chosen| &candidates[chosen]);
        if let Some(Candidate { group, estimate }) = grown {
            let name = self.seen.groups[*group].name.clone();
            let count = estimate.nodes.min(self.limit(*group));
            memory.asked(&name, count, self.settings, self.seen.now_ns);
            outcome.scale_up = Some(ScaleUp {
                group: name,
                count,
                wanted: estimate.nodes,
                pods: estimate.pods.clone(),
                options,
            });
        }
        let helped = grown.map_or(&[][..], |candidate| &candidate.estimate.pods);
        outcome.not_helped.extend(self.refusals(&sets, helped));
        grown.is_some()
    }

    /// Why a group is not considered at all.
    fn skips(&self, memory: &Memory, group: usize) -> Option<Why> {
        let spec = &self.seen.groups[group];
        if !self.registry.healthy[group] {
            return Some(Why::NotReady);
        }
        if let Some(until) = memory.backs_off_until(&spec.name, self.seen.now_ns) {
            return Some(Why::BackingOff(until));
        }
        if spec.room(self.registry.targets[group]) == 0 {
            return Some(Why::MaxSizeReached);
        }
        (self.limit(group) == 0).then_some(Why::MaxNodesTotalReached)
    }

    /// Most nodes that may be added to a group now.
    fn limit(&self, group: usize) -> u32 {
        let room = self.seen.groups[group].room(self.registry.targets[group]);
        let in_cluster = self.settings.max_nodes_total.map_or(u32::MAX, |most| {
            most.saturating_sub(self.registry.ready + self.registry.upcoming.iter().sum::<u32>())
        });
        room.min(in_cluster)
            .min(self.settings.max_nodes_per_scale_up)
    }

    /// Asks whether an empty node of the group would take each kind of pod.
    fn ask(&self, group: usize, sets: &mut [Set]) {
        let mut trial = self.snapshot.trial.fork();
        let node = trial.add_node(self.seen.groups[group].template);
        for set in sets {
            let pod = set.pods[0];
            set.groups.push(if trial.fits(pod, node) {
                Why::LaterPass
            } else {
                Why::Refused(trial.refusal(pod, node))
            });
        }
    }

    fn refusals(&self, sets: &[Set], helped: &[PodRef]) -> Vec<NoScaleUp> {
        let mut refused = Vec::new();
        for set in sets {
            let groups: Vec<GroupRefusal> = self
                .seen
                .groups
                .iter()
                .zip(&set.groups)
                .map(|(group, why)| GroupRefusal {
                    group: group.name.clone(),
                    why: why.clone(),
                })
                .collect();
            for &pod in set.pods.iter().filter(|pod| !helped.contains(pod)) {
                refused.push(NoScaleUp {
                    pod,
                    groups: groups.clone(),
                });
            }
        }
        refused
    }
}

/// The same answer of every group to every pod.
pub(super) fn refuse_all(pods: &[PodRef], why: &Why, seen: &Seen<'_>) -> Vec<NoScaleUp> {
    let groups: Vec<GroupRefusal> = seen
        .groups
        .iter()
        .map(|group| GroupRefusal {
            group: group.name.clone(),
            why: why.clone(),
        })
        .collect();
    pods.iter()
        .map(|&pod| NoScaleUp {
            pod,
            groups: groups.clone(),
        })
        .collect()
}
