//! What holds in every world: nothing is lost between arrival and end, nothing panics, memory stays bounded.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_model::{Act, ServiceId, World};
use drydock_simulation::{Cause, ClassColumn, ServiceColumn};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Sketch {
    nodes: usize,
    kinds: Vec<(u8, u32, u32)>,
    calls: Vec<(usize, usize)>,
    entry: usize,
    rate: f64,
    demand: f64,
    concurrency: u32,
    acts: Vec<(u8, usize)>,
    seed: u64,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    (
        0..4usize,
        prop::collection::vec((0..3u8, 0..4u32, 50..1500u32), 0..5),
        prop::collection::vec((0..5usize, 0..5usize), 0..6),
        0..5usize,
        (0.0..80.0f64, 0.5..60.0f64, 1..8u32),
        prop::collection::vec((0..4u8, 0..6usize), 0..12),
        any::<u64>(),
    )
        .prop_map(
            |(nodes, kinds, calls, entry, (rate, demand, concurrency), acts, seed)| Sketch {
                nodes,
                kinds,
                calls,
                entry,
                rate,
                demand,
                concurrency,
                acts,
                seed,
            },
        )
}

fn build(sketch: &Sketch) -> World {
    let mut objects: Vec<_> = (0..sketch.nodes)
        .map(|at| node(&format!("n{at}"), &format!("z{}", at % 2), "2"))
        .collect();
    let names: Vec<String> = (0..5).map(|at| format!("s{at}")).collect();
    for (name, (kind, replicas, cpu)) in names.iter().zip(&sketch.kinds) {
        let kind = ["Deployment", "StatefulSet", "DaemonSet"][usize::from(*kind)];
        objects.push(workload(
            kind,
            name,
            *replicas,
            &format!("{cpu}m"),
            Some("1"),
        ));
    }
    let calls: Vec<_> = sketch
        .calls
        .iter()
        .map(|(from, to)| (names[*from].as_str(), names[*to].as_str()))
        .collect();
    let entry = names[sketch.entry].as_str();
    let mut settings = vec![
        (format!("class/{entry}/rate_per_s"), sketch.rate),
        ("world/timeout_ms".to_owned(), 500.0),
    ];
    for name in &names {
        settings.push((format!("service/shop/{name}/demand_ms"), sketch.demand));
        settings.push((
            format!("service/shop/{name}/concurrency"),
            f64::from(sketch.concurrency),
        ));
        settings.push((format!("service/shop/{name}/queue"), 5.0));
    }
    let settings: Vec<_> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), *value))
        .collect();
    world(&objects, &calls, &[entry], &settings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_request_ends_once(sketch in sketch()) {
        let mut simulation = simulation(&build(&sketch), sketch.seed);
        let mut end = 0;
        for (kind, which) in &sketch.acts {
            end += 10 * SECOND;
            simulation.advance(end);
            let pods: Vec<String> = simulation.state().services.iter().flat_map(|s| s.pods.iter().map(|p| p.name.clone())).collect();
            let act = match kind {
                0 => Act::KillNode { node: format!("n{which}") },
                1 => Act::HealNode { node: format!("n{which}") },
                2 => Act::KillPod { pod: pods.get(*which).cloned().unwrap_or_default() },
                _ => Act::Scale { service: ServiceId::new("shop", &format!("s{which}")), replicas: *which as u32 },
            };
            // Refusals are part of the game: nodes and pods that are not there.
            let _ = simulation.act(&act);
        }
        simulation.advance(end + 30 * SECOND);
        let summary = simulation.summary();
        prop_assert_eq!(summary.requests, summary.completed + summary.failed + summary.in_flight);
        for service in &summary.services {
            let ended = service.completed + service.failed.values().sum::<u64>();
            prop_assert!(ended <= service.requests);
            prop_assert!(service.requests - ended <= u64::from(simulation.state().requests_in_progress));
        }
        for node in &simulation.state().nodes {
            prop_assert!(node.cpu_requested <= node.cpu_allocatable);
            prop_assert!(node.cpu_cores.is_none_or(|used| used <= node.cpu_allocatable * 1.0001));
        }
        // The columns add up to the totals.
        let summed = |column: &[f32]| column.iter().map(|v| f64::from(*v)).sum::<f64>();
        let telemetry = simulation.telemetry();
        if !telemetry.classes().is_empty() {
            let failed: f64 = Cause::ALL.iter().map(|cause| summed(telemetry.class(0, ClassColumn::Failed(*cause)))).sum();
            prop_assert_eq!(failed as u64, summary.failed);
            prop_assert_eq!(summed(telemetry.class(0, ClassColumn::Arrivals)) as u64, summary.requests);
        }
    }
}

#[test]
fn worlds_of_nothing_play() {
    for world in [
        World::default(),
        world(&[node("n", "z", "1")], &[], &[], &[]),
        world(
            &[workload("Deployment", "a", 2, "1", None)],
            &[],
            &["a"],
            &[],
        ),
        world(
            &[workload("DaemonSet", "a", 0, "1", None)],
            &[],
            &["a"],
            &[],
        ),
    ] {
        let mut simulation = simulation(&world, 1);
        simulation.advance(60 * SECOND);
        let _ = (simulation.state(), simulation.digest());
    }
}

#[test]
fn memory_does_not_grow_with_time() {
    let mut simulation = simulation(&common::shop(), 3);
    let mut slots = Vec::new();
    for turn in 1..=10u64 {
        let services = simulation.state().services;
        let cart = services
            .iter()
            .find(|service| service.id.name() == "cart")
            .unwrap();
        let pod = cart.pods[0].name.clone();
        simulation.act(&Act::KillPod { pod }).unwrap();
        simulation.advance(turn * 60 * SECOND);
        slots.push(simulation.slots());
    }
    let (early, late) = (
        slots[..5].iter().max().unwrap(),
        slots[5..].iter().max().unwrap(),
    );
    assert!(*late < early * 2, "{slots:?}");
}

#[test]
fn services_count_what_their_callers_make() {
    let mut simulation = simulation(&common::shop(), 3);
    simulation.advance(300 * SECOND);
    let telemetry = simulation.telemetry();
    let at = |name: &str| {
        telemetry
            .services()
            .iter()
            .position(|service| service.ends_with(name))
            .unwrap()
    };
    let sum = |name: &str| {
        telemetry
            .service(at(name), ServiceColumn::Arrivals)
            .iter()
            .sum::<f32>()
    };
    // 1.5 calls of cart per request of web, 1 of store per request of cart.
    assert!((sum("cart") / sum("web") - 1.5).abs() < 0.02);
    assert!((sum("store") / sum("cart") - 1.0).abs() < 0.001);
}
