//! What the operations on changes take and answer: what-if, keeping one, simulations as the worlds there are, sweeps.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use drydock_what_if::{Change, Outcome, TaintSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shapes::Basis;
use crate::worlds::WorldRow;

/// One of four simple changes, by name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Which.
    #[serde(rename = "type")]
    pub kind: ScenarioKind,
    /// `add_node`: a node, in part: `labels`, `taints`, `zone`, `resources`, or `like` another. `remove_node` and
    /// `node_failure`: `nodeName`. `scale_deployment`: `deployment` (what the name begins with) and `replicas`.
    #[serde(default)]
    pub parameters: Value,
}

/// The simple changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioKind {
    /// One node more.
    AddNode,
    /// One node less.
    RemoveNode,
    /// A node stops answering.
    NodeFailure,
    /// Deployments get other replicas.
    ScaleDeployment,
}

/// Input of `scheduler_what_if`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhatIfInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// What is changed, in this order. None shows the world as it is.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Instead of changes: one of four simple ones.
    #[serde(default)]
    pub scenario: Option<Scenario>,
}

/// Input of `scheduler_keep`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeepInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// What is changed, in this order.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Instead of changes: one of four simple ones.
    #[serde(default)]
    pub scenario: Option<Scenario>,
    /// Name of the fork.
    pub name: String,
    /// Whether the fork becomes the current world.
    #[serde(default)]
    pub select: bool,
}

/// How many pods have a node, and which have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedulability {
    /// Pods with a node.
    pub schedulable: u32,
    /// Pods without one, as `namespace/name`.
    pub unschedulable: Vec<String>,
}

/// What `scheduler_what_if` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhatIfReport {
    /// Where the figures come from.
    pub basis: Basis,
    /// Before the changes.
    pub original_state: Schedulability,
    /// After them.
    pub new_state: Schedulability,
    /// The difference in words.
    pub impact: String,
    /// Placement before and after, what moved and why, how drains went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What `scheduler_keep` answers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptFork {
    /// The fork: the world after the changes, every pod bound where it went.
    pub fork: WorldRow,
    /// What the changes did.
    #[serde(flatten)]
    pub report: WhatIfReport,
}

/// Which simulations to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulationsInput {
    /// Only this one: name or id of a world, `current` or `default`.
    #[serde(default)]
    pub simulation_id: Option<String>,
}

/// A world as placement sees it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedCluster {
    /// `default` for the current world, else its id. Either names it.
    pub id: String,
    /// Id of the world.
    pub world: String,
    /// Name of the world.
    pub name: String,
    /// What it was made for, where that was said.
    pub description: Option<String>,
    /// Its nodes by name.
    pub nodes: Vec<SimulatedNode>,
    /// Pods that its dump has on a node, by name.
    pub existing_pods: Vec<ExistingPod>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Why it cannot be placed, where it cannot; nodes and pods are empty then.
    pub error: Option<String>,
}

/// A node of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedNode {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    pub taints: Vec<NodeTaint>,
    /// What it has, offers and gives to the pods on it.
    pub resources: NodeResources,
    /// What it says of itself.
    pub conditions: Vec<NodeSays>,
    /// Its zone.
    pub zone: Option<String>,
    /// Its region.
    pub region: Option<String>,
}

/// A taint as it stands on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeTaint {
    /// Key.
    pub key: String,
    /// Value.
    pub value: Option<String>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

/// Amounts of a node: CPU in thousandths of a core, memory in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeResources {
    /// CPU of the machine; null where the node does not say.
    pub cpu_capacity: Option<i64>,
    /// CPU for pods.
    pub cpu_allocatable: i64,
    /// CPU that its pods request.
    pub cpu_used: i64,
    /// Memory of the machine; null where the node does not say.
    pub memory_capacity: Option<i64>,
    /// Memory for pods.
    pub memory_allocatable: i64,
    /// Memory that its pods request.
    pub memory_used: i64,
    /// Pods it may hold.
    pub pods_capacity: i64,
    /// Pods on it.
    pub pods_used: i64,
}

/// A condition of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeSays {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
}

/// A pod on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingPod {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its node.
    pub node_name: String,
    /// What it requests.
    pub resources: ExistingResources,
}

/// What a pod requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExistingResources {
    /// CPU, thousandths of a core.
    pub cpu: i64,
    /// Memory, bytes.
    pub memory: i64,
}

/// Input of `create_simulation`: a world of nodes and pods.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSimulation {
    /// Name of the world.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its nodes, at least one.
    pub nodes: Vec<NewNode>,
    /// Pods on them.
    #[serde(default)]
    pub existing_pods: Vec<NewPod>,
}

/// A node to be made.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewNode {
    /// Its name.
    pub name: String,
    /// Its labels; those of zone, region and host name come besides.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    #[serde(default)]
    pub taints: Vec<TaintSpec>,
    /// What it offers.
    pub resources: NewResources,
    /// Its conditions; it is ready where absent.
    #[serde(default)]
    pub conditions: Vec<NewCondition>,
    /// Its zone.
    #[serde(default)]
    pub zone: Option<String>,
    /// Its region.
    #[serde(default)]
    pub region: Option<String>,
}

/// Amounts of a node to be made. What is used is not given: it follows from the pods.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewResources {
    /// CPU for pods, thousandths of a core.
    pub cpu_allocatable: i64,
    /// Memory for pods, bytes.
    pub memory_allocatable: i64,
    /// CPU of the machine; what is for pods where absent.
    #[serde(default)]
    pub cpu_capacity: Option<i64>,
    /// Memory of the machine; what is for pods where absent.
    #[serde(default)]
    pub memory_capacity: Option<i64>,
    /// Pods it may hold; 110, the kubelet's default, where absent.
    #[serde(default)]
    pub pods_capacity: Option<i64>,
}

/// A condition of a node to be made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCondition {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
}

/// A pod to be put on a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPod {
    /// Its name.
    pub name: String,
    /// Its namespace; `default` where absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Its node.
    pub node_name: String,
    /// What it requests.
    pub resources: NewPodResources,
}

/// What a pod requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPodResources {
    /// CPU, thousandths of a core.
    #[serde(default)]
    pub cpu: i64,
    /// Memory, bytes.
    #[serde(default)]
    pub memory: i64,
}

/// One axis of a sweep.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SweepAxis {
    /// What it varies.
    pub name: String,
    /// Its values.
    pub values: Vec<SweepValue>,
}

/// One value of an axis.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SweepValue {
    /// How it reads in the table.
    pub label: String,
    /// What it changes; nothing leaves the world as it is.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// Input of `scheduler_sweep`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SweepInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// One to four axes; the changes of a cell are those of its values, in the order of the axes.
    pub axes: Vec<SweepAxis>,
}

/// An axis in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweptAxis {
    /// What it varies.
    pub name: String,
    /// Its values as they were called.
    pub labels: Vec<String>,
}

/// What `scheduler_sweep` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// Where the figures come from.
    pub basis: Basis,
    /// The axes.
    pub axes: Vec<SweptAxis>,
    /// The cells; the last axis varies fastest.
    #[serde(flatten)]
    pub sweep: drydock_what_if::Sweep,
}
