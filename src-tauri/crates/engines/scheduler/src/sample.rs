//! The original's luck: it looks at a part of the nodes only, from where it stopped the last time, and takes one of the
//! best at random. Played over several seeds, this shows how often each pod lands where.
//!
//! Source: `numFeasibleNodesToFind`, `findNodesThatPassFilters` and `selectHost` of `pkg/scheduler/schedule_one.go`, the
//! order of nodes of `backend/cache/node_tree.go`. The original filters with several workers at once; here they go one
//! after the other.

use std::collections::BTreeMap;

use rand::Rng;

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::outlook::Outlook;
use crate::plugins::Plugin;
use crate::preempt::Search;
use crate::queue::queue_order;
use crate::schedule::Arrival;
use crate::scores;

/// At least so many feasible nodes are looked for, and at least so many percent of the nodes.
const LEAST_NODES: i64 = 100;
const LEAST_PERCENT: i64 = 5;

/// How often each pod landed on each node, or stayed pending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landings {
    /// Plays.
    pub plays: u32,
    /// By pod and node; none stands for pending.
    pub counts: BTreeMap<PodKey, BTreeMap<Option<NodeId>, u32>>,
}

impl Landings {
    /// Counts the plays of another tally in.
    pub fn add(&mut self, other: Landings) {
        self.plays += other.plays;
        for (pod, counts) in other.counts {
            let all = self.counts.entry(pod).or_default();
            for (node, plays) in counts {
                *all.entry(node).or_insert(0) += plays;
            }
        }
    }
}

/// How many feasible nodes are enough among `nodes`; a percentage of 0 adapts to their number.
pub(crate) fn enough(nodes: i64, percentage: i64) -> i64 {
    if nodes < LEAST_NODES {
        return nodes;
    }
    let percentage = if percentage == 0 {
        (50 - nodes / 125).max(LEAST_PERCENT)
    } else {
        percentage
    };
    (nodes * percentage / 100).max(LEAST_NODES)
}

/// One play: where the next search starts.
struct Play<'a, R> {
    cluster: Cluster,
    rng: &'a mut R,
    /// Slots in the order in which the original goes through them.
    order: Vec<u32>,
    start: usize,
}

impl Cluster {
    /// Plays the queue once for every generator, each from the cluster as it is. Pods that are evicted vanish.
    pub fn landings<R: Rng>(
        &self,
        arrivals: &[Arrival],
        generators: impl IntoIterator<Item = R>,
    ) -> Landings {
        let mut queue: Vec<_> = arrivals
            .iter()
            .map(|arrival| arrival.queued.clone())
            .collect();
        queue_order(&mut queue);
        let shapes: BTreeMap<_, _> = arrivals
            .iter()
            .map(|arrival| (arrival.queued.key, arrival.shape))
            .collect();
        let mut landings = Landings::default();
        for mut rng in generators {
            let mut play = Play {
                cluster: self.clone(),
                rng: &mut rng,
                order: self.interleaved(),
                start: 0,
            };
            for queued in &queue {
                play.place(queued.key, shapes[&queued.key]);
            }
            landings.plays += 1;
            for queued in &queue {
                let node = play.cluster.node_of(queued.key);
                let counts = landings.counts.entry(queued.key).or_default();
                *counts.entry(node).or_insert(0) += 1;
            }
        }
        landings
    }

    /// Live nodes, one of each zone in turn, by name within a zone.
    fn interleaved(&self) -> Vec<u32> {
        let label = |slot: u32, key: &str| {
            let labels = &self.traits[slot as usize].labels.labels;
            labels
                .iter()
                .find(|&&(name, _)| self.symbols.text(name) == key)
                .map(|&(_, value)| value)
        };
        let mut zones: Vec<(_, Vec<u32>)> = Vec::new();
        for &slot in &self.order {
            let zone = (
                label(slot, "topology.kubernetes.io/region"),
                label(slot, "topology.kubernetes.io/zone"),
            );
            match zones.iter_mut().find(|(other, _)| *other == zone) {
                Some((_, slots)) => slots.push(slot),
                None => zones.push((zone, vec![slot])),
            }
        }
        let longest = zones
            .iter()
            .map(|(_, slots)| slots.len())
            .max()
            .unwrap_or(0);
        (0..longest)
            .flat_map(|at| zones.iter().filter_map(move |(_, slots)| slots.get(at)))
            .copied()
            .collect()
    }
}

