//! What the operations on placement take and answer: how full, what is where, and a pod to try.

mod explain;
mod studies;
mod what_if;

use std::collections::BTreeMap;

pub use explain::*;
pub use studies::*;
pub use what_if::*;

use drydock_simulation::PodPhase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::session::Nanos;
use crate::session::look::Sight;
use crate::shapes::{Basis, HourlyCost};

/// What a query on placement looks at: the playing session, a run of it, or a world as the scheduler leaves it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SceneInput {
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
    /// Name or id of a world, `current` or `default` for the current one: its pods where its dump has them, the others
    /// where the scheduler places them.
    #[serde(default)]
    pub simulation_id: Option<String>,
}

impl SceneInput {
    /// The session or run.
    pub(super) fn sight(&self) -> Sight<'_> {
        Sight::of(self.run.as_deref(), self.at_ns)
    }
}

/// How full a node is by requests, percent of allocatable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeUtilization {
    /// Name of the node.
    pub name: String,
    /// CPU; null where the node has none to give.
    pub cpu_percent: Option<f64>,
    /// Memory.
    pub memory_percent: Option<f64>,
    /// Pods.
    pub pods_percent: Option<f64>,
}

/// What `scheduler_cluster` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchedulerCluster {
    /// Where the figures come from.
    pub basis: Basis,
    /// Nodes.
    pub total_nodes: u32,
    /// Nodes that are ready.
    pub ready_nodes: u32,
    /// CPU for pods over all nodes, thousandths of a core.
    pub total_cpu: i64,
    /// CPU requested on them.
    pub used_cpu: i64,
    /// Memory for pods, bytes.
    pub total_memory: i64,
    /// Memory requested.
    pub used_memory: i64,
    /// Pods, pending ones included.
    pub total_pods: u32,
    /// Pods on a node.
    pub running_pods: u32,
    /// Pods without one.
    pub pending_pods: u32,
    /// How full each node is.
    pub node_utilization: Vec<NodeUtilization>,
}

/// A pod on the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardPod {
    /// `namespace/name`.
    pub name: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// CPU requested, thousandths of a core.
    pub cpu: i64,
    /// Memory requested, bytes.
    pub memory: i64,
    /// What it is doing; null for a pod of a Job, which only takes room, and in a world that does not play.
    pub phase: Option<PodPhase>,
    /// Its priority.
    pub priority: i32,
    /// Whether a DaemonSet or the node itself made it: it stays where it is.
    pub daemon: bool,
}

/// A node on the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardNode {
    /// Its name.
    pub name: String,
    /// Whether the control plane sees it ready.
    pub ready: bool,
    /// Whether it is without power.
    pub killed: bool,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// Its taints, as `key=value:Effect`.
    pub taints: Vec<String>,
    /// The pool its labels name, or its instance type.
    pub pool: Option<String>,
    /// Its machine.
    pub instance_type: Option<String>,
    /// List price; null where the price book does not have the machine.
    pub per_hour: Option<HourlyCost>,
    /// Pods it may hold.
    pub max_pods: i64,
    /// CPU for pods, thousandths of a core.
    pub cpu_allocatable: i64,
    /// CPU requested.
    pub cpu_requested: i64,
    /// Memory for pods, bytes.
    pub memory_allocatable: i64,
    /// Memory requested.
    pub memory_requested: i64,
    /// Its pods by name.
    pub pods: Vec<BoardPod>,
}

/// Nodes of a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardGroup {
    /// The zone; null for nodes without the label.
    pub zone: Option<String>,
    /// Its nodes by name.
    pub nodes: Vec<BoardNode>,
}

/// A pod without a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardPending {
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// CPU requested, thousandths of a core.
    pub cpu: i64,
    /// Memory requested, bytes.
    pub memory: i64,
    /// Why, in the scheduler's words.
    pub message: String,
}

/// What `scheduler_board` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchedulerBoard {
    /// Where the figures come from.
    pub basis: Basis,
    /// Nodes by zone.
    pub groups: Vec<BoardGroup>,
    /// Pods without a node.
    pub pending: Vec<BoardPending>,
}

/// Input of `scheduler_simulate`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatePodInput {
    /// The pod.
    pub pod_spec: PodSpecInput,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
    /// Name or id of a world, `current` or `default` for the current one, instead of the session.
    #[serde(default)]
    pub simulation_id: Option<String>,
}

/// A pod to try. What is not listed here does not matter to placement or is not judged.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodSpecInput {
    /// Its name.
    pub name: String,
    /// Its namespace; `default` where absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What it requests and may use.
    #[serde(default)]
    pub resources: ResourcesInput,
    /// Labels a node must have.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// Affinity as Kubernetes writes it (`spec.affinity`).
    #[serde(default)]
    pub affinity: Option<Value>,
    /// Tolerations as Kubernetes writes them (`spec.tolerations`).
    #[serde(default)]
    pub tolerations: Option<Vec<Value>>,
    /// Priority; 0 where absent.
    #[serde(default)]
    pub priority: Option<i32>,
}

/// Requests and limits, as Kubernetes quantities.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourcesInput {
    /// Requests by resource, such as `{"cpu": "250m", "memory": "512Mi"}`.
    #[serde(default)]
    pub requests: BTreeMap<String, String>,
    /// Limits by resource; where a request is absent it counts as one.
    #[serde(default)]
    pub limits: BTreeMap<String, String>,
}

/// What became of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeScore {
    /// The node.
    pub node_name: String,
    /// Sum of the scores; null where it is not feasible.
    pub score: Option<i64>,
    /// Whether the pod could run there.
    pub feasible: bool,
    /// Why not.
    pub fail_reasons: Vec<String>,
}

/// What `scheduler_simulate` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedPod {
    /// `namespace/name`.
    pub pod_name: String,
    /// Whether some node takes it now.
    pub schedulable: bool,
    /// The node it would go to.
    pub selected_node: Option<String>,
    /// Its score.
    pub score: Option<i64>,
    /// In the scheduler's words.
    pub reason: String,
    /// Every node by name.
    pub node_scores: Vec<NodeScore>,
    /// What it asks for that is not judged.
    pub warnings: Vec<String>,
}
