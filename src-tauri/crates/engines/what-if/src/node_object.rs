//! Edits of a Node's JSON: cordon, taints, labels, conditions. Knows no cluster.

use drydock_scheduler::{NOT_READY, UNREACHABLE};
use serde_json::{Map, Value, json};

use crate::change::TaintSpec;

/// The taint that the node lifecycle controller puts on a cordoned node.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// Keys of taints that say how a node is, not what it is for: `TaintNodesByCondition`, the cloud's, the autoscaler's.
const CONDITIONS: [&str; 11] = [
    CORDONED,
    UNREACHABLE,
    NOT_READY,
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/out-of-service",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
    "ToBeDeletedByClusterAutoscaler",
];

/// The object at a field, made where it is missing or something else.
pub(crate) fn map<'a>(json: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    if !json.is_object() {
        *json = Value::Object(Map::new());
    }
    let inner = json
        .as_object_mut()
        .expect("an object was put there if there was none")
        .entry(field)
        .or_insert(Value::Null);
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    inner
        .as_object_mut()
        .expect("an object was put there if there was none")
}

fn taint(key: &str, value: Option<&str>, effect: &str) -> Value {
    let mut taint = json!({"key": key, "effect": effect});
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        taint["value"] = json!(value);
    }
    taint
}

/// Puts a taint on; one of the same key and effect is replaced.
pub(crate) fn put_taint(node: &mut Value, key: &str, value: Option<&str>, effect: &str) {
    drop_taints(node, |other, its| other == key && its == effect);
    let taints = map(node, "spec").entry("taints").or_insert(json!([]));
    if !taints.is_array() {
        *taints = json!([]);
    }
    if let Some(taints) = taints.as_array_mut() {
        taints.push(taint(key, value, effect));
    }
}

/// Puts on the taints of a change.
pub(crate) fn put_taints(node: &mut Value, taints: &[TaintSpec]) {
    for taint in taints {
        put_taint(
            node,
            &taint.key,
            taint.value.as_deref(),
            taint.effect.as_str(),
        );
    }
}

/// Takes off the taints whose key and effect a test names. Answers how many.
pub(crate) fn drop_taints(node: &mut Value, gone: impl Fn(&str, &str) -> bool) -> usize {
    let Some(taints) = map(node, "spec")
        .get_mut("taints")
        .and_then(Value::as_array_mut)
    else {
        return 0;
    };
    let before = taints.len();
    taints.retain(|taint| {
        let text = |field: &str| taint.get(field).and_then(Value::as_str).unwrap_or_default();
        !gone(text("key"), text("effect"))
    });
    before - taints.len()
}

/// Takes off the taints that say how the node is.
pub(crate) fn drop_conditions(node: &mut Value) {
    drop_taints(node, |key, _| CONDITIONS.contains(&key));
}

/// Cordons or uncordons.
pub(crate) fn cordon(node: &mut Value, on: bool) {
    if on {
        map(node, "spec").insert("unschedulable".to_owned(), json!(true));
        put_taint(node, CORDONED, None, "NoSchedule");
    } else {
        map(node, "spec").shift_remove("unschedulable");
        drop_taints(node, |key, _| key == CORDONED);
    }
}

/// What the node lifecycle controller makes of a node whose kubelet is silent.
pub(crate) fn fail(node: &mut Value) {
    let conditions = map(node, "status").entry("conditions").or_insert(json!([]));
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    if let Some(conditions) = conditions.as_array_mut() {
        conditions.retain(|condition| condition.get("type") != Some(&json!("Ready")));
        conditions.push(
            json!({"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status."}),
        );
    }
    drop_taints(node, |key, _| key == NOT_READY);
    for effect in ["NoSchedule", "NoExecute"] {
        put_taint(node, UNREACHABLE, None, effect);
    }
}

/// Makes of a copied node a new one: named, ready, empty.
pub(crate) fn renew(node: &mut Value, name: &str) {
    let labels = node
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}));
    node["metadata"] = json!({"name": name, "labels": labels});
    map(&mut node["metadata"], "labels").insert("kubernetes.io/hostname".to_owned(), json!(name));
    cordon(node, false);
    drop_conditions(node);
    let spec = map(node, "spec");
    for own in ["podCIDR", "podCIDRs", "externalID", "configSource"] {
        spec.shift_remove(own);
    }
    if let Some(Value::String(id)) = spec.get_mut("providerID")
        && let Some((head, _)) = id.rsplit_once('/')
    {
        *id = format!("{head}/{name}");
    }
    let status = map(node, "status");
    status.retain(|field, _| matches!(field.as_str(), "capacity" | "allocatable" | "nodeInfo"));
    status.insert(
        "conditions".to_owned(),
        json!([{"type": "Ready", "status": "True"}]),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut node: Value, edit: impl Fn(&mut Value), expect: Value) {
        edit(&mut node);
        assert_eq!(node, expect);
    }

    #[test]
    fn edits() {
        let cordoned = json!({"spec": {"unschedulable": true, "taints": [{"key": CORDONED, "effect": "NoSchedule"}]}});
        check(json!({}), |node| cordon(node, true), cordoned.clone());
        check(
            cordoned,
            |node| cordon(node, false),
            json!({"spec": {"taints": []}}),
        );
        check(
            json!({"spec": {"taints": [{"key": "a", "value": "1", "effect": "NoSchedule"}]}}),
            |node| put_taint(node, "a", Some("2"), "NoSchedule"),
            json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule", "value": "2"}]}}),
        );
        check(
            json!({"metadata": {"name": "a", "uid": "u", "labels": {"kubernetes.io/hostname": "a", "z": "1"}},
                "spec": {"podCIDR": "10.0.0.0/24", "providerID": "aws:///us-east-1a/i-0"},
                "status": {"allocatable": {"cpu": "1"}, "images": [], "conditions": [{"type": "Ready", "status": "False"}]}}),
            |node| renew(node, "b"),
            json!({"metadata": {"name": "b", "labels": {"kubernetes.io/hostname": "b", "z": "1"}},
                "spec": {"providerID": "aws:///us-east-1a/b"},
                "status": {"allocatable": {"cpu": "1"}, "conditions": [{"type": "Ready", "status": "True"}]}}),
        );
    }
}
