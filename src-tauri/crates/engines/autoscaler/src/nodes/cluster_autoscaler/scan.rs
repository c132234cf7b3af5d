//! The loop of Cluster Autoscaler, one round of it, after `RunOnce` of
//! `core/static_autoscaler.go`.

use super::decision::{Outcome, Waiting, WaitsFor, Why};
use super::memory::Memory;
use super::scale_up::refuse_all;
use super::seen::Seen;
use super::settings::Settings;
use super::snapshot::Snapshot;
use super::{scale_down, scale_up};
use crate::nodes::{Placement, PodRef, SECOND_NS, seconds};

/// How old the oldest pending pod has to be (`unschedulablePodTimeBuffer`): others of its kind may
/// be on their way.
const POD_BUFFER_NS: u64 = 2 * SECOND_NS;

/// One pass: looks, remembers, decides. Due every [`Settings::scan_interval_seconds`].
///
/// `memory` is that of this cluster alone and starts as `Memory::default()`. A pass that adds nodes
/// looks for none to remove.
pub fn scan<P: Placement>(
    settings: &Settings,
    memory: &mut Memory,
    seen: &Seen<'_>,
    placement: &P,
) -> Outcome {
    let mut outcome = Outcome::default();
    let registry = memory.take_stock(settings, seen, &mut outcome.given_up);
    if registry.halted.is_some() {
        memory.unneeded.clear();
        outcome.halted = registry.halted;
        return outcome;
    }
    let mut snapshot = Snapshot::new(settings, seen, &registry, placement);
    let mut pods = snapshot.seat(settings, seen, &mut outcome.waiting);

    let delay = seconds(settings.new_pod_scale_up_delay_seconds);
    let mut wait = |pods: &mut Vec<PodRef>, keep: &dyn Fn(PodRef) -> bool| {
        pods.retain(|&pod| {
            if !keep(pod) {
                outcome.waiting.push(Waiting {
                    pod,
                    waits_for: WaitsFor::Age,
                });
            }
            keep(pod)
        });
    };
    let created = |pod: PodRef| seen.pods[&pod].created_ns;
    wait(&mut pods, &|pod| created(pod) + delay < seen.now_ns);
    let oldest = pods.iter().map(|&pod| created(pod)).min();
    let room = settings
        .max_nodes_total
        .is_none_or(|most| registry.ready < most);
    let pods_just_came = room && oldest.is_some_and(|oldest| oldest + POD_BUFFER_NS > seen.now_ns);
    if pods_just_came {
        wait(&mut pods, &|_| false);
    }

    if !pods.is_empty() && !room {
        outcome.not_helped = refuse_all(&pods, &Why::MaxNodesTotalReached, seen);
    } else if !pods.is_empty() {
        let pass = scale_up::Pass {
            settings,
            seen,
            registry: &registry,
            snapshot: &snapshot,
        };
        if pass.run(memory, &pods, &mut outcome) {
            return outcome;
        }
    }
    if settings.scale_down_enabled {
        let pass = scale_down::Pass {
            settings,
            seen,
            registry: &registry,
            pods_just_came,
        };
        pass.run(memory, &mut snapshot, &mut outcome);
    }
    outcome
}
