//! What a run measured: columns of ten-second intervals. Missing is NaN, never 0. Holds and answers; computes nothing.

use std::sync::Arc;

use drydock_model::{Money, NANOS_PER_SECOND, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::latency::{Latency, Sparse};

/// Length of an interval, nanoseconds.
pub const INTERVAL_NS: SimTime = 10 * NANOS_PER_SECOND;

/// Why a request was not answered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// The service had no ready pod.
    NoEndpoint,
    /// The pod was gone while it was still among the endpoints.
    ConnectionRefused,
    /// The pod's queue was full.
    QueueFull,
    /// The caller gave up.
    Timeout,
    /// The pod was killed while it worked on the request.
    PodLost,
    /// The node was down, or went down while the request was there.
    NodeLost,
    /// A call that was made for the request failed. Only services count it; a class counts what was behind it.
    Upstream,
    /// Packets did not come through.
    Partitioned,
    /// A database had no primary to write to.
    NoPrimary,
    /// The pod, or the caller's pool, had no connection left.
    NoConnection,
    /// The caller's circuit breaker was open.
    CircuitOpen,
}

impl Cause {
    /// All causes, in the order of the columns.
    pub const ALL: [Self; 11] = [
        Self::NoEndpoint,
        Self::ConnectionRefused,
        Self::QueueFull,
        Self::Timeout,
        Self::PodLost,
        Self::NodeLost,
        Self::Upstream,
        Self::Partitioned,
        Self::NoPrimary,
        Self::NoConnection,
        Self::CircuitOpen,
    ];

    /// Its name in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEndpoint => "noEndpoint",
            Self::ConnectionRefused => "connectionRefused",
            Self::QueueFull => "queueFull",
            Self::Timeout => "timeout",
            Self::PodLost => "podLost",
            Self::NodeLost => "nodeLost",
            Self::Upstream => "upstream",
            Self::Partitioned => "partitioned",
            Self::NoPrimary => "noPrimary",
            Self::NoConnection => "noConnection",
            Self::CircuitOpen => "circuitOpen",
        }
    }
}

/// A column of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ServiceColumn {
    /// Calls made to it in the interval.
    Arrivals,
    /// Calls answered in the interval.
    Completed,
    /// CPU in use, cores, mean of the interval; NaN without running pods.
    CpuCores,
    /// Memory in use, bytes, at the end of the interval; NaN without running pods.
    MemoryBytes,
    /// Ready pods at the end of the interval.
    ReadyReplicas,
    /// Pods asked for at the end of the interval.
    DesiredReplicas,
    /// Requests that waited in its pods at the end of the interval.
    Waiting,
    /// Calls made to it again in the interval, after a failure.
    Retries,
    /// Time its pods stood still for their CPU quota in the interval, seconds, all pods together.
    ThrottledSeconds,
    /// Containers that were started again in the interval.
    Restarts,
    /// Of these killed for memory.
    OomKills,
    /// Look-ups of a cache in the interval that found a value; NaN for what is no cache.
    CacheHits,
    /// Look-ups that found none.
    CacheMisses,
    /// Values forgotten for others.
    CacheEvictions,
    /// Lag of the slowest replica of a database at the end of the interval, milliseconds; NaN without replicas.
    ReplicationLagMs,
    /// Calls not answered in the interval, for this cause.
    Failed(Cause),
}

/// A column of a node. All are NaN while it is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NodeColumn {
    /// CPU in use by pods, cores, mean of the interval.
    CpuCores,
    /// Memory in use by pods of services, bytes, at the end of the interval.
    MemoryBytes,
    /// CPU requests of its pods, cores.
    CpuRequested,
    /// Memory requests of its pods, bytes.
    MemoryRequested,
    /// Pods bound to it.
    Pods,
}

/// A column of a request class, end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClassColumn {
    /// Requests that arrived in the interval.
    Arrivals,
    /// Requests answered in the interval.
    Completed,
    /// Requests not answered in the interval, for this cause.
    Failed(Cause),
}

/// Whose latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LatencyOf {
    /// All classes, end to end.
    All,
    /// A service, by index: from the arrival of a call at the pod to its answer.
    Service(usize),
    /// A class, by index: from arrival at the edge to the answer there.
    Class(usize),
    /// Requests of a class at a service, by index of both.
    Endpoint {
        /// The service.
        service: usize,
        /// The class.
        class: usize,
    },
}

/// Columns of a service before those of its failures.
const SERVICE_FIXED: usize = 15;
const SERVICE_WIDTH: usize = SERVICE_FIXED + Cause::ALL.len();
const NODE_WIDTH: usize = 5;
const CLASS_WIDTH: usize = 2 + Cause::ALL.len();

impl ServiceColumn {
    fn index(self) -> usize {
        match self {
            Self::Arrivals => 0,
            Self::Completed => 1,
            Self::CpuCores => 2,
            Self::MemoryBytes => 3,
            Self::ReadyReplicas => 4,
            Self::DesiredReplicas => 5,
            Self::Waiting => 6,
            Self::Retries => 7,
            Self::ThrottledSeconds => 8,
            Self::Restarts => 9,
            Self::OomKills => 10,
            Self::CacheHits => 11,
            Self::CacheMisses => 12,
            Self::CacheEvictions => 13,
            Self::ReplicationLagMs => 14,
            Self::Failed(cause) => SERVICE_FIXED + cause as usize,
        }
    }
}

