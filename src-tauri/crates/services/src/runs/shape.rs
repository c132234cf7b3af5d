//! What the operations on runs take and answer.

use chrono::{DateTime, Utc};
use drydock_model::Scenario;
use drydock_simulation::{Event, Summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::Nanos;
use crate::shapes::{Ends, HourlyCost};

/// A fault of a run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedKill {
    /// When: a duration since the start, such as `30m`.
    pub at: String,
    /// Name of a node.
    #[serde(default)]
    pub node: Option<String>,
    /// `namespace/name` of a pod.
    #[serde(default)]
    pub pod: Option<String>,
    /// How long after `at` a node comes back, such as `10m`; never where absent.
    #[serde(default)]
    pub heal_after: Option<String>,
}

/// Input of `run`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunInput {
    /// Name or id of the world; the current one where absent.
    #[serde(default)]
    pub world: Option<String>,
    /// Simulated time to run, such as `90s`, `10m`, `1h30m`; at most 7 days.
    #[serde(rename = "for")]
    pub duration: String,
    /// Seed of all luck; 1 where absent.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Nodes and pods to kill on the way.
    #[serde(default)]
    pub kills: Vec<PlannedKill>,
    /// Worlds drawn from the ranges of assumed parameters where most of what moves the figures is assumed, to tell how
    /// far they may be off; 0 to 200, 16 where absent.
    #[serde(default)]
    pub replications: Option<u32>,
    /// A name for the run.
    #[serde(default)]
    pub name: Option<String>,
}

/// Low and high of headline figures over drawn worlds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeadlineRange {
    /// What the range comes from.
    pub because: String,
    /// Worlds drawn.
    pub worlds: u32,
    /// Median, ms.
    pub p50_ms: Ends,
    /// 95th percentile, ms.
    pub p95_ms: Ends,
    /// 99th percentile, ms.
    pub p99_ms: Ends,
    /// Failed over ended requests, 0 to 1.
    pub error_rate: Ends,
}

/// The figures of a run that matter first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// Requests that arrived from outside.
    pub requests: u64,
    /// Of these, answered.
    pub completed: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Median latency of all classes; null where nothing was answered.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// How far the figures may be off; only with replications.
    pub range: Option<HeadlineRange>,
    /// What the nodes cost at the end; null where no node has a price.
    pub cost_per_hour: Option<HourlyCost>,
}

/// A run in the list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Name of the world.
    pub world: String,
    /// Revision of the world.
    pub revision: u64,
    /// Seed.
    pub seed: u64,
    /// Simulated length.
    pub duration_ns: Nanos,
    /// Version of the engine.
    pub engine_version: String,
    /// SHA-256 of the results: the same world revision, scenario, seed and engine give the same.
    pub digest: String,
    /// When it was started, on the wall.
    pub started: DateTime<Utc>,
    /// When it was done.
    pub finished: DateTime<Utc>,
    /// What was done to the world.
    pub scenario: Scenario,
    /// The figures that matter first.
    pub headline: Headline,
}

/// What `run` answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDone {
    /// Its row.
    #[serde(flatten)]
    pub row: RunRow,
    /// All figures.
    pub summary: Summary,
}

/// What `run_result` answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// Its row.
    #[serde(flatten)]
    pub row: RunRow,
    /// All figures.
    pub summary: Summary,
    /// What happened, oldest first, at most 500: acts and what they set off are kept before routine ones.
    pub events: Vec<Event>,
}

/// Input of `runs`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunsInput {
    /// Name or id of a world; runs of every world where absent.
    #[serde(default)]
    pub world: Option<String>,
    /// How many, newest first, at most 500; 100 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended (`next`).
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Names one run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunName {
    /// Its id.
    pub run: String,
}

/// What deleting answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunBinned {
    /// Id of what is in the bin now, for `restore`.
    pub binned: String,
}

/// Input of `compare_runs`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareInput {
    /// Id of a run.
    pub a: String,
    /// Id of another.
    pub b: String,
}

/// One figure of two runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What it is.
    pub figure: String,
    /// Its unit.
    pub unit: String,
    /// In the first; null where it has none.
    pub a: Option<f64>,
    /// In the second.
    pub b: Option<f64>,
    /// `b - a`; null where one of them is missing.
    pub change: Option<f64>,
}

/// What `compare_runs` answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The first.
    pub a: RunRow,
    /// The second.
    pub b: RunRow,
    /// Figure by figure.
    pub differences: Vec<Difference>,
}
