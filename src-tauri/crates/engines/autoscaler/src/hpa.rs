//! A HorizontalPodAutoscaler in the form the controller reasons in: bounds, metrics, behavior.
//! Holds a definition only, never what was observed or decided.

use schemars::JsonSchema;
use serde::Serialize;

/// An autoscaler with all defaults of the API applied.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hpa {
    /// Fewest replicas.
    pub min_replicas: i32,
    /// Most replicas.
    pub max_replicas: i32,
    /// What is measured against what, in the order of the object. Never empty.
    pub metrics: Vec<Metric>,
    /// Scaling policies; absent means the controller's older rule: at most double (or four), and
    /// down only to the highest recommendation of the stabilisation window.
    pub behavior: Option<Behavior>,
}

impl Hpa {
    /// An autoscaler on CPU utilisation in percent of requests, without behavior.
    pub fn cpu_utilization(min_replicas: i32, max_replicas: i32, percent: i32) -> Self {
        let metric = Metric {
            source: MetricSource::Resource {
                name: "cpu".to_owned(),
            },
            target: Target::Utilization(percent),
        };
        Self {
            min_replicas,
            max_replicas,
            metrics: vec![metric],
            behavior: None,
        }
    }
}

/// One metric and its target.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// What is measured.
    pub source: MetricSource,
    /// What it is held at.
    pub target: Target,
}

/// What a metric measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum MetricSource {
    /// A resource of the pods, all containers together.
    Resource {
        /// `cpu` or `memory`.
        name: String,
    },
    /// A resource of one container of each pod.
    ContainerResource {
        /// `cpu` or `memory`.
        name: String,
        /// The container.
        container: String,
    },
    /// A custom metric of each pod.
    Pods {
        /// Metric name.
        name: String,
    },
    /// A custom metric of one object.
    Object {
        /// Metric name.
        name: String,
    },
    /// A metric of something outside the cluster.
    External {
        /// Metric name.
        name: String,
    },
}

/// What a metric is held at. Amounts in thousandths of the metric's unit (memory: milli-bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// Mean usage in percent of requests.
    Utilization(i32),
    /// Mean over the pods.
    AverageValue(i64),
    /// The value itself.
    Value(i64),
}

/// Policies of both directions.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Behavior {
    /// On the way up.
    pub scale_up: ScalingRules,
    /// On the way down.
    pub scale_down: ScalingRules,
}

/// How fast and how hesitantly replicas change in one direction.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScalingRules {
    /// Seconds of recommendations looked back upon; absent on the way down means the controller's
    /// own window.
    pub stabilization_seconds: Option<i32>,
    /// Which policy counts.
    pub select: Select,
    /// The policies.
    pub policies: Vec<Policy>,
    /// Tolerance of this direction, a fraction; used where the controller's gate is on.
    pub tolerance: Option<f64>,
}

impl ScalingRules {
    /// The API's default on the way up: no window, the larger of 4 pods and 100 % per 15 s.
    pub fn default_up() -> Self {
        Self {
            stabilization_seconds: Some(0),
            select: Select::Max,
            policies: vec![
                Policy {
                    kind: PolicyKind::Pods,
                    value: 4,
                    period_seconds: 15,
                },
                Policy {
                    kind: PolicyKind::Percent,
                    value: 100,
                    period_seconds: 15,
                },
            ],
            tolerance: None,
        }
    }

    /// The API's default on the way down: the controller's window, 100 % per 15 s.
    pub fn default_down() -> Self {
        Self {
            stabilization_seconds: None,
            select: Select::Max,
            policies: vec![Policy {
                kind: PolicyKind::Percent,
                value: 100,
                period_seconds: 15,
            }],
            tolerance: None,
        }
    }
}

/// Which of several policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Select {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest change.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// A change allowed within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Unit of the value.
    pub kind: PolicyKind,
    /// Pods, or percent of the replicas at the start of the period.
    pub value: i32,
    /// Length of the period, seconds.
    pub period_seconds: i32,
}

/// Unit of a policy's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PolicyKind {
    /// A count of pods.
    Pods,
    /// Percent of the replicas at the start of the period.
    Percent,
}
