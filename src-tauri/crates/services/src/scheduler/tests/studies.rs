//! Headroom, the bindings of a dump, luck, profiles, worlds and sweeps on a small world.

use serde_json::{Value, json};

use super::*;

#[test]
fn headroom() {
    let (_folder, lab) = lab();
    let check = |pods: Value, alone: &[u32], together: &[u32]| {
        let found = scheduler_headroom(&lab, read(json!({"pods": pods}))).unwrap();
        let more = |list: &[HeadroomOf]| list.iter().map(|of| of.more).collect::<Vec<_>>();
        assert_eq!(
            (more(&found.alone), more(&found.together)),
            (alone.to_vec(), together.to_vec())
        );
        found
    };
    let pod = |name: &str, cpu: &str| json!({"podSpec": {"name": name, "resources": {"requests": {"cpu": cpu}}}});
    // 1530 mCPU are left on each node.
    let one = check(json!([pod("half", "500m")]), &[6], &[6]);
    assert_eq!(
        one.alone[0].message,
        "0/2 nodes are available: 2 Insufficient cpu."
    );
    assert_eq!(one.alone[0].runs_out.len(), 1);
    assert_eq!(one.alone[0].nodes.iter().map(|on| on.pods).sum::<u32>(), 6);
    check(
        json!([pod("half", "500m"), pod("quarter", "250m")]),
        &[6, 12],
        &[4, 4],
    );
    // Pods are what runs out: 29 a node, two of them taken.
    let many = check(json!([pod("small", "1m")]), &[54], &[54]);
    assert_eq!(
        many.alone[0].message,
        "0/2 nodes are available: 2 Too many pods."
    );
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  selector: {}\n  template:\n    spec:\n      containers: [{name: c, resources: {requests: {cpu: 500m}}}]\n";
    check(json!([{"manifest": manifest}]), &[6], &[6]);
    let capped =
        scheduler_headroom(&lab, read(json!({"pods": [pod("small", "1m")], "most": 5}))).unwrap();
    assert_eq!((capped.alone[0].more, capped.alone[0].capped), (5, true));

    let refused = |input: Value, field: &str| {
        let error = scheduler_headroom(&lab, read(input)).unwrap_err();
        assert_eq!(error.details, Some(json!({"field": field})), "{error}");
    };
    refused(json!({"pods": []}), "pods");
    refused(json!({"pods": [{"name": "x"}]}), "pods[0]");
    refused(json!({"pods": [pod("x", "a lot")]}), "pods[0]");
    refused(
        json!({"pods": [{"podSpec": {"name": ""}}]}),
        "pods[0].podSpec.name",
    );
    refused(json!({"pods": [{"manifest": "a: ["}]}), "pods[0].manifest");
    refused(json!({"pods": [pod("x", "1m")], "most": 0}), "most");
}

#[test]
fn bindings_of_a_dump() {
    let (_folder, lab) = lab();
    let pod =
        |name: &str, cpu: i64| json!({"name": name, "nodeName": "a", "resources": {"cpu": cpu}});
    make(
        &lab,
        json!({"name": "full", "nodes": [node("a"), node("b")],
        "existingPods": [pod("big", 900), pod("over", 500)]}),
    )
    .unwrap();
    let found = scheduler_bindings(&lab, read(json!({"simulationId": "full"}))).unwrap();
    assert_eq!(
        (found.pods, found.feasible, found.best, found.matching),
        (2, 0, 0, 2)
    );
    assert_eq!(found.rows[0].reasons, ["Insufficient cpu"]);
    assert_eq!(found.rows[0].chosen.as_deref(), Some("b"));
    make(
        &lab,
        json!({"name": "fine", "nodes": [node("a"), node("b")],
        "existingPods": [pod("big", 500), pod("small", 100)]}),
    )
    .unwrap();
    let found = scheduler_bindings(
        &lab,
        read(json!({"simulationId": "fine", "only": "notBest"})),
    )
    .unwrap();
    assert_eq!((found.pods, found.feasible, found.best), (2, 2, 0));
    assert_eq!(found.rows.len(), 2);
    assert_eq!(found.rows[0].chosen.as_deref(), Some("b"));
}

