//! Caches and databases: what is held, what is lost, who leads.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_model::{Act, Behaviour, CallPolicy, Fault, Keeps, ServiceId, World};
use drydock_simulation::{EventKind, ServiceColumn, Simulation};

fn id(name: &str) -> ServiceId {
    ServiceId::new("shop", name)
}

/// web asks a cache, and a database where the cache has no value.
fn shop(replicas: u32, values: &[(&str, f64)]) -> World {
    let mut settings = vec![
        ("class/web/rate_per_s", 200.0),
        ("service/shop/web/demand_ms", 0.5),
        ("service/shop/cache/demand_ms", 0.05),
        ("service/shop/db/demand_ms", 1.0),
        ("service/shop/cache/cache_keys", 10_000.0),
        ("service/shop/cache/cache_item_kib", 1.0),
        ("service/shop/cache/cache_memory_mib", 1.0),
        ("service/shop/cache/cache_zipf", 0.9),
        ("service/shop/db/failover_s", 30.0),
        ("service/shop/db/startup_s", 5.0),
        ("world/timeout_ms", 1_000.0),
    ];
    settings.extend(values);
    let mut world = world(
        &[
            node("n1", "z", "16"),
            node("n2", "z", "16"),
            workload("Deployment", "web", 1, "1", None),
            workload("StatefulSet", "cache", 1, "1", None),
            workload("StatefulSet", "db", replicas, "1", None),
        ],
        &[("web", "cache"), ("web", "db")],
        &["web"],
        &settings,
    );
    let keeps = |keeps| Behaviour {
        keeps,
        ..Behaviour::default()
    };
    let behaviours = &mut world.definition.behaviours;
    behaviours.insert(id("cache"), keeps(Keeps::Cache));
    behaviours.insert(id("db"), keeps(Keeps::Data));
    let policy = CallPolicy {
        on_miss_of: Some(id("cache")),
        ..CallPolicy::default()
    };
    let policies = &mut world.definition.policies;
    policies.insert("call/shop/web->shop/db".to_owned(), policy);
    world
}

fn column(simulation: &Simulation, name: &str, column: ServiceColumn) -> Vec<f64> {
    let telemetry = simulation.telemetry();
    let full = format!("shop/{name}");
    let at = telemetry
        .services()
        .iter()
        .position(|other| *other == full)
        .unwrap();
    telemetry
        .service(at, column)
        .iter()
        .map(|value| f64::from(*value))
        .collect()
}

/// Hit ratio of an LRU cache by the approximation of Che, Tung and Wang (2002).
fn che(keys: u32, exponent: f64, capacity: f64) -> f64 {
    let weights: Vec<f64> = (1..=keys).map(|k| f64::from(k).powf(-exponent)).collect();
    let whole: f64 = weights.iter().sum();
    let held = |time: f64| {
        weights
            .iter()
            .map(|w| 1.0 - (-w / whole * time).exp())
            .sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if held(middle) < capacity {
            low = middle;
        } else {
            high = middle;
        }
    }
    weights
        .iter()
        .map(|w| w / whole * (1.0 - (-w / whole * low).exp()))
        .sum()
}

#[test]
fn hits_follow_popularity_and_memory() {
    let mut simulation = simulation(&shop(1, &[]), 1);
    simulation.advance(400 * SECOND);
    let sum = |name| {
        column(&simulation, "cache", name)
            .iter()
            .skip(10)
            .sum::<f64>()
    };
    let (hits, misses) = (
        sum(ServiceColumn::CacheHits),
        sum(ServiceColumn::CacheMisses),
    );
    let (got, expect) = (hits / (hits + misses), che(10_000, 0.9, 1024.0));
    assert!((got - expect).abs() < 0.01, "{got}, not {expect}");
    // Full: what comes in pushes something out.
    assert_eq!(sum(ServiceColumn::CacheEvictions), misses);
    let calls = column(&simulation, "db", ServiceColumn::Arrivals);
    let calls: f64 = calls.iter().skip(10).sum();
    assert!((calls / misses - 1.0).abs() < 0.01, "only misses go on");
}

#[test]
fn a_cache_that_failed_comes_back_empty() {
    let mut simulation = simulation(&shop(1, &[]), 1);
    simulation.advance(300 * SECOND);
    let fault = Fault::CacheFailure {
        service: id("cache"),
    };
    simulation
        .act(&Act::Inject {
            name: "cold".to_owned(),
            fault,
        })
        .unwrap();
    simulation.advance(320 * SECOND);
    simulation
        .act(&Act::Lift {
            name: "cold".to_owned(),
        })
        .unwrap();
    simulation.advance(600 * SECOND);
    let hits = column(&simulation, "cache", ServiceColumn::CacheHits);
    let misses = column(&simulation, "cache", ServiceColumn::CacheMisses);
    assert_eq!((hits[31], misses[31]), (0.0, 0.0), "refused while it fails");
    let ratio = |at: usize| hits[at] / (hits[at] + misses[at]);
    let first = (32..60).find(|&at| hits[at] + misses[at] > 0.0).unwrap();
    assert!(
        ratio(first) < ratio(29) - 0.03,
        "{} {}",
        ratio(first),
        ratio(29)
    );
    assert!(
        (ratio(55) - ratio(29)).abs() < 0.03,
        "{} {}",
        ratio(55),
        ratio(29)
    );
}

