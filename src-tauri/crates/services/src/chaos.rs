//! Faults of the session or of a run: those in force and past ones, each with what it did. Real faults are not here.

mod shape;

use drydock_simulation::{Cause, ClassColumn, Event, EventKind, INTERVAL_NS, ServiceColumn};

use crate::cluster_status::RunChoice;
use crate::session::look::{LookBack, look_back};
use crate::session::{FaultKind, Nanos};
use crate::{Error, Lab};

pub use shape::*;

/// `faults`: faults up to the cursor or the instant of a run, oldest first, with their measured effect.
pub fn faults(lab: &Lab, input: RunChoice) -> Result<Vec<FaultRecord>, Error> {
    look_back(lab, input.sight(), |back| {
        let kills = back
            .events
            .iter()
            .filter(|event| event.kind == EventKind::Kill);
        Ok(kills.map(|kill| record(back, kill)).collect())
    })
}

fn record(back: &LookBack<'_>, kill: &Event) -> FaultRecord {
    let is_node = back.telemetry.nodes().contains(&kill.subject);
    let kind = if is_node {
        FaultKind::Node
    } else {
        FaultKind::Pod
    };
    let healed = back.events.iter().find(|event| {
        event.kind == EventKind::Heal && event.subject == kill.subject && event.at_ns >= kill.at_ns
    });
    let first = (kill.at_ns / INTERVAL_NS) as usize;
    let recovered = recovery(back, first);
    FaultRecord {
        id: crate::session::fault_id(kind, &kill.subject, kill.at_ns),
        kind,
        target: kill.subject.clone(),
        since_ns: Nanos(kill.at_ns),
        healed_ns: healed.map(|event| Nanos(event.at_ns)),
        effect: FaultEffect {
            requests_lost: lost(back, first, recovered.map_or(back.intervals, |at| at + 1)),
            recovery_ns: recovered
                .map(|at| Nanos(((at as u64 + 1) * INTERVAL_NS).saturating_sub(kill.at_ns))),
        },
    }
}

/// The first interval from `first` on, at whose end every service has the ready pods it asks for and in which no request
/// failed, after one in which it was not so. A fault that nobody felt in a closed interval has recovered in its first.
fn recovery(back: &LookBack<'_>, first: usize) -> Option<usize> {
    let telemetry = back.telemetry;
    let well = |at: usize| {
        let ready = (0..telemetry.services().len()).all(|service| {
            let value = |column| telemetry.service(service, column)[at];
            value(ServiceColumn::ReadyReplicas) >= value(ServiceColumn::DesiredReplicas)
        });
        ready && lost(back, at, at + 1) == 0
    };
    // A kill is noticed after the grace period at the latest: until then a dead node still counts as ready.
    (first..back.intervals).find(|at| well(*at) && !silent(back, *at))
}

/// Whether some node is without power and the cluster has not noticed at the end of an interval.
fn silent(back: &LookBack<'_>, interval: usize) -> bool {
    let end = (interval as u64 + 1) * INTERVAL_NS;
    back.telemetry.nodes().iter().any(|node| {
        let last = back
            .events
            .iter()
            .rev()
            .filter(|event| event.at_ns <= end)
            .find(|event| {
                event.subject == *node
                    && matches!(
                        event.kind,
                        EventKind::Kill | EventKind::Heal | EventKind::NodeLost
                    )
            });
        last.is_some_and(|event| event.kind == EventKind::Kill)
    })
}

/// Requests from outside that failed in some intervals.
fn lost(back: &LookBack<'_>, from: usize, to: usize) -> u64 {
    let telemetry = back.telemetry;
    let to = to.min(back.intervals);
    let mut lost = 0;
    for class in 0..telemetry.classes().len() {
        for cause in Cause::ALL {
            let column = telemetry.class(class, ClassColumn::Failed(cause));
            let failed = column.get(from.min(to)..to).unwrap_or_default();
            lost += failed.iter().map(|count| *count as u64).sum::<u64>();
        }
    }
    lost
}
