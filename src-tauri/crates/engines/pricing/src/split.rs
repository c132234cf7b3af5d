//! Whose cost a node is: its price split over the pods on it by what they request, the rest idle.
//! Parts always add up to the whole, to the last unit of [`Money`]; usage plays no part here.

use std::collections::BTreeMap;

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::book::PriceBook;
use crate::offer::{MachineClass, Provider};

/// What a pod requests on a node, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRequest {
    /// Whom the share is charged to: a service, workload or namespace.
    pub owner: String,
    /// CPU request, thousandths of a core.
    pub milli_cpu: u64,
    /// Memory request, bytes.
    pub memory_bytes: u64,
}

/// What a core is worth against a GiB of memory, when a price covers both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceWeights {
    /// Weight of a core.
    pub per_vcpu: u64,
    /// Weight of a GiB.
    pub per_gib: u64,
}

impl ResourceWeights {
    /// The weights for a node of a machine type with this much CPU and memory: as the list of the provider that sells it
    /// weighs them, or [`halves`](Self::halves) where the book does not know the machine.
    pub fn of_machine(
        book: &PriceBook,
        machine: Option<&str>,
        milli_cpu: u64,
        memory_bytes: u64,
    ) -> Self {
        let sells = |provider: &Provider| {
            book.offers()
                .iter()
                .any(|offer| offer.provider == *provider && Some(offer.instance_type) == machine)
        };
        Provider::ALL
            .into_iter()
            .find(sells)
            .and_then(|provider| Self::from_list_prices(book, provider))
            .unwrap_or_else(|| Self::halves(milli_cpu, memory_bytes))
    }

    /// The weights that make CPU and memory of a node cost the same: used where no list price says
    /// better, since neither resource then has a claim on the larger half.
    pub fn halves(milli_cpu: u64, memory_bytes: u64) -> Self {
        // w_cpu * milli / 1000 = w_mem * mib / 1024
        Self {
            per_vcpu: (memory_bytes >> 20).max(1).saturating_mul(1000),
            per_gib: milli_cpu.max(1).saturating_mul(1024),
        }
    }

    /// The ratio that the provider's own on-demand list prices imply: least squares of
    /// `price = cores * a + GiB * b` over its general, compute and memory machines in the book,
    /// solved in integers; `per_gib` is 1000. `None` if the book has too few of them to tell.
    pub fn from_list_prices(book: &PriceBook, provider: Provider) -> Option<Self> {
        let (mut vv, mut vg, mut gg, mut pv, mut pg) = (0_i128, 0_i128, 0_i128, 0_i128, 0_i128);
        let one = Money::from_units(UNITS_PER_MICRO);
        for offer in book.offers() {
            if offer.provider != provider || offer.class == MachineClass::Burstable {
                continue;
            }
            let v = i128::from(offer.milli_vcpu);
            let g = i128::from(offer.memory_bytes >> 20);
            let p = offer.on_demand_per_hour.units() / one.units();
            vv += v * v;
            vg += v * g;
            gg += g * g;
            pv += p * v;
            pg += p * g;
        }
        // Cramer's rule; the common determinant cancels out of the ratio.
        let per_milli = pv * gg - pg * vg;
        let per_mib = pg * vv - pv * vg;
        if per_milli <= 0 || per_mib <= 0 {
            return None;
        }
        let per_vcpu = per_milli.checked_mul(1_000_000)? / per_mib.checked_mul(1024)?;
        Some(Self {
            per_vcpu: u64::try_from(per_vcpu).ok()?,
            per_gib: 1000,
        })
    }
}

/// Units of [`Money`] in a millionth of the currency.
const UNITS_PER_MICRO: i128 = 1_000_000_000_000;

/// A node's price by owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostSplit {
    /// Owner -> share, in the unit of the price that was split.
    pub owners: BTreeMap<String, Money>,
    /// What nobody requested.
    pub idle: Money,
}

