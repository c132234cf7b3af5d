//! Parameter values in the dense form that the engine reads, and which of them move the results.

use drydock_model::{NANOS_PER_SECOND, Parameter, SimTime};

use crate::error::PlanError;
use crate::luck::Lognormal;

/// Values of one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceValues {
    /// CPU time, nanoseconds.
    pub demand: Lognormal,
    pub concurrency: u32,
    pub queue: usize,
    pub startup_ns: SimTime,
    pub memory_base: f64,
    pub memory_per_request: f64,
}

/// All values of a plan; services, calls and classes in the order of its tables.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub services: Vec<ServiceValues>,
    /// Mean calls per request.
    pub calls: Vec<f64>,
    /// Mean time between arrivals, nanoseconds; infinite for a class without traffic.
    pub between_arrivals: Vec<f64>,
    pub same_node_ns: SimTime,
    pub same_zone_ns: SimTime,
    pub cross_zone_ns: SimTime,
    pub node_grace_ns: SimTime,
    pub eviction_ns: SimTime,
    pub timeout_ns: SimTime,
}

impl Values {
    /// Reads the values of `parameters` by subject. A key that is not there cannot be: the catalogue gives every
    /// subject all of its rows.
    pub fn read(
        parameters: &[Parameter],
        services: &[String],
        calls: &[String],
        classes: &[String],
    ) -> Self {
        let by_key: std::collections::BTreeMap<&str, f64> = parameters
            .iter()
            .map(|parameter| (parameter.key.as_str(), parameter.value))
            .collect();
        let value = |subject: &str, name: &str| {
            let key = format!("{subject}/{name}");
            by_key
                .get(key.as_str())
                .copied()
                .or_else(|| drydock_model::spec(&key).map(|row| row.default))
                .unwrap_or(0.0)
        };
        let world = |name: &str, nanos: f64| (value("world", name) * nanos).round() as SimTime;
        let (milli, second) = (1e6, NANOS_PER_SECOND as f64);
        Self {
            services: services
                .iter()
                .map(|subject| ServiceValues {
                    demand: Lognormal::new(
                        value(subject, "demand_ms") * milli,
                        value(subject, "demand_cv"),
                    ),
                    concurrency: value(subject, "concurrency") as u32,
                    queue: value(subject, "queue") as usize,
                    startup_ns: (value(subject, "startup_s") * second).round() as SimTime,
                    memory_base: value(subject, "memory_base_mib") * 1_048_576.0,
                    memory_per_request: value(subject, "memory_per_request_kib") * 1024.0,
                })
                .collect(),
            calls: calls
                .iter()
                .map(|subject| value(subject, "calls_per_request"))
                .collect(),
            between_arrivals: classes
                .iter()
                .map(|subject| second / value(subject, "rate_per_s"))
                .collect(),
            same_node_ns: world("same_node_ms", milli),
            same_zone_ns: world("same_zone_ms", milli),
            cross_zone_ns: world("cross_zone_ms", milli),
            node_grace_ns: world("node_grace_s", second),
            eviction_ns: world("eviction_s", second),
            timeout_ns: world("timeout_ms", milli),
        }
    }
}

/// Refuses a value that the catalogue does not accept.
pub(crate) fn check(parameter: &Parameter) -> Result<(), PlanError> {
    if (parameter.minimum..=parameter.maximum).contains(&parameter.value) {
        return Ok(());
    }
    Err(PlanError::Parameter {
        key: parameter.key.clone(),
        value: parameter.value,
        unit: parameter.unit.clone(),
        minimum: parameter.minimum,
        maximum: parameter.maximum,
    })
}

/// Whether a parameter of a subject on the way of requests moves latency and errors of a run. Memory and start-up do
/// not: nothing is killed for memory in this form, and start-up counts only after a fault.
pub(crate) fn moves_results(name: &str) -> bool {
    matches!(
        name,
        "demand_ms"
            | "demand_cv"
            | "concurrency"
            | "queue"
            | "calls_per_request"
            | "rate_per_s"
            | "same_node_ms"
            | "same_zone_ms"
            | "cross_zone_ms"
            | "timeout_ms"
    )
}
