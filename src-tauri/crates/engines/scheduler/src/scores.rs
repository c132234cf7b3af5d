//! The scores of the feasible nodes, plugin by plugin: normalised over them and weighted.

use crate::cluster::Cluster;
use crate::plugins::{
    Plugin, balanced_allocation, inter_pod_affinity, node_resources_fit, normalise,
    pod_topology_spread,
};
use crate::shape::Shape;

/// Score plugins in the order in which they are explained.
pub(crate) const SCORED: [Plugin; 7] = [
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
    Plugin::NodeResourcesFit,
    Plugin::NodeResourcesBalancedAllocation,
    Plugin::ImageLocality,
];

/// Fills in the weighted score of every feasible node. Answers false where the plugin skips the pod or is off.
pub(crate) fn score(
    plugin: Plugin,
    cluster: &Cluster,
    shape: &Shape,
    feasible: &[u32],
    out: &mut [i64],
) -> bool {
    let weight = cluster.profile.weight(plugin);
    if weight == 0 || feasible.is_empty() {
        return false;
    }
    let each = |out: &mut [i64], score: &dyn Fn(usize) -> i64| {
        for (out, &slot) in out.iter_mut().zip(feasible) {
            *out = score(slot as usize);
        }
        true
    };
    let appetite = &cluster.appetites[shape.appetite];
    let scored = match plugin {
        Plugin::TaintToleration => taints(cluster, shape, feasible, out),
        Plugin::NodeAffinity => affinity(cluster, shape, feasible, out),
        Plugin::PodTopologySpread => {
            pod_topology_spread::score::score(cluster, shape, feasible, out)
        }
        Plugin::InterPodAffinity => inter_pod_affinity::score::score(cluster, shape, feasible, out),
        Plugin::NodeResourcesFit => each(out, &|slot| {
            let curve = &cluster.profile.strategy.curve;
            node_resources_fit::score(&cluster.columns, curve, &appetite.scored, slot)
        }),
        Plugin::NodeResourcesBalancedAllocation => {
            appetite.balanced.as_ref().is_some_and(|balanced| {
                each(out, &|slot| {
                    balanced_allocation::score(&cluster.columns, balanced, slot)
                })
            })
        }
        Plugin::ImageLocality => images(cluster, shape, feasible, out),
        _ => false,
    };
    if scored && weight != 1 {
        for out in out.iter_mut() {
            *out *= weight;
        }
    }
    scored
}

/// Sum of the scores of every feasible node.
pub(crate) fn totals(cluster: &Cluster, shape: &Shape, feasible: &[u32]) -> Vec<i64> {
    let mut totals = vec![0; feasible.len()];
    let mut scores = vec![0; feasible.len()];
    for plugin in SCORED {
        if score(plugin, cluster, shape, feasible, &mut scores) {
            for (total, score) in totals.iter_mut().zip(&scores) {
                *total += score;
            }
        }
    }
    totals
}

/// Fills in 0 to 100 by the largest of the values; turned round where less is better.
fn normalised(values: impl Iterator<Item = u32> + Clone, reverse: bool, out: &mut [i64]) {
    let max = i64::from(values.clone().max().unwrap_or(0));
    for (out, value) in out.iter_mut().zip(values) {
        *out = normalise(value.into(), max, reverse);
    }
}

fn taints(cluster: &Cluster, shape: &Shape, feasible: &[u32], out: &mut [i64]) -> bool {
    let constraints = &cluster.constraints[shape.constraints];
    let values: Vec<_> = feasible
        .iter()
        .map(|&slot| constraints.intolerable(&cluster.traits[slot as usize]))
        .collect();
    normalised(values.into_iter(), true, out);
    true
}

fn affinity(cluster: &Cluster, shape: &Shape, feasible: &[u32], out: &mut [i64]) -> bool {
    let constraints = &cluster.constraints[shape.constraints];
    if !constraints.has_preference() {
        return false;
    }
    let values: Vec<_> = feasible
        .iter()
        .map(|&slot| constraints.preference(&cluster.traits[slot as usize], &cluster.symbols))
        .collect();
    normalised(values.into_iter(), false, out);
    true
}

fn images(cluster: &Cluster, shape: &Shape, feasible: &[u32], out: &mut [i64]) -> bool {
    let fill = |scores: Option<&Vec<i64>>, out: &mut [i64]| match scores {
        None => out.fill(0),
        Some(scores) => {
            for (out, &slot) in out.iter_mut().zip(feasible) {
                *out = scores[slot as usize];
            }
        }
    };
    if let Some(scores) = cluster.caches.images(shape.images) {
        fill(scores.as_ref(), out);
    } else {
        let (slots, nodes) = (cluster.names.len(), cluster.order.len());
        let scores = cluster.images.scores(shape.images, slots, nodes);
        fill(scores.as_ref(), out);
    }
    true
}
