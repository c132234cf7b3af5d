//! What holds after any changes: no node has more than it takes, no cordoned or failed node gets a pod, nothing is lost
//! without being named, and the same question has the same answer.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod common;

use std::collections::BTreeSet;

use common::{budget, changes, daemon_set, deployment, node, pods, with, workload, world};
use drydock_model::World;
use drydock_what_if::{Axis, AxisValue, Baseline, WhatIfError, compare, sweep, what_if};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Six nodes in three zones; Deployments that spread, keep apart and need a label; a StatefulSet; a DaemonSet; a budget.
fn cluster() -> World {
    let mut objects: Vec<Value> = (0..6)
        .map(|at| node(&format!("n{at}"), ["a", "b", "c"][at % 3]))
        .collect();
    let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "apart"}}}]}});
    let spread = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "even"}}}]);
    objects.extend([
        deployment("web", 5, "700m"),
        with(
            deployment("apart", 4, "300m"),
            "spec/template/spec/affinity",
            apart,
        ),
        with(
            deployment("even", 5, "400m"),
            "spec/template/spec/topologySpreadConstraints",
            spread,
        ),
        workload("StatefulSet", "db", 3, "900m"),
        daemon_set("log", "50m"),
        budget("web", "maxUnavailable", json!(1)),
        budget("db", "minAvailable", json!("67%")),
    ]);
    objects.extend(pods("web", &["n0", "n0", "n1"], "700m"));
    world(&objects)
}

fn change() -> impl Strategy<Value = Value> {
    let node = (0..6u8).prop_map(|at| format!("n{at}"));
    let app = prop::sample::select(vec!["web", "apart", "even", "db"]);
    let zone = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        node.clone().prop_map(|n| json!({"type": "drainNodes", "nodes": [n], "force": true})),
        node.clone().prop_map(|n| json!({"type": "removeNodes", "nodes": [n]})),
        node.clone().prop_map(|n| json!({"type": "failNodes", "nodes": [n]})),
        zone.prop_map(|zone| json!({"type": "failZone", "zone": zone})),
        (node.clone(), any::<bool>()).prop_map(|(n, on)| json!({"type": "cordonNodes", "nodes": [n], "on": on})),
        node.clone().prop_map(|n| json!({"type": "taintNodes", "nodes": [n], "add": [{"key": "k", "effect": "NoExecute"}]})),
        node.prop_map(|n| json!({"type": "labelNodes", "nodes": [n], "set": {"topology.kubernetes.io/zone": "d"}})),
        (app.clone(), 0..8u32).prop_map(|(app, n)| json!({"type": "scaleWorkload", "workload": app, "replicas": n})),
        app.prop_map(|app| json!({"type": "editWorkload", "workload": app, "patch": {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}})),
        (1..3u32).prop_map(|n| json!({"type": "addNodes", "count": n, "pool": "main"})),
        (1..8u32).prop_map(|n| json!({"type": "resizePool", "pool": "main", "count": n})),
        Just(json!({"type": "replacePool", "pool": "main", "instanceType": "m5.2xlarge", "count": 3, "maxSurge": 2})),
        Just(json!({"type": "setScheduler", "preset": "optimizeUtilization"})),
    ]
}

/// A list of changes of which each can be, after those before it.
fn possible(world: &World, asked: Vec<Value>) -> Vec<Value> {
    let mut list: Vec<Value> = Vec::new();
    for change in asked {
        list.push(change);
        match what_if(world, &changes(json!(list))) {
            Ok(_) => {}
            Err(WhatIfError::Change { number, .. }) => {
                assert_eq!(number, list.len());
                list.pop();
            }
            Err(other) => panic!("{other}"),
        }
    }
    list
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn hard_constraints_hold(asked in prop::collection::vec(change(), 1..5)) {
        let world = cluster();
        let asked = possible(&world, asked);
        let (outcome, fork) = what_if(&world, &changes(json!(asked))).unwrap();
        let again = what_if(&world, &changes(json!(asked))).unwrap();
        prop_assert_eq!(&again.0, &outcome);
        prop_assert_eq!(&again.1, &fork);

        for node in &outcome.after.nodes {
            prop_assert!(node.cpu_requested <= node.cpu_allocatable, "{:?}", node);
            prop_assert!(node.memory_requested <= node.memory_allocatable, "{:?}", node);
            prop_assert!(node.pods <= node.max_pods, "{:?}", node);
        }
        let placed: i64 = outcome.after.nodes.iter().map(|node| node.pods).sum();
        prop_assert_eq!(placed, i64::from(outcome.after.placed));
        prop_assert_eq!(outcome.after.placed as usize + outcome.after.pending.len(), outcome.after.pods as usize);

        // Whoever moved, moved to a node that is there, answers and was not cordoned for good.
        for moved in &outcome.moved {
            if let Some(to) = &moved.to {
                let node = outcome.after.nodes.iter().find(|node| node.name == *to).unwrap();
                let daemon = moved.owner == "shop/log";
                prop_assert!(daemon || node.ready, "{:?}", moved);
            }
        }
        // Pods that keep apart do.
        let fork = Baseline::of(&fork).unwrap();
        let mut apart = BTreeSet::new();
        for (at, pod) in fork.pods().iter().enumerate() {
            let node = fork.cluster().node_of(drydock_scheduler::PodKey(at as u64));
            if let (true, Some(node)) = (pod.owner.name() == "apart", node) {
                prop_assert!(apart.insert(node), "{} shares its node", pod.name);
            }
        }
        prop_assert_eq!(fork.placement().pods, outcome.after.pods);
    }
}

