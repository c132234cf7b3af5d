//! What holds whatever fails: losing more brings nothing up, nothing goes to a lost node, the same question has the same
//! answer.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeSet;

use common::*;
use drydock_availability::{Each, Failure, Fate, LostNodes, Options, Structure};
use proptest::prelude::*;
use serde_json::Value;

const NODES: usize = 5;
const SERVICES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Five nodes in three zones of two regions, services of several kinds on any of them, any calls.
fn structures() -> impl Strategy<Value = Structure> {
    let kind = prop::sample::select(vec![
        ("Deployment", "own/image"),
        ("StatefulSet", "own/image"),
        ("StatefulSet", "etcd:3"),
        ("StatefulSet", "postgres:17"),
        ("StatefulSet", "zalando/spilo:1"),
    ]);
    let cpu = prop::sample::select(vec!["100m", "1", "2500m"]);
    let service = (kind, prop::collection::vec(0..=NODES, 1..4), cpu);
    let call = (0..SERVICES.len(), 0..SERVICES.len());
    (
        prop::collection::vec(service, SERVICES.len()),
        prop::collection::vec(call, 0..7),
        any::<bool>(),
    )
        .prop_map(|(services, calls, deleted)| {
            let zones = ["eu-1a", "eu-1b", "us-1a", "eu-1a", "eu-1b"];
            let name = |at: usize| format!("n{at}");
            let mut objects: Vec<Value> = (0..NODES).map(|at| node(&name(at), zones[at])).collect();
            objects.push(running("DaemonSet", "agent", "own/image", 0, "50m"));
            for (service, ((kind, image), on, cpu)) in SERVICES.iter().zip(services) {
                // Beyond the last node a pod waits.
                let on = on
                    .into_iter()
                    .map(|at| if at == NODES { String::new() } else { name(at) });
                let on: Vec<String> = on.collect();
                let on: Vec<&str> = on.iter().map(String::as_str).collect();
                objects.push(running(kind, service, image, on.len() as u32, cpu));
                objects.extend(pods(kind, service, cpu, &on));
            }
            let calls: Vec<_> = calls
                .iter()
                .map(|&(from, to)| (SERVICES[from], SERVICES[to]))
                .collect();
            let options = Options {
                lost_nodes: if deleted {
                    LostNodes::Deleted
                } else {
                    LostNodes::Stay
                },
                ..Options::default()
            };
            Structure::of(&world(&objects, &calls, &[]), &options).unwrap()
        })
}

fn failures() -> impl Strategy<Value = Vec<Failure>> {
    let failure = prop_oneof![
        (0..NODES).prop_map(|at| on_node(&format!("n{at}"))),
        prop::sample::select(vec!["eu-1a", "eu-1b", "us-1a"]).prop_map(on_zone),
        prop::sample::select(vec!["eu-1", "us-1"]).prop_map(on_region),
        prop::sample::select(SERVICES.to_vec()).prop_map(on_service),
    ];
    prop::collection::vec(failure, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn losing_more_brings_nothing_up(structure in structures(), some in failures(), more in failures()) {
        let less = structure.lose(&some).unwrap();
        let all: Vec<Failure> = some.into_iter().chain(more).collect();
        let more = structure.lose(&all).unwrap();
        for (less, more) in less.services.iter().zip(&more.services) {
            prop_assert!(more.immediately.ready <= less.immediately.ready, "{}", more.service);
            prop_assert!(more.immediately.state >= less.immediately.state, "{}", more.service);
            prop_assert!(less.immediately.state >= less.before.state, "{}", less.service);
        }
    }

    #[test]
    fn nothing_goes_to_a_lost_node(structure in structures(), failures in failures()) {
        let loss = structure.lose(&failures).unwrap();
        let lost: BTreeSet<&String> = loss.lost_nodes.iter().collect();
        for pod in &loss.pods {
            prop_assert!(pod.to.as_ref().is_none_or(|to| !lost.contains(to)), "{pod:?}");
            prop_assert_eq!(pod.to.is_some(), pod.fate == Fate::Replaced);
            prop_assert_eq!(pod.why.is_some(), pod.fate == Fate::Unplaced);
            prop_assert_eq!(pod.preempted, !lost.contains(&pod.from));
        }
        for service in &loss.services {
            for it in [&service.before, &service.immediately, &service.after_replacement] {
                prop_assert_eq!(it.reason.is_some(), it.state != drydock_availability::ServiceState::Up);
                prop_assert_eq!(it.lacks.is_some(), it.state == drydock_availability::ServiceState::Broken);
                prop_assert!(it.no_writes.is_none() || !it.state.fails());
            }
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(structure in structures(), failures in failures()) {
        let first = structure.lose(&failures).unwrap();
        prop_assert_eq!(&first, &structure.lose(&failures).unwrap());
        let matrix = structure.matrix_of(std::slice::from_ref(&failures)).unwrap();
        let states: Vec<_> = first.services.iter().map(|it| it.after_replacement.state).collect();
        prop_assert_eq!(&matrix.rows[0].after_replacement.states, &states);
        // What fails twice fails once.
        let twice: Vec<Failure> = failures.iter().chain(&failures).cloned().collect();
        prop_assert_eq!(structure.lose(&twice).unwrap().services, first.services);
    }

    #[test]
    fn a_summary_is_ranked(structure in structures()) {
        let summary = structure.summary().unwrap();
        let down: Vec<usize> = summary.single_points.iter().map(|it| it.entries_down.len()).collect();
        prop_assert!(down.is_sorted_by(|a, b| a >= b));
        for point in &summary.single_points {
            let alone = structure.lose(std::slice::from_ref(&point.failure)).unwrap();
            let broken = alone.services.iter().filter(|it| {
                it.entry && it.immediately.state.fails() && !it.before.state.fails()
            });
            prop_assert_eq!(broken.count(), point.entries_down.len());
        }
        prop_assert_eq!(structure.each(Each::Node).len(), NODES);
    }
}
