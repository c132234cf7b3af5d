//! What happened in a run, with the cause.

use drydock_model::SimTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of thing happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A node or pod was killed by an act.
    Kill,
    /// A node was brought back by an act, or a disturbance ended.
    Heal,
    /// Replicas were set, by an act or an autoscaler.
    Scale,
    /// A pod was bound to a node.
    Schedule,
    /// A pod fits nowhere and waits.
    Unschedulable,
    /// A pod was evicted: from a lost node, or for a more important pod.
    Evict,
    /// A pod became ready.
    Ready,
    /// A pod was deleted because fewer are wanted.
    Terminate,
    /// The cluster noticed that a node does not answer.
    NodeLost,
    /// A disturbance began.
    Fault,
    /// A process ended by itself, or by a fault.
    Exit,
    /// The kernel killed a process for its memory.
    OomKill,
    /// A replica of a database became its primary.
    Promote,
    /// A circuit breaker opened.
    BreakerOpen,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Nanoseconds since the start of the run.
    pub at_ns: SimTime,
    /// Kind.
    pub kind: EventKind,
    /// Name of the node, pod (`namespace/name`) or service it happened to.
    pub subject: String,
    /// What happened, in a sentence.
    pub message: String,
    /// Why: the act, the autoscaler's reason, the lost node.
    pub cause: String,
}
