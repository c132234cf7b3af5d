//! Autoscalers as pure functions: what a HorizontalPodAutoscaler decides from what it sees.
//!
//! [`reconcile`] is one pass of the controller of Kubernetes 1.34 for one target, with the state it
//! carries between passes in [`Memory`]. Time comes in as an argument; nothing here runs on its
//! own, reads a clock or draws a random number.

mod calculator;
mod compile;
mod hpa;
mod limits;
mod memory;
mod observation;
mod quantity;
mod reconcile;

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
