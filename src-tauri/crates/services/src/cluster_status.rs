//! Health of services, nodes and autoscalers, of the session at its cursor or of a run.

mod autoscalers;
pub(crate) mod nodes;
pub(crate) mod services;
mod shape;

use std::collections::BTreeMap;

use drydock_simulation::{Event, EventKind};

use crate::session::Nanos;
use crate::session::look::{Look, Sight, look, look_back};
use crate::{Error, Lab};

pub use shape::*;

/// Changes of replicas in one answer.
const SCALING_EVENTS: usize = 50;
/// Most that are asked for.
const MOST_SCALING_EVENTS: u32 = 500;

/// `cluster_status`: health of everything.
pub fn cluster_status(lab: &Lab, input: RunChoice) -> Result<ClusterStatus, Error> {
    look(lab, input.sight(), |look| Ok(status(look)))
}

/// `cluster_services`: health of every service.
pub fn cluster_services(
    lab: &Lab,
    input: RunChoice,
) -> Result<BTreeMap<String, ServiceStatus>, Error> {
    look(lab, input.sight(), |look| Ok(services::services(look)))
}

/// `scaling_events`: changes of replicas, newest last.
pub fn scaling_events(lab: &Lab, input: ScalingEventsInput) -> Result<Vec<ScalingEvent>, Error> {
    let limit = input.limit.unwrap_or(SCALING_EVENTS as u32);
    if !(1..=MOST_SCALING_EVENTS).contains(&limit) {
        return Err(Error::bad_input(
            "limit",
            format!("{limit} is not a number from 1 to {MOST_SCALING_EVENTS}"),
        ));
    }
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        Ok(scalings(back.events, limit as usize))
    })
}

/// What `cluster_status` answers of a state.
pub(crate) fn status(look: &Look<'_>) -> ClusterStatus {
    let services = services::services(look);
    let nodes = nodes::nodes(look);
    let mut namespaces: Vec<&str> = look
        .state
        .services
        .iter()
        .map(|service| service.id.namespace())
        .collect();
    namespaces.dedup();
    ClusterStatus {
        basis: look.basis.clone(),
        timestamp: None,
        cluster_name: look.basis.world.clone(),
        namespace: match namespaces.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        },
        overall_status: overall(&services, &nodes),
        ha_enabled: services::is_redundant(&look.state),
        hpa_status: autoscalers::autoscalers(look, &services),
        scaling_events: scalings(look.events, SCALING_EVENTS),
        pending: look
            .state
            .pending
            .iter()
            .map(|pending| PendingPod {
                pod: pending.pod.clone(),
                service: services::service_of(&look.state, &pending.pod).unwrap_or_default(),
                message: pending.message.clone(),
            })
            .collect(),
        services,
        nodes,
    }
}

fn overall(services: &BTreeMap<String, ServiceStatus>, nodes: &[NodeStatus]) -> OverallStatus {
    let up = nodes
        .iter()
        .filter(|node| node.status == NodeReadiness::Ready && !node.killed)
        .count();
    if services.is_empty() && nodes.is_empty() {
        OverallStatus::Unknown
    } else if up == 0
        || services
            .values()
            .any(|service| service.status == ServiceState::Unavailable)
    {
        OverallStatus::Critical
    } else if up < nodes.len() || services.values().any(|service| !service.healthy) {
        OverallStatus::Degraded
    } else {
        OverallStatus::Healthy
    }
}

/// The newest changes of replicas, in order of time.
pub(crate) fn scalings(events: &[Event], limit: usize) -> Vec<ScalingEvent> {
    let mut newest: Vec<ScalingEvent> = events
        .iter()
        .rev()
        .filter_map(scaling)
        .take(limit)
        .collect();
    newest.reverse();
    newest
}

fn scaling(event: &Event) -> Option<ScalingEvent> {
    let (from, to) = replicas(event)?;
    Some(ScalingEvent {
        timestamp: Nanos(event.at_ns),
        service: event.subject.clone(),
        event: if to >= from {
            ScalingKind::ScaleUp
        } else {
            ScalingKind::ScaleDown
        },
        from_replicas: from,
        to_replicas: to,
        reason: Some(event.cause.clone()).filter(|cause| !cause.is_empty()),
    })
}

/// Replicas before and after a change; an event has them in its sentence, `from 2 to 4 replicas`.
pub(crate) fn replicas(event: &Event) -> Option<(u32, u32)> {
    if event.kind != EventKind::Scale {
        return None;
    }
    let counts = event
        .message
        .strip_prefix("from ")?
        .strip_suffix(" replicas")?;
    let (from, to) = counts.split_once(" to ")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

#[cfg(test)]
mod tests;
