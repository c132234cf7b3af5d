//! Objects besides nodes and pods that placement depends on: namespaces, Services and controllers.
//!
//! Services and controllers are read when a pod is interned: they have to be there before.

use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Namespace, ReplicationController, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

use crate::cluster::Cluster;
use crate::error::InvalidObject;
use crate::labels::LabelSelector;
use crate::owners::OwnerKind;

fn names(metadata: &meta::ObjectMeta) -> (&str, &str) {
    (
        metadata.namespace.as_deref().unwrap_or("default"),
        metadata.name.as_deref().unwrap_or_default(),
    )
}

impl Cluster {
    /// Sets the labels of a namespace. One that is never set has its name as its only label.
    pub fn set_namespace(&mut self, namespace: &Namespace) {
        let name = namespace.metadata.name.as_deref().unwrap_or_default();
        let before = self.namespaces.clone();
        self.namespaces
            .set(name, namespace.metadata.labels.as_ref(), &mut self.symbols);
        if self.namespaces != before {
            self.selectors
                .relearn(&self.label_sets, &self.namespaces, &self.symbols);
        }
    }

    /// Adds a Service: pods it selects are spread by default.
    pub fn set_service(&mut self, service: &Service) {
        let (namespace, name) = names(&service.metadata);
        let namespace = self.symbols.intern(namespace);
        let selector = service
            .spec
            .as_ref()
            .and_then(|spec| spec.selector.as_ref());
        self.owners.set_service(namespace, name, selector);
    }

    /// Adds a ReplicationController: pods it owns are spread by default.
    pub fn set_replication_controller(&mut self, controller: &ReplicationController) {
        let (namespace, name) = names(&controller.metadata);
        let namespace = self.symbols.intern(namespace);
        let map = controller
            .spec
            .as_ref()
            .and_then(|spec| spec.selector.as_ref());
        let selector = LabelSelector::of_map(map, &mut self.symbols);
        self.owners
            .set_controller(OwnerKind::ReplicationController, namespace, name, selector);
    }

    /// Adds a ReplicaSet: pods it owns are spread by default.
    ///
    /// # Errors
    /// An illegal selector.
    pub fn set_replica_set(&mut self, set: &ReplicaSet) -> Result<(), InvalidObject> {
        let selector = set.spec.as_ref().map(|spec| &spec.selector);
        self.set_controller(OwnerKind::ReplicaSet, "ReplicaSet", &set.metadata, selector)
    }

    /// Adds a StatefulSet: pods it owns are spread by default.
    ///
    /// # Errors
    /// An illegal selector.
    pub fn set_stateful_set(&mut self, set: &StatefulSet) -> Result<(), InvalidObject> {
        let selector = set.spec.as_ref().map(|spec| &spec.selector);
        self.set_controller(
            OwnerKind::StatefulSet,
            "StatefulSet",
            &set.metadata,
            selector,
        )
    }

    fn set_controller(
        &mut self,
        kind: OwnerKind,
        word: &str,
        metadata: &meta::ObjectMeta,
        selector: Option<&meta::LabelSelector>,
    ) -> Result<(), InvalidObject> {
        let (namespace, name) = names(metadata);
        let selector = LabelSelector::compile(selector, "spec.selector", &mut self.symbols)
            .map_err(|fault| fault.of(&format!("{word} {namespace}/{name}")))?;
        let namespace = self.symbols.intern(namespace);
        self.owners.set_controller(kind, namespace, name, selector);
        Ok(())
    }
}
