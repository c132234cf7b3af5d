//! The price of a node that already exists, read from the labels and provider id a cluster gives
//! it. Never guesses: a node that cannot be found in the book has an unknown price, with the reason.

use std::collections::BTreeMap;
use std::fmt;

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::book::PriceBook;
use crate::node_labels;
use crate::offer::{Offer, Provider};

/// What a node costs, or why that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum NodePrice {
    /// The book has the node's machine type in its region.
    Known {
        /// US dollars per hour, always above zero.
        per_hour: Money,
        /// Where the price comes from.
        source: String,
        /// ISO date of the oldest figure in the price.
        as_of: String,
        /// Whether this is the price of spot capacity.
        spot: bool,
        /// Whether the price is computed from other published figures rather than listed.
        estimated: bool,
    },
    /// No price is known. A sum over nodes that contains this one is a lower bound.
    Unknown {
        /// What is missing, naming label and value.
        reason: String,
    },
}

/// Where the price comes from and of when, or why there is none.
impl fmt::Display for NodePrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known {
                source,
                as_of,
                spot,
                estimated,
                ..
            } => {
                let spot = if *spot { ", spot" } else { "" };
                let estimated = if *estimated { ", estimated" } else { "" };
                write!(f, "{source}, {as_of}{spot}{estimated}")
            }
            Self::Unknown { reason } => f.write_str(reason),
        }
    }
}

impl NodePrice {
    /// The hourly price, if known.
    pub fn per_hour(&self) -> Option<Money> {
        match self {
            Self::Known { per_hour, .. } => Some(*per_hour),
            Self::Unknown { .. } => None,
        }
    }

    /// The on-demand price of an offer.
    pub fn on_demand(offer: &Offer) -> Self {
        Self::Known {
            per_hour: offer.on_demand_per_hour,
            source: offer.source.to_owned(),
            as_of: offer.as_of.to_owned(),
            spot: false,
            estimated: offer.estimated,
        }
    }

    /// The spot price of an offer. An on-demand price never stands in for a spot price.
    pub fn spot(offer: &Offer) -> Self {
        match (offer.spot_per_hour, offer.spot_source, offer.spot_as_of) {
            (Some(per_hour), Some(source), Some(as_of)) => Self::Known {
                per_hour,
                source: source.to_owned(),
                as_of: as_of.to_owned(),
                spot: true,
                estimated: offer.spot_estimated,
            },
            _ => Self::unknown(format!(
                "the price book has no spot price of {} in {} {}",
                offer.instance_type, offer.provider, offer.region
            )),
        }
    }

    fn unknown(reason: String) -> Self {
        Self::Unknown { reason }
    }
}

/// Labels that say a node is spot (or preemptible) capacity, and the value that says so: Karpenter,
/// EKS managed node groups, GKE (today's and the older preemptible one), AKS.
const SPOT_LABELS: [(&str, &str); 5] = [
    ("karpenter.sh/capacity-type", "spot"),
    ("eks.amazonaws.com/capacityType", "SPOT"),
    ("cloud.google.com/gke-spot", "true"),
    ("cloud.google.com/gke-preemptible", "true"),
    ("kubernetes.azure.com/scalesetpriority", "spot"),
];

impl PriceBook {
    /// The price of a node with these labels and this `spec.providerID`.
    ///
    /// The machine type comes from `node.kubernetes.io/instance-type`; the region from
    /// `topology.kubernetes.io/region`, else from the zone; the cloud from the provider id
    /// (`aws://`, `gce://`, `azure://`), else from the only cloud that has the type in the region.
    pub fn price_node(
        &self,
        labels: &BTreeMap<String, String>,
        provider_id: Option<&str>,
    ) -> NodePrice {
        let provider_id = provider_id.filter(|id| !id.is_empty());
        let provider = provider_id.and_then(provider_of);
        if let (Some(id), None) = (provider_id, provider) {
            let scheme = id.split_once("://").map_or(id, |(scheme, _)| scheme);
            return NodePrice::unknown(format!(
                "providerID: {scheme}:// is of no cloud in the price book (aws, azure, gce)"
            ));
        }
        let Some(instance_type) = node_labels::machine_type(labels) else {
            let name = node_labels::MACHINE_TYPE;
            return NodePrice::unknown(format!("the node has no label {name}"));
        };
        let zone = node_labels::zone(labels).or_else(|| provider_id.and_then(zone_of_provider_id));
        let region = node_labels::region(labels).or_else(|| zone.and_then(region_of_zone));
        let Some(region) = region else {
            return NodePrice::unknown(format!(
                "the node has neither label {} nor {}",
                node_labels::REGION,
                node_labels::ZONE
            ));
        };
        let offer = Provider::ALL
            .into_iter()
            .filter(|candidate| provider.is_none_or(|provider| provider == *candidate))
            .find_map(|candidate| self.find(candidate, region, instance_type));
        let Some(offer) = offer else {
            let cloud = provider.map_or(String::new(), |provider| format!(" of {provider}"));
            return NodePrice::unknown(format!(
                "the price book has no {instance_type} in region {region}{cloud}"
            ));
        };
        let is_spot = SPOT_LABELS.into_iter().any(|(name, value)| {
            labels
                .get(name)
                .is_some_and(|found| found.eq_ignore_ascii_case(value))
        });
        if is_spot {
            NodePrice::spot(offer)
        } else {
            NodePrice::on_demand(offer)
        }
    }
}

fn provider_of(provider_id: &str) -> Option<Provider> {
    match provider_id.split_once("://")?.0 {
        "aws" => Some(Provider::Aws),
        "gce" => Some(Provider::Gcp),
        "azure" => Some(Provider::Azure),
        _ => None,
    }
}