fn baseline(world: &World) -> Baseline {
    Baseline::of(world).unwrap()
}

#[test]
fn no_change_moves_nothing() {
    let world = cluster();
    let (outcome, fork) = what_if(&world, &[]).unwrap();
    assert_eq!(outcome.before, outcome.after);
    assert!(outcome.moved.is_empty() && outcome.preempted.is_empty() && outcome.drains.is_empty());
    assert_eq!(fork, world);
    let compared = compare(&baseline(&world), &baseline(&fork));
    assert!(compared.moved.is_empty() && compared.only_a.is_empty() && compared.only_b.is_empty());
}

#[test]
fn a_fork_compares_with_what_it_came_from() {
    let world = cluster();
    let asked = changes(json!([{"type": "drainNodes", "nodes": ["n0"]}]));
    let (outcome, fork) = what_if(&world, &asked).unwrap();
    let compared = compare(&baseline(&world), &baseline(&fork));
    let names = |moved: &[drydock_what_if::Move]| -> Vec<(String, Option<String>)> {
        moved
            .iter()
            .map(|moved| (moved.pod.clone(), moved.to.clone()))
            .collect()
    };
    assert!(!outcome.moved.is_empty());
    assert_eq!(names(&compared.moved), names(&outcome.moved));
    assert!(compared.only_a.is_empty() && compared.only_b.is_empty());
}

#[test]
fn sweeps() {
    let world = cluster();
    let value = |label: &str, asked: Value| AxisValue {
        label: label.to_owned(),
        changes: changes(asked),
    };
    let axes = [
        Axis {
            name: "zone".to_owned(),
            values: vec![
                value("all", json!([])),
                value("without a", json!([{"type": "failZone", "zone": "a"}])),
            ],
        },
        Axis {
            name: "web".to_owned(),
            values: vec![
                value("5", json!([])),
                value(
                    "40",
                    json!([{"type": "scaleWorkload", "workload": "web", "replicas": 40}]),
                ),
                value(
                    "nobody",
                    json!([{"type": "scaleWorkload", "workload": "nobody", "replicas": 1}]),
                ),
            ],
        },
    ];
    let all = sweep(&baseline(&world), &axes, |_, total| total == 6).unwrap();
    let at: Vec<_> = all.cells.iter().map(|cell| cell.at.clone()).collect();
    assert_eq!(at, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    assert_eq!((all.cells[0].pending, all.cells[0].moved), (0, 0));
    assert!(
        all.cells[3].moved > 0
            && all.cells[1].pending > 0
            && all.cells[4].pending > all.cells[1].pending
    );
    let error = all.cells[5].error.as_deref().unwrap();
    assert!(
        error.starts_with("change 2 (scaleWorkload): workload is \"nobody\""),
        "{error}"
    );
    // Each cell is the question asked alone.
    let (alone, _) = what_if(
        &world,
        &[
            axes[0].values[1].changes.clone(),
            axes[1].values[1].changes.clone(),
        ]
        .concat(),
    )
    .unwrap();
    assert_eq!(
        (
            all.cells[4].pending,
            all.cells[4].moved,
            all.cells[4].cost_per_hour
        ),
        (
            alone.after.pending.len() as u32,
            alone.moved.len() as u32,
            alone.after.cost_per_hour
        )
    );
    let stopped = sweep(&baseline(&world), &axes, |_, _| false).unwrap_err();
    assert!(matches!(stopped, WhatIfError::Cancelled { total: 6, .. }));
    let empty = sweep(&baseline(&world), &[], |_, _| true).unwrap_err();
    assert_eq!(empty.to_string(), "axes make 0 cells, expected 1 to 10000");
}
