//! Whether a pod lets its node go, by the rules of `simulator/drainability/rules` in their order.

use schemars::JsonSchema;
use serde::Serialize;

use super::settings::Settings;
use crate::nodes::{Owner, Pod, seconds};

/// What becomes of a pod when its node goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drain {
    /// Nothing: it is not counted.
    Skip,
    /// It is evicted with the rest and has no place elsewhere to find.
    Daemon,
    /// It has to find a place elsewhere.
    Move,
    /// The node stays because of it.
    Block(Blocking),
}

/// Why a pod keeps its node: `BlockingPodReason` of `utils/drain/drain.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Blocking {
    /// No controller would make it anew.
    NotReplicated,
    /// It is of kube-system and has no budget.
    UnmovableKubeSystemPod,
    /// Its annotation says so.
    NotSafeToEvictAnnotation,
    /// It has local storage.
    LocalStorageRequested,
    /// A budget of it allows no disruption.
    NotEnoughPdb,
}

/// Judges one pod. `allowed` is what each budget still allows in this pass.
pub(super) fn drain(pod: &Pod, allowed: &[i32], settings: &Settings, now_ns: u64) -> Drain {
    if pod.is_mirror() || pod.is_long_terminating(now_ns) {
        return Drain::Skip;
    }
    if pod.is_daemon() {
        return Drain::Daemon;
    }
    if pod.safe_to_evict == Some(true) || pod.finished {
        return Drain::Move;
    }
    let replicated = match pod.owner {
        Owner::Nobody => false,
        Owner::Other => !settings.skip_nodes_with_custom_controller_pods,
        _ => true,
    };
    if !replicated {
        return Drain::Block(Blocking::NotReplicated);
    }
    let is_new_system_pod = pod.namespace == "kube-system"
        && pod.created_ns + seconds(settings.blocking_system_pod_seconds) > now_ns;
    if settings.skip_nodes_with_system_pods && is_new_system_pod && pod.budgets.is_empty() {
        return Drain::Block(Blocking::UnmovableKubeSystemPod);
    }
    if pod.safe_to_evict == Some(false) {
        return Drain::Block(Blocking::NotSafeToEvictAnnotation);
    }
    if settings.skip_nodes_with_local_storage && pod.local_storage {
        return Drain::Block(Blocking::LocalStorageRequested);
    }
    if pod.budgets.iter().any(|&budget| allowed[budget] < 1) {
        return Drain::Block(Blocking::NotEnoughPdb);
    }
    Drain::Move
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600 * 1_000_000_000;

    fn check(settings: &Settings, change: impl FnOnce(&mut Pod), expect: Drain) {
        let mut pod = Pod::replica(1, 100, 100);
        change(&mut pod);
        assert_eq!(drain(&pod, &[0, 1], settings, 2 * HOUR), expect, "{pod:?}");
    }

    #[test]
    fn what_keeps_a_node() {
        let settings = Settings::default();
        let check = |change: &dyn Fn(&mut Pod), expect| check(&settings, change, expect);
        check(&|_| (), Drain::Move);
        check(&|pod| pod.owner = Owner::Node, Drain::Skip);
        check(&|pod| pod.owner = Owner::DaemonSet, Drain::Daemon);
        let bare = Drain::Block(Blocking::NotReplicated);
        check(&|pod| pod.owner = Owner::Nobody, bare);
        check(&|pod| pod.owner = Owner::Other, bare);
        check(&|pod| pod.owner = Owner::StatefulSet, Drain::Move);
        check(
            &|pod| pod.safe_to_evict = Some(false),
            Drain::Block(Blocking::NotSafeToEvictAnnotation),
        );
        check(
            &|pod| pod.local_storage = true,
            Drain::Block(Blocking::LocalStorageRequested),
        );
        check(
            &|pod| pod.budgets = vec![1, 0],
            Drain::Block(Blocking::NotEnoughPdb),
        );
        check(&|pod| pod.budgets = vec![1], Drain::Move);
        // A daemon goes, whatever it says.
        let stubborn = |pod: &mut Pod| {
            pod.owner = Owner::DaemonSet;
            pod.safe_to_evict = Some(false);
        };
        check(&stubborn, Drain::Daemon);
        // Evictable by its own word, whatever else it has.
        let willing = |pod: &mut Pod| {
            pod.owner = Owner::Nobody;
            pod.local_storage = true;
            pod.budgets = vec![0];
            pod.safe_to_evict = Some(true);
        };
        check(&willing, Drain::Move);
        let done = |pod: &mut Pod| {
            pod.owner = Owner::Nobody;
            pod.finished = true;
        };
        check(&done, Drain::Move);
        // Thirty seconds of grace and thirty more.
        let deleted = |seconds: u64| {
            move |pod: &mut Pod| {
                pod.owner = Owner::Nobody;
                pod.deleted_ns = Some(2 * HOUR - seconds * 1_000_000_000);
            }
        };
        check(&deleted(60), bare);
        check(&deleted(61), Drain::Skip);
    }

    #[test]
    fn a_system_pod_keeps_its_node_for_an_hour() {
        let settings = Settings::default();
        let system = |created_ns: u64, budgets: Vec<usize>| {
            move |pod: &mut Pod| {
                pod.namespace = "kube-system".to_owned();
                pod.created_ns = created_ns;
                pod.budgets = budgets;
            }
        };
        let blocked = Drain::Block(Blocking::UnmovableKubeSystemPod);
        check(&settings, system(HOUR + 1, vec![]), blocked);
        check(&settings, system(HOUR, vec![]), Drain::Move);
        check(&settings, system(HOUR + 1, vec![1]), Drain::Move);
        let lenient = Settings {
            skip_nodes_with_system_pods: false,
            ..settings
        };
        check(&lenient, system(HOUR + 1, vec![]), Drain::Move);
    }

    #[test]
    fn flags_lift_rules() {
        let lenient = Settings {
            skip_nodes_with_local_storage: false,
            skip_nodes_with_custom_controller_pods: false,
            ..Settings::default()
        };
        check(&lenient, |pod| pod.local_storage = true, Drain::Move);
        check(&lenient, |pod| pod.owner = Owner::Other, Drain::Move);
    }
}
