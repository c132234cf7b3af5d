//! Karpenter under a clock, from the first pod to the last node.

use crate::trial::SECOND;
use crate::world::{World, money};

#[test]
fn from_nothing_to_nothing() {
    let mut world = World::new();
    world.pools[0].disruption.consolidate_after_seconds = Some(60);
    for _ in 0..10 {
        world.pod(700, 100);
    }
    // A batch of a second, a minute to come up.
    world.tick();
    assert_eq!(world.nodes.len(), 0);
    world.tick();
    assert_eq!(world.types(), ["huge"]);
    world.ticks(58);
    assert_eq!(world.pending().len(), 10);
    world.ticks(2);
    assert_eq!(world.pending().len(), 0);

    // Half the load goes; a minute and fifteen seconds later the node is to be replaced.
    for pod in 1..=6 {
        world.delete_pod(drydock_autoscaler::nodes::PodRef(pod));
    }
    let gone_at = world.now;
    while world.commands.is_empty() {
        world.tick();
    }
    let took = (world.now - gone_at) / SECOND;
    assert!((75..=85).contains(&took), "{took} s");
    assert_eq!(world.commands[0].replacements[0].instance_type, "large");
    assert_eq!(world.price(), money("0.60"), "both at first");
    world.ticks(150);
    assert_eq!(
        (world.types(), world.price()),
        (vec!["large".to_owned()], money("0.20"))
    );
    assert_eq!(world.pending().len(), 0);

    // And the rest.
    for pod in 7..=10 {
        world.delete_pod(drydock_autoscaler::nodes::PodRef(pod));
    }
    world.ticks(200);
    assert!(world.nodes.is_empty());
}

#[test]
fn a_trickle_of_pods_is_one_batch() {
    let mut world = World::new();
    for _ in 0..4 {
        world.pod(1000, 100);
        world.tick();
    }
    assert_eq!(world.nodes.len(), 0, "the window is still open");
    world.tick();
    assert_eq!(world.types(), ["large"]);

    // Ten seconds at most.
    let mut world = World::new();
    let mut launched_after = None;
    for second in 1..=12 {
        world.pod(100, 10);
        world.tick();
        if launched_after.is_none() && !world.nodes.is_empty() {
            launched_after = Some(second);
        }
    }
    assert_eq!(launched_after, Some(11));
}

#[test]
fn ten_nodes_become_few_a_tenth_at_a_time() {
    let mut world = World::new();
    for _ in 0..10 {
        let node = world.node("large");
        world.run(node, 700, 100);
    }
    let start = world.price();
    let mut last = start;
    for _ in 0..1800 {
        world.tick();
        let leaving = world.nodes.iter().filter(|node| node.deleting).count();
        assert!(leaving <= 1, "{leaving} at once");
        if world.price() < last {
            last = world.price();
        }
    }
    assert_eq!(world.pending().len(), 0);
    // 7,000 milli-cores take at least 7 cores: two large ones cost 0.40.
    assert_eq!((start, world.price()), (money("2"), money("0.40")));
}
