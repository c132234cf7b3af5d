//! The engine against closed forms.
//!
//! A pod shares its cores among its requests, one core each at most, which is a symmetric queue: the number of requests in
//! it, and by Little's law their mean time, depend on the mean demand alone (Kelly 1979), so that the M/M/c values hold for
//! lognormal demand too.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_model::{Arrivals, Traffic, World};
use drydock_simulation::{LatencyOf, ServiceColumn};

fn one_service(cores: &str, rate: f64, demand_ms: f64, cv: f64) -> World {
    on_node(cores, None, rate, demand_ms, cv)
}

fn on_node(cores: &str, limit: Option<&str>, rate: f64, demand_ms: f64, cv: f64) -> World {
    world(
        &[
            node("n1", "z", cores),
            workload("Deployment", "web", 1, "100m", limit),
        ],
        &[],
        &["web"],
        &[
            ("class/web/rate_per_s", rate),
            ("service/shop/web/demand_ms", demand_ms),
            ("service/shop/web/demand_cv", cv),
            ("service/shop/web/concurrency", 100_000.0),
            ("world/same_zone_ms", 0.0),
            ("world/timeout_ms", 3_600_000.0),
        ],
    )
}

/// Erlang C: mean wait of M/M/c.
fn wait(lambda: f64, mu: f64, servers: u32) -> f64 {
    let offered = lambda / mu;
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 0..servers {
        sum += term;
        term *= offered / f64::from(k + 1);
    }
    let last = term / (1.0 - offered / f64::from(servers));
    last / (sum + last) / (f64::from(servers) * mu - lambda)
}

#[test]
fn erlang_c_itself() {
    assert!((wait(8.0, 1.0, 10) - 0.2046).abs() < 1e-4);
}

/// Mean time of eight seeds must lie within four standard errors of the closed form, and these within 3 % of it.
fn check(limit: &str, servers: u32, rate: f64, demand_ms: f64, cv: f64) {
    let mu = 1000.0 / demand_ms;
    let expect_ms = (wait(rate, mu, servers) + 1.0 / mu) * 1000.0;
    let world = one_service(limit, rate, demand_ms, cv);
    let means: Vec<f64> = (1..=8)
        .map(|seed| {
            let mut simulation = simulation(&world, seed);
            simulation.advance(400 * SECOND);
            // The queue starts empty; the first 50 s are not counted.
            let latency = simulation.telemetry().latency(LatencyOf::Service(0), 5, 40);
            latency.percentiles().unwrap().mean_ms
        })
        .collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0);
    let error = (variance / count).sqrt();
    let what =
        format!("c {servers}, rate {rate}, cv {cv}: {mean} ms +- {error}, expected {expect_ms}");
    assert!(error < 0.03 * expect_ms, "{what}");
    assert!(
        (mean - expect_ms).abs() < 4.0 * error.max(0.003 * expect_ms),
        "{what}"
    );
}

#[test]
fn processor_sharing_on_one_core() {
    check("1", 1, 70.0, 10.0, 0.0);
    check("1", 1, 70.0, 10.0, 1.0);
}

#[test]
fn processor_sharing_on_several_cores() {
    check("4", 4, 80.0, 40.0, 1.0);
    check("10", 10, 80.0, 100.0, 0.5);
}

