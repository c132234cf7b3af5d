//! NodeResourcesBalancedAllocation: prefers nodes whose cpu and memory would be used evenly.
//!
//! Source: `plugins/noderesources/balanced_allocation.go`. It counts actual requests, without defaults.

use super::MAX_NODE_SCORE;
use crate::columns::Columns;
use crate::resource::{CPU, MEMORY};

/// `trunc((1 - |cpu - memory| / 2) * 100)` of the fractions in use; a resource the node does not have does not count.
pub(crate) fn score(columns: &Columns, requests: [i64; 2], slot: usize) -> i64 {
    let fraction = |resource: usize| {
        let capacity = columns.allocatable[resource][slot];
        let requested = columns.requested[resource][slot].wrapping_add(requests[resource]);
        (capacity != 0).then(|| (requested as f64 / capacity as f64).min(1.0))
    };
    let deviation = match (fraction(CPU), fraction(MEMORY)) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (cpu, memory, expect) in [
            ([1000, 0], [1000, 0], 100),
            ([1000, 500], [1000, 0], 75),
            ([1000, 5000], [1000, 0], 55),
            ([0, 0], [1000, 0], 100),
            ([3000, 0], [1000, 0], 96),
        ] {
            let mut columns = Columns::default();
            columns.push(3);
            for (resource, [capacity, used]) in [(CPU, cpu), (MEMORY, memory)] {
                columns.allocatable[resource][0] = capacity;
                columns.requested[resource][0] = used;
            }
            assert_eq!(score(&columns, [100, 100], 0), expect, "{cpu:?} {memory:?}");
        }
    }
}
