//! What nodes cost, whose cost that is, and the price book. Sums are exact; a price nobody knows is absent, never 0.

mod shape;

use std::collections::BTreeMap;

use drydock_model::Money;
use drydock_pricing::{CostSplit, NodePrice, PodRequest, PriceBook, ResourceWeights, accrue};

use crate::cluster_status::RunChoice;
use crate::cluster_status::nodes::machine_and_price;
use crate::scheduler::bound_requests;
use crate::session::look::look;
use crate::shapes::{HourlyCost, Page};
use crate::{Error, Lab};

pub use shape::*;

/// How the rate is computed, in words.
const METHOD: &str = "List price of every node from the price book; the share of a service is that of the CPU and memory its \
                      pods request, CPU against memory as the provider's list prices weigh them; what nobody requests is idle. \
                      A node without power is paid for like any other.";
/// Offers of a page where nobody says, and at most.
const OFFERS: (u32, u32) = (100, 500);

/// `cost_rate`: cost per hour by service and node.
pub fn cost_rate(lab: &Lab, input: RunChoice) -> Result<CostRate, Error> {
    look(lab, input.sight(), |look| {
        let (mut owners, mut idle, mut total) =
            (BTreeMap::<String, Money>::new(), Money::ZERO, Money::ZERO);
        let (mut nodes, mut unpriced) = (Vec::new(), Vec::new());
        let bound = bound_requests(look)?;
        for (node, _) in &look.inventory.nodes {
            let name = node.metadata.name.clone().unwrap_or_default();
            let (machine, price) = machine_and_price(node);
            if let Some(per_hour) = price.per_hour() {
                let on = bound.iter().find(|on| on.node == name);
                let pods: Vec<PodRequest> = on.map(|on| on.pods.clone()).unwrap_or_default();
                let (milli, bytes) = on.map_or((0, 0), |on| (on.milli_cpu, on.memory_bytes));
                let split = CostSplit::share(
                    per_hour,
                    milli,
                    bytes,
                    ResourceWeights::of_machine(
                        PriceBook::builtin(),
                        machine.as_deref(),
                        milli,
                        bytes,
                    ),
                    &pods,
                );
                total += split.total();
                idle += split.idle;
                for (owner, share) in split.owners {
                    *owners.entry(owner).or_default() += share;
                }
            } else {
                unpriced.push(name.clone());
            }
            nodes.push(node_cost(name, machine, price));
        }
        let accrued = accrue(total, look.now).ok_or_else(|| {
            Error::internal(format!("{total} a hour is more than can be added up"))
        })?;
        Ok(CostRate {
            basis: look.basis.clone(),
            per_hour: HourlyCost::usd(total),
            idle: HourlyCost::usd(idle),
            services: owners
                .into_iter()
                .map(|(id, share)| ServiceCost {
                    id,
                    per_hour: HourlyCost::usd(share),
                })
                .collect(),
            nodes,
            unpriced,
            accrued: HourlyCost::usd(accrued),
            method: METHOD.to_owned(),
        })
    })
}

fn node_cost(name: String, instance_type: Option<String>, price: NodePrice) -> NodeCost {
    let per_hour = price.per_hour().map(HourlyCost::usd);
    let (source, as_of, spot, note) = match price {
        NodePrice::Known {
            source,
            as_of,
            spot,
            estimated,
            ..
        } => {
            let note = estimated.then(|| "computed from other published figures".to_owned());
            (Some(source), Some(as_of), spot, note)
        }
        NodePrice::Unknown { reason } => (None, None, false, Some(reason)),
    };
    NodeCost {
        name,
        instance_type,
        per_hour,
        source,
        as_of,
        spot,
        note,
    }
}

/// `price_book`: offers of the built-in price book by provider, region and machine type.
pub fn price_book(_: &Lab, input: PriceBookInput) -> Result<Page<PricedOffer>, Error> {
    let limit = input.limit.unwrap_or(OFFERS.0);
    if !(1..=OFFERS.1).contains(&limit) {
        return Err(Error::bad_input(
            "limit",
            format!("{limit} is not a number from 1 to {}", OFFERS.1),
        ));
    }
    let from: usize = input.cursor.as_deref().map_or(Ok(0), |cursor| {
        let message = || format!("{cursor:?} is not a cursor: use the `next` of the page before");
        cursor
            .parse()
            .map_err(|_| Error::bad_input("cursor", message()))
    })?;
    let search = input.search.unwrap_or_default().to_ascii_lowercase();
    let mut found = PriceBook::builtin().offers().iter().filter(|offer| {
        input
            .provider
            .is_none_or(|provider| offer.provider == provider)
            && input
                .region
                .as_deref()
                .is_none_or(|region| offer.region == region)
            && offer.instance_type.to_ascii_lowercase().contains(&search)
    });
    let mut rest = found.by_ref().skip(from);
    let items: Vec<PricedOffer> = rest.by_ref().take(limit as usize).map(priced).collect();
    let next = rest.next().map(|_| (from + items.len()).to_string());
    Ok(Page { items, next })
}

fn priced(offer: &drydock_pricing::Offer) -> PricedOffer {
    PricedOffer {
        provider: offer.provider,
        region: offer.region.to_owned(),
        instance_type: offer.instance_type.to_owned(),
        class: offer.class,
        milli_vcpu: offer.milli_vcpu,
        memory_bytes: offer.memory_bytes,
        arch: offer.arch.to_owned(),
        on_demand_per_hour: offer.on_demand_per_hour,
        spot_per_hour: offer.spot_per_hour,
        source: offer.source.to_owned(),
        as_of: offer.as_of.to_owned(),
        estimated: offer.estimated,
        spot_source: offer.spot_source.map(str::to_owned),
        spot_as_of: offer.spot_as_of.map(str::to_owned),
    }
}
