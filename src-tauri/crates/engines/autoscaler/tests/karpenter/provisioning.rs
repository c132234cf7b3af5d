//! Nodes for pods that wait: how many, of which type, and when none.

use drydock_autoscaler::nodes::Owner;
use drydock_autoscaler::nodes::karpenter::{CapacityType, Limits, Provisioned};

use crate::trial::amounts;
use crate::world::World;

fn launched(provisioned: &Provisioned) -> Vec<(&str, usize)> {
    let launches = provisioned.launches.iter();
    launches
        .map(|launch| (launch.instance_type.as_str(), launch.pods.len()))
        .collect()
}

/// Pods of these milli-cores and MiB -> machine types launched, each with its number of pods.
fn check(pods: &[(u64, u64)], expect: &[(&str, usize)]) {
    let mut world = World::new();
    for &(milli_cpu, mib) in pods {
        world.pod(milli_cpu, mib);
    }
    assert_eq!(launched(&world.plan()), expect, "{pods:?}");
}

#[test]
fn the_cheapest_type_that_holds_the_pods() {
    check(&[], &[]);
    check(&[(100, 100)], &[("small", 1)]);
    check(&[(1000, 100)], &[("small", 1)]);
    check(&[(1001, 100)], &[("medium", 1)]);
    check(&[(100, 5 << 10)], &[("medium", 1)]);
    // Pods are packed into one node as long as any type holds them.
    check(&[(1000, 100); 3], &[("large", 3)]);
    check(&[(1000, 100); 9], &[("huge", 8), ("small", 1)]);
    // The largest first: 5 + 3 fill one, 4 + 4 the other.
    check(
        &[(3000, 10), (4000, 10), (5000, 10), (4000, 10)],
        &[("huge", 2), ("huge", 2)],
    );
    check(&[(9000, 10)], &[]);
}

#[test]
fn spot_comes_before_on_demand() {
    let mut world = World::new();
    world.pools.clear();
    let both = [CapacityType::OnDemand, CapacityType::Spot];
    world.pool("pool", &["a"], &both);
    world.pod(3000, 100);
    let launch = world.plan().launches.remove(0);
    let got = (launch.instance_type.as_str(), launch.capacity_type);
    assert_eq!(got, ("large", CapacityType::Spot));
    // Even where it is dearer, as the provider would not know.
    for offer in &mut world.pools[0].offers {
        if offer.capacity_type == CapacityType::Spot {
            offer.price_per_hour = "9".parse().unwrap();
        }
    }
    let launch = world.plan().launches.remove(0);
    assert_eq!(launch.capacity_type, CapacityType::Spot);
    // And not where there is none.
    for offer in &mut world.pools[0].offers {
        offer.available = offer.capacity_type == CapacityType::OnDemand;
    }
    let launch = world.plan().launches.remove(0);
    let got = (launch.instance_type.as_str(), launch.capacity_type);
    assert_eq!(got, ("large", CapacityType::OnDemand));
}

#[test]
fn pools_by_weight() {
    let mut world = World::new();
    let heavy = world.pool("heavy", &["a"], &[CapacityType::OnDemand]);
    world.pools[heavy].weight = 10;
    // Dearer, and still first.
    for offer in &mut world.pools[heavy].offers {
        offer.price_per_hour = "1".parse().unwrap();
    }
    world.pod(100, 100);
    assert_eq!(world.plan().launches[0].pool, heavy);
    // It cannot: the next one does.
    world.pools[heavy].limits.milli_cpu = Some(500);
    assert_eq!(world.plan().launches[0].pool, 0);
    world.pod_with(100, 100, |pod, wish| {
        pod.shape = 1;
        wish.label = Some(("pool", "heavy".to_owned()));
    });
    let provisioned = world.plan();
    assert_eq!(provisioned.launches.len(), 1);
    assert_eq!(
        provisioned.unplaced[0].why,
        "heavy: every offer would exceed the limits of the pool; \
         pool: no offer meets what the pod requires"
    );
}

