//! Karpenter 1.6: nodes made to measure for the pods that wait, and fewer or cheaper nodes where
//! that does as well.
//!
//! Pods that wait open a batching window ([`Memory::trigger`]); at its end [`provision`] packs them
//! into nodes that are there, that are on their way, and that it wants launched. [`disrupt`] removes
//! and replaces nodes in the order Emptiness, Drift, Multi-node, Single-node consolidation; what
//! it finds is looked at again 15 s later before it is done. Sources: kubernetes-sigs/karpenter,
//! `pkg/controllers/provisioning` and `pkg/controllers/disruption`, and the documentation of 1.6.
//!
//! Out of scope: replacing spot nodes with spot nodes (feature gate SpotToSpotConsolidation, off by
//! default in 1.6; it needs 15 cheaper types for a single node), reserved capacity, minimum numbers
//! of instance types (`minValues`), static pools, node repair, interruption notices,
//! `terminationGracePeriod`, and relaxing a pod's preferences: what is only preferred does not count
//! here. A pool's disruption budgets with a schedule are the caller's to leave out while they do not
//! apply.

mod accepted;
mod candidates;
mod claim;
mod consolidate;
mod decision;
mod disrupt;
mod fingerprint;
mod launch;
mod memory;
mod methods;
mod orchestrate;
mod pool;
mod pool_budgets;
mod provision;
mod seen;
mod settings;
mod solve;
mod validate;

pub use decision::{
    Abandoned, Command, CommandId, Disrupted, Kept, Launch, Method, Nominated, Provisioned,
    RolledBack, Terminate, Unplaced, Why,
};
pub use disrupt::disrupt;
pub use memory::Memory;
pub use orchestrate::awaiting_eviction;
pub use pool::{
    CapacityType, ConsolidationPolicy, Disruption, DisruptionBudget, Limits, NodePool, Offer,
    Reason, Share,
};
pub use provision::provision;
pub use seen::{ClaimId, Node, Seen};
pub use settings::Settings;
