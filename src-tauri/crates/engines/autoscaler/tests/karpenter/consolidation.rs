//! Fewer and cheaper nodes: what is removed, what is replaced, and what is not worth it.

use drydock_autoscaler::nodes::NodeRef;
use drydock_autoscaler::nodes::karpenter::{CapacityType, DisruptionBudget, Method, Share, Why};

use crate::trial::{SECOND, amounts};
use crate::world::{World, money};

/// Lets everything go at once.
pub fn unbound(world: &mut World) {
    for pool in &mut world.pools {
        pool.disruption.budgets.clear();
    }
}

/// What is found now and done 15 s later: how, the number of nodes, and the types that replace them.
pub fn found(world: &mut World) -> Option<(Method, usize, Vec<String>)> {
    let began = world.commands.len();
    for _ in 0..3 {
        let outcome = world.disrupt();
        if world.commands.len() > began {
            let command = &world.commands[began];
            let types = command.replacements.iter();
            let types = types.map(|launch| launch.instance_type.clone()).collect();
            return Some((command.method, command.nodes.len(), types));
        }
        world.now = outcome.next_ns;
    }
    None
}

/// Nodes as (type, milli-cores of each pod) -> what is done.
fn check(nodes: &[(&str, &[u64])], expect: Option<(Method, usize, &[&str])>) {
    let mut world = World::new();
    unbound(&mut world);
    for &(instance_type, pods) in nodes {
        let node = world.node(instance_type);
        for &milli_cpu in pods {
            world.run(node, milli_cpu, 100);
        }
    }
    let got = found(&mut world);
    let got = got.as_ref().map(|(method, count, types)| {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        (*method, *count, types)
    });
    let expect = expect.map(|(method, count, types)| (method, count, types.to_vec()));
    assert_eq!(got, expect, "{nodes:?}");
}

#[test]
fn empty_nodes_go_together() {
    let gone = |count| Some((Method::Emptiness, count, &[][..]));
    check(&[("small", &[])], gone(1));
    check(&[("small", &[]), ("huge", &[]), ("large", &[900])], gone(2));
    check(&[("small", &[900])], None);
}

#[test]
fn one_node_for_a_cheaper_one() {
    let single = |types: &'static [&'static str]| Some((Method::SingleNode, 1, types));
    check(&[("huge", &[900])], single(&["small"]));
    check(&[("huge", &[3000])], single(&["large"]));
    // As dear is not cheaper.
    check(&[("large", &[2001])], None);
    check(&[("large", &[2000])], single(&["medium"]));
    // Its pods fit beside others: it goes for nothing. The one with fewer pods goes.
    check(
        &[("medium", &[500, 500, 500]), ("medium", &[500])],
        single(&[]),
    );
}

#[test]
fn many_nodes_for_at_most_one() {
    let many = |count, types: &'static [&'static str]| Some((Method::MultiNode, count, types));
    check(
        &[("large", &[900]), ("large", &[900])],
        many(2, &["medium"]),
    );
    check(&[("large", &[900][..]); 4], many(3, &[]));
    check(&[("medium", &[1500][..]); 4], None);
    // Two mediums cost as much as a large one.
    check(&[("medium", &[1500]), ("medium", &[1500])], None);
    // Three of them cost more; but two are tried before three.
    check(&[("medium", &[1300][..]); 3], None);
    // One of three huge ones takes the pods of two; all three can go for a large one.
    check(&[("huge", &[1300][..]); 3], many(3, &["large"]));
    // Room on a third takes the pods of two.
    check(
        &[
            ("small", &[500]),
            ("small", &[500]),
            ("large", &[900, 900, 900, 100]),
        ],
        many(2, &[]),
    );
}

#[test]
fn a_replacement_of_a_type_that_goes_is_no_gain() {
    // Two huge ones and a small one, whose pods fit on one small one: two huge ones can simply go.
    // The example of `filterOutSameInstanceType`.
    let mut world = World::new();
    unbound(&mut world);
    for instance_type in ["huge", "huge", "small"] {
        let node = world.node(instance_type);
        world.run(node, 300, 100);
    }
    let (method, count, types) = found(&mut world).unwrap();
    assert_eq!((method, count, types), (Method::MultiNode, 2, vec![]));
    assert!(world.commands[0].price_after < world.commands[0].price_before);
    let gone = &world.commands[0].nodes;
    assert_eq!(gone, &[NodeRef(0), NodeRef(1)], "the huge ones");
}

