//! What nodes offer and what their pods take, one dense column a resource: slot `i` is node `i`.

use crate::resource::{CPU, MEMORY};
use crate::shape::Shape;

/// Sums wrap instead of saturating, so that taking a pod off restores the column whatever was on the node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// `[resource][slot]`: milli cores, bytes or items.
    pub allocatable: Vec<Vec<i64>>,
    /// `[resource][slot]`, what bound pods ask for.
    pub requested: Vec<Vec<i64>>,
    /// Cpu and memory of bound pods as LeastAllocated counts them.
    pub scored: [Vec<i64>; 2],
    pub max_pods: Vec<i64>,
    pub pods: Vec<i64>,
}

impl Columns {
    fn slots(&self) -> usize {
        self.pods.len()
    }

    /// Adds columns until there are `resources`.
    pub(crate) fn widen(&mut self, resources: usize) {
        let slots = self.slots();
        for columns in [&mut self.allocatable, &mut self.requested] {
            columns.resize(resources.max(columns.len()), vec![0; slots]);
        }
    }

    /// Adds an empty slot.
    pub(crate) fn push(&mut self, resources: usize) {
        self.widen(resources);
        let Self {
            allocatable,
            requested,
            scored,
            max_pods,
            pods,
        } = self;
        for column in allocatable
            .iter_mut()
            .chain(requested)
            .chain(scored)
            .chain([max_pods, pods])
        {
            column.push(0);
        }
    }

    /// What is left of a resource; negative where the node is over-committed.
    pub(crate) fn left(&self, resource: usize, slot: usize) -> i64 {
        self.allocatable[resource][slot].wrapping_sub(self.requested[resource][slot])
    }

    /// Puts a pod of this shape on a node (`count` 1) or takes it off (`count` -1).
    pub(crate) fn apply(&mut self, shape: &Shape, slot: usize, count: i64) {
        for &(resource, amount) in &shape.demand {
            let cell = &mut self.requested[resource][slot];
            *cell = cell.wrapping_add(amount * count);
        }
        for resource in [CPU, MEMORY] {
            let cell = &mut self.scored[resource][slot];
            *cell = cell.wrapping_add(shape.scored_bound[resource] * count);
        }
        self.pods[slot] += count;
    }
}
