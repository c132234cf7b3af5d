//! Runs from asking to deleting.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::jobs::JobState;
use crate::session::tests::{caller, command, lab};
use crate::{Code, Error, Lab};

#[test]
fn durations() {
    let check = |text: &str, seconds: Option<u64>| {
        let got = parse_duration("for", text)
            .ok()
            .map(|ns| ns / drydock_model::NANOS_PER_SECOND);
        assert_eq!(got, seconds, "{text:?}");
    };
    check("90s", Some(90));
    check("10m", Some(600));
    check("1h30m", Some(5400));
    check("1d2h", Some(93_600));
    check("7d", Some(604_800));
    check("8d", None);
    check("99999999999999999999h", None);
    for bad in ["", "1", "h", "1x", "1m1h", "1h1h", "-1h", "1.5h", "1h 30m"] {
        check(bad, None);
    }
}

/// Runs as the table does: on a thread of its own.
fn ask(lab: &Arc<Lab>, input: serde_json::Value) -> Result<RunDone, Error> {
    let input: RunInput = serde_json::from_value(input).unwrap();
    let inside = Arc::clone(lab);
    let id = lab.jobs.start("run", lab.now(), move |context| {
        let done = run(&inside, &caller(), context, input)?;
        serde_json::to_value(done).map_err(Error::internal)
    });
    let job = lab
        .jobs
        .wait(&id, Duration::from_mins(2), &mut |_| ())
        .unwrap();
    match job.state {
        JobState::Done => Ok(serde_json::from_value(job.result.unwrap()).unwrap()),
        _ => Err(job.error.unwrap()),
    }
}

#[test]
fn a_run_is_kept_and_repeats() {
    let (_folder, lab) = lab();
    let input = json!({"for": "2m", "seed": 7, "replications": 0, "name": "loss of a",
        "kills": [{"at": "30s", "node": "a", "healAfter": "1m"}]});
    let first = ask(&lab, input.clone()).unwrap();
    let second = ask(&lab, input).unwrap();
    assert_eq!(first.row.digest, second.row.digest);
    assert_ne!(first.row.id, second.row.id);
    assert_eq!(first.row.scenario.acts.len(), 2);
    let other = ask(&lab, json!({"for": "2m", "seed": 8, "replications": 2})).unwrap();
    assert_ne!(first.row.digest, other.row.digest);
    assert!(
        other.row.headline.range.is_some(),
        "most parameters are assumed"
    );
    let listed = runs(
        &lab,
        RunsInput {
            limit: Some(2),
            ..RunsInput::default()
        },
    )
    .unwrap();
    assert_eq!(
        listed.items.iter().map(|row| &row.id).collect::<Vec<_>>(),
        [&other.row.id, &second.row.id]
    );
    assert!(listed.next.is_some());
    let result = run_result(
        &lab,
        RunName {
            run: first.row.id.clone(),
        },
    )
    .unwrap();
    assert_eq!(result.summary, first.summary);
    assert_eq!(result.row.name.as_deref(), Some("loss of a"));
    assert!(result.events.iter().any(|event| event.subject == "a"));
    let compared = compare_runs(
        &lab,
        CompareInput {
            a: first.row.id.clone(),
            b: other.row.id,
        },
    )
    .unwrap();
    let failed = compared
        .differences
        .iter()
        .find(|d| d.figure == "failed")
        .unwrap();
    assert!(
        failed.a > Some(0.0) && failed.b == Some(0.0) && failed.change < Some(0.0),
        "{failed:?}"
    );
    let status = crate::cluster_status::cluster_status(
        &lab,
        crate::cluster_status::RunChoice {
            run: Some(first.row.id.clone()),
            ..Default::default()
        },
    )
    .unwrap();
    assert_eq!(
        (status.basis.run.as_deref(), status.nodes.len()),
        (Some(first.row.id.as_str()), 2)
    );
    let page = run_report(
        &lab,
        RunName {
            run: first.row.id.clone(),
        },
    )
    .unwrap();
    let page = String::from_utf8(page.bytes).unwrap();
    assert!(
        page.contains("<svg") && page.contains(&first.row.digest) && page.contains("loss of a")
    );
    let gone = RunName {
        run: first.row.id.clone(),
    };
    assert_eq!(
        command(&lab, move |change| delete_run(change, gone))
            .unwrap()
            .binned,
        first.row.id
    );
    let missing = run_result(&lab, RunName { run: first.row.id }).unwrap_err();
    assert_eq!(missing.code, Code::NotFound);
}

