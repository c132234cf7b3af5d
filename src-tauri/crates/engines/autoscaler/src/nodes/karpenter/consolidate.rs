//! Whether some nodes can go, for nothing or for one cheaper node, after `computeConsolidation` of
//! `disruption/consolidation.go` and `filterOutSameInstanceType` of `multinodeconsolidation.go`.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::Money;

use super::candidates::Candidate;
use super::claim::Claim;
use super::decision::Why;
use super::memory::{Memory, NodeKey};
use super::pool::{CapacityType, NodePool};
use super::seen::Seen;
use super::solve::Solver;
use crate::nodes::{NodeRef, Placement, PodRef};

/// What would take the place of some nodes.
#[derive(Debug, Clone)]
pub(super) struct Replacement {
    pub claim: Claim,
    /// The offer that would be launched.
    pub offer: usize,
    /// All offers that are cheap enough.
    pub cheap_enough: Vec<usize>,
}

/// What it takes to do without some nodes.
#[derive(Debug, Clone)]
pub(super) struct Consolidation {
    /// The node in their place, where there has to be one.
    pub replacement: Option<Replacement>,
    /// Nodes that are there and take their pods.
    pub onto: Vec<NodeKey>,
}

/// A packing of the cluster without some nodes.
pub(super) struct Packed<'a, P> {
    pub solver: Solver<'a, P>,
    pub claims: Vec<Claim>,
}

impl<P> Packed<'_, P> {
    /// Nodes that are there and take the pods.
    pub fn onto(&self) -> Vec<NodeKey> {
        let nodes = self.solver.placed.iter().map(|&(_, node)| node);
        nodes.filter_map(NodeKey::of).collect()
    }
}

/// Packs what runs on some nodes into the others, with whatever else has no place now.
///
/// # Errors
/// A pod of theirs would have no place, or one on a node that is not up.
pub(super) fn pack<'a, P: Placement>(
    nodes: &[&Candidate<'_>],
    seen: &'a Seen<'a>,
    memory: &Memory,
    placement: &P,
) -> Result<Packed<'a, P>, Why> {
    let ids: Vec<NodeRef> = nodes.iter().map(|node| node.id).collect();
    let mut solver = Solver::new(seen, memory, placement, &ids);
    let pending: BTreeSet<PodRef> = seen.provisionable().into_iter().collect();
    let mut pods: Vec<PodRef> = pending.iter().copied().collect();
    pods.extend(nodes.iter().flat_map(|node| &node.pods));
    pods.extend(solver.displaced.iter().copied());
    solver.solve(pods);

    // A pod that waited before may wait on.
    let unplaced = solver.failed.iter();
    if let Some((&pod, why)) = unplaced.into_iter().find(|(pod, _)| !pending.contains(pod)) {
        return Err(Why::NoPlace(pod, why.clone()));
    }
    let not_up = solver.placed.iter().find(|(pod, node)| {
        let counts = !pending.contains(pod) && !solver.displaced.contains(pod);
        counts && !node.is_up()
    });
    if let Some(&(pod, _)) = not_up {
        return Err(Why::OnlyOnANodeNotUp(pod));
    }
    let claims = std::mem::take(&mut solver.claims);
    Ok(Packed { solver, claims })
}

