//! Pods written back to the fork: each on the node it has now, so that the fork opens, and compares with the world it
//! came from, as the answer showed it.

use drydock_model::{Provenance, ServiceId, WorkloadKind};
use drydock_scheduler::PodKey;
use serde_json::{Value, json};

use crate::fork::Fork;
use crate::node_object::map;
use crate::rehearsal::Rehearsal;
use crate::standing::StandingPod;

/// Metadata that the API server gave to the pod that another one stands for now.
const OWN_METADATA: [&str; 6] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// Writes the pods of the dump: those that are gone are removed, those that are elsewhere are bound there. Pods of
/// DaemonSets on nodes that were altered are written too: they run on, wherever new ones would not be started.
pub(crate) fn pods(rehearsal: &mut Rehearsal) {
    let pods = std::sync::Arc::clone(&rehearsal.pods);
    let mut made = Vec::new();
    for (key, pod) in rehearsal.there() {
        if !pod.from_dump
            && pod.kind == WorkloadKind::DaemonSet
            && let Some(node) = rehearsal.place(key)
            && rehearsal.altered.contains(node)
        {
            made.extend(object(pod, node));
        }
    }
    rehearsal.fork.put_all(made, Provenance::Estimated);
    for (at, pod) in pods.iter().enumerate().filter(|(_, pod)| pod.from_dump) {
        let key = PodKey(at as u64);
        if rehearsal.is_there(key) && rehearsal.cluster.node_of(key) == pod.node {
            continue;
        }
        let Some(id) = id_of(&pod.name) else {
            continue;
        };
        if !rehearsal.is_there(key) {
            rehearsal.fork.drop_found(|fork| fork.pod(&id));
            continue;
        }
        let node = rehearsal.place(key).map(str::to_owned);
        write(&mut rehearsal.fork, &id, node.as_deref());
    }
}

fn id_of(name: &str) -> Option<ServiceId> {
    name.parse().ok()
}

fn write(fork: &mut Fork, id: &ServiceId, node: Option<&str>) {
    let Some(object) = fork.pod(id) else {
        return;
    };
    let written = object
        .json
        .pointer("/spec/nodeName")
        .and_then(Value::as_str)
        .filter(|node| !node.is_empty());
    if written == node {
        return;
    }
    let mut json = object.json.as_ref().clone();
    let provenance = object.provenance.weaker(Provenance::Estimated);
    if let Some(spec) = json.get_mut("spec").and_then(Value::as_object_mut) {
        spec.shift_remove("nodeName");
        if let Some(node) = node {
            spec.insert("nodeName".to_owned(), json!(node));
        }
    }
    if let Some(metadata) = json.get_mut("metadata").and_then(Value::as_object_mut)
        && written.is_some()
    {
        for name in OWN_METADATA {
            metadata.shift_remove(name);
        }
    }
    if let Some(pod) = json.as_object_mut() {
        pod.shift_remove("status");
    }
    fork.put(json, provenance);
}

/// Writes the pods that objects only imply, where they have a node: opened again, the fork would place them anew, after
/// those that moved. They name their controllers already; what waits goes on being implied.
pub(crate) fn implied(rehearsal: &mut Rehearsal) {
    let mut made = Vec::new();
    for (key, pod) in rehearsal.there() {
        if !pod.from_dump
            && pod.kind != WorkloadKind::DaemonSet
            && let Some(node) = rehearsal.place(key)
        {
            made.extend(object(pod, node));
        }
    }
    rehearsal.fork.put_all(made, Provenance::Estimated);
}

fn object(pod: &StandingPod, node: &str) -> Option<Value> {
    let id = id_of(&pod.name)?;
    let mut json = serde_json::to_value(&pod.pod).ok()?;
    let fields = json.as_object_mut()?;
    fields.insert("apiVersion".to_owned(), json!("v1"));
    fields.insert("kind".to_owned(), json!("Pod"));
    fields.shift_remove("status");
    let metadata = map(&mut json, "metadata");
    metadata.insert("name".to_owned(), json!(id.name()));
    metadata.insert("namespace".to_owned(), json!(id.namespace()));
    map(&mut json, "spec").insert("nodeName".to_owned(), json!(node));
    Some(json)
}
