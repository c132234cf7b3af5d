//! Binding and unbinding pods, with the columns kept up to date.

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};

impl Cluster {
    /// Puts a pod on a node, whether it fits or not, as an existing binding of a dump must; a pod bound elsewhere moves.
    /// Answers false, and leaves the pod unbound, where the node is gone.
    pub fn bind(&mut self, pod: PodKey, shape: ShapeId, node: NodeId) -> bool {
        self.unbind(pod);
        if !self.is_live(node) {
            return false;
        }
        self.bound.insert(pod, (shape, node));
        let pods = &mut self.pods_on[node.index()];
        let at = pods.partition_point(|&other| other < pod);
        pods.insert(at, pod);
        let shape = &self.shapes[shape.0 as usize];
        self.columns.apply(shape, node.index(), 1);
        self.ports[node.index()].take(&shape.ports);
        *self.priorities.entry(shape.priority).or_insert(0) += 1;
        self.bound_with_affinity += u32::from(shape.affinity_to_pods);
        true
    }

    /// Takes a pod off its node and answers which that was; none where it was not bound.
    pub fn unbind(&mut self, pod: PodKey) -> Option<NodeId> {
        let (shape, node) = self.bound.remove(&pod)?;
        self.pods_on[node.index()].retain(|&other| other != pod);
        let shape = &self.shapes[shape.0 as usize];
        self.columns.apply(shape, node.index(), -1);
        self.ports[node.index()].release(&shape.ports);
        if let Some(count) = self.priorities.get_mut(&shape.priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&shape.priority);
            }
        }
        self.bound_with_affinity -= u32::from(shape.affinity_to_pods);
        Some(node)
    }

    /// The node a pod is bound to.
    pub fn node_of(&self, pod: PodKey) -> Option<NodeId> {
        self.bound.get(&pod).map(|&(_, node)| node)
    }

    /// The shape a bound pod has.
    pub fn shape_of(&self, pod: PodKey) -> Option<ShapeId> {
        self.bound.get(&pod).map(|&(shape, _)| shape)
    }

    /// Pods bound to a node, in ascending order of their keys.
    pub fn pods_on(&self, node: NodeId) -> &[PodKey] {
        &self.pods_on[node.index()]
    }
}