/// What it takes to do without some nodes: nothing, or a node cheaper than all of them.
///
/// # Errors
/// Why they have to stay.
pub(super) fn consolidate<P: Placement>(
    nodes: &[&Candidate<'_>],
    seen: &Seen<'_>,
    memory: &Memory,
    placement: &P,
) -> Result<Consolidation, Why> {
    let packed = pack(nodes, seen, memory, placement)?;
    let onto = packed.onto();
    let Packed {
        mut solver,
        mut claims,
    } = packed;
    if claims.len() > 1 {
        return Err(Why::NeedsNodes(claims.len() as u32));
    }
    let Some(mut claim) = claims.pop() else {
        return Ok(Consolidation {
            replacement: None,
            onto,
        });
    };
    let pool = &seen.pools[claim.pool];
    let of = |at: &usize| pool.offers[*at].capacity_type;
    let has = |wanted| claim.options.iter().any(|at| of(at) == wanted);
    if nodes.iter().all(|node| node.is_spot()) && has(CapacityType::Spot) {
        return Err(Why::SpotToSpot);
    }
    let price: Money = nodes.iter().map(|node| node.price()).sum();
    let mut options = cheaper(pool, &claim.options, price);
    if has(CapacityType::Spot) && has(CapacityType::OnDemand) {
        // Found cheap enough as spot, it must not come as on-demand.
        options.retain(|at| of(at) == CapacityType::Spot);
    }
    if nodes.len() > 1 {
        options = without_same_type(pool, options, nodes);
    }
    let offer = claim
        .settle(&options, seen, &mut solver.trial)
        .ok_or(Why::NothingCheaper)?;
    Ok(Consolidation {
        replacement: Some(Replacement {
            claim,
            offer,
            cheap_enough: options,
        }),
        onto,
    })
}

/// Offers of the machine types that cost less than this even where they turn out dearest
/// (`WorstLaunchPrice`): in the dearest zone, as spot where there is spot.
fn cheaper(pool: &NodePool, options: &[usize], limit: Money) -> Vec<usize> {
    let mut worst: BTreeMap<&str, (CapacityType, Money)> = BTreeMap::new();
    for offer in options.iter().map(|&at| &pool.offers[at]) {
        let this = (offer.capacity_type, offer.price_per_hour);
        worst
            .entry(&offer.instance_type)
            .and_modify(|known| {
                if this.0 < known.0 || (this.0 == known.0 && this.1 > known.1) {
                    *known = this;
                }
            })
            .or_insert(this);
    }
    let is_cheaper = |at: &usize| worst[pool.offers[*at].instance_type.as_str()].1 < limit;
    options.iter().copied().filter(is_cheaper).collect()
}

/// Where one of the types to be launched is also one of those that go, only what is cheaper than
/// that: else the one that is there could as well stay.
fn without_same_type(pool: &NodePool, options: Vec<usize>, nodes: &[&Candidate<'_>]) -> Vec<usize> {
    let price_there = |at: &usize| {
        let instance_type = &pool.offers[*at].instance_type;
        let same = nodes
            .iter()
            .filter(|node| node.instance_type() == instance_type);
        same.map(|node| node.price()).min()
    };
    match options.iter().filter_map(price_there).min() {
        Some(limit) => cheaper(pool, &options, limit),
        None => options,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::karpenter::{Disruption, Limits, Offer};
    use crate::nodes::{Amounts, TemplateId};

    fn pool(offers: &[(&str, CapacityType, i128)]) -> NodePool {
        let offers = offers
            .iter()
            .map(|&(instance_type, capacity_type, price)| Offer {
                instance_type: instance_type.to_owned(),
                zone: "a".to_owned(),
                capacity_type,
                price_per_hour: Money::from_units(price),
                capacity: Amounts::default(),
                allocatable: Amounts::default(),
                pods: 0,
                template: TemplateId(0),
                available: true,
            })
            .collect();
        NodePool {
            name: "p".to_owned(),
            weight: 0,
            offers,
            limits: Limits::default(),
            disruption: Disruption::default(),
            expire_after_seconds: None,
        }
    }

    #[test]
    fn a_type_counts_at_its_worst() {
        use CapacityType::{OnDemand, Spot};
        let pool = pool(&[
            ("small", OnDemand, 10),
            ("small", OnDemand, 12),
            ("mixed", Spot, 5),
            ("mixed", OnDemand, 50),
            ("large", OnDemand, 20),
        ]);
        let all: Vec<usize> = (0..5).collect();
        for (limit, expect) in [
            (5, vec![]),
            (6, vec![2, 3]),
            // One zone of the small type would do, the other not.
            (12, vec![2, 3]),
            (13, vec![0, 1, 2, 3]),
            (21, vec![0, 1, 2, 3, 4]),
        ] {
            assert_eq!(
                cheaper(&pool, &all, Money::from_units(limit)),
                expect,
                "{limit}"
            );
        }
    }
}
