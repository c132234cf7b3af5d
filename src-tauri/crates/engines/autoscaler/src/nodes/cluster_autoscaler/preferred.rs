//! The size of node that suits a cluster, for the price expander, after
//! `expander/price/preferred.go`.

/// Thousandths of a core of the node preferred in a cluster of this many nodes: twice as many for
/// each threefold growth (`SimplePreferredNodeProvider`).
pub(super) fn preferred_milli_cpu(nodes: usize) -> u64 {
    match nodes {
        0..=2 => 1000,
        3..=6 => 2000,
        7..=20 => 4000,
        21..=60 => 8000,
        61..=200 => 16_000,
        _ => 32_000,
    }
}

/// How far a node is from the preferred one, 1 where it is not (`SimpleNodeUnfitness`); less so the
/// more nodes are added, by `tanh((count - 1) / 15)` as in `price.go`.
pub(super) fn suppressed_unfitness(preferred: u64, milli_cpu: u64, count: u32) -> f64 {
    let (preferred, milli_cpu) = (preferred as f64, milli_cpu as f64);
    let unfitness = (preferred / milli_cpu).max(milli_cpu / preferred);
    let added = f64::from(count.saturating_sub(1));
    (unfitness - 1.0) * (1.0 - libm::tanh(added / 15.0)) + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_cluster() {
        for (nodes, expect) in [
            (0, 1000),
            (2, 1000),
            (3, 2000),
            (6, 2000),
            (7, 4000),
            (20, 4000),
            (21, 8000),
            (60, 8000),
            (61, 16_000),
            (200, 16_000),
            (201, 32_000),
        ] {
            assert_eq!(preferred_milli_cpu(nodes), expect, "{nodes} nodes");
        }
    }

    #[test]
    fn many_nodes_make_up_for_their_size() {
        assert_eq!(suppressed_unfitness(4000, 4000, 1), 1.0);
        assert_eq!(suppressed_unfitness(4000, 1000, 1), 4.0);
        assert_eq!(suppressed_unfitness(1000, 4000, 1), 4.0);
        // 1 + 3 (1 - tanh 1)
        let at_sixteen = suppressed_unfitness(4000, 1000, 16);
        assert!((at_sixteen - 1.715_217_5).abs() < 1e-6, "{at_sixteen}");
    }
}
