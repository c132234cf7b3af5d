//! NodeResourcesFit: what is asked for must be left; LeastAllocated prefers the emptier node.
//!
//! Source: `plugins/noderesources/fit.go` and `least_allocated.go`.

use super::MAX_NODE_SCORE;
use crate::columns::Columns;
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable};

pub(crate) const TOO_MANY_PODS: &str = "Too many pods";

/// Why a node is too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortage {
    Pods,
    Resource {
        /// Column of the resource.
        resource: usize,
        /// The request exceeds the whole node, so that no eviction helps.
        unresolvable: bool,
    },
}

impl Shortage {
    pub(crate) fn reason(self, resources: &ResourceTable) -> String {
        match self {
            Self::Pods => TOO_MANY_PODS.to_owned(),
            Self::Resource { resource, .. } => format!("Insufficient {}", resources.name(resource)),
        }
    }

    pub(crate) fn unresolvable(self) -> bool {
        matches!(
            self,
            Self::Resource {
                unresolvable: true,
                ..
            }
        )
    }
}

/// Whether one more pod with this demand (positive amounts by column) fits.
pub(crate) fn fits(columns: &Columns, demand: &[(usize, i64)], slot: usize) -> bool {
    columns.pods[slot] < columns.max_pods[slot]
        && demand
            .iter()
            .all(|&(resource, amount)| amount <= columns.left(resource, slot))
}

/// Reports everything that is short, in the order of `demand`.
pub(crate) fn shortages(
    columns: &Columns,
    demand: &[(usize, i64)],
    slot: usize,
    mut report: impl FnMut(Shortage),
) {
    if columns.pods[slot] >= columns.max_pods[slot] {
        report(Shortage::Pods);
    }
    for &(resource, amount) in demand {
        if amount > columns.left(resource, slot) {
            let unresolvable = amount > columns.allocatable[resource][slot];
            report(Shortage::Resource {
                resource,
                unresolvable,
            });
        }
    }
}

/// Whether a column is one of the three every pod is measured by.
pub(crate) fn is_native(resource: usize) -> bool {
    matches!(resource, CPU | MEMORY | EPHEMERAL)
}

/// LeastAllocated over cpu and memory with weight 1 each; a resource the node does not have does not count.
pub(crate) fn least_allocated(columns: &Columns, scored: [i64; 2], slot: usize) -> i64 {
    let (mut sum, mut weights) = (0, 0);
    for resource in [CPU, MEMORY] {
        let capacity = columns.allocatable[resource][slot];
        if capacity != 0 {
            let requested = columns.scored[resource][slot].wrapping_add(scored[resource]);
            sum += if requested > capacity {
                0
            } else {
                (capacity - requested) * MAX_NODE_SCORE / capacity
            };
            weights += 1;
        }
    }
    if weights == 0 { 0 } else { sum / weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(cpu: [i64; 2], memory: [i64; 2], pods: [i64; 2]) -> Columns {
        let mut columns = Columns::default();
        columns.push(3);
        for (resource, [capacity, used]) in [(CPU, cpu), (MEMORY, memory)] {
            columns.allocatable[resource][0] = capacity;
            columns.requested[resource][0] = used;
            columns.scored[resource][0] = used;
        }
        [columns.max_pods[0], columns.pods[0]] = pods;
        columns
    }

    #[test]
    fn filter() {
        let check = |columns: Columns, demand: &[(usize, i64)], expect: &[(&str, bool)]| {
            let mut got = Vec::new();
            let table = ResourceTable::default();
            shortages(&columns, demand, 0, |short| {
                got.push((short.reason(&table), short.unresolvable()));
            });
            let expect: Vec<_> = expect
                .iter()
                .map(|&(reason, hopeless)| (reason.to_owned(), hopeless))
                .collect();
            assert_eq!(got, expect);
            assert_eq!(fits(&columns, demand, 0), expect.is_empty());
        };
        let demand = [(CPU, 500), (MEMORY, 100)];
        check(node([1000, 500], [200, 100], [10, 9]), &demand, &[]);
        check(
            node([1000, 501], [200, 100], [10, 9]),
            &demand,
            &[("Insufficient cpu", false)],
        );
        check(
            node([499, 0], [200, 101], [10, 9]),
            &demand,
            &[("Insufficient cpu", true), ("Insufficient memory", false)],
        );
        check(
            node([1000, 0], [200, 0], [10, 10]),
            &demand,
            &[("Too many pods", false)],
        );
        // A pod without requests fits even where the node is over-committed.
        check(node([1000, 2000], [200, 300], [10, 9]), &[], &[]);
        check(
            node([1000, 0], [200, 0], [10, 0]),
            &[(EPHEMERAL, 1)],
            &[("Insufficient ephemeral-storage", true)],
        );
    }

    #[test]
    fn score() {
        let check =
            |columns: Columns, expect| assert_eq!(least_allocated(&columns, [500, 100], 0), expect);
        check(node([1000, 0], [200, 0], [1, 0]), 50);
        check(node([1500, 0], [400, 0], [1, 0]), 70);
        check(node([1000, 600], [200, 0], [1, 0]), 25);
        check(node([1000, 0], [0, 0], [1, 0]), 50);
        check(node([0, 0], [0, 0], [1, 0]), 0);
    }
}
