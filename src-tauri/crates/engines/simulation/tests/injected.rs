//! Faults in force: what each does, that it ends, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, shop, simulation, workload, world};
use drydock_model::{Act, End, Fault, ServiceId, World};
use drydock_simulation::{ClassColumn, EventKind, LatencyOf, Simulation};
use serde_json::json;

fn id(name: &str) -> ServiceId {
    ServiceId::new("shop", name)
}

fn of(name: &str) -> End {
    End::Service { service: id(name) }
}

fn inject(simulation: &mut Simulation, fault: Fault) {
    let name = "it".to_owned();
    simulation.act(&Act::Inject { name, fault }).unwrap();
}

fn lift(simulation: &mut Simulation) {
    simulation
        .act(&Act::Lift {
            name: "it".to_owned(),
        })
        .unwrap();
}

/// web calls cart across two nodes of two zones; nothing fails by itself.
fn pair() -> World {
    let mut objects = vec![node("n1", "a", "16"), node("n2", "b", "16")];
    for (name, zone) in [("web", "a"), ("cart", "b")] {
        let mut object = workload("Deployment", name, 1, "1", None);
        object["spec"]["template"]["spec"]["nodeSelector"] =
            json!({"topology.kubernetes.io/zone": zone});
        objects.push(object);
    }
    let settings = [
        ("class/web/rate_per_s", 50.0),
        ("service/shop/web/demand_ms", 1.0),
        ("service/shop/cart/demand_ms", 1.0),
        ("world/timeout_ms", 5_000.0),
    ];
    world(&objects, &[("web", "cart")], &["web"], &settings)
}

/// Plays 100 s before, 100 s under and 100 s after a fault; answers mean latency and share failed of each.
fn three(world: &World, fault: Fault) -> [(f64, f64); 3] {
    let mut simulation = simulation(world, 1);
    simulation.advance(100 * SECOND);
    inject(&mut simulation, fault);
    simulation.advance(200 * SECOND);
    lift(&mut simulation);
    simulation.advance(300 * SECOND);
    assert!(simulation.state().faults.is_empty());
    let telemetry = simulation.telemetry();
    // The last two intervals of each part: what was begun before is over.
    [(8, 10), (18, 20), (28, 30)].map(|(from, to)| {
        let mean = telemetry
            .latency(LatencyOf::Class(0), from, to)
            .percentiles();
        let sum = |column| -> f64 {
            let values = &telemetry.class(0, column)[from..to];
            values.iter().map(|value| f64::from(*value)).sum()
        };
        let failed: f64 = drydock_simulation::Cause::ALL
            .iter()
            .map(|c| sum(ClassColumn::Failed(*c)))
            .sum();
        let whole = failed + sum(ClassColumn::Completed);
        (
            mean.map_or(f64::NAN, |latency| latency.mean_ms),
            failed / whole,
        )
    })
}

fn cut() -> Fault {
    Fault::NetworkPartition {
        between: of("web"),
        and: of("cart"),
    }
}

#[test]
fn a_cut_link_lets_nothing_through() {
    let [before, under, after] = three(&pair(), cut());
    assert_eq!((before.1, under.1, after.1), (0.0, 1.0, 0.0));
}

#[test]
fn zones_can_be_cut_from_each_other() {
    let zone = |zone: &str| End::Zone {
        zone: zone.to_owned(),
    };
    let [_, under, after] = three(
        &pair(),
        Fault::NetworkPartition {
            between: zone("b"),
            and: zone("a"),
        },
    );
    assert_eq!((under.1, after.1), (1.0, 0.0));
    let [_, under, _] = three(
        &pair(),
        Fault::NetworkPartition {
            between: zone("b"),
            and: End::Outside,
        },
    );
    assert_eq!(under.1, 0.0, "nobody outside asks cart");
}

#[test]
fn a_slow_link_adds_its_delay_both_ways() {
    let fault = Fault::LinkDelay {
        between: of("cart"),
        and: of("web"),
        delay_ms: 40.0,
        jitter_ms: 10.0,
    };
    let [before, under, after] = three(&pair(), fault);
    assert!(
        (under.0 - before.0 - 80.0).abs() < 1.0,
        "{before:?} {under:?}"
    );
    assert!((after.0 - before.0).abs() < 0.5);
    assert_eq!(under.1, 0.0);
}

#[test]
fn lost_packets_are_sent_again() {
    let fault = Fault::LinkLoss {
        between: of("cart"),
        and: of("web"),
        share: 0.1,
    };
    let [before, under, after] = three(&pair(), fault);
    // One packet each way; the k-th loss in a row costs 200 ms * 2^(k-1): sum of 0.1^k 2^(k-1) over k is 0.125.
    let more = under.0 - before.0;
    assert!((more - 50.0).abs() < 8.0, "{more}");
    assert!((after.0 - before.0).abs() < 0.5);
}

