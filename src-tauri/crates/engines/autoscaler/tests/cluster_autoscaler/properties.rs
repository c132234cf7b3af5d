//! What holds for every cluster and every story.

use std::collections::BTreeMap;

use drydock_autoscaler::nodes::cluster_autoscaler::{Expander, Outcome};
use drydock_autoscaler::nodes::{Budget, NodeRef, Owner, Placement, PodRef};
use proptest::prelude::*;

use crate::trial::{MINUTE, SECOND};
use crate::world::World;

#[derive(Debug, Clone)]
enum Act {
    Come(u64, u64, u8),
    Go(usize),
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (100_u64..5000, 100_u64..20_000, 0_u8..12)
            .prop_map(|(milli_cpu, mib, kind)| Act::Come(milli_cpu, mib, kind)),
        (0_usize..50).prop_map(Act::Go),
        (1_u64..15).prop_map(Act::Wait),
    ];
    prop::collection::vec(act, 1..40)
}

fn start(expander: usize, drains: u32, allowed: i32) -> World {
    let mut world = World::new();
    let small = world.group("small", 1, 6, 2000, 8);
    let large = world.group("large", 0, 4, 8000, 32);
    world.group("broken", 0, 3, 4000, 16);
    world.boot[2] = None;
    world.node(small);
    world.node(large);
    world.settings.expanders =
        vec![[Expander::LeastWaste, Expander::MostPods, Expander::Random][expander].clone()];
    world.settings.max_drain_parallelism = drains;
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: allowed,
    });
    world
}

fn come(world: &mut World, milli_cpu: u64, mib: u64, kind: u8) {
    world.pod_with(milli_cpu, mib, |pod, wish| match kind {
        0 => pod.owner = Owner::Nobody,
        1 => pod.budgets = vec![0],
        2 => {
            pod.shape = 1;
            wish.apart = Some(1);
        }
        3 => pod.local_storage = true,
        4 => pod.priority = -20,
        5 => pod.priority = 100,
        _ => {}
    });
}

/// The sizes are within bounds, and what moves has a place on the nodes that stay.
fn holds(world: &World, outcome: &Outcome) {
    let mut leaving: BTreeMap<&str, u32> = BTreeMap::new();
    for removal in &outcome.removals {
        *leaving.entry(&removal.group).or_insert(0) += 1;
    }
    for group in &world.groups {
        assert!(
            group.target <= group.max,
            "{}: {} nodes",
            group.name,
            group.target
        );
    }
    let going: Vec<NodeRef> = outcome
        .removals
        .iter()
        .map(|removal| removal.node)
        .collect();
    for (group, _) in leaving {
        let group = world.index(group);
        let staying = world
            .nodes
            .iter()
            .filter(|node| node.group == Some(group) && node.deletion.is_none())
            .count() as u32;
        assert!(staying >= world.groups[group].min, "{staying} nodes stay");
    }
    let mut after = world.trial.clone();
    let moving: Vec<PodRef> = outcome
        .removals
        .iter()
        .flat_map(|removal| removal.pods.iter().copied())
        .collect();
    for &pod in &moving {
        after.unbind(pod);
    }
    // Expendable pods make room, as the scheduler would have them do.
    for (&id, pod) in &world.pods {
        if pod.priority < -10 {
            after.unbind(id);
        }
    }
    let mut others = world.nodes.clone();
    others.retain(|node| node.deletion.is_none() && !going.contains(&node.id));
    others.sort_by(|a, b| a.name.cmp(&b.name));
    let others: Vec<NodeRef> = others.iter().map(|node| node.id).collect();
    for pod in moving {
        assert!(after.place(pod, &others).is_some(), "{pod:?} has a place");
    }
    if let Some(up) = &outcome.scale_up {
        assert!(up.count > 0 && up.count <= up.wanted && !up.pods.is_empty());
        assert!(outcome.removals.is_empty(), "not both at once");
    }
}

fn play(world: &mut World, acts: &[Act]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for act in acts {
        match *act {
            Act::Come(milli_cpu, mib, kind) => come(world, milli_cpu, mib, kind),
            Act::Go(at) => {
                let pods: Vec<PodRef> = world.pods.keys().copied().collect();
                if let Some(&pod) = pods.get(at) {
                    world.delete_pod(pod);
                }
            }
            Act::Wait(minutes) => {
                for _ in 0..minutes * 2 {
                    world.tick(30 * SECOND);
                    outcomes.push(world.pass());
                    holds(world, &outcomes[outcomes.len() - 1]);
                }
            }
        }
        outcomes.push(world.pass());
        holds(world, &outcomes[outcomes.len() - 1]);
        world.tick(10 * SECOND);
    }
    outcomes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sizes_stay_within_bounds_and_pods_have_places(
        acts in acts(), expander in 0_usize..3, drains in 1_u32..4, allowed in 0_i32..3,
    ) {
        play(&mut start(expander, drains, allowed), &acts);
    }

    #[test]
    fn the_same_story_ends_the_same(acts in acts(), expander in 0_usize..3) {
        let (mut one, mut other) = (start(expander, 1, 1), start(expander, 1, 1));
        // The order in which nodes are listed tells nothing.
        other.nodes.reverse();
        let (got, again) = (play(&mut one, &acts), play(&mut other, &acts));
        prop_assert_eq!(got, again);
        prop_assert_eq!(one.memory, other.memory);
    }
}

#[test]
fn an_idle_cluster_shrinks_to_its_least() {
    let mut world = start(0, 1, 0);
    for _ in 0..3 {
        world.node(1);
    }
    world.until(60 * MINUTE, |_| false);
    let targets: Vec<u32> = world.groups.iter().map(|group| group.target).collect();
    assert_eq!(targets, [1, 0, 0]);
}
