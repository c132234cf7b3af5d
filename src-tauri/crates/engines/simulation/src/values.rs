//! Parameter values in the dense form that the engine reads, and which of them move the results.

use drydock_model::{Keeps, NANOS_PER_SECOND, Parameter, SimTime};

use crate::error::PlanError;
use crate::frame::Frame;
use crate::law::Law;
use crate::zipf::Zipf;

/// Values of one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceValues {
    /// CPU time, nanoseconds.
    pub demand: Law,
    pub concurrency: u32,
    pub queue: usize,
    pub startup_ns: SimTime,
    pub memory_base: f64,
    pub memory_per_request: f64,
    /// Requests open in a pod before it refuses more; no bound for what keeps nothing.
    pub max_connections: u32,
    /// Of a cache: popularity and number of keys, how many values a pod holds, and what one takes.
    pub keys: Zipf,
    pub key_count: u32,
    pub capacity: u32,
    pub item_bytes: f64,
    /// Of a database.
    pub write_share: f64,
    pub replication_ns: SimTime,
    pub failover_ns: SimTime,
}

/// Values of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassValues {
    /// Mean time between arrivals, nanoseconds; infinite for a class without traffic and for users.
    pub between_ns: f64,
    pub users: f64,
    pub think_ns: f64,
}

/// All values of a plan; services, calls and classes in the order of its tables.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub services: Vec<ServiceValues>,
    /// Mean calls per request.
    pub calls: Vec<f64>,
    pub classes: Vec<ClassValues>,
    pub same_node_ns: SimTime,
    pub same_zone_ns: SimTime,
    pub cross_zone_ns: SimTime,
    pub cross_region_ns: SimTime,
    pub node_grace_ns: SimTime,
    pub eviction_ns: SimTime,
    /// By lane: how long callers wait.
    pub timeouts: Vec<SimTime>,
}

impl Values {
    /// Reads the values of `parameters` by subject. A key that is not there cannot be: the catalogue gives every
    /// subject all of its rows.
    pub fn read(parameters: &[Parameter], frame: &Frame) -> Self {
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
        let timeout = world("timeout_ms", milli);
        let service = |(subject, behaviour): (&String, &drydock_model::Behaviour)| {
            let of = |name: &str| value(subject, name);
            let key_count = of("cache_keys") as u32;
            let item_bytes = of("cache_item_kib") * 1024.0;
            ServiceValues {
                demand: Law::new(&behaviour.demand, of("demand_ms") * milli, of("demand_cv")),
                concurrency: of("concurrency") as u32,
                queue: of("queue") as usize,
                startup_ns: (of("startup_s") * second).round() as SimTime,
                memory_base: of("memory_base_mib") * 1_048_576.0,
                memory_per_request: of("memory_per_request_kib") * 1024.0,
                max_connections: match behaviour.keeps {
                    Keeps::Nothing => u32::MAX,
                    Keeps::Cache | Keeps::Data => of("max_connections") as u32,
                },
                keys: Zipf::new(key_count, of("cache_zipf")),
                key_count,
                capacity: (of("cache_memory_mib") * 1_048_576.0 / item_bytes) as u32,
                item_bytes,
                write_share: of("write_share"),
                replication_ns: (of("replication_ms") * milli).round() as SimTime,
                failover_ns: (of("failover_s") * second).round() as SimTime,
            }
        };
        let class = |(subject, plan): (&String, &crate::frame::ClassPlan)| {
            let of = |name: &str| value(subject, name);
            let closed = plan.arrivals == drydock_model::Arrivals::Users;
            ClassValues {
                between_ns: if closed {
                    f64::INFINITY
                } else {
                    second / of("rate_per_s")
                },
                users: of("users"),
                think_ns: of("think_s") * second,
            }
        };
        Self {
            services: frame
                .service_subjects
                .iter()
                .zip(&frame.behaviours)
                .map(service)
                .collect(),
            calls: frame
                .call_subjects
                .iter()
                .map(|subject| value(subject, "calls_per_request"))
                .collect(),
            classes: frame
                .class_subjects
                .iter()
                .zip(&frame.classes)
                .map(class)
                .collect(),
            same_node_ns: world("same_node_ms", milli),
            same_zone_ns: world("same_zone_ms", milli),
            cross_zone_ns: world("cross_zone_ms", milli),
            cross_region_ns: world("cross_region_ms", milli),
            node_grace_ns: world("node_grace_s", second),
            eviction_ns: world("eviction_s", second),
            timeouts: frame
                .timeouts
                .iter()
                .map(|own| own.unwrap_or(timeout))
                .collect(),
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

/// Whether a parameter of a subject on the way of requests moves latency and errors of an undisturbed run. Start-up,
/// replication and failover count only after a fault, and memory only near a limit.
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
            | "cross_region_ms"
            | "users"
            | "think_s"
            | "cache_keys"
            | "cache_item_kib"
            | "cache_memory_mib"
            | "cache_zipf"
            | "write_share"
            | "max_connections"
            | "timeout_ms"
    )
}
