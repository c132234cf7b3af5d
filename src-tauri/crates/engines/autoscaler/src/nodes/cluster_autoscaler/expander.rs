//! Choosing the group that grows, after `expander/`: each chooser passes the best options on to the
//! next, and a draw decides between what is left.

use drydock_model::Money;

use super::decision::{ExpansionOption, Score};
use super::estimate::Estimate;
use super::preferred::{preferred_milli_cpu, suppressed_unfitness};
use super::seen::Seen;
use super::settings::{Expander, Settings, UnitPrices};
use crate::nodes::Amounts;

const GIB: i128 = 1 << 30;

/// A group that could grow.
pub(super) struct Candidate {
    pub group: usize,
    pub estimate: Estimate,
}

/// Which candidate is taken, and what every expander made of each. None where the expanders want
/// none of them.
pub(super) fn choose(
    candidates: &[Candidate],
    settings: &Settings,
    seen: &Seen<'_>,
) -> (Option<usize>, Vec<ExpansionOption>) {
    let mut options: Vec<ExpansionOption> = candidates
        .iter()
        .map(|candidate| ExpansionOption {
            group: seen.groups[candidate.group].name.clone(),
            nodes: candidate.estimate.nodes,
            pods: candidate.estimate.pods.len() as u32,
            scores: Vec::new(),
            chosen: false,
        })
        .collect();
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    for expander in &settings.expanders {
        let values: Vec<(usize, Option<f64>)> = left
            .iter()
            .map(|&at| (at, value(expander, &candidates[at], seen)))
            .collect();
        for &(at, value) in &values {
            options[at].scores.push(Score {
                expander: name(expander),
                value,
            });
        }
        left = best(expander, &values);
        if left.len() < 2 {
            break;
        }
    }
    let chosen = draw(&left, seen.draw);
    if let Some(chosen) = chosen {
        options[chosen].chosen = true;
    }
    (chosen, options)
}

fn name(expander: &Expander) -> &'static str {
    match expander {
        Expander::LeastWaste => "least-waste",
        Expander::Random => "random",
        Expander::MostPods => "most-pods",
        Expander::Price(_) => "price",
        Expander::Priority => "priority",
    }
}

/// The options that are best by their values, in their order.
fn best(expander: &Expander, values: &[(usize, Option<f64>)]) -> Vec<usize> {
    let known = || values.iter().filter_map(|&(_, value)| value);
    let wanted = match expander {
        Expander::Random => None,
        Expander::LeastWaste | Expander::Price(_) => known().min_by(f64::total_cmp),
        Expander::MostPods | Expander::Priority => known().max_by(f64::total_cmp),
    };
    match (wanted, expander) {
        // An option without a price is never taken by price.
        (None, Expander::Price(_)) => Vec::new(),
        (None, _) => values.iter().map(|&(at, _)| at).collect(),
        (Some(wanted), _) => values
            .iter()
            .filter(|&&(_, value)| value == Some(wanted))
            .map(|&(at, _)| at)
            .collect(),
    }
}

/// One of them, each as likely, by the high bits of the draw.
fn draw(left: &[usize], draw: u64) -> Option<usize> {
    let at = (u128::from(draw) * left.len() as u128) >> 64;
    left.get(at as usize).copied()
}

fn value(expander: &Expander, candidate: &Candidate, seen: &Seen<'_>) -> Option<f64> {
    let group = &seen.groups[candidate.group];
    match expander {
        Expander::Random => None,
        Expander::MostPods => Some(candidate.estimate.pods.len() as f64),
        Expander::Priority => group.priority.map(f64::from),
        Expander::LeastWaste => Some(waste(candidate, seen)),
        Expander::Price(prices) => price_score(candidate, prices, seen),
    }
}

fn requests(candidate: &Candidate, seen: &Seen<'_>) -> Amounts {
    candidate
        .estimate
        .pods
        .iter()
        .fold(Amounts::default(), |sum, pod| {
            sum.plus(seen.pods[pod].requests)
        })
}

/// Share of the new nodes' CPU that stays idle plus that of their memory (`waste.go`: of capacity).
fn waste(candidate: &Candidate, seen: &Seen<'_>) -> f64 {
    let capacity = seen.groups[candidate.group].capacity;
    let asked = requests(candidate, seen);
    let wasted = |asked: u64, capacity: u64| {
        let offered = capacity as f64 * f64::from(candidate.estimate.nodes);
        if offered == 0.0 {
            0.0
        } else {
            (offered - asked as f64) / offered
        }
    };
    wasted(asked.milli_cpu, capacity.milli_cpu) + wasted(asked.memory_bytes, capacity.memory_bytes)
}

fn worth(requests: Amounts, prices: &UnitPrices) -> Option<Money> {
    let cores = prices
        .core_per_hour
        .times_ratio(i128::from(requests.milli_cpu), 1000)?;
    let memory = prices
        .gib_per_hour
        .times_ratio(i128::from(requests.memory_bytes), GIB)?;
    Some(cores + memory)
}

/// Money for the nodes over the worth of the pods, both steadied by half a core and 500 MiB, times
/// the node's unfitness (`price.go`).
fn price_score(candidate: &Candidate, prices: &UnitPrices, seen: &Seen<'_>) -> Option<f64> {
    let group = &seen.groups[candidate.group];
    let count = candidate.estimate.nodes;
    let nodes = group.price_per_hour?.times_ratio(i128::from(count), 1)?;
    let steadying = Amounts {
        milli_cpu: 500,
        memory_bytes: 500 << 20,
    };
    let steady = worth(steadying, prices)?;
    let pods = worth(requests(candidate, seen), prices)?;
    let per_worth = (nodes + steady).approximate() / (pods + steady).approximate();
    let preferred = preferred_milli_cpu(seen.nodes.len());
    let unfitness = suppressed_unfitness(preferred, group.capacity.milli_cpu, count);
    Some(unfitness * per_worth)
}