impl<R: Rng> Play<'_, R> {
    fn place(&mut self, pod: PodKey, shape: ShapeId) {
        if !self.cluster.shape(shape).gates().is_empty() {
            return;
        }
        let mut found = self.find(pod, shape);
        if found.is_empty()
            && let Some(node) = self.preempt(pod, shape)
        {
            self.cluster.nominate(pod, shape, node);
            found = self.find(pod, shape);
            self.cluster.withdraw(pod);
        }
        if let Some(node) = self.choose(shape, &found) {
            self.cluster.bind(pod, shape, node);
        }
    }

    /// Feasible nodes, as many as are enough.
    fn find(&mut self, pod: PodKey, shape: ShapeId) -> Vec<u32> {
        let cluster = &self.cluster;
        let shape = cluster.shape(shape);
        let outlook = Outlook::new(cluster, shape);
        if let Some(node) = cluster.nomination_of(pod)
            && cluster.verdict(Some(pod), &outlook, node.index()).is_none()
        {
            return vec![node.0];
        }
        let named = cluster.constraints[shape.constraints].named();
        let candidates: Vec<u32> = match named {
            Some(names) if cluster.profile.filters(Plugin::NodeAffinity) => self
                .order
                .iter()
                .filter(|&&slot| names.contains(&cluster.traits[slot as usize].labels.name))
                .copied()
                .collect(),
            _ => self.order.clone(),
        };
        let percentage = i64::from(cluster.profile.percentage_of_nodes_to_score);
        let wanted = enough(candidates.len() as i64, percentage) as usize;
        let (mut found, mut processed) = (Vec::new(), 0);
        while found.len() < wanted && processed < candidates.len() {
            let slot = candidates[(self.start + processed) % candidates.len()];
            if cluster
                .verdict(Some(pod), &outlook, slot as usize)
                .is_none()
            {
                found.push(slot);
            }
            processed += 1;
        }
        self.start = (self.start + processed) % self.order.len().max(1);
        found.sort_unstable();
        found
    }

    fn choose(&mut self, shape: ShapeId, found: &[u32]) -> Option<NodeId> {
        let totals = scores::totals(&self.cluster, self.cluster.shape(shape), found);
        let top = totals.iter().max()?;
        let best: Vec<_> = found
            .iter()
            .zip(&totals)
            .filter(|&(_, total)| total == top)
            .map(|(&slot, _)| slot)
            .collect();
        Some(NodeId(best[self.rng.random_range(0..best.len())]))
    }

    /// Evicts for a pod, and answers the node that it is nominated for.
    fn preempt(&mut self, pod: PodKey, shape: ShapeId) -> Option<NodeId> {
        let rng = &mut *self.rng;
        let search = Search::Some {
            order: &self.order,
            offset: &mut |nodes| rng.random_range(0..nodes),
        };
        let mut preemption = self.cluster.preempt_among(Some(pod), shape, search);
        if preemption.best.is_empty() {
            return None;
        }
        let at = self.rng.random_range(0..preemption.best.len());
        preemption.nominated = Some(preemption.best[at]);
        for victim in preemption.victims().to_vec() {
            self.cluster.unbind(victim);
        }
        preemption.nominated
    }
}

#[cfg(test)]
mod tests {
    use super::enough;

    #[test]
    fn how_many_are_enough() {
        for (nodes, percentage, expect) in [
            (50, 0, 50),
            (100, 0, 100),
            (1_000, 0, 420),
            (5_000, 0, 500),
            (6_000, 0, 300),
            (15_000, 0, 750),
            (1_000, 5, 100),
            (1_000, 70, 700),
        ] {
            assert_eq!(enough(nodes, percentage), expect, "{nodes} {percentage}");
        }
    }
}
