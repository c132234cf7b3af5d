//! Placement of a small world: two nodes of 1930 mCPU in two zones, two services of two pods of 200 mCPU.

mod studies;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::jobs::{JobContext, JobState};
use crate::session::tests::{caller, command, lab, step};
use crate::{Caller, Code};

fn read<T: serde::de::DeserializeOwned>(input: Value) -> T {
    serde_json::from_value(input).unwrap()
}

fn make(lab: &Arc<Lab>, input: Value) -> Result<SimulatedCluster, Error> {
    let input = read(input);
    command(lab, move |change| create_simulation(change, input))
}

fn node(name: &str) -> Value {
    json!({"name": name, "resources": {"cpuAllocatable": 1000, "memoryAllocatable": 1 << 30}})
}

/// Does a job as the table does.
fn job<I: serde::de::DeserializeOwned + Send + 'static, O: serde::Serialize + 'static>(
    lab: &Arc<Lab>,
    f: fn(&Arc<Lab>, &Caller, &JobContext, I) -> Result<O, Error>,
    input: Value,
) -> Result<Value, Error> {
    let inside = Arc::clone(lab);
    let input: I = read(input);
    let id = lab.jobs.start("job", lab.now(), move |context| {
        let done = f(&inside, &caller(), context, input)?;
        serde_json::to_value(done).map_err(Error::internal)
    });
    let done = lab
        .jobs
        .wait(&id, Duration::from_mins(2), &mut |_| ())
        .unwrap();
    match done.state {
        JobState::Done => Ok(done.result.unwrap()),
        _ => Err(done.error.unwrap()),
    }
}

#[test]
fn a_world_by_each_of_its_names() {
    let (_folder, lab) = lab();
    for name in ["shop", "current", "default"] {
        let seen = scheduler_cluster(&lab, read(json!({"simulationId": name}))).unwrap();
        assert_eq!(
            (seen.total_nodes, seen.running_pods, seen.used_cpu),
            (2, 4, 800),
            "{name}"
        );
    }
    let absent = scheduler_cluster(&lab, read(json!({"simulationId": "absent"}))).unwrap_err();
    assert_eq!(absent.code, Code::NotFound);
    make(&lab, json!({"name": "default", "nodes": [node("only")]})).unwrap();
    let named = scheduler_cluster(&lab, read(json!({"simulationId": "default"}))).unwrap();
    assert_eq!(named.total_nodes, 1, "a world of that name comes first");
    let both = read(json!({"simulationId": "shop", "run": "x"}));
    let refused = scheduler_board(&lab, both).unwrap_err();
    assert_eq!(refused.details, Some(json!({"field": "simulationId"})));
}

#[test]
fn a_change_of_the_world_is_seen() {
    let (_folder, lab) = lab();
    let pods = |lab: &Lab| {
        scheduler_cluster(lab, read(json!({"simulationId": "current"})))
            .unwrap()
            .total_pods
    };
    assert_eq!(pods(&lab), 4);
    command(&lab, |change| {
        let input = read(json!({"world": "current", "service": "web", "replicas": 5}));
        crate::definition::scale_service(change, input)
    })
    .unwrap();
    assert_eq!(pods(&lab), 7);
}

