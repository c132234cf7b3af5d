//! How callers make their calls: together, with patience, again, through a breaker, through few connections.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_model::{
    Breaker, CallPolicy, ClusterObject, DemandLaw, Jitter, Provenance, Retry, RetryBudget,
    ServiceId, World,
};
use drydock_simulation::Simulation;

/// web calls a and b, `a` with 10 ms and `b` with 20 ms of work each; the network takes no time.
fn fan() -> World {
    let mut world = world(
        &[
            node("n1", "z", "64"),
            workload("Deployment", "web", 1, "1", None),
            workload("Deployment", "a", 1, "1", None),
            workload("Deployment", "b", 1, "1", None),
        ],
        &[("web", "a"), ("web", "b")],
        &["web"],
        &[
            ("class/web/rate_per_s", 5.0),
            ("service/shop/web/demand_ms", 1.0),
            ("service/shop/a/demand_ms", 10.0),
            ("service/shop/b/demand_ms", 20.0),
            ("world/same_node_ms", 0.0),
            ("world/same_zone_ms", 0.0),
        ],
    );
    for name in ["web", "a", "b"] {
        let of = world.definition.behaviours.entry(id(name)).or_default();
        of.demand = DemandLaw::Deterministic;
    }
    world
}

fn id(name: &str) -> ServiceId {
    ServiceId::new("shop", name)
}

fn with(mut world: World, to: &str, policy: CallPolicy) -> World {
    let subject = format!("call/shop/web->shop/{to}");
    world.definition.policies.insert(subject, policy);
    world
}

fn without_pods(mut world: World, name: &str) -> World {
    for object in &mut world.objects {
        if object.name() == name {
            let mut json = (*object.json).clone();
            json["spec"]["replicas"] = 0.into();
            *object = ClusterObject::new(json, Provenance::Measured);
        }
    }
    world
}

fn played(world: &World) -> Simulation {
    let mut simulation = simulation(world, 1);
    simulation.advance(200 * SECOND);
    simulation
}

fn retry(retries: u32, budget: Option<RetryBudget>) -> CallPolicy {
    CallPolicy {
        retry: Some(Retry {
            retries,
            backoff_ms: 1.0,
            factor: 1.0,
            max_backoff_ms: None,
            jitter: Jitter::None,
            budget,
        }),
        ..CallPolicy::default()
    }
}

/// Requests of the class, and calls made to `a`.
fn asked(simulation: &Simulation) -> (f64, f64) {
    let summary = simulation.summary();
    let a = summary.services.iter().find(|s| s.id == id("a")).unwrap();
    (summary.requests as f64, a.requests as f64)
}

#[test]
fn one_after_another_or_together() {
    let mean = |world: &World| played(world).summary().latency.unwrap().mean_ms;
    let apart = mean(&fan());
    assert!((apart - 31.0).abs() < 0.05, "{apart}");
    let group = || CallPolicy {
        together: Some(1),
        ..CallPolicy::default()
    };
    let together = mean(&with(with(fan(), "a", group()), "b", group()));
    assert!((together - 21.0).abs() < 0.05, "{together}");
}

#[test]
fn a_caller_gives_up_as_its_policy_says() {
    let policy = CallPolicy {
        timeout_ms: Some(15.0),
        ..CallPolicy::default()
    };
    let summary = played(&with(fan(), "b", policy.clone())).summary();
    assert_eq!(summary.completed, 0);
    assert_eq!(summary.lost.keys().collect::<Vec<_>>(), ["timeout"]);
    // 10 ms fit.
    let summary = played(&with(fan(), "a", policy)).summary();
    assert_eq!(summary.failed, 0);
}

#[test]
fn an_optional_call_may_fail() {
    let policy = CallPolicy {
        optional: true,
        ..CallPolicy::default()
    };
    let world = without_pods(fan(), "a");
    assert_eq!(played(&world).summary().completed, 0);
    let summary = played(&with(world, "a", policy)).summary();
    assert_eq!(summary.failed, 0);
    assert!(summary.completed > 900);
}

#[test]
fn failed_calls_are_made_again() {
    let world = without_pods(fan(), "a");
    let (requests, calls) = asked(&played(&with(world, "a", retry(2, None))));
    assert!(
        (calls / requests - 3.0).abs() < 0.01,
        "{calls} of {requests}"
    );
    // Nothing is tried again where nothing fails.
    let (requests, calls) = asked(&played(&with(fan(), "a", retry(2, None))));
    assert!(
        (calls / requests - 1.0).abs() < 0.01,
        "{calls} of {requests}"
    );
}

#[test]
fn a_budget_holds_retries_back() {
    let budget = RetryBudget {
        ratio: 0.2,
        min_per_s: 0.0,
    };
    let world = without_pods(fan(), "a");
    let (requests, calls) = asked(&played(&with(world, "a", retry(5, Some(budget)))));
    assert!(
        (calls / requests - 1.2).abs() < 0.03,
        "{calls} of {requests}"
    );
}

#[test]
fn an_open_breaker_spares_the_called() {
    let breaker = CallPolicy {
        breaker: Some(Breaker {
            failures: 5,
            open_ms: 10_000.0,
        }),
        ..CallPolicy::default()
    };
    let world = with(without_pods(fan(), "a"), "a", breaker);
    let simulation = played(&world);
    let summary = simulation.summary();
    let reached = summary.lost["noEndpoint"];
    // Five at the start, then one every ten seconds and a little.
    assert!((20..=25).contains(&reached), "{:?}", summary.lost);
    assert_eq!(summary.lost["circuitOpen"] + reached, summary.failed);
    let opened = simulation
        .events()
        .iter()
        .filter(|event| event.message.contains("breaker"));
    assert_eq!(opened.count() as u64, reached - 4);
}

#[test]
fn few_connections_make_a_queue() {
    // One at a time through one connection: M/D/1 of 10 ms at 50 a second, whose wait is 5 ms on average.
    let policy = CallPolicy {
        connections: Some(1),
        ..CallPolicy::default()
    };
    let mut world = with(fan(), "a", policy);
    world
        .definition
        .settings
        .get_mut("class/web/rate_per_s")
        .unwrap()
        .value = 50.0;
    let mut simulation = simulation(&world, 1);
    for _ in 0..2000 {
        simulation.advance(simulation.now() + SECOND / 3);
        let state = simulation.state();
        let a = state.services.iter().find(|s| s.id == id("a")).unwrap();
        assert!(a.pods[0].working <= 1);
    }
    let mean = simulation.summary().latency.unwrap().mean_ms;
    assert!((mean - 36.0).abs() < 0.5, "{mean}");
}

#[test]
fn calls_of_some_classes() {
    let policy = CallPolicy {
        classes: vec!["other".to_owned()],
        ..CallPolicy::default()
    };
    let (_, calls) = asked(&played(&with(fan(), "a", policy)));
    assert_eq!(calls, 0.0);
}

#[test]
fn a_policy_that_cannot_be_is_refused() {
    let policy = CallPolicy {
        connections: Some(0),
        ..CallPolicy::default()
    };
    let error = drydock_simulation::Plan::compile(&with(fan(), "a", policy)).unwrap_err();
    let expect = "policies.call/shop/web->shop/a.connections is 0, expected 1 or more";
    assert_eq!(error.to_string(), expect);
}
