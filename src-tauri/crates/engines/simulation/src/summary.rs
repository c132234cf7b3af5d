//! A run in a few figures, and what they rest on.

use std::collections::BTreeMap;

use drydock_model::{Money, Provenance, ServiceId, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::confidence::Confidence;
use crate::latency::Percentiles;
use crate::ranges::Ranges;

/// A run in a few figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Version of the engine.
    pub engine_version: String,
    /// Seed of the run.
    pub seed: u64,
    /// Length of the run, nanoseconds of simulated time.
    pub duration_ns: SimTime,
    /// Requests that arrived from outside.
    pub requests: u64,
    /// Of these answered.
    pub completed: u64,
    /// Of these not answered.
    pub failed: u64,
    /// Of these still under way at the end.
    pub in_flight: u64,
    /// Requests not answered, by what was behind it; causes that did not occur are absent.
    pub lost: BTreeMap<String, u64>,
    /// Requests not answered over requests ended, 0 to 1; absent where none ended.
    pub error_rate: Option<f64>,
    /// Latency of all classes together, end to end, of answered requests in closed intervals.
    pub latency: Option<Percentiles>,
    /// By request class.
    pub classes: Vec<ClassSummary>,
    /// By service.
    pub services: Vec<ServiceSummary>,
    /// What it cost.
    pub cost: CostSummary,
    /// Figures over sampled worlds, where most of what moves them is assumed: to be shown in place of single figures.
    pub ranges: Option<Ranges>,
    /// Intervals over repeats with other luck, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The weakest grade among what the figures rest on.
    pub grade: Provenance,
    /// Keys of assumed parameters that move the figures.
    pub assumed: Vec<String>,
    /// Number of parameters that move the figures, assumed or not.
    pub parameters: u32,
    /// What the plan could not take as it stands.
    pub warnings: Vec<String>,
}

/// A request class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassSummary {
    /// Its name.
    pub name: String,
    /// Requests that arrived.
    pub requests: u64,
    /// Of these answered.
    pub completed: u64,
    /// Of these not answered.
    pub failed: u64,
    /// Latency end to end.
    pub latency: Option<Percentiles>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSummary {
    /// The service.
    pub id: ServiceId,
    /// Calls made to it.
    pub requests: u64,
    /// Of these answered.
    pub completed: u64,
    /// Of these not answered, by cause; causes that did not occur are absent.
    pub failed: BTreeMap<String, u64>,
    /// Latency at its pods.
    pub latency: Option<Percentiles>,
    /// Fewest ready pods at any time.
    pub replicas_min: u32,
    /// Most ready pods at any time.
    pub replicas_max: u32,
    /// CPU in use, cores, mean of the run; absent for a run without length.
    pub cpu_cores: Option<f64>,
}

/// What a run cost, US dollars, by requests of the pods on priced nodes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostSummary {
    /// The whole run.
    pub total: Money,
    /// Per hour at the end of the run.
    pub per_hour: Money,
    /// Share of each service or other owner of pods in the total.
    pub services: BTreeMap<String, Money>,
    /// What nobody requested.
    pub idle: Money,
    /// Nodes without a known price, with the reason; all sums are lower bounds where there are any.
    pub unpriced_nodes: BTreeMap<String, String>,
}
