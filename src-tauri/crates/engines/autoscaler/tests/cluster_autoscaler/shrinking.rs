//! Nodes that are not needed: when they go, in what order, and what keeps them.

use drydock_autoscaler::nodes::cluster_autoscaler::{
    Blocking, Deletion, NodeState, Outcome, Unremovable,
};
use drydock_autoscaler::nodes::{Budget, NodeRef, Owner};

use crate::trial::{MINUTE, SECOND};
use crate::world::World;

/// A cluster of one group with so many nodes of 4 cores and 16 GiB.
fn cluster(min: u32, nodes: usize) -> (World, Vec<NodeRef>) {
    let mut world = World::new();
    let group = world.group("g", min, 20, 4000, 16);
    let nodes = (0..nodes).map(|_| world.node(group)).collect();
    (world, nodes)
}

fn removed(outcome: &Outcome) -> Vec<NodeRef> {
    outcome
        .removals
        .iter()
        .map(|removal| removal.node)
        .collect()
}

fn first_removal(world: &mut World, most: u64) -> Option<(u64, Outcome)> {
    world.until(most, |outcome| !outcome.removals.is_empty())
}

#[test]
fn the_whole_story() {
    let mut world = World::new();
    let group = world.group("g", 1, 10, 4000, 16);
    let first = world.node(group);
    world.run(first, 3000, 100);
    let load: Vec<_> = (0..4).map(|_| world.pod(2000, 100)).collect();

    let (took, outcome) = world
        .until(MINUTE, |outcome| outcome.scale_up.is_some())
        .unwrap();
    let up = outcome.scale_up.unwrap();
    assert_eq!((took, up.count, up.pods.len()), (0, 2, 4));
    // They come after a minute, and all is well.
    let settled = world.until(2 * MINUTE, |outcome| outcome.waiting.is_empty());
    assert_eq!(settled.unwrap().0, MINUTE);
    assert_eq!((world.nodes.len(), world.pending().len()), (3, 0));
    assert!(
        world
            .until(30 * MINUTE, |outcome| !outcome.removals.is_empty())
            .is_none()
    );

    // The load goes: ten minutes later, and not before, the nodes go.
    for pod in load {
        world.delete_pod(pod);
    }
    let (took, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(
        (took, outcome.removals.len()),
        (10 * MINUTE + 10 * SECOND, 2)
    );
    assert!(
        outcome
            .removals
            .iter()
            .all(|removal| removal.pods.is_empty())
    );
    world.tick(MINUTE);
    assert_eq!((world.nodes.len(), world.groups[group].target), (1, 1));
    // The last one stays.
    assert_eq!(first_removal(&mut world, 30 * MINUTE), None);
}

#[test]
fn not_within_ten_minutes_after_growing() {
    let (mut world, nodes) = cluster(0, 2);
    let busy = world.group("busy", 0, 10, 4000, 16);
    world.run(nodes[0], 3000, 100);
    // Unneeded for six minutes when another group grows.
    world.until(6 * MINUTE, |_| false);
    world.pod_with(4000, 100, |_, wish| {
        wish.label = Some(("group", "busy".to_owned()));
    });
    let outcome = world.pass();
    assert_eq!(outcome.scale_up.unwrap().group, "busy");
    let grown_at = world.now;
    world.tick(5 * MINUTE);
    let outcome = world.pass();
    let until = grown_at + 10 * MINUTE;
    assert_eq!(
        World::why(&outcome, nodes[1]),
        Some(&Unremovable::Cooldown(until))
    );
    let (took, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!((took, removed(&outcome)), (5 * MINUTE, vec![nodes[1]]));
    assert_eq!(world.groups[busy].target, 1);
}

#[test]
fn three_minutes_after_a_failure() {
    let (mut world, nodes) = cluster(0, 2);
    world.run(nodes[0], 3000, 100);
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), [nodes[1]]);
    // The removal comes to nothing, and is not tried again for a while.
    world.give_back(nodes[1]);
    let until = world.now + 3 * MINUTE;
    world.memory.removal_failed(world.now);
    world.tick(10 * SECOND);
    let outcome = world.look();
    assert_eq!(
        World::why(&outcome, nodes[1]),
        Some(&Unremovable::Cooldown(until))
    );
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!((world.now, removed(&outcome)), (until, vec![nodes[1]]));
}

