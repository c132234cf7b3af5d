//! The inventory of a world: its objects read as what the engines need, each once.
//!
//! Reads originals; never changes them. What does not read is listed, never dropped in silence.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde_json::Value;

use crate::template::{adopt, owner_of, selector_of, template_pod};
use crate::{
    ClusterObject, ClusterObjects, ObjectKey, Provenance, ServiceId, Workload, WorkloadKind, World,
};

/// A pod of a dump.
#[derive(Clone, Debug)]
pub struct LivePod {
    /// `namespace/name`.
    pub name: String,
    /// The workload it belongs to.
    pub owner: ServiceId,
    /// Kind of that workload; `Pod` where nothing owns it.
    pub kind: WorkloadKind,
    /// Node it is bound to; nothing where it is pending.
    pub node: Option<String>,
    /// `Succeeded` or `Failed`: it holds nothing on its node any more.
    pub ended: bool,
    /// Number it was created at (Unix seconds), where known.
    pub created: Option<i64>,
    /// The pod, without `spec.nodeName`: engines place it, and share it.
    pub pod: Arc<Pod>,
}

/// A horizontal autoscaler, in whatever version it came.
#[derive(Clone, Debug)]
pub struct AutoscalerObject {
    /// The service whose replicas it sets.
    pub target: ServiceId,
    /// Kind of the target, where it is one that makes pods.
    pub kind: Option<WorkloadKind>,
    /// The original.
    pub json: Arc<Value>,
}

/// An object of a known kind that does not read as one.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The object.
    pub key: ObjectKey,
    /// Why.
    pub reason: String,
}

/// The objects of a world, read.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Nodes by name, each with its provenance.
    pub nodes: Vec<(Node, Provenance)>,
    /// Workloads by id.
    pub workloads: Vec<Workload>,
    /// Pods of a dump by name.
    pub pods: Vec<LivePod>,
    /// Autoscalers by target.
    pub autoscalers: Vec<AutoscalerObject>,
    /// What else of the cluster decides where pods may go.
    pub cluster: ClusterObjects,
    /// What does not read.
    pub unread: Vec<Unread>,
}

impl Inventory {
    /// Reads a world.
    pub fn of(world: &World) -> Self {
        let mut inventory = Self::default();
        for object in &world.objects {
            let read = inventory.read(object);
            if let Err(reason) = read.and_then(|()| inventory.cluster.read(object)) {
                let key = object.key();
                inventory.unread.push(Unread { key, reason });
            }
        }
        inventory.follow_replica_sets();
        inventory.tell_apart();
        adopt(
            &mut inventory.workloads,
            &inventory.cluster.replica_sets,
            &inventory.pods,
        );
        inventory.infer_workloads();
        inventory
            .nodes
            .sort_by(|a, b| a.0.metadata.name.cmp(&b.0.metadata.name));
        inventory.workloads.sort_by(|a, b| a.id.cmp(&b.id));
        inventory.workloads.dedup_by(|a, b| a.id == b.id);
        inventory.pods.sort_by(|a, b| a.name.cmp(&b.name));
        inventory.cluster.sort();
        inventory
            .autoscalers
            .sort_by(|a, b| a.target.cmp(&b.target));
        inventory
    }

    /// What does not read, in words.
    pub fn left_out(&self) -> impl Iterator<Item = String> {
        self.unread
            .iter()
            .map(|unread| format!("{} is left out: {}", unread.key, unread.reason))
    }

    /// The workloads that can serve requests: all but Jobs.
    pub fn serving(&self) -> impl Iterator<Item = &Workload> {
        self.workloads
            .iter()
            .filter(|workload| workload.kind != WorkloadKind::Job)
    }

    /// The workload of an id.
    pub fn workload(&self, id: &ServiceId) -> Option<&Workload> {
        self.workloads
            .binary_search_by(|workload| workload.id.cmp(id))
            .ok()
            .map(|at| &self.workloads[at])
    }

