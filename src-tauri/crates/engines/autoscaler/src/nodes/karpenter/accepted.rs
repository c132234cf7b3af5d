//! Which offers of a pool a pod could live on alone, remembered for pods of one shape. Chooses none.

use std::collections::BTreeMap;

use super::seen::Seen;
use crate::nodes::{Placement, PodRef};

/// By pool and shape of pod: for each offer whether it takes the pod.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    known: BTreeMap<(usize, u64), Vec<bool>>,
}

impl Accepted {
    /// Asks of each offer whether an empty node of it would take the pod as things stand.
    pub fn of<P: Placement>(
        &mut self,
        pool: usize,
        pod: PodRef,
        seen: &Seen<'_>,
        trial: &mut P,
    ) -> &[bool] {
        let key = (pool, seen.pods[&pod].shape);
        self.known.entry(key).or_insert_with(|| {
            let offers = seen.pools[pool].offers.iter();
            offers
                .map(|offer| {
                    let node = trial.add_node(offer.template);
                    let fits = trial.fits(pod, node);
                    trial.remove_node(node);
                    fits
                })
                .collect()
        })
    }

    /// Forgets what was found of a shape: other pods may have made room for it, as those that it
    /// wants to be near.
    pub fn forget(&mut self, shape: u64) {
        self.known.retain(|&(_, known), _| known != shape);
    }
}
