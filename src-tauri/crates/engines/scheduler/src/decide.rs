//! The decision: filter every node, score the feasible ones, take the best. No strings are built here.

use std::sync::Arc;

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::outlook::{Outlook, Rejection};
use crate::plugins::{Code, Plugin, node_resources_fit};
use crate::rejections::{Reason, Rejections};
use crate::scores;
use crate::shape::Shape;
use crate::trial::Trial;

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

/// The best of the feasible nodes.
pub(crate) struct Best {
    pub slot: u32,
    pub score: i64,
    pub ties: u32,
}

impl Cluster {
    /// Decides where a pod of this shape goes now. Nothing is bound.
    pub fn decide(&mut self, shape: ShapeId) -> Decision {
        self.decide_pod(None, shape)
    }

    /// The same for a pod that may be nominated for a node: that node is tried first, and its nomination does not stand
    /// in its own way.
    pub fn decide_pod(&mut self, pod: Option<PodKey>, shape: ShapeId) -> Decision {
        let shape = Arc::clone(&self.shapes[shape.0 as usize]);
        let pinned = self.constraints[shape.constraints].named().is_some();
        if !pinned {
            self.load(&shape);
        }
        let outlook = Outlook::new(self, &shape);
        let alone = self.nominated_alone(pod, &outlook);
        let field = if pinned || alone.is_some() {
            None
        } else {
            self.field(pod, &outlook)
        };
        let (best, feasible) = if let Some(field) = field {
            (self.best_of(&shape, &field), field.feasible)
        } else {
            let feasible = self.feasible(pod, &outlook);
            (self.best(&shape, &feasible), feasible.len() as u32)
        };
        if let Some(Best { slot, score, ties }) = best {
            return Decision::Placed {
                node: NodeId(slot),
                score,
                ties,
                feasible,
            };
        }
        let outlook = Outlook::new(self, &shape);
        Decision::Unschedulable(self.rejections(pod, &outlook))
    }

    /// The node a pod is nominated for, where that takes it.
    fn nominated_alone(&self, pod: Option<PodKey>, outlook: &Outlook<'_>) -> Option<u32> {
        let &(_, node) = self.nominated.get(&pod?)?;
        self.verdict(pod, outlook, node.index())
            .is_none()
            .then_some(node.0)
    }

    /// The slots that pass every filter, in ascending order: the nominated node alone, where it does.
    pub(crate) fn feasible(&self, pod: Option<PodKey>, outlook: &Outlook<'_>) -> Vec<u32> {
        if let Some(slot) = self.nominated_alone(pod, outlook) {
            return vec![slot];
        }
        let shape = outlook.shape;
        let named = self.constraints[shape.constraints].named();
        if let Some(names) = named.filter(|_| self.profile.filters(Plugin::NodeAffinity)) {
            let mut slots: Vec<_> = names
                .iter()
                .filter_map(|&name| self.node_id(self.symbols.text(name)))
                .filter(|node| self.verdict(pod, outlook, node.index()).is_none())
                .map(|node| node.0)
                .collect();
            slots.sort_unstable();
            return slots;
        }
        (0..self.traits.len() as u32)
            .filter(|&slot| {
                self.traits[slot as usize].live
                    && self.verdict(pod, outlook, slot as usize).is_none()
            })
            .collect()
    }

    /// The first filter that rejects a node, with and without the pods nominated for it.
    pub(crate) fn verdict(
        &self,
        pod: Option<PodKey>,
        outlook: &Outlook<'_>,
        slot: usize,
    ) -> Option<Rejection> {
        if !self.nominated.is_empty() {
            let mut trial = Trial::new(outlook, slot);
            if self.add_nominated(pod, outlook, slot, &mut trial)
                && let Some(rejection) = outlook.rejection(slot, Some(&trial))
            {
                return Some(rejection);
            }
        }
        outlook.rejection(slot, None)
    }

    /// Puts the pods nominated for a node on it that are at least as important. Answers whether there are any.
    pub(crate) fn add_nominated(
        &self,
        pod: Option<PodKey>,
        outlook: &Outlook<'_>,
        slot: usize,
        trial: &mut Trial,
    ) -> bool {
        let mut any = false;
        for (&other, &(shape, node)) in &self.nominated {
            let shape = &self.shapes[shape.0 as usize];
            if node.index() == slot
                && Some(other) != pod
                && shape.priority >= outlook.shape.priority
            {
                trial.add(outlook, shape);
                any = true;
            }
        }
        any
    }

    fn rejections(&self, pod: Option<PodKey>, outlook: &Outlook<'_>) -> Rejections {
        let mut rejections = Rejections::default();
        for &slot in &self.order {
            let Some(rejection) = self.verdict(pod, outlook, slot as usize) else {
                continue;
            };
            rejections.nodes += 1;
            if let Some(reason) = Reason::of(rejection) {
                rejections.add(reason, rejection.code());
            } else {
                let mut trial = Trial::new(outlook, slot as usize);
                self.add_nominated(pod, outlook, slot as usize, &mut trial);
                self.count_shortages(outlook.shape, &trial, rejection.code(), &mut rejections);
            }
        }
        rejections
    }

    fn count_shortages(&self, shape: &Shape, trial: &Trial, code: Code, to: &mut Rejections) {
        let mut last_scalar = false;
        let demand = &self.appetites[shape.appetite].demand;
        let taken = Some(&trial.taken);
        node_resources_fit::shortages(&self.columns, demand, trial.slot, taken, |short| {
            let reason = Reason::of_shortage(short);
            if reason != Reason::InsufficientScalar || !last_scalar {
                to.add(reason, code);
            }
            last_scalar = reason == Reason::InsufficientScalar;
        });
    }

    pub(crate) fn best(&self, shape: &Shape, feasible: &[u32]) -> Option<Best> {
        let totals = scores::totals(self, shape, feasible);
        let top = *totals.iter().max()?;
        let mut tied = feasible
            .iter()
            .zip(&totals)
            .filter(|&(_, &total)| total == top)
            .map(|(&slot, _)| slot);
        let first = tied.next()?;
        let (slot, ties) = tied.fold((first, 1), |(best, ties), slot| {
            let better = self.rank[slot as usize] < self.rank[best as usize];
            (if better { slot } else { best }, ties + 1)
        });
        Some(Best {
            slot,
            score: top,
            ties,
        })
    }
}
