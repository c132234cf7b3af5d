//! Volumes of a pod that tie it to nodes: claims by name, and disks written into the pod itself.

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use crate::symbol::{Symbol, Symbols};

/// A claim by namespace and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimName {
    pub namespace: Symbol,
    pub name: Symbol,
}

/// A disk written into a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Disk {
    /// A GCE persistent disk.
    Gce { name: String, read_only: bool },
    /// An EBS volume.
    Ebs { id: String },
    /// An iSCSI target.
    Iscsi { iqn: String, read_only: bool },
    /// A Ceph block device.
    Rbd {
        monitors: Vec<String>,
        pool: String,
        image: String,
        read_only: bool,
    },
}

/// What a pod mounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodVolumes {
    pub claims: Vec<ClaimName>,
    pub disks: Vec<Disk>,
}

impl PodVolumes {
    pub(crate) fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.disks.is_empty()
    }
}

/// Reads the volumes of a pod. A generic ephemeral volume is the claim `pod-volume`.
pub(crate) fn pod_volumes(
    pod: &Pod,
    spec: &PodSpec,
    namespace: Symbol,
    symbols: &mut Symbols,
) -> PodVolumes {
    let mut volumes = PodVolumes::default();
    for volume in spec.volumes.iter().flatten() {
        if let Some(claim) = &volume.persistent_volume_claim {
            let name = symbols.intern(&claim.claim_name);
            volumes.claims.push(ClaimName { namespace, name });
        } else if volume.ephemeral.is_some() {
            let owner = pod.metadata.name.as_deref().unwrap_or_default();
            let name = symbols.intern(&format!("{owner}-{}", volume.name));
            volumes.claims.push(ClaimName { namespace, name });
        } else if let Some(disk) = &volume.gce_persistent_disk {
            volumes.disks.push(Disk::Gce {
                name: disk.pd_name.clone(),
                read_only: disk.read_only == Some(true),
            });
        } else if let Some(disk) = &volume.aws_elastic_block_store {
            volumes.disks.push(Disk::Ebs {
                id: disk.volume_id.clone(),
            });
        } else if let Some(disk) = &volume.iscsi {
            volumes.disks.push(Disk::Iscsi {
                iqn: disk.iqn.clone(),
                read_only: disk.read_only == Some(true),
            });
        } else if let Some(disk) = &volume.rbd {
            let mut monitors = disk.monitors.clone();
            monitors.sort_unstable();
            volumes.disks.push(Disk::Rbd {
                monitors,
                pool: disk.pool.clone().unwrap_or_else(|| "rbd".to_owned()),
                image: disk.image.clone(),
                read_only: disk.read_only == Some(true),
            });
        }
    }
    volumes.claims.sort_unstable();
    volumes.claims.dedup();
    volumes.disks.sort_unstable();
    volumes.disks.dedup();
    volumes
}
