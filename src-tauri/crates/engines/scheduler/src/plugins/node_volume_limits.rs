//! NodeVolumeLimits: volumes that a driver may attach to a node, as its CSINode says. Volumes that are attached without
//! a pod (VolumeAttachment) are not counted.
//!
//! Source: `plugins/nodevolumelimits/csi.go`.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::Cluster;
use crate::shape::Shape;
use crate::storage::{Attachment, MIGRATIONS};
use crate::trial::Trial;

pub(crate) const TOO_MANY: &str = "node(s) exceed max volume count";

/// The volumes a pod attaches: of its bound claims, and one for each claim that will be provisioned.
pub(crate) fn attachments(cluster: &Cluster, shape: &Shape) -> Vec<Attachment> {
    let storage = &cluster.storage;
    let mut list = Vec::new();
    for &name in &shape.volumes.claims {
        if let Some(volume) = storage.volume_of(name) {
            list.extend(volume.attachment.clone());
            continue;
        }
        let class = storage
            .claims
            .get(&name)
            .and_then(|claim| storage.classes.get(&claim.class));
        if let Some(class) = class {
            let built_in = MIGRATIONS
                .iter()
                .find(|(plugin, _)| *plugin == class.provisioner);
            list.push(Attachment {
                driver: built_in
                    .map_or(class.provisioner.clone(), |&(_, driver)| driver.to_owned()),
                handle: format!(
                    "{}/{}",
                    cluster.symbols.text(name.namespace),
                    cluster.symbols.text(name.name)
                ),
                migrated_from: built_in.map(|&(plugin, _)| plugin),
            });
        }
    }
    list
}

/// Whether a node would have more volumes of a driver than it may.
pub(crate) fn exceeds(
    cluster: &Cluster,
    asked: &[Attachment],
    slot: usize,
    trial: Option<&Trial>,
) -> bool {
    let Some(drivers) = cluster
        .storage
        .drivers
        .get(&*cluster.names[slot])
        .filter(|drivers| !drivers.limits.is_empty())
    else {
        return false;
    };
    let counts = |attachment: &&Attachment| {
        attachment
            .migrated_from
            .is_none_or(|plugin| drivers.migrated.contains(plugin))
    };
    let asked: BTreeSet<_> = asked.iter().filter(counts).collect();
    if asked.is_empty() {
        return false;
    }
    let gone = trial.map_or(&[][..], |trial| &trial.gone);
    let held: Vec<_> = cluster.pods_on[slot]
        .iter()
        .filter(|pod| !gone.contains(pod))
        .filter_map(|pod| cluster.bound.get(pod))
        .flat_map(|bound| attachments(cluster, &cluster.shapes[bound.shape.0 as usize]))
        .collect();
    let held: BTreeSet<_> = held.iter().filter(counts).collect();
    let mut after: BTreeMap<&str, i64> = BTreeMap::new();
    for attachment in held.union(&asked) {
        *after.entry(&attachment.driver).or_default() += 1;
    }
    // Only drivers that the pod brings new volumes of are looked at.
    asked.difference(&held).any(|attachment| {
        let limit = drivers.limits.get(&attachment.driver);
        limit.is_some_and(|limit| after[attachment.driver.as_str()] > *limit)
    })
}