#[test]
fn a_type_cheaper_than_all_of_them_is() {
    let mut world = World::new();
    unbound(&mut world);
    let nano = world.offer(
        ("pool", "nano", "a"),
        CapacityType::OnDemand,
        amounts(900, 4),
        "0.03",
    );
    world.pools[0].offers.push(nano);
    for instance_type in ["huge", "huge", "small"] {
        let node = world.node(instance_type);
        world.run(node, 300, 100);
    }
    let (method, count, types) = found(&mut world).unwrap();
    assert_eq!(
        (method, count, types),
        (Method::MultiNode, 3, vec!["nano".to_owned()])
    );
    let command = &world.commands[0];
    assert_eq!(command.price_before, money("0.85"));
    assert_eq!(command.price_after, money("0.03"));
}

#[test]
fn the_dearest_zone_of_a_type_counts() {
    let mut world = World::new();
    world.pools.clear();
    world.pool("pool", &["a", "b"], &[CapacityType::OnDemand]);
    unbound(&mut world);
    let node = world.node("large");
    world.run(node, 2000, 100);
    let medium = 5;
    assert_eq!(world.pools[0].offers[medium].instance_type, "medium");
    world.pools[0].offers[medium].price_per_hour = money("0.20");
    assert_eq!(
        found(&mut world),
        None,
        "a medium in zone b would be as dear"
    );
    let outcome = world.disrupt();
    assert_eq!(World::why(&outcome, node), Some(&Why::NothingCheaper));
    world.pools[0].offers[medium].price_per_hour = money("0.19");
    world.now += 300 * SECOND;
    let (_, _, types) = found(&mut world).unwrap();
    assert_eq!(types, ["medium"]);
}

#[test]
fn spot_is_not_replaced_by_spot() {
    let mut world = World::new();
    world.pools.clear();
    world.pool(
        "pool",
        &["a"],
        &[CapacityType::OnDemand, CapacityType::Spot],
    );
    unbound(&mut world);
    let offers = &world.pools[0].offers;
    let huge_spot = offers
        .iter()
        .position(|offer| {
            offer.instance_type == "huge" && offer.capacity_type == CapacityType::Spot
        })
        .unwrap();
    let node = world.node_of(0, huge_spot);
    world.run(node, 100, 100);
    assert_eq!(found(&mut world), None);
    let outcome = world.disrupt();
    assert_eq!(World::why(&outcome, node), Some(&Why::SpotToSpot));
    // It is removed for nothing where there is room.
    let other = world.node("huge");
    world.run(other, 8000, 100);
    world.at(other).do_not_disrupt = true;
    assert_eq!(found(&mut world), None);
    world.delete_pod(drydock_autoscaler::nodes::PodRef(2));
    world.now += SECOND;
    world.run(other, 100, 100);
    let (_, count, types) = found(&mut world).unwrap();
    assert_eq!(count, 1);
    assert!(types.is_empty(), "one node takes both pods: {types:?}");
}

#[test]
fn on_demand_is_replaced_by_spot() {
    let mut world = World::new();
    world.pools.clear();
    world.pool(
        "pool",
        &["a"],
        &[CapacityType::OnDemand, CapacityType::Spot],
    );
    unbound(&mut world);
    let node = world.node("small");
    world.run(node, 100, 100);
    assert!(found(&mut world).is_some());
    let launch = &world.commands[0].replacements[0];
    let got = (launch.instance_type.as_str(), launch.capacity_type);
    assert_eq!(got, ("small", CapacityType::Spot));
}

#[test]
fn the_longest_run_is_found_by_halving() {
    // Ten nodes, the cheapest to disrupt first; the pods of the first six fit on a huge one.
    let mut world = World::new();
    unbound(&mut world);
    for at in 0..10 {
        let node = world.node("medium");
        let milli_cpu = if at < 6 { 1300 } else { 2000 };
        world.run(node, milli_cpu, 100);
    }
    let (method, count, types) = found(&mut world).unwrap();
    assert_eq!(
        (method, count, types),
        (Method::MultiNode, 6, vec!["huge".to_owned()])
    );
}

#[test]
fn no_more_than_a_hundred_at_once() {
    let mut world = World::new();
    unbound(&mut world);
    world.settings.max_multi_node = 3;
    for _ in 0..5 {
        let node = world.node("large");
        world.run(node, 900, 100);
    }
    let (_, count, _) = found(&mut world).unwrap();
    assert_eq!(count, 3);
}

