//! What preferred terms are worth, those of the pod and those of the pods already bound.
//!
//! Source: `plugins/interpodaffinity/scoring.go`.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::plugins::MAX_NODE_SCORE;
use crate::shape::Shape;
use crate::topology::{NOWHERE, TopologyId};

/// Whether any term may have a say, so that scoring is worth the trouble.
pub(crate) fn has_say(cluster: &Cluster, shape: &Shape) -> bool {
    !shape.terms.preferred.is_empty()
        || cluster
            .selectors
            .choosing(shape.label_set)
            .iter()
            .flat_map(|&selector| cluster.terms.with(selector))
            .any(|&id| !cluster.terms.carried(id).pull.is_empty())
}

/// Fills in the normalised score of every feasible node. Answers false where no term has a say.
pub(crate) fn score(cluster: &Cluster, shape: &Shape, feasible: &[u32], out: &mut [i64]) -> bool {
    let own = &shape.terms.preferred;
    if feasible.is_empty()
        || (own.is_empty() && cluster.profile.ignore_preferred_terms_of_existing_pods)
    {
        return false;
    }
    let worth = worths(cluster, shape);
    if worth.is_empty() {
        return false;
    }
    out.fill(0);
    for (&topology, by_domain) in &worth {
        let domains = &cluster.topologies.get(topology).domain;
        for (out, &slot) in out.iter_mut().zip(feasible) {
            *out += by_domain[domains[slot as usize] as usize];
        }
    }
    let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
    for &sum in out.iter() {
        lowest = lowest.min(sum);
        highest = highest.max(sum);
    }
    let range = (highest - lowest) as f64;
    for out in out.iter_mut() {
        *out = if highest > lowest {
            (MAX_NODE_SCORE as f64 * ((*out - lowest) as f64 / range)) as i64
        } else {
            0
        };
    }
    true
}

/// Sum of weights by domain, for every topology in which some term meets some pod. Nodes without the label get 0.
fn worths(cluster: &Cluster, shape: &Shape) -> BTreeMap<TopologyId, Vec<i64>> {
    let mut worth: BTreeMap<TopologyId, Vec<i64>> = BTreeMap::new();
    let mut add = |topology: TopologyId, weights: &mut dyn Iterator<Item = (u32, i64)>| {
        let mut weights = weights.filter(|&(domain, _)| domain != NOWHERE).peekable();
        // A term that meets no pod has no say, not even a 0.
        if weights.peek().is_none() {
            return;
        }
        let domains = cluster.topologies.get(topology).domains();
        let sums = worth.entry(topology).or_insert_with(|| vec![0; domains]);
        for (domain, weight) in weights {
            sums[domain as usize] += weight;
        }
    };
    for &(id, weight) in &shape.terms.preferred {
        let term = cluster.terms.get(id);
        let domains = &cluster.topologies.get(term.topology).domain;
        for &set in cluster.selectors.chosen(term.selector) {
            let residents = cluster.residents.of(set).iter();
            add(
                term.topology,
                &mut residents.map(|resident| {
                    let domain = domains[resident.slot as usize];
                    (domain, weight * resident.all())
                }),
            );
        }
    }
    for &selector in cluster.selectors.choosing(shape.label_set) {
        for &id in cluster.terms.with(selector) {
            let pull = &cluster.terms.carried(id).pull;
            add(
                cluster.terms.get(id).topology,
                &mut pull.iter().map(|(&domain, &(weight, _))| (domain, weight)),
            );
        }
    }
    worth
}