impl CostSplit {
    /// Splits the price of one node over its pods.
    ///
    /// The price divides into a CPU part and a memory part by `weights` x allocatable; each part
    /// goes to owners in proportion of their requests over the allocatable, the rest to idle. On an
    /// over-committed node the requests themselves are the whole and nothing is idle. Shares are
    /// rounded by largest remainder, so that they add up to `price` exactly.
    pub fn share(
        price: Money,
        milli_cpu: u64,
        memory_bytes: u64,
        weights: ResourceWeights,
        requests: &[PodRequest],
    ) -> Self {
        let mut by_owner: BTreeMap<&str, (u128, u128)> = BTreeMap::new();
        for request in requests {
            let sum = by_owner.entry(&request.owner).or_default();
            sum.0 += u128::from(request.milli_cpu);
            sum.1 += u128::from(request.memory_bytes);
        }
        let part = [
            u128::from(weights.per_vcpu) * u128::from(milli_cpu) * 1024,
            u128::from(weights.per_gib) * u128::from(memory_bytes >> 20) * 1000,
        ];
        let part = apportion(price.units(), &part);
        let cpu: Vec<u128> = by_owner.values().map(|sum| sum.0).collect();
        let memory: Vec<u128> = by_owner.values().map(|sum| sum.1).collect();
        let cpu = apportion(part[0], &with_idle(cpu, u128::from(milli_cpu)));
        let memory = apportion(part[1], &with_idle(memory, u128::from(memory_bytes)));
        let mut owners = BTreeMap::new();
        for (at, owner) in by_owner.keys().enumerate() {
            owners.insert((*owner).to_owned(), Money::from_units(cpu[at] + memory[at]));
        }
        let last = by_owner.len();
        Self {
            owners,
            idle: Money::from_units(cpu[last] + memory[last]),
        }
    }

    /// Shares and idle together: the price that was split.
    pub fn total(&self) -> Money {
        self.owners.values().copied().sum::<Money>() + self.idle
    }
}

/// Appends what the requests leave of the allocatable.
fn with_idle(mut requests: Vec<u128>, allocatable: u128) -> Vec<u128> {
    let requested: u128 = requests.iter().sum();
    requests.push(allocatable.saturating_sub(requested));
    requests
}

