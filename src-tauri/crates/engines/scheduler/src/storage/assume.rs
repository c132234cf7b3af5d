//! What becomes of claims when pods that use them come and go.

use super::Assumed;
use crate::cluster::{Cluster, PodKey};
use crate::plugins::volume_binding;
use crate::shape::Shape;

const ZONE: &str = "topology.kubernetes.io/zone";

impl Cluster {
    /// A pod came to a node, or left it. The first user of a waiting claim binds it, the last one frees it.
    pub(crate) fn claims_change(&mut self, pod: PodKey, shape: &Shape, slot: usize, comes: bool) {
        if shape.volumes.claims.is_empty() {
            return;
        }
        if comes {
            let waiting: Vec<_> = volume_binding::waiting(self, shape)
                .into_iter()
                .filter(|name| !self.storage.assumed.contains_key(name))
                .collect();
            let (matched, open) = volume_binding::matched(self, &waiting, slot);
            for (claim, volume) in matched {
                self.storage.assumed.insert(claim, Assumed::Volume(volume));
            }
            for claim in open {
                let labels = self.provisioned_labels(claim, slot);
                self.storage
                    .assumed
                    .insert(claim, Assumed::Provisioned(labels));
            }
            for &claim in &shape.volumes.claims {
                self.storage.users.entry(claim).or_default().insert(pod);
            }
            return;
        }
        for claim in &shape.volumes.claims {
            if let Some(users) = self.storage.users.get_mut(claim) {
                users.remove(&pod);
                if users.is_empty() {
                    self.storage.users.remove(claim);
                    self.storage.assumed.remove(claim);
                }
            }
        }
    }

    /// The labels a node has to share with this one to reach what is provisioned here.
    fn provisioned_labels(
        &mut self,
        claim: crate::volumes::ClaimName,
        slot: usize,
    ) -> Vec<(crate::symbol::Symbol, crate::symbol::Symbol)> {
        let zone = self.symbols.intern(ZONE);
        let class = self
            .storage
            .claims
            .get(&claim)
            .and_then(|claim| self.storage.classes.get(&claim.class));
        let mut keys: Vec<_> = class
            .into_iter()
            .flat_map(|class| class.topologies.iter().flatten())
            .map(|&(key, _)| key)
            .collect();
        if keys.is_empty() {
            keys.push(zone);
        }
        keys.sort_unstable();
        keys.dedup();
        let labels = &self.traits[slot].labels;
        keys.into_iter()
            .filter_map(|key| Some((key, labels.get(key)?)))
            .collect()
    }
}
