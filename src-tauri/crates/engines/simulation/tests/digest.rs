//! Results repeat: over runs, threads, steps, checkpoints and build profiles.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, plan, shop, simulation};
use drydock_model::{
    Act, Arrivals, Balance, Behaviour, Breaker, CallPolicy, DemandLaw, End, Fault, Jitter, Keeps,
    Profile, Retry, RetryBudget, Scenario, ServiceId, TimedAct, Traffic, World,
};
use drydock_simulation::{RunError, RunRequest, RunResult, Telemetry, run};

/// Digest of the shop played as below. It must come out in debug and in release builds; it changes only with the engine,
/// the price book or the test's world.
const GOLDEN: &str = "cd96a86f401ff3f2464de59bed0eaf0d17fe0dc47daa616b1ddc1be737ba9b6e";

/// The same of the lively shop.
const GOLDEN_LIVELY: &str = "cc1111db2f1ea4ecfd18dc7354822d16e647972c8e427e0253562610cbde2029";

/// The shop with everything that a world can have: bursts on a diurnal course, policies, quotas, a cache, a database.
fn lively() -> World {
    let mut world = shop();
    let id = |name: &str| ServiceId::new("shop", name);
    let definition = &mut world.definition;
    let traffic = Traffic {
        arrivals: Arrivals::Bursts {
            factor: 3.0,
            burst_s: 5.0,
            calm_s: 20.0,
        },
        profile: Profile::Diurnal {
            trough: 0.5,
            peak: 1.5,
            period_s: 200.0,
            peak_at_s: 70.0,
        },
    };
    definition.traffic.insert("web".to_owned(), traffic);
    let kinds = [
        ("web", DemandLaw::Exponential, Keeps::Nothing),
        ("cart", DemandLaw::Lognormal, Keeps::Cache),
        ("store", DemandLaw::Deterministic, Keeps::Data),
    ];
    for (name, demand, keeps) in kinds {
        let behaviour = Behaviour {
            balance: Balance::PowerOfTwo,
            demand,
            keeps,
        };
        definition.behaviours.insert(id(name), behaviour);
    }
    let policy = CallPolicy {
        timeout_ms: Some(300.0),
        retry: Some(Retry {
            retries: 2,
            backoff_ms: 20.0,
            factor: 2.0,
            max_backoff_ms: Some(100.0),
            jitter: Jitter::Full,
            budget: Some(RetryBudget {
                ratio: 0.2,
                min_per_s: 1.0,
            }),
        }),
        breaker: Some(Breaker {
            failures: 5,
            open_ms: 2_000.0,
        }),
        connections: Some(8),
        ..CallPolicy::default()
    };
    for subject in ["call/shop/web->shop/cart", "call/shop/cart->shop/store"] {
        definition
            .policies
            .insert(subject.to_owned(), policy.clone());
    }
    world
}

/// Every kind of fault, one after another.
fn troubles() -> Scenario {
    let id = |name: &str| ServiceId::new("shop", name);
    let end = |name: &str| End::Service { service: id(name) };
    let zone = "eu-west-1b".to_owned();
    let faults = [
        Fault::NetworkPartition {
            between: end("web"),
            and: end("cart"),
        },
        Fault::ServiceFailure { service: id("web") },
        Fault::DatabaseFailover {
            service: id("store"),
        },
        Fault::CacheFailure {
            service: id("cart"),
        },
        Fault::PodEviction {
            service: id("web"),
            pods: 2,
        },
        Fault::ZoneFailure { zone },
        Fault::LoadSpike {
            class: None,
            factor: 3.0,
        },
        Fault::MemoryPressure {
            service: id("web"),
            mib: 3_000.0,
        },
        Fault::CpuThrottle {
            service: id("cart"),
            milli_cpu: 50,
        },
        Fault::LinkDelay {
            between: end("cart"),
            and: end("store"),
            delay_ms: 20.0,
            jitter_ms: 5.0,
        },
        Fault::LinkLoss {
            between: end("web"),
            and: End::Outside,
            share: 0.1,
        },
    ];
    let mut acts = Vec::new();
    for (number, fault) in faults.into_iter().enumerate() {
        let name = format!("{number}");
        let at_ns = (10 + number as u64 * 25) * SECOND;
        let begin = Act::Inject {
            name: name.clone(),
            fault,
        };
        acts.push(TimedAct { at_ns, act: begin });
        let at_ns = at_ns + 15 * SECOND;
        acts.push(TimedAct {
            at_ns,
            act: Act::Lift { name },
        });
    }
    Scenario {
        name: "every fault".to_owned(),
        acts,
    }
}

fn lively_request(threads: usize) -> RunRequest {
    RunRequest {
        scenario: troubles(),
        replications: 2,
        repeats: 2,
        ..request(threads)
    }
}

