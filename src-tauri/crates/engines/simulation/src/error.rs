//! What a world, an act or a run is refused for.

use drydock_model::{Impossible, ServiceId};
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
    /// Traffic, a policy or a behaviour that cannot be.
    #[error(transparent)]
    Definition(#[from] Impossible),
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
    /// A figure of a fault that cannot be.
    #[error("fault.{0}")]
    Impossible(#[from] Impossible),
    /// No such class of requests.
    #[error("class: {0:?} is no class of requests of this world")]
    UnknownClass(String),
    /// No such zone.
    #[error("zone: {0:?} is no zone of this world's nodes")]
    UnknownZone(String),
    /// No such region.
    #[error("region: {0:?} is no region of this world's nodes")]
    UnknownRegion(String),
    /// An end of a link that the world does not have.
    #[error("between, and: {0} is nowhere in this world")]
    UnknownEnd(String),
    /// No node that could be powered off.
    #[error("fault: every node of it is down already")]
    NothingUp,
    /// A service that is not what the fault is for.
    #[error("service: {service} is not {expected}; say so in its behaviour")]
    WrongKind {
        /// The service.
        service: ServiceId,
        /// What it would have to be.
        expected: &'static str,
    },
    /// A database without a primary.
    #[error("service: {0} has no primary now")]
    NoPrimary(ServiceId),
    /// A fault of that name is in force.
    #[error("name: {0:?} is empty or the name of a fault in force")]
    NameTaken(String),
    /// No fault of that name.
    #[error("name: {0:?} is no fault in force")]
    UnknownFault(String),
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
