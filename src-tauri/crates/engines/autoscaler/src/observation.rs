//! What an autoscaler sees at one moment: replicas, pods, and the answers of the metrics API.
//! Plain values; nothing is computed here.

use std::collections::BTreeMap;

/// Everything one pass of the controller looks at.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// The moment, nanoseconds of simulated time.
    pub now_ns: u64,
    /// Replicas that the target's scale asks for.
    pub spec_replicas: i32,
    /// Replicas that the target's scale counts.
    pub status_replicas: i32,
    /// Pods of the target's selector.
    pub pods: &'a [PodObservation],
    /// The metrics API's answer to each metric; one that is not listed failed.
    pub metrics: &'a [MetricReading],
}

/// A pod as its object shows it. Times are nanoseconds of simulated time and may lie before its
/// zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodObservation {
    /// Name, unique among the pods.
    pub name: String,
    /// `status.phase`.
    pub phase: PodPhase,
    /// Whether it has a deletion timestamp.
    pub deleted: bool,
    /// `status.startTime`.
    pub start_ns: Option<i64>,
    /// The condition `Ready`, if the pod has one.
    pub ready: Option<ReadyCondition>,
    /// Requests of the containers and of the restartable init containers (sidecars).
    pub containers: Vec<ContainerRequests>,
    /// Requests of the pod as a whole (`spec.resources.requests`) in thousandths, if it has any.
    pub pod_requests: Option<BTreeMap<String, i64>>,
}

impl PodObservation {
    /// A running pod that became ready at `ready_since_ns`, with one container's CPU request.
    pub fn running(name: &str, start_ns: i64, ready_since_ns: i64, milli_cpu: i64) -> Self {
        let requests = BTreeMap::from([("cpu".to_owned(), milli_cpu)]);
        Self {
            name: name.to_owned(),
            phase: PodPhase::Running,
            deleted: false,
            start_ns: Some(start_ns),
            ready: Some(ReadyCondition {
                status: ReadyStatus::True,
                since_ns: ready_since_ns,
            }),
            containers: vec![ContainerRequests {
                name: "main".to_owned(),
                requests,
            }],
            pod_requests: None,
        }
    }
}

/// `status.phase` of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPhase {
    /// Not all containers have started, or no node is found.
    Pending,
    /// Bound, with a container that runs or restarts.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

/// The condition `Ready` of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyCondition {
    /// Its status.
    pub status: ReadyStatus,
    /// When it last changed.
    pub since_ns: i64,
}

/// Status of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody knows.
    Unknown,
}

/// Requests of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRequests {
    /// Container name.
    pub name: String,
    /// Resource -> request in thousandths (memory: milli-bytes).
    pub requests: BTreeMap<String, i64>,
}

/// The family of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A resource of whole pods.
    Resource,
    /// A resource of one container of each pod.
    ContainerResource,
    /// A custom metric of each pod.
    Pods,
    /// A custom metric of an object.
    Object,
    /// A metric from outside.
    External,
}

/// What the metrics API answered for one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricReading {
    /// Family of the metric.
    pub kind: MetricKind,
    /// Its name.
    pub name: String,
    /// The container, for `ContainerResource`.
    pub container: Option<String>,
    /// The values, or why there are none.
    pub answer: Result<Answer, String>,
}

/// Values of a metric, in thousandths of its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// By pod; a pod that is not listed has no metric.
    Pods(BTreeMap<String, PodMetric>),
    /// Of the object.
    Object(i64),
    /// Of each series that matched.
    External(Vec<i64>),
}

/// One pod's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodMetric {
    /// Value in thousandths.
    pub value_milli: i64,
    /// End of the window it was measured over, nanoseconds of simulated time.
    pub timestamp_ns: i64,
    /// Length of that window, nanoseconds.
    pub window_ns: i64,
}
