//! How much of a machine is left for pods: capacity less what each provider's managed Kubernetes
//! reserves for kubelet and system. Published formulas only; what the kernel itself keeps is not
//! counted, so real nodes show a little less.

use schemars::JsonSchema;
use serde::Serialize;

use crate::max_pods::max_pods;
use crate::offer::{MachineClass, Offer, Provider};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The kubelet's hard eviction threshold `memory.available`, the same on all three providers.
const EVICTION_BYTES: u64 = 100 * MIB;

/// What a node offers to pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Allocatable {
    /// CPU in thousandths of a core.
    pub milli_cpu: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Number of pods.
    pub pods: u32,
}

/// The allocatable of a node of this machine type under the provider's managed Kubernetes, with the number of pods that
/// it takes by default.
pub fn allocatable(offer: &Offer) -> Allocatable {
    allocatable_with(offer, max_pods(offer))
}

/// The allocatable of a node that takes this number of pods; what is reserved depends on it.
///
/// - GKE (Plan GKE Standard node sizes): CPU 6 % of the first core, 1 % of the second, 0.5 % of the
///   next two, 0.25 % above; a shared-core E2 shows two cores and keeps 1060 thousandths. Memory
///   25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 %
///   above; 255 MiB below 1 GiB.
/// - EKS (the optimised images' bootstrap): CPU as GKE; memory 255 MiB + 11 MiB a pod.
/// - AKS (Node resource reservations, 1.29 and later): CPU by table, interpolated between its
///   entries; memory the lesser of 20 MB a pod + 50 MB and 25 %.
///
/// All keep 100 MiB more as the eviction threshold.
pub fn allocatable_with(offer: &Offer, max_pods: u32) -> Allocatable {
    let shared_core = offer.provider == Provider::Gcp && offer.class == MachineClass::Burstable;
    let pods = u64::from(max_pods);
    let (milli_cpu, reserved_cpu) = match offer.provider {
        _ if shared_core => (2000, 1060),
        Provider::Aws | Provider::Gcp => (offer.milli_vcpu, tiered_cpu(offer.milli_vcpu)),
        Provider::Azure => (offer.milli_vcpu, azure_cpu(offer.milli_vcpu)),
    };
    let reserved_memory = match offer.provider {
        Provider::Aws => 255 * MIB + 11 * MIB * pods,
        Provider::Azure => (20_000_000 * pods + 50_000_000).min(offer.memory_bytes / 4),
        Provider::Gcp => tiered_memory(offer.memory_bytes),
    };
    Allocatable {
        milli_cpu: milli_cpu.saturating_sub(reserved_cpu),
        memory_bytes: offer
            .memory_bytes
            .saturating_sub(reserved_memory + EVICTION_BYTES),
        pods: max_pods,
    }
}

/// Sum over tiers of (part of `amount` inside the tier) x rate, rates in hundredths of a percent,
/// rounded up: what is reserved is not promised.
fn tiered(amount: u64, tiers: &[(u64, u64)]) -> u64 {
    let mut left = amount;
    let mut sum = 0;
    for &(width, rate) in tiers {
        let inside = left.min(width);
        sum += inside * rate;
        left -= inside;
    }
    sum.div_ceil(10_000)
}

fn tiered_cpu(milli: u64) -> u64 {
    tiered(
        milli,
        &[(1000, 600), (1000, 100), (2000, 50), (u64::MAX, 25)],
    )
}

fn tiered_memory(bytes: u64) -> u64 {
    if bytes < GIB {
        return 255 * MIB;
    }
    let tiers = [
        (4 * GIB, 2500),
        (4 * GIB, 2000),
        (8 * GIB, 1000),
        (112 * GIB, 600),
        (u64::MAX, 200),
    ];
    tiered(bytes, &tiers)
}

/// AKS's table, thousandths of a core: machine -> reserved.
const AZURE_CPU: [(u64, u64); 7] = [
    (1000, 60),
    (2000, 100),
    (4000, 140),
    (8000, 180),
    (16_000, 260),
    (32_000, 420),
    (64_000, 740),
];

fn azure_cpu(milli: u64) -> u64 {
    let above = AZURE_CPU.iter().position(|(cores, _)| *cores >= milli);
    match above {
        Some(0) => AZURE_CPU[0].1,
        Some(at) => {
            let ((from, low), (to, high)) = (AZURE_CPU[at - 1], AZURE_CPU[at]);
            low + ((high - low) * (milli - from)).div_ceil(to - from)
        }
        // Above the table its last slope, 10 thousandths a core, goes on.
        None => 740 + (milli - 64_000).div_ceil(100),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::book::PriceBook;

    fn check(provider: Provider, region: &str, machine: &str, milli_cpu: u64, mib: u64) {
        let offer = PriceBook::builtin()
            .find(provider, region, machine)
            .unwrap();
        let got = allocatable(offer);
        assert_eq!(
            (got.milli_cpu, got.memory_bytes / MIB),
            (milli_cpu, mib),
            "{machine}"
        );
    }

    #[test]
    fn published_formulas() {
        // GKE's own table gives 1930m for two cores, 3920m for four.
        check(
            Provider::Gcp,
            "us-central1",
            "e2-standard-2",
            1930,
            8192 - 1844 - 100,
        );
        check(
            Provider::Gcp,
            "us-central1",
            "e2-standard-4",
            3920,
            16384 - 2663 - 100,
        );
        check(
            Provider::Gcp,
            "us-central1",
            "e2-medium",
            940,
            4096 - 1024 - 100,
        );
        check(
            Provider::Aws,
            "us-east-1",
            "m5.large",
            1930,
            // 255 + 11 x 29: the 574 MiB that EKS nodes of this size show.
            8192 - 574 - 100,
        );
        check(
            Provider::Azure,
            "eastus",
            "Standard_D2s_v5",
            1900,
            8192 - 2048 - 100,
        );
        check(
            Provider::Azure,
            "eastus",
            "Standard_D8s_v5",
            7820,
            32768 - 2146 - 100,
        );
    }
}
