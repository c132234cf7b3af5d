//! Autoscalers as pure functions: what a HorizontalPodAutoscaler decides from what it sees.
//!
//! [`reconcile`] is one pass of the controller of Kubernetes 1.34 for one target, with the state it
//! carries between passes in [`Memory`]. Time comes in as an argument; nothing here runs on its
//! own, reads a clock or draws a random number.
//!
//! [`vpa`] is the same for a VerticalPodAutoscaler: its recommender, updater and admission.
//!
//! [`nodes`] is the same for nodes: Cluster Autoscaler and Karpenter, given what fits where.

mod calculator;
mod compile;
mod hpa;
mod limits;
mod memory;
pub mod nodes;
mod observation;
mod quantity;
mod reconcile;
pub mod vpa;

pub use compile::HpaError;
pub use hpa::{
    Behavior, Hpa, Metric, MetricSource, Policy, PolicyKind, ScalingRules, Select, Target,
};
pub use memory::Memory;
pub use observation::{
    Answer, ContainerRequests, MetricKind, MetricReading, Observation, PodMetric, PodObservation,
    PodPhase, ReadyCondition, ReadyStatus,
};
pub use reconcile::{Condition, Conditions, ControllerSettings, Outcome, reconcile};
