//! What the operations on cluster status take and answer.

use std::collections::BTreeMap;

use drydock_model::Provenance;
use drydock_simulation::PodPhase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::Nanos;
use crate::session::look::Sight;
use crate::shapes::{Basis, HourlyCost};

/// Names a run and an instant of it, or the playing session where absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunChoice {
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
}

impl RunChoice {
    /// What is looked at.
    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight::of(self.run.as_deref(), self.at_ns)
    }
}

/// Input of `scaling_events`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingEventsInput {
    /// How many of the newest, at most 500; 50 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
}

/// Health of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OverallStatus {
    /// Every service has every pod it asks for and every node is ready.
    Healthy,
    /// Some service or node has not.
    Degraded,
    /// Some service has no pod available, or no node is ready.
    Critical,
    /// There is nothing to judge.
    Unknown,
}

/// State of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// As many pods as asked for, all available.
    Steady,
    /// Pods are being added.
    ScalingUp,
    /// Pods are being taken away.
    ScalingDown,
    /// Some pods are missing.
    Degraded,
    /// No pod is available.
    Unavailable,
}

/// A pod of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodStatus {
    /// `namespace/name`.
    pub name: String,
    /// Node it is bound to.
    pub node: Option<String>,
    /// What it is doing.
    pub phase: PodPhase,
    /// Whether it takes requests.
    pub ready: bool,
}

/// State of a service in figures. A figure that is not known is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatus {
    /// Name without the namespace.
    pub name: String,
    /// Pods there are.
    pub replicas: u32,
    /// Pods asked for.
    pub desired_replicas: u32,
    /// Pods that take requests.
    pub available_replicas: u32,
    /// State.
    pub status: ServiceState,
    /// Whether every pod asked for is available.
    pub healthy: bool,
    /// Simulated time of the figures.
    pub last_updated: Nanos,
    /// CPU used over requested, percent, in the last full interval of 10 s.
    pub cpu_usage: Option<f64>,
    /// CPU used, cores.
    pub cpu_cores: Option<f64>,
    /// CPU requested by its pods on nodes, cores.
    pub cpu_request_cores: Option<f64>,
    /// Memory used over requested, percent.
    pub memory_usage: Option<f64>,
    /// Memory used, bytes.
    pub memory_bytes: Option<f64>,
    /// Requests that ended in the last full interval, per second.
    pub requests_per_second: Option<f64>,
    /// Failed over ended requests, 0 to 1.
    pub error_rate: Option<f64>,
    /// 99th percentile of the time in this service, its calls included, of the last full interval.
    pub p99_ms: Option<f64>,
    /// Names of its pods.
    pub pod_names: Vec<String>,
    /// Its pods.
    pub pods: Vec<PodStatus>,
}

/// A condition, as Kubernetes has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

/// A horizontal autoscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hpa {
    /// Name of the object.
    pub name: String,
    /// `namespace/name` of its target.
    pub service: String,
    /// Target of its CPU metric, percent of request.
    #[serde(rename = "targetCPUUtilization")]
    pub target_cpu_utilization: Option<f64>,
    /// CPU used over requested by the pods of its target in the last full interval, percent.
    #[serde(rename = "currentCPUUtilization")]
    pub current_cpu_utilization: Option<f64>,
    /// Fewest pods.
    pub min_replicas: u32,
    /// Most pods.
    pub max_replicas: u32,
    /// Pods at its last sync.
    pub current_replicas: u32,
    /// Pods it asked for at its last sync.
    pub desired_replicas: u32,
    /// When it last asked for another number.
    pub last_scale_time: Option<Nanos>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// Whether a node is ready, as the control plane sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NodeReadiness {
    /// It is.
    Ready,
    /// It said that it is not.
    NotReady,
    /// It is silent for longer than the grace period.
    Unknown,
}

/// State of a node in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Zone, where labelled.
    pub zone: Option<String>,
    /// Machine type, where labelled.
    pub instance_type: Option<String>,
    /// Readiness as the control plane sees it.
    pub status: NodeReadiness,
    /// Whether it is without power: the control plane may not have noticed yet.
    pub killed: bool,
    /// CPU, a Kubernetes quantity; empty where the object does not say.
    pub cpu_capacity: String,
    /// Memory, a Kubernetes quantity; empty where the object does not say.
    pub memory_capacity: String,
    /// CPU for pods, a Kubernetes quantity.
    pub cpu_allocatable: String,
    /// Memory for pods, a Kubernetes quantity.
    pub memory_allocatable: String,
    /// CPU used by its pods, thousandths of a core, in the last full interval.
    pub cpu_used: Option<f64>,
    /// Memory used by its pods, bytes.
    pub memory_used: Option<f64>,
    /// CPU requested by its pods, thousandths of a core.
    pub cpu_requested: i64,
    /// Memory requested by its pods, bytes.
    pub memory_requested: i64,
    /// Pods bound to it.
    pub pod_count: u32,
    /// List price; null where none is known.
    pub price_per_hour: Option<HourlyCost>,
    /// Source and date of the price, or why there is none.
    pub price_note: String,
    /// Where the node comes from.
    pub provenance: Provenance,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// What a change of replicas is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScalingKind {
    /// More pods.
    ScaleUp,
    /// Fewer pods.
    ScaleDown,
    /// It could not decide.
    Failed,
}

/// A change of replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScalingEvent {
    /// Simulated time.
    pub timestamp: Nanos,
    /// `namespace/name`.
    pub service: String,
    /// Up, down or failed.
    pub event: ScalingKind,
    /// Pods before.
    pub from_replicas: u32,
    /// Pods after.
    pub to_replicas: u32,
    /// Who decided, and why.
    pub reason: Option<String>,
}

/// A pod that found no node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingPod {
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// Why, in the scheduler's words; empty where it was not tried yet.
    pub message: String,
}

/// Health of everything: what `cluster_status` answers and the stream's topic `cluster` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// Where the figures come from.
    pub basis: Basis,
    /// Time on the wall (ISO 8601); null for what is simulated, whose time is `basis.asOfNs`.
    pub timestamp: Option<String>,
    /// Name of the world.
    pub cluster_name: String,
    /// The namespace, where the world's services are all of one.
    pub namespace: Option<String>,
    /// Health of the whole.
    pub overall_status: OverallStatus,
    /// Whether every service that takes requests asks for two pods or more.
    pub ha_enabled: bool,
    /// Services by `namespace/name`.
    pub services: BTreeMap<String, ServiceStatus>,
    /// Autoscalers by target.
    pub hpa_status: Vec<Hpa>,
    /// Nodes by name.
    pub nodes: Vec<NodeStatus>,
    /// Changes of replicas, newest last, at most the newest 50.
    pub scaling_events: Vec<ScalingEvent>,
    /// Pods without a node.
    pub pending: Vec<PendingPod>,
}
