//! What the session's operations take and answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nanos, Speed};
use crate::shapes::HourlyCost;

/// Whether the session moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Playing {
    /// No world, or one that cannot be simulated: `warnings` says why.
    #[default]
    Empty,
    /// It stands.
    Paused,
    /// It moves.
    Playing,
}

/// What a mark on the time axis is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MarkKind {
    /// A node or pod was killed.
    Kill,
    /// A killed node came back.
    Heal,
    /// Replicas were asked for, by the user or an autoscaler.
    Scale,
    /// A pod was bound.
    Schedule,
    /// A pod found no node.
    Unschedulable,
    /// A pod was taken off a lost node.
    Evict,
    /// The cluster noticed that a node is gone.
    NodeLost,
    /// A pod or node became ready.
    Ready,
    /// Anything else.
    Info,
}

/// Something that happened, on the time axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// When.
    pub at_ns: Nanos,
    /// What kind of thing.
    pub kind: MarkKind,
    /// The node, pod or service.
    pub subject: String,
    /// One line.
    pub label: String,
}

/// What a fault acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// A node without power.
    Node,
    /// A killed pod.
    Pod,
}

/// A fault in force at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveFault {
    /// Names it in `session_heal`; the same in every replay.
    pub id: String,
    /// Node or pod.
    pub kind: FaultKind,
    /// Name of the node or pod.
    pub target: String,
    /// When it began.
    pub since_ns: Nanos,
    /// Whether `session_heal` takes it back; a killed pod is replaced by its controller instead.
    pub healable: bool,
}

/// Counts at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Services with every pod asked for available.
    pub healthy: u32,
    /// Services with some.
    pub degraded: u32,
    /// Services with none, though some are asked for.
    pub unavailable: u32,
    /// Nodes.
    pub nodes: u32,
    /// Nodes that are ready.
    pub nodes_ready: u32,
    /// Pods, pending ones included.
    pub pods: u32,
    /// Pods without a node.
    pub pending: u32,
}

/// How much of a world's parameters nobody gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParameterCount {
    /// Assumed ones.
    pub assumed: u32,
    /// All.
    pub total: u32,
}

/// The current world playing: what `session` answers and the stream's topic `session` holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Name of the world; empty where there is none.
    pub world: String,
    /// Its id; empty where there is none.
    pub world_id: String,
    /// The revision that plays.
    pub revision: u64,
    /// Seed of all luck.
    pub seed: u64,
    /// Whether it moves.
    pub state: Playing,
    /// How fast, when it moves.
    pub speed: Speed,
    /// The view cursor.
    pub time_ns: Nanos,
    /// Furthest simulated.
    pub end_ns: Nanos,
    /// What happened so far, oldest first; the newest 500.
    pub marks: Vec<Mark>,
    /// Faults in force at the cursor.
    pub faults: Vec<ActiveFault>,
    /// Counts at the cursor.
    pub totals: Totals,
    /// What the nodes cost by list price, where at least one has a price; unpriced nodes are not in it.
    pub cost_per_hour: Option<HourlyCost>,
    /// How much is assumed.
    pub parameters: ParameterCount,
    /// What the simulation could not take into account, and why there is none where there is none.
    pub warnings: Vec<String>,
}

/// Input of `session_play`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlayInput {
    /// Simulated seconds per second; the last speed where absent.
    #[serde(default)]
    pub speed: Option<Speed>,
}

/// Input of `session_step`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepInput {
    /// Simulated seconds to go on by, more than 0 and at most 3600.
    #[serde(default = "ten_seconds")]
    pub seconds: f64,
}

fn ten_seconds() -> f64 {
    10.0
}

/// Input of `session_restart`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestartInput {
    /// Seed of all luck; the same as before where absent.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// Input of `session_seek`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeekInput {
    /// Where the cursor goes; at most `endNs`.
    pub time_ns: Nanos,
}

/// Input of `session_kill`: a node or a pod.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KillInput {
    /// Name of a node: it loses power, the cluster notices after the grace period.
    #[serde(default)]
    pub node: Option<String>,
    /// `namespace/name` of a pod: its process ends, its controller makes another.
    #[serde(default)]
    pub pod: Option<String>,
}

/// What `session_kill` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Killed {
    /// Simulated time of the kill.
    pub at_ns: Nanos,
    /// Id of the fault.
    pub fault: String,
}

/// Input of `session_heal`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealInput {
    /// Id of one fault; every fault that can be healed where absent.
    #[serde(default)]
    pub fault: Option<String>,
}

/// What `session_heal` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Healed {
    /// Ids of the faults that ended.
    pub healed: Vec<String>,
}

/// Input of `session_scale`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionScaleInput {
    /// `namespace/name`, or a name that is unique.
    pub service: String,
    /// Pods asked for, at most 10000.
    pub replicas: u32,
}

/// What `session_scale` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scaled {
    /// Simulated time of the change.
    pub at_ns: Nanos,
}
