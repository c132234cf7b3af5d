//! What a pod asks for in resources, shared by shapes that ask for the same, with one dense column over the nodes:
//! whether it fits and what NodeResourcesFit and BalancedAllocation give together.
//!
//! A column is brought up to date from the log of changed nodes, so that a bind costs each column one cell.

use crate::columns::Columns;
use crate::plugins::{Plugin, balanced_allocation, node_resources_fit};
use crate::profile::Profile;
use crate::resource::{CPU, MEMORY};
use crate::strategy::{Curve, percent};

/// The cell of a node where the pod does not fit.
pub(crate) const NO_FIT: i32 = -1;

/// Amounts, as each plugin counts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Appetite {
    /// Positive amounts that have to be left, by resource column.
    pub demand: Vec<(usize, i64)>,
    /// What the strategy scores by: resource column, amount, weight.
    pub scored: Vec<(usize, i64, i64)>,
    /// What BalancedAllocation scores by; none where it skips the pod.
    pub balanced: Option<Vec<(usize, i64)>>,
}

/// The columns that one appetite reads, found once for all nodes.
struct Reader<'a> {
    appetite: &'a Appetite,
    columns: &'a Columns,
    profile: &'a Profile,
    filters: bool,
    /// Weights of NodeResourcesFit and BalancedAllocation.
    weights: [i64; 2],
    /// Allocatable, requested and amount, of what has to be left.
    demand: Vec<(&'a [i64], &'a [i64], i64)>,
    usual: Option<Usual<'a>>,
}

/// The usual case: LeastAllocated over cpu and memory alike, and balance between the two.
struct Usual<'a> {
    capacity: [&'a [i64]; 2],
    used: [&'a [i64]; 2],
    amount: [i64; 2],
    requested: [&'a [i64]; 2],
    asked: Option<[i64; 2]>,
}

impl<'a> Reader<'a> {
    fn new(appetite: &'a Appetite, columns: &'a Columns, profile: &'a Profile) -> Self {
        let demand = appetite.demand.iter().map(|&(resource, amount)| {
            (
                columns.allocatable[resource].as_slice(),
                columns.requested[resource].as_slice(),
                amount,
            )
        });
        Self {
            appetite,
            columns,
            profile,
            filters: profile.filters(Plugin::NodeResourcesFit),
            weights: [
                profile.weight(Plugin::NodeResourcesFit),
                profile.weight(Plugin::NodeResourcesBalancedAllocation),
            ],
            demand: demand.collect(),
            usual: Usual::new(appetite, columns, profile),
        }
    }

    #[inline]
    fn cell(&self, slot: usize) -> i32 {
        if self.filters && !self.fits(slot) {
            return NO_FIT;
        }
        let [fit, balance] = self.weights;
        let score = match &self.usual {
            Some(usual) => {
                let [least, even] = usual.scores(slot);
                fit * least + balance * even
            }
            None => self.unusual(slot),
        };
        score as i32
    }

    #[inline]
    fn fits(&self, slot: usize) -> bool {
        let Columns { pods, max_pods, .. } = self.columns;
        pods[slot] < max_pods[slot]
            && self.demand.iter().all(|(allocatable, requested, amount)| {
                *amount <= allocatable[slot].wrapping_sub(requested[slot])
            })
    }

    fn unusual(&self, slot: usize) -> i64 {
        let Appetite {
            scored, balanced, ..
        } = self.appetite;
        let [fit, balance] = self.weights;
        let curve = &self.profile.strategy.curve;
        let even = balanced.as_ref().map_or(0, |balanced| {
            balanced_allocation::score(self.columns, balanced, slot)
        });
        fit * node_resources_fit::score(self.columns, curve, scored, slot) + balance * even
    }
}

impl<'a> Usual<'a> {
    fn new(appetite: &Appetite, columns: &'a Columns, profile: &Profile) -> Option<Self> {
        let [(CPU, cpu, 1), (MEMORY, memory, 1)] = appetite.scored[..] else {
            return None;
        };
        let asked = match appetite.balanced.as_deref() {
            None => None,
            Some(&[(CPU, cpu), (MEMORY, memory)]) => Some([cpu, memory]),
            Some(_) => return None,
        };
        (profile.strategy.curve == Curve::LeastAllocated).then(|| Self {
            capacity: [CPU, MEMORY].map(|resource| columns.allocatable[resource].as_slice()),
            used: [CPU, MEMORY].map(|resource| columns.scored[resource].as_slice()),
            amount: [cpu, memory],
            requested: [CPU, MEMORY].map(|resource| columns.requested[resource].as_slice()),
            asked,
        })
    }

    /// LeastAllocated and BalancedAllocation of a node.
    #[inline]
    fn scores(&self, slot: usize) -> [i64; 2] {
        let capacity = self.capacity.map(|column| column[slot]);
        let (mut sum, mut resources) = (0, 0);
        for ((capacity, used), amount) in capacity.into_iter().zip(self.used).zip(self.amount) {
            if capacity != 0 {
                let used = used[slot].wrapping_add(amount);
                sum += if used > capacity {
                    0
                } else {
                    percent(capacity.wrapping_sub(used), capacity)
                };
                resources += 1;
            }
        }
        let least = if resources == 2 { sum / 2 } else { sum };
        let even = self.asked.map_or(0, |asked| {
            let requested = self.requested.map(|column| column[slot]);
            balanced_allocation::of_two(
                [
                    requested[0].wrapping_add(asked[0]),
                    requested[1].wrapping_add(asked[1]),
                ],
                capacity,
            )
        });
        [least, even]
    }
}

/// Which nodes changed, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangeLog {
    /// Changes that were forgotten.
    forgotten: u64,
    slots: Vec<u32>,
}

impl ChangeLog {
    pub(crate) fn push(&mut self, slot: usize) {
        if self.slots.len() >= 1 << 16 {
            let half = self.slots.len() / 2;
            self.slots.drain(..half);
            self.forgotten += half as u64;
        }
        self.slots.push(slot as u32);
    }

    fn now(&self) -> u64 {
        self.forgotten + self.slots.len() as u64
    }

    /// Changes since then; none where some are forgotten.
    fn since(&self, then: u64) -> Option<&[u32]> {
        let skip = then.checked_sub(self.forgotten)?;
        Some(&self.slots[skip as usize..])
    }
}

/// The column of one appetite.
#[derive(Debug, Clone, Default)]
pub(crate) struct FitColumn {
    /// By slot: the score, or [`NO_FIT`].
    pub cells: Vec<i32>,
    synced: u64,
}

impl FitColumn {
    pub(crate) fn is_synced(&self, log: &ChangeLog) -> bool {
        self.synced == log.now()
    }

    pub(crate) fn sync(
        &mut self,
        appetite: &Appetite,
        columns: &Columns,
        log: &ChangeLog,
        profile: &Profile,
    ) {
        let reader = Reader::new(appetite, columns, profile);
        let slots = columns.pods.len();
        let changes = log
            .since(self.synced)
            .filter(|changes| self.cells.len() == slots && changes.len() < slots);
        if let Some(changes) = changes {
            for &slot in changes {
                self.cells[slot as usize] = reader.cell(slot as usize);
            }
        } else {
            self.cells.clear();
            self.cells.extend((0..slots).map(|slot| reader.cell(slot)));
        }
        self.synced = log.now();
    }
}