    fn read(&mut self, object: &ClusterObject) -> Result<(), String> {
        let kind = match (object.group(), object.kind()) {
            ("", "Node") => {
                let node: Node = view(object)?;
                self.nodes.push((node, object.provenance));
                return Ok(());
            }
            ("", "Pod") => return self.read_pod(object),
            ("autoscaling", "HorizontalPodAutoscaler") => {
                let target = |field: &str| {
                    let at = format!("/spec/scaleTargetRef/{field}");
                    object.json.pointer(&at).and_then(Value::as_str)
                };
                let name = target("name").ok_or("spec.scaleTargetRef.name is missing")?;
                self.autoscalers.push(AutoscalerObject {
                    target: ServiceId::new(object.namespace(), name),
                    kind: target("kind").and_then(WorkloadKind::of),
                    json: object.json.clone(),
                });
                return Ok(());
            }
            ("apps" | "extensions", "Deployment") => WorkloadKind::Deployment,
            ("apps", "StatefulSet") => WorkloadKind::StatefulSet,
            ("apps" | "extensions", "DaemonSet") => WorkloadKind::DaemonSet,
            ("apps" | "extensions", "ReplicaSet") => WorkloadKind::ReplicaSet,
            ("", "ReplicationController") => WorkloadKind::ReplicationController,
            ("batch", "Job") => WorkloadKind::Job,
            _ => return Ok(()),
        };
        let metadata = metadata(object)?;
        if metadata
            .owner_references
            .iter()
            .flatten()
            .any(|owner| owner.controller == Some(true))
        {
            return Ok(());
        }
        let template = object
            .json
            .pointer("/spec/template")
            .ok_or("spec.template is missing")?;
        let template =
            PodTemplateSpec::deserialize(template).map_err(|e| format!("spec.template: {e}"))?;
        let pointer = if kind == WorkloadKind::Job {
            "/spec/parallelism"
        } else {
            "/spec/replicas"
        };
        let replicas = match object.json.pointer(pointer) {
            None | Some(Value::Null) => 1,
            Some(value) => value
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .ok_or_else(|| {
                    format!("{} is {value}, not a count", pointer[1..].replace('/', "."))
                })?,
        };
        self.workloads.push(Workload {
            id: ServiceId::new(object.namespace(), object.name()),
            kind,
            replicas,
            selector: selector_of(&object.json, kind, &template),
            template: template_pod(object.namespace(), template),
            provenance: object.provenance,
            created: metadata.creation_timestamp.map(|t| t.0.as_second()),
        });
        Ok(())
    }

    fn read_pod(&mut self, object: &ClusterObject) -> Result<(), String> {
        let mut pod: Pod = view(object)?;
        let (kind, owner) = owner_of(&pod.metadata)
            .unwrap_or_else(|| (WorkloadKind::Pod, object.name().to_owned()));
        let phase = pod
            .status
            .as_ref()
            .and_then(|status| status.phase.as_deref());
        self.pods.push(LivePod {
            name: ServiceId::new(object.namespace(), object.name()).to_string(),
            owner: ServiceId::new(object.namespace(), &owner),
            kind,
            node: pod
                .spec
                .as_mut()
                .and_then(|spec| spec.node_name.take())
                .filter(|node| !node.is_empty()),
            ended: matches!(phase, Some("Succeeded" | "Failed")),
            created: pod
                .metadata
                .creation_timestamp
                .as_ref()
                .map(|t| t.0.as_second()),
            pod: Arc::new(pod),
        });
        Ok(())
    }
}

fn view<T: serde::de::DeserializeOwned>(object: &ClusterObject) -> Result<T, String> {
    object.view().map_err(|error| error.to_string())
}

