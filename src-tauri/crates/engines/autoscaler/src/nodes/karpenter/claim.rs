//! A node that is to be launched, while it is not decided what it is: pods, and the offers that
//! still hold them all. After `provisioning/scheduling/nodeclaim.go`.
//!
//! In the trial one of the offers stands for it. Where that one does not take a further pod, another
//! takes its place.

use super::pool::{CapacityType, NodePool, Offer};
use super::seen::Seen;
use crate::nodes::{Amounts, NodeRef, Placement, PodRef};

/// A node to be launched.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub pool: usize,
    /// Offers that may hold its pods.
    pub options: Vec<usize>,
    /// The one that stands for it, which does.
    pub offer: usize,
    node: NodeRef,
    pub pods: Vec<PodRef>,
    used: Amounts,
}

/// Whether an offer holds so much.
pub(super) fn has_room(offer: &Offer, asked: Amounts, pods: usize) -> bool {
    asked.milli_cpu <= offer.allocatable.milli_cpu
        && asked.memory_bytes <= offer.allocatable.memory_bytes
        && pods <= offer.pods as usize
}

/// The order in which offers are launched: spot before on-demand, then by price, then by name.
pub(super) fn launch_order(offers: &[Offer], options: &mut [usize]) {
    options.sort_by(|&a, &b| {
        let key = |at: usize| {
            let offer = &offers[at];
            let dear = offer.capacity_type != CapacityType::Spot;
            (
                dear,
                offer.price_per_hour,
                &offer.instance_type,
                &offer.zone,
            )
        };
        key(a).cmp(&key(b))
    });
}

/// One offer of each zone, the largest, so that further pods find room. The zone asked for comes
/// first, then the cheapest.
pub(super) fn stand_ins(pool: &NodePool, options: &[usize], zone: Option<&str>) -> Vec<usize> {
    let mut cheapest_first = options.to_vec();
    cheapest_first.sort_by_key(|&at| (pool.offers[at].price_per_hour, at));
    let mut zones: Vec<&str> = zone.into_iter().collect();
    for &at in &cheapest_first {
        let zone = pool.offers[at].zone.as_str();
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    let largest = |zone: &&str| {
        let offers = cheapest_first.iter().copied();
        offers
            .filter(|&at| pool.offers[at].zone == **zone)
            .rev()
            .max_by_key(|&at| {
                let Amounts {
                    milli_cpu,
                    memory_bytes,
                } = pool.offers[at].allocatable;
                (milli_cpu, memory_bytes)
            })
    };
    zones.iter().filter_map(largest).collect()
}

impl Claim {
    /// A node for a first pod, where one of the offers takes it in the trial.
    pub fn open<P: Placement>(
        pool: usize,
        options: Vec<usize>,
        pod: PodRef,
        seen: &Seen<'_>,
        trial: &mut P,
    ) -> Option<Self> {
        let offers = &seen.pools[pool].offers;
        for offer in stand_ins(&seen.pools[pool], &options, None) {
            let node = trial.add_node(offers[offer].template);
            if trial.fits(pod, node) {
                trial.bind(pod, node);
                return Some(Self {
                    pool,
                    options,
                    offer,
                    node,
                    pods: vec![pod],
                    used: seen.pods[&pod].requests,
                });
            }
            trial.remove_node(node);
        }
        None
    }

    /// Adds a pod where one of the offers holds it with the others.
    pub fn add<P: Placement>(
        &mut self,
        pod: PodRef,
        accepted: &[bool],
        seen: &Seen<'_>,
        trial: &mut P,
    ) -> bool {
        let pool = &seen.pools[self.pool];
        let used = self.used.plus(seen.pods[&pod].requests);
        let options: Vec<usize> = self
            .options
            .iter()
            .copied()
            .filter(|&at| accepted[at] && has_room(&pool.offers[at], used, self.pods.len() + 1))
            .collect();
        let stands = options.contains(&self.offer) && trial.fits(pod, self.node);
        if stands {
            trial.bind(pod, self.node);
            self.pods.push(pod);
        } else {
            let zone = pool.offers[self.offer].zone.as_str();
            let mut others = stand_ins(pool, &options, Some(zone));
            others.retain(|&offer| offer != self.offer);
            let mut others = others.into_iter();
            if !others.any(|offer| self.become_offer(offer, Some(pod), seen, trial)) {
                return false;
            }
        }
        self.options = options;
        self.used = used;
        true
    }

    /// Lets another offer stand for the claim, with a further pod where there is one, if it takes all
    /// pods in the trial.
    fn become_offer<P: Placement>(
        &mut self,
        offer: usize,
        further: Option<PodRef>,
        seen: &Seen<'_>,
        trial: &mut P,
    ) -> bool {
        let offers = &seen.pools[self.pool].offers;
        let pods: Vec<PodRef> = self.pods.iter().copied().chain(further).collect();
        trial.remove_node(self.node);
        let node = trial.add_node(offers[offer].template);
        if pods.iter().all(|&pod| trial.place(pod, &[node]).is_some()) {
            self.node = node;
            self.offer = offer;
            self.pods = pods;
            return true;
        }
        trial.remove_node(node);
        self.node = trial.add_node(offers[self.offer].template);
        for &pod in &self.pods {
            trial.bind(pod, self.node);
        }
        false
    }

    /// Decides for the first of these offers, in the order they are launched in, that takes all pods
    /// in the trial.
    pub fn settle<P: Placement>(
        &mut self,
        allowed: &[usize],
        seen: &Seen<'_>,
        trial: &mut P,
    ) -> Option<usize> {
        let mut allowed = allowed.to_vec();
        launch_order(&seen.pools[self.pool].offers, &mut allowed);
        allowed
            .into_iter()
            .find(|&offer| offer == self.offer || self.become_offer(offer, None, seen, trial))
    }
}
