//! What `scheduler_explain` takes and answers.

use drydock_scheduler::{Code, Explanation, Plugin, Remedy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::Nanos;
use crate::shapes::Basis;

/// Input of `scheduler_explain`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainInput {
    /// `namespace/name` of a pod, or a name that is unique.
    pub pod: String,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
    /// Name or id of a world, `current` or `default` for the current one, instead of the session.
    #[serde(default)]
    pub simulation_id: Option<String>,
    /// Nodes to answer, 1 to 20000, the best first; 200 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Nodes to pass over.
    #[serde(default)]
    pub offset: Option<u32>,
    /// Only nodes with this text in the name.
    #[serde(default)]
    pub search: Option<String>,
    /// Only nodes that are feasible, or only those that are not.
    #[serde(default)]
    pub feasible: Option<bool>,
    /// Only nodes that this plugin rejects, such as `TaintToleration`.
    #[serde(default)]
    pub plugin: Option<String>,
}

/// Which decision is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Decided {
    /// The one that was taken, in the cluster as it was then.
    AsTaken,
    /// The one that would be taken now, the pod itself set aside.
    Now,
}

/// Nodes that one plugin rejects for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReasonCount {
    /// The plugin.
    pub plugin: Plugin,
    /// Whether eviction could help.
    pub code: Code,
    /// In kube-scheduler's words.
    pub reason: String,
    /// How many nodes. A node that is short of several resources counts under each.
    pub nodes: u32,
}

/// A pod that would have to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Victim {
    /// `namespace/name`.
    pub pod: String,
    /// Its priority.
    pub priority: i32,
}

/// A node that takes the pod once its victims are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreemptionCandidate {
    /// The node.
    pub node: String,
    /// Pods that have to go, the most important first.
    pub victims: Vec<Victim>,
    /// How many of them a disruption budget protects.
    pub budget_violations: u32,
    /// Whether the criteria leave it among the best.
    pub best: bool,
}

/// What eviction comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreemptionReport {
    /// The node that is nominated; null where eviction does not help.
    pub nominated: Option<String>,
    /// Why not, in kube-scheduler's words; empty where a node is nominated.
    pub message: String,
    /// Nodes where eviction helps, of all.
    pub total: u32,
    /// The best of them first, as many as were asked for.
    pub candidates: Vec<PreemptionCandidate>,
}

/// What `scheduler_explain` answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodExplanation {
    /// Where the figures come from.
    pub basis: Basis,
    /// `namespace/name`.
    pub pod: String,
    /// `namespace/name` of its service.
    pub service: String,
    /// Its priority; null for a daemon of the session, which only the simulation knows.
    pub priority: Option<i32>,
    /// The node it is on.
    pub placed: Option<String>,
    /// Which decision this is.
    pub decided: Decided,
    /// Why there, and why not elsewhere. Its nodes are a page of those asked for: feasible ones by total, then the others
    /// by name.
    pub explanation: Explanation,
    /// Nodes of the cluster that were judged.
    pub nodes: u32,
    /// Nodes that match what was asked for, of which `explanation` has a page.
    pub matching: u32,
    /// Why nodes were rejected, over all of them, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// What eviction comes to; null where a node takes the pod without.
    pub preemption: Option<PreemptionReport>,
    /// Single changes that would place the pod, each tried; empty where it is placed.
    pub remedies: Vec<Remedy>,
}
