//! VolumeBinding: a node has to reach the volumes that the pod's claims are bound to, and to offer volumes for those that
//! wait for their first consumer. Storage capacity that drivers publish is not looked at.
//!
//! Source: `plugins/volumebinding` and `FindMatchingVolume` of `component-helpers/storage/volume`.

use super::{Code, Plugin, node_volume_limits, volume_restrictions, volume_zone};
use crate::cluster::Cluster;
use crate::rejections::Reason;
use crate::selector::Term;
use crate::shape::Shape;
use crate::storage::{Assumed, Claim, Volume};
use crate::volumes::ClaimName;

pub(crate) const UNBOUND_IMMEDIATE: &str = "pod has unbound immediate PersistentVolumeClaims";
const ELSEWHERE: &str = "node(s) had volume node affinity conflict";
const UNMATCHED: &str = "node(s) didn't find available persistent volumes to bind";
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// Why a node is rejected for the volumes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VolumeFault {
    Disk,
    InUse,
    TooMany,
    Binding { elsewhere: bool, unmatched: bool },
    Zone,
}

impl VolumeFault {
    pub(crate) fn plugin(self) -> Plugin {
        match self {
            Self::Disk | Self::InUse => Plugin::VolumeRestrictions,
            Self::TooMany => Plugin::NodeVolumeLimits,
            Self::Binding { .. } => Plugin::VolumeBinding,
            Self::Zone => Plugin::VolumeZone,
        }
    }

    pub(crate) fn code(self) -> Code {
        match self {
            Self::Disk | Self::InUse | Self::TooMany => Code::Unschedulable,
            Self::Binding { .. } | Self::Zone => Code::UnschedulableAndUnresolvable,
        }
    }

    pub(crate) fn kind(self) -> Reason {
        match self {
            Self::Disk => Reason::DiskConflict,
            Self::InUse => Reason::ClaimInUse,
            Self::TooMany => Reason::TooManyVolumes,
            Self::Binding {
                elsewhere: true, ..
            } => Reason::VolumeElsewhere,
            Self::Binding { .. } => Reason::NoVolumeToBind,
            Self::Zone => Reason::VolumeZoneConflict,
        }
    }

    pub(crate) fn reasons(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Disk => &[volume_restrictions::DISK_CONFLICT],
            Self::InUse => &[volume_restrictions::IN_USE],
            Self::TooMany => &[node_volume_limits::TOO_MANY],
            Self::Binding {
                elsewhere: true,
                unmatched: true,
            } => &[ELSEWHERE, UNMATCHED],
            Self::Binding {
                elsewhere: true, ..
            } => &[ELSEWHERE],
            Self::Binding { .. } => &[UNMATCHED],
            Self::Zone => &[volume_zone::CONFLICT],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }
}

/// Unbound claims of a pod: those that wait for their first consumer, or the others.
fn unbound(cluster: &Cluster, shape: &Shape, waits: bool) -> Vec<ClaimName> {
    let storage = &cluster.storage;
    let waiting = |claim: &Claim| {
        let class = storage.classes.get(&claim.class);
        claim.volume.is_none() && class.is_some_and(|class| class.waits)
    };
    shape
        .volumes
        .claims
        .iter()
        .filter(|name| {
            storage
                .claims
                .get(name)
                .is_some_and(|claim| !claim.bound && waiting(claim) == waits)
        })
        .copied()
        .collect()
}

/// Claims that wait for their first consumer, whatever is assumed of them.
pub(crate) fn waiting(cluster: &Cluster, shape: &Shape) -> Vec<ClaimName> {
    unbound(cluster, shape, true)
}

/// Claims that should have been bound without a pod, and are not.
pub(crate) fn immediate(cluster: &Cluster, shape: &Shape) -> Vec<ClaimName> {
    unbound(cluster, shape, false)
}

fn within(cluster: &Cluster, reach: Option<&Vec<Term>>, slot: usize) -> bool {
    reach.is_none_or(|terms| {
        terms
            .iter()
            .any(|term| term.matches(&cluster.traits[slot].labels, &cluster.symbols))
    })
}

