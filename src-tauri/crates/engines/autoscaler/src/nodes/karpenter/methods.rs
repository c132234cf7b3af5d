//! The four ways of disrupting nodes, each looking for one thing to do. After `emptiness.go`,
//! `drift.go`, `multinodeconsolidation.go` and `singlenodeconsolidation.go` of `disruption`.

use std::collections::BTreeMap;

use super::candidates::Candidate;
use super::claim::Claim;
use super::consolidate::{Consolidation, consolidate, pack};
use super::decision::{Method, Why};
use super::memory::{Memory, NodeKey};
use super::pool::ConsolidationPolicy;
use super::pool_budgets::left;
use super::seen::Seen;
use super::settings::Settings;
use crate::nodes::{NodeRef, Placement};

/// Nodes that can go, and what has to take their place.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    pub method: Method,
    pub nodes: Vec<Candidate<'a>>,
    /// Claims with the offers that they settled for.
    pub replacements: Vec<(Claim, usize)>,
    /// Offers that are cheap enough, for a consolidation.
    pub cheap_enough: Vec<usize>,
    /// Nodes that are there and take the pods.
    pub onto: Vec<NodeKey>,
}

/// A look for something to do.
pub(super) struct Look<'a, 's, P> {
    pub settings: &'s Settings,
    pub seen: &'s Seen<'a>,
    pub memory: &'s Memory,
    pub placement: &'s P,
    /// By disruption cost.
    pub candidates: &'s [Candidate<'a>],
}

/// What a method found.
pub(super) enum Found<'a> {
    /// Something to do.
    Plan(Plan<'a>),
    /// Nothing; and there will be nothing until the cluster changes, unless a budget held it back.
    Nothing { held_back: bool },
}

