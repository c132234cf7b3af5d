//! Which nodes hold which images.

use std::collections::BTreeMap;

use crate::plugins::image_locality::{normalised_name, scaled_size};

/// An interned image name of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImageId(u32);

#[derive(Debug, Clone, Default)]
pub(crate) struct Images {
    ids: BTreeMap<String, ImageId>,
    /// By image: the nodes that hold it, by slot, with the size they report.
    holders: Vec<BTreeMap<u32, i64>>,
    /// By image: the size that counts.
    sizes: Vec<i64>,
    /// By slot: what the node holds.
    held: Vec<Vec<ImageId>>,
}

impl Images {
    /// Interns the name a pod gives.
    pub(crate) fn wanted(&mut self, name: &str) -> ImageId {
        self.intern(normalised_name(name))
    }

    fn intern(&mut self, name: String) -> ImageId {
        if let Some(&id) = self.ids.get(&name) {
            return id;
        }
        let id = ImageId(self.holders.len() as u32);
        self.ids.insert(name, id);
        self.holders.push(BTreeMap::new());
        self.sizes.push(0);
        id
    }

    /// Replaces what a node holds. Where nodes report different sizes of one image, the original keeps the first it
    /// saw; here that is the node that `first` ranks lowest, so that the order of adding nodes does not matter.
    pub(crate) fn set(
        &mut self,
        slot: u32,
        held: &[(String, i64)],
        first: impl Fn(u32, u32) -> std::cmp::Ordering,
    ) {
        let at = slot as usize;
        if at >= self.held.len() {
            self.held.resize(at + 1, Vec::new());
        }
        let mut touched = std::mem::take(&mut self.held[at]);
        for id in &touched {
            self.holders[id.0 as usize].remove(&slot);
        }
        for (name, size) in held {
            let id = self.intern(name.clone());
            self.holders[id.0 as usize].insert(slot, *size);
            self.held[at].push(id);
            touched.push(id);
        }
        for at in touched.into_iter().map(|id| id.0 as usize) {
            let owner = self.holders[at]
                .iter()
                .min_by(|(a, _), (b, _)| first(**a, **b));
            self.sizes[at] = owner.map_or(0, |(_, &size)| size);
        }
    }

    /// By slot, the sum of the scaled sizes of `wanted` that a node holds; none where no node holds any.
    pub(crate) fn sums(&self, wanted: &[ImageId], slots: usize, nodes: usize) -> Option<Vec<i64>> {
        let held = |id: &&ImageId| !self.holders[id.0 as usize].is_empty();
        wanted.iter().find(held)?;
        let mut sums = vec![0; slots];
        for id in wanted.iter().filter(held) {
            let holders = &self.holders[id.0 as usize];
            let worth = scaled_size(self.sizes[id.0 as usize], holders.len(), nodes);
            for &slot in holders.keys() {
                sums[slot as usize] += worth;
            }
        }
        Some(sums)
    }
}