/// Whether a node reaches every volume that is bound, or taken to be.
pub(crate) fn reaches(cluster: &Cluster, shape: &Shape, slot: usize) -> bool {
    let storage = &cluster.storage;
    shape.volumes.claims.iter().all(|&name| {
        if let Some(Assumed::Provisioned(labels)) = storage.assumed.get(&name) {
            let node = &cluster.traits[slot].labels;
            return labels
                .iter()
                .all(|&(key, value)| node.get(key) == Some(value));
        }
        let volume = storage.volume_of(name);
        volume.is_none_or(|volume| within(cluster, volume.reach.as_ref(), slot))
    })
}

/// Whether the waiting claims can be bound to volumes that are there, or provisioned, for a node.
pub(crate) fn can_bind(cluster: &Cluster, waiting: &[ClaimName], slot: usize) -> bool {
    if waiting.is_empty() {
        return true;
    }
    let storage = &cluster.storage;
    let chosen = |name: &ClaimName| storage.claims[name].selected_node.as_deref();
    let elsewhere =
        |name: &ClaimName| chosen(name).is_some_and(|node| node != &*cluster.names[slot]);
    if waiting.iter().any(elsewhere) {
        return false;
    }
    let (_, open) = matched(cluster, waiting, slot);
    open.iter().all(|name| {
        let Some(class) = storage.classes.get(&storage.claims[name].class) else {
            return false;
        };
        let node = &cluster.traits[slot].labels;
        let allowed = class.topologies.is_empty()
            || class.topologies.iter().any(|term| {
                term.iter().all(|(key, values)| {
                    node.get(*key).is_some_and(|value| values.contains(&value))
                })
            });
        !class.provisioner.is_empty() && class.provisioner != NO_PROVISIONER && allowed
    })
}

/// Waiting claims with the volume that would be bound to each on a node, and those without. Small claims choose first;
/// of volumes of one size the smallest name is taken, where the original takes any.
pub(crate) fn matched(
    cluster: &Cluster,
    waiting: &[ClaimName],
    slot: usize,
) -> (Vec<(ClaimName, String)>, Vec<ClaimName>) {
    let storage = &cluster.storage;
    let mut claims: Vec<_> = waiting.to_vec();
    claims.sort_by_key(|name| storage.claims[name].request);
    let (mut found, mut open): (Vec<(ClaimName, String)>, _) = (Vec::new(), Vec::new());
    for name in claims {
        let claim = &storage.claims[&name];
        // One that the scheduler has sent to a provisioner is not matched any more.
        let taken = |volume: &str| {
            found.iter().any(|(_, other)| other == volume)
                || storage
                    .assumed
                    .values()
                    .any(|assumed| matches!(assumed, Assumed::Volume(other) if other == volume))
        };
        let volume = if claim.selected_node.is_some() {
            None
        } else {
            best_match(cluster, name, claim, slot, taken)
        };
        match volume {
            Some(volume) => found.push((name, volume)),
            None => open.push(name),
        }
    }
    (found, open)
}

fn best_match(
    cluster: &Cluster,
    name: ClaimName,
    claim: &Claim,
    slot: usize,
    taken: impl Fn(&str) -> bool,
) -> Option<String> {
    let fits = |volume: &Volume| {
        volume.claim.is_none_or(|other| other == name)
            && volume.class == claim.class
            && volume.capacity >= claim.request
            && volume.block == claim.block
            && !volume.deleting
    };
    let mut smallest: Option<(&String, &Volume)> = None;
    for (id, volume) in &cluster.storage.volumes {
        if !fits(volume) || taken(id) {
            continue;
        }
        let reached = within(cluster, volume.reach.as_ref(), slot);
        if volume.claim == Some(name) {
            return reached.then(|| id.clone());
        }
        let selected = claim
            .selector
            .as_ref()
            .is_none_or(|selector| selector.matches(&volume.labels, &cluster.symbols));
        let suits = volume.available
            && selected
            && reached
            && claim.access_modes.is_subset(&volume.access_modes);
        if suits && smallest.is_none_or(|(_, other)| volume.capacity < other.capacity) {
            smallest = Some((id, volume));
        }
    }
    smallest.map(|(id, _)| id.clone())
}
