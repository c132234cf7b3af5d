//! What a caller may say besides the world: which calls are optional, what services need of their replicas, what becomes
//! of lost nodes.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::ServiceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::role::Role;

/// A call that its caller can do without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftCall {
    /// The caller.
    pub from: ServiceId,
    /// The called.
    pub to: ServiceId,
}

/// What becomes of nodes that are lost for longer than pods tolerate it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LostNodes {
    /// Their objects stay, unreachable: pods of StatefulSets wait for them, and spread constraints count their zones.
    #[default]
    Stay,
    /// Their objects are deleted, as a cloud does once the machine is gone: pods of StatefulSets are made anew too.
    Deleted,
}

/// What is said besides the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Options {
    /// Calls that their callers can do without. All others are needed.
    pub soft_calls: BTreeSet<SoftCall>,
    /// What services need of their replicas, instead of what is inferred.
    pub roles: BTreeMap<ServiceId, Role>,
    /// What becomes of lost nodes.
    pub lost_nodes: LostNodes,
}
