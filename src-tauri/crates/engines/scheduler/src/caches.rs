//! Columns that decisions read and that can always be computed anew: they hold no state of the cluster.

use std::collections::BTreeMap;
use std::fmt;

use crate::appetite::{Appetite, ChangeLog, FitColumn};
use crate::columns::Columns;
use crate::constraints::{Bench, Constraints, NodeTraits};
use crate::images::{ImageWishId, Images};
use crate::profile::Profile;
use crate::statics::{self, StaticKey};
use crate::topology::Topologies;
use crate::verdicts::Verdicts;

/// Bytes that the columns of one kind may take before the ones used longest ago are dropped.
const BUDGET: usize = 96 << 20;
/// Bytes that a node takes in the column of a constraint set.
const VERDICT_BYTES: usize = 11;

/// A column and when it was last read.
#[derive(Clone)]
struct Kept<T> {
    column: T,
    used: u64,
}

/// Caches of one cluster. Two clusters in the same state print the same, whatever they have computed so far.
#[derive(Clone, Default)]
pub(crate) struct Caches {
    clock: u64,
    verdicts: BTreeMap<usize, Kept<Verdicts>>,
    fits: BTreeMap<usize, Kept<FitColumn>>,
    images: BTreeMap<ImageWishId, Kept<Option<Vec<i64>>>>,
    statics: BTreeMap<StaticKey, Kept<Vec<i32>>>,
}

impl fmt::Debug for Caches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caches")
    }
}

/// Drops the half of the columns that was used longest ago, once there are more than `most`.
fn trim<K: Ord + Copy, T>(kept: &mut BTreeMap<K, Kept<T>>, most: usize) {
    if kept.len() <= most.max(16) {
        return;
    }
    let mut ages: Vec<_> = kept.values().map(|kept| kept.used).collect();
    ages.sort_unstable();
    let median = ages[ages.len() / 2];
    kept.retain(|_, kept| kept.used > median);
}

impl Caches {
    /// Has the verdicts of a constraint set ready.
    pub(crate) fn load_verdicts(
        &mut self,
        at: usize,
        constraints: &Constraints,
        nodes: &[NodeTraits],
        topologies: &Topologies,
        bench: Bench<'_>,
    ) {
        self.clock += 1;
        let used = self.clock;
        if let Some(kept) = self.verdicts.get_mut(&at) {
            kept.used = used;
            return;
        }
        trim(
            &mut self.verdicts,
            BUDGET / (VERDICT_BYTES * nodes.len().max(1)),
        );
        let column = Verdicts::new(constraints, nodes, topologies, bench);
        self.verdicts.insert(at, Kept { column, used });
    }

    pub(crate) fn verdicts(&self, at: usize) -> Option<&Verdicts> {
        self.verdicts.get(&at).map(|kept| &kept.column)
    }

    /// Has the column of an appetite ready and up to date.
    pub(crate) fn load_fit(
        &mut self,
        at: usize,
        appetite: &Appetite,
        columns: &Columns,
        log: &ChangeLog,
        profile: &Profile,
    ) {
        self.clock += 1;
        if !self.fits.contains_key(&at) {
            trim(
                &mut self.fits,
                BUDGET / (size_of::<i32>() * columns.pods.len().max(1)),
            );
        }
        let kept = self.fits.entry(at).or_insert_with(|| Kept {
            column: FitColumn::default(),
            used: 0,
        });
        kept.used = self.clock;
        kept.column.sync(appetite, columns, log, profile);
    }

    /// The column of an appetite, where it is loaded and up to date.
    pub(crate) fn fit(&self, at: usize, log: &ChangeLog) -> Option<&FitColumn> {
        self.fits
            .get(&at)
            .map(|kept| &kept.column)
            .filter(|column| column.is_synced(log))
    }

    /// Has the scores of a pod's images ready.
    pub(crate) fn load_images(
        &mut self,
        wish: ImageWishId,
        images: &Images,
        slots: usize,
        nodes: usize,
    ) {
        self.clock += 1;
        let used = self.clock;
        if let Some(kept) = self.images.get_mut(&wish) {
            kept.used = used;
            return;
        }
        trim(&mut self.images, BUDGET / (size_of::<i64>() * slots.max(1)));
        let column = images.scores(wish, slots, nodes);
        self.images.insert(wish, Kept { column, used });
    }

    /// Scores of a pod's images by slot, where they are loaded and some node has one.
    pub(crate) fn images(&self, wish: ImageWishId) -> Option<&Option<Vec<i64>>> {
        self.images.get(&wish).map(|kept| &kept.column)
    }

    /// Has the column of what does not change with pods ready.
    pub(crate) fn load_static(&mut self, key: StaticKey, profile: &Profile) {
        self.clock += 1;
        let used = self.clock;
        if let Some(kept) = self.statics.get_mut(&key) {
            kept.used = used;
            return;
        }
        let images = self.images(key.images).and_then(Option::as_ref);
        let Some(column) = self
            .verdicts(key.constraints)
            .map(|verdicts| statics::column(key, verdicts, images, profile))
        else {
            return;
        };
        trim(
            &mut self.statics,
            BUDGET / (size_of::<i32>() * column.len().max(1)),
        );
        self.statics.insert(key, Kept { column, used });
    }

    pub(crate) fn statics(&self, key: StaticKey) -> Option<&[i32]> {
        self.statics.get(&key).map(|kept| kept.column.as_slice())
    }

    /// A node was added or changed.
    pub(crate) fn node_changed(
        &mut self,
        slot: usize,
        node: &NodeTraits,
        sets: &[Constraints],
        bench: Bench<'_>,
    ) {
        for (&at, kept) in &mut self.verdicts {
            kept.column.judge(&sets[at], slot, node, bench);
        }
        self.images.clear();
        self.statics.clear();
    }
}
