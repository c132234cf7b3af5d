//! What the operations on metrics take and answer. A missing figure is null, never 0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::{Mark, Nanos};
use crate::shapes::{Basis, Ends};

/// What a heatmap shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
}

/// What a row of a heatmap is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowBy {
    /// A service.
    #[default]
    Service,
    /// A node.
    Node,
}

/// What a cell is measured against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Share {
    /// Nothing: cores or bytes.
    #[default]
    Usage,
    /// What the service's pods request, or what the node can give to pods.
    Request,
}

/// Unit of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CellUnit {
    /// Cores.
    Cores,
    /// Bytes.
    Bytes,
    /// Used over requested or allocatable.
    Ratio,
}

/// Input of `heatmap` and `heatmap_cells`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeatmapInput {
    /// What is shown.
    #[serde(rename = "type")]
    pub resource: Resource,
    /// What a row is; a service where absent.
    #[serde(default)]
    pub by: RowBy,
    /// What a cell is measured against; nothing where absent.
    #[serde(default)]
    pub of: Share,
    /// Minutes back from the cursor or the instant of the run, 1 to 10080; 60 where absent.
    #[serde(default)]
    pub window: Option<u32>,
    /// Seconds a column is wide, a multiple of 10 up to 3600; 60 where absent.
    #[serde(default)]
    pub step: Option<u32>,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
}

/// What `heatmap` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heatmap {
    /// Where the figures come from.
    pub basis: Basis,
    /// Id of each row: services or nodes.
    pub services: Vec<String>,
    /// Simulated time at which each column begins.
    pub timestamps: Vec<Nanos>,
    /// Mean of the values present, by row and column; null where none is.
    pub values: Vec<Vec<Option<f64>>>,
    /// Unit of the values.
    pub unit: CellUnit,
    /// What a row is.
    pub by: RowBy,
    /// Seconds a column is wide.
    pub step_seconds: u32,
    /// What happened meanwhile.
    pub marks: Vec<Mark>,
}

/// Input of `latency`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencyInput {
    /// Minutes back from the cursor or the instant of the run, 1 to 10080; 60 where absent.
    #[serde(default)]
    pub window: Option<u32>,
    /// A request class, or a service; all request classes where absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
}

/// Requests under a bound; the last is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedBucket {
    /// `<50ms`, `50-100ms`, up to `>=5s`.
    pub bucket: String,
    /// Requests in it.
    pub count: u64,
}

/// How far figures may be off because parameters are assumed: low and high over runs of drawn worlds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LatencyRange {
    /// What the range comes from.
    pub because: String,
    /// Median, ms.
    pub p50: Ends,
    /// 95th percentile, ms.
    pub p95: Ends,
    /// 99th percentile, ms.
    pub p99: Ends,
    /// Failed over ended requests, 0 to 1.
    pub error_rate: Ends,
    /// Worlds drawn.
    pub worlds: u32,
}

/// What `latency` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Where the figures come from.
    pub basis: Basis,
    /// Simulated time of the figures.
    pub timestamp: Nanos,
    /// The class or service; null for all classes.
    pub endpoint: Option<String>,
    /// Minutes looked at.
    pub window_minutes: u32,
    /// Requests answered.
    pub count: u64,
    /// Mean, from the histogram.
    pub avg_ms: Option<f64>,
    /// Smallest.
    pub min_ms: Option<f64>,
    /// Largest.
    pub max_ms: Option<f64>,
    /// Median, of merged histograms.
    pub p50_ms: Option<f64>,
    /// 90th percentile.
    pub p90_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// Requests that failed: they have no latency.
    pub failed: u64,
    /// How far the figures may be off; only of a run with replications, over its whole length.
    pub range: Option<LatencyRange>,
    /// Requests by latency.
    pub histogram: Vec<NamedBucket>,
}

/// One bucket of `latency_histogram`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Lower bound.
    pub from_ms: f64,
    /// Upper bound, not in it.
    pub to_ms: f64,
    /// Requests in it.
    pub count: u64,
}

/// What `latency_histogram` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LatencyHistogram {
    /// Where the figures come from.
    pub basis: Basis,
    /// Ten buckets to a factor of ten, from the first with a request to the last.
    pub buckets: Vec<Bucket>,
    /// Requests in them.
    pub total_requests: u64,
}

/// Input of `latency_series`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencySeriesInput {
    /// A request class, or a service; all request classes where absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Minutes back from the cursor or the instant of the run, 1 to 10080; 60 where absent.
    #[serde(default)]
    pub window: Option<u32>,
    /// Seconds a point covers, a multiple of 10 up to 3600; 10 where absent.
    #[serde(default)]
    pub step: Option<u32>,
    /// Id of a stored run; the playing session where absent.
    #[serde(default)]
    pub run: Option<String>,
    /// Instant of the run, nanoseconds since its start; its end where absent. The session has its own cursor.
    #[serde(default)]
    pub at_ns: Option<Nanos>,
}

/// What an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndpointKind {
    /// All request classes together.
    All,
    /// A request class: the whole way.
    Class,
    /// A service: the time in it, its calls included.
    Service,
}

/// Something with a latency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// What to give as `endpoint`; `all` for no endpoint.
    pub id: String,
    /// What it is.
    pub kind: EndpointKind,
}

/// What `latency_series` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LatencySeries {
    /// Where the figures come from.
    pub basis: Basis,
    /// What can be asked for.
    pub endpoints: Vec<Endpoint>,
    /// Simulated time at which each point begins.
    pub timestamps: Vec<Nanos>,
    /// Median; null where no request was answered.
    pub p50_ms: Vec<Option<f64>>,
    /// 95th percentile.
    pub p95_ms: Vec<Option<f64>>,
    /// 99th percentile.
    pub p99_ms: Vec<Option<f64>>,
    /// Requests that ended.
    pub requests: Vec<Option<u64>>,
    /// Of these, failed.
    pub failed: Vec<Option<u64>>,
    /// What happened meanwhile.
    pub marks: Vec<Mark>,
}
