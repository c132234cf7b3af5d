//! Services in figures, read off a state.

use std::collections::BTreeMap;

use drydock_model::WorkloadKind;
use drydock_scheduler::Resources;
use drydock_simulation::{Event, PodPhase, State};

use super::{PodStatus, ServiceState, ServiceStatus, replicas};
use crate::scheduler::requests;
use crate::session::Nanos;
use crate::session::look::Look;

/// Every service by id.
pub(super) fn services(look: &Look<'_>) -> BTreeMap<String, ServiceStatus> {
    let asked = requests(look.inventory);
    look.state
        .services
        .iter()
        .map(|service| {
            let status = service_status(look, service, asked.get(service.id.as_str()));
            (service.id.to_string(), status)
        })
        .collect()
}

fn service_status(
    look: &Look<'_>,
    service: &drydock_simulation::ServiceState,
    asked: Option<&Resources>,
) -> ServiceStatus {
    let pods: Vec<PodStatus> = service
        .pods
        .iter()
        .filter(|pod| pod.phase != PodPhase::Gone)
        .map(|pod| PodStatus {
            name: pod.name.clone(),
            node: pod.node.clone(),
            phase: pod.phase,
            ready: pod.ready,
        })
        .collect();
    let bound = pods.iter().filter(|pod| pod.node.is_some()).count() as f64;
    // What was not requested cannot be a share of anything.
    let requested = |amount: fn(&Resources) -> i64| {
        asked
            .map(|asked| amount(asked) as f64 * bound)
            .filter(|all| *all > 0.0)
    };
    let cpu_request = requested(|asked| asked.milli_cpu).map(|milli| milli / 1000.0);
    let memory_request = requested(|asked| asked.memory_bytes);
    let percent = |used: Option<f64>, of: Option<f64>| Some(used? / of? * 100.0);
    ServiceStatus {
        name: service.id.name().to_owned(),
        replicas: service.current,
        desired_replicas: service.desired,
        available_replicas: service.available,
        status: state_of(service, look.events),
        healthy: service.available >= service.desired,
        last_updated: Nanos(look.now),
        cpu_usage: percent(service.cpu_cores, cpu_request),
        cpu_cores: service.cpu_cores,
        cpu_request_cores: cpu_request,
        memory_usage: percent(service.memory_bytes, memory_request),
        memory_bytes: service.memory_bytes,
        requests_per_second: service.rps,
        error_rate: service.error_rate,
        p99_ms: service.p99_ms,
        pod_names: pods.iter().map(|pod| pod.name.clone()).collect(),
        pods,
    }
}

fn state_of(service: &drydock_simulation::ServiceState, events: &[Event]) -> ServiceState {
    if service.available == 0 && service.desired > 0 {
        return ServiceState::Unavailable;
    }
    if service.available < service.desired {
        // Where all that there were before the last change still serve, only the new ones are missing.
        let last = events
            .iter()
            .rev()
            .find(|event| event.subject == service.id.as_str() && replicas(event).is_some())
            .and_then(replicas);
        return match last {
            Some((from, to)) if to > from && service.available >= from => ServiceState::ScalingUp,
            _ => ServiceState::Degraded,
        };
    }
    let draining = service
        .pods
        .iter()
        .any(|pod| pod.phase == PodPhase::Draining);
    if service.current > service.desired || draining {
        ServiceState::ScalingDown
    } else {
        ServiceState::Steady
    }
}

/// Whether every service asks for two pods or more; daemons have one a node by their nature.
pub(super) fn is_redundant(state: &State) -> bool {
    let mut serving = state
        .services
        .iter()
        .filter(|service| service.desired > 0 && service.kind != WorkloadKind::DaemonSet)
        .peekable();
    serving.peek().is_some() && serving.all(|service| service.desired >= 2)
}

/// The service a pod is of.
pub(crate) fn service_of(state: &State, pod: &str) -> Option<String> {
    let service = state
        .services
        .iter()
        .find(|service| service.pods.iter().any(|other| other.name == pod))?;
    Some(service.id.to_string())
}
