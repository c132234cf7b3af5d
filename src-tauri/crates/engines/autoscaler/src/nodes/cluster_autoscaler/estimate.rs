//! How many nodes of a group some pods need: first fit decreasing onto empty nodes of its template,
//! after `estimator/binpacking_estimator.go` and `estimator/decreasing_pod_orderer.go` of 1.34.

use super::seen::{NodeGroup, Seen};
use crate::nodes::{NodeRef, Placement, PodRef};

/// What a group would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Estimate {
    /// Nodes that get a pod.
    pub nodes: u32,
    /// Pods that get a place.
    pub pods: Vec<PodRef>,
}

/// How large a pod is for a node of the group: the sum of its shares of CPU and memory.
fn size(pod: PodRef, group: &NodeGroup, seen: &Seen<'_>) -> f64 {
    let requests = seen.pods[&pod].requests;
    let share = |asked: u64, offered: u64| {
        if offered == 0 {
            0.0
        } else {
            asked as f64 / offered as f64
        }
    };
    share(requests.milli_cpu, group.allocatable.milli_cpu)
        + share(requests.memory_bytes, group.allocatable.memory_bytes)
}

/// Packs sets of equal pods, the largest pods first. `limit` is the most nodes that may be added.
pub(super) fn estimate<P: Placement>(
    trial: P,
    group: &NodeGroup,
    mut sets: Vec<&[PodRef]>,
    limit: u32,
    seen: &Seen<'_>,
) -> Estimate {
    sets.sort_by(|a, b| {
        let of = |set: &[PodRef]| set.first().map_or(0.0, |&pod| size(pod, group, seen));
        of(b).total_cmp(&of(a))
    });
    let mut packing = Packing {
        trial,
        nodes: Vec::new(),
        pods: Vec::new(),
    };
    let mut may_add = true;
    for set in sets {
        let seated = set
            .iter()
            .take_while(|&&pod| packing.on_any(pod, false))
            .count();
        if may_add {
            may_add = packing.on_new(group, &set[seated..], limit, seen);
        }
    }
    Estimate {
        nodes: packing.nodes.iter().filter(|node| node.used).count() as u32,
        pods: packing.pods,
    }
}

struct New {
    node: NodeRef,
    used: bool,
}

struct Packing<P> {
    trial: P,
    nodes: Vec<New>,
    pods: Vec<PodRef>,
}

impl<P: Placement> Packing<P> {
    fn put(&mut self, pod: PodRef, at: usize) -> bool {
        let fits = self.trial.fits(pod, self.nodes[at].node);
        if fits {
            self.trial.bind(pod, self.nodes[at].node);
            self.nodes[at].used = true;
            self.pods.push(pod);
        }
        fits
    }

    /// Puts a pod on the first of the new nodes that takes it.
    fn on_any(&mut self, pod: PodRef, but_the_last: bool) -> bool {
        let nodes = self.nodes.len() - usize::from(but_the_last);
        (0..nodes).any(|at| self.put(pod, at))
    }

    /// Puts equal pods on the last node, and on further ones. Answers whether more may be added.
    fn on_new(&mut self, group: &NodeGroup, set: &[PodRef], limit: u32, seen: &Seen<'_>) -> bool {
        for &pod in set {
            if let Some(last) = self.nodes.len().checked_sub(1) {
                // A spread over host names may let the pod onto an earlier node and not this one.
                let spreads = seen.pods[&pod].spreads_over_nodes;
                if self.put(pod, last) || (spreads && self.on_any(pod, true)) {
                    continue;
                }
                // One more empty node would not take it either.
                if !self.nodes[last].used {
                    return true;
                }
            }
            if self.nodes.len() as u32 >= limit {
                return false;
            }
            self.nodes.push(New {
                node: self.trial.add_node(group.template),
                used: false,
            });
            if !self.put(pod, self.nodes.len() - 1) {
                return true;
            }
        }
        true
    }
}
