//! A node pool for manifests that come without nodes: the cheapest one that would hold them. A
//! proposal is an assumption that its reader states; placement is decided elsewhere.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::book::PriceBook;
use crate::offer::{MachineClass, Offer, Provider};
use crate::reservation::{Allocatable, allocatable};

/// Share of the need that the pool has on top of it, in percent: room for daemons, for a rollout's
/// extra pods and for packing that is never perfect. A decision, not a measurement.
pub const HEADROOM_PERCENT: u64 = 30;

/// Fewest nodes proposed: one in each of three zones.
const MIN_NODES: u64 = 3;

/// What the pods of a world ask for together, and the largest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolNeed {
    /// Sum of CPU requests, thousandths of a core.
    pub milli_cpu: u64,
    /// Sum of memory requests, bytes.
    pub memory_bytes: u64,
    /// Number of pods.
    pub pods: u32,
    /// Largest CPU request of a pod, thousandths of a core.
    pub largest_milli_cpu: u64,
    /// Largest memory request of a pod, bytes.
    pub largest_memory_bytes: u64,
}

/// A proposed pool of equal nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolProposal {
    /// The machine type and its price.
    pub offer: Offer,
    /// Number of nodes, at least three.
    pub count: u32,
    /// Names of the zones the nodes are dealt to in turn.
    pub zones: [String; 3],
    /// What each node offers to pods.
    pub allocatable: Allocatable,
    /// On-demand list price of the whole pool, US dollars per hour.
    pub price_per_hour: Money,
    /// Room on top of the need, percent.
    pub headroom_percent: u64,
    /// How the pool was chosen, in a sentence.
    pub reason: String,
}

impl PriceBook {
    /// The cheapest pool of general-purpose amd64 on-demand nodes that holds the need with
    /// [`HEADROOM_PERCENT`] to spare, has at least three nodes, and whose every node is big enough
    /// for the largest pod. Among equally dear pools the one with fewer nodes, then the smaller name.
    /// `None` where the book has no such machine in the region.
    pub fn propose_pool(
        &self,
        provider: Provider,
        region: &str,
        need: PoolNeed,
    ) -> Option<PoolProposal> {
        let (offer, count, total) = self
            .in_region(provider, region)
            .filter(|offer| offer.class == MachineClass::General && offer.arch == "amd64")
            .filter_map(|offer| {
                let count = nodes_for(need, allocatable(offer))?;
                let total = offer.on_demand_per_hour.times_ratio(i128::from(count), 1)?;
                Some((offer, count, total))
            })
            .min_by(|a, b| (a.2, a.1, a.0.instance_type).cmp(&(b.2, b.1, b.0.instance_type)))?;
        let reason = format!(
            "cheapest general-purpose amd64 on-demand pool in {provider} {region} for {} pods that \
             request {} milli-cores and {} MiB together, with {HEADROOM_PERCENT} % headroom and at \
             least {MIN_NODES} nodes",
            need.pods,
            need.milli_cpu,
            need.memory_bytes.div_ceil(1 << 20),
        );
        Some(PoolProposal {
            offer: offer.clone(),
            count,
            zones: provider.zones(region),
            allocatable: allocatable(offer),
            price_per_hour: total,
            headroom_percent: HEADROOM_PERCENT,
            reason,
        })
    }
}

/// Nodes of this size that the need takes, `None` if the largest pod fits on none.
fn nodes_for(need: PoolNeed, node: Allocatable) -> Option<u32> {
    let too_small = need.largest_milli_cpu > node.milli_cpu
        || need.largest_memory_bytes > node.memory_bytes
        || node.milli_cpu == 0
        || node.memory_bytes == 0;
    if too_small {
        return None;
    }
    let with_headroom = |amount: u64, per_node: u64| {
        let wanted = u128::from(amount) * u128::from(100 + HEADROOM_PERCENT);
        wanted.div_ceil(u128::from(per_node) * 100)
    };
    let nodes = u128::from(MIN_NODES)
        .max(with_headroom(need.milli_cpu, node.milli_cpu))
        .max(with_headroom(need.memory_bytes, node.memory_bytes))
        .max(with_headroom(u64::from(need.pods), u64::from(node.pods)));
    u32::try_from(nodes).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn need(milli_cpu: u64, mib: u64, pods: u32, largest: (u64, u64)) -> PoolNeed {
        PoolNeed {
            milli_cpu,
            memory_bytes: mib * MIB,
            pods,
            largest_milli_cpu: largest.0,
            largest_memory_bytes: largest.1 * MIB,
        }
    }

    fn check(need: PoolNeed, expect: Option<(&str, u32)>) {
        let got = PriceBook::builtin().propose_pool(Provider::Gcp, "us-central1", need);
        let got = got
            .as_ref()
            .map(|pool| (pool.offer.instance_type, pool.count));
        assert_eq!(got, expect, "{need:?}");
    }

    #[test]
    fn pools_by_need() {
        // Nothing asked: the smallest machine, one in each zone.
        check(need(0, 0, 0, (0, 0)), Some(("t2d-standard-1", 3)));
        check(
            need(1570, 1368, 12, (300, 300)),
            Some(("t2d-standard-1", 3)),
        );
        // The largest pod decides the size of a node.
        check(
            need(1570, 1368, 12, (1500, 300)),
            Some(("e2-standard-2", 3)),
        );
        // 20 cores x 1.3 = 26 cores: 14 nodes of 1.93 cores are cheaper than 7 of 3.92 by list.
        check(
            need(20_000, 10_000, 40, (1000, 1000)),
            Some(("e2-standard-2", 14)),
        );
        check(need(0, 0, 1, (500_000, 1)), None);
    }

    #[test]
    fn zones_and_price_are_stated() {
        let pool = PriceBook::builtin()
            .propose_pool(Provider::Aws, "eu-west-1", need(1000, 1000, 10, (100, 100)))
            .unwrap();
        assert_eq!(pool.zones, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
        let sum: Money = (0..pool.count).map(|_| pool.offer.on_demand_per_hour).sum();
        assert_eq!(pool.price_per_hour, sum);
        assert!(
            PriceBook::builtin()
                .propose_pool(Provider::Aws, "mars", need(1, 1, 1, (1, 1)))
                .is_none()
        );
    }

    proptest::proptest! {
        #[test]
        fn a_pool_holds_its_need(
            milli in 0_u64..200_000, mib in 0_u64..900_000, pods in 0_u32..900,
            big in 0_u64..8000, big_mib in 0_u64..30_000,
        ) {
            for provider in Provider::ALL {
                let region = PriceBook::builtin().regions(provider)[0];
                let need = need(milli, mib, pods, (big, big_mib));
                let pool = PriceBook::builtin().propose_pool(provider, region, need).unwrap();
                let node = pool.allocatable;
                let count = u64::from(pool.count);
                assert!(count >= 3);
                assert!(node.milli_cpu >= big && node.memory_bytes >= big_mib * MIB);
                assert!(count * node.milli_cpu * 100 >= milli * 130);
                assert!(count * node.memory_bytes * 100 >= mib * MIB * 130);
                assert!(count * u64::from(node.pods) * 100 >= u64::from(pods) * 130);
            }
        }
    }
}
