//! How much of a node is asked for, after `simulator/utilization/info.go`.

use super::seen::{Node, Seen};
use super::settings::Settings;
use crate::nodes::{Amounts, Pod};

/// The larger of the shares of CPU and memory that pods request. Daemons and mirror pods count as
/// load, unless the flags take them off both load and room. A node that offers nothing has none.
pub(super) fn utilization(node: &Node, seen: &Seen<'_>, settings: &Settings) -> f64 {
    let (mut load, mut set_aside) = (Amounts::default(), Amounts::default());
    for pod in node.pods.iter().map(|pod| &seen.pods[pod]) {
        if is_ignored(pod, settings) {
            set_aside = set_aside.plus(pod.requests);
        } else if !pod.is_long_terminating(seen.now_ns) {
            load = load.plus(pod.requests);
        }
    }
    let room = node.allocatable.minus(set_aside);
    share(load.milli_cpu, room.milli_cpu).max(share(load.memory_bytes, room.memory_bytes))
}

fn is_ignored(pod: &Pod, settings: &Settings) -> bool {
    (settings.ignore_daemonsets_utilization && pod.is_daemon())
        || (settings.ignore_mirror_pods_utilization && pod.is_mirror())
}

fn share(load: u64, room: u64) -> f64 {
    if room == 0 {
        0.0
    } else {
        load as f64 / room as f64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::nodes::cluster_autoscaler::NodeState;
    use crate::nodes::{NodeRef, Owner};

    /// Pods of a node of 1000 milli-cores and 1000 bytes -> its utilisation.
    fn check(settings: &Settings, pods: &[(u64, u64, Owner)], expect: f64) {
        let pods: BTreeMap<_, _> = pods
            .iter()
            .enumerate()
            .map(|(at, &(cpu, memory, owner))| {
                let pod = Pod {
                    owner,
                    ..Pod::replica(at as u64, cpu, memory)
                };
                (pod.id, pod)
            })
            .collect();
        let node = Node {
            id: NodeRef(0),
            name: "n".to_owned(),
            group: None,
            state: NodeState::Ready,
            allocatable: Amounts {
                milli_cpu: 1000,
                memory_bytes: 1000,
            },
            scale_down_disabled: false,
            deletion: None,
            pods: pods.keys().copied().collect(),
        };
        let seen = Seen {
            now_ns: 0,
            draw: 0,
            groups: &[],
            nodes: &[],
            pods: &pods,
            pending: &[],
            budgets: &[],
        };
        assert_eq!(utilization(&node, &seen, settings), expect);
    }

    #[test]
    fn the_larger_share_counts() {
        let settings = Settings::default();
        check(&settings, &[], 0.0);
        check(&settings, &[(400, 200, Owner::ReplicaSet)], 0.4);
        check(&settings, &[(100, 700, Owner::ReplicaSet)], 0.7);
        let with_daemons = [
            (300, 100, Owner::ReplicaSet),
            (200, 100, Owner::DaemonSet),
            (100, 0, Owner::Node),
        ];
        check(&settings, &with_daemons, 0.6);
        let without_daemons = Settings {
            ignore_daemonsets_utilization: true,
            ..settings.clone()
        };
        check(&without_daemons, &with_daemons, 400.0 / 800.0);
        let neither = Settings {
            ignore_mirror_pods_utilization: true,
            ..without_daemons
        };
        check(&neither, &with_daemons, 300.0 / 700.0);
    }
}
