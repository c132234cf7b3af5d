//! One set of constraints against every node, as dense columns. A new column is computed label by label over the
//! domains of the label, not node by node.

use std::collections::BTreeMap;

use crate::constraints::{Bench, Constraints, Facts, NodeTraits, Standing};
use crate::selector::{Requirement, Term};
use crate::symbol::Symbols;
use crate::taint::Taint;
use crate::topology::Topologies;

/// By slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdicts {
    pub standing: Vec<Standing>,
    /// Whether nodeSelector and required affinity match.
    pub selected: Vec<bool>,
    /// Whether every hard taint is tolerated.
    pub tolerated: Vec<bool>,
    /// Unwanted PreferNoSchedule taints.
    pub intolerable: Vec<u32>,
    /// Whether any node has, or has had, an unwanted PreferNoSchedule taint.
    pub has_intolerable: bool,
    /// Weight of matching preferred terms.
    pub preference: Vec<u32>,
}

impl Verdicts {
    /// Judges every node. The keys that the constraints read have to be topologies already.
    pub(crate) fn new(
        constraints: &Constraints,
        nodes: &[NodeTraits],
        topologies: &Topologies,
        bench: Bench<'_>,
    ) -> Self {
        let matcher = Matcher {
            nodes,
            topologies,
            symbols: bench.symbols,
        };
        let mut selected = vec![true; nodes.len()];
        for &(key, value) in &constraints.selector {
            matcher.require(&Requirement::In(key, vec![value]), &mut selected);
        }
        if let Some(terms) = &constraints.required {
            matcher.require_any(terms, &mut selected);
        }
        let mut enforced = vec![true; nodes.len()];
        if let Some(terms) = &constraints.enforced {
            matcher.require_any(terms, &mut enforced);
        }
        let mut preference = vec![0; nodes.len()];
        for (weight, term) in &constraints.preferred {
            for (sum, matched) in preference.iter_mut().zip(matcher.matches(term)) {
                *sum += weight * u32::from(matched);
            }
        }
        let mut verdicts = Self {
            standing: Vec::with_capacity(nodes.len()),
            tolerated: Vec::with_capacity(nodes.len()),
            intolerable: Vec::with_capacity(nodes.len()),
            has_intolerable: false,
            selected,
            preference,
        };
        // Nodes of a pool have the same taints.
        let mut by_taints: BTreeMap<&[Taint], (bool, u32)> = BTreeMap::new();
        for (slot, node) in nodes.iter().enumerate() {
            let (tolerated, intolerable) = *by_taints
                .entry(&node.taints)
                .or_insert_with(|| (constraints.tolerates(node), constraints.intolerable(node)));
            let facts = Facts {
                tolerated,
                enforced: enforced[slot],
                selected: verdicts.selected[slot],
            };
            verdicts
                .standing
                .push(constraints.standing_of(node, facts, bench));
            verdicts.tolerated.push(tolerated);
            verdicts.intolerable.push(intolerable);
            verdicts.has_intolerable |= intolerable > 0;
        }
        verdicts
    }

    /// Judges one node anew; `slot` is at most one past the last.
    pub(crate) fn judge(
        &mut self,
        constraints: &Constraints,
        slot: usize,
        node: &NodeTraits,
        bench: Bench<'_>,
    ) {
        if slot == self.standing.len() {
            self.standing.push(Standing::Gone);
            self.selected.push(false);
            self.tolerated.push(false);
            self.intolerable.push(0);
            self.preference.push(0);
        }
        self.standing[slot] = constraints.standing(node, bench);
        self.selected[slot] = constraints.selects(node, bench.symbols);
        self.tolerated[slot] = constraints.tolerates(node);
        self.intolerable[slot] = constraints.intolerable(node);
        self.has_intolerable |= self.intolerable[slot] > 0;
        self.preference[slot] = constraints.preference(node, bench.symbols);
    }
}

struct Matcher<'a> {
    nodes: &'a [NodeTraits],
    topologies: &'a Topologies,
    symbols: &'a Symbols,
}

impl Matcher<'_> {
    /// Keeps the nodes that meet a requirement.
    fn require(&self, requirement: &Requirement, kept: &mut [bool]) {
        let topology = requirement.key().and_then(|key| self.topologies.of(key));
        let Some(topology) = topology else {
            for (kept, node) in kept.iter_mut().zip(self.nodes) {
                *kept &= requirement.holds(|key| node.labels.get(key), self.symbols);
            }
            return;
        };
        let table: Vec<_> = topology
            .values
            .iter()
            .map(|&value| requirement.holds(|_| value, self.symbols))
            .collect();
        for (kept, &domain) in kept.iter_mut().zip(&topology.domain) {
            *kept &= table[domain as usize];
        }
    }

    fn matches(&self, term: &Term) -> Vec<bool> {
        let mut kept = vec![!term.is_empty(); self.nodes.len()];
        for requirement in term.labels() {
            self.require(requirement, &mut kept);
        }
        if term.has_names() {
            for (kept, node) in kept.iter_mut().zip(self.nodes) {
                *kept &= !term.misses(node.labels.name);
            }
        }
        kept
    }

    /// Keeps the nodes that any of the terms matches.
    fn require_any(&self, terms: &[Term], kept: &mut [bool]) {
        let mut any = vec![false; self.nodes.len()];
        for term in terms {
            for (any, matched) in any.iter_mut().zip(self.matches(term)) {
                *any |= matched;
            }
        }
        for (kept, any) in kept.iter_mut().zip(any) {
            *kept &= any;
        }
    }
}
