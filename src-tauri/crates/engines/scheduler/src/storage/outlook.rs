//! What a pod's volumes mean for every node: what PreFilter finds once, and the four filters on one node.

use super::Attachment;
use crate::cluster::Cluster;
use crate::plugins::volume_binding::{self, VolumeFault};
use crate::plugins::{Plugin, node_volume_limits, volume_restrictions, volume_zone};
use crate::shape::Shape;
use crate::trial::Trial;
use crate::volumes::ClaimName;

/// The volumes of a pod against the cluster as it is.
#[derive(Debug)]
pub(crate) struct VolumeOutlook {
    /// Why no node can take the pod, in kube-scheduler's words.
    pub message: Option<String>,
    /// The plugin that says so.
    pub plugin: Plugin,
    /// Claims that wait for a consumer and are not taken to be bound.
    waiting: Vec<ClaimName>,
    /// Claims that one pod may use at a time.
    for_one_pod: Vec<ClaimName>,
    attachments: Vec<Attachment>,
}

impl VolumeOutlook {
    pub(crate) fn new(cluster: &Cluster, shape: &Shape) -> Self {
        let storage = &cluster.storage;
        let claims = &shape.volumes.claims;
        let refusal = refusal(cluster, shape);
        let waiting = volume_binding::waiting(cluster, shape)
            .into_iter()
            .filter(|claim| !storage.assumed.contains_key(claim))
            .collect();
        let for_one_pod = claims
            .iter()
            .filter(|name| {
                storage
                    .claims
                    .get(name)
                    .is_some_and(super::Claim::is_for_one_pod)
            })
            .copied()
            .collect();
        Self {
            plugin: refusal
                .as_ref()
                .map_or(Plugin::VolumeBinding, |&(plugin, _)| plugin),
            message: refusal.map(|(_, message)| message),
            waiting,
            for_one_pod,
            attachments: node_volume_limits::attachments(cluster, shape),
        }
    }

    /// The first filter that rejects a node.
    pub(crate) fn fault(
        &self,
        cluster: &Cluster,
        shape: &Shape,
        slot: usize,
        trial: Option<&Trial>,
    ) -> Option<VolumeFault> {
        let filters = |plugin| cluster.profile.filters(plugin);
        if filters(Plugin::VolumeRestrictions) {
            if volume_restrictions::disks_conflict(cluster, shape, slot, trial) {
                return Some(VolumeFault::Disk);
            }
            if volume_restrictions::in_use(cluster, &self.for_one_pod, trial) {
                return Some(VolumeFault::InUse);
            }
        }
        if filters(Plugin::NodeVolumeLimits)
            && node_volume_limits::exceeds(cluster, &self.attachments, slot, trial)
        {
            return Some(VolumeFault::TooMany);
        }
        if filters(Plugin::VolumeBinding) {
            let elsewhere = !volume_binding::reaches(cluster, shape, slot);
            let unmatched = !volume_binding::can_bind(cluster, &self.waiting, slot);
            if elsewhere || unmatched {
                return Some(VolumeFault::Binding {
                    elsewhere,
                    unmatched,
                });
            }
        }
        (filters(Plugin::VolumeZone) && !volume_zone::reaches(cluster, shape, slot))
            .then_some(VolumeFault::Zone)
    }
}

/// What PreFilter rejects a pod for on every node, in the order of the plugins.
fn refusal(cluster: &Cluster, shape: &Shape) -> Option<(Plugin, String)> {
    let storage = &cluster.storage;
    if !storage.known {
        return None;
    }
    let filters = |plugin| cluster.profile.filters(plugin);
    let names = || {
        shape
            .volumes
            .claims
            .iter()
            .map(|name| (name, cluster.symbols.text(name.name)))
    };
    for (name, text) in names() {
        if !storage.claims.contains_key(name) {
            let plugin = [Plugin::VolumeRestrictions, Plugin::VolumeBinding]
                .into_iter()
                .find(|&plugin| filters(plugin))?;
            return Some((plugin, format!("persistentvolumeclaim {text:?} not found")));
        }
    }
    if filters(Plugin::VolumeBinding) {
        for (name, text) in names() {
            let claim = &storage.claims[name];
            let fault = if claim.lost {
                let volume = claim.volume.as_deref().unwrap_or_default();
                format!("bound to non-existent persistentvolume {volume:?}")
            } else if claim.deleting {
                "is being deleted".to_owned()
            } else {
                continue;
            };
            let message = format!("persistentvolumeclaim {text:?} {fault}");
            return Some((Plugin::VolumeBinding, message));
        }
        if !volume_binding::immediate(cluster, shape).is_empty() {
            return Some((
                Plugin::VolumeBinding,
                volume_binding::UNBOUND_IMMEDIATE.to_owned(),
            ));
        }
    }
    for (name, _) in names() {
        let volume = storage.claims[name].volume.as_ref();
        if let Some(volume) = volume.filter(|volume| !storage.volumes.contains_key(*volume))
            && filters(Plugin::VolumeZone)
        {
            return Some((
                Plugin::VolumeZone,
                format!("persistentvolume {volume:?} not found"),
            ));
        }
    }
    None
}
