//! Small worlds as JSON, and answers in a line, for the tests beside.
#![allow(dead_code, reason = "each test file uses its own part")]

use drydock_availability::{Condition, Failure, Loss, Options, Structure};
use drydock_model::{Call, ClusterObject, Definition, Provenance, RequestClass, ServiceId, World};
use serde_json::{Value, json};

pub fn id(name: &str) -> ServiceId {
    ServiceId::new("shop", name)
}

/// A node of four cores in a zone of the region that the zone's name begins with.
pub fn node(name: &str, zone: &str) -> Value {
    let region = zone.trim_end_matches(char::is_alphabetic);
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": region}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "20"},
            "conditions": [{"type": "Ready", "status": "True"}]}})
}

pub fn template(app: &str, image: &str, cpu: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [
        {"name": "main", "image": image, "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}]}})
}

/// A workload of an image.
pub fn running(kind: &str, name: &str, image: &str, replicas: u32, cpu: &str) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name, image, cpu)}});
    if kind != "DaemonSet" {
        object["spec"]["replicas"] = json!(replicas);
    }
    object
}

pub fn deployment(name: &str, replicas: u32) -> Value {
    running("Deployment", name, "own/image", replicas, "100m")
}

/// Pods `name-0`, `name-1` ... of a workload, running on these nodes.
pub fn pods(kind: &str, name: &str, cpu: &str, on: &[&str]) -> Vec<Value> {
    let (kind, owner) = match kind {
        "Deployment" => ("ReplicaSet", format!("{name}-5d4f")),
        _ => (kind, name.to_owned()),
    };
    on.iter()
        .enumerate()
        .map(|(at, node)| {
            let mut pod = template(name, "own/image", cpu);
            pod["apiVersion"] = json!("v1");
            pod["kind"] = json!("Pod");
            pod["metadata"]["name"] = json!(format!("{name}-{at}"));
            pod["metadata"]["namespace"] = json!("shop");
            if kind == "ReplicaSet" {
                pod["metadata"]["labels"]["pod-template-hash"] = json!("5d4f");
            }
            pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": kind,
                "name": owner, "uid": "u", "controller": true}]);
            if !node.is_empty() {
                pod["spec"]["nodeName"] = json!(node);
            }
            pod
        })
        .collect()
}

/// A Deployment with its pods on these nodes.
pub fn deployed(name: &str, on: &[&str]) -> Vec<Value> {
    let mut objects = vec![deployment(name, on.len() as u32)];
    objects.extend(pods("Deployment", name, "100m", on));
    objects
}

/// A StatefulSet of an image with its pods on these nodes.
pub fn stateful(name: &str, image: &str, on: &[&str]) -> Vec<Value> {
    let mut objects = vec![running("StatefulSet", name, image, on.len() as u32, "100m")];
    objects.extend(pods("StatefulSet", name, "100m", on));
    objects
}

/// Merges a field into an object.
pub fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let mut at = &mut object;
    for part in pointer.split('/') {
        at = &mut at[part];
    }
    *at = value;
    object
}

/// A world of these objects; `calls` are (from, to), `classes` entry services.
pub fn world(objects: &[Value], calls: &[(&str, &str)], classes: &[&str]) -> World {
    let mut world = World {
        objects: objects
            .iter()
            .map(|object| ClusterObject::new(object.clone(), Provenance::Measured))
            .collect(),
        definition: Definition {
            calls: calls
                .iter()
                .map(|(from, to)| Call {
                    from: id(from),
                    to: id(to),
                    provenance: Provenance::Inferred,
                    source: "test".to_owned(),
                })
                .collect(),
            classes: classes
                .iter()
                .map(|entry| RequestClass {
                    name: (*entry).to_owned(),
                    entry: id(entry),
                    provenance: Provenance::Measured,
                    source: "test".to_owned(),
                })
                .collect(),
            ..Definition::default()
        },
    };
    world.sort_objects();
    world
}

pub fn structure(world: &World) -> Structure {
    Structure::of(world, &Options::default()).unwrap()
}

pub fn on_node(name: &str) -> Failure {
    Failure::Node {
        node: name.to_owned(),
    }
}

pub fn on_zone(name: &str) -> Failure {
    Failure::Zone {
        zone: name.to_owned(),
    }
}

pub fn on_region(name: &str) -> Failure {
    Failure::Region {
        region: name.to_owned(),
    }
}

pub fn on_service(name: &str) -> Failure {
    Failure::Service { service: id(name) }
}

fn state(condition: &Condition, wanted: u32) -> String {
    let state = format!("{:?}", condition.state).to_lowercase();
    let writes = if condition.no_writes.is_some() {
        " read-only"
    } else {
        ""
    };
    format!("{state} {}/{wanted}{writes}", condition.ready)
}

/// Each service in a line: `name: immediately > after replacement`.
pub fn lines(loss: &Loss) -> Vec<String> {
    loss.services
        .iter()
        .map(|service| {
            let of = |condition| state(condition, service.wanted);
            format!(
                "{}: {} > {}",
                service.service.name(),
                of(&service.immediately),
                of(&service.after_replacement)
            )
        })
        .collect()
}

/// Each pod in a line: `name from > to fate`.
pub fn fates(loss: &Loss) -> Vec<String> {
    loss.pods
        .iter()
        .map(|pod| {
            let to = pod.to.as_deref().unwrap_or("-");
            format!("{} {} > {to} {:?}", &pod.pod[5..], pod.from, pod.fate)
        })
        .collect()
}

/// Asks and compares lines.
pub fn check(structure: &Structure, failures: &[Failure], expect: &[&str]) -> Loss {
    let loss = structure.lose(failures).unwrap();
    assert_eq!(lines(&loss), expect, "{failures:?}");
    loss
}