impl<'a, P: Placement> Look<'a, '_, P> {
    /// What a method wants done. Notes of each candidate that it leaves alone why.
    pub fn find(&self, method: Method, kept: &mut BTreeMap<NodeRef, Why>) -> Found<'a> {
        match method {
            Method::Emptiness => self.emptiness(kept),
            Method::Drift => self.drift(kept),
            Method::MultiNode => self.multi_node(),
            Method::SingleNode => self.single_node(kept),
        }
    }

    /// Whether a candidate is the method's business.
    pub fn concerns(&self, method: Method, candidate: &Candidate<'_>) -> bool {
        match method {
            Method::Drift => candidate.node.drifted_ns.is_some(),
            Method::Emptiness => {
                candidate.pods.is_empty() && self.may_consolidate(candidate).is_ok()
            }
            Method::MultiNode | Method::SingleNode => self.may_move(candidate).is_ok(),
        }
    }

    /// Whether consolidation may touch a node, or why not.
    fn may_consolidate(&self, candidate: &Candidate<'_>) -> Result<(), Why> {
        let from = candidate.consolidatable_from(self.seen);
        match from.ok_or(Why::ConsolidationDisabled)? {
            from if from > self.seen.now_ns => Err(Why::TooEarly(from)),
            _ => Ok(()),
        }
    }

    /// Whether consolidation may move its pods, or why not.
    fn may_move(&self, candidate: &Candidate<'_>) -> Result<(), Why> {
        let policy = self.seen.pools[candidate.pool]
            .disruption
            .consolidation_policy;
        self.may_consolidate(candidate)?;
        match policy {
            ConsolidationPolicy::WhenEmpty => Err(Why::ConsolidatedWhenEmpty),
            ConsolidationPolicy::WhenEmptyOrUnderutilized => Ok(()),
        }
    }

    fn emptiness(&self, kept: &mut BTreeMap<NodeRef, Why>) -> Found<'a> {
        let mut left = left(self.seen, self.memory, Method::Emptiness.reason());
        let mut held_back = false;
        let mut empty = Vec::new();
        for candidate in self.candidates {
            if !self.concerns(Method::Emptiness, candidate) {
                continue;
            }
            if left[candidate.pool] == 0 {
                held_back = true;
                kept.insert(candidate.id, Why::PoolBudget);
                continue;
            }
            left[candidate.pool] -= 1;
            empty.push(candidate.clone());
        }
        if empty.is_empty() {
            return Found::Nothing { held_back };
        }
        Found::Plan(Plan {
            method: Method::Emptiness,
            nodes: empty,
            replacements: Vec::new(),
            cheap_enough: Vec::new(),
            onto: Vec::new(),
        })
    }

    /// The first drifted node, the one that drifted first, whose pods have a place. An empty one is
    /// left to emptiness.
    fn drift(&self, kept: &mut BTreeMap<NodeRef, Why>) -> Found<'a> {
        let left = left(self.seen, self.memory, Method::Drift.reason());
        let mut drifted: Vec<&Candidate<'a>> = self
            .candidates
            .iter()
            .filter(|candidate| self.concerns(Method::Drift, candidate))
            .collect();
        drifted.sort_by_key(|candidate| candidate.node.drifted_ns);
        for candidate in drifted {
            if candidate.pods.is_empty() {
                continue;
            }
            if left[candidate.pool] == 0 {
                kept.insert(candidate.id, Why::PoolBudget);
                continue;
            }
            let packed = pack(&[candidate], self.seen, self.memory, self.placement);
            let mut packed = match packed {
                Ok(packed) => packed,
                Err(why) => {
                    kept.insert(candidate.id, why);
                    continue;
                }
            };
            let onto = packed.onto();
            let mut replacements = Vec::new();
            for mut claim in packed.claims {
                let options = claim.options.clone();
                if let Some(offer) = claim.settle(&options, self.seen, &mut packed.solver.trial) {
                    replacements.push((claim, offer));
                }
            }
            return Found::Plan(Plan {
                method: Method::Drift,
                nodes: vec![candidate.clone()],
                replacements,
                cheap_enough: Vec::new(),
                onto,
            });
        }
        // What drifts may begin to at any time.
        Found::Nothing { held_back: true }
    }

    /// The longest run of candidates, from the least costly on, that can go together: found by
    /// halving, so that a run is taken to be possible where a longer one is.
    fn multi_node(&self) -> Found<'a> {
        let mut left = left(self.seen, self.memory, Method::MultiNode.reason());
        let mut held_back = false;
        let mut run: Vec<&Candidate<'a>> = Vec::new();
        for candidate in self.candidates {
            if !self.concerns(Method::MultiNode, candidate) {
                continue;
            }
            if left[candidate.pool] == 0 {
                held_back = true;
                continue;
            }
            if candidate.pods.is_empty() {
                continue;
            }
            left[candidate.pool] -= 1;
            run.push(candidate);
        }
        let (mut fewest, mut most) = (2, run.len().min(self.settings.max_multi_node as usize));
        let mut best = None;
        while fewest <= most {
            // The original counts from zero, and so halves one below.
            let middle = usize::midpoint(fewest - 1, most - 1) + 1;
            let nodes = &run[..middle];
            if let Ok(found) = consolidate(nodes, self.seen, self.memory, self.placement) {
                best = Some((middle, found));
                fewest = middle + 1;
            } else {
                most = middle - 1;
            }
        }
        best.map_or(Found::Nothing { held_back }, |(count, found)| {
            Found::Plan(plan(Method::MultiNode, &run[..count], found))
        })
    }

    fn single_node(&self, kept: &mut BTreeMap<NodeRef, Why>) -> Found<'a> {
        let left = left(self.seen, self.memory, Method::SingleNode.reason());
        let mut held_back = false;
        for candidate in self.interleaved() {
            if let Err(why) = self.may_move(candidate) {
                kept.entry(candidate.id).or_insert(why);
                continue;
            }
            if left[candidate.pool] == 0 {
                held_back = true;
                kept.insert(candidate.id, Why::PoolBudget);
                continue;
            }
            if candidate.pods.is_empty() {
                continue;
            }
            match consolidate(&[candidate], self.seen, self.memory, self.placement) {
                Ok(found) => {
                    return Found::Plan(plan(Method::SingleNode, &[candidate], found));
                }
                Err(why) => {
                    kept.insert(candidate.id, why);
                }
            }
        }
        Found::Nothing { held_back }
    }

    /// The candidates in turn from each pool, so that none waits for another's.
    fn interleaved(&self) -> Vec<&Candidate<'a>> {
        let mut seen_of_pool: BTreeMap<usize, usize> = BTreeMap::new();
        let mut turns: Vec<(usize, &str, &Candidate<'a>)> = Vec::new();
        for candidate in self.candidates {
            let turn = seen_of_pool.entry(candidate.pool).or_insert(0);
            let pool = self.seen.pools[candidate.pool].name.as_str();
            turns.push((*turn, pool, candidate));
            *turn += 1;
        }
        turns.sort_by_key(|&(turn, pool, _)| (turn, pool));
        turns
            .into_iter()
            .map(|(_, _, candidate)| candidate)
            .collect()
    }
}

/// A consolidation as a plan.
fn plan<'a>(method: Method, nodes: &[&Candidate<'a>], found: Consolidation) -> Plan<'a> {
    let (mut replacements, mut cheap_enough) = (Vec::new(), Vec::new());
    if let Some(replacement) = found.replacement {
        replacements.push((replacement.claim, replacement.offer));
        cheap_enough = replacement.cheap_enough;
    }
    Plan {
        method,
        nodes: nodes.iter().map(|&node| node.clone()).collect(),
        replacements,
        cheap_enough,
        onto: found.onto,
    }
}
