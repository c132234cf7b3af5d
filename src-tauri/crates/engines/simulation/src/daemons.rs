//! Daemons: one pod on each node that takes it, pinned there as the DaemonSet controller does.

use drydock_model::Workload;
use drydock_scheduler::{Cluster, Plugin, ShapeId, Verdict};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use crate::error::PlanError;
use crate::frame::NodePlan;

/// Tolerations that the controller adds (`AddOrUpdateDaemonPodTolerations` of pkg/controller/daemon/util).
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The nodes that should run a pod of a DaemonSet, each with the shape that pins it there. A node counts unless its
/// taints, labels or cordon exclude it; whether there is room shows when the pod is placed.
pub(crate) fn placements(
    cluster: &mut Cluster,
    nodes: &[NodePlan],
    workload: &Workload,
) -> Result<Vec<(u32, ShapeId)>, PlanError> {
    let unread = |error: serde_json::Error| PlanError::Unread {
        object: format!("DaemonSet {}", workload.id),
        reason: format!("spec.template: {error}"),
    };
    let mut template = serde_json::to_value(&workload.template).map_err(unread)?;
    tolerate(&mut template);
    let tolerant: Pod = serde_json::from_value(template.clone()).map_err(unread)?;
    let shape = cluster.intern(&tolerant)?;
    let explanation = cluster.explain(shape);
    let mut placements = Vec::new();
    for verdict in &explanation.nodes {
        let excluded = matches!(
            verdict.verdict,
            Verdict::Rejected { plugin, .. }
                if matches!(plugin, Plugin::NodeUnschedulable | Plugin::TaintToleration | Plugin::NodeAffinity)
        );
        let node = nodes.iter().position(|node| node.name == verdict.node);
        if let (false, Some(node)) = (excluded, node) {
            pin(&mut template, &verdict.node);
            let pinned: Pod = serde_json::from_value(template.clone()).map_err(unread)?;
            placements.push((node as u32, cluster.intern(&pinned)?));
        }
    }
    Ok(placements)
}

fn tolerate(template: &mut Value) {
    let Some(spec) = template.pointer_mut("/spec").and_then(Value::as_object_mut) else {
        return;
    };
    let list = spec.entry("tolerations").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.extend(
            TOLERATED
                .map(|(key, effect)| json!({"key": key, "operator": "Exists", "effect": effect})),
        );
    }
}

/// Required node affinity becomes the one node, as `ReplaceDaemonSetPodNodeNameNodeAffinity` does; labels and selectors
/// have been judged before.
fn pin(template: &mut Value, node: &str) {
    let terms =
        json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]);
    if let Some(spec) = template.pointer_mut("/spec").and_then(Value::as_object_mut) {
        let affinity = spec.entry("affinity").or_insert_with(|| json!({}));
        affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": terms});
    }
}
