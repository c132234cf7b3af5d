//! The one question that node autoscalers have of a scheduler: what fits where. Answers nothing
//! itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pod, by the number its owner chose.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct PodRef(pub u64);

/// A node of a [`Placement`]. The number of a removed node is not used again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct NodeRef(pub u32);

/// What a node can be made from: labels, taints, allocatable and daemons, known to the
/// [`Placement`] alone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct TemplateId(pub u32);

/// A cluster as its scheduler would judge it, that can be copied and tried on.
///
/// The original is never changed: every pass works on a [`fork`](Placement::fork).
pub trait Placement: Sized {
    /// A copy to try things on.
    fn fork(&self) -> Self;

    /// Adds a node of a template that is up and ready, with the daemons that would run there bound
    /// to it.
    fn add_node(&mut self, template: TemplateId) -> NodeRef;

    /// Takes a node away; its pods are unbound.
    fn remove_node(&mut self, node: NodeRef);

    /// Whether the scheduler's filters let a pod onto a node as things stand. The pod is not bound.
    fn fits(&mut self, pod: PodRef, node: NodeRef) -> bool;

    /// Binds an unbound pod to a node, whether or not it fits.
    fn bind(&mut self, pod: PodRef, node: NodeRef);

    /// Takes a pod off its node.
    fn unbind(&mut self, pod: PodRef);

    /// Why the filters keep a pod off a node, for people to read.
    fn refusal(&mut self, pod: PodRef, node: NodeRef) -> String;

    /// Binds a pod to the first of these nodes that it fits, and answers which.
    fn place(&mut self, pod: PodRef, among: &[NodeRef]) -> Option<NodeRef> {
        let node = among.iter().copied().find(|&node| self.fits(pod, node))?;
        self.bind(pod, node);
        Some(node)
    }
}
