//! Small worlds for tests, and answers in a line.

#![allow(dead_code, reason = "each test binary uses its part")]

use drydock_model::{ClusterObject, Provenance, World};
use drydock_what_if::{Change, DrainAction, Outcome, WhatIfError, what_if};
use serde_json::{Value, json};

pub fn world(objects: &[Value]) -> World {
    let mut world = World {
        objects: objects
            .iter()
            .map(|json| ClusterObject::new(json.clone(), Provenance::Measured))
            .collect(),
        ..World::default()
    };
    world.sort_objects();
    world
}

/// Merges fields into an object.
pub fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let mut at = &mut object;
    for part in pointer.split('/') {
        at = &mut at[part];
    }
    *at = value;
    object
}

/// A node of four cores and 16 GiB in a zone.
pub fn node(name: &str, zone: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone,
            "topology.kubernetes.io/region": "us-east-1", "node.kubernetes.io/instance-type": "m5.xlarge",
            "eks.amazonaws.com/nodegroup": "main"}},
        "spec": {"providerID": format!("aws:///{zone}/{name}")},
        "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "20"},
            "conditions": [{"type": "Ready", "status": "True"}]}})
}

/// A pod template whose container asks for an amount of CPU.
pub fn template(app: &str, cpu: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [
        {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}]}})
}

pub fn workload(kind: &str, name: &str, replicas: u32, cpu: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(name, cpu)}})
}

pub fn deployment(name: &str, replicas: u32, cpu: &str) -> Value {
    workload("Deployment", name, replicas, cpu)
}

pub fn daemon_set(name: &str, cpu: &str) -> Value {
    let mut set = workload("DaemonSet", name, 0, cpu);
    set["spec"].as_object_mut().unwrap().remove("replicas");
    set
}

/// A pod of a workload, running on a node, or waiting where that is empty.
pub fn pod(name: &str, owner: Option<(&str, &str)>, on: &str, cpu: &str) -> Value {
    let app = owner.map_or(name, |(_, owner)| owner);
    let mut pod = template(app, cpu);
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["namespace"] = json!("shop");
    if let Some((kind, owner)) = owner {
        // A Deployment's pod is a ReplicaSet's, which carries the hash of the template.
        let (kind, owner) = if kind == "Deployment" {
            pod["metadata"]["labels"]["pod-template-hash"] = json!("5d4f");
            ("ReplicaSet", format!("{owner}-5d4f"))
        } else {
            (kind, owner.to_owned())
        };
        pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": kind, "name": owner,
            "uid": "u", "controller": true}]);
    }
    if !on.is_empty() {
        pod["spec"]["nodeName"] = json!(on);
    }
    pod
}

/// Pods `name-0`, `name-1` ... of a Deployment, on these nodes.
pub fn pods(name: &str, on: &[&str], cpu: &str) -> Vec<Value> {
    on.iter()
        .enumerate()
        .map(|(at, node)| {
            pod(
                &format!("{name}-{at}"),
                Some(("Deployment", name)),
                node,
                cpu,
            )
        })
        .collect()
}

/// A budget of an app: `("minAvailable", 2)` or `("maxUnavailable", "50%")`.
pub fn budget(app: &str, field: &str, value: Value) -> Value {
    let mut budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": app, "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": app}}}});
    budget["spec"][field] = value;
    budget
}

pub fn changes(json: Value) -> Vec<Change> {
    serde_json::from_value(json).unwrap()
}

pub fn ask(objects: &[Value], asked: Value) -> Result<(Outcome, World), WhatIfError> {
    what_if(&world(objects), &changes(asked))
}

pub fn moves(outcome: &Outcome) -> Vec<String> {
    let place = |node: &Option<String>| node.clone().unwrap_or_else(|| "-".to_owned());
    outcome
        .moved
        .iter()
        .map(|moved| {
            format!(
                "{} {} > {} {:?}",
                moved.pod,
                place(&moved.from),
                place(&moved.to),
                moved.cause
            )
        })
        .collect()
}

pub fn pending(outcome: &Outcome) -> Vec<&str> {
    outcome
        .after
        .pending
        .iter()
        .map(|pod| pod.pod.as_str())
        .collect()
}

/// Steps of all drains: `round pod action`.
pub fn steps(outcome: &Outcome) -> Vec<String> {
    outcome
        .drains
        .iter()
        .flat_map(|drain| &drain.steps)
        .map(|step| {
            let action = match step.action {
                DrainAction::Evicted => "evicted",
                DrainAction::Blocked => "blocked",
                DrainAction::Skipped => "skipped",
                DrainAction::Refused => "refused",
            };
            format!("{} {} {action}", step.round, step.pod)
        })
        .collect()
}

/// Two nodes, a Deployment of two pods on the first, a DaemonSet.
pub fn shop() -> Vec<Value> {
    let mut objects = vec![
        node("n1", "us-east-1a"),
        node("n2", "us-east-1b"),
        deployment("web", 2, "1"),
        daemon_set("log", "100m"),
    ];
    objects.extend(pods("web", &["n1", "n1"], "1"));
    objects
}
