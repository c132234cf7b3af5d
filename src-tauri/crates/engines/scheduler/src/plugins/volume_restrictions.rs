//! VolumeRestrictions: disks that cannot be mounted twice on a node, and claims for one pod at a time.
//!
//! Source: `plugins/volumerestrictions/volume_restrictions.go`.

use crate::cluster::Cluster;
use crate::shape::Shape;
use crate::trial::Trial;
use crate::volumes::{ClaimName, Disk};

pub(crate) const DISK_CONFLICT: &str = "node(s) had no available disk";
pub(crate) const IN_USE: &str =
    "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";

/// Whether two pods of a node cannot both mount these.
fn conflict(one: &Disk, other: &Disk) -> bool {
    match (one, other) {
        (
            Disk::Gce { name, read_only },
            Disk::Gce {
                name: other,
                read_only: both,
            },
        ) => name == other && !(*read_only && *both),
        (Disk::Ebs { id }, Disk::Ebs { id: other }) => id == other,
        (
            Disk::Iscsi { iqn, read_only },
            Disk::Iscsi {
                iqn: other,
                read_only: both,
            },
        ) => iqn == other && !(*read_only && *both),
        (
            Disk::Rbd {
                monitors,
                pool,
                image,
                read_only,
            },
            Disk::Rbd {
                monitors: others,
                pool: other_pool,
                image: other_image,
                read_only: both,
            },
        ) => {
            monitors.iter().any(|monitor| others.contains(monitor))
                && pool == other_pool
                && image == other_image
                && !(*read_only && *both)
        }
        _ => false,
    }
}

/// Whether a pod of the node holds a disk in a way that excludes the pod.
pub(crate) fn disks_conflict(
    cluster: &Cluster,
    shape: &Shape,
    slot: usize,
    trial: Option<&Trial>,
) -> bool {
    if shape.volumes.disks.is_empty() {
        return false;
    }
    let gone = trial.map_or(&[][..], |trial| &trial.gone);
    cluster.pods_on[slot]
        .iter()
        .filter(|pod| !gone.contains(pod))
        .filter_map(|pod| cluster.bound.get(pod))
        .flat_map(|bound| &cluster.shapes[bound.shape.0 as usize].volumes.disks)
        .any(|held| {
            shape
                .volumes
                .disks
                .iter()
                .any(|asked| conflict(asked, held))
        })
}

/// Whether any pod of the cluster uses one of the claims.
pub(crate) fn in_use(cluster: &Cluster, claims: &[ClaimName], trial: Option<&Trial>) -> bool {
    let gone = trial.map_or(&[][..], |trial| &trial.gone);
    claims
        .iter()
        .filter_map(|claim| cluster.storage.users.get(claim))
        .flatten()
        .any(|user| !gone.contains(user))
}
