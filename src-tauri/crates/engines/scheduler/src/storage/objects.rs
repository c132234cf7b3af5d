//! Reads the objects of the storage API.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec, VolumeNodeAffinity,
};
use k8s_openapi::api::storage::v1::{CSINode, StorageClass};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Attachment, Claim, Class, Drivers, Volume, ZoneLabel};
use crate::cluster::Cluster;
use crate::error::{Fault, InvalidObject};
use crate::labels::{LabelSelector, intern_labels};
use crate::quantity;
use crate::selector::Term;
use crate::symbol::Symbols;
use crate::volumes::ClaimName;

const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const MIGRATED: &str = "storage.alpha.kubernetes.io/migrated-plugins";

/// Zone labels of volumes, with the name of the key today.
const ZONE_LABELS: [(&str, &str); 4] = [
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    (
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
];

/// Built-in plugins and the drivers that stand in for them, see `k8s.io/csi-translation-lib`.
pub(crate) const MIGRATIONS: [(&str, &str); 4] = [
    ("kubernetes.io/aws-ebs", "ebs.csi.aws.com"),
    ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io"),
    ("kubernetes.io/azure-disk", "disk.csi.azure.com"),
    ("kubernetes.io/cinder", "cinder.csi.openstack.org"),
];

fn bytes(list: Option<&BTreeMap<String, Quantity>>, field: &str) -> Result<i128, Fault> {
    match list.and_then(|list| list.get("storage")) {
        None => Ok(0),
        Some(quantity) => quantity::parse("storage", &quantity.0, || format!("{field}[storage]")),
    }
}

fn is_block(mode: Option<&str>) -> bool {
    mode == Some("Block")
}

impl Cluster {
    /// Adds a volume, or replaces the one of the same name.
    ///
    /// # Errors
    /// An impossible capacity, an illegal node term.
    pub fn set_persistent_volume(
        &mut self,
        volume: &PersistentVolume,
    ) -> Result<(), InvalidObject> {
        let name = volume.metadata.name.clone().unwrap_or_default();
        let compiled = compile_volume(volume, &mut self.symbols)
            .map_err(|fault| fault.of(&format!("PersistentVolume {name}")))?;
        self.storage.known = true;
        self.storage.volumes.insert(name, compiled);
        Ok(())
    }

    /// Adds a claim, or replaces the one of the same name.
    ///
    /// # Errors
    /// An impossible request, an illegal selector.
    pub fn set_claim(&mut self, claim: &PersistentVolumeClaim) -> Result<(), InvalidObject> {
        let namespace = claim.metadata.namespace.as_deref().unwrap_or("default");
        let name = claim.metadata.name.as_deref().unwrap_or_default();
        let compiled = compile_claim(claim, &mut self.symbols)
            .map_err(|fault| fault.of(&format!("PersistentVolumeClaim {namespace}/{name}")))?;
        let name = ClaimName {
            namespace: self.symbols.intern(namespace),
            name: self.symbols.intern(name),
        };
        self.storage.known = true;
        self.storage.claims.insert(name, compiled);
        Ok(())
    }

    /// Adds a storage class, or replaces the one of the same name.
    pub fn set_storage_class(&mut self, class: &StorageClass) {
        let topologies = class
            .allowed_topologies
            .iter()
            .flatten()
            .map(|term| {
                term.match_label_expressions
                    .iter()
                    .flatten()
                    .map(|requirement| {
                        let key = self.symbols.intern(&requirement.key);
                        let values = requirement
                            .values
                            .iter()
                            .map(|value| self.symbols.intern(value))
                            .collect();
                        (key, values)
                    })
                    .collect()
            })
            .collect();
        let compiled = Class {
            provisioner: class.provisioner.clone(),
            waits: class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"),
            topologies,
        };
        let name = class.metadata.name.clone().unwrap_or_default();
        self.storage.known = true;
        self.storage.classes.insert(name, compiled);
    }

    /// Sets how many volumes the drivers of a node may attach.
    pub fn set_csi_node(&mut self, node: &CSINode) {
        let limits = node
            .spec
            .drivers
            .iter()
            .filter_map(|driver| {
                let count = driver.allocatable.as_ref()?.count?;
                Some((driver.name.clone(), i64::from(count)))
            })
            .collect();
        let migrated = node
            .metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(MIGRATED))
            .map(|list| list.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        let name = node.metadata.name.clone().unwrap_or_default();
        self.storage
            .drivers
            .insert(name, Drivers { limits, migrated });
    }
}

fn compile_volume(volume: &PersistentVolume, symbols: &mut Symbols) -> Result<Volume, Fault> {
    let none = PersistentVolumeSpec::default();
    let spec = volume.spec.as_ref().unwrap_or(&none);
    let reference = spec.claim_ref.as_ref();
    let claim = reference.map(|claim| ClaimName {
        namespace: symbols.intern(claim.namespace.as_deref().unwrap_or("default")),
        name: symbols.intern(claim.name.as_deref().unwrap_or_default()),
    });
    let class = annotation(volume.metadata.annotations.as_ref())
        .or_else(|| spec.storage_class_name.clone())
        .unwrap_or_default();
    let status = volume.status.as_ref();
    Ok(Volume {
        class,
        capacity: bytes(spec.capacity.as_ref(), "spec.capacity")?,
        access_modes: spec.access_modes.iter().flatten().cloned().collect(),
        block: is_block(spec.volume_mode.as_deref()),
        reach: reach(spec.node_affinity.as_ref(), symbols)?,
        zones: zones(volume.metadata.labels.as_ref(), symbols),
        claim,
        available: status.and_then(|status| status.phase.as_deref()) == Some("Available"),
        deleting: volume.metadata.deletion_timestamp.is_some(),
        attachment: attachment(spec),
        labels: intern_labels(volume.metadata.labels.as_ref(), symbols),
    })
}

fn annotation(annotations: Option<&BTreeMap<String, String>>) -> Option<String> {
    annotations?.get(CLASS_ANNOTATION).cloned()
}

fn reach(
    affinity: Option<&VolumeNodeAffinity>,
    symbols: &mut Symbols,
) -> Result<Option<Vec<Term>>, Fault> {
    let Some(required) = affinity.and_then(|affinity| affinity.required.as_ref()) else {
        return Ok(None);
    };
    let terms = required
        .node_selector_terms
        .iter()
        .enumerate()
        .map(|(at, term)| {
            let path = format!("spec.nodeAffinity.required.nodeSelectorTerms[{at}]");
            Term::compile(term, &path, symbols)
        });
    Ok(Some(terms.collect::<Result<_, _>>()?))
}

/// Values may list several zones, joined by two underscores.
fn zones(labels: Option<&BTreeMap<String, String>>, symbols: &mut Symbols) -> Vec<ZoneLabel> {
    let mut zones = Vec::new();
    for (key, present) in ZONE_LABELS {
        if let Some(value) = labels.and_then(|labels| labels.get(key)) {
            let values = value
                .split("__")
                .map(|zone| symbols.intern(zone.trim()))
                .collect();
            zones.push((symbols.intern(key), symbols.intern(present), values));
        }
    }
    zones
}

fn attachment(spec: &PersistentVolumeSpec) -> Option<Attachment> {
    if let Some(csi) = &spec.csi {
        return Some(Attachment {
            driver: csi.driver.clone(),
            handle: csi.volume_handle.clone(),
            migrated_from: None,
        });
    }
    let (plugin, handle) = if let Some(disk) = &spec.aws_elastic_block_store {
        (0, &disk.volume_id)
    } else if let Some(disk) = &spec.gce_persistent_disk {
        (1, &disk.pd_name)
    } else if let Some(disk) = &spec.azure_disk {
        (2, &disk.disk_uri)
    } else if let Some(disk) = &spec.cinder {
        (3, &disk.volume_id)
    } else {
        return None;
    };
    let (plugin, driver) = MIGRATIONS[plugin];
    Some(Attachment {
        driver: driver.to_owned(),
        handle: handle.clone(),
        migrated_from: Some(plugin),
    })
}

fn compile_claim(claim: &PersistentVolumeClaim, symbols: &mut Symbols) -> Result<Claim, Fault> {
    let spec = claim.spec.as_ref();
    let annotations = claim.metadata.annotations.as_ref();
    let has = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    let phase = claim
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    let volume = spec
        .and_then(|spec| spec.volume_name.clone())
        .filter(|name| !name.is_empty());
    let class = annotation(annotations)
        .or_else(|| spec.and_then(|spec| spec.storage_class_name.clone()))
        .unwrap_or_default();
    let requests = spec
        .and_then(|spec| spec.resources.as_ref())
        .and_then(|resources| resources.requests.as_ref());
    let selector = spec.and_then(|spec| spec.selector.as_ref());
    let modes: BTreeSet<_> = spec
        .and_then(|spec| spec.access_modes.as_ref())
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    Ok(Claim {
        bound: volume.is_some() && (has(BIND_COMPLETED).is_some() || phase == Some("Bound")),
        volume,
        class,
        request: bytes(requests, "spec.resources.requests")?,
        access_modes: modes,
        block: is_block(spec.and_then(|spec| spec.volume_mode.as_deref())),
        selector: selector
            .map(|selector| LabelSelector::compile(Some(selector), "spec.selector", symbols))
            .transpose()?,
        lost: phase == Some("Lost"),
        deleting: claim.metadata.deletion_timestamp.is_some(),
        selected_node: has(SELECTED_NODE).cloned(),
    })
}
