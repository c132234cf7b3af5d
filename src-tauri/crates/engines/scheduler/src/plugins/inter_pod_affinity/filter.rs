//! What required terms reject, those of the pod and those of the pods already bound.
//!
//! Source: `plugins/interpodaffinity/filtering.go`.

use crate::cluster::Cluster;
use crate::pod_selector::SelectorId;
use crate::shape::Shape;
use crate::terms::TermId;
use crate::topology::{NOWHERE, TopologyId};

/// Matching pods by domain of one topology.
#[derive(Debug)]
pub(crate) struct Matching {
    pub topology: TopologyId,
    pub by_domain: Vec<i64>,
}

/// The required terms that concern a pod, against the cluster as it is.
#[derive(Debug)]
pub(crate) struct Required {
    /// For each required affinity term, pods that match all of them.
    pub near: Vec<Matching>,
    /// Whether no pod matches at all, and the pod would match itself: then it is the first of its kind.
    near_total: i64,
    near_self: bool,
    /// For each required anti-affinity term, pods that match it.
    pub apart: Vec<Matching>,
    /// For each anti-affinity term of bound pods that means this pod, the pods that carry it.
    pub unwelcome: Vec<(TermId, Matching)>,
}

/// Changes of the counts on one node, by term.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub near: Vec<i64>,
    pub apart: Vec<i64>,
    pub unwelcome: Vec<i64>,
}

/// Why a node is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotNear,
    NotApart,
    Unwelcome,
}

impl Required {
    pub(crate) fn new(cluster: &Cluster, shape: &Shape) -> Self {
        let terms = &shape.terms;
        let near: Vec<_> = terms
            .near
            .iter()
            .filter_map(|&term| {
                let topology = cluster.terms.get(term).topology;
                Some(matching(cluster, terms.near_all?, topology))
            })
            .collect();
        let total = |matching: &Matching| matching.by_domain.iter().skip(1).sum::<i64>();
        let apart = terms
            .apart
            .iter()
            .map(|&term| {
                let term = cluster.terms.get(term);
                matching(cluster, term.selector, term.topology)
            })
            .collect();
        let near_self = terms
            .near_all
            .is_some_and(|all| cluster.selectors.matches(all, shape.label_set));
        Self {
            near_total: near.iter().map(total).sum(),
            near_self,
            near,
            apart,
            unwelcome: unwelcome(cluster, shape),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.near.is_empty() && self.apart.is_empty() && self.unwelcome.is_empty()
    }

    /// No changes yet.
    pub(crate) fn unchanged(&self) -> Changes {
        Changes {
            near: vec![0; self.near.len()],
            apart: vec![0; self.apart.len()],
            unwelcome: vec![0; self.unwelcome.len()],
        }
    }

    /// Whether the pod may go where no pod matches its affinity, because none does anywhere.
    pub(crate) fn is_first(&self, change: i64) -> bool {
        self.near_self && self.near_total + change == 0
    }

    /// What these terms say of a node, once `changes` have happened there.
    pub(crate) fn refusal(
        &self,
        cluster: &Cluster,
        slot: usize,
        changes: Option<&Changes>,
    ) -> Option<Refusal> {
        let domain = |matching: &Matching| cluster.topologies.get(matching.topology).domain[slot];
        let change = |list: fn(&Changes) -> &Vec<i64>, at: usize| {
            changes.map_or(0, |changes| list(changes)[at])
        };
        let mut there = true;
        for (at, matching) in self.near.iter().enumerate() {
            let domain = domain(matching);
            if domain == NOWHERE {
                return Some(Refusal::NotNear);
            }
            there &= matching.by_domain[domain as usize] + change(|c| &c.near, at) > 0;
        }
        if !there && !self.is_first(changes.map_or(0, |changes| changes.near.iter().sum())) {
            return Some(Refusal::NotNear);
        }
        for (at, matching) in self.apart.iter().enumerate() {
            let domain = domain(matching);
            if domain != NOWHERE
                && matching.by_domain[domain as usize] + change(|c| &c.apart, at) > 0
            {
                return Some(Refusal::NotApart);
            }
        }
        for (at, (_, matching)) in self.unwelcome.iter().enumerate() {
            let domain = domain(matching);
            if domain != NOWHERE
                && matching.by_domain[domain as usize] + change(|c| &c.unwelcome, at) > 0
            {
                return Some(Refusal::Unwelcome);
            }
        }
        None
    }
}

/// Pods that a selector matches, by domain; those on nodes without the label come first.
fn matching(cluster: &Cluster, selector: SelectorId, topology: TopologyId) -> Matching {
    let domains = cluster.topologies.get(topology);
    let mut by_domain = vec![0; domains.domains()];
    for &set in cluster.selectors.chosen(selector) {
        for resident in cluster.residents.of(set) {
            by_domain[domains.domain[resident.slot as usize] as usize] += resident.all();
        }
    }
    Matching {
        topology,
        by_domain,
    }
}

/// Terms of bound pods that mean this pod. One that no bound pod carries now is left out: eviction adds none.
fn unwelcome(cluster: &Cluster, shape: &Shape) -> Vec<(TermId, Matching)> {
    let mut list = Vec::new();
    for &selector in cluster.selectors.choosing(shape.label_set) {
        for &id in cluster.terms.with(selector) {
            let carried = &cluster.terms.carried(id).apart;
            if carried.is_empty() {
                continue;
            }
            let topology = cluster.terms.get(id).topology;
            let mut by_domain = vec![0; cluster.topologies.get(topology).domains()];
            for (&domain, &count) in carried {
                by_domain[domain as usize] = count;
            }
            list.push((
                id,
                Matching {
                    topology,
                    by_domain,
                },
            ));
        }
    }
    list
}
