//! VolumeZone: the zone and region labels of a bound volume have to be those of the node.
//!
//! Source: `plugins/volumezone/volume_zone.go`.

use crate::cluster::Cluster;
use crate::shape::Shape;

pub(crate) const CONFLICT: &str = "node(s) had no available volume zone";

const ZONE_LABELS: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Whether a node is in the zones of every volume. One without any zone label is in all.
pub(crate) fn reaches(cluster: &Cluster, shape: &Shape, slot: usize) -> bool {
    let node = &cluster.traits[slot].labels;
    let zoned = node
        .labels
        .iter()
        .any(|&(key, _)| ZONE_LABELS.contains(&cluster.symbols.text(key)));
    if !zoned {
        return true;
    }
    shape
        .volumes
        .claims
        .iter()
        .filter_map(|&name| cluster.storage.volume_of(name))
        .flat_map(|volume| &volume.zones)
        .all(|(key, present, zones)| {
            let value = node.get(*key).or_else(|| node.get(*present));
            value.is_some_and(|value| zones.contains(&value))
        })
}
