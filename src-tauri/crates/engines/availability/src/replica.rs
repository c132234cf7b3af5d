//! One pod as availability sees it: whose it is, whether it is ready, and what becomes of it when its node is lost.

use drydock_model::WorkloadKind;
use drydock_scheduler::UNREACHABLE;
use drydock_what_if::StandingPod;
use k8s_openapi::api::core::v1::{Pod, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use crate::options::LostNodes;

/// The annotation by which the kubelet marks the API's image of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What ties a pod to its node once that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// None: its controller makes another.
    Free,
    /// It is a StatefulSet's, which makes no other before the node is back or deleted.
    Identity,
    /// It belongs to the node: a DaemonSet's or a static pod.
    Node,
    /// It tolerates the loss for good.
    Tolerance,
    /// It is gone and nobody makes another.
    Nobody,
}

/// A pod.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub standing: StandingPod,
    /// Index of the service it is a replica of; none where its workload serves nobody.
    pub service: Option<usize>,
    /// Whether it is ready wherever it has a node that works.
    pub able: bool,
    tie: Tie,
}

impl Replica {
    /// `on_ready_node`: whether the dump has it on a node that works, so that its status is its own.
    pub fn of(standing: StandingPod, service: Option<usize>, on_ready_node: bool) -> Self {
        let tie = tie(&standing);
        let unready = standing.from_dump && on_ready_node && is_unready(&standing.pod);
        Self {
            service,
            able: !unready && !standing.is_terminating(),
            tie,
            standing,
        }
    }

    /// What ties it to a lost node.
    pub fn tie(&self, lost: LostNodes) -> Tie {
        match (self.tie, lost) {
            (Tie::Identity | Tie::Tolerance, LostNodes::Deleted) if returns(&self.standing) => {
                Tie::Free
            }
            (Tie::Tolerance, LostNodes::Deleted) => Tie::Nobody,
            (tie, _) => tie,
        }
    }

    /// Whether somebody makes another when it is evicted for a more important one.
    pub fn returns(&self) -> bool {
        returns(&self.standing)
    }
}

fn controller(pod: &Pod) -> Option<&OwnerReference> {
    pod.metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true))
}

fn is_static(pod: &Pod) -> bool {
    let annotations = pod.metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| annotations.contains_key(MIRROR))
        || controller(pod).is_some_and(|owner| owner.kind == "Node")
}

/// A pod that is being deleted has its successor already, but for a StatefulSet's, which waits until it is gone.
fn returns(pod: &StandingPod) -> bool {
    if pod.is_terminating() && pod.kind != WorkloadKind::StatefulSet {
        return false;
    }
    pod.kind != WorkloadKind::Pod || controller(&pod.pod).is_some_and(|owner| owner.kind != "Node")
}

fn tie(pod: &StandingPod) -> Tie {
    if pod.kind == WorkloadKind::DaemonSet || is_static(&pod.pod) {
        Tie::Node
    } else if tolerates_for_good(&pod.pod) {
        Tie::Tolerance
    } else if !returns(pod) {
        Tie::Nobody
    } else if pod.kind == WorkloadKind::StatefulSet {
        Tie::Identity
    } else {
        Tie::Free
    }
}

/// Whether the pod stays on an unreachable node for good: it tolerates the taint, and no toleration of it ends.
///
/// Source: Kubernetes 1.34, `getMinTolerationTime` of `pkg/controller/tainteviction`.
fn tolerates_for_good(pod: &Pod) -> bool {
    let mut matching = pod
        .spec
        .iter()
        .flat_map(|spec| spec.tolerations.iter().flatten())
        .filter(|toleration| tolerates(toleration))
        .peekable();
    matching.peek().is_some() && matching.all(|toleration| toleration.toleration_seconds.is_none())
}

fn tolerates(toleration: &Toleration) -> bool {
    let text = |field: &'_ Option<String>| field.clone().unwrap_or_default();
    let (effect, key) = (text(&toleration.effect), text(&toleration.key));
    matches!(effect.as_str(), "" | "NoExecute")
        && (key.is_empty() || key == UNREACHABLE)
        && (toleration.operator.as_deref() == Some("Exists") || text(&toleration.value).is_empty())
}

/// Whether the pod's own status says that it serves nobody; one that says nothing is ready once it has a node.
fn is_unready(pod: &Pod) -> bool {
    let Some(status) = &pod.status else {
        return false;
    };
    let mut conditions = status.conditions.iter().flatten();
    match conditions.find(|condition| condition.type_ == "Ready") {
        Some(ready) => ready.status != "True",
        None => matches!(status.phase.as_deref(), Some("Pending" | "Unknown")),
    }
}
