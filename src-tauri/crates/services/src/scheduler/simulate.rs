//! A pod to try: built from the input, judged, not bound.

use drydock_scheduler::{Cluster, Verdict};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::placement;
use super::settled::Settled;
use super::{NodeScore, PodSpecInput, SimulatedPod};
use crate::Error;
use crate::session::look::Look;

/// The pod of an input, whose field is named in the error. Affinity and tolerations are Kubernetes' own and are read as
/// such.
pub(super) fn pod(field: &str, input: &PodSpecInput) -> Result<Pod, Error> {
    if input.name.is_empty() {
        return Err(Error::bad_input(
            &format!("{field}.name"),
            "a pod has to have a name",
        ));
    }
    let mut spec = json!({
        "containers": [{
            "name": "main",
            "resources": {"requests": input.resources.requests, "limits": input.resources.limits},
        }],
        "nodeSelector": input.node_selector,
    });
    if let Some(affinity) = &input.affinity {
        spec["affinity"] = affinity.clone();
    }
    if let Some(tolerations) = &input.tolerations {
        spec["tolerations"] = Value::Array(tolerations.clone());
    }
    if let Some(priority) = input.priority {
        spec["priority"] = json!(priority);
    }
    serde_json::from_value(json!({
        "metadata": {
            "name": input.name,
            "namespace": input.namespace.as_deref().unwrap_or("default"),
            "labels": input.labels,
        },
        "spec": spec,
    }))
    .map_err(|error| Error::bad_input(field, error))
}

/// Judges a pod in the cluster of a state.
pub(super) fn in_session(look: &Look<'_>, pod: &Pod) -> Result<SimulatedPod, Error> {
    let mut scene = placement::cluster(look, None)?;
    let pod = scene.admit(pod).map_err(misspelt)?;
    judge(&mut scene.cluster, &pod)
}

/// Judges a pod in a world as the scheduler leaves it.
pub(super) fn in_world(world: &Settled, pod: &Pod) -> Result<SimulatedPod, Error> {
    let pod = world.admit(pod).map_err(misspelt)?;
    judge(&mut world.standing.cluster.clone(), &pod)
}

/// What is wrong with the pod is wrong with the input.
fn misspelt(error: Error) -> Error {
    Error::bad_input("podSpec", error)
}

fn judge(cluster: &mut Cluster, pod: &Pod) -> Result<SimulatedPod, Error> {
    let shape = cluster
        .intern(pod)
        .map_err(|error| Error::bad_input("podSpec", error))?;
    let explanation = cluster.explain(shape);
    let metadata = &pod.metadata;
    Ok(SimulatedPod {
        pod_name: format!(
            "{}/{}",
            metadata.namespace.as_deref().unwrap_or("default"),
            metadata.name.as_deref().unwrap_or_default()
        ),
        schedulable: explanation.chosen.is_some(),
        selected_node: explanation.chosen,
        score: explanation.max_score,
        reason: explanation.message,
        node_scores: explanation
            .nodes
            .into_iter()
            .map(|node| match node.verdict {
                Verdict::Rejected { reasons, .. } => NodeScore {
                    node_name: node.node,
                    score: None,
                    feasible: false,
                    fail_reasons: reasons,
                },
                Verdict::Feasible { total, .. } => NodeScore {
                    node_name: node.node,
                    score: Some(total),
                    feasible: true,
                    fail_reasons: Vec::new(),
                },
            })
            .collect(),
        warnings: explanation.not_considered,
    })
}
