//! Claims of the pods that a StatefulSet still lacks, as its controller makes them. Binds nothing.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{ClusterObjects, ServiceId};
use drydock_scheduler::{Cluster, InvalidObject};
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, Volume,
};
use k8s_openapi::api::storage::v1::StorageClass;

const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// What a world says of claims.
pub(crate) struct Claims<'a> {
    /// Claim templates of StatefulSets.
    templates: BTreeMap<ServiceId, &'a [PersistentVolumeClaim]>,
    /// Claims that are there: namespace and name.
    there: BTreeSet<(&'a str, &'a str)>,
    /// Storage classes whose claims wait for the scheduler. What claims of others are bound to is decided before, and
    /// elsewhere.
    waiting: BTreeSet<&'a str>,
    /// The class of claims that name none.
    default_class: Option<&'a str>,
    /// Whether the world shows any storage: where it shows none, whether a claim could be bound is not known.
    known: bool,
}

impl<'a> Claims<'a> {
    pub fn of(objects: &'a ClusterObjects) -> Self {
        let templates = objects.stateful_sets.iter().filter_map(|set| {
            let templates = set.spec.as_ref()?.volume_claim_templates.as_deref()?;
            let namespace = set.metadata.namespace.as_deref().unwrap_or_default();
            let name = set.metadata.name.as_deref()?;
            Some((ServiceId::new(namespace, name), templates))
        });
        let there = objects.claims.iter().map(|claim| {
            (
                claim.metadata.namespace.as_deref().unwrap_or("default"),
                claim.metadata.name.as_deref().unwrap_or_default(),
            )
        });
        Self {
            templates: templates.collect(),
            there: there.collect(),
            waiting: objects
                .storage_classes
                .iter()
                .filter(|class| {
                    class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer")
                })
                .filter_map(|class| class.metadata.name.as_deref())
                .collect(),
            default_class: default_class(&objects.storage_classes),
            known: !objects.claims.is_empty()
                || !objects.persistent_volumes.is_empty()
                || !objects.storage_classes.is_empty(),
        }
    }

    /// Gives a pod of a StatefulSet the claims of its templates, named after both, and makes those that are not there. A
    /// claim that would be bound before the pod is placed is left out; answers its class then.
    pub fn give(
        &self,
        cluster: &mut Cluster,
        set: &ServiceId,
        pod: &mut Pod,
    ) -> Result<Option<String>, InvalidObject> {
        let (Some(name), Some(spec)) = (&pod.metadata.name, &mut pod.spec) else {
            return Ok(None);
        };
        let mut unknown = None;
        for template in self.templates.get(set).copied().unwrap_or_default() {
            let volume = template.metadata.name.clone().unwrap_or_default();
            let claim = format!("{volume}-{name}");
            if self.known && !self.there.contains(&(set.namespace(), claim.as_str())) {
                let made = self.made(template, set, claim.clone());
                if let Some(class) = self.unknown_class(&made) {
                    unknown = Some(class);
                    continue;
                }
                cluster.set_claim(&made)?;
            }
            let volumes = spec.volumes.get_or_insert_default();
            volumes.retain(|other| other.name != volume);
            volumes.push(Volume {
                name: volume,
                persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                    claim_name: claim,
                    read_only: None,
                }),
                ..Volume::default()
            });
        }
        Ok(unknown)
    }

    /// The class of a claim that does not wait for the scheduler.
    fn unknown_class(&self, claim: &PersistentVolumeClaim) -> Option<String> {
        let named = claim.spec.as_ref()?.storage_class_name.as_deref();
        let class = named.unwrap_or_default();
        (!self.waiting.contains(class)).then(|| class.to_owned())
    }

    fn made(
        &self,
        template: &PersistentVolumeClaim,
        set: &ServiceId,
        name: String,
    ) -> PersistentVolumeClaim {
        let mut claim = template.clone();
        claim.status = None;
        claim.metadata.name = Some(name);
        claim.metadata.namespace = Some(set.namespace().to_owned());
        let spec = claim.spec.get_or_insert_default();
        if spec.storage_class_name.is_none() {
            spec.storage_class_name = self.default_class.map(str::to_owned);
        }
        claim
    }
}

/// The default class; of several the one made last, as the API server's admission chooses.
fn default_class(classes: &[StorageClass]) -> Option<&str> {
    let is_default = |class: &&StorageClass| {
        class
            .metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(DEFAULT_CLASS))
            .is_some_and(|value| value == "true")
    };
    classes
        .iter()
        .filter(is_default)
        .max_by_key(|class| {
            let made = class.metadata.creation_timestamp.as_ref();
            (
                made.map(|time| time.0.as_second()),
                std::cmp::Reverse(class.metadata.name.as_deref()),
            )
        })
        .and_then(|class| class.metadata.name.as_deref())
}
