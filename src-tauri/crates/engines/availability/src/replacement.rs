//! What controllers and the scheduler make of the pods of lost nodes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use drydock_scheduler::{Arrival, Cluster, Evicted, NodeId, Outcome, PodKey, QueuedPod};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::AvailabilityError;
use crate::failure::Lost;
use crate::options::LostNodes;
use crate::replica::Tie;
use crate::structure::Structure;

/// What becomes of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// Its controller makes another, which finds a node.
    Replaced,
    /// Its controller makes another, which no node takes.
    Unplaced,
    /// Its StatefulSet makes no other before the node is back or deleted.
    WaitsForNode,
    /// It belongs to its node, as pods of DaemonSets and static pods do.
    BelongsToNode,
    /// It tolerates the loss of its node for good, and stays bound to it.
    Tolerates,
    /// Nobody makes another.
    Gone,
}

/// The pods after all that can be made anew is placed.
#[derive(Clone, Debug)]
pub(crate) struct Replacement<'a> {
    /// The structure's own while nothing moves: a copy is what most of the time goes into.
    pub cluster: Cow<'a, Cluster>,
    /// Pods of lost nodes, with the node and what ties them to it.
    lost: BTreeMap<PodKey, (NodeId, Tie)>,
    /// Pods of other nodes that made way for more important ones, with the node they were on.
    evicted: BTreeMap<PodKey, NodeId>,
    /// Pods that nobody makes anew.
    gone: BTreeSet<PodKey>,
}

impl Replacement<'_> {
    /// The node a pod is on afterwards, where that is not lost.
    pub fn node_of(&self, pod: PodKey, lost: &Lost) -> Option<NodeId> {
        let node = self.cluster.node_of(pod)?;
        (!lost.nodes.contains(&node) && !self.gone.contains(&pod)).then_some(node)
    }

    /// What becomes of the pods of lost nodes, and of those that made way for them, with the node each was on.
    pub fn fates(&self, lost: &Lost) -> impl Iterator<Item = (PodKey, NodeId, Fate)> {
        let of_lost = self.lost.iter().map(|(&key, &(node, tie))| {
            let fate = match tie {
                Tie::Free => self.placed(key, lost),
                Tie::Identity => Fate::WaitsForNode,
                Tie::Node => Fate::BelongsToNode,
                Tie::Tolerance => Fate::Tolerates,
                Tie::Nobody => Fate::Gone,
            };
            (key, node, fate)
        });
        let of_others = self.evicted.iter().map(|(&key, &node)| {
            let gone = self.gone.contains(&key);
            let fate = if gone {
                Fate::Gone
            } else {
                self.placed(key, lost)
            };
            (key, node, fate)
        });
        of_lost.chain(of_others)
    }

    fn placed(&self, pod: PodKey, lost: &Lost) -> Fate {
        match self.node_of(pod, lost) {
            Some(_) => Fate::Replaced,
            None => Fate::Unplaced,
        }
    }
}

impl Structure {
    /// Places what lost its node, and what waited before, on what is left.
    pub(crate) fn replace(
        &self,
        lost: &Lost,
        nodes: LostNodes,
    ) -> Result<Replacement<'_>, AvailabilityError> {
        let mut replacement = Replacement {
            cluster: Cow::Borrowed(&self.cluster),
            lost: BTreeMap::new(),
            evicted: BTreeMap::new(),
            gone: BTreeSet::new(),
        };
        if lost.nodes.is_empty() {
            return Ok(replacement);
        }
        let mut made_anew = BTreeSet::new();
        for &id in &lost.nodes {
            made_anew.extend(self.lose_node(&mut replacement, id, nodes)?);
        }
        let arrivals = (0..self.replicas.len())
            .map(|at| PodKey(at as u64))
            .filter(|key| {
                let waited = self.node_of(key.0 as usize).is_none()
                    && !self.replicas[key.0 as usize].standing.is_terminating();
                waited || made_anew.contains(key)
            })
            .map(|key| self.arrival(key, made_anew.contains(&key)))
            .collect();
        let cluster = replacement.cluster.to_mut();
        let schedule = cluster.schedule(arrivals, Evicted::Return);
        for recorded in schedule.decisions() {
            let Outcome::Placed { node, .. } = recorded.outcome else {
                continue;
            };
            for &victim in &recorded.victims {
                if let Some(before) = self.node_of(victim.0 as usize)
                    && !replacement.lost.contains_key(&victim)
                {
                    debug_assert!(!lost.nodes.contains(&node), "nothing goes to a lost node");
                    replacement.evicted.entry(victim).or_insert(before);
                }
                if !self.replicas[victim.0 as usize].returns() {
                    replacement.cluster.to_mut().unbind(victim);
                    replacement.gone.insert(victim);
                }
            }
        }
        Ok(replacement)
    }

    /// Takes a node away. Answers the pods that are made anew.
    fn lose_node(
        &self,
        replacement: &mut Replacement<'_>,
        id: NodeId,
        nodes: LostNodes,
    ) -> Result<Vec<PodKey>, AvailabilityError> {
        let mut made_anew = Vec::new();
        let cluster = replacement.cluster.to_mut();
        if let (LostNodes::Stay, Some(site)) = (nodes, self.sites.of.get(&id)) {
            cluster.add_node(&site.unreachable)?;
        }
        for key in cluster.pods_on(id).to_vec() {
            let replica = &self.replicas[key.0 as usize];
            let tie = replica.tie(nodes);
            replacement.lost.insert(key, (id, tie));
            match tie {
                Tie::Free => {
                    cluster.unbind(key);
                    made_anew.push(key);
                }
                Tie::Nobody => {
                    cluster.unbind(key);
                    replacement.gone.insert(key);
                }
                Tie::Identity => {
                    // It is evicted and stays in deletion: it counts for affinity, no longer for spread constraints.
                    let mut facts = replica.standing.facts();
                    facts.terminating = true;
                    cluster.bind_with(key, replica.standing.shape, id, facts);
                }
                Tie::Node | Tie::Tolerance => {}
            }
        }
        if nodes == LostNodes::Deleted {
            cluster.remove_node(id);
        }
        Ok(made_anew)
    }

    /// One made anew is the youngest of its priority.
    fn arrival(&self, key: PodKey, made_anew: bool) -> Arrival {
        let standing = &self.replicas[key.0 as usize].standing;
        Arrival {
            queued: QueuedPod {
                key,
                priority: self.cluster.shape(standing.shape).priority(),
                created: standing.created.filter(|_| !made_anew),
                name: standing.name.clone(),
            },
            shape: standing.shape,
        }
    }
}