fn metadata(object: &ClusterObject) -> Result<ObjectMeta, String> {
    match object.json.get("metadata") {
        Some(value) => ObjectMeta::deserialize(value).map_err(|error| format!("metadata: {error}")),
        None => Ok(ObjectMeta::default()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn world(objects: &[Value]) -> World {
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

    pub(crate) fn check(objects: &[Value], workloads: &[(&str, WorkloadKind, u32)]) {
        let inventory = Inventory::of(&world(objects));
        let got: Vec<_> = inventory
            .workloads
            .iter()
            .map(|w| (w.id.as_str(), w.kind, w.replicas))
            .collect();
        assert_eq!(got, workloads, "unread: {:?}", inventory.unread);
    }

    pub(crate) fn pod(name: &str, owner: &Value, phase: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop",
            "labels": {"pod-template-hash": "abc"}, "ownerReferences": owner},
            "spec": {"containers": [{"name": "c", "image": "i"}]}, "status": {"phase": phase}})
    }

    pub(crate) fn owner(kind: &str, name: &str) -> Value {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "u", "controller": true}])
    }

    #[test]
    fn a_manifest_is_a_workload() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 3, "selector": {}, "template": {"spec": {"containers": [{"name": "c"}]}}}});
        check(
            &[deployment],
            &[("default/web", WorkloadKind::Deployment, 3)],
        );
    }

    #[test]
    fn pods_name_their_controller() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}}});
        let set = |name: &str, revision: &str| {
            json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "namespace": "shop",
                "labels": {"pod-template-hash": name}, "annotations": {"deployment.kubernetes.io/revision": revision},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u", "controller": true}]},
                "spec": {"selector": {}, "template": {}}})
        };
        let check = |others: Vec<Value>, expect: (&str, Option<&str>)| {
            let mut objects = vec![deployment.clone()];
            objects.extend(others);
            let inventory = Inventory::of(&world(&objects));
            let web = inventory.workload(&ServiceId::new("shop", "web")).unwrap();
            let metadata = &web.template.metadata;
            let owner = &metadata.owner_references.as_ref().unwrap()[0];
            let hash = metadata.labels.as_ref().unwrap().get("pod-template-hash");
            assert_eq!((owner.name.as_str(), hash.map(String::as_str)), expect);
            let selector = web.selector.as_ref().unwrap().match_labels.as_ref();
            assert_eq!(selector.unwrap()["app"], "web");
        };
        check(vec![], ("web", None));
        check(vec![set("b", "9"), set("a", "10")], ("a", Some("a")));
        let live = pod("web-abc-1", &owner("ReplicaSet", "web-abc"), "Running");
        check(vec![live.clone()], ("web-abc", Some("abc")));
        check(vec![live, set("a", "1")], ("a", Some("a")));
    }

    #[test]
    fn what_decides_besides_is_read_too() {
        let objects = [
            ("v1", "Namespace"),
            ("v1", "Service"),
            ("apps/v1", "ReplicaSet"),
            ("apps/v1", "StatefulSet"),
            ("v1", "ReplicationController"),
            ("policy/v1", "PodDisruptionBudget"),
            ("v1", "PersistentVolume"),
            ("v1", "PersistentVolumeClaim"),
            ("storage.k8s.io/v1", "StorageClass"),
            ("storage.k8s.io/v1", "CSINode"),
            ("scheduling.k8s.io/v1", "PriorityClass"),
            (
                "kubescheduler.config.k8s.io/v1",
                "KubeSchedulerConfiguration",
            ),
        ]
        .map(|(version, kind)| {
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": kind.to_lowercase()},
                "provisioner": "p", "value": 1, "spec": {"template": {}, "drivers": []}})
        });
        let inventory = Inventory::of(&world(&objects));
        assert!(inventory.unread.is_empty(), "{:?}", inventory.unread);
        let c = &inventory.cluster;
        let counts = [
            c.namespaces.len(),
            c.services.len(),
            c.replica_sets.len(),
            c.stateful_sets.len(),
            c.replication_controllers.len(),
            c.budgets.len(),
            c.persistent_volumes.len(),
            c.claims.len(),
            c.storage_classes.len(),
            c.csi_nodes.len(),
            c.priority_classes.len(),
            c.scheduler_configurations.len(),
        ];
        assert_eq!(counts, [1; 12]);
        let broken = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": 3});
        let unread = Inventory::of(&world(&[broken])).unread;
        assert_eq!(unread[0].key.name, "b");
    }

    #[test]
    fn what_does_not_read_is_listed() {
        let broken = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replicas": "three", "template": {}}});
        let inventory = Inventory::of(&world(&[broken]));
        assert_eq!(
            inventory.unread[0].reason,
            "spec.replicas is \"three\", not a count"
        );
    }
}
