//! What holds for every cluster and every story.

use std::collections::BTreeSet;

use drydock_autoscaler::nodes::karpenter::{CapacityType, Command, Limits, Method};
use drydock_autoscaler::nodes::{Budget, NodeRef, Owner, Placement, PodRef};
use proptest::prelude::*;

use crate::consolidation::unbound;
use crate::trial::Trial;
use crate::world::World;

type Load = Vec<(u8, Vec<(u64, u64, u8)>)>;

fn load() -> impl Strategy<Value = Load> {
    let pod = (50_u64..4000, 50_u64..8000, 0_u8..10);
    let node = (0_u8..4, prop::collection::vec(pod, 0..4));
    prop::collection::vec(node, 1..9)
}

/// Nodes with as many of these pods as they hold; the others wait.
fn start(load: &Load, spot: bool) -> World {
    let mut world = World::new();
    world.pools.clear();
    let both = [CapacityType::OnDemand, CapacityType::Spot];
    let capacity = if spot { &both[..] } else { &both[..1] };
    world.pool("pool", &["a", "b"], capacity);
    unbound(&mut world);
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: 0,
    });
    for (kind, pods) in load {
        let offers = world.pools[0].offers.len();
        let node = world.node_of(0, usize::from(*kind) * 3 % offers);
        for &(milli_cpu, mib, kind) in pods {
            let pod = world.pod_with(milli_cpu, mib, |pod, wish| match kind {
                0 => pod.budgets = vec![0],
                1 => pod.do_not_disrupt = true,
                2 => {
                    pod.shape = 1;
                    wish.apart = Some(1);
                }
                3 => pod.owner = Owner::DaemonSet,
                4 => pod.priority = 1_000_000,
                5 => {
                    pod.shape |= 1 << 60;
                    wish.label = Some(("zone", "b".to_owned()));
                }
                _ => {}
            });
            let fits = world.trial.place(pod, &[node]).is_some();
            if !fits && kind == 3 {
                world.delete_pod(pod);
            }
        }
    }
    world
}

/// What moves has a place on the nodes that stay, those that come, and nothing else.
fn every_pod_has_a_place(before: &Trial, world: &World, command: &Command) {
    let mut after = before.clone();
    for &node in &command.nodes {
        after.remove_node(node);
    }
    let mut among: Vec<NodeRef> = after.nodes();
    for launch in &command.replacements {
        let template = world.pools[launch.pool].offers[launch.offer].template;
        among.push(after.add_node(template));
    }
    let mut pods: Vec<PodRef> = command.pods.clone();
    pods.extend(
        command
            .replacements
            .iter()
            .flat_map(|launch| launch.pods.clone()),
    );
    // The largest first, as they were packed.
    let pods: BTreeSet<PodRef> = pods.into_iter().collect();
    let mut pods: Vec<PodRef> = pods.into_iter().collect();
    pods.sort_by_key(|pod| {
        let requests = world.pods[pod].requests;
        std::cmp::Reverse((requests.milli_cpu, requests.memory_bytes))
    });
    for &pod in &pods {
        after.unbind(pod);
    }
    for pod in pods {
        assert!(after.place(pod, &among).is_some(), "{pod:?} has a place");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn consolidation_never_costs_more_and_leaves_no_pod_behind(load in load(), spot: bool) {
        let mut world = start(&load, spot);
        for pod in world.pending() {
            world.delete_pod(pod);
        }
        let mut done = 0;
        for _ in 0..400 {
            let before = world.trial.clone();
            world.tick();
            for command in &world.commands[done..] {
                prop_assert_ne!(command.method, Method::Drift);
                prop_assert!(command.price_after < command.price_before);
                prop_assert!(command.replacements.len() <= 1);
                for pod in &command.pods {
                    let pod = &world.pods[pod];
                    prop_assert!(!pod.do_not_disrupt && pod.budgets.is_empty());
                }
                every_pod_has_a_place(&before, &world, command);
            }
            done = world.commands.len();
        }
        prop_assert!(world.pending().is_empty());
    }

    #[test]
    fn launches_hold_their_pods_and_keep_the_limits(load in load(), cores in 1_u64..20) {
        let mut world = start(&load, false);
        let there: u64 = world.nodes.iter().map(|node| node.capacity.milli_cpu).sum();
        world.pools[0].limits = Limits {
            milli_cpu: Some(there + cores * 1000),
            ..Limits::default()
        };
        let pending: BTreeSet<PodRef> = world.pending().into_iter().collect();
        let provisioned = world.plan();
        let mut told = BTreeSet::new();
        let mut launched = 0;
        for launch in &provisioned.launches {
            let offer = &world.pools[launch.pool].offers[launch.offer];
            launched += offer.capacity.milli_cpu;
            let mut alone = world.trial.clone();
            let node = alone.add_node(offer.template);
            for &pod in &launch.pods {
                prop_assert!(told.insert(pod));
                prop_assert!(alone.place(pod, &[node]).is_some());
            }
        }
        prop_assert!(launched <= cores * 1000);
        told.extend(provisioned.nominated.iter().map(|nominated| nominated.pod));
        told.extend(provisioned.unplaced.iter().map(|unplaced| unplaced.pod));
        let pods = pending.into_iter().filter(|pod| world.pods[pod].owner != Owner::DaemonSet);
        prop_assert_eq!(told, pods.collect::<BTreeSet<_>>());
    }

    #[test]
    fn the_same_story_ends_the_same(load in load(), spot: bool) {
        let (mut one, mut other) = (start(&load, spot), start(&load, spot));
        // The order in which nodes are listed tells nothing.
        other.nodes.reverse();
        one.ticks(200);
        other.ticks(200);
        prop_assert_eq!(one.commands, other.commands);
        prop_assert_eq!(one.trial.nodes(), other.trial.nodes());
        for pod in one.pods.keys() {
            prop_assert_eq!(one.trial.node_of(*pod), other.trial.node_of(*pod));
        }
    }
}
