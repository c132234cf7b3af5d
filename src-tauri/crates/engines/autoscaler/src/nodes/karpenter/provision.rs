//! Nodes for the pods of a batch, after `provisioning/provisioner.go`.

use super::decision::{Launch, Nominated, Provisioned, Unplaced};
use super::memory::{Memory, NodeKey};
use super::seen::Seen;
use super::settings::Settings;
use super::solve::Solver;
use crate::nodes::{Amounts, Placement};

/// Ends the batching window: finds nodes for the pods that wait and for those on nodes that are to
/// go. Due at [`Memory::batch_ends_ns`].
pub fn provision<P: Placement>(
    settings: &Settings,
    memory: &mut Memory,
    seen: &Seen<'_>,
    placement: &P,
) -> Provisioned {
    memory.close_window();
    let mut solver = Solver::new(seen, memory, placement, &[]);
    let mut pods = seen.provisionable();
    pods.extend(solver.displaced.iter().copied());
    solver.solve(pods);

    let mut outcome = Provisioned::default();
    let mut claims = std::mem::take(&mut solver.claims);
    for claim in &mut claims {
        if exceeds_limits(claim.pool, seen) {
            let why = format!("{}: its limits are exceeded", seen.pools[claim.pool].name);
            let unplaced = claim.pods.iter().map(|&pod| Unplaced {
                pod,
                why: why.clone(),
            });
            outcome.unplaced.extend(unplaced);
            continue;
        }
        let options = claim.options.clone();
        // One of the options stands for the claim and takes its pods.
        if let Some(offer) = claim.settle(&options, seen, &mut solver.trial) {
            outcome
                .launches
                .push(Launch::of(claim, offer, seen, memory));
        }
    }
    let onto = solver.placed.iter().map(|&(_, node)| node);
    memory.nominate(onto.filter_map(NodeKey::of), settings, seen.now_ns);
    for &(pod, node) in &solver.placed {
        outcome.nominated.push(Nominated {
            pod,
            node: node.name.clone(),
        });
    }
    let unplaced = solver.failed.into_iter();
    outcome
        .unplaced
        .extend(unplaced.map(|(pod, why)| Unplaced { pod, why }));
    outcome
}

/// Whether a pool's nodes, those on their way out too, are more than its limits allow.
fn exceeds_limits(pool: usize, seen: &Seen<'_>) -> bool {
    let of_pool = || seen.nodes.iter().filter(|node| node.pool == Some(pool));
    let used = of_pool().fold(Amounts::default(), |used, node| used.plus(node.capacity));
    let limits = &seen.pools[pool].limits;
    let above = |limit: Option<u64>, amount| limit.is_some_and(|limit| amount > limit);
    above(limits.milli_cpu, used.milli_cpu)
        || above(limits.memory_bytes, used.memory_bytes)
        || above(limits.nodes, of_pool().count() as u64)
}
