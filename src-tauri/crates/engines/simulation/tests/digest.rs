//! Results repeat: over runs, threads, steps, checkpoints and build profiles.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, plan, shop, simulation};
use drydock_model::{Act, Scenario, ServiceId, TimedAct};
use drydock_simulation::{RunError, RunRequest, RunResult, Telemetry, run};

/// Digest of the shop played as below. It must come out in debug and in release builds; it changes only with the engine,
/// the price book or the test's world.
const GOLDEN: &str = "cd96a86f401ff3f2464de59bed0eaf0d17fe0dc47daa616b1ddc1be737ba9b6e";

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
