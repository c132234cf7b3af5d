//! What `ScheduleAnyway` constraints prefer: domains with few matching pods.
//!
//! Source: `plugins/podtopologyspread/scoring.go`.

use super::Constraint;
use super::filter::passes_policies;
use crate::cluster::Cluster;
use crate::plugins::MAX_NODE_SCORE;
use crate::shape::Shape;
use crate::strategy::percent;
use crate::topology::NOWHERE;

/// Fills in the normalised score of every feasible node. Answers false where the plugin skips the pod.
pub(crate) fn score(cluster: &Cluster, shape: &Shape, feasible: &[u32], out: &mut [i64]) -> bool {
    let soft = &shape.spread.soft;
    if soft.is_empty() || feasible.is_empty() {
        return false;
    }
    let all_labels = shape.spread.all_labels;
    let lacks = |slot: u32| {
        soft.iter().any(|constraint| {
            cluster.topologies.get(constraint.topology).domain[slot as usize] == NOWHERE
        })
    };
    // Most topologies are on every node: then nobody has to be left out.
    let everywhere = soft
        .iter()
        .all(|constraint| cluster.topologies.get(constraint.topology).is_everywhere());
    let ignored: Vec<bool> = if all_labels && !everywhere {
        feasible.iter().map(|&slot| lacks(slot)).collect()
    } else {
        Vec::new()
    };
    let left_out = |at: usize| ignored.get(at) == Some(&true);
    let taking_part = feasible.len() - ignored.iter().filter(|&&ignored| ignored).count();

    let mut sums = vec![0.0_f64; feasible.len()];
    for constraint in soft {
        let topology = cluster.topologies.get(constraint.topology);
        let counted = count(cluster, shape, constraint, feasible, &left_out, taking_part);
        if constraint.by_host {
            for (sum, &slot) in sums.iter_mut().zip(feasible) {
                if topology.domain[slot as usize] != NOWHERE {
                    *sum += counted.worth(slot as usize);
                }
            }
            continue;
        }
        let worths: Vec<_> = (0..counted.counts.len())
            .map(|domain| counted.worth(domain))
            .collect();
        for (sum, &slot) in sums.iter_mut().zip(feasible) {
            let domain = topology.domain[slot as usize];
            if domain != NOWHERE {
                *sum += worths[domain as usize];
            }
        }
    }
    let (mut lowest, mut highest) = (i64::MAX, 0);
    for (at, (out, sum)) in out.iter_mut().zip(&sums).enumerate() {
        *out = rounded(*sum);
        if !left_out(at) {
            lowest = lowest.min(*out);
            highest = highest.max(*out);
        }
    }
    for (at, out) in out.iter_mut().enumerate() {
        *out = if left_out(at) {
            0
        } else if highest == 0 {
            MAX_NODE_SCORE
        } else {
            percent(highest + lowest - *out, highest)
        };
    }
    true
}

/// Half away from zero, for what is neither negative nor near 2^52: `f64::round` is a call where the processor may lack
/// the instruction.
fn rounded(sum: f64) -> i64 {
    let whole = sum as i64;
    whole + i64::from(sum - whole as f64 >= 0.5)
}

/// Matching pods by domain or, by host, by slot.
struct Counted {
    counts: Vec<u32>,
    /// Logarithm of the number of domains.
    weight: f64,
    /// What the skew allows.
    slack: f64,
}

impl Counted {
    /// What a domain or slot adds to a node's sum.
    fn worth(&self, at: usize) -> f64 {
        f64::from(self.counts[at]) * self.weight + self.slack
    }
}

fn count(
    cluster: &Cluster,
    shape: &Shape,
    constraint: &Constraint,
    feasible: &[u32],
    left_out: &impl Fn(usize) -> bool,
    taking_part: usize,
) -> Counted {
    let topology = cluster.topologies.get(constraint.topology);
    let slack = (constraint.max_skew - 1) as f64;
    let residents = cluster
        .selectors
        .chosen(constraint.selector)
        .iter()
        .filter(|_| constraint.counts)
        .flat_map(|&set| cluster.residents.of(set));
    if constraint.by_host {
        let weight = libm::log((taking_part + 2) as f64);
        let mut counts = vec![0_u32; cluster.traits.len()];
        for resident in residents {
            counts[resident.slot as usize] += resident.live;
        }
        return Counted {
            counts,
            weight,
            slack,
        };
    }
    // A node without the label counts as one more domain where the labels are not required.
    let mut there = vec![false; topology.domains()];
    for (at, &slot) in feasible.iter().enumerate() {
        if !left_out(at) {
            there[topology.domain[slot as usize] as usize] = true;
        }
    }
    let size = there.iter().filter(|&&there| there).count();
    let weight = libm::log((size + 2) as f64);
    let mut counts = vec![0_u32; topology.domains()];
    let soft = &shape.spread.soft;
    for resident in residents {
        let slot = resident.slot as usize;
        let domain = topology.domain[slot];
        let counted = domain != NOWHERE
            && resident.live > 0
            && (!shape.spread.all_labels
                || soft
                    .iter()
                    .all(|other| cluster.topologies.get(other.topology).domain[slot] != NOWHERE))
            && passes_policies(cluster, shape, constraint, slot);
        if counted {
            counts[domain as usize] += resident.live;
        }
    }
    Counted {
        counts,
        weight,
        slack,
    }
}
