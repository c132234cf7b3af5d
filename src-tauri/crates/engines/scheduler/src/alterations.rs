//! Trial changes of nodes that [`Cluster::remedies`](crate::Cluster::remedies) makes on a copy of the cluster: other
//! taints, and one more node of a kind.

use std::collections::BTreeSet;

use crate::cluster::{Cluster, NodeId};
use crate::taint::Taint;

/// Kinds of nodes that are tried as an addition, at most.
const KINDS: usize = 64;

impl Cluster {
    pub(crate) fn set_taints(&mut self, slot: usize, taints: Vec<Taint>) {
        self.traits[slot].taints = taints;
        self.judge(slot);
    }

    /// One slot of each kind of node: same labels but for those that name it, same taints, same amounts.
    pub(crate) fn kinds(&self) -> Vec<u32> {
        let mut seen = BTreeSet::new();
        self.order
            .iter()
            .filter(|&&slot| {
                let at = slot as usize;
                let node = &self.traits[at];
                let name = node.labels.name;
                let labels: Vec<_> = node
                    .labels
                    .labels
                    .iter()
                    .filter(|&&(_, value)| value != name)
                    .collect();
                let amounts: Vec<_> = self
                    .columns
                    .allocatable
                    .iter()
                    .map(|column| column[at])
                    .collect();
                seen.insert((labels, &node.taints, amounts, self.columns.max_pods[at]))
            })
            .take(KINDS)
            .copied()
            .collect()
    }

    /// Adds an empty, uncordoned node like another.
    pub(crate) fn add_like(&mut self, slot: usize, name: &str) -> NodeId {
        let (old, new) = (self.traits[slot].labels.name, self.symbols.intern(name));
        let mut traits = self.traits[slot].clone();
        traits.labels.name = new;
        traits.unschedulable = false;
        for (_, value) in &mut traits.labels.labels {
            if *value == old {
                *value = new;
            }
        }
        let at = self.position(name).unwrap_or_else(|at| at);
        let added = self.insert_slot(name, at);
        for column in &mut self.columns.allocatable {
            column[added] = column[slot];
        }
        self.columns.max_pods[added] = self.columns.max_pods[slot];
        self.traits.push(traits);
        self.topologies.place(added, &self.traits[added]);
        self.judge(added);
        NodeId(added as u32)
    }
}