#[test]
fn a_pending_pod_is_explained_with_what_would_help() {
    let (_folder, lab) = lab();
    let grow = json!([{"type": "editWorkload", "workload": "web", "patch":
        {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1800m"}}}]}}}}}]);
    let kept = job(
        &lab,
        scheduler_keep,
        json!({"name": "grown", "changes": grow}),
    )
    .unwrap();
    assert_eq!(kept["fork"]["origin"]["world"], json!("shop"));
    let pending = kept["newState"]["unschedulable"]
        .as_array()
        .unwrap()
        .clone();
    assert!(!pending.is_empty(), "{kept}");
    let told = scheduler_explain(
        &lab,
        read(json!({"pod": pending[0], "simulationId": "grown", "limit": 1})),
    )
    .unwrap();
    assert_eq!(
        (told.nodes, told.matching, told.explanation.nodes.len()),
        (2, 2, 1)
    );
    assert_eq!(told.service, "shop/web");
    assert_eq!(told.reasons[0].reason, "Insufficient cpu");
    assert_eq!(told.reasons[0].nodes, 2);
    assert!(!told.remedies.is_empty());
    assert_eq!(
        told.preemption.map(|eviction| eviction.nominated),
        Some(None)
    );
    let none = json!({"pod": pending[0], "simulationId": "grown", "feasible": true});
    assert_eq!(scheduler_explain(&lab, read(none)).unwrap().matching, 0);
    for (field, value) in [("limit", json!(0)), ("plugin", json!("Nothing"))] {
        let mut input = json!({"pod": pending[0], "simulationId": "grown"});
        input[field] = value;
        let error = scheduler_explain(&lab, read(input)).unwrap_err();
        assert_eq!(error.details, Some(json!({"field": field})));
    }
}

#[test]
fn the_session_is_explained_too() {
    let (_folder, lab) = lab();
    step(&lab, 30.0);
    let board = scheduler_board(&lab, SceneInput::default()).unwrap();
    let pod = &board.groups[0].nodes[0].pods[0];
    let told = scheduler_explain(&lab, read(json!({"pod": pod.name}))).unwrap();
    assert_eq!(told.placed.as_ref(), Some(&board.groups[0].nodes[0].name));
    assert_eq!((told.decided, told.priority), (Decided::Now, Some(0)));
    assert_eq!(told.explanation.feasible, 2);
    assert_eq!(
        board.groups[0].nodes[0].instance_type.as_deref(),
        Some("m5.large")
    );
}

#[test]
fn what_if_leaves_the_world_alone() {
    let (_folder, lab) = lab();
    let ask = |input: Value| scheduler_what_if(&lab, read(input));
    let nothing = ask(json!({})).unwrap();
    assert_eq!(nothing.outcome.moved, []);
    assert_eq!(nothing.original_state, nothing.new_state);
    let failed = ask(json!({"changes": [{"type": "failZone", "zone": "us-east-1a"}]})).unwrap();
    assert_eq!(failed.outcome.moved.len(), 2);
    assert_eq!(failed.new_state.schedulable, 4);
    assert_eq!(ask(json!({})).unwrap(), nothing);
    let row = lab.world_row("shop").unwrap();
    assert_eq!(row.revision, 1);
}

#[test]
fn scenarios_are_changes() {
    let (_folder, lab) = lab();
    let check = |kind: &str, parameters: Value, pods: u32, nodes: usize| {
        let input = json!({"scenario": {"type": kind, "parameters": parameters}});
        let report = scheduler_what_if(&lab, read(input)).unwrap();
        let after = &report.outcome.after;
        assert_eq!(
            (after.placed, after.nodes.len()),
            (pods, nodes),
            "{kind}: {}",
            report.impact
        );
        report
    };
    check("add_node", json!({"like": "a"}), 4, 3);
    let resources = json!({"cpuAllocatable": 4000, "memoryAllocatable": 8_i64 << 30});
    let named = check(
        "add_node",
        json!({"name": "c", "resources": resources}),
        4,
        3,
    );
    assert!(
        named
            .outcome
            .warnings
            .iter()
            .any(|line| line.contains("\"c\""))
    );
    check("remove_node", json!({"nodeName": "a"}), 4, 1);
    check("node_failure", json!({"nodeName": "a"}), 4, 2);
    check(
        "scale_deployment",
        json!({"deployment": "we", "replicas": 7}),
        9,
        2,
    );

    let refused = |input: Value, code: Code, says: &str| {
        let error = scheduler_what_if(&lab, read(input)).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(says), "{error}");
    };
    let scenario = |kind: &str, parameters: Value| json!({"scenario": {"type": kind, "parameters": parameters}});
    refused(
        scenario("remove_node", json!({"nodeName": "z"})),
        Code::NotFound,
        "z",
    );
    refused(
        scenario("remove_node", json!({})),
        Code::BadInput,
        "nodeName",
    );
    refused(
        scenario("add_node", json!({})),
        Code::BadInput,
        "resources or like",
    );
    refused(
        scenario(
            "scale_deployment",
            json!({"deployment": "none", "replicas": 1}),
        ),
        Code::NotFound,
        "none",
    );
    refused(
        json!({"changes": [{"type": "drainNodes", "nodes": ["z"]}]}),
        Code::BadInput,
        "changes[0].nodes[0]",
    );
    refused(
        json!({"changes": [{"type": "addWorkloads", "manifests": "a: ["}]}),
        Code::BadInput,
        "changes[0].manifests",
    );
    refused(
        json!({"changes": [{"type": "setScheduler", "configuration": "kind: Pod"}]}),
        Code::BadInput,
        "changes[0]",
    );
}

#[test]
fn a_simulation_is_checked_whole() {
    let (_folder, lab) = lab();
    let check = |input: Value, field: &str| {
        let error = make(&lab, input).unwrap_err();
        assert_eq!(error.details, Some(json!({"field": field})), "{error}");
    };
    let mut empty = node("a");
    empty["resources"]["cpuAllocatable"] = json!(0);
    check(json!({"name": "x", "nodes": []}), "nodes");
    check(json!({"name": " ", "nodes": [node("a")]}), "name");
    check(
        json!({"name": "x", "nodes": [node("A b")]}),
        "nodes[0].name",
    );
    check(
        json!({"name": "x", "nodes": [node("a"), node("a")]}),
        "nodes[1].name",
    );
    check(
        json!({"name": "x", "nodes": [empty]}),
        "nodes[0].resources.cpuAllocatable",
    );
    check(
        json!({"name": "x", "nodes": [node("a")], "existingPods": [{"name": "p", "nodeName": "b", "resources": {}}]}),
        "existingPods[0].nodeName",
    );
    assert_eq!(
        scheduler_simulations(&lab, SimulationsInput::default())
            .unwrap()
            .len(),
        1,
        "nothing was stored"
    );
    make(
        &lab,
        json!({"name": "x", "description": "a try", "nodes": [node("a")]}),
    )
    .unwrap();
    let all = scheduler_simulations(&lab, SimulationsInput::default()).unwrap();
    assert_eq!(
        (all[0].id.as_str(), all[0].name.as_str()),
        ("default", "shop")
    );
    assert_eq!(all[1].description.as_deref(), Some("a try"));
    assert_eq!(all[1].nodes[0].resources.pods_capacity, 110);
}

#[test]
fn eviction_is_told_as_it_was_decided() {
    let (_folder, lab) = lab();
    let pod = |name: &str, priority: i32, node: Option<&str>| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": node, "priority": priority, "preemptionPolicy": "PreemptLowerPriority",
                "containers": [{"name": "c", "resources": {"requests": {"cpu": "800m"}}}]}})
    };
    let objects = [
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "only"},
            "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "10"}}}),
        pod("low", 1, Some("only")),
        pod("high", 100, None),
        pod("late", 0, None),
    ];
    command(&lab, move |change| {
        let mut world = drydock_model::World::default();
        world.objects.extend(objects.into_iter().map(|json| {
            drydock_model::ClusterObject::new(json, drydock_model::Provenance::Measured)
        }));
        world.sort_objects();
        let now = change.lab.now();
        Ok(change
            .writer
            .create_world("tight", &world, "test", "tester", now)?)
    })
    .unwrap();
    let told = |pod: &str| {
        scheduler_explain(&lab, read(json!({"pod": pod, "simulationId": "tight"}))).unwrap()
    };
    let high = told("high");
    assert_eq!(
        (high.decided, high.placed.as_deref()),
        (Decided::AsTaken, Some("only"))
    );
    assert_eq!(high.explanation.chosen, None, "before the eviction");
    let eviction = high.preemption.unwrap();
    assert_eq!(eviction.nominated.as_deref(), Some("only"));
    assert_eq!(
        eviction.candidates[0].victims,
        [Victim {
            pod: "default/low".to_owned(),
            priority: 1
        }]
    );
    for pod in ["low", "late"] {
        let told = told(pod);
        assert_eq!(told.placed, None, "{pod}");
        assert_eq!(told.preemption.unwrap().nominated, None, "{pod}");
        assert!(!told.remedies.is_empty(), "{pod}");
    }
    let board = scheduler_board(&lab, read(json!({"simulationId": "tight"}))).unwrap();
    let waiting: Vec<_> = board.pending.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(waiting, ["default/late", "default/low"]);
    assert!(
        board
            .pending
            .iter()
            .all(|pod| pod.message.contains("Insufficient cpu"))
    );
}
