//! The part of a pod's score that does not change while pods come and go: taints, node affinity and images, normalised by
//! the largest values among the feasible nodes. Those rarely change from one decision to the next, so the column is kept.

use crate::images::ImageWishId;
use crate::plugins::{Plugin, normalise};
use crate::profile::Profile;
use crate::verdicts::Verdicts;

/// What a column depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StaticKey {
    pub constraints: usize,
    pub images: ImageWishId,
    /// Most unwanted PreferNoSchedule taints of a feasible node.
    pub most_intolerable: u32,
    /// Largest weight of preferred terms of a feasible node.
    pub most_preferred: u32,
}

/// The weighted sum by slot; of nodes that are not feasible it means nothing.
pub(crate) fn column(
    key: StaticKey,
    verdicts: &Verdicts,
    images: Option<&Vec<i64>>,
    profile: &Profile,
) -> Vec<i32> {
    let taints = profile.weight(Plugin::TaintToleration);
    let affinity = profile.weight(Plugin::NodeAffinity);
    let locality = profile.weight(Plugin::ImageLocality);
    (0..verdicts.standing.len())
        .map(|slot| {
            let intolerable = verdicts.intolerable[slot].min(key.most_intolerable);
            let preference = verdicts.preference[slot].min(key.most_preferred);
            let image = images.map_or(0, |images| images[slot]);
            let sum = taints * normalise(intolerable.into(), key.most_intolerable.into(), true)
                + affinity * normalise(preference.into(), key.most_preferred.into(), false)
                + locality * image;
            sum as i32
        })
        .collect()
}
