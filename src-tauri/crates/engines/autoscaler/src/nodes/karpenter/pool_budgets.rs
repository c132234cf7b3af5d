//! How many nodes of each pool may be disrupted now, after `BuildDisruptionBudgetMapping` of
//! `disruption/helpers.go` and `GetAllowedDisruptions` of `apis/v1/nodepool.go`.

use super::memory::Memory;
use super::pool::{Disruption, Reason, Share};
use super::seen::Seen;

impl Share {
    /// So many of these nodes; a share of them is rounded up, as for `maxUnavailable`.
    pub fn of(self, nodes: u32) -> u32 {
        match self {
            Self::Nodes(count) => count,
            Self::Percent(percent) => (u64::from(nodes) * u64::from(percent)).div_ceil(100) as u32,
        }
    }
}

impl Disruption {
    /// Most nodes that may be disrupted at once for a reason, of a pool of so many.
    pub fn allowed(&self, reason: Reason, nodes: u32) -> u32 {
        self.budgets
            .iter()
            .filter(|budget| {
                let reasons = budget.reasons.as_ref();
                reasons.is_none_or(|reasons| reasons.contains(&reason))
            })
            .map(|budget| budget.nodes.of(nodes))
            .min()
            .unwrap_or(u32::MAX)
    }
}

/// By pool: nodes that may still be disrupted, with those counted off that are unready or on their
/// way out. Nodes that are not up yet do not count at all.
pub(super) fn left(seen: &Seen<'_>, memory: &Memory, reason: Reason) -> Vec<u32> {
    let mut nodes = vec![0_u32; seen.pools.len()];
    let mut out = vec![0_u32; seen.pools.len()];
    for node in seen.nodes {
        if let Some(pool) = node.pool.filter(|_| node.initialized_ns.is_some()) {
            nodes[pool] += 1;
            out[pool] += u32::from(!node.ready || memory.is_leaving(node));
        }
    }
    seen.pools
        .iter()
        .enumerate()
        .map(|(at, pool)| {
            let allowed = pool.disruption.allowed(reason, nodes[at]);
            allowed.saturating_sub(out[at])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::karpenter::DisruptionBudget;

    #[test]
    fn shares_round_up() {
        for (share, nodes, expect) in [
            (Share::Percent(10), 0, 0),
            (Share::Percent(10), 1, 1),
            (Share::Percent(10), 10, 1),
            (Share::Percent(10), 11, 2),
            // 3.8 of 19, the example of the documentation (concepts/disruption).
            (Share::Percent(20), 19, 4),
            // Half a node of ten, the example of the source.
            (Share::Percent(5), 10, 1),
            (Share::Percent(100), 7, 7),
            (Share::Percent(0), 7, 0),
            (Share::Nodes(5), 3, 5),
        ] {
            assert_eq!(share.of(nodes), expect, "{share:?} of {nodes}");
        }
    }

    #[test]
    fn the_strictest_budget_that_applies_counts() {
        let budget = |reasons: Option<Vec<Reason>>, nodes| DisruptionBudget { reasons, nodes };
        let disruption = Disruption {
            budgets: vec![
                budget(
                    Some(vec![Reason::Empty, Reason::Drifted]),
                    Share::Percent(20),
                ),
                budget(None, Share::Nodes(5)),
                budget(Some(vec![Reason::Underutilized]), Share::Nodes(0)),
            ],
            ..Disruption::default()
        };
        for (reason, nodes, expect) in [
            (Reason::Empty, 19, 4),
            (Reason::Drifted, 19, 4),
            (Reason::Empty, 30, 5),
            (Reason::Underutilized, 19, 0),
        ] {
            assert_eq!(
                disruption.allowed(reason, nodes),
                expect,
                "{reason:?} of {nodes}"
            );
        }
        let default = Disruption::default();
        assert_eq!(default.allowed(Reason::Empty, 25), 3);
        let unbound = Disruption {
            budgets: Vec::new(),
            ..default
        };
        assert_eq!(unbound.allowed(Reason::Empty, 25), u32::MAX);
    }
}
