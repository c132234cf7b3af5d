//! Pods as controllers make them: whose they are, and what they get besides their template.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use serde::Deserialize;
use serde_json::Value;

use crate::{LivePod, ServiceId, Workload, WorkloadKind};

const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The kind and name of the workload that owns a pod. A ReplicaSet made by a Deployment carries the Deployment's name
/// and the pod-template-hash, which is cut off here.
pub(crate) fn owner_of(metadata: &ObjectMeta) -> Option<(WorkloadKind, String)> {
    let owner = metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true))?;
    let hash = metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get("pod-template-hash"));
    Some(match owner.kind.as_str() {
        "ReplicaSet" => {
            match hash.and_then(|hash| owner.name.strip_suffix(hash.as_str())?.strip_suffix('-')) {
                Some(deployment) => (WorkloadKind::Deployment, deployment.to_owned()),
                None => (WorkloadKind::ReplicaSet, owner.name.clone()),
            }
        }
        "StatefulSet" => (WorkloadKind::StatefulSet, owner.name.clone()),
        "DaemonSet" => (WorkloadKind::DaemonSet, owner.name.clone()),
        "ReplicationController" => (WorkloadKind::ReplicationController, owner.name.clone()),
        "Job" => (WorkloadKind::Job, owner.name.clone()),
        // A static pod is owned by its Node and stays itself.
        _ => return None,
    })
}

/// A pod as a template makes it.
pub(crate) fn template_pod(namespace: &str, template: PodTemplateSpec) -> Pod {
    let metadata = template.metadata.unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            namespace: Some(
                if namespace.is_empty() {
                    "default"
                } else {
                    namespace
                }
                .to_owned(),
            ),
            labels: metadata.labels,
            annotations: metadata.annotations,
            ..ObjectMeta::default()
        },
        spec: template.spec,
        status: None,
    }
}

/// A pod that is there, as its controller would make another.
pub(crate) fn template_of(pod: &Pod) -> Pod {
    Pod {
        metadata: ObjectMeta {
            namespace: pod.metadata.namespace.clone(),
            labels: pod.metadata.labels.clone(),
            owner_references: pod.metadata.owner_references.clone(),
            ..ObjectMeta::default()
        },
        spec: pod.spec.clone(),
        status: None,
    }
}

/// What a controller selects its pods by; older versions left it out and took the labels of the template.
pub(crate) fn selector_of(
    json: &Value,
    kind: WorkloadKind,
    template: &PodTemplateSpec,
) -> Option<LabelSelector> {
    let given = json.pointer("/spec/selector").filter(|it| !it.is_null());
    match given {
        None => Some(LabelSelector {
            match_labels: template.metadata.as_ref()?.labels.clone(),
            ..LabelSelector::default()
        }),
        Some(map) if kind == WorkloadKind::ReplicationController => Some(LabelSelector {
            match_labels: Deserialize::deserialize(map).ok()?,
            ..LabelSelector::default()
        }),
        Some(selector) => LabelSelector::deserialize(selector).ok(),
    }
}

/// Has the pods that controllers make name their owner. Those of a Deployment belong to its newest ReplicaSet and carry
/// its hash; where the dump has none, to that of its newest pod; where it has neither, the one that would be made is
/// named after the Deployment.
pub(crate) fn adopt(workloads: &mut [Workload], replica_sets: &[ReplicaSet], pods: &[LivePod]) {
    let mut youngest: BTreeMap<&ServiceId, &LivePod> = BTreeMap::new();
    for pod in pods {
        let entry = youngest.entry(&pod.owner).or_insert(pod);
        if pod.created > entry.created {
            *entry = pod;
        }
    }
    let newest = newest(replica_sets);
    for workload in workloads {
        let (version, kind) = match workload.kind {
            WorkloadKind::Deployment | WorkloadKind::ReplicaSet => ("apps/v1", "ReplicaSet"),
            WorkloadKind::StatefulSet => ("apps/v1", "StatefulSet"),
            WorkloadKind::DaemonSet => ("apps/v1", "DaemonSet"),
            WorkloadKind::ReplicationController => ("v1", "ReplicationController"),
            WorkloadKind::Job => ("batch/v1", "Job"),
            WorkloadKind::Pod => continue,
        };
        let mut name = workload.id.object_name().to_owned();
        if workload.kind == WorkloadKind::Deployment {
            let named = (workload.id.namespace(), workload.id.object_name());
            let set = newest.get(&named).map(|set| &set.metadata);
            let pod = youngest.get(&workload.id).map(|live| &live.pod.metadata);
            let owner = match (set, pod) {
                (Some(set), _) => set.name.clone(),
                (None, Some(pod)) => replica_set_of(pod),
                (None, None) => None,
            };
            if let (Some(owner), Some(hashed)) = (owner, set.or(pod)) {
                name = owner;
                if let Some(hash) = hashed.labels.as_ref().and_then(|labels| labels.get(HASH)) {
                    let labels = workload.template.metadata.labels.get_or_insert_default();
                    labels.insert(HASH.to_owned(), hash.clone());
                }
            }
        }
        workload.template.metadata.owner_references = Some(vec![OwnerReference {
            api_version: version.to_owned(),
            kind: kind.to_owned(),
            name,
            controller: Some(true),
            ..OwnerReference::default()
        }]);
    }
}

/// The ReplicaSet that made a pod.
fn replica_set_of(pod: &ObjectMeta) -> Option<String> {
    pod.owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true) && owner.kind == "ReplicaSet")
        .map(|owner| owner.name.clone())
}

/// The ReplicaSets that Deployments made, each with its namespace and the name of its Deployment.
pub(crate) fn deployments(sets: &[ReplicaSet]) -> impl Iterator<Item = (&ReplicaSet, &str, &str)> {
    sets.iter().flat_map(|set| {
        let namespace = set.metadata.namespace.as_deref().unwrap_or("default");
        let owners = set.metadata.owner_references.iter().flatten();
        owners
            .filter(|owner| owner.kind == "Deployment")
            .map(move |owner| (set, namespace, owner.name.as_str()))
    })
}

/// By namespace and Deployment, the ReplicaSet with the highest revision.
fn newest(sets: &[ReplicaSet]) -> BTreeMap<(&str, &str), &ReplicaSet> {
    let revision = |set: &ReplicaSet| -> Option<u64> {
        let annotations = set.metadata.annotations.as_ref()?;
        annotations.get(REVISION)?.parse().ok()
    };
    let mut newest: BTreeMap<(&str, &str), &ReplicaSet> = BTreeMap::new();
    for (set, namespace, deployment) in deployments(sets) {
        let entry = newest.entry((namespace, deployment)).or_insert(set);
        if revision(set) >= revision(entry) {
            *entry = set;
        }
    }
    newest
}
