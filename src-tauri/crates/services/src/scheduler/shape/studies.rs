//! What the studies of placement take and answer: headroom, the dump's own bindings, luck, two worlds, two profiles.

use drydock_scheduler::{Code, Plugin, Reason};
use drydock_what_if::{Comparison, Placement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PodSpecInput;
use crate::shapes::Basis;

/// A pod whose room is asked for: a spec, or a manifest.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeadroomPod {
    /// What the answer calls it; the name in the spec or manifest where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// The pod in a few fields.
    #[serde(default)]
    pub pod_spec: Option<PodSpecInput>,
    /// The pod, or the workload that makes it, as Kubernetes YAML or JSON.
    #[serde(default)]
    pub manifest: Option<String>,
}

/// Input of `scheduler_headroom`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeadroomInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// The pods, 1 to 50.
    pub pods: Vec<HeadroomPod>,
    /// Copies after which counting stops, 1 to 100000; 10000 where absent.
    #[serde(default)]
    pub most: Option<u32>,
}

/// Why no more fit: nodes by reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shortfall {
    /// The plugin that rejects.
    pub plugin: Plugin,
    /// Whether eviction could help.
    pub code: Code,
    /// What is missing.
    pub reason: Reason,
    /// How many nodes.
    pub nodes: u32,
}

/// How many more of one pod fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeadroomOf {
    /// The pod.
    pub name: String,
    /// CPU it requests, thousandths of a core.
    pub cpu: i64,
    /// Memory it requests, bytes.
    pub memory: i64,
    /// How many more fit.
    pub more: u32,
    /// Whether counting stopped before anything ran out.
    pub capped: bool,
    /// What ran out first: nodes by reason, the most frequent first.
    pub runs_out: Vec<Shortfall>,
    /// The same in kube-scheduler's words; empty where counting stopped.
    pub message: String,
    /// Nodes that took some, by name.
    pub nodes: Vec<NodeCopies>,
    /// What it asks for that is not judged.
    pub not_considered: Vec<String>,
}

/// Copies on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeCopies {
    /// The node.
    pub node: String,
    /// How many more it takes.
    pub pods: u32,
}

/// What `scheduler_headroom` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headroom {
    /// Where the figures come from.
    pub basis: Basis,
    /// Each pod alone in the cluster as it is.
    pub alone: Vec<HeadroomOf>,
    /// All of them, one of each in turn, until none fits.
    pub together: Vec<HeadroomOf>,
    /// Whole rounds in which every pod still found a place.
    pub rounds: u32,
}

/// Which bindings to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BindingFilter {
    /// All of them.
    #[default]
    All,
    /// Those whose node is not feasible.
    Infeasible,
    /// Those whose node is feasible and not among the best.
    NotBest,
}

/// Input of `scheduler_bindings`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindingsInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// Only these.
    #[serde(default)]
    pub only: Option<BindingFilter>,
    /// Rows to answer, 1 to 10000; 200 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One binding of the dump, judged as if the pod came now and all others were there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindingRow {
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// The node the dump has it on.
    pub node: String,
    /// Whether that node passes every filter.
    pub feasible: bool,
    /// Whether no node scores higher; null where it is not feasible.
    pub best: Option<bool>,
    /// Its score.
    pub score: Option<i64>,
    /// The highest score of any node.
    pub max_score: Option<i64>,
    /// Where the pod would go.
    pub chosen: Option<String>,
    /// The plugin that rejects the node.
    pub plugin: Option<Plugin>,
    /// Why, in kube-scheduler's words.
    pub reasons: Vec<String>,
    /// Whether the node made it itself, past the scheduler.
    pub is_static: bool,
}

/// What `scheduler_bindings` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bindings {
    /// Where the figures come from.
    pub basis: Basis,
    /// Pods that the dump has on a node.
    pub pods: u32,
    /// Those whose node is feasible.
    pub feasible: u32,
    /// Those whose node is among the best.
    pub best: u32,
    /// Bindings that match what was asked for.
    pub matching: u32,
    /// The first of them: infeasible ones first, then those that are not among the best, then by name.
    pub rows: Vec<BindingRow>,
    /// What does not read, or is bound where no node is.
    pub warnings: Vec<String>,
}

/// Input of `scheduler_landings`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LandingsInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// Plays, 1 to 1000; 100 where absent.
    #[serde(default)]
    pub seeds: Option<u32>,
    /// Whether every pod is placed anew, or only those that wait.
    #[serde(default)]
    pub anew: bool,
    /// Pods to answer, 1 to 10000; 200 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// How often a pod landed on a node.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Landing {
    /// The node; null for staying pending.
    pub node: Option<String>,
    /// Plays.
    pub plays: u32,
    /// Share of all plays, 0 to 1.
    pub share: f64,
}

/// Where a pod landed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LandingRow {
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// Where it goes with all nodes scored and ties to the smallest name.
    pub decided: Option<String>,
    /// Different outcomes.
    pub outcomes: u32,
    /// The most frequent ones.
    pub landings: Vec<Landing>,
}

/// What `scheduler_landings` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LandingsReport {
    /// Where the figures come from.
    pub basis: Basis,
    /// Plays; play `n` has seed `n`, from 1.
    pub plays: u32,
    /// Pods that were placed.
    pub pods: u32,
    /// Pods that landed the same in every play.
    pub always_same: u32,
    /// Pods that stayed pending in some play.
    pub ever_pending: u32,
    /// The first pods: those that land most differently first.
    pub rows: Vec<LandingRow>,
    /// How the plays differ from the answers elsewhere.
    pub method: String,
}

/// Input of `scheduler_compare`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareWorldsInput {
    /// Name or id of a world, or `current`.
    pub a: String,
    /// Name or id of another.
    pub b: String,
}

/// What `scheduler_compare` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorldComparison {
    /// Where the figures of A come from.
    pub basis_a: Basis,
    /// Where the figures of B come from.
    pub basis_b: Basis,
    /// Both placements, and pods that are elsewhere, or in one of them only.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// A scheduler configuration: a preset or a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileChoice {
    /// `default` or `optimizeUtilization`.
    #[serde(default)]
    pub preset: Option<drydock_what_if::Preset>,
    /// A KubeSchedulerConfiguration as YAML or JSON; its first profile counts.
    #[serde(default)]
    pub configuration: Option<String>,
}

/// Input of `scheduler_profiles`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfilesInput {
    /// Name or id of a world; the current one where absent.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// One configuration; the world's own where it is empty.
    #[serde(default)]
    pub a: ProfileChoice,
    /// The other.
    pub b: ProfileChoice,
}

/// A pod that two configurations place differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacedApart {
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// Where A puts it; null for pending.
    pub a: Option<String>,
    /// Where B puts it.
    pub b: Option<String>,
}

/// What `scheduler_profiles` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfilesReport {
    /// Where the figures come from.
    pub basis: Basis,
    /// Name of configuration A.
    pub profile_a: String,
    /// Name of configuration B.
    pub profile_b: String,
    /// Every pod but daemons placed anew under A.
    pub a: Placement,
    /// And under B.
    pub b: Placement,
    /// Pods that go elsewhere, by name.
    pub apart: Vec<PlacedApart>,
    /// What the configurations ask for and the engine does not do.
    pub not_considered: Vec<String>,
}