fn primary(simulation: &Simulation) -> Option<String> {
    let state = simulation.state();
    let db = state.services.iter().find(|s| s.id == id("db")).unwrap();
    db.pods
        .iter()
        .find(|pod| pod.primary)
        .map(|pod| pod.name.clone())
}

#[test]
fn a_replica_is_promoted_when_the_lease_runs_out() {
    let values = [
        ("service/shop/db/write_share", 0.5),
        ("service/shop/cache/cache_memory_mib", 0.001),
    ];
    let mut simulation = simulation(&shop(3, &values), 1);
    simulation.advance(100 * SECOND);
    assert_eq!(primary(&simulation).unwrap(), "shop/db-0");
    let fault = Fault::DatabaseFailover { service: id("db") };
    simulation
        .act(&Act::Inject {
            name: "f".to_owned(),
            fault,
        })
        .unwrap();
    simulation.advance(200 * SECOND);
    let promoted = simulation
        .events()
        .iter()
        .find(|e| e.kind == EventKind::Promote)
        .unwrap();
    assert_eq!(promoted.at_ns, 130 * SECOND, "after failover_s");
    assert_ne!(primary(&simulation).unwrap(), "shop/db-0");
    let lost = simulation.summary().lost;
    // Half of 200 a second for 30 s, but for the second in which callers still find the old one.
    let expect = 100.0 * 29.0;
    let got = lost["noPrimary"] as f64;
    assert!((got - expect).abs() < 250.0, "{lost:?}");
    let failed = column(
        &simulation,
        "db",
        ServiceColumn::Failed(drydock_simulation::Cause::NoPrimary),
    );
    assert!(
        failed[13..].iter().all(|count| *count == 0.0),
        "recovered: {failed:?}"
    );
}

#[test]
fn without_replicas_writes_wait_for_the_primary_itself() {
    let values = [("service/shop/db/write_share", 1.0)];
    let mut simulation = simulation(&shop(1, &values), 1);
    simulation.advance(100 * SECOND);
    simulation
        .act(&Act::KillPod {
            pod: "shop/db-0".to_owned(),
        })
        .unwrap();
    simulation.advance(200 * SECOND);
    assert_eq!(primary(&simulation).unwrap(), "shop/db-0");
    assert!(simulation.summary().lost.contains_key("noPrimary"));
    let failed = column(
        &simulation,
        "db",
        ServiceColumn::Failed(drydock_simulation::Cause::NoPrimary),
    );
    assert!(failed[15..].iter().all(|count| *count == 0.0), "{failed:?}");
    let lag = column(&simulation, "db", ServiceColumn::ReplicationLagMs);
    assert!(lag.iter().all(|lag| lag.is_nan()), "nothing follows");
}

#[test]
fn replicas_lag_as_much_as_there_is_to_apply() {
    let lag = |replication_ms: f64| {
        let values = [
            ("service/shop/db/write_share", 1.0),
            ("service/shop/cache/cache_memory_mib", 0.001),
            ("service/shop/db/replication_ms", replication_ms),
        ];
        let mut simulation = simulation(&shop(2, &values), 1);
        simulation.advance(200 * SECOND);
        *column(&simulation, "db", ServiceColumn::ReplicationLagMs)
            .last()
            .unwrap()
    };
    assert!(lag(1.0) < 20.0, "{}", lag(1.0));
    // 200 writes a second of 6 ms each: 1.2 s of work a second, so a fifth of the time is the lag after 200 s.
    let behind = lag(6.0);
    assert!((behind / 40_000.0 - 1.0).abs() < 0.1, "{behind} ms");
}

#[test]
fn a_full_database_refuses() {
    let values = [
        ("service/shop/cache/cache_memory_mib", 0.001),
        ("service/shop/db/max_connections", 2.0),
        ("service/shop/db/demand_ms", 20.0),
    ];
    let mut simulation = simulation(&shop(1, &values), 1);
    simulation.advance(50 * SECOND);
    let lost = simulation.summary().lost;
    // Erlang B of 4 erlangs on 2 lines: 8 / 13.
    let share = lost["noConnection"] as f64 / simulation.summary().requests as f64;
    assert!((share - 8.0 / 13.0).abs() < 0.03, "{share}");
}
