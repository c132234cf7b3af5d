//! How many pods of each label set are on which node. Kept up to date by every bind and unbind.

use crate::labels::LabelSetId;

/// Pods of one label set on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resident {
    pub slot: u32,
    /// Pods that are not being deleted.
    pub live: u32,
    /// Pods that are being deleted: they still hold their node, but PodTopologySpread does not count them.
    pub terminating: u32,
}

impl Resident {
    pub(crate) fn all(self) -> i64 {
        i64::from(self.live) + i64::from(self.terminating)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Residents {
    /// By label set, sorted by slot, without empty entries.
    by_set: Vec<Vec<Resident>>,
}

impl Residents {
    /// Makes room for a label set that was interned just now.
    pub(crate) fn learn(&mut self, set: LabelSetId) {
        if self.by_set.len() <= set.index() {
            self.by_set.resize(set.index() + 1, Vec::new());
        }
    }

    pub(crate) fn of(&self, set: LabelSetId) -> &[Resident] {
        &self.by_set[set.index()]
    }

    pub(crate) fn add(&mut self, set: LabelSetId, slot: u32, terminating: bool) {
        let list = &mut self.by_set[set.index()];
        let at = match list.binary_search_by_key(&slot, |resident| resident.slot) {
            Ok(at) => at,
            Err(at) => {
                list.insert(
                    at,
                    Resident {
                        slot,
                        live: 0,
                        terminating: 0,
                    },
                );
                at
            }
        };
        if terminating {
            list[at].terminating += 1;
        } else {
            list[at].live += 1;
        }
    }

    pub(crate) fn remove(&mut self, set: LabelSetId, slot: u32, terminating: bool) {
        let list = &mut self.by_set[set.index()];
        let Ok(at) = list.binary_search_by_key(&slot, |resident| resident.slot) else {
            return;
        };
        if terminating {
            list[at].terminating -= 1;
        } else {
            list[at].live -= 1;
        }
        if list[at].all() == 0 {
            list.remove(at);
        }
    }
}
