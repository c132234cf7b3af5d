//! Objects of a cluster besides nodes, pods and workloads that decide where pods may go, typed. Reads originals; judges
//! nothing.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{
    Namespace, PersistentVolume, PersistentVolumeClaim, ReplicationController, Service,
};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::{CSINode, StorageClass};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ClusterObject;

/// The objects of a cluster that placement reads, each list in the order of namespaces and names.
#[derive(Clone, Debug, Default)]
pub struct ClusterObjects {
    /// Namespaces, for selectors that choose pods by them.
    pub namespaces: Vec<Namespace>,
    /// Services: pods that one selects are spread.
    pub services: Vec<Service>,
    /// ReplicaSets, owned ones too.
    pub replica_sets: Vec<ReplicaSet>,
    /// StatefulSets.
    pub stateful_sets: Vec<StatefulSet>,
    /// ReplicationControllers.
    pub replication_controllers: Vec<ReplicationController>,
    /// PodDisruptionBudgets.
    pub budgets: Vec<PodDisruptionBudget>,
    /// PersistentVolumes.
    pub persistent_volumes: Vec<PersistentVolume>,
    /// PersistentVolumeClaims.
    pub claims: Vec<PersistentVolumeClaim>,
    /// StorageClasses.
    pub storage_classes: Vec<StorageClass>,
    /// What storage drivers allow on a node.
    pub csi_nodes: Vec<CSINode>,
    /// PriorityClasses.
    pub priority_classes: Vec<PriorityClass>,
    /// KubeSchedulerConfigurations as they came.
    pub scheduler_configurations: Vec<Arc<Value>>,
}

impl ClusterObjects {
    /// Takes an object of a kind that is known here; leaves others alone.
    ///
    /// # Errors
    /// Why it does not read as what it says it is.
    pub(crate) fn read(&mut self, object: &ClusterObject) -> Result<(), String> {
        match (object.group(), object.kind()) {
            ("", "Namespace") => push(&mut self.namespaces, object),
            ("", "Service") => push(&mut self.services, object),
            ("apps" | "extensions", "ReplicaSet") => push(&mut self.replica_sets, object),
            ("apps", "StatefulSet") => push(&mut self.stateful_sets, object),
            ("", "ReplicationController") => push(&mut self.replication_controllers, object),
            ("policy", "PodDisruptionBudget") => push(&mut self.budgets, object),
            ("", "PersistentVolume") => push(&mut self.persistent_volumes, object),
            ("", "PersistentVolumeClaim") => push(&mut self.claims, object),
            ("storage.k8s.io", "StorageClass") => push(&mut self.storage_classes, object),
            ("storage.k8s.io", "CSINode") => push(&mut self.csi_nodes, object),
            ("scheduling.k8s.io", "PriorityClass") => push(&mut self.priority_classes, object),
            ("kubescheduler.config.k8s.io", "KubeSchedulerConfiguration") => {
                self.scheduler_configurations.push(object.json.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Puts every list in order.
    pub(crate) fn sort(&mut self) {
        fn by(metadata: &ObjectMeta) -> (Option<String>, Option<String>) {
            (metadata.namespace.clone(), metadata.name.clone())
        }
        self.namespaces.sort_by_cached_key(|x| by(&x.metadata));
        self.services.sort_by_cached_key(|x| by(&x.metadata));
        self.replica_sets.sort_by_cached_key(|x| by(&x.metadata));
        self.stateful_sets.sort_by_cached_key(|x| by(&x.metadata));
        self.replication_controllers
            .sort_by_cached_key(|x| by(&x.metadata));
        self.budgets.sort_by_cached_key(|x| by(&x.metadata));
        self.persistent_volumes
            .sort_by_cached_key(|x| by(&x.metadata));
        self.claims.sort_by_cached_key(|x| by(&x.metadata));
        self.storage_classes.sort_by_cached_key(|x| by(&x.metadata));
        self.csi_nodes.sort_by_cached_key(|x| by(&x.metadata));
        self.priority_classes
            .sort_by_cached_key(|x| by(&x.metadata));
        let named = |value: &Arc<Value>| {
            value
                .pointer("/metadata/name")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        self.scheduler_configurations.sort_by_cached_key(named);
    }
}

fn push<T: DeserializeOwned>(list: &mut Vec<T>, object: &ClusterObject) -> Result<(), String> {
    list.push(object.view().map_err(|error| error.to_string())?);
    Ok(())
}
