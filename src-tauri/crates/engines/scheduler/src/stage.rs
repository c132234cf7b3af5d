//! The cluster of a world as the scheduler finds it: everything that decides where pods may go, but no pods yet.

use std::sync::Arc;

use drydock_model::{Inventory, LivePod, Workload, WorkloadKind, ready_status};
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::{Node, Pod, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::admission::Admission;
use crate::cluster::{Cluster, NodeId};
use crate::error::InvalidObject;
use crate::profile::Profile;

/// The taint of a node that says it is not ready.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The taint of a node that does not answer.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The label by which a ReplicaSet tells its pods from those of the Deployment's other revisions.
const HASH: &str = "pod-template-hash";

/// A cluster without pods, and what admits pods to it.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Nodes and all objects that pods are judged by.
    pub cluster: Cluster,
    /// What the API server would make of a pod.
    pub admission: Admission,
}

/// Sets the stage: namespaces, Services, controllers, storage, budgets and priority classes, then nodes.
///
/// A Deployment whose ReplicaSet is not in the inventory counts as having one, since its controller would make it. A
/// node that is not ready has the taint that the node lifecycle controller gives it.
///
/// # Errors
/// An object that placement cannot judge.
pub fn stage(inventory: &Inventory, profile: Profile) -> Result<Staged, InvalidObject> {
    let mut cluster = Cluster::new(profile);
    let objects = &inventory.cluster;
    for namespace in &objects.namespaces {
        cluster.set_namespace(namespace);
    }
    for service in &objects.services {
        cluster.set_service(service);
    }
    for set in inventory.workloads.iter().filter_map(implied_replica_set) {
        cluster.set_replica_set(&set)?;
    }
    for set in &objects.replica_sets {
        cluster.set_replica_set(set)?;
    }
    for set in &objects.stateful_sets {
        cluster.set_stateful_set(set)?;
    }
    for controller in &objects.replication_controllers {
        cluster.set_replication_controller(controller);
    }
    for class in &objects.storage_classes {
        cluster.set_storage_class(class);
    }
    for volume in &objects.persistent_volumes {
        cluster.set_persistent_volume(volume)?;
    }
    for claim in &objects.claims {
        cluster.set_claim(claim)?;
    }
    for node in &objects.csi_nodes {
        cluster.set_csi_node(node);
    }
    for budget in &objects.budgets {
        cluster.set_budget(budget)?;
    }
    for (node, _) in &inventory.nodes {
        match lifecycle_taint(node) {
            Some(taint) => {
                let mut node = node.clone();
                let spec = node.spec.get_or_insert_default();
                spec.taints.get_or_insert_default().push(taint);
                cluster.add_node(&node)?;
            }
            None => {
                cluster.add_node(node)?;
            }
        }
    }
    Ok(Staged {
        cluster,
        admission: Admission::new(&objects.priority_classes),
    })
}

/// A pod of a dump as the API server has it, and the node it is bound to. Where its priority class
/// does not exist, one that waits is left out, and one that runs counts with priority 0; both are said in the warnings.
pub fn live_pod(
    cluster: &Cluster,
    admission: &Admission,
    live: &LivePod,
    warnings: &mut Vec<String>,
) -> Option<(Arc<Pod>, Option<NodeId>)> {
    let name = &live.name;
    let node = live.node.as_ref().and_then(|node| cluster.node_id(node));
    if let (Some(bound), None) = (&live.node, node) {
        warnings.push(format!(
            "pod {name} is bound to {bound}, which is no node of the world; it is placed anew"
        ));
    }
    if Admission::is_stored(&live.pod) {
        return Some((Arc::clone(&live.pod), node));
    }
    match admission.admit(&live.pod) {
        Ok(pod) => Some((Arc::new(pod), node)),
        Err(refusal) if live.node.is_none() => {
            warnings.push(format!("pod {name} is left out: {refusal}"));
            None
        }
        Err(refusal) => {
            warnings.push(format!("pod {name} counts with priority 0: {refusal}"));
            Some((Arc::clone(&live.pod), node))
        }
    }
}

/// The ReplicaSet that a Deployment's pods name as their owner, with the Deployment's selector and their hash.
fn implied_replica_set(workload: &Workload) -> Option<ReplicaSet> {
    if workload.kind != WorkloadKind::Deployment {
        return None;
    }
    let metadata = &workload.template.metadata;
    let owner = metadata.owner_references.as_ref()?;
    let mut selector = workload.selector.clone()?;
    if let Some(hash) = metadata.labels.as_ref().and_then(|labels| labels.get(HASH)) {
        let labels = selector.match_labels.get_or_insert_default();
        labels.insert(HASH.to_owned(), hash.clone());
    }
    Some(ReplicaSet {
        metadata: ObjectMeta {
            namespace: Some(workload.id.namespace().to_owned()),
            name: Some(owner.first()?.name.clone()),
            ..ObjectMeta::default()
        },
        spec: Some(ReplicaSetSpec {
            selector,
            ..ReplicaSetSpec::default()
        }),
        status: None,
    })
}

/// The taint of a node whose `Ready` condition is False or Unknown, where it has none of the two yet.
///
/// Source: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, `nodeConditionToTaintKeyStatusMap`.
fn lifecycle_taint(node: &Node) -> Option<Taint> {
    let key = match ready_status(node)? {
        "False" => NOT_READY,
        "Unknown" => UNREACHABLE,
        _ => return None,
    };
    let mut taints = node
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    let there = taints.any(|taint| taint.key == NOT_READY || taint.key == UNREACHABLE);
    (!there).then(|| Taint {
        key: key.to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn nodes_that_do_not_answer_are_tainted_once() {
        let check = |conditions: Value, taints: Value, expect: Option<&str>| {
            let node = json!({"spec": {"taints": taints}, "status": {"conditions": conditions}});
            let node: Node = serde_json::from_value(node).unwrap();
            let got = lifecycle_taint(&node).map(|taint| taint.key);
            assert_eq!(got.as_deref(), expect, "{conditions} {taints}");
        };
        let ready = |status: &str| json!([{"type": "DiskPressure", "status": "False"}, {"type": "Ready", "status": status}]);
        check(json!([]), json!([]), None);
        check(ready("True"), json!([]), None);
        check(ready("False"), json!([]), Some(NOT_READY));
        check(ready("Unknown"), json!([]), Some(UNREACHABLE));
        let other = json!([{"key": "dedicated", "effect": "NoSchedule"}]);
        check(ready("Unknown"), other, Some(UNREACHABLE));
        let there = json!([{"key": NOT_READY, "effect": "NoExecute"}]);
        check(ready("Unknown"), there, None);
    }
}
