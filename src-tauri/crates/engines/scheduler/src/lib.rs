//! Placement as kube-scheduler 1.34 decides it, with the reason for every node.
//!
//! A [`Cluster`] holds nodes in dense columns and pods as interned [`Shape`]s. [`Cluster::decide`] answers
//! where a pod of a shape goes, [`Cluster::explain`] why there and why not elsewhere. Ties, random in the original,
//! go to the bytewise smallest node name so that answers repeat.
//!
//! Judged: NodeUnschedulable, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit (LeastAllocated),
//! NodeResourcesBalancedAllocation, ImageLocality, scheduling gates, and the order of the queue. NodeName needs no
//! column: a pod that names its node never enters the queue. Everything else a pod asks for is named in
//! [`Shape::not_considered`] and [`Explanation::not_considered`].
//!
//! This crate never does I/O, reads no clock and draws no random number.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod bind;
mod cluster;
mod columns;
mod constraints;
mod decide;
mod error;
mod explain;
mod images;
mod node;
mod not_considered;
mod plugins;
mod profile;
mod quantity;
mod queue;
mod rejections;
mod request;
mod resource;
mod selector;
mod shape;
mod symbol;
mod taint;

pub use cluster::{Cluster, NodeId, PodKey, ShapeId};
pub use decide::Decision;
pub use error::InvalidObject;
pub use explain::{Explanation, NodeVerdict, Verdict};
pub use plugins::{Code, Plugin};
pub use profile::{Profile, Weights};
pub use queue::{QueuedPod, queue_order};
pub use rejections::{Reason, Rejections};
pub use resource::Resources;
pub use shape::Shape;
