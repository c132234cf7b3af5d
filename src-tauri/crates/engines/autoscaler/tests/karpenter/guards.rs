//! What keeps Karpenter from disrupting a node: annotations, budgets, policies, time, and changes
//! between finding and doing.

use drydock_autoscaler::nodes::karpenter::{
    ConsolidationPolicy, DisruptionBudget, Method, Reason, Share, Why, awaiting_eviction,
};
use drydock_autoscaler::nodes::{Budget, Owner, PodRef};

use crate::consolidation::{found, unbound};
use crate::trial::{MINUTE, SECOND};
use crate::world::World;

/// A huge node with one small pod, which a small one could replace; changed -> why it stays.
fn check(change: impl FnOnce(&mut World), expect: Option<Why>) {
    let mut world = World::new();
    unbound(&mut world);
    world.budgets.push(Budget {
        name: "default/budget".to_owned(),
        disruptions_allowed: 0,
    });
    world.budgets.push(Budget {
        name: "default/other".to_owned(),
        disruptions_allowed: 1,
    });
    let node = world.node("huge");
    world.run(node, 900, 100);
    change(&mut world);
    let outcome = world.disrupt();
    let expect = expect.unwrap_or(Why::Validating);
    assert_eq!(World::why(&outcome, node), Some(&expect));
}

fn pod(world: &mut World) -> &mut drydock_autoscaler::nodes::Pod {
    world.pods.get_mut(&PodRef(1)).unwrap()
}

#[test]
fn reasons_to_stay() {
    check(|_| (), None);
    check(|world| world.nodes[0].pool = None, Some(Why::NotManaged));
    check(|world| world.nodes[0].offer = None, Some(Why::UnknownOffer));
    check(
        |world| world.nodes[0].offer = Some(99),
        Some(Why::UnknownOffer),
    );
    check(
        |world| world.nodes[0].initialized_ns = None,
        Some(Why::NotInitialized),
    );
    check(|world| world.nodes[0].deleting = true, Some(Why::Leaving));
    check(
        |world| world.nodes[0].do_not_disrupt = true,
        Some(Why::DoNotDisrupt),
    );
    check(
        |world| pod(world).do_not_disrupt = true,
        Some(Why::PodDoNotDisrupt(PodRef(1))),
    );
    // A finished pod has no say.
    check(
        |world| {
            pod(world).do_not_disrupt = true;
            pod(world).finished = true;
        },
        None,
    );
    check(
        |world| pod(world).budgets = vec![0],
        Some(Why::PodBudget("default/budget".to_owned())),
    );
    check(|world| pod(world).budgets = vec![1], None);
    check(
        |world| pod(world).budgets = vec![1, 1],
        Some(Why::SeveralPodBudgets(PodRef(1))),
    );
}

#[test]
fn consolidation_policies() {
    let policy = |policy| {
        move |world: &mut World| {
            world.pools[0].disruption.consolidation_policy = policy;
        }
    };
    check(policy(ConsolidationPolicy::WhenEmptyOrUnderutilized), None);
    check(
        policy(ConsolidationPolicy::WhenEmpty),
        Some(Why::ConsolidatedWhenEmpty),
    );
    // An empty node goes by either.
    for policy in [
        ConsolidationPolicy::WhenEmpty,
        ConsolidationPolicy::WhenEmptyOrUnderutilized,
    ] {
        let mut world = World::new();
        world.pools[0].disruption.consolidation_policy = policy;
        world.node("huge");
        assert_eq!(
            found(&mut world).map(|(method, ..)| method),
            Some(Method::Emptiness)
        );
    }
    let never = |world: &mut World| {
        world.pools[0].disruption.consolidate_after_seconds = None;
    };
    check(never, Some(Why::ConsolidationDisabled));
    let mut world = World::new();
    never(&mut world);
    world.node("huge");
    assert_eq!(found(&mut world), None);
}

#[test]
fn consolidation_waits_for_pods_to_settle() {
    let mut world = World::new();
    unbound(&mut world);
    world.pools[0].disruption.consolidate_after_seconds = Some(300);
    let node = world.node("huge");
    world.run(node, 900, 100);
    let moved_at = world.now;
    world.at(node).last_pod_event_ns = Some(moved_at);
    let outcome = world.disrupt();
    let from = moved_at + 5 * MINUTE;
    assert_eq!(World::why(&outcome, node), Some(&Why::TooEarly(from)));
    world.now = from - 1;
    assert_eq!(
        World::why(&world.disrupt(), node),
        Some(&Why::TooEarly(from))
    );
    world.now = from;
    assert_eq!(World::why(&world.disrupt(), node), Some(&Why::Validating));

    // A pod that moves while the command waits puts it off.
    world.now = from + 10 * SECOND;
    let later = world.now;
    world.at(node).last_pod_event_ns = Some(later);
    world.now = from + 15 * SECOND;
    let outcome = world.disrupt();
    assert_eq!(outcome.abandoned.len(), 1);
    assert_eq!(
        outcome.abandoned[0].why,
        "1 of 1 nodes may not be disrupted any more"
    );
    assert_eq!((outcome.started.len(), world.commands.len()), (0, 0));
}

