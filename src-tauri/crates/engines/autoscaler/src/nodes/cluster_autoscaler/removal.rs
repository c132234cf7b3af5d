//! Whether a node can be emptied: rules first, then a place for each pod on the other nodes, after
//! `SimulateNodeRemoval` of `simulator/cluster.go`.

use super::decision::Unremovable;
use super::drain::{Blocking, Drain, drain};
use super::seen::{Node, Seen};
use super::settings::Settings;
use crate::nodes::{NodeRef, Placement, PodRef};

/// A node that can be emptied.
#[derive(Debug, Clone)]
pub(super) struct Removable<'a> {
    pub node: &'a Node,
    pub pods: Vec<PodRef>,
    pub daemons: Vec<PodRef>,
    /// Whether a budget does not allow all its pods to go at once, so that its drain may take long.
    pub risky: bool,
}

/// What a drain of a node takes with it, before any place is looked for.
pub(super) struct Load {
    pub pods: Vec<PodRef>,
    pub daemons: Vec<PodRef>,
}

/// The pods that a drain of the node moves, or the first that it must not.
pub(super) fn load(
    node: &Node,
    allowed: &[i32],
    settings: &Settings,
    seen: &Seen<'_>,
) -> Result<Load, (PodRef, Blocking)> {
    let mut load = Load {
        pods: Vec::new(),
        daemons: Vec::new(),
    };
    for &id in &node.pods {
        let pod = &seen.pods[&id];
        if pod.priority < settings.expendable_priority_cutoff {
            continue;
        }
        match drain(pod, allowed, settings, seen.now_ns) {
            Drain::Skip => {}
            Drain::Daemon => load.daemons.push(id),
            Drain::Move => load.pods.push(id),
            Drain::Block(why) => return Err((id, why)),
        }
    }
    Ok(load)
}

/// Removes nodes from a trial one after another.
pub(super) struct Removals<'a, P> {
    pub trial: &'a mut P,
    pub destinations: Vec<NodeRef>,
    /// Disruptions that each budget still allows.
    pub allowed: Vec<i32>,
    pub settings: &'a Settings,
    pub seen: &'a Seen<'a>,
}

impl<P: Placement> Removals<'_, P> {
    /// Empties a node in the trial, or says why it stays; then the trial is as before.
    pub fn empty<'n>(&mut self, node: &'n Node) -> Result<Removable<'n>, Unremovable> {
        let Load { pods, daemons } = load(node, &self.allowed, self.settings, self.seen)
            .map_err(|(pod, why)| Unremovable::BlockedByPod(pod, why))?;
        let others: Vec<NodeRef> = self
            .destinations
            .iter()
            .copied()
            .filter(|&other| other != node.id)
            .collect();
        for &pod in &pods {
            self.trial.unbind(pod);
        }
        for (at, &pod) in pods.iter().enumerate() {
            if self.trial.place(pod, &others).is_none() {
                for &moved in &pods[..at] {
                    self.trial.unbind(moved);
                }
                for &pod in &pods {
                    self.trial.bind(pod, node.id);
                }
                return Err(Unremovable::NoPlaceToMovePods(pod));
            }
        }
        self.destinations = others;
        let risky = self.charge(&pods);
        Ok(Removable {
            node,
            pods,
            daemons,
            risky,
        })
    }

    /// Counts the pods against their budgets. Answers whether one has not enough for all of them.
    fn charge(&mut self, pods: &[PodRef]) -> bool {
        let mut exceeded = false;
        for budget in pods.iter().flat_map(|pod| &self.seen.pods[pod].budgets) {
            self.allowed[*budget] -= 1;
            exceeded |= self.allowed[*budget] < 0;
        }
        exceeded
    }
}
