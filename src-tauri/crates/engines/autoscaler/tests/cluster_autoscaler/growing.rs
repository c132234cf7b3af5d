//! Pods that wait: how many nodes, of which group, and when not.

use drydock_autoscaler::nodes::Owner;
use drydock_autoscaler::nodes::cluster_autoscaler::{NodeState, Outcome, WaitsFor, Why};

use crate::trial::{MINUTE, SECOND};
use crate::world::World;

/// What a pass adds: the group and how many.
fn grown(outcome: &Outcome) -> Option<(&str, u32)> {
    let up = outcome.scale_up.as_ref()?;
    Some((up.group.as_str(), up.count))
}

/// Pods of these milli-cores and MiB on nodes of 4 cores and 16 GiB -> nodes added.
fn check(pods: &[(u64, u64)], expect: Option<u32>) {
    let mut world = World::new();
    world.group("g", 0, 100, 4000, 16);
    for &(milli_cpu, mib) in pods {
        world.pod(milli_cpu, mib);
    }
    let outcome = world.pass();
    assert_eq!(grown(&outcome).map(|(_, count)| count), expect, "{pods:?}");
}

#[test]
fn first_fit_decreasing() {
    check(&[], None);
    check(&[(100, 100)], Some(1));
    check(&[(1000, 100); 8], Some(2));
    check(&[(1000, 100); 9], Some(3));
    check(&[(2100, 100); 3], Some(3));
    // The large ones first, the small ones beside them.
    check(&[(1000, 10), (3000, 10), (1000, 10), (3000, 10)], Some(2));
    // In the order of the list it would take three: 2 + 1, 3, 2.
    check(&[(2000, 10), (1000, 10), (3000, 10), (2000, 10)], Some(2));
    // Memory decides as well.
    check(&[(100, 12 << 10), (100, 12 << 10), (100, 4 << 10)], Some(2));
    // Nothing helps a pod that is larger than a node.
    check(&[(4001, 10)], None);
    check(&[(4001, 10), (4000, 10)], Some(1));
}

#[test]
fn pods_kept_apart_take_a_node_each() {
    let mut world = World::new();
    world.group("g", 0, 10, 4000, 16);
    for _ in 0..3 {
        world.pod_with(100, 100, |pod, wish| {
            pod.shape = 7;
            wish.apart = Some(1);
        });
    }
    world.pod(100, 100);
    assert_eq!(grown(&world.pass()), Some(("g", 3)));
}

#[test]
fn what_a_new_node_cannot_help_is_not_asked_for() {
    // All nodes are in one zone: a second pod of the spread never fits once the other zone lags.
    let mut world = World::new();
    let a = world.group("a", 0, 10, 4000, 16);
    world.trial.templates[0]
        .labels
        .insert("zone", "a".to_owned());
    let b = world.group("b", 1, 1, 100, 1);
    world.trial.templates[1]
        .labels
        .insert("zone", "b".to_owned());
    world.node(b);
    let spread = |world: &mut World| {
        world.pod_with(3000, 100, |pod, wish| {
            pod.shape = 9;
            wish.spread = Some(1);
        })
    };
    for _ in 0..3 {
        spread(&mut world);
    }
    let outcome = world.pass();
    assert_eq!(grown(&outcome), Some(("a", 1)));
    assert_eq!(outcome.not_helped.len(), 2);
    let group = &outcome.not_helped[0].groups;
    assert_eq!(
        (group[0].why.clone(), group[1].why.clone()),
        (Why::LaterPass, Why::MaxSizeReached)
    );
    assert_eq!(world.groups[a].target, 1);
}