impl ClassColumn {
    fn index(self) -> usize {
        match self {
            Self::Arrivals => 0,
            Self::Completed => 1,
            Self::Failed(cause) => 2 + cause as usize,
        }
    }
}

/// What the columns are of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subjects {
    pub services: Vec<String>,
    pub classes: Vec<String>,
    pub nodes: Vec<String>,
    /// Pairs of service and class that requests come by, in order.
    pub endpoints: Vec<(u32, u32)>,
}

impl Subjects {
    /// Number of columns.
    pub fn width(&self) -> usize {
        self.services.len() * SERVICE_WIDTH
            + self.classes.len() * CLASS_WIDTH
            + self.nodes.len() * NODE_WIDTH
    }

    /// Number of latency rows.
    pub fn latencies(&self) -> usize {
        self.endpoints.len() + self.classes.len()
    }

    /// Latency rows of a service.
    fn endpoints_of(&self, service: usize) -> std::ops::Range<usize> {
        let place = |service: usize| {
            self.endpoints
                .partition_point(|at| (at.0 as usize) < service)
        };
        place(service)..place(service + 1)
    }
}

/// What a run measured, by interval.
#[derive(Clone, Debug)]
pub struct Telemetry {
    pub(crate) subjects: Arc<Subjects>,
    /// Services, then classes, then nodes, each with its columns.
    pub(crate) columns: Vec<Vec<f32>>,
    /// Endpoints, then classes.
    pub(crate) latency: Vec<Vec<Sparse>>,
    pub(crate) cost: Vec<Money>,
}

impl Telemetry {
    pub(crate) fn new(subjects: Subjects) -> Self {
        Self {
            columns: vec![Vec::new(); subjects.width()],
            latency: vec![Vec::new(); subjects.latencies()],
            cost: Vec::new(),
            subjects: Arc::new(subjects),
        }
    }

    /// Closed intervals.
    pub fn len(&self) -> usize {
        self.cost.len()
    }

    /// Whether no interval is closed yet.
    pub fn is_empty(&self) -> bool {
        self.cost.is_empty()
    }

    /// End of each interval, nanoseconds since the start; each is [`INTERVAL_NS`] long.
    pub fn times(&self) -> Vec<SimTime> {
        (1..=self.len() as u64).map(|n| n * INTERVAL_NS).collect()
    }

    /// Services (`namespace/name`) in the order of their indices.
    pub fn services(&self) -> &[String] {
        &self.subjects.services
    }

    /// Request classes in the order of their indices.
    pub fn classes(&self) -> &[String] {
        &self.subjects.classes
    }

    /// Nodes in the order of their indices.
    pub fn nodes(&self) -> &[String] {
        &self.subjects.nodes
    }

    /// Pairs of service and class, by their indices, that requests come by.
    pub fn endpoints(&self) -> &[(u32, u32)] {
        &self.subjects.endpoints
    }

    /// A service's column, one value an interval. Empty where there is no such service.
    pub fn service(&self, service: usize, column: ServiceColumn) -> &[f32] {
        if service >= self.subjects.services.len() {
            return &[];
        }
        &self.columns[service * SERVICE_WIDTH + column.index()]
    }

    /// A class's column, one value an interval. Empty where there is no such class.
    pub fn class(&self, class: usize, column: ClassColumn) -> &[f32] {
        if class >= self.subjects.classes.len() {
            return &[];
        }
        let base = self.subjects.services.len() * SERVICE_WIDTH;
        &self.columns[base + class * CLASS_WIDTH + column.index()]
    }

    /// A node's column, one value an interval. Empty where there is no such node.
    pub fn node(&self, node: usize, column: NodeColumn) -> &[f32] {
        if node >= self.subjects.nodes.len() {
            return &[];
        }
        let base = self.subjects.services.len() * SERVICE_WIDTH
            + self.subjects.classes.len() * CLASS_WIDTH;
        &self.columns[base + node * NODE_WIDTH + column as usize]
    }

    /// Cost of each interval, all priced nodes together, US dollars.
    pub fn cost(&self) -> &[Money] {
        &self.cost
    }

    /// Latencies of the intervals `from..to`, merged. Intervals beyond the end are not there.
    pub fn latency(&self, of: LatencyOf, from: usize, to: usize) -> Latency {
        let endpoints = &self.subjects.endpoints;
        let (of_endpoints, of_classes) = self.latency.split_at(endpoints.len());
        let rows = match of {
            LatencyOf::All => of_classes,
            LatencyOf::Service(at) => &of_endpoints[self.subjects.endpoints_of(at)],
            LatencyOf::Class(at) => of_classes.get(at..=at).unwrap_or(&[]),
            LatencyOf::Endpoint { service, class } => {
                let place = endpoints.binary_search(&(service as u32, class as u32));
                place.map_or(&[][..], |at| &of_endpoints[at..=at])
            }
        };
        let to = to.min(self.len());
        let from = from.min(to);
        Latency::merge(rows.iter().flat_map(|row| &row[from..to]))
    }

    /// Appends an interval: values in the order of the columns.
    pub(crate) fn push(
        &mut self,
        values: &[f32],
        latency: impl Iterator<Item = Sparse>,
        cost: Money,
    ) {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(*value);
        }
        for (row, part) in self.latency.iter_mut().zip(latency) {
            row.push(part);
        }
        self.cost.push(cost);
    }
}
