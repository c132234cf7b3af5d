//! Which nodes hold which images.

use std::collections::BTreeMap;

use crate::plugins::image_locality::{normalised_name, scaled_size, score};

/// An interned image name of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ImageId(u32);

/// The images of a pod, interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImageWishId(u32);

/// The images of a pod and the number of its containers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImageWish {
    /// Sorted; one that two containers share counts twice.
    images: Vec<ImageId>,
    containers: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Images {
    ids: BTreeMap<String, ImageId>,
    /// By image: the nodes that hold it, by slot, with the size they report.
    holders: Vec<BTreeMap<u32, i64>>,
    /// By image: the node whose size counts.
    owners: Vec<Option<u32>>,
    /// By slot: what the node holds.
    held: Vec<Vec<ImageId>>,
    wish_ids: BTreeMap<ImageWish, ImageWishId>,
    wishes: Vec<ImageWish>,
}

impl Images {
    /// Interns the images a pod names, one a container.
    pub(crate) fn wish<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> ImageWishId {
        let mut images: Vec<_> = names
            .map(|name| self.intern(normalised_name(name)))
            .collect();
        images.sort_unstable();
        let containers = images.len() as i64;
        let wish = ImageWish { images, containers };
        if let Some(&id) = self.wish_ids.get(&wish) {
            return id;
        }
        let id = ImageWishId(self.wishes.len() as u32);
        self.wish_ids.insert(wish.clone(), id);
        self.wishes.push(wish);
        id
    }

    fn intern(&mut self, name: String) -> ImageId {
        if let Some(&id) = self.ids.get(&name) {
            return id;
        }
        let id = ImageId(self.holders.len() as u32);
        self.ids.insert(name, id);
        self.holders.push(BTreeMap::new());
        self.owners.push(None);
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
        for id in std::mem::take(&mut self.held[at]) {
            let at = id.0 as usize;
            self.holders[at].remove(&slot);
            if self.owners[at] == Some(slot) {
                let holders = self.holders[at].keys().copied();
                self.owners[at] = holders.min_by(|&a, &b| first(a, b));
            }
        }
        for (name, size) in held {
            let id = self.intern(name.clone());
            let owner = &mut self.owners[id.0 as usize];
            if owner.is_none_or(|owner| first(slot, owner).is_lt()) {
                *owner = Some(slot);
            }
            self.holders[id.0 as usize].insert(slot, *size);
            self.held[at].push(id);
        }
    }

    /// The size of an image that counts.
    fn size(&self, id: ImageId) -> i64 {
        let at = id.0 as usize;
        self.owners[at].map_or(0, |owner| self.holders[at][&owner])
    }

    /// By slot, the score of ImageLocality; none where no node holds any of the images.
    pub(crate) fn scores(&self, wish: ImageWishId, slots: usize, nodes: usize) -> Option<Vec<i64>> {
        let ImageWish { images, containers } = &self.wishes[wish.0 as usize];
        let held = |id: &&ImageId| !self.holders[id.0 as usize].is_empty();
        images.iter().find(held)?;
        let mut sums = vec![0; slots];
        for id in images.iter().filter(held) {
            let holders = &self.holders[id.0 as usize];
            let worth = scaled_size(self.size(*id), holders.len(), nodes);
            for &slot in holders.keys() {
                sums[slot as usize] += worth;
            }
        }
        for sum in &mut sums {
            *sum = score(*sum, *containers);
        }
        Some(sums)
    }
}