#[test]
fn nodes_on_their_way_are_not_asked_for_again() {
    let mut world = World::new();
    world.group("g", 0, 10, 4000, 16);
    for _ in 0..6 {
        world.pod(2000, 100);
    }
    assert_eq!(grown(&world.pass()), Some(("g", 3)));
    for _ in 0..5 {
        world.tick(10 * SECOND);
        let outcome = world.pass();
        assert_eq!(outcome.scale_up, None);
        assert_eq!(outcome.waiting.len(), 6);
        let upcoming = WaitsFor::UpcomingNode("g".to_owned());
        assert!(outcome.waiting.iter().all(|pod| pod.waits_for == upcoming));
    }
    // One that is registered and not ready is still on its way.
    world.tick(10 * SECOND);
    assert_eq!(world.nodes.len(), 3);
    for pod in world.pods.clone().into_keys() {
        drydock_autoscaler::nodes::Placement::unbind(&mut world.trial, pod);
    }
    for node in &mut world.nodes {
        node.state = NodeState::Starting;
    }
    assert_eq!(world.pass().scale_up, None);
    for node in &mut world.nodes {
        node.state = NodeState::Ready;
    }
    let outcome = world.pass();
    let is_for_the_scheduler = |waits_for: &WaitsFor| matches!(waits_for, WaitsFor::Scheduler(_));
    assert!(
        outcome
            .waiting
            .iter()
            .all(|pod| is_for_the_scheduler(&pod.waits_for))
    );
}

#[test]
fn groups_and_clusters_have_limits() {
    let mut world = World::new();
    let small = world.group("small", 0, 2, 4000, 16);
    for _ in 0..5 {
        world.pod(4000, 100);
    }
    let outcome = world.pass();
    assert_eq!(grown(&outcome), Some(("small", 2)));
    assert_eq!(outcome.not_helped.len(), 3);
    world.tick(2 * MINUTE);
    let outcome = world.pass();
    assert_eq!(outcome.scale_up, None);
    let whys: Vec<String> = outcome
        .not_helped
        .iter()
        .map(|pod| pod.groups[0].why.to_string())
        .collect();
    assert_eq!(whys, ["max node group size reached"; 3]);

    world.groups[small].max = 10;
    world.settings.max_nodes_total = Some(3);
    assert_eq!(grown(&world.pass()), Some(("small", 1)));
    world.tick(2 * MINUTE);
    let outcome = world.pass();
    assert_eq!(outcome.scale_up, None);
    assert_eq!(
        outcome.not_helped[0].groups[0].why,
        Why::MaxNodesTotalReached
    );

    world.settings.max_nodes_total = None;
    world.settings.max_nodes_per_scale_up = 1;
    assert_eq!(grown(&world.pass()), Some(("small", 1)));
}

#[test]
fn young_and_expendable_pods_wait() {
    let mut world = World::new();
    world.group("g", 0, 10, 4000, 16);
    let now = world.now;
    let pod = world.pod_with(100, 100, |pod, _| pod.created_ns = now - SECOND);
    let waits = |outcome: &Outcome| outcome.waiting[0].waits_for.clone();
    // The oldest has to be two seconds old (`unschedulablePodTimeBuffer`).
    let outcome = world.pass();
    assert_eq!(
        (outcome.scale_up.is_none(), waits(&outcome)),
        (true, WaitsFor::Age)
    );
    world.tick(SECOND);
    world.settings.new_pod_scale_up_delay_seconds = 30;
    let outcome = world.pass();
    assert_eq!(
        (outcome.scale_up.is_none(), waits(&outcome)),
        (true, WaitsFor::Age)
    );
    world.tick(28 * SECOND);
    // Thirty seconds old is not older than thirty seconds.
    assert_eq!(world.look().scale_up, None);
    world.tick(SECOND);
    assert_eq!(grown(&world.look()), Some(("g", 1)));

    world.memory = drydock_autoscaler::nodes::cluster_autoscaler::Memory::default();
    world.pods.get_mut(&pod).unwrap().priority = -11;
    let outcome = world.pass();
    assert_eq!(
        (outcome.scale_up.is_none(), waits(&outcome)),
        (true, WaitsFor::Nothing)
    );
    world.pods.get_mut(&pod).unwrap().priority = -10;
    assert_eq!(grown(&world.pass()), Some(("g", 1)));
}

