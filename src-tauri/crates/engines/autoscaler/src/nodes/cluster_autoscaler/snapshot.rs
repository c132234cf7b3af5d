//! The cluster as a pass imagines it: nodes that were asked for are there, pods that wait sit where
//! they will, so that nothing is asked for twice. After the snapshot and the pod list processors of
//! the original.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::decision::{Waiting, WaitsFor};
use super::registry::Registry;
use super::seen::{Deletion, Node, NodeState, Seen};
use super::settings::Settings;
use crate::nodes::{NodeRef, Owner, Placement, PodRef};

/// A trial of a pass.
pub(super) struct Snapshot<P> {
    pub trial: P,
    /// Nodes that a pod may move to, in name order: registered, started and not being removed.
    pub destinations: Vec<NodeRef>,
    /// Nodes that were asked for, each with its group.
    pub upcoming: Vec<(NodeRef, usize)>,
}

impl<P: Placement> Snapshot<P> {
    /// The nodes as they will be when everything asked for has come, without expendable pods.
    pub fn new(settings: &Settings, seen: &Seen<'_>, registry: &Registry, placement: &P) -> Self {
        let mut trial = placement.fork();
        let mut destinations = Vec::new();
        for node in seen.nodes {
            if node.state == NodeState::Starting {
                trial.remove_node(node.id);
                continue;
            }
            for &pod in &node.pods {
                if seen.pods[&pod].priority < settings.expendable_priority_cutoff {
                    trial.unbind(pod);
                }
            }
            if node.deletion.is_none() {
                destinations.push(node);
            }
        }
        destinations.sort_by(|a, b| a.name.cmp(&b.name));
        let mut upcoming = Vec::new();
        for (at, group) in seen.groups.iter().enumerate() {
            for _ in 0..registry.upcoming[at] {
                upcoming.push((trial.add_node(group.template), at));
            }
        }
        Self {
            trial,
            destinations: destinations.into_iter().map(|node| node.id).collect(),
            upcoming,
        }
    }

    /// Seats the pods that find a place, the most important first, and answers the others in that
    /// order. Pods of a node that is being drained count as pending.
    pub fn seat(
        &mut self,
        settings: &Settings,
        seen: &Seen<'_>,
        waiting: &mut Vec<Waiting>,
    ) -> Vec<PodRef> {
        let mut pods = self.evicted(seen);
        for &pod in seen.pending {
            if seen.pods[&pod].priority < settings.expendable_priority_cutoff {
                waiting.push(Waiting {
                    pod,
                    waits_for: WaitsFor::Nothing,
                });
            } else {
                pods.push(pod);
            }
        }
        pods.sort_by_key(|pod| Reverse(seen.pods[pod].priority));
        let among: Vec<NodeRef> = self
            .destinations
            .iter()
            .copied()
            .chain(self.upcoming.iter().map(|&(node, _)| node))
            .collect();
        let mut homeless = BTreeSet::new();
        pods.retain(|&pod| {
            // What one of equal pods did not find, the next would not either.
            let shape = seen.pods[&pod].shape;
            if homeless.contains(&shape) {
                return true;
            }
            let Some(node) = self.trial.place(pod, &among) else {
                homeless.insert(shape);
                return true;
            };
            let group = self
                .upcoming
                .iter()
                .find(|&&(upcoming, _)| upcoming == node);
            let waits_for = group.map_or(WaitsFor::Scheduler(node), |&(_, group)| {
                WaitsFor::UpcomingNode(seen.groups[group].name.clone())
            });
            waiting.push(Waiting { pod, waits_for });
            false
        });
        pods
    }

    /// Pods on nodes that are being drained which something will make anew, taken off them.
    fn evicted(&mut self, seen: &Seen<'_>) -> Vec<PodRef> {
        let mut evicted = Vec::new();
        let is_drained = |node: &&Node| {
            node.deletion == Some(Deletion::Drain) && node.state != NodeState::Starting
        };
        let mut drained: Vec<&Node> = seen.nodes.iter().filter(is_drained).collect();
        drained.sort_by(|a, b| a.name.cmp(&b.name));
        for node in drained {
            for &id in &node.pods {
                let pod = &seen.pods[&id];
                let comes_back =
                    !matches!(pod.owner, Owner::Nobody | Owner::DaemonSet | Owner::Node);
                if comes_back && !pod.finished {
                    self.trial.unbind(id);
                    evicted.push(id);
                }
            }
        }
        evicted
    }
}