/// `aws:///eu-west-1a/i-0abc` and `gce://project/europe-west1-b/name` name the zone; Azure's id
/// does not.
fn zone_of_provider_id(provider_id: &str) -> Option<&str> {
    let (scheme, path) = provider_id.split_once("://")?;
    if scheme == "azure" {
        return None;
    }
    path.split('/').nth(1)
}

/// `eu-west-1a` -> `eu-west-1`; `europe-west1-b` -> `europe-west1`; `eastus-1` -> `eastus`.
fn region_of_zone(zone: &str) -> Option<&str> {
    if let Some((region, number)) = zone.rsplit_once('-')
        && region.ends_with(|last: char| last.is_ascii_alphanumeric())
        && !region.contains('-')
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(region);
    }
    let without_letter = zone.strip_suffix(|last: char| last.is_ascii_lowercase())?;
    if without_letter.ends_with(|last: char| last.is_ascii_digit()) {
        return Some(without_letter);
    }
    without_letter.strip_suffix('-')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const REGION: &str = "topology.kubernetes.io/region";
    const ZONE: &str = "topology.kubernetes.io/zone";
    const TYPE: &str = "node.kubernetes.io/instance-type";

    fn price(labels: &[(&str, &str)], provider_id: Option<&str>) -> NodePrice {
        let labels = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        PriceBook::builtin().price_node(&labels, provider_id)
    }

    fn check_known(labels: &[(&str, &str)], id: Option<&str>, expect: (&str, bool, &str)) {
        let NodePrice::Known {
            per_hour,
            spot,
            as_of,
            ..
        } = price(labels, id)
        else {
            panic!("{labels:?} {id:?}: {:?}", price(labels, id));
        };
        assert_eq!(
            (per_hour, spot, as_of.as_str()),
            (expect.0.parse().unwrap(), expect.1, expect.2)
        );
    }

    #[test]
    fn nodes_of_the_clouds() {
        let aws = Some("aws:///us-east-1a/i-0123");
        let m5 = (TYPE, "m5.large");
        check_known(
            &[(REGION, "us-east-1"), m5],
            aws,
            ("0.096", false, "2026-07-20"),
        );
        check_known(&[m5], aws, ("0.096", false, "2026-07-20"));
        check_known(
            &[m5, (ZONE, "us-east-1c")],
            None,
            ("0.096", false, "2026-07-20"),
        );
        for spot in [
            ("karpenter.sh/capacity-type", "spot"),
            ("eks.amazonaws.com/capacityType", "SPOT"),
        ] {
            check_known(&[m5, spot], aws, ("0.03264", true, "2025-06-28"));
        }
        check_known(
            &[m5, ("karpenter.sh/capacity-type", "on-demand")],
            aws,
            ("0.096", false, "2026-07-20"),
        );
        check_known(
            &[(TYPE, "e2-micro"), ("cloud.google.com/gke-spot", "true")],
            Some("gce://my-project/us-central1-b/node-1"),
            ("0.0050265", true, "2026-07-30"),
        );
        check_known(
            &[(REGION, "eastus"), (TYPE, "Standard_D4s_v5")],
            Some("azure:///subscriptions/x/y"),
            ("0.192", false, "2026-06-18"),
        );
        check_known(
            &[
                ("beta.kubernetes.io/instance-type", "m5.large"),
                ("failure-domain.beta.kubernetes.io/region", "us-east-1"),
            ],
            None,
            ("0.096", false, "2026-07-20"),
        );
    }

    fn check_unknown(labels: &[(&str, &str)], id: Option<&str>, expect: &str) {
        match price(labels, id) {
            NodePrice::Unknown { reason } => assert!(reason.contains(expect), "{reason}"),
            known @ NodePrice::Known { .. } => panic!("{labels:?} {id:?}: {known:?}"),
        }
    }

    #[test]
    fn a_missing_price_is_unknown_with_a_reason() {
        let spot = ("kubernetes.azure.com/scalesetpriority", "spot");
        check_unknown(&[], None, "no label node.kubernetes.io/instance-type");
        check_unknown(&[(TYPE, "m5.large")], None, "topology.kubernetes.io/region");
        check_unknown(
            &[(TYPE, "k3s"), (REGION, "us-east-1")],
            Some("k3s://a"),
            "k3s://",
        );
        check_unknown(
            &[(TYPE, "s-2vcpu-4gb"), (REGION, "fra1")],
            None,
            "no s-2vcpu-4gb in region fra1",
        );
        check_unknown(
            &[(TYPE, "m5.large"), (REGION, "us-east-1")],
            Some("gce://p/us-central1-a/n"),
            "no m5.large in region us-east-1 of gcp",
        );
        check_unknown(
            &[(REGION, "eastus"), (TYPE, "Standard_D4s_v5"), spot],
            None,
            "no spot price",
        );
    }

    proptest::proptest! {
        #[test]
        fn a_price_is_never_zero(
            machine in "(m5.large|e2-micro|Standard_D4s_v5|t3.nano|[a-z0-9.]{0,8})",
            region in "(us-east-1|us-central1|eastus|[a-z0-9-]{0,9})",
            capacity in "(spot|on-demand|)",
            id in proptest::option::of("(aws|gce|azure|kind|)://[a-z0-9/-]{0,20}"),
        ) {
            let labels = [(TYPE, &*machine), (REGION, &*region), ("karpenter.sh/capacity-type", &*capacity)];
            match price(&labels, id.as_deref()) {
                NodePrice::Known { per_hour, .. } => assert!(per_hour > Money::ZERO),
                NodePrice::Unknown { reason } => assert!(!reason.is_empty()),
            }
        }
    }
}
