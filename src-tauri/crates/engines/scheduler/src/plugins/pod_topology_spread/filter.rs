//! What `DoNotSchedule` constraints reject.
//!
//! Source: `plugins/podtopologyspread/filtering.go`.

use super::Constraint;
use crate::cluster::Cluster;
use crate::shape::Shape;
use crate::topology::NOWHERE;

/// One hard constraint against the cluster as it is.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Matching pods by domain.
    pub by_domain: Vec<i64>,
    /// Whether a domain has a node that counts.
    present: Vec<bool>,
    domains: i64,
    /// Lowest count of the domains present, in which domain, and the lowest of the others.
    lowest: i64,
    lowest_domain: u32,
    next: i64,
}

impl Counts {
    /// The fewest matching pods of a domain, once `domain` has `change` more of them.
    pub(crate) fn fewest(&self, constraint: &Constraint, domain: u32, change: i64) -> i64 {
        if self.domains < constraint.min_domains {
            return 0;
        }
        if change == 0 || !self.present[domain as usize] {
            return self.lowest;
        }
        let others = if domain == self.lowest_domain {
            self.next
        } else {
            self.lowest
        };
        others.min(self.by_domain[domain as usize] + change)
    }

    /// Whether one more pod in `domain` keeps the skew allowed.
    pub(crate) fn allows(&self, constraint: &Constraint, domain: u32, change: i64) -> bool {
        let there = if self.present[domain as usize] {
            self.by_domain[domain as usize] + change
        } else {
            0
        };
        there + i64::from(constraint.self_match) - self.fewest(constraint, domain, change)
            <= constraint.max_skew
    }

    /// By domain, 1 where it takes the pod; the first, of nodes without the label, never does.
    pub(crate) fn table(&self, constraint: &Constraint) -> Vec<u8> {
        (0..self.by_domain.len() as u32)
            .map(|domain| u8::from(domain != NOWHERE && self.allows(constraint, domain, 0)))
            .collect()
    }
}

/// Whether a node's pods count for a constraint: it has the label of every constraint, and passes the policies.
pub(crate) fn counts_node(
    cluster: &Cluster,
    shape: &Shape,
    all: &[Constraint],
    constraint: &Constraint,
    slot: usize,
) -> bool {
    all.iter()
        .all(|other| cluster.topologies.get(other.topology).domain[slot] != NOWHERE)
        && passes_policies(cluster, shape, constraint, slot)
}

/// nodeAffinityPolicy and nodeTaintsPolicy.
pub(crate) fn passes_policies(
    cluster: &Cluster,
    shape: &Shape,
    constraint: &Constraint,
    slot: usize,
) -> bool {
    (!constraint.honours_affinity || cluster.selects(shape.constraints, slot))
        && (!constraint.honours_taints || cluster.tolerates(shape.constraints, slot))
}

/// [`counts_node`] of every node, from the columns where they are loaded.
fn counted_nodes(
    cluster: &Cluster,
    shape: &Shape,
    all: &[Constraint],
    constraint: &Constraint,
) -> Vec<bool> {
    let Some(verdicts) = cluster.caches.verdicts(shape.constraints) else {
        return (0..cluster.traits.len())
            .map(|slot| counts_node(cluster, shape, all, constraint, slot))
            .collect();
    };
    let mut counted = vec![true; cluster.traits.len()];
    let mut keep = |column: &[bool]| {
        for (counted, keeps) in counted.iter_mut().zip(column) {
            *counted &= keeps;
        }
    };
    if constraint.honours_affinity {
        keep(&verdicts.selected);
    }
    if constraint.honours_taints {
        keep(&verdicts.tolerated);
    }
    for other in all {
        let domains = &cluster.topologies.get(other.topology).domain;
        for (counted, &domain) in counted.iter_mut().zip(domains) {
            *counted &= domain != NOWHERE;
        }
    }
    counted
}

pub(crate) fn counts(cluster: &Cluster, shape: &Shape) -> Vec<Counts> {
    let all = &shape.spread.hard;
    all.iter()
        .map(|constraint| count(cluster, shape, all, constraint))
        .collect()
}

fn count(cluster: &Cluster, shape: &Shape, all: &[Constraint], constraint: &Constraint) -> Counts {
    let topology = cluster.topologies.get(constraint.topology);
    let mut by_domain = vec![0; topology.domains()];
    let mut present = vec![false; topology.domains()];
    for (counted, &domain) in counted_nodes(cluster, shape, all, constraint)
        .into_iter()
        .zip(&topology.domain)
    {
        present[domain as usize] |= counted;
    }
    if constraint.counts {
        for &set in cluster.selectors.chosen(constraint.selector) {
            for resident in cluster.residents.of(set) {
                let slot = resident.slot as usize;
                if resident.live > 0 && counts_node(cluster, shape, all, constraint, slot) {
                    by_domain[topology.domain[slot] as usize] += i64::from(resident.live);
                }
            }
        }
    }
    let (mut lowest, mut lowest_domain, mut next) = (i64::MAX, NOWHERE, i64::MAX);
    let mut domains = 0;
    for (domain, &count) in by_domain.iter().enumerate() {
        if !present[domain] {
            continue;
        }
        domains += 1;
        if count < lowest {
            next = lowest;
            (lowest, lowest_domain) = (count, domain as u32);
        } else {
            next = next.min(count);
        }
    }
    Counts {
        by_domain,
        present,
        domains,
        lowest,
        lowest_domain,
        next,
    }
}
