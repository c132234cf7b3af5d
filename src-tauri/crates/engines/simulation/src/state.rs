//! The state of a world at an instant, as plain values to show. Taken by `snapshot`, never edited.

use std::collections::BTreeMap;

use drydock_model::{Money, ServiceId, SimTime, WorkloadKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is so at an instant of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Nanoseconds since the start of the run.
    pub now_ns: SimTime,
    /// Services in the order of the plan.
    pub services: Vec<ServiceState>,
    /// Nodes by name.
    pub nodes: Vec<NodeState>,
    /// Pods without a node, in name order.
    pub pending: Vec<PendingPod>,
    /// Autoscalers by service.
    pub autoscalers: Vec<AutoscalerState>,
    /// Faults in force.
    pub faults: Vec<FaultState>,
    /// What the priced nodes cost now, US dollars per hour.
    pub cost_per_hour: Money,
    /// Nodes without a known price, with the reason; the cost is a lower bound where there are any.
    pub unpriced_nodes: BTreeMap<String, String>,
    /// Requests in progress, abandoned ones included.
    pub requests_in_progress: u32,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceState {
    /// The service.
    pub id: ServiceId,
    /// Kind of the object behind it.
    pub kind: WorkloadKind,
    /// Pods asked for.
    pub desired: u32,
    /// Pods that exist and are not being deleted.
    pub current: u32,
    /// Pods that report ready (one on a dead node does until the cluster notices).
    pub ready: u32,
    /// Pods that would answer a request now.
    pub available: u32,
    /// Its pods by name.
    pub pods: Vec<PodState>,
    /// CPU in use, cores, mean of the last interval.
    pub cpu_cores: Option<f64>,
    /// Memory in use now, bytes.
    pub memory_bytes: Option<f64>,
    /// Calls a second in the last interval.
    pub rps: Option<f64>,
    /// Unanswered calls over ended ones in the last interval, 0 to 1.
    pub error_rate: Option<f64>,
    /// 99th percentile of its latency in the last interval, milliseconds.
    pub p99_ms: Option<f64>,
}

/// What a pod is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PodPhase {
    /// Waits for a node.
    Pending,
    /// Bound, not ready yet.
    Starting,
    /// Serves.
    Running,
    /// Out of use, finishing its requests.
    Draining,
    /// Its process ended; the kubelet waits before it starts it again.
    BackOff,
    /// Its node does not answer.
    Down,
    /// Deleted; a moment longer among the endpoints.
    Gone,
}

/// A pod of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodState {
    /// `namespace/name`.
    pub name: String,
    /// Its node, if it has one.
    pub node: Option<String>,
    /// What it is doing.
    pub phase: PodPhase,
    /// Whether it is among the endpoints.
    pub ready: bool,
    /// Times its container was started again.
    pub restarts: u32,
    /// Whether it is the primary of a database.
    pub primary: bool,
    /// Requests it works on.
    pub working: u32,
    /// Requests that wait in it.
    pub waiting: u32,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeState {
    /// Name.
    pub name: String,
    /// Zone, where it has one.
    pub zone: Option<String>,
    /// What the cluster believes of it.
    pub ready: bool,
    /// Whether an act has killed it.
    pub killed: bool,
    /// Cores that pods may request.
    pub cpu_allocatable: f64,
    /// Bytes that pods may request.
    pub memory_allocatable: i64,
    /// Cores that its pods request.
    pub cpu_requested: f64,
    /// Bytes that its pods request.
    pub memory_requested: i64,
    /// CPU in use, cores, mean of the last interval; absent while it is down.
    pub cpu_cores: Option<f64>,
    /// Memory in use now, bytes; absent while it is down.
    pub memory_bytes: Option<f64>,
    /// Names of the pods bound to it.
    pub pods: Vec<String>,
    /// Price, US dollars per hour, where known.
    pub price_per_hour: Option<Money>,
}

/// A pod that waits for a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingPod {
    /// `namespace/name`.
    pub pod: String,
    /// Why, in the scheduler's words.
    pub message: String,
}

/// An autoscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutoscalerState {
    /// The service whose replicas it sets.
    pub service: ServiceId,
    /// Fewest replicas.
    pub min: i32,
    /// Most replicas.
    pub max: i32,
    /// Pods that exist.
    pub current: u32,
    /// Pods asked for.
    pub desired: u32,
    /// What it measures against what, such as `cpu 70 %`.
    pub metric: String,
    /// Why it last scaled or did not; empty before its first pass.
    pub reason: String,
    /// What failed in its last pass.
    pub error: Option<String>,
    /// Conditions after its last pass.
    pub conditions: Vec<ConditionState>,
}

/// A condition of an autoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConditionState {
    /// `AbleToScale`, `ScalingActive` or `ScalingLimited`.
    pub kind: String,
    /// Whether it holds.
    pub status: bool,
    /// The controller's reason.
    pub reason: String,
}

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaultState {
    /// `nodeDown`, or the type of a fault.
    pub kind: String,
    /// The node, or the name of the fault.
    pub subject: String,
    /// Since when, nanoseconds since the start of the run.
    pub since_ns: SimTime,
}