#[test]
fn luck_repeats_and_adds_up() {
    let (_folder, lab) = lab();
    let input = json!({"seeds": 20, "anew": true});
    let played = job(&lab, scheduler_landings, input.clone()).unwrap();
    assert_eq!(job(&lab, scheduler_landings, input).unwrap(), played);
    assert_eq!((&played["plays"], &played["pods"]), (&json!(20), &json!(4)));
    for row in played["rows"].as_array().unwrap() {
        let plays = row["landings"].as_array().unwrap().iter();
        assert_eq!(
            plays
                .map(|landing| landing["plays"].as_u64().unwrap())
                .sum::<u64>(),
            20
        );
    }
    let none = job(&lab, scheduler_landings, json!({"seeds": 0})).unwrap_err();
    assert_eq!(none.details, Some(json!({"field": "seeds"})));
}

#[test]
fn two_profiles_and_two_worlds() {
    let (_folder, lab) = lab();
    let packed =
        scheduler_profiles(&lab, read(json!({"b": {"preset": "optimizeUtilization"}}))).unwrap();
    assert_eq!((packed.a.placed, packed.b.placed), (4, 4));
    let empty = |placement: &drydock_what_if::Placement| {
        placement.nodes.iter().filter(|node| node.pods == 0).count()
    };
    assert_eq!(
        (empty(&packed.a), empty(&packed.b)),
        (0, 0),
        "spreading outweighs packing"
    );
    let bad =
        scheduler_profiles(&lab, read(json!({"b": {"configuration": "kind: Pod"}}))).unwrap_err();
    assert_eq!(bad.details, Some(json!({"field": "b.configuration"})));

    let drain = json!([{"type": "drainNodes", "nodes": ["a"]}]);
    job(
        &lab,
        scheduler_keep,
        json!({"name": "drained", "changes": drain}),
    )
    .unwrap();
    let compared = scheduler_compare(&lab, read(json!({"a": "shop", "b": "drained"}))).unwrap();
    assert_eq!(compared.comparison.moved.len(), 2, "{compared:?}");
    assert_eq!(
        (
            compared.comparison.only_a.len(),
            compared.comparison.only_b.len()
        ),
        (0, 0)
    );
    let twice = job(
        &lab,
        scheduler_keep,
        json!({"name": "drained", "changes": []}),
    )
    .unwrap_err();
    assert_eq!(twice.code, Code::Conflict);
}

#[test]
fn a_sweep_is_a_grid() {
    let (_folder, lab) = lab();
    let scale = |replicas: u32| json!({"label": replicas.to_string(), "changes": [{"type": "scaleWorkload", "workload": "web", "replicas": replicas}]});
    let axes = json!([
        {"name": "web", "values": [scale(2), scale(40)]},
        {"name": "zone", "values": [{"label": "both"}, {"label": "one", "changes": [{"type": "failZone", "zone": "us-east-1a"}]}]},
    ]);
    let swept = job(&lab, scheduler_sweep, json!({"axes": axes})).unwrap();
    let cells = swept["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 4);
    assert_eq!(
        (&cells[0]["pending"], &cells[3]["at"]),
        (&json!(0), &json!([1, 1]))
    );
    assert!(
        cells[3]["pending"].as_u64() > cells[2]["pending"].as_u64(),
        "{swept}"
    );
    let unnamed = job(
        &lab,
        scheduler_sweep,
        json!({"axes": [{"name": "", "values": [scale(1)]}]}),
    )
    .unwrap_err();
    assert_eq!(unnamed.details, Some(json!({"field": "axes[0].name"})));
}
