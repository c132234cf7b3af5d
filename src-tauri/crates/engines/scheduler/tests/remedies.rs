//! What would make a pod fit, case by case.
#![allow(clippy::unwrap_used, reason = "a test")]

use drydock_scheduler::{Cluster, PodKey, Profile};
use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

fn node(name: &str, cpu: &str, zone: &str, taints: Value) -> Node {
    let labels = json!({"kubernetes.io/hostname": name, "zone": zone});
    serde_json::from_value(json!({
        "metadata": {"name": name, "labels": labels}, "spec": {"taints": taints},
        "status": {"allocatable": {"cpu": cpu, "memory": "16Gi", "pods": "50"}},
    }))
    .unwrap()
}

fn pod(cpu: &str, more: Value) -> Pod {
    let mut spec = json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    let metadata = json!({"name": "p", "namespace": "n", "labels": {"app": "web"}});
    serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
}

/// Binds 3 cores to each node first.
fn check(nodes: &[Node], pod: &Pod, expect: Value) {
    let mut cluster = Cluster::new(Profile::default());
    let load = cluster.intern(&self::pod("3", json!({}))).unwrap();
    for (key, node) in nodes.iter().enumerate() {
        let node = cluster.add_node(node).unwrap();
        cluster.bind(PodKey(key as u64), load, node);
    }
    let before = format!("{cluster:?}");
    let remedies = cluster.remedies(pod).unwrap();
    assert_eq!(serde_json::to_value(remedies).unwrap(), expect);
    assert_eq!(format!("{cluster:?}"), before);
}

#[test]
fn a_pod_that_fits_needs_nothing() {
    check(
        &[node("a", "4", "x", json!([]))],
        &pod("1", json!({})),
        json!([]),
    );
}

#[test]
fn room_where_least_is_missing() {
    let nodes = [
        node("a", "4", "x", json!([])),
        node("b", "8", "x", json!([])),
        node("c", "2", "x", json!([])),
    ];
    check(
        &nodes,
        &pod("6", json!({})),
        json!([
            {"change": "free", "node": "b", "short": [{"resource": "cpu", "amount": 1000}]},
            {"change": "addNode", "like": "b"},
        ]),
    );
}

#[test]
fn taints_and_cordons() {
    let gpu = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    let mut cordoned = node("c", "4", "x", json!([]));
    cordoned.spec.as_mut().unwrap().unschedulable = Some(true);
    check(
        &[node("a", "4", "x", gpu.clone()), cordoned],
        &pod("1", json!({})),
        json!([
            {"change": "uncordon", "node": "c"},
            {"change": "tolerate", "taint": "gpu=yes:NoSchedule", "node": "a"},
            {"change": "dropTaint", "node": "a", "taint": "gpu=yes:NoSchedule"},
            {"change": "addNode", "like": "c"},
        ]),
    );
    // Two taints at once are no single change.
    let both = json!([
        {"key": "gpu", "value": "yes", "effect": "NoSchedule"},
        {"key": "team", "value": "a", "effect": "NoExecute"},
    ]);
    check(
        &[node("a", "4", "x", both)],
        &pod("1", json!({})),
        json!([]),
    );
}

#[test]
fn constraints_of_the_pod() {
    let nodes = [
        node("a", "4", "x", json!([])),
        node("b", "9", "y", json!([])),
    ];
    check(
        &nodes,
        &pod("1", json!({"nodeSelector": {"zone": "z"}})),
        json!([{"change": "relax", "field": "spec.nodeSelector", "node": "b"}]),
    );
    let apart = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}]}}});
    let field = "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]";
    check(
        &nodes,
        &pod("1", apart),
        json!([{"change": "relax", "field": field, "node": "b"}]),
    );
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "rack",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    check(
        &nodes,
        &pod("1", spread),
        json!([{"change": "relax", "field": "spec.topologySpreadConstraints[0]", "node": "b"}]),
    );
}
