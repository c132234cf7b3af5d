//! From a packed claim to a launch. Chooses nothing.

use super::claim::Claim;
use super::decision::Launch;
use super::memory::Memory;
use super::seen::Seen;

impl Launch {
    /// The launch of a claim as an offer of its pool.
    pub(super) fn of(claim: &Claim, offer: usize, seen: &Seen<'_>, memory: &mut Memory) -> Self {
        let chosen = &seen.pools[claim.pool].offers[offer];
        Self {
            claim: memory.next_claim(),
            pool: claim.pool,
            offer,
            instance_type: chosen.instance_type.clone(),
            zone: chosen.zone.clone(),
            capacity_type: chosen.capacity_type,
            price_per_hour: chosen.price_per_hour,
            pods: claim.pods.clone(),
            options: claim.options.len() as u32,
        }
    }
}
