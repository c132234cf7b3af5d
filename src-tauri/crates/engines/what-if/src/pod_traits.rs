//! What controllers and kubectl look at in a pod: who makes it anew, what it tolerates, how it is. Changes nothing.

use drydock_model::WorkloadKind;
use k8s_openapi::api::core::v1::{Pod, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use crate::standing::StandingPod;

/// Kubernetes default of `terminationGracePeriodSeconds`.
const GRACE_SECONDS: i64 = 30;

/// The annotation by which the kubelet marks the API's image of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

fn controller(pod: &Pod) -> Option<&OwnerReference> {
    pod.metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true))
}

/// Whether the kubelet of its node makes the pod, from a file there.
pub(crate) fn is_static(pod: &StandingPod) -> bool {
    let annotations = pod.pod.metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| annotations.contains_key(MIRROR))
        || controller(&pod.pod).is_some_and(|owner| owner.kind == "Node")
}

/// Whether a controller makes the pod anew when it is deleted. One that is being deleted already has its successor, but
/// for a StatefulSet's, which waits until it is gone.
pub(crate) fn returns(pod: &StandingPod) -> bool {
    if pod.is_terminating() && pod.kind != WorkloadKind::StatefulSet {
        return false;
    }
    pod.kind != WorkloadKind::Pod || controller(&pod.pod).is_some_and(|owner| owner.kind != "Node")
}

/// Whether a controller answers for the pod, as kubectl asks before it drains it.
pub(crate) fn is_managed(pod: &StandingPod) -> bool {
    pod.kind != WorkloadKind::Pod || controller(&pod.pod).is_some()
}

/// Kind and name of a controller that is of no kind known here.
pub(crate) fn foreign_controller(pod: &StandingPod) -> Option<(&str, &str)> {
    if pod.kind != WorkloadKind::Pod {
        return None;
    }
    controller(&pod.pod).map(|owner| (owner.kind.as_str(), owner.name.as_str()))
}

/// Whether the pod has files that go with it.
pub(crate) fn has_empty_dir(pod: &StandingPod) -> bool {
    let volumes = pod.pod.spec.iter().flat_map(|spec| spec.volumes.iter());
    volumes.flatten().any(|volume| volume.empty_dir.is_some())
}

/// Seconds the pod gets to end.
pub(crate) fn grace_seconds(pod: &StandingPod) -> i64 {
    pod.pod
        .spec
        .as_ref()
        .and_then(|spec| spec.termination_grace_period_seconds)
        .unwrap_or(GRACE_SECONDS)
}

/// Whether the pod's own status says that it is not ready; a pod without a status counts as ready once it has a node.
pub(crate) fn is_unready(pod: &StandingPod) -> bool {
    let status = pod.pod.status.as_ref();
    let condition = status
        .into_iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .find(|condition| condition.type_ == "Ready");
    pod.pod.metadata.deletion_timestamp.is_some()
        || condition.is_some_and(|condition| condition.status != "True")
}

/// Whether the pod's own status says that its containers have not started.
pub(crate) fn is_starting(pod: &StandingPod) -> bool {
    let phase = pod
        .pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    phase == Some("Pending")
}

/// Whether the pod stays for good on a node with this NoExecute taint: it tolerates it, and no toleration of it ends.
///
/// Source: `getMinTolerationTime` of `pkg/controller/tainteviction`.
pub(crate) fn stays_with(pod: &StandingPod, key: &str, value: &str) -> bool {
    let matching: Vec<&Toleration> = pod
        .pod
        .spec
        .iter()
        .flat_map(|spec| spec.tolerations.iter().flatten())
        .filter(|toleration| tolerates(toleration, key, value))
        .collect();
    !matching.is_empty()
        && matching
            .iter()
            .all(|toleration| toleration.toleration_seconds.is_none())
}

fn tolerates(toleration: &Toleration, key: &str, value: &str) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (effect, named) = (text(&toleration.effect), text(&toleration.key));
    matches!(effect.as_str(), "" | "NoExecute")
        && (named.is_empty() || named == key)
        && (toleration.operator.as_deref() == Some("Exists") || text(&toleration.value) == value)
}