#[test]
fn a_node_has_to_be_unneeded_without_a_break() {
    let (mut world, nodes) = cluster(0, 2);
    world.run(nodes[0], 3000, 100);
    world.until(9 * MINUTE, |_| false);
    let visitor = world.run(nodes[1], 2000, 100);
    let outcome = world.pass();
    assert_eq!(
        World::why(&outcome, nodes[1]),
        Some(&Unremovable::NotUnderutilized(0.5))
    );
    assert_eq!(world.memory.unneeded_since(nodes[1]), None);
    world.delete_pod(visitor);
    world.tick(10 * SECOND);
    let (took, _) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(took, 10 * MINUTE + 10 * SECOND);
}

#[test]
fn below_half_and_not_at_half() {
    for (milli_cpu, mib, expect) in [
        (1999, 100, None),
        (2000, 100, Some(Unremovable::NotUnderutilized(0.5))),
        (100, 8 << 10, Some(Unremovable::NotUnderutilized(0.5))),
        (100, (8 << 10) - 1, None),
    ] {
        let (mut world, nodes) = cluster(0, 2);
        world.run(nodes[0], 100, 100);
        world.at(nodes[0]).scale_down_disabled = true;
        world.run(nodes[1], milli_cpu, mib);
        let outcome = world.pass();
        let since = Unremovable::NotUnneededLongEnough(world.now);
        let expect = expect.unwrap_or(since);
        assert_eq!(
            World::why(&outcome, nodes[1]),
            Some(&expect),
            "{milli_cpu} {mib}"
        );
    }
}

/// A pod on the second of two nodes, changed -> why that node stays.
fn check_pod(
    change: impl FnOnce(&mut drydock_autoscaler::nodes::Pod, &mut crate::trial::Wish),
    allowed: i32,
    expect: Option<Blocking>,
) {
    let (mut world, nodes) = cluster(0, 2);
    world.at(nodes[0]).scale_down_disabled = true;
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: allowed,
    });
    let pod = world.run_with(nodes[1], 1000, 100, change);
    let outcome = world.pass();
    let since = Unremovable::NotUnneededLongEnough(world.now);
    let expect = expect.map_or(since, |why| Unremovable::BlockedByPod(pod, why));
    assert_eq!(World::why(&outcome, nodes[1]), Some(&expect));
}

#[test]
fn pods_that_keep_their_node() {
    check_pod(|_, _| (), 0, None);
    check_pod(
        |pod, _| pod.owner = Owner::Nobody,
        0,
        Some(Blocking::NotReplicated),
    );
    check_pod(
        |pod, _| pod.safe_to_evict = Some(false),
        0,
        Some(Blocking::NotSafeToEvictAnnotation),
    );
    check_pod(
        |pod, _| pod.namespace = "kube-system".to_owned(),
        0,
        Some(Blocking::UnmovableKubeSystemPod),
    );
    check_pod(
        |pod, _| pod.local_storage = true,
        0,
        Some(Blocking::LocalStorageRequested),
    );
    check_pod(
        |pod, _| pod.budgets = vec![0],
        0,
        Some(Blocking::NotEnoughPdb),
    );
    check_pod(|pod, _| pod.budgets = vec![0], 1, None);
    // One that is expendable keeps nothing.
    let expendable = |pod: &mut drydock_autoscaler::nodes::Pod, _: &mut _| {
        pod.owner = Owner::Nobody;
        pod.priority = -11;
    };
    check_pod(expendable, 0, None);
}

