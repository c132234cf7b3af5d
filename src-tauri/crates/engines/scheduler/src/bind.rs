//! Binding and unbinding pods, with everything that counts pods kept up to date.

use std::sync::Arc;

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::shape::Shape;
use crate::topology::NOWHERE;

/// What is known of one pod besides its shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// Its name, for budgets that list pods whose eviction is under way.
    pub name: Option<Arc<str>>,
    /// When it started, in Unix seconds; none counts as just now.
    pub started: Option<i64>,
    /// Whether it is being deleted: it holds its node, but spread constraints do not count it.
    pub terminating: bool,
}

/// A pod on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub shape: ShapeId,
    pub node: NodeId,
    pub facts: PodFacts,
}

impl Cluster {
    /// Puts a pod on a node, whether it fits or not, as an existing binding of a dump must; a pod bound elsewhere moves.
    /// Answers false, and leaves the pod unbound, where the node is gone.
    pub fn bind(&mut self, pod: PodKey, shape: ShapeId, node: NodeId) -> bool {
        self.bind_with(pod, shape, node, PodFacts::default())
    }

    /// The same with what else is known of the pod.
    pub fn bind_with(
        &mut self,
        pod: PodKey,
        shape: ShapeId,
        node: NodeId,
        facts: PodFacts,
    ) -> bool {
        self.unbind(pod);
        if !self.is_live(node) {
            return false;
        }
        self.withdraw(pod);
        let pods = &mut self.pods_on[node.index()];
        let at = pods.partition_point(|&other| other < pod);
        pods.insert(at, pod);
        let terminating = facts.terminating;
        self.bound.insert(pod, Bound { shape, node, facts });
        let shape = Arc::clone(&self.shapes[shape.0 as usize]);
        self.columns.apply(&shape, node.index(), 1);
        self.ports[node.index()].take(&shape.ports);
        self.claims_change(pod, &shape, node.index(), true);
        self.count(&shape, node.index(), terminating, 1);
        *self.priorities.entry(shape.priority).or_insert(0) += 1;
        self.log.push(node.index());
        true
    }

    /// Takes a pod off its node and answers which that was; none where it was not bound.
    pub fn unbind(&mut self, pod: PodKey) -> Option<NodeId> {
        let Bound { shape, node, facts } = self.bound.remove(&pod)?;
        self.pods_on[node.index()].retain(|&other| other != pod);
        let shape = Arc::clone(&self.shapes[shape.0 as usize]);
        self.columns.apply(&shape, node.index(), -1);
        self.ports[node.index()].release(&shape.ports);
        self.claims_change(pod, &shape, node.index(), false);
        self.count(&shape, node.index(), facts.terminating, -1);
        if let Some(count) = self.priorities.get_mut(&shape.priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&shape.priority);
            }
        }
        self.log.push(node.index());
        Some(node)
    }

    /// Counts a pod in (1) or out (-1) of what depends on the node's labels.
    fn count(&mut self, shape: &Shape, slot: usize, terminating: bool, count: i64) {
        if count > 0 {
            self.residents
                .add(shape.label_set, slot as u32, terminating);
        } else {
            self.residents
                .remove(shape.label_set, slot as u32, terminating);
        }
        self.carry(shape, slot, count);
    }

    /// Has a node's domains carry (1) a pod's terms, or no longer (-1).
    fn carry(&mut self, shape: &Shape, slot: usize, count: i64) {
        if shape.terms.is_empty() {
            return;
        }
        let Self {
            terms, topologies, ..
        } = self;
        let domain = |id| {
            let topology = terms.get(id).topology;
            topologies.get(topology).domain[slot]
        };
        let apart: Vec<_> = shape
            .terms
            .apart
            .iter()
            .map(|&id| (id, domain(id)))
            .collect();
        let hard = self.profile.hard_pod_affinity_weight;
        let near = shape.terms.near.iter().filter(|_| hard > 0);
        let pull: Vec<_> = near
            .map(|&id| (id, hard))
            .chain(shape.terms.preferred.iter().copied())
            .map(|(id, weight)| (id, domain(id), weight))
            .collect();
        for (id, domain) in apart {
            if domain != NOWHERE {
                terms.carry_apart(id, domain, count);
            }
        }
        for (id, domain, weight) in pull {
            if domain != NOWHERE {
                terms.carry_pull(id, domain, weight, count);
            }
        }
    }

    /// Has the pods of a node count by its labels (1), or no longer (-1), while the labels change.
    pub(crate) fn carry_node(&mut self, slot: usize, count: i64) {
        for pod in self.pods_on[slot].clone() {
            if let Some(bound) = self.bound.get(&pod) {
                let shape = Arc::clone(&self.shapes[bound.shape.0 as usize]);
                self.carry(&shape, slot, count);
            }
        }
    }

    /// The node a pod is bound to.
    pub fn node_of(&self, pod: PodKey) -> Option<NodeId> {
        self.bound.get(&pod).map(|bound| bound.node)
    }

    /// The shape a bound pod has.
    pub fn shape_of(&self, pod: PodKey) -> Option<ShapeId> {
        self.bound.get(&pod).map(|bound| bound.shape)
    }

    /// What is known of a bound pod.
    pub fn facts_of(&self, pod: PodKey) -> Option<&PodFacts> {
        self.bound.get(&pod).map(|bound| &bound.facts)
    }

    /// Pods bound to a node, in ascending order of their keys.
    pub fn pods_on(&self, node: NodeId) -> &[PodKey] {
        &self.pods_on[node.index()]
    }

    /// Every bound pod with its node, in ascending order of the keys.
    pub fn bound(&self) -> impl Iterator<Item = (PodKey, ShapeId, NodeId)> {
        self.bound
            .iter()
            .map(|(&pod, bound)| (pod, bound.shape, bound.node))
    }
}
