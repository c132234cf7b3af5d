//! What a world, an act or a run is refused for.

use drydock_model::ServiceId;
use drydock_scheduler::{InvalidConfiguration, InvalidObject};

/// Why a world cannot be compiled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// An object that placement cannot judge.
    #[error(transparent)]
    Object(#[from] InvalidObject),
    /// A scheduler configuration that does not read.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
    /// A parameter outside of what is accepted.
    #[error("{key} is {value} {unit}, expected {minimum} to {maximum}")]
    Parameter {
        /// Key of the parameter.
        key: String,
        /// The value given.
        value: f64,
        /// Its unit.
        unit: String,
        /// Smallest value accepted.
        minimum: f64,
        /// Largest value accepted.
        maximum: f64,
    },
}

/// Why an act is refused. The simulation is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No such node.
    #[error("node: {0:?} is no node of this world")]
    UnknownNode(String),
    /// No such pod now.
    #[error("pod: {0:?} is no pod of this world at this time; write namespace/name")]
    UnknownPod(String),
    /// No such service.
    #[error("service: {0} is no workload of this world that serves")]
    UnknownService(ServiceId),
    /// The node is down already.
    #[error("node: {0:?} is down already")]
    AlreadyDown(String),
    /// The node is not down.
    #[error("node: {0:?} is not down, there is nothing to heal")]
    NotDown(String),
    /// The workload has no replicas to set.
    #[error("service: {service} is a {kind} and cannot be scaled")]
    NotScalable {
        /// The service.
        service: ServiceId,
        /// Kind of the object behind it.
        kind: String,
    },
    /// More replicas than a run can hold.
    #[error("replicas: {asked} is more than {most}")]
    TooMany {
        /// Replicas asked for.
        asked: u32,
        /// The most that is accepted.
        most: u32,
    },
}

/// Why a run has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The caller asked to stop.
    #[error("the run was cancelled")]
    Cancelled,
    /// An act of the scenario was refused.
    #[error("scenario.acts[{index}] at {at_ns} ns: {source}")]
    Act {
        /// Its place in the scenario.
        index: usize,
        /// When it was due.
        at_ns: u64,
        /// Why.
        source: ActError,
    },
    /// Acts of a scenario out of order.
    #[error("scenario.acts[{index}].atNs is {at_ns}, earlier than the act before it ({before_ns})")]
    Order {
        /// Its place in the scenario.
        index: usize,
        /// When it is due.
        at_ns: u64,
        /// When the one before it is.
        before_ns: u64,
    },
    /// The threads could not be started.
    #[error("threads: {0}")]
    Threads(String),
}