#[test]
fn less_cpu_takes_longer() {
    let fault = Fault::CpuThrottle {
        service: id("cart"),
        milli_cpu: 60,
    };
    let [before, under, after] = three(&pair(), fault);
    assert!(under.0 > before.0 * 2.0, "{before:?} {under:?}");
    assert!((after.0 - before.0).abs() < 0.5, "{after:?}");
}

#[test]
fn a_spike_multiplies_arrivals() {
    let mut simulation = simulation(&pair(), 1);
    simulation.advance(100 * SECOND);
    inject(
        &mut simulation,
        Fault::LoadSpike {
            class: None,
            factor: 3.0,
        },
    );
    simulation.advance(200 * SECOND);
    lift(&mut simulation);
    simulation.advance(300 * SECOND);
    let arrivals = simulation.telemetry().class(0, ClassColumn::Arrivals);
    for (part, expect) in [(0..10, 5000.0), (10..20, 15_000.0), (20..30, 5000.0)] {
        let got: f64 = arrivals[part].iter().map(|value| f64::from(*value)).sum();
        assert!(
            (got - expect).abs() < 4.0 * f64::sqrt(expect),
            "{got}, not {expect}"
        );
    }
}

#[test]
fn a_lost_zone_comes_back() {
    let [before, under, after] = three(
        &pair(),
        Fault::ZoneFailure {
            zone: "b".to_owned(),
        },
    );
    assert_eq!((before.1, under.1), (0.0, 1.0));
    assert_eq!(after.1, 0.0, "powered on again, its pods restarted");
}

#[test]
fn a_whole_region_is_lost() {
    let [_, under, after] = three(
        &pair(),
        Fault::RegionFailure {
            region: "eu-west-1".to_owned(),
        },
    );
    assert!(under.1.is_nan() || under.1 == 1.0);
    assert_eq!(after.1, 0.0);
}

#[test]
fn evictions_keep_to_the_budget() {
    let mut objects = vec![
        node("n1", "a", "16"),
        workload("Deployment", "web", 3, "1", None),
    ];
    objects.push(
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}),
    );
    let world = world(
        &objects,
        &[],
        &["web"],
        &[("service/shop/web/startup_s", 30.0)],
    );
    let mut simulation = simulation(&world, 1);
    simulation.advance(100 * SECOND);
    inject(
        &mut simulation,
        Fault::PodEviction {
            service: id("web"),
            pods: 3,
        },
    );
    let mut least = 3;
    while simulation.now() < 400 * SECOND {
        simulation.advance(simulation.now() + SECOND / 2);
        least = least.min(simulation.state().services[0].available);
    }
    let evicted = simulation
        .events()
        .iter()
        .filter(|e| e.kind == EventKind::Evict)
        .count();
    assert_eq!((evicted, least), (3, 2), "one after another");
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance(5 * SECOND);
    let before = simulation.digest();
    let nowhere = |zone: &str| End::Zone {
        zone: zone.to_owned(),
    };
    let cases = [
        (
            Fault::ServiceFailure {
                service: id("nobody"),
            },
            "service: shop/nobody is no workload",
        ),
        (
            Fault::CacheFailure { service: id("web") },
            "service: shop/web is not a cache",
        ),
        (
            Fault::DatabaseFailover { service: id("web") },
            "service: shop/web is not a database",
        ),
        (
            Fault::ZoneFailure {
                zone: "moon".to_owned(),
            },
            "zone: \"moon\" is no zone",
        ),
        (
            Fault::RegionFailure {
                region: "moon".to_owned(),
            },
            "region: \"moon\" is no region",
        ),
        (
            Fault::NodeFailure {
                node: "moon".to_owned(),
            },
            "node: \"moon\" is no node",
        ),
        (
            Fault::LoadSpike {
                class: Some("none".to_owned()),
                factor: 2.0,
            },
            "class: \"none\" is no class",
        ),
        (
            Fault::LoadSpike {
                class: None,
                factor: -2.0,
            },
            "fault.factor is -2, expected 0 to 1000",
        ),
        (
            Fault::NetworkPartition {
                between: nowhere("moon"),
                and: End::Outside,
            },
            "between, and:",
        ),
    ];
    for (fault, message) in cases {
        let name = "it".to_owned();
        let error = simulation
            .act(&Act::Inject { name, fault })
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let unknown = simulation.act(&Act::Lift {
        name: "it".to_owned(),
    });
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("is no fault in force")
    );
    assert_eq!(simulation.digest(), before);
    inject(
        &mut simulation,
        Fault::LoadSpike {
            class: None,
            factor: 2.0,
        },
    );
    let again = Act::Inject {
        name: "it".to_owned(),
        fault: Fault::LoadSpike {
            class: None,
            factor: 2.0,
        },
    };
    assert!(simulation.act(&again).is_err(), "a name can be had once");
}