#[test]
fn a_command_is_done_fifteen_seconds_after_it_is_found() {
    let mut world = World::new();
    world.node("huge");
    let outcome = world.disrupt();
    assert_eq!(
        (outcome.started.len(), outcome.next_ns),
        (0, world.now + 15 * SECOND)
    );
    world.now += 15 * SECOND - 1;
    let outcome = world.disrupt();
    assert_eq!((outcome.started.len(), outcome.next_ns), (0, world.now + 1));
    world.now += 1;
    let outcome = world.disrupt();
    assert_eq!((outcome.started.len(), outcome.terminate.len()), (1, 1));
    assert_eq!(outcome.next_ns, world.now, "and looked again at once");
    // Nothing is left to do: looked again in ten seconds.
    let outcome = world.disrupt();
    assert_eq!(outcome.next_ns, world.now + 10 * SECOND);
}

#[test]
fn of_empty_nodes_those_go_that_still_are() {
    let mut world = World::new();
    unbound(&mut world);
    let nodes = [
        world.node("small"),
        world.node("small"),
        world.node("small"),
    ];
    let outcome = world.disrupt();
    world.now = outcome.next_ns;
    world.run(nodes[1], 900, 100);
    let outcome = world.disrupt();
    assert_eq!(outcome.started[0].nodes, [nodes[0], nodes[2]]);
}

#[test]
fn a_replacement_that_is_not_large_enough_any_more_is_abandoned() {
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("huge");
    world.run(node, 900, 100);
    let outcome = world.disrupt();
    assert_eq!(World::why(&outcome, node), Some(&Why::Validating));
    world.now = outcome.next_ns;
    world.run(node, 900, 100);
    let outcome = world.disrupt();
    assert_eq!(
        outcome.abandoned[0].why,
        "another node would have to take their place"
    );
    // The next look finds what is right now.
    let (_, _, types) = found(&mut world).unwrap();
    assert_eq!(types, ["medium"]);
}

#[test]
fn room_that_is_taken_meanwhile_saves_the_node() {
    let mut world = World::new();
    unbound(&mut world);
    let (one, other) = (world.node("medium"), world.node("medium"));
    world.run(one, 600, 100);
    world.run(other, 700, 100);
    world.run(other, 100, 100);
    let outcome = world.disrupt();
    world.now = outcome.next_ns;
    world.run(one, 1400, 100);
    world.run(other, 1200, 100);
    let outcome = world.disrupt();
    assert_eq!((outcome.abandoned.len(), outcome.started.len()), (1, 0));
}

#[test]
fn a_node_that_a_pod_is_meant_for_is_spared() {
    let mut world = World::new();
    let node = world.node("huge");
    let pod = world.pod(900, 100);
    world.provision();
    let outcome = world.disrupt();
    assert_eq!(World::why(&outcome, node), Some(&Why::Nominated));
    // Twice the longest batch later nobody counts on it any more.
    world.delete_pod(pod);
    world.now += 20 * SECOND - 1;
    assert_eq!(World::why(&world.disrupt(), node), Some(&Why::Nominated));
    world.now += 1;
    assert_eq!(World::why(&world.disrupt(), node), Some(&Why::Validating));
}

#[test]
fn drifted_nodes_are_replaced_whatever_it_costs() {
    let mut world = World::new();
    unbound(&mut world);
    world.pools[0].disruption.consolidate_after_seconds = None;
    let (later, earlier) = (world.node("small"), world.node("small"));
    let now = world.now;
    world.run(later, 1000, 100);
    world.run(earlier, 1000, 100);
    world.at(later).drifted_ns = Some(now - SECOND);
    world.at(earlier).drifted_ns = Some(now - 2 * SECOND);
    let empty = world.node("small");
    world.at(empty).drifted_ns = Some(now - 3 * SECOND);
    world.trial.close(empty, true);
    for offer in &mut world.pools[0].offers {
        offer.available = offer.instance_type == "huge";
    }
    // At once, without waiting.
    let outcome = world.disrupt();
    let command = &outcome.started[0];
    assert_eq!(
        (command.method, &command.nodes),
        (Method::Drift, &vec![earlier])
    );
    assert_eq!(command.replacements[0].instance_type, "huge");
    assert!(command.price_after > command.price_before);
    // The other one's pod has room on what is coming.
    let outcome = world.disrupt();
    assert_eq!(outcome.started, []);
    assert!(matches!(
        World::why(&outcome, later),
        Some(Why::OnlyOnANodeNotUp(_))
    ));
}