#[test]
fn other_reasons_to_stay() {
    let (mut world, nodes) = cluster(2, 2);
    let foreign = world.node(0);
    world.at(foreign).group = None;
    world.groups[0].target = 2;
    let outcome = world.pass();
    assert_eq!(
        World::why(&outcome, nodes[0]),
        Some(&Unremovable::NodeGroupMinSizeReached)
    );
    assert_eq!(
        World::why(&outcome, foreign),
        Some(&Unremovable::NotAutoscaled)
    );

    let (mut world, nodes) = cluster(0, 4);
    world.at(nodes[0]).scale_down_disabled = true;
    world.at(nodes[1]).deletion = Some(Deletion::Empty);
    world.at(nodes[2]).state = NodeState::Starting;
    world.run_with(nodes[3], 1000, 100, |_, wish| {
        wish.label = Some(("group", "elsewhere".to_owned()));
    });
    let outcome = world.pass();
    for (node, expect) in [
        (nodes[0], Unremovable::ScaleDownDisabledAnnotation),
        (nodes[1], Unremovable::CurrentlyBeingDeleted),
        (nodes[2], Unremovable::Starting),
        (
            nodes[3],
            Unremovable::NoPlaceToMovePods(drydock_autoscaler::nodes::PodRef(1)),
        ),
    ] {
        assert_eq!(World::why(&outcome, node), Some(&expect));
    }
    // What could not be emptied is left alone for five minutes.
    let until = world.now + 5 * MINUTE;
    world.tick(5 * MINUTE - SECOND);
    let outcome = world.pass();
    assert_eq!(
        World::why(&outcome, nodes[3]),
        Some(&Unremovable::RecentlyUnremovable(until))
    );
    world.tick(SECOND);
    let outcome = world.pass();
    assert!(matches!(
        World::why(&outcome, nodes[3]),
        Some(Unremovable::NoPlaceToMovePods(_))
    ));
}

#[test]
fn empty_nodes_go_ten_at_a_time() {
    let (mut world, nodes) = cluster(1, 14);
    world.run(nodes[0], 3000, 100);
    world.drain = 2 * MINUTE;
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), nodes[1..11]);
    let waits = World::why(&outcome, nodes[11]);
    assert_eq!(waits, Some(&Unremovable::ParallelismReached));
    world.tick(10 * SECOND);
    assert_eq!(removed(&world.pass()), [], "ten are under way");
    world.tick(2 * MINUTE);
    assert_eq!(removed(&world.pass()), nodes[11..]);
}

#[test]
fn nodes_are_drained_one_after_another() {
    let (mut world, nodes) = cluster(0, 4);
    for &node in &nodes {
        world.run(node, 900, 100);
    }
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    // All four could go but for one: the pods of three have a place on the last.
    assert_eq!(removed(&outcome), [nodes[0]]);
    assert_eq!(outcome.removals[0].pods.len(), 1);
    let parallel = World::why(&outcome, nodes[1]);
    assert_eq!(parallel, Some(&Unremovable::ParallelismReached));
    assert!(matches!(
        World::why(&outcome, nodes[3]),
        Some(Unremovable::NoPlaceToMovePods(_) | Unremovable::RecentlyUnremovable(_))
    ));
    world.tick(10 * SECOND);
    assert_eq!(removed(&world.pass()), [], "one is being drained");
    world.tick(30 * SECOND);
    assert_eq!(removed(&world.pass()), [nodes[1]]);
    world.tick(MINUTE);
    // The third has the pods of both now, and the last one's pod finds room there.
    let outcome = world.pass();
    let why = World::why(&outcome, nodes[2]);
    assert_eq!(why, Some(&Unremovable::NotUnderutilized(0.675)));
    let (_, outcome) = first_removal(&mut world, 30 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), [nodes[3]]);
    world.tick(MINUTE);
    assert_eq!((world.nodes.len(), world.pending().len()), (1, 0));
}

#[test]
fn drains_may_be_parallel() {
    let (mut world, nodes) = cluster(0, 4);
    world.settings.max_drain_parallelism = 2;
    for &node in &nodes {
        world.run(node, 900, 100);
    }
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), nodes[..2]);
}