#[test]
fn nodes_that_do_not_come_are_given_up_and_their_group_rests() {
    let mut world = World::new();
    let stuck = world.group("stuck", 0, 10, 4000, 16);
    world.boot[stuck] = None;
    world.pod(1000, 100);
    assert_eq!(grown(&world.pass()), Some(("stuck", 1)));
    world.tick(15 * MINUTE);
    assert!(world.pass().given_up.is_empty(), "not at 15 minutes");
    world.tick(10 * SECOND);
    let failed_at = world.now;
    let outcome = world.pass();
    assert_eq!(
        (outcome.given_up[0].count, world.groups[stuck].target),
        (1, 0)
    );
    assert_eq!(
        outcome.given_up[0].backs_off_until_ns,
        Some(failed_at + 5 * MINUTE)
    );
    let until = failed_at + 5 * MINUTE;
    assert_eq!(outcome.not_helped[0].groups[0].why, Why::BackingOff(until));

    // Another group helps meanwhile.
    let mut other = world.clone();
    other.group("other", 0, 10, 4000, 16);
    assert_eq!(grown(&other.pass()), Some(("other", 1)));

    let (took, outcome) = world
        .until(10 * MINUTE, |outcome| outcome.scale_up.is_some())
        .unwrap();
    assert_eq!((took, grown(&outcome)), (5 * MINUTE, Some(("stuck", 1))));
    // It fails again and rests twice as long.
    let (_, outcome) = world
        .until(20 * MINUTE, |outcome| !outcome.given_up.is_empty())
        .unwrap();
    let rest = outcome.given_up[0].backs_off_until_ns.unwrap() - world.now;
    assert_eq!(rest, 10 * MINUTE);
    // A node that comes ends it all.
    world.boot[stuck] = Some(MINUTE);
    world
        .until(20 * MINUTE, |outcome| outcome.scale_up.is_some())
        .unwrap();
    world.tick(2 * MINUTE);
    world.pass();
    assert_eq!(world.memory.backs_off_until("stuck", world.now), None);
    world
        .memory
        .scale_up_failed("stuck", 1, &world.settings.clone(), world.now);
    let rests_until = world.memory.backs_off_until("stuck", world.now);
    assert_eq!(
        rests_until,
        Some(world.now + 5 * MINUTE),
        "from the start again"
    );
}

#[test]
fn some_of_the_nodes_come() {
    let mut world = World::new();
    let group = world.group("g", 0, 10, 4000, 16);
    for _ in 0..3 {
        world.pod(4000, 100);
    }
    assert_eq!(grown(&world.pass()), Some(("g", 3)));
    // The provider has only two.
    world.boot[group] = None;
    world.tick(50 * SECOND);
    world.tick(10 * SECOND);
    let third = world.nodes[2].id;
    let pod = world.trial.pods_on(third)[0];
    drydock_autoscaler::nodes::Placement::remove_node(&mut world.trial, third);
    world.nodes.retain(|node| node.id != third);
    assert_eq!(world.pass().waiting.len(), 1);
    world.tick(15 * MINUTE);
    let outcome = world.pass();
    assert_eq!(
        (outcome.given_up[0].count, world.groups[group].target),
        (1, 2)
    );
    assert_eq!(outcome.not_helped[0].pod, pod);
}

#[test]
fn a_broken_node_is_awaited_and_then_given_up() {
    let mut world = World::new();
    let group = world.group("g", 0, 10, 4000, 16);
    let node = world.node(group);
    world.run(node, 3000, 100);
    world.pass();
    // It is gone, and its provider still counts it.
    drydock_autoscaler::nodes::Placement::remove_node(&mut world.trial, node);
    world.nodes.clear();
    let upcoming = WaitsFor::UpcomingNode("g".to_owned());
    assert_eq!(world.pass().waiting[0].waits_for, upcoming);
    world.tick(15 * MINUTE);
    assert_eq!(world.pass().waiting[0].waits_for, upcoming);
    world.tick(SECOND);
    let outcome = world.pass();
    let given_up = &outcome.given_up[0];
    assert_eq!((given_up.count, given_up.backs_off_until_ns), (1, None));
    assert_eq!(grown(&outcome), Some(("g", 1)));
}

