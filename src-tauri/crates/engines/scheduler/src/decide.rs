//! The decision: filter every node, score the feasible ones, take the best. No strings are built here.

use crate::cluster::{Cluster, NodeId, ShapeId};
use crate::constraints::{Judged, Standing};
use crate::plugins::{
    Code, Plugin, balanced_allocation, image_locality, node_resources_fit, normalise,
};
use crate::rejections::{Reason, Rejections};
use crate::shape::Shape;

/// Where a pod goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// There is a node for it.
    Placed {
        /// The best node; of equals the one with the bytewise smallest name.
        node: NodeId,
        /// Its total of weighted, normalised scores, also where it is the only one and the original would not score.
        score: i64,
        /// Nodes that share this score, this one included.
        ties: u32,
        /// Nodes that passed every filter.
        feasible: u32,
    },
    /// No node passes the filters.
    Unschedulable(Rejections),
}

/// What normalisation and ImageLocality need of the feasible nodes together.
pub(crate) struct Scoring<'a> {
    cluster: &'a Cluster,
    shape: &'a Shape,
    judged: &'a Judged,
    max_intolerable: i64,
    max_preference: i64,
    image_sums: Option<Vec<i64>>,
}

/// Score plugins in the order in which they are explained.
pub(crate) const SCORED: [Plugin; 5] = [
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodeResourcesFit,
    Plugin::NodeResourcesBalancedAllocation,
    Plugin::ImageLocality,
];

impl<'a> Scoring<'a> {
    pub(crate) fn new(cluster: &'a Cluster, shape: &'a Shape, feasible: &[u32]) -> Self {
        let judged = &cluster.judged[shape.constraints];
        let max = |column: &[u32]| {
            feasible
                .iter()
                .map(|&slot| i64::from(column[slot as usize]))
                .max()
                .unwrap_or(0)
        };
        Self {
            cluster,
            shape,
            judged,
            max_intolerable: max(&judged.intolerable),
            max_preference: max(&judged.preference),
            image_sums: cluster.images.sums(
                &shape.images,
                cluster.names.len(),
                cluster.order.len(),
            ),
        }
    }

    /// Weighted, normalised scores of a node, in the order of [`SCORED`]; none where a plugin skips this pod.
    pub(crate) fn scores(&self, slot: usize) -> [Option<i64>; 5] {
        let Self { shape, judged, .. } = self;
        let columns = &self.cluster.columns;
        let weights = &self.cluster.profile.weights;
        let taints = normalise(judged.intolerable[slot].into(), self.max_intolerable, true);
        let affinity = judged
            .constraints
            .has_preference()
            .then(|| normalise(judged.preference[slot].into(), self.max_preference, false));
        let fit = node_resources_fit::least_allocated(columns, shape.scored, slot);
        let balanced = (shape.balanced != [0, 0])
            .then(|| balanced_allocation::score(columns, shape.balanced, slot));
        let images = self.image_sums.as_ref().map_or(0, |sums| {
            image_locality::score(sums[slot], shape.containers)
        });
        [
            Some(taints * weights.taint_toleration),
            affinity.map(|score| score * weights.node_affinity),
            Some(fit * weights.node_resources_fit),
            balanced.map(|score| score * weights.balanced_allocation),
            Some(images * weights.image_locality),
        ]
    }

    pub(crate) fn total(&self, slot: usize) -> i64 {
        self.scores(slot).into_iter().flatten().sum()
    }
}

/// The best of the nodes looked at so far.
pub(crate) struct Best {
    pub slot: u32,
    pub score: i64,
    pub ties: u32,
}

impl Cluster {
    /// Decides where a pod of this shape goes now. Nothing is bound.
    pub fn decide(&self, shape: ShapeId) -> Decision {
        let shape = self.shape(shape);
        let mut rejections = Rejections::default();
        let feasible = self.filter(shape, &mut rejections);
        match self.best(&Scoring::new(self, shape, &feasible), &feasible) {
            Some(Best { slot, score, ties }) => Decision::Placed {
                node: NodeId(slot),
                score,
                ties,
                feasible: feasible.len() as u32,
            },
            None => Decision::Unschedulable(rejections),
        }
    }

    /// The slots that pass every filter, and counted reasons for the others.
    pub(crate) fn filter(&self, shape: &Shape, rejections: &mut Rejections) -> Vec<u32> {
        let judged = &self.judged[shape.constraints];
        let mut feasible = Vec::with_capacity(self.order.len());
        for (slot, &standing) in judged.standing.iter().enumerate() {
            if standing == Standing::Gone {
                continue;
            }
            rejections.nodes += 1;
            if !shape.gates.is_empty() {
                rejections.add(Reason::Gated, Code::UnschedulableAndUnresolvable);
            } else if let Some(reason) = Reason::of_standing(standing) {
                rejections.add(reason, Code::UnschedulableAndUnresolvable);
            } else if !shape.ports.is_empty() && self.ports[slot].conflict(&shape.ports) {
                rejections.add(Reason::PortsTaken, Code::Unschedulable);
            } else if node_resources_fit::fits(&self.columns, &shape.demand, slot) {
                feasible.push(slot as u32);
            } else {
                self.count_shortages(shape, slot, rejections);
            }
        }
        feasible
    }

    /// The code is the node's as a whole, so it is known only once every resource has been looked at.
    fn count_shortages(&self, shape: &Shape, slot: usize, rejections: &mut Rejections) {
        let mut code = Code::Unschedulable;
        node_resources_fit::shortages(&self.columns, &shape.demand, slot, |short| {
            if short.unresolvable() {
                code = Code::UnschedulableAndUnresolvable;
            }
        });
        let mut last_scalar = false;
        node_resources_fit::shortages(&self.columns, &shape.demand, slot, |short| {
            let reason = Reason::of_shortage(short);
            if reason != Reason::InsufficientScalar || !last_scalar {
                rejections.add(reason, code);
            }
            last_scalar = reason == Reason::InsufficientScalar;
        });
    }

    pub(crate) fn best(&self, scoring: &Scoring<'_>, feasible: &[u32]) -> Option<Best> {
        let mut best: Option<Best> = None;
        for &slot in feasible {
            let score = scoring.total(slot as usize);
            match &mut best {
                Some(best) if score < best.score => {}
                Some(best) if score == best.score => {
                    best.ties += 1;
                    if self.rank[slot as usize] < self.rank[best.slot as usize] {
                        best.slot = slot;
                    }
                }
                _ => {
                    best = Some(Best {
                        slot,
                        score,
                        ties: 1,
                    });
                }
            }
        }
        best
    }
}
