//! Nodes that may be disrupted at all, and what it would cost their pods, after `NewCandidate` of
//! `disruption/types.go`, `state/statenode.go` and `utils/disruption/disruption.go`.

use std::collections::BTreeMap;

use drydock_model::Money;

use super::decision::Why;
use super::memory::Memory;
use super::pool::{CapacityType, NodePool, Offer};
use super::seen::{Node, Seen};
use crate::nodes::{NodeRef, Pod, PodRef, SECOND_NS, seconds};

/// A node that may be disrupted.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub id: NodeRef,
    pub node: &'a Node,
    /// Its pool's place.
    pub pool: usize,
    offer: &'a Offer,
    /// Pods that would have to move.
    pub pods: Vec<PodRef>,
    /// How much is lost by disrupting it; the least first.
    pub cost: f64,
}

impl Candidate<'_> {
    pub fn price(&self) -> Money {
        self.offer.price_per_hour
    }

    pub fn instance_type(&self) -> &str {
        &self.offer.instance_type
    }

    pub fn is_spot(&self) -> bool {
        self.offer.capacity_type == CapacityType::Spot
    }

    /// From when on consolidation may touch it; none where its pool has it never.
    pub fn consolidatable_from(&self, seen: &Seen<'_>) -> Option<u64> {
        let after = seen.pools[self.pool].disruption.consolidate_after_seconds?;
        let since = self.node.last_pod_event_ns.or(self.node.initialized_ns)?;
        Some(since + seconds(after))
    }
}

/// The candidates by disruption cost, and why each other node is none.
pub(super) fn candidates<'a>(
    seen: &Seen<'a>,
    memory: &Memory,
) -> (Vec<Candidate<'a>>, BTreeMap<NodeRef, Why>) {
    let mut found = Vec::new();
    let mut kept = BTreeMap::new();
    for node in seen.nodes {
        let Some(id) = node.id else { continue };
        match candidate(id, node, seen, memory) {
            Ok(candidate) => found.push(candidate),
            Err(why) => {
                kept.insert(id, why);
            }
        }
    }
    found.sort_by(|a, b| {
        let by_cost = a.cost.total_cmp(&b.cost);
        by_cost.then_with(|| a.node.name.cmp(&b.node.name))
    });
    (found, kept)
}

fn candidate<'a>(
    id: NodeRef,
    node: &'a Node,
    seen: &Seen<'a>,
    memory: &Memory,
) -> Result<Candidate<'a>, Why> {
    let pools: &'a [NodePool] = seen.pools;
    let pool = node.pool.ok_or(Why::NotManaged)?;
    if node.initialized_ns.is_none() {
        return Err(Why::NotInitialized);
    }
    if memory.is_leaving(node) {
        return Err(Why::Leaving);
    }
    if memory.is_nominated(node, seen.now_ns) {
        return Err(Why::Nominated);
    }
    if node.do_not_disrupt {
        return Err(Why::DoNotDisrupt);
    }
    let offer = node.offer.and_then(|offer| pools[pool].offers.get(offer));
    let offer = offer.ok_or(Why::UnknownOffer)?;
    let pods = || node.pods.iter().map(|pod| &seen.pods[pod]);
    if let Some(pod) = pods().find(|pod| pod.is_active() && pod.do_not_disrupt) {
        return Err(Why::PodDoNotDisrupt(pod.id));
    }
    let evictable = || pods().filter(|pod| pod.is_active() && !pod.is_mirror());
    if let Some(pod) = evictable().find(|pod| pod.budgets.len() > 1) {
        return Err(Why::SeveralPodBudgets(pod.id));
    }
    let budgets = || {
        evictable()
            .flat_map(|pod| &pod.budgets)
            .map(|&at| &seen.budgets[at])
    };
    if let Some(budget) = budgets().find(|budget| budget.disruptions_allowed < 1) {
        return Err(Why::PodBudget(budget.name.clone()));
    }
    let cost: f64 = pods().map(eviction_cost).sum();
    Ok(Candidate {
        id,
        node,
        pool,
        offer,
        pods: seen.reschedulable(node),
        cost: cost * lifetime_left(node, &pools[pool], seen.now_ns),
    })
}

/// What evicting a pod costs: 1, a little more the higher its deletion cost and priority, and never
/// outside -10 to 10 (`EvictionCost`).
pub(super) fn eviction_cost(pod: &Pod) -> f64 {
    let deletion = f64::from(pod.deletion_cost) / f64::from(1 << 27);
    let priority = f64::from(pod.priority) / f64::from(1 << 25);
    (1.0 + deletion + priority).clamp(-10.0, 10.0)
}

/// The share of its life that a node still has, 1 where it does not expire (`LifetimeRemaining`).
fn lifetime_left(node: &Node, pool: &NodePool, now_ns: u64) -> f64 {
    let Some(whole) = pool.expire_after_seconds else {
        return 1.0;
    };
    let age = now_ns.saturating_sub(node.created_ns) as f64 / SECOND_NS as f64;
    ((f64::from(whole) - age) / f64::from(whole)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(deletion_cost: i32, priority: i32, expect: f64) {
        let pod = Pod {
            priority,
            deletion_cost,
            ..Pod::replica(1, 100, 100)
        };
        assert_eq!(eviction_cost(&pod), expect, "{deletion_cost} {priority}");
    }

    #[test]
    fn eviction_costs() {
        check(0, 0, 1.0);
        check(1 << 27, 0, 2.0);
        check(-(1 << 27), 0, 0.0);
        check(0, 1 << 25, 2.0);
        // system-node-critical
        check(0, 2_000_001_000, 10.0);
        check(i32::MIN, i32::MIN, -10.0);
    }
}