#[test]
fn a_quota_stops_work_until_its_period_is_over() {
    // 120 ms of work with 20 ms a period of 100 ms. Begun at a place s of a period, up to its last 20 ms, it has the rest of
    // that period, four whole ones and 20 ms of a sixth: 520 ms - s. Later it needs a seventh: 520 ms.
    let mut world = on_node("64", Some("200m"), 0.1, 120.0, 0.0);
    let traffic = Traffic {
        arrivals: Arrivals::Deterministic,
        ..Traffic::default()
    };
    // Never twice at the same place of a period: 9.973 s is no multiple of 0.1 s.
    world.definition.traffic.insert("web".to_owned(), traffic);
    let rate = world.definition.settings.get_mut("class/web/rate_per_s");
    rate.unwrap().value = 1.0 / 9.973;
    let mut simulation = simulation(&world, 1);
    simulation.advance(2000 * SECOND);
    let latency = simulation.summary().latency.unwrap();
    assert!(
        latency.min_ms >= 439.5 && latency.max_ms <= 520.5,
        "{latency:?}"
    );
    assert!(
        latency.min_ms < 445.0 && latency.max_ms > 519.0,
        "{latency:?}"
    );
    let throttled = simulation
        .telemetry()
        .service(0, ServiceColumn::ThrottledSeconds);
    let throttled: f64 = throttled.iter().map(|v| f64::from(*v)).sum();
    let expect = (latency.mean_ms - 120.0) / 1000.0 * latency.count as f64;
    assert!(
        (throttled / expect - 1.0).abs() < 0.03,
        "{throttled} is not {expect}"
    );
}

#[test]
fn a_quota_that_lasts_holds_nobody_back() {
    let with = on_node("64", Some("500m"), 30.0, 5.0, 0.5);
    let without = on_node("64", None, 30.0, 5.0, 0.5);
    let mean = |world: &World| {
        let mut simulation = simulation(world, 3);
        simulation.advance(300 * SECOND);
        simulation.summary().latency.unwrap().mean_ms
    };
    let (with, without) = (mean(&with), mean(&without));
    // 15 % of a core in use of 50: a period's quota runs out in one of a thousand periods or so.
    assert!(with >= without && with < without * 1.02, "{with} {without}");
}

#[test]
fn a_quota_bounds_what_is_used() {
    // More arrives than the quota can do.
    let world = on_node("64", Some("500m"), 100.0, 10.0, 0.5);
    let mut simulation = simulation(&world, 3);
    simulation.advance(100 * SECOND);
    let used = simulation.summary().services[0].cpu_cores.unwrap();
    assert!((used - 0.5).abs() < 0.005, "{used} cores");
}

#[test]
fn utilisation_is_rate_times_demand() {
    for (cpu, limit) in [("64", Some("4")), ("2", None), ("2", Some("1500m"))] {
        let world = on_node(cpu, limit, 100.0, 10.0, 1.0);
        let mut simulation = simulation(&world, 5);
        simulation.advance(1000 * SECOND);
        let used = simulation.summary().services[0].cpu_cores.unwrap();
        assert!((used - 1.0).abs() < 0.03, "{used} cores");
        let column = simulation.telemetry().service(0, ServiceColumn::CpuCores);
        let mean = column.iter().map(|v| f64::from(*v)).sum::<f64>() / column.len() as f64;
        assert!(
            (mean - used).abs() < 1e-3,
            "{mean} of telemetry is not {used}"
        );
    }
}

#[test]
fn a_node_shares_by_request() {
    // Two saturated pods on one core, requests 3 : 1; what each serves follows the shares.
    let settings: Vec<(String, f64)> = ["a", "b"]
        .iter()
        .flat_map(|name| {
            [
                (format!("class/{name}/rate_per_s"), 200.0),
                (format!("service/shop/{name}/demand_ms"), 10.0),
                (format!("service/shop/{name}/concurrency"), 4.0),
                (format!("service/shop/{name}/queue"), 4.0),
            ]
        })
        .collect();
    let settings: Vec<(&str, f64)> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), *value))
        .collect();
    let objects = [
        node("n1", "z", "1"),
        workload("Deployment", "a", 1, "600m", None),
        workload("Deployment", "b", 1, "200m", None),
    ];
    let mut simulation = simulation(&world(&objects, &[], &["a", "b"], &settings), 2);
    simulation.advance(200 * SECOND);
    let services = simulation.summary().services;
    let (a, b) = (
        services[0].cpu_cores.unwrap(),
        services[1].cpu_cores.unwrap(),
    );
    assert!(
        (a - 0.75).abs() < 0.01 && (b - 0.25).abs() < 0.01,
        "{a} {b}"
    );
    assert!(services[0].failed["queueFull"] > 0);
}
