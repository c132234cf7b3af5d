//! What the operations on faults answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::{FaultKind, Nanos};

/// What a fault did so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaultEffect {
    /// Requests from outside that failed from the interval of the fault until recovery, or the cursor; other causes
    /// of that time count in.
    pub requests_lost: u64,
    /// From the fault to the end of the first interval in which no request failed, every service had the ready pods it
    /// asks for and the cluster knew of every dead node; null where that has not come.
    pub recovery_ns: Option<Nanos>,
}

/// A fault of the session, in force or past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaultRecord {
    /// Its id.
    pub id: String,
    /// Node or pod.
    pub kind: FaultKind,
    /// Name of the node or pod.
    pub target: String,
    /// When it began.
    pub since_ns: Nanos,
    /// When it was healed; null while in force. A killed pod counts as healed by its controller and has none.
    pub healed_ns: Option<Nanos>,
    /// What it did.
    pub effect: FaultEffect,
}