/// Divides `total` in proportion of `weights` so that the parts add up to it exactly: each part is
/// rounded down, and what is left goes one unit each to the largest remainders, earlier first
/// (Hamilton's method). With no weight at all the last part takes everything; no parts, no result.
pub fn apportion(total: i128, weights: &[u128]) -> Vec<i128> {
    // Weights are brought under 2^62 so that no product overflows.
    let sum = weights
        .iter()
        .fold(0_u128, |sum, weight| sum.saturating_add(*weight));
    let shift = (128 - sum.leading_zeros()).saturating_sub(62);
    let weights: Vec<i128> = weights
        .iter()
        .map(|weight| i128::try_from(weight >> shift).unwrap_or(i128::MAX))
        .collect();
    let sum: i128 = weights.iter().sum();
    let mut parts = vec![0; weights.len()];
    if sum == 0 {
        if let Some(last) = parts.last_mut() {
            *last = total;
        }
        return parts;
    }
    let (quotient, remainder) = (total.div_euclid(sum), total.rem_euclid(sum));
    let mut remainders = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let scaled = remainder * weight;
        parts[at] = quotient * weight + scaled / sum;
        remainders.push((std::cmp::Reverse(scaled % sum), at));
    }
    let left = total - parts.iter().sum::<i128>();
    remainders.sort_unstable();
    for (_, at) in remainders
        .into_iter()
        .take(usize::try_from(left).unwrap_or(0))
    {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn pod(owner: &str, milli_cpu: u64, gib: u64) -> PodRequest {
        PodRequest {
            owner: owner.to_owned(),
            milli_cpu,
            memory_bytes: gib * GIB,
        }
    }

    fn check(node: (u64, u64), pods: &[PodRequest], expect: &[(&str, &str)], idle: &str) {
        let weights = ResourceWeights::halves(node.0, node.1 * GIB);
        let split = CostSplit::share("1".parse().unwrap(), node.0, node.1 * GIB, weights, pods);
        let expect: BTreeMap<String, Money> = expect
            .iter()
            .map(|(who, share)| ((*who).to_owned(), share.parse().unwrap()))
            .collect();
        assert_eq!(
            split,
            CostSplit {
                owners: expect,
                idle: idle.parse().unwrap()
            }
        );
    }

    #[test]
    fn shares_follow_requests() {
        check((4000, 16), &[], &[], "1");
        check(
            (4000, 16),
            &[pod("web", 1000, 4)],
            &[("web", "0.25")],
            "0.75",
        );
        check(
            (4000, 16),
            &[pod("web", 2000, 0)],
            &[("web", "0.25")],
            "0.75",
        );
        check(
            (4000, 16),
            &[pod("a", 1000, 0), pod("b", 0, 8)],
            &[("a", "0.125"), ("b", "0.25")],
            "0.625",
        );
        check(
            (4000, 16),
            &[pod("a", 1000, 4), pod("a", 1000, 4)],
            &[("a", "0.5")],
            "0.5",
        );
        // Over-committed CPU: the requests are the whole of it, memory keeps its idle half.
        check(
            (4000, 16),
            &[pod("a", 6000, 8), pod("b", 2000, 0)],
            &[("a", "0.625"), ("b", "0.125")],
            "0.25",
        );
    }

    #[test]
    fn thirds_add_up() {
        assert_eq!(apportion(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(apportion(-100, &[1, 1, 1]), [-33, -33, -34]);
        assert_eq!(apportion(7, &[0, 0]), [0, 7]);
        assert_eq!(apportion(7, &[]), Vec::<i128>::new());
        assert_eq!(
            apportion(i128::MAX, &[u128::MAX, u128::MAX])
                .iter()
                .sum::<i128>(),
            i128::MAX
        );
    }

    #[test]
    fn a_machine_is_weighed_as_its_seller_does_and_an_unknown_one_by_halves() {
        let book = PriceBook::builtin();
        let (milli, bytes) = (4000, 16 << 30);
        let check = |machine: Option<&str>, expect: ResourceWeights| {
            let weights = ResourceWeights::of_machine(book, machine, milli, bytes);
            assert_eq!(weights, expect, "{machine:?}");
        };
        let listed = |provider| ResourceWeights::from_list_prices(book, provider).unwrap();
        for provider in Provider::ALL {
            let sold = book.offers().iter().find(|o| o.provider == provider);
            check(sold.map(|offer| offer.instance_type), listed(provider));
        }
        check(Some("abacus.large"), ResourceWeights::halves(milli, bytes));
        check(None, ResourceWeights::halves(milli, bytes));
    }

    #[test]
    fn a_core_costs_several_gib_on_every_list() {
        for provider in Provider::ALL {
            let weights =
                ResourceWeights::from_list_prices(PriceBook::builtin(), provider).unwrap();
            assert_eq!(weights.per_gib, 1000);
            assert!(
                (3000..15_000).contains(&weights.per_vcpu),
                "{provider}: {weights:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_add_up_exactly(
            units in 0_i128..100_000_000_000_000_000_000_000,
            milli in 0_u64..1_000_000, bytes in 0_u64..10_000_000_000_000,
            ratio in 0_u64..20_000,
            pods in proptest::collection::vec(("[a-d]", 0_u64..90_000, 0_u64..900_000_000_000), 0..30),
        ) {
            let pods: Vec<PodRequest> = pods
                .into_iter()
                .map(|(owner, milli_cpu, memory_bytes)| PodRequest { owner, milli_cpu, memory_bytes })
                .collect();
            let weights = ResourceWeights { per_vcpu: ratio, per_gib: 1000 };
            let price = Money::from_units(units);
            let split = CostSplit::share(price, milli, bytes, weights, &pods);
            assert_eq!(split.total(), price);
            assert!(split.idle >= Money::ZERO);
            assert!(split.owners.values().all(|share| *share >= Money::ZERO));
        }
    }
}
