//! The session as it is shown, built from its state at the cursor.

use drydock_simulation::{Event, EventKind, State};

use super::core::Core;
use super::marks::marks_of;
use super::{ActiveFault, FaultKind, Nanos, Playing, Session, Totals};
use crate::cluster_status::{self, ClusterStatus};
use crate::shapes::HourlyCost;

/// Builds what the topics `session` and `cluster` hold.
pub(super) fn view(core: &mut Core) -> (Session, Option<ClusterStatus>) {
    let Some(bill) = core.bill.clone() else {
        return (Session::default(), None);
    };
    let mut session = Session {
        world: bill.world.clone(),
        world_id: bill.world_id.clone(),
        revision: bill.revision,
        seed: bill.seed,
        speed: core.speed,
        time_ns: Nanos(core.cursor),
        end_ns: Nanos(core.end()),
        parameters: bill.parameters.clone(),
        ..Session::default()
    };
    match &bill.plan {
        Err(reason) => {
            session.warnings = vec![format!("this world cannot be simulated: {reason}")];
            return (session, None);
        }
        Ok(plan) => session.warnings = plan.warnings().to_vec(),
    }
    session.warnings.extend(core.troubles.iter().cloned());
    session.state = if core.playing {
        Playing::Playing
    } else {
        Playing::Paused
    };
    if let Some(simulation) = &core.simulation {
        session.marks = marks_of(simulation.events());
    }
    let Some((simulation, _)) = core.at_cursor() else {
        return (session, None);
    };
    let state = simulation.state();
    session.faults = active(&state, simulation.events());
    session.totals = totals(&state);
    session.cost_per_hour = (state.unpriced_nodes.len() < state.nodes.len())
        .then(|| HourlyCost::usd(state.cost_per_hour));
    let status = cluster_status::status(&super::look::Look::of(&bill, simulation, state));
    (session, Some(status))
}

/// Faults in force: nodes without power, and killed pods whose place no other pod has taken yet.
pub(crate) fn active(state: &State, events: &[Event]) -> Vec<ActiveFault> {
    let mut faults: Vec<ActiveFault> = state
        .faults
        .iter()
        .map(|fault| ActiveFault {
            id: fault_id(FaultKind::Node, &fault.subject, fault.since_ns),
            kind: FaultKind::Node,
            target: fault.subject.clone(),
            since_ns: Nanos(fault.since_ns),
            healable: true,
        })
        .collect();
    let missing = state
        .services
        .iter()
        .any(|service| service.ready < service.desired);
    if missing {
        let nodes: Vec<&str> = state.nodes.iter().map(|node| node.name.as_str()).collect();
        let kills = events.iter().filter(|event| {
            event.kind == EventKind::Kill && !nodes.contains(&event.subject.as_str())
        });
        for kill in kills {
            let service = state
                .services
                .iter()
                .filter(|service| service.ready < service.desired)
                .find(|service| is_pod_of(&kill.subject, service.id.as_str()));
            let replaced = events.iter().any(|event| {
                event.kind == EventKind::Ready
                    && event.at_ns > kill.at_ns
                    && service.is_some_and(|service| is_pod_of(&event.subject, service.id.as_str()))
            });
            if service.is_some() && !replaced {
                faults.push(ActiveFault {
                    id: fault_id(FaultKind::Pod, &kill.subject, kill.at_ns),
                    kind: FaultKind::Pod,
                    target: kill.subject.clone(),
                    since_ns: Nanos(kill.at_ns),
                    healable: false,
                });
            }
        }
    }
    faults.sort_by(|a, b| (a.since_ns, &a.id).cmp(&(b.since_ns, &b.id)));
    faults
}

/// Whether a pod's name is of a service: that of the service, or it and a suffix.
pub(crate) fn is_pod_of(pod: &str, service: &str) -> bool {
    pod.strip_prefix(service)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The id of a fault: the same in every replay.
pub(crate) fn fault_id(kind: FaultKind, target: &str, since_ns: u64) -> String {
    let kind = match kind {
        FaultKind::Node => "node",
        FaultKind::Pod => "pod",
    };
    format!("{kind}:{target}@{since_ns}")
}

pub(crate) fn totals(state: &State) -> Totals {
    let mut totals = Totals {
        nodes: state.nodes.len() as u32,
        nodes_ready: state.nodes.iter().filter(|node| node.ready).count() as u32,
        pods: state.services.iter().map(|service| service.current).sum(),
        pending: state.pending.len() as u32,
        ..Totals::default()
    };
    for service in &state.services {
        if service.available >= service.desired {
            totals.healthy += 1;
        } else if service.available > 0 {
            totals.degraded += 1;
        } else {
            totals.unavailable += 1;
        }
    }
    totals
}
