//! Nodes that come and go: Cluster Autoscaler and Karpenter as pure decisions.
//!
//! [`cluster_autoscaler::scan`] is one pass of Cluster Autoscaler 1.34, [`karpenter::provision`] and
//! [`karpenter::disrupt`] are those of Karpenter 1.6. What they see is an observation, what they
//! carry from pass to pass is in their `Memory`, what they want is a decision with its reasons. What
//! fits where they ask of a [`Placement`], on copies that they throw away. Times are nanoseconds of
//! the caller's clock; nothing here launches, drains or deletes a node.

pub mod cluster_autoscaler;
mod fault;
pub mod karpenter;
mod placement;
mod pods;

pub use fault::InvalidNodes;
pub use placement::{NodeRef, Placement, PodRef, TemplateId};
pub use pods::{Amounts, Budget, Owner, Pod};

const SECOND_NS: u64 = 1_000_000_000;

/// Seconds as nanoseconds.
const fn seconds(seconds: u32) -> u64 {
    seconds as u64 * SECOND_NS
}