#[test]
fn limits_bound_what_is_launched() {
    for (limits, expect) in [
        (Limits::default(), vec![("huge", 8), ("small", 1)]),
        (
            Limits {
                milli_cpu: Some(4000),
                ..Limits::default()
            },
            vec![("large", 4)],
        ),
        (
            Limits {
                memory_bytes: Some(8 << 30),
                ..Limits::default()
            },
            vec![("medium", 2)],
        ),
        (
            Limits {
                nodes: Some(1),
                ..Limits::default()
            },
            vec![("huge", 8)],
        ),
        (
            Limits {
                nodes: Some(0),
                ..Limits::default()
            },
            vec![],
        ),
    ] {
        let mut world = World::new();
        world.pools[0].limits = limits;
        for _ in 0..9 {
            world.pod(1000, 10);
        }
        assert_eq!(launched(&world.plan()), expect, "{limits:?}");
    }
    // Nodes that are there count.
    let mut world = World::new();
    world.pools[0].limits.milli_cpu = Some(6000);
    let node = world.node("large");
    world.run(node, 4000, 100);
    for _ in 0..4 {
        world.pod(1000, 10);
    }
    let provisioned = world.plan();
    assert_eq!(launched(&provisioned), [("medium", 2)]);
    assert_eq!(provisioned.unplaced.len(), 2);
    // Above its limits a pool launches nothing, even for what fits.
    world.pools[0].limits.milli_cpu = Some(3999);
    let provisioned = world.plan();
    assert_eq!(
        (provisioned.launches.len(), provisioned.unplaced.len()),
        (0, 4)
    );
}

#[test]
fn nodes_that_are_there_or_coming_are_used_first() {
    let mut world = World::new();
    let node = world.node("medium");
    world.run(node, 1500, 100);
    let small = world.pod(500, 100);
    let large = world.pod(3000, 100);
    let provisioned = world.provision();
    assert_eq!(launched(&provisioned), [("large", 1)]);
    assert_eq!(provisioned.launches[0].pods, [large]);
    let nominated = &provisioned.nominated[0];
    assert_eq!(
        (nominated.pod, nominated.node.as_str()),
        (small, "pool-000")
    );
    // What is on its way is not launched again, and has room for one more.
    let more = world.pod(1000, 100);
    let provisioned = world.provision();
    assert_eq!(launched(&provisioned), []);
    let names: Vec<(u64, &str)> = provisioned
        .nominated
        .iter()
        .map(|nominated| (nominated.pod.0, nominated.node.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (large.0, "claim-1"),
            (more.0, "claim-1"),
            (small.0, "pool-000")
        ]
    );
}

#[test]
fn what_pods_require_narrows_the_choice() {
    let mut world = World::new();
    world.pools.clear();
    world.pool("pool", &["a", "b"], &[CapacityType::OnDemand]);
    let label = |key, value: &'static str| {
        move |pod: &mut drydock_autoscaler::nodes::Pod, wish: &mut crate::trial::Wish| {
            pod.shape = value.len() as u64;
            wish.label = Some((key, value.to_owned()));
        }
    };
    world.pod_with(100, 100, label("zone", "b"));
    world.pod(100, 100);
    let provisioned = world.plan();
    assert_eq!(launched(&provisioned), [("small", 2)]);
    assert_eq!(provisioned.launches[0].zone, "b");
    // A type that is larger than it would have to be.
    world.pod_with(100, 100, label("type", "large"));
    let provisioned = world.plan();
    assert_eq!(launched(&provisioned), [("large", 3)]);
    assert_eq!(provisioned.launches[0].zone, "b");
    // No node is all of it.
    world.pod_with(100, 100, label("type", "medium"));
    assert_eq!(launched(&world.plan()), [("large", 3), ("medium", 1)]);
    world.pod_with(100, 100, label("zone", "elsewhere"));
    let unplaced = world.plan().unplaced;
    assert_eq!(unplaced.len(), 1);
    assert_eq!(
        unplaced[0].why,
        "pool: no offer meets what the pod requires"
    );
}

