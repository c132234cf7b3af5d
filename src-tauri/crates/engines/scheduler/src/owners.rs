//! Services and controllers that select pods, for the spread that pods get without asking.
//!
//! Source: `DefaultSelector` of `plugins/helper/spread.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

use crate::labels::LabelSelector;
use crate::symbol::{Symbol, Symbols};

/// Kinds of controllers that count: apiVersion and kind, as an owner reference writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OwnerKind {
    ReplicationController,
    ReplicaSet,
    StatefulSet,
}

impl OwnerKind {
    fn of(reference: &meta::OwnerReference) -> Option<Self> {
        match (reference.api_version.as_str(), reference.kind.as_str()) {
            ("v1", "ReplicationController") => Some(Self::ReplicationController),
            ("apps/v1", "ReplicaSet") => Some(Self::ReplicaSet),
            ("apps/v1", "StatefulSet") => Some(Self::StatefulSet),
            _ => None,
        }
    }
}

type Map = BTreeMap<String, String>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Owners {
    /// Selectors of Services by namespace and name; one without selector selects nothing.
    services: BTreeMap<Symbol, BTreeMap<String, Map>>,
    controllers: BTreeMap<(OwnerKind, Symbol, String), LabelSelector>,
}

impl Owners {
    pub(crate) fn set_service(&mut self, namespace: Symbol, name: &str, selector: Option<&Map>) {
        let services = self.services.entry(namespace).or_default();
        match selector {
            Some(selector) => services.insert(name.to_owned(), selector.clone()),
            None => services.remove(name),
        };
    }

    pub(crate) fn set_controller(
        &mut self,
        kind: OwnerKind,
        namespace: Symbol,
        name: &str,
        selector: LabelSelector,
    ) {
        self.controllers
            .insert((kind, namespace, name.to_owned()), selector);
    }

    /// What the Services and the controller of a pod select by, together; none where that is everything.
    pub(crate) fn default_selector(
        &self,
        pod: &Pod,
        namespace: Symbol,
        symbols: &mut Symbols,
    ) -> Option<LabelSelector> {
        let none = Map::new();
        let labels = pod.metadata.labels.as_ref().unwrap_or(&none);
        let selects = |selector: &&Map| {
            selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
        };
        let mut merged = Map::new();
        for selector in self
            .services
            .get(&namespace)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(selects)
        {
            merged.extend(selector.clone());
        }
        let selector = LabelSelector::of_map(Some(&merged), symbols);
        let owner = pod
            .metadata
            .owner_references
            .iter()
            .flatten()
            .find(|owner| owner.controller == Some(true));
        let own = owner.and_then(|owner| {
            let key = (OwnerKind::of(owner)?, namespace, owner.name.clone());
            self.controllers.get(&key)
        });
        let selector = match own {
            // A selector that matches nothing adds nothing.
            Some(own @ LabelSelector::All(_)) => selector.and(own.clone()),
            _ => selector,
        };
        (!selector.is_empty()).then_some(selector)
    }
}