#[test]
fn a_budget_holds_for_all_nodes_of_a_pass() {
    let (mut world, nodes) = cluster(0, 4);
    world.settings.max_drain_parallelism = 10;
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: 1,
    });
    for &node in &nodes {
        world.run_with(node, 900, 100, |pod, _| pod.budgets = vec![0]);
    }
    let outcome = world.pass();
    let blocked = |outcome: &Outcome, node| {
        matches!(
            World::why(outcome, node),
            Some(Unremovable::BlockedByPod(_, Blocking::NotEnoughPdb))
        )
    };
    assert!(!blocked(&outcome, nodes[0]));
    assert!(nodes[1..].iter().all(|&node| blocked(&outcome, node)));
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), [nodes[0]]);
}

#[test]
fn a_drain_that_a_budget_slows_comes_last() {
    let (mut world, nodes) = cluster(0, 3);
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: 1,
    });
    // Two pods of one budget cannot go at once.
    for _ in 0..2 {
        world.run_with(nodes[0], 500, 100, |pod, _| pod.budgets = vec![0]);
    }
    world.run(nodes[1], 900, 100);
    world.run(nodes[2], 1900, 100);
    let (_, outcome) = first_removal(&mut world, 20 * MINUTE).unwrap();
    assert_eq!(removed(&outcome), [nodes[1]]);
}

#[test]
fn an_unready_node_goes_after_twenty_minutes() {
    let (mut world, nodes) = cluster(0, 2);
    world.run(nodes[0], 3000, 100);
    world.at(nodes[1]).state = NodeState::Unready;
    let outcome = world.pass();
    let since = Unremovable::NotUnreadyLongEnough(world.now);
    assert_eq!(World::why(&outcome, nodes[1]), Some(&since));
    let (took, outcome) = first_removal(&mut world, 30 * MINUTE).unwrap();
    assert_eq!(
        (took, removed(&outcome)),
        (20 * MINUTE + 10 * SECOND, vec![nodes[1]])
    );
}

#[test]
fn pods_that_have_just_come_put_removals_off() {
    let (mut world, nodes) = cluster(0, 2);
    world.run(nodes[0], 3000, 100);
    world.until(10 * MINUTE, |_| false);
    let just_now = world.now - SECOND;
    world.pod_with(4001, 100, |pod, _| pod.created_ns = just_now);
    let outcome = world.look();
    assert_eq!(
        World::why(&outcome, nodes[1]),
        Some(&Unremovable::PodsJustCame)
    );
    // The same pod a little later: nothing helps it, and the node goes.
    world.now += SECOND;
    assert_eq!(removed(&world.look()), [nodes[1]]);
}

#[test]
fn pods_that_wait_take_the_room_that_removals_would_need() {
    let (mut world, nodes) = cluster(0, 2);
    world.run(nodes[0], 1900, 100);
    world.run(nodes[1], 1900, 100);
    let outcome = world.pass();
    assert!(matches!(
        World::why(&outcome, nodes[0]),
        Some(Unremovable::NotUnneededLongEnough(_))
    ));
    // A pod that will be bound to the second node leaves no room for the first one's.
    world.pod(500, 100);
    world.memory = drydock_autoscaler::nodes::cluster_autoscaler::Memory::default();
    let outcome = world.pass();
    assert_eq!(outcome.waiting.len(), 1);
    let stay = |node| {
        let why = World::why(&outcome, node);
        matches!(why, Some(Unremovable::NoPlaceToMovePods(_)))
    };
    assert!(stay(nodes[0]) || stay(nodes[1]), "{:?}", outcome.kept);
}

#[test]
fn nothing_is_removed_where_that_is_switched_off() {
    let (mut world, _) = cluster(0, 3);
    world.settings.scale_down_enabled = false;
    assert_eq!(first_removal(&mut world, 30 * MINUTE), None);
    assert!(world.pass().kept.is_empty());
}
