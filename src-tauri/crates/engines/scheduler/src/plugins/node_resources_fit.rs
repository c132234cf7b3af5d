//! NodeResourcesFit: what is asked for must be left; the profile's strategy prefers the emptier or the fuller node.
//!
//! Source: `plugins/noderesources/fit.go` and `resource_allocation.go`.

use crate::columns::Columns;
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable};
use crate::strategy::Curve;
use crate::trial::Taken;

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

/// Reports everything that is short, in the order of `demand`, once `taken` is taken besides.
pub(crate) fn shortages(
    columns: &Columns,
    demand: &[(usize, i64)],
    slot: usize,
    taken: Option<&Taken>,
    mut report: impl FnMut(Shortage),
) {
    if columns.pods[slot] + taken.map_or(0, |taken| taken.pods) >= columns.max_pods[slot] {
        report(Shortage::Pods);
    }
    for &(resource, amount) in demand {
        let besides = taken.map_or(0, |taken| taken.of(resource));
        if amount > columns.left(resource, slot).wrapping_sub(besides) {
            let unresolvable = amount > columns.allocatable[resource][slot];
            report(Shortage::Resource {
                resource,
                unresolvable,
            });
        }
    }
}

/// Whether the pod asks for more than the node has when it is empty.
pub(crate) fn beyond(columns: &Columns, demand: &[(usize, i64)], slot: usize) -> bool {
    columns.max_pods[slot] < 1
        || demand
            .iter()
            .any(|&(resource, amount)| amount > columns.allocatable[resource][slot])
}

/// Whether a column is one of the three every pod is measured by.
pub(crate) fn is_native(resource: usize) -> bool {
    matches!(resource, CPU | MEMORY | EPHEMERAL)
}

/// Score of a node by the strategy's curve, over `(resource column, amount, weight)`. Cpu and memory count as requested
/// with defaults for containers that ask for nothing; a resource the node does not have does not count.
pub(crate) fn score(
    columns: &Columns,
    curve: &Curve,
    scored: &[(usize, i64, i64)],
    slot: usize,
) -> i64 {
    let scores = scored.iter().filter_map(|&(resource, amount, weight)| {
        let capacity = columns.allocatable[resource][slot];
        let used = match resource {
            CPU | MEMORY => columns.scored[resource][slot],
            _ => columns.requested[resource][slot],
        };
        (capacity != 0).then(|| (curve.score(used.wrapping_add(amount), capacity), weight))
    });
    curve.combine(scores)
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
            shortages(&columns, demand, 0, None, |short| {
                got.push((short.reason(&table), short.unresolvable()));
            });
            let expect: Vec<_> = expect
                .iter()
                .map(|&(reason, hopeless)| (reason.to_owned(), hopeless))
                .collect();
            assert_eq!(got, expect);
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
        let check = |columns: Columns, expect| {
            let scored = [(CPU, 500, 1), (MEMORY, 100, 1)];
            assert_eq!(
                super::score(&columns, &Curve::LeastAllocated, &scored, 0),
                expect
            );
        };
        check(node([1000, 0], [200, 0], [1, 0]), 50);
        check(node([1500, 0], [400, 0], [1, 0]), 70);
        check(node([1000, 600], [200, 0], [1, 0]), 25);
        check(node([1000, 0], [0, 0], [1, 0]), 50);
        check(node([0, 0], [0, 0], [1, 0]), 0);
    }
}