fn scenario() -> Scenario {
    let at = |second: u64, act| TimedAct {
        at_ns: second * SECOND,
        act,
    };
    Scenario {
        name: "a bad day".to_owned(),
        acts: vec![
            at(
                60,
                Act::KillNode {
                    node: "n2".to_owned(),
                },
            ),
            at(
                90,
                Act::Scale {
                    service: ServiceId::new("shop", "cart"),
                    replicas: 4,
                },
            ),
            at(
                200,
                Act::HealNode {
                    node: "n2".to_owned(),
                },
            ),
            at(
                230,
                Act::Scale {
                    service: ServiceId::new("shop", "cart"),
                    replicas: 1,
                },
            ),
        ],
    }
}

fn request(threads: usize) -> RunRequest {
    RunRequest {
        duration_ns: 300 * SECOND,
        seed: 7,
        scenario: scenario(),
        replications: 4,
        repeats: 0,
        threads,
    }
}

fn played(request: &RunRequest) -> RunResult {
    run(&plan(&shop()), request, &|_| true).unwrap()
}

#[test]
fn the_same_in_debug_and_release() {
    assert_eq!(played(&request(1)).digest, GOLDEN);
}

#[test]
fn a_lively_world_is_the_same_everywhere() {
    let played = |threads| run(&plan(&lively()), &lively_request(threads), &|_| true).unwrap();
    let (one, two) = (played(1), played(2));
    assert_eq!(one.digest, two.digest);
    let summary = &one.summary;
    assert_eq!(
        summary.confidence.as_ref().map(|intervals| intervals.runs),
        Some(3)
    );
    // The test is worth something only where the mechanisms are at work.
    for cause in [
        "noPrimary",
        "partitioned",
        "circuitOpen",
        "timeout",
        "nodeLost",
    ] {
        let seen = summary
            .services
            .iter()
            .any(|service| service.failed.contains_key(cause));
        assert!(seen, "{cause}: {:?}", summary.lost);
    }
    assert_eq!(one.digest, GOLDEN_LIVELY);
}

#[test]
fn a_lively_world_in_steps() {
    let play = |step: u64| {
        let mut simulation = simulation(&lively(), 3);
        for act in troubles().acts {
            while simulation.now() < act.at_ns {
                simulation.advance(act.at_ns.min(simulation.now() + step));
            }
            simulation.advance(act.at_ns);
            simulation.act(&act.act).unwrap();
            simulation = simulation.clone();
        }
        simulation.digest()
    };
    assert_eq!(play(SECOND), play(1000 * SECOND));
}

#[test]
fn threads_change_nothing() {
    let (one, two) = (played(&request(1)), played(&request(2)));
    assert_eq!(one.digest, two.digest);
    assert!(
        one.summary.ranges.is_some(),
        "the test needs sampled worlds: {:?}",
        one.summary.assumed
    );
    let another = RunRequest {
        seed: 8,
        ..request(1)
    };
    assert_ne!(one.digest, played(&another).digest);
}

#[test]
fn steps_looks_and_checkpoints_change_nothing() {
    let mut whole = simulation(&shop(), 7);
    whole.advance(100 * SECOND);
    let mut stepped = simulation(&shop(), 7);
    for step in 1..=1000 {
        stepped.advance(step * SECOND / 10);
        if step % 100 == 0 {
            let _ = (stepped.state(), stepped.summary());
            stepped = stepped.clone();
        }
    }
    assert_eq!(whole.digest(), stepped.digest());
    let decoded = Telemetry::decode(&whole.telemetry().encode()).unwrap();
    assert_eq!(decoded.encode(), stepped.telemetry().encode());
}

#[test]
fn progress_rises_and_cancels() {
    let seen = std::sync::Mutex::new(Vec::new());
    run(&plan(&shop()), &request(1), &|done| {
        seen.lock().unwrap().push(done);
        true
    })
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]) && *seen.last().unwrap() == 1.0);
    let cancelled = run(&plan(&shop()), &request(2), &|done| done < 0.3);
    assert_eq!(cancelled.unwrap_err(), RunError::Cancelled);
}

#[test]
fn bad_scenarios_are_refused() {
    let check = |acts: Vec<TimedAct>, expect: &str| {
        let request = RunRequest {
            scenario: Scenario {
                name: String::new(),
                acts,
            },
            ..request(1)
        };
        let error = run(&plan(&shop()), &request, &|_| true).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    let kill = |at_ns, node: &str| TimedAct {
        at_ns,
        act: Act::KillNode {
            node: node.to_owned(),
        },
    };
    check(
        vec![kill(5, "n9")],
        "scenario.acts[0] at 5 ns: node: \"n9\" is no node of this world",
    );
    check(
        vec![kill(5, "n1"), kill(4, "n2")],
        "scenario.acts[1].atNs is 4, earlier than the act before it (5)",
    );
}
