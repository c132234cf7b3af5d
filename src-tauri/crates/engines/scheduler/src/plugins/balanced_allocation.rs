//! NodeResourcesBalancedAllocation: prefers nodes whose resources, cpu and memory unless configured, would be used evenly.
//!
//! Source: `plugins/noderesources/balanced_allocation.go`. It counts actual requests, without defaults.

use super::MAX_NODE_SCORE;
use crate::columns::Columns;

/// `trunc((1 - standard deviation) * 100)` of the fractions in use, over `(resource column, amount)`; of two fractions the
/// deviation is half their difference. A resource the node does not have does not count.
pub(crate) fn score(columns: &Columns, balanced: &[(usize, i64)], slot: usize) -> i64 {
    let fraction = |&(resource, amount): &(usize, i64)| {
        let capacity = columns.allocatable[resource][slot];
        let requested = columns.requested[resource][slot].wrapping_add(amount);
        (capacity != 0).then(|| (requested as f64 / capacity as f64).min(1.0))
    };
    let deviation = deviation(&balanced.iter().filter_map(fraction).collect::<Vec<_>>());
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

/// The same for two resources.
#[inline]
pub(crate) fn of_two(requested: [i64; 2], capacity: [i64; 2]) -> i64 {
    if capacity[0] == 0 || capacity[1] == 0 {
        return MAX_NODE_SCORE;
    }
    let one = (requested[0] as f64 / capacity[0] as f64).min(1.0);
    let other = (requested[1] as f64 / capacity[1] as f64).min(1.0);
    ((1.0 - ((one - other) / 2.0).abs()) * MAX_NODE_SCORE as f64) as i64
}

fn deviation(fractions: &[f64]) -> f64 {
    match fractions {
        [] | [_] => 0.0,
        [one, other] => ((one - other) / 2.0).abs(),
        many => {
            let mean = many.iter().sum::<f64>() / many.len() as f64;
            let squares: f64 = many
                .iter()
                .map(|fraction| (fraction - mean) * (fraction - mean))
                .sum();
            (squares / many.len() as f64).sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{CPU, MEMORY};

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
            assert_eq!(
                score(&columns, &[(CPU, 100), (MEMORY, 100)], 0),
                expect,
                "{cpu:?} {memory:?}"
            );
        }
    }
}