#[test]
fn budgets_by_reason() {
    let mut world = World::new();
    world.pools[0].disruption.budgets = vec![DisruptionBudget {
        reasons: Some(vec![Reason::Drifted]),
        nodes: Share::Nodes(0),
    }];
    let node = world.node("huge");
    world.run(node, 8000, 100);
    world.at(node).drifted_ns = Some(0);
    let outcome = world.disrupt();
    assert_eq!(outcome.started, []);
    world.pools[0].disruption.budgets[0].reasons = Some(vec![Reason::Underutilized]);
    assert_eq!(world.disrupt().started.len(), 1);
}

#[test]
fn replacements_come_before_the_nodes_go() {
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("huge");
    let pod = world.run(node, 900, 100);
    assert!(found(&mut world).is_some());
    for _ in 0..59 {
        world.tick();
        assert!(!world.at(node).deleting);
        assert_eq!(world.trial.node_of(pod), Some(node));
    }
    world.ticks(12);
    assert!(world.at(node).deleting, "its replacement is up");
    world.ticks(30);
    assert_eq!(
        (world.types(), world.pending()),
        (vec!["small".to_owned()], vec![])
    );
}

#[test]
fn replacements_that_do_not_come_undo_the_command() {
    let mut world = World::new();
    unbound(&mut world);
    world.boot = None;
    let node = world.node("huge");
    world.run(node, 900, 100);
    assert!(found(&mut world).is_some());
    world.now += 10 * MINUTE;
    assert_eq!(world.disrupt().rolled_back, []);
    world.now += SECOND;
    let outcome = world.disrupt();
    assert_eq!(outcome.rolled_back[0].nodes, [node]);
    assert_eq!(outcome.rolled_back[0].why, "the replacements took too long");
    assert!(!world.at(node).deleting);

    // One that fails does so at once.
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("huge");
    world.run(node, 900, 100);
    assert!(found(&mut world).is_some());
    world.nodes.retain(|node| node.id.is_some());
    let outcome = world.disrupt();
    assert_eq!(outcome.rolled_back[0].why, "a replacement failed");
}

#[test]
fn launches_that_take_too_long_are_given_up() {
    let mut world = World::new();
    world.boot = None;
    world.pod(900, 100);
    let claim = world.provision().launches[0].claim;
    world.now += 15 * MINUTE;
    assert_eq!(world.disrupt().given_up, []);
    world.now += SECOND;
    assert_eq!(world.disrupt().given_up, [claim]);
    assert!(world.nodes.is_empty());
    assert_eq!(world.provision().launches.len(), 1);
}

#[test]
fn nodes_expire_whatever_budgets_say() {
    let mut world = World::new();
    world.pools[0].disruption.budgets[0].nodes = Share::Nodes(0);
    world.pools[0].expire_after_seconds = Some(3600);
    let node = world.node("huge");
    let pod = world.run_with(node, 900, 100, |pod, _| pod.do_not_disrupt = true);
    world.at(node).created_ns += 1;
    assert_eq!(world.disrupt().expired, []);
    world.now += 1;
    assert_eq!(world.disrupt().expired, [node]);
    assert_eq!(world.disrupt().expired, [], "once");
    // Its pods get a node before it is gone.
    assert_eq!(world.provision().launches[0].pods, [pod]);
}

#[test]
fn a_node_goes_when_its_pods_are_gone() {
    let mut world = World::new();
    let node = world.node("huge");
    let now = world.now;
    let waited_for = world.run(node, 100, 100);
    world.run_with(node, 100, 100, |pod, _| pod.owner = Owner::Node);
    world.run_with(node, 100, 100, |pod, _| pod.finished = true);
    // Thirty seconds of grace and a minute more.
    world.run_with(node, 100, 100, |pod, _| {
        pod.deleted_ns = Some(now - 91 * SECOND);
    });
    let slow = world.run_with(node, 100, 100, |pod, _| {
        pod.deleted_ns = Some(now - 90 * SECOND);
    });
    world.nodes[0].pods = world.trial.pods_on(node);
    let seen = drydock_autoscaler::nodes::karpenter::Seen {
        now_ns: now,
        pools: &world.pools,
        nodes: &world.nodes,
        pods: &world.pods,
        pending: &[],
        budgets: &[],
    };
    let waiting = awaiting_eviction(&world.nodes[0], &seen);
    assert_eq!(waiting, [waited_for, slow]);
}