#[test]
fn spread_pods_take_a_node_in_each_zone() {
    let mut world = World::new();
    world.pools.clear();
    world.pool("pool", &["a", "b", "c"], &[CapacityType::OnDemand]);
    // The zones are there before the pods.
    for zone in 0..3 {
        let node = world.node_of(0, 4 * zone);
        world.run(node, 1000, 100);
    }
    // Zone c is dearer, and has to be taken all the same.
    for offer in &mut world.pools[0].offers {
        if offer.zone == "c" {
            offer.price_per_hour = "3".parse().unwrap();
        }
    }
    for _ in 0..6 {
        world.pod_with(100, 100, |pod, wish| {
            pod.shape = 5;
            wish.spread = Some(1);
        });
    }
    let provisioned = world.plan();
    let mut zones: Vec<(&str, usize)> = provisioned
        .launches
        .iter()
        .map(|launch| (launch.zone.as_str(), launch.pods.len()))
        .collect();
    zones.sort_unstable();
    assert_eq!(zones, [("a", 2), ("b", 2), ("c", 2)]);
    assert_eq!(provisioned.unplaced, []);
}

#[test]
fn pods_kept_apart_take_a_node_each() {
    let mut world = World::new();
    for _ in 0..3 {
        world.pod_with(100, 100, |pod, wish| {
            pod.shape = 5;
            wish.apart = Some(1);
        });
    }
    assert_eq!(launched(&world.plan()), [("small", 1); 3]);
}

#[test]
fn a_pod_is_tried_again_after_others() {
    // Three of a spread over two zones, where the second zone opens only to one that asks for it.
    let mut world = World::new();
    world.pools.clear();
    world.pool("pool", &["a", "b"], &[CapacityType::OnDemand]);
    for zone in 0..2 {
        let node = world.node_of(0, 4 * zone);
        world.run(node, 1000, 100);
    }
    let in_zone = |world: &mut World, milli_cpu: u64, zone: &'static str| {
        world.pod_with(milli_cpu, 100, |pod, wish| {
            pod.shape = milli_cpu;
            wish.spread = Some(1);
            wish.label = Some(("zone", zone.to_owned()));
        })
    };
    // The two large ones want zone a: the second of them has to wait for the small one in zone b.
    in_zone(&mut world, 3000, "a");
    in_zone(&mut world, 2000, "a");
    in_zone(&mut world, 1000, "b");
    let provisioned = world.plan();
    assert_eq!(provisioned.unplaced, []);
    let pods: usize = provisioned
        .launches
        .iter()
        .map(|launch| launch.pods.len())
        .sum();
    assert_eq!(pods, 3);
}

#[test]
fn daemons_and_mirror_pods_get_no_node() {
    let mut world = World::new();
    world.pod_with(100, 100, |pod, _| pod.owner = Owner::DaemonSet);
    world.pod_with(100, 100, |pod, _| pod.owner = Owner::Node);
    assert_eq!(world.plan(), Provisioned::default());
}

#[test]
fn daemons_take_their_share() {
    let mut world = World::new();
    let daemons = amounts(200, 1);
    for template in &mut world.trial.templates {
        template.daemons = daemons;
    }
    for offer in &mut world.pools[0].offers {
        offer.allocatable.milli_cpu -= daemons.milli_cpu;
        offer.allocatable.memory_bytes -= daemons.memory_bytes;
    }
    world.pod(900, 100);
    assert_eq!(launched(&world.plan()), [("medium", 1)]);
}

#[test]
fn pods_of_nodes_on_their_way_out_get_nodes() {
    let mut world = World::new();
    let node = world.node("large");
    let pod = world.run(node, 3000, 100);
    world.run_with(node, 100, 100, |pod, _| pod.owner = Owner::DaemonSet);
    world.at(node).deleting = true;
    let provisioned = world.plan();
    assert_eq!(launched(&provisioned), [("large", 1)]);
    assert_eq!(provisioned.launches[0].pods, [pod]);
}

#[test]
fn nodes_on_their_way_out_count_against_the_limits() {
    let mut world = World::new();
    let node = world.node("huge");
    world.at(node).deleting = true;
    world.pools[0].limits.milli_cpu = Some(7999);
    let pod = world.pod(100, 100);
    let provisioned = world.plan();
    assert_eq!(launched(&provisioned), []);
    assert_eq!(provisioned.unplaced[0].pod, pod);
    assert_eq!(provisioned.unplaced[0].why, "pool: its limits are exceeded");
    world.pools[0].limits.milli_cpu = Some(8000);
    assert_eq!(launched(&world.plan()), [("small", 1)]);
}
