//! The scheduler inside of a run: what the world says of placement is in force, and more important pods make room.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, plan, simulation, workload, world};
use drydock_model::{Act, ServiceId};
use drydock_simulation::{EventKind, Plan, Simulation};
use serde_json::{Value, json};

fn class(name: &str, value: i32, default: bool) -> Value {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "value": value, "globalDefault": default})
}

fn of_class(mut workload: Value, class: &str) -> Value {
    workload["spec"]["template"]["spec"]["priorityClassName"] = json!(class);
    workload
}

/// Name and node of every pod of a service.
fn pods(simulation: &Simulation, service: &str) -> Vec<(String, Option<String>)> {
    let id = ServiceId::new("shop", service);
    let state = simulation.state();
    let service = state.services.iter().find(|s| s.id == id).unwrap();
    service
        .pods
        .iter()
        .map(|pod| (pod.name.clone(), pod.node.clone()))
        .collect()
}

fn events(simulation: &Simulation, kind: EventKind) -> Vec<String> {
    simulation
        .events()
        .iter()
        .filter(|event| event.kind == kind)
        .map(|event| {
            let second = event.at_ns / SECOND;
            format!(
                "{second} {}: {} ({})",
                event.subject, event.message, event.cause
            )
        })
        .collect()
}

#[test]
fn more_important_pods_evict_others() {
    let objects = [
        node("n1", "a", "1"),
        class("high", 100, false),
        workload("Deployment", "batch", 2, "500m", None),
        of_class(workload("Deployment", "web", 0, "400m", None), "high"),
    ];
    let mut simulation = simulation(&world(&objects, &[], &[], &[]), 1);
    simulation.advance(10 * SECOND);
    let scale = Act::Scale {
        service: ServiceId::new("shop", "web"),
        replicas: 1,
    };
    simulation.act(&scale).unwrap();
    assert_eq!(
        events(&simulation, EventKind::Evict),
        [
            "10 shop/batch-1: evicted from n1 for shop/web-0 (shop/web-0 has priority 100, this pod 0, and no node takes both)"
        ]
    );
    // The place is kept until the victim is out of the endpoints and done.
    assert_eq!(pods(&simulation, "web"), [("shop/web-0".to_owned(), None)]);
    simulation.advance(12 * SECOND);
    let placed = |name: &str| (name.to_owned(), Some("n1".to_owned()));
    assert_eq!(pods(&simulation, "web"), [placed("shop/web-0")]);
    assert_eq!(
        pods(&simulation, "batch"),
        [placed("shop/batch-0"), ("shop/batch-2".to_owned(), None)]
    );
}

#[test]
fn a_dump_s_waiting_pod_makes_room_at_the_start() {
    let pod = |name: &str, priority: i32, node: Option<&str>| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"priority": priority, "nodeName": node, "containers": [{"name": "c", "resources": {"requests": {"cpu": "600m"}}}]},
            "status": {"phase": "Running"}})
    };
    let check = |policy: Option<&str>, expect: &[&str]| {
        let mut waiting = pod("waiting", 5, None);
        if let Some(policy) = policy {
            waiting["spec"]["preemptionPolicy"] = json!(policy);
        }
        let objects = [node("n1", "a", "1"), pod("running", 0, Some("n1")), waiting];
        let simulation = simulation(&world(&objects, &[], &[], &[]), 1);
        assert_eq!(events(&simulation, EventKind::Evict), expect);
    };
    check(Some("Never"), &[]);
    check(
        None,
        &[
            "0 shop/running: evicted from n1 for shop/waiting (shop/waiting has priority 5, this pod 0, and no node takes both)",
        ],
    );
}