#[test]
fn what_a_run_refuses() {
    let (_folder, lab) = lab();
    let check = |input: serde_json::Value, code: Code, word: &str| {
        let error = ask(&lab, input).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(word), "{error}");
    };
    check(json!({"for": "soon"}), Code::BadInput, "for");
    check(json!({"for": "0s"}), Code::BadInput, "for");
    check(
        json!({"for": "1m", "world": "nowhere"}),
        Code::NotFound,
        "nowhere",
    );
    check(
        json!({"for": "1m", "kills": [{"at": "10s", "node": "z"}]}),
        Code::NotFound,
        "z",
    );
    check(
        json!({"for": "1m", "kills": [{"at": "10s", "pod": "shop/none"}]}),
        Code::Refused,
        "shop/none",
    );
    check(
        json!({"for": "1m", "kills": [{"at": "2m", "node": "a"}]}),
        Code::BadInput,
        "kills[0].at",
    );
    check(
        json!({"for": "1m", "kills": [{"at": "2s"}]}),
        Code::BadInput,
        "kills[0].node",
    );
    check(
        json!({"for": "1m", "replications": 999}),
        Code::BadInput,
        "replications",
    );
    assert!(runs(&lab, RunsInput::default()).unwrap().items.is_empty());
}

#[test]
fn a_run_is_looked_at_along_its_way() {
    let (_folder, lab) = lab();
    let input = json!({"for": "2m", "seed": 7, "replications": 0,
        "kills": [{"at": "30s", "node": "a", "healAfter": "1m"}]});
    let id = ask(&lab, input).unwrap().row.id;
    let stored = lab.runs.get(&lab, &id).unwrap();
    let end = stored.summary.duration_ns;
    let again = stored
        .replayed(&lab, end, drydock_simulation::Simulation::state)
        .unwrap();
    assert_eq!(
        again, stored.state,
        "playing again ends in the stored state"
    );

    let second = drydock_model::NANOS_PER_SECOND;
    let choice = |at: Option<u64>| crate::cluster_status::RunChoice {
        run: Some(id.clone()),
        at_ns: at.map(crate::session::Nanos),
    };
    // At what second, whether node a is dead then, how many kills have been, and as of when the answer says it is.
    for (at, dead, kills, as_of) in [
        (Some(20), false, 0, 20),
        (Some(40), true, 1, 40),
        (Some(100), false, 1, 100),
        (Some(30), true, 1, 30),
        (Some(9999), false, 1, 120),
        (None, false, 1, 120),
    ] {
        let choice = choice(at.map(|at: u64| at * second));
        let faults = crate::chaos::faults(&lab, choice.clone()).unwrap();
        let status = crate::cluster_status::cluster_status(&lab, choice).unwrap();
        let killed = status
            .nodes
            .iter()
            .any(|node| node.name == "a" && node.killed);
        assert_eq!(
            (killed, faults.len(), status.basis.as_of_ns),
            (dead, kills, (as_of * second).to_string()),
            "at {at:?}"
        );
    }
    let cells = |at: u64| {
        let input =
            json!({"type": "cpu", "step": 10, "run": id, "atNs": (at * second).to_string()});
        let input = serde_json::from_value(input).unwrap();
        crate::metrics::heatmap(&lab, input)
            .unwrap()
            .timestamps
            .len()
    };
    assert_eq!((cells(60), cells(119), cells(120)), (6, 11, 12));

    let session = crate::cluster_status::RunChoice {
        run: None,
        at_ns: Some(crate::session::Nanos(second)),
    };
    let refused = crate::cluster_status::cluster_status(&lab, session).unwrap_err();
    assert!(refused.to_string().contains("session_seek"), "{refused}");
}
