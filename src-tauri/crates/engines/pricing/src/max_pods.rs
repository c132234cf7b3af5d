//! How many pods a machine takes where nobody set a number: on EKS what its network interfaces have addresses for, on
//! the others the kubelet's default.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::book::rows;
use crate::offer::{Offer, Provider};

/// Pods a node takes where nothing else is known: the kubelet's default `maxPods`, and GKE's.
pub const MAX_PODS_PER_NODE: u32 = 110;
/// EKS's managed node groups go no further below, and from, [`MANY_CORES`] (EKS user guide, "How maxPods is determined").
const EKS_MOST: (u32, u32) = (110, 250);
const MANY_CORES: u64 = 30_000;

/// Pods by instance type, as many as the table reads.
static EKS: LazyLock<BTreeMap<&'static str, u32>> = LazyLock::new(|| {
    rows(include_str!("../prices/eks-pods.csv"), "eks-pods")
        .filter_map(|(_, columns)| {
            let [machine, pods] = columns.ok()?;
            Some((machine, pods.parse().ok()?))
        })
        .collect()
});

/// Pods a node of this machine type takes by default: EKS without prefix delegation, GKE and AKS with the kubelet's
/// default.
pub fn max_pods(offer: &Offer) -> u32 {
    let most = if offer.milli_vcpu < MANY_CORES {
        EKS_MOST.0
    } else {
        EKS_MOST.1
    };
    match offer.provider {
        Provider::Aws => EKS
            .get(offer.instance_type)
            .map_or(MAX_PODS_PER_NODE, |&pods| pods.min(most)),
        Provider::Azure | Provider::Gcp => MAX_PODS_PER_NODE,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::book::PriceBook;

    #[test]
    fn every_aws_machine_of_the_book_has_a_row() {
        for offer in PriceBook::builtin().offers() {
            if offer.provider == Provider::Aws {
                assert!(
                    EKS.contains_key(offer.instance_type),
                    "{}",
                    offer.instance_type
                );
            }
        }
    }

    #[test]
    fn interfaces_limit_small_machines_and_the_cap_large_ones() {
        let cases = [
            ("t3.small", 11),
            ("m5.large", 29),
            ("m5.2xlarge", 58),
            ("m5.4xlarge", 110),
            ("m5.8xlarge", 234),
            ("m6i.16xlarge", 250),
        ];
        for (machine, pods) in cases {
            let book = PriceBook::builtin();
            let offer = book.find(Provider::Aws, "us-east-1", machine).unwrap();
            assert_eq!(max_pods(offer), pods, "{machine}");
        }
        let offer = PriceBook::builtin().find(Provider::Gcp, "us-central1", "e2-standard-2");
        assert_eq!(max_pods(offer.unwrap()), 110);
    }
}