#[test]
fn the_world_s_configuration_is_in_force() {
    let check = |configuration: Option<Value>, expect: &[&str]| {
        let mut objects = vec![
            node("n1", "a", "4"),
            node("n2", "a", "4"),
            workload("Deployment", "web", 2, "500m", None),
        ];
        objects.extend(configuration);
        let simulation = simulation(&world(&objects, &[], &[], &[]), 1);
        let nodes: Vec<_> = pods(&simulation, "web")
            .into_iter()
            .map(|(_, node)| node.unwrap())
            .collect();
        assert_eq!(nodes, expect);
    };
    let configuration = |percent: i32| {
        json!({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
            "metadata": {"name": "kube-scheduler"}, "percentageOfNodesToScore": percent,
            "profiles": [{"plugins": {"multiPoint": {"disabled": [{"name": "PodTopologySpread"}, {"name": "NodeResourcesBalancedAllocation"}]}},
                "pluginConfig": [{"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "MostAllocated"}}}]}]})
    };
    check(None, &["n1", "n2"]);
    check(Some(configuration(0)), &["n1", "n1"]);
    let objects = [node("n1", "a", "4"), configuration(-1)];
    let error = Plan::compile(&world(&objects, &[], &[], &[])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "KubeSchedulerConfiguration: percentageOfNodesToScore is -1, expected a whole number from 0 to 100"
    );
}

#[test]
fn what_the_api_server_refuses_is_named_and_left_out() {
    let objects = [
        node("n1", "a", "4"),
        class("usual", 7, true),
        workload("Deployment", "good", 1, "1", None),
        of_class(workload("Deployment", "bad", 2, "1", None), "none"),
    ];
    let world = world(&objects, &[], &[], &[]);
    assert_eq!(
        plan(&world).warnings(),
        [
            "no further pods of shop/bad are made: Deployment shop/bad: spec.template.spec.priorityClassName is \"none\", expected the name of a PriorityClass"
        ]
    );
    let simulation = simulation(&world, 1);
    assert_eq!(pods(&simulation, "good").len(), 1);
    assert_eq!(pods(&simulation, "bad").len(), 0);
}

#[test]
fn a_node_that_is_lost_in_the_dump_takes_pods_once_healed() {
    let mut lost = node("n1", "a", "4");
    lost["status"]["conditions"] = json!([{"type": "Ready", "status": "Unknown"}]);
    lost["spec"]["taints"] =
        json!([{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}]);
    let objects = [lost, workload("Deployment", "web", 1, "1", None)];
    let mut simulation = simulation(&world(&objects, &[], &[], &[]), 1);
    assert_eq!(pods(&simulation, "web"), [("shop/web-0".to_owned(), None)]);
    let heal = Act::HealNode {
        node: "n1".to_owned(),
    };
    simulation.act(&heal).unwrap();
    assert_eq!(
        pods(&simulation, "web"),
        [("shop/web-0".to_owned(), Some("n1".to_owned()))]
    );
}

#[test]
fn a_pod_that_was_being_deleted_serves_nobody_and_ends() {
    let doomed = |name: &str, owner: &str, kind: &str, node: Option<&str>| {
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 20,
                "labels": {"pod-template-hash": "abc"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": "u", "controller": true}]},
            "spec": {"nodeName": node, "terminationGracePeriodSeconds": 20, "containers": [{"name": "c", "resources": {"requests": {"cpu": "100m"}}}]},
            "status": {"phase": "Running"}})
    };
    let objects = [
        node("n1", "a", "4"),
        workload("Deployment", "web", 1, "100m", None),
        workload("StatefulSet", "store", 1, "100m", None),
        doomed("web-abc-old", "web-abc", "ReplicaSet", Some("n1")),
        doomed("web-abc-waiting", "web-abc", "ReplicaSet", None),
        doomed("store-0", "store", "StatefulSet", Some("n1")),
    ];
    let settings = [("class/web/rate_per_s", 10.0)];
    let mut simulation = simulation(&world(&objects, &[], &["web"], &settings), 1);
    let placed = |name: &str| (name.to_owned(), Some("n1".to_owned()));
    // A Deployment replaces it at once, a StatefulSet waits for it.
    assert_eq!(
        pods(&simulation, "web"),
        [placed("shop/web-0"), placed("shop/web-abc-old")]
    );
    assert_eq!(pods(&simulation, "store"), [placed("shop/store-0")]);
    let ready = |simulation: &Simulation, service: &str| {
        let id = ServiceId::new("shop", service);
        let state = simulation.state();
        let found = state.services.into_iter().find(|s| s.id == id).unwrap();
        (found.current, found.available)
    };
    assert_eq!(ready(&simulation, "web"), (1, 1));
    assert_eq!(ready(&simulation, "store"), (0, 0));
    simulation.advance(19 * SECOND);
    assert_eq!(pods(&simulation, "web").len(), 2);
    simulation.advance(60 * SECOND);
    assert_eq!(pods(&simulation, "web"), [placed("shop/web-0")]);
    assert_eq!(pods(&simulation, "store"), [placed("shop/store-0")]);
    assert_eq!(ready(&simulation, "store"), (1, 1));
}
