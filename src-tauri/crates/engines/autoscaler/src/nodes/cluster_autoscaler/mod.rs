//! Cluster Autoscaler 1.34: one pass of its loop over the node groups of a cluster.
//!
//! [`scan`] first takes stock of what was asked for and has not come, then helps pods that wait, and
//! only where it adds no node looks for nodes to remove: the order of `RunOnce` in
//! `core/static_autoscaler.go`. State between passes is in [`Memory`].
//!
//! Out of scope: limits on cores and memory of the whole cluster, balancing between similar groups,
//! groups that scale from none to all, autoprovisioned groups, GPUs, ProvisioningRequests, capacity
//! buffers, and soft taints on unneeded nodes.

mod backoff;
mod cooldown;
mod decision;
mod drain;
mod estimate;
mod expander;
mod memory;
mod preferred;
mod registry;
mod removal;
mod scale_down;
mod scale_up;
mod scan;
mod seen;
mod settings;
mod snapshot;
mod utilization;

pub use decision::{
    ExpansionOption, GivenUp, GroupRefusal, Kept, NoScaleUp, Outcome, Remove, ScaleUp, Score,
    Unremovable, Waiting, WaitsFor, Why,
};
pub use drain::Blocking;
pub use memory::Memory;
pub use scan::scan;
pub use seen::{Deletion, Node, NodeGroup, NodeState, Seen};
pub use settings::{Expander, Settings, UnitPrices};