#[test]
fn cheap_disruptions_first() {
    let mut world = World::new();
    unbound(&mut world);
    // Each could go to the other's place; one has an important pod.
    let important = world.node("medium");
    world.run_with(important, 600, 100, |pod, _| pod.priority = 1_000_000_000);
    let plain = world.node("medium");
    world.run(plain, 600, 100);
    assert!(found(&mut world).is_some());
    assert_eq!(world.commands[0].nodes[0], plain);

    // A node that will soon expire anyway costs nothing.
    let mut world = World::new();
    unbound(&mut world);
    world.pools[0].expire_after_seconds = Some(2 * 3600);
    let fresh = world.node("medium");
    let now = world.now;
    world.at(fresh).created_ns = now;
    world.run(fresh, 600, 100);
    let old = world.node("medium");
    world.run(old, 300, 100);
    world.run(old, 300, 100);
    world.at(old).created_ns = now - 7190 * SECOND;
    world.settings.max_multi_node = 1;
    let outcome = world.disrupt();
    world.now = outcome.next_ns;
    world.disrupt();
    assert_eq!(world.commands[0].nodes, [old]);
}

#[test]
fn budgets_of_the_pool() {
    let nodes = |count: usize, pods: &[u64], budget: Share| {
        let mut world = World::new();
        world.pools[0].disruption.budgets = vec![DisruptionBudget {
            reasons: None,
            nodes: budget,
        }];
        for _ in 0..count {
            let node = world.node("large");
            for &milli_cpu in pods {
                world.run(node, milli_cpu, 100);
            }
        }
        world
    };
    // A tenth of eleven, rounded up.
    for (count, expect) in [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3)] {
        let mut world = nodes(count, &[], Share::Percent(10));
        let got = found(&mut world).map(|(_, count, _)| count);
        assert_eq!(got, Some(expect), "{count} empty nodes");
        // As many as may be are on their way out.
        let outcome = world.disrupt();
        let held_back = outcome
            .kept
            .iter()
            .filter(|kept| kept.why == Why::PoolBudget);
        assert_eq!(held_back.count(), count - expect);
        assert_eq!(found(&mut world), None);
    }
    let mut world = nodes(4, &[], Share::Nodes(0));
    assert_eq!(found(&mut world), None);
    let mut world = nodes(4, &[900], Share::Nodes(0));
    assert_eq!(found(&mut world), None);
    // Three may go, and so three are consolidated rather than four.
    let mut world = nodes(4, &[900], Share::Nodes(3));
    assert_eq!(found(&mut world).map(|(_, count, _)| count), Some(3));
    // Nodes that are not ready use it up.
    let mut world = nodes(4, &[900], Share::Nodes(1));
    world.nodes[3].ready = false;
    assert_eq!(found(&mut world), None);
}

#[test]
fn what_cannot_be_moved_stays() {
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("huge");
    let pod = world.run_with(node, 900, 100, |_, wish| {
        wish.label = Some(("zone", "elsewhere".to_owned()));
    });
    let outcome = world.disrupt();
    let why = "pool: no offer meets what the pod requires".to_owned();
    assert_eq!(World::why(&outcome, node), Some(&Why::NoPlace(pod, why)));

    // It would take two nodes in its place.
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("huge");
    for _ in 0..2 {
        world.run_with(node, 900, 100, |pod, wish| {
            pod.shape = 3;
            wish.apart = Some(1);
        });
    }
    let outcome = world.disrupt();
    assert_eq!(World::why(&outcome, node), Some(&Why::NeedsNodes(2)));
}

#[test]
fn a_node_that_is_not_up_is_no_reason_to_remove_another() {
    let mut world = World::new();
    unbound(&mut world);
    let node = world.node("large");
    let pod = world.run(node, 2500, 100);
    world.pod(1000, 100);
    world.pools[0]
        .offers
        .retain(|offer| offer.instance_type == "large");
    world.nodes[0].offer = Some(0);
    let other = world.node("large");
    world.run(other, 4000, 100);
    world.delete_pod(drydock_autoscaler::nodes::PodRef(2));
    let third = world.provision();
    assert_eq!(third.launches.len(), 0);
    let waiting = world.pod(3000, 100);
    let launched = world.provision();
    assert_eq!(launched.launches[0].pods, [waiting]);
    world.delete_pod(waiting);
    world.at(other).do_not_disrupt = true;
    world.now += 60 * SECOND;
    let outcome = world.disrupt();
    assert_eq!(
        World::why(&outcome, node),
        Some(&Why::OnlyOnANodeNotUp(pod))
    );
}