#[test]
fn a_refused_scale_up_rests_at_once() {
    let mut world = World::new();
    world.group("g", 0, 10, 4000, 16);
    world.pod(1000, 100);
    let outcome = world.look();
    assert_eq!(grown(&outcome), Some(("g", 1)));
    let (settings, now) = (world.settings.clone(), world.now);
    world.memory.scale_up_failed("g", 1, &settings, now);
    world.tick(10 * SECOND);
    let outcome = world.pass();
    assert_eq!(outcome.scale_up, None);
    assert_eq!(
        outcome.not_helped[0].groups[0].why,
        Why::BackingOff(now + 5 * MINUTE)
    );
}

#[test]
fn a_cluster_that_is_mostly_unready_is_left_alone() {
    let mut world = World::new();
    let group = world.group("g", 0, 20, 4000, 16);
    for _ in 0..8 {
        world.node(group);
    }
    world.pod(4001, 100);
    let unready = |world: &mut World, count: usize| {
        for (at, node) in world.nodes.iter_mut().enumerate() {
            node.state = if at < count {
                NodeState::Unready
            } else {
                NodeState::Ready
            };
        }
        world.look().halted
    };
    assert_eq!(unready(&mut world, 3), None);
    let halted = unready(&mut world, 4).unwrap();
    assert_eq!(
        halted,
        "4 of 8 nodes are unready, more than 45 % and more than 3"
    );
    // Three unready nodes are never too many.
    world.nodes.truncate(4);
    world.groups[group].target = 4;
    assert_eq!(unready(&mut world, 3), None);
}

#[test]
fn a_group_whose_nodes_are_gone_does_not_grow() {
    let mut world = World::new();
    let group = world.group("g", 0, 20, 4000, 16);
    for _ in 0..8 {
        world.node(group);
    }
    // The provider says eight, and only three are there: five are missing, none was asked for.
    world.nodes.truncate(3);
    for _ in 0..60 {
        world.pod(4000, 100);
    }
    let outcome = world.pass();
    assert_eq!(outcome.scale_up, None);
    assert_eq!(outcome.not_helped[0].groups[0].why, Why::NotReady);
}

#[test]
fn pods_of_a_node_being_drained_count_as_pending() {
    use drydock_autoscaler::nodes::cluster_autoscaler::Deletion;
    let mut world = World::new();
    let group = world.group("g", 0, 10, 4000, 16);
    let node = world.node(group);
    world.run(node, 1000, 100);
    world.run_with(node, 1000, 100, |pod, _| pod.owner = Owner::DaemonSet);
    world.run_with(node, 1000, 100, |pod, _| pod.owner = Owner::Nobody);
    world.at(node).deletion = Some(Deletion::Drain);
    let outcome = world.pass();
    assert_eq!(grown(&outcome), Some(("g", 1)));
    assert_eq!(outcome.scale_up.unwrap().pods.len(), 1);
}

#[test]
fn refusals_name_the_reason_of_each_group() {
    let mut world = World::new();
    world.group("a", 0, 10, 1000, 1);
    world.group("b", 0, 10, 4000, 16);
    let pod = world.pod_with(2000, 100, |_, wish| {
        wish.label = Some(("group", "c".to_owned()));
    });
    let outcome = world.pass();
    assert_eq!(outcome.not_helped.len(), 1);
    assert_eq!(outcome.not_helped[0].pod, pod);
    let whys: Vec<(String, String)> = outcome.not_helped[0]
        .groups
        .iter()
        .map(|group| (group.group.clone(), group.why.to_string()))
        .collect();
    let expect = [
        ("a", "Insufficient cpu"),
        ("b", "node(s) didn't match Pod's node affinity/selector"),
    ];
    assert_eq!(
        whys,
        expect.map(|(group, why)| (group.to_owned(), why.to_owned()))
    );
}
