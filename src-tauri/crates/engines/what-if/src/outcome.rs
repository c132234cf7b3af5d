//! What an answer says: placement before and after, what moved and why, how drains went. Plain values.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

/// Why a pod is elsewhere, new or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Its node was drained.
    Drained,
    /// Its node failed or was deleted.
    NodeLost,
    /// It made way for a more important pod.
    Preempted,
    /// Its workload was scaled.
    Scaled,
    /// It came with a change.
    Added,
    /// It went with a change.
    Removed,
    /// A taint of its node evicted it.
    Evicted,
    /// It waited, and there is a node for it now; or two worlds place it differently.
    Rescheduled,
}

/// A pod that is not where it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// `namespace/name`. A pod that its controller makes anew keeps the name of the one it stands for.
    pub pod: String,
    /// The workload it belongs to, as `namespace/name`.
    pub owner: String,
    /// The node it was on; absent where it was on none.
    pub from: Option<String>,
    /// The node it is on; absent where it waits or is gone.
    pub to: Option<String>,
    /// Why.
    pub cause: Cause,
}

/// A pod evicted for a more important one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preempted {
    /// The pod that went.
    pub pod: String,
    /// The pod it went for.
    pub by: String,
    /// The node it was on.
    pub node: String,
}

/// What a drain did to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DrainAction {
    /// Evicted, or deleted where no budget is asked.
    Evicted,
    /// No budget allowed it, and none would have later.
    Blocked,
    /// Left where it is, as the drain was told.
    Skipped,
    /// The drain does not touch it without being told to, and therefore evicts nothing from this node.
    Refused,
}

/// One pod of a drain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DrainStep {
    /// The round it happened in, from 1; 0 before the first.
    pub round: u32,
    /// `namespace/name`.
    pub pod: String,
    /// What happened.
    pub action: DrainAction,
    /// Why.
    pub reason: String,
    /// The budget that was asked, as `namespace/name`.
    pub budget: Option<String>,
    /// Seconds the pod gets to end; absent where it was not evicted.
    pub grace_seconds: Option<i64>,
}

/// How the drain of a node went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// The node.
    pub node: String,
    /// Whether all that had to go is gone.
    pub done: bool,
    /// Rounds of evictions; before each, the pods evicted in the one before are placed again.
    pub rounds: u32,
    /// Seconds the evictions take where every pod uses all of its grace: the longest grace of each round, summed. What
    /// those that replace them need to be ready comes on top, and is not known here.
    pub grace_seconds: i64,
    /// What happened, in order.
    pub steps: Vec<DrainStep>,
}

/// A pod without a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingPod {
    /// `namespace/name`.
    pub pod: String,
    /// The workload it belongs to.
    pub owner: String,
    /// CPU it asks for, thousandths of a core.
    pub cpu: i64,
    /// Memory it asks for, bytes.
    pub memory: i64,
    /// Why it waits, in kube-scheduler's words.
    pub message: String,
}

/// A node and how full it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeFill {
    /// Its name.
    pub name: String,
    /// Its zone, where a label names one.
    pub zone: Option<String>,
    /// Its pool, where labels name one.
    pub pool: Option<String>,
    /// Its machine type, where a label names one.
    pub instance_type: Option<String>,
    /// Whether it answers.
    pub ready: bool,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// CPU it offers, thousandths of a core.
    pub cpu_allocatable: i64,
    /// CPU its pods ask for, thousandths of a core.
    pub cpu_requested: i64,
    /// Memory it offers, bytes.
    pub memory_allocatable: i64,
    /// Memory its pods ask for, bytes.
    pub memory_requested: i64,
    /// Pods on it.
    pub pods: i64,
    /// Pods it takes.
    pub max_pods: i64,
    /// US dollars per hour; absent where no price is known.
    pub per_hour: Option<Money>,
}

/// A zone and how full it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneFill {
    /// Its name; absent for nodes without one.
    pub zone: Option<String>,
    /// Nodes in it.
    pub nodes: u32,
    /// CPU they offer, thousandths of a core.
    pub cpu_allocatable: i64,
    /// CPU their pods ask for, thousandths of a core.
    pub cpu_requested: i64,
    /// Memory they offer, bytes.
    pub memory_allocatable: i64,
    /// Memory their pods ask for, bytes.
    pub memory_requested: i64,
    /// Pods on them.
    pub pods: i64,
}

/// A resource that pods ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FitResource {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
}

/// The largest pod that still fits, by one resource: what is left on the node with most of it. Only nodes count that
/// take an ordinary pod: ready, not cordoned, without a taint that keeps pods off, with a pod slot left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LargestFit {
    /// Largest by this.
    pub resource: FitResource,
    /// The node.
    pub node: String,
    /// CPU left there, thousandths of a core.
    pub milli_cpu: i64,
    /// Memory left there, bytes.
    pub memory_bytes: i64,
}

/// Where the pods of a world are, and what that leaves and costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Pods in all.
    pub pods: u32,
    /// Pods with a node.
    pub placed: u32,
    /// Pods without one, by name.
    pub pending: Vec<PendingPod>,
    /// Nodes by name.
    pub nodes: Vec<NodeFill>,
    /// Zones by name, the nodes without one first.
    pub zones: Vec<ZoneFill>,
    /// The largest pod that still fits, by CPU and by memory; empty where no pod fits.
    pub fragmentation: Vec<LargestFit>,
    /// US dollars per hour of the nodes that have a price; absent where none has.
    pub cost_per_hour: Option<Money>,
    /// Nodes without a price, each as `name: reason`. Where there are any, the cost is a lower bound.
    pub unpriced: Vec<String>,
}

/// The answer to a what-if.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Name of the scheduler profile in force after the changes.
    pub profile: String,
    /// The world before the changes, what waited placed where it can be.
    pub before: Placement,
    /// The world after them.
    pub after: Placement,
    /// Pods that are not where they were, by name.
    pub moved: Vec<Move>,
    /// Pods evicted for more important ones, in order.
    pub preempted: Vec<Preempted>,
    /// Drains, in order.
    pub drains: Vec<Drain>,
    /// What pods or the configuration ask for and the engine does not judge.
    pub not_considered: Vec<String>,
    /// What the answer rests on that nobody gave.
    pub assumptions: Vec<String>,
    /// What could not be taken as it stands.
    pub warnings: Vec<String>,
}
