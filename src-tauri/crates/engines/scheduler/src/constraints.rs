//! What depends on a pod's tolerations and node affinity and on the node object alone. Shapes share these constraint
//! sets, and each set keeps one verdict a node, so that a decision reads a byte instead of matching labels.

use k8s_openapi::api::core::v1::{NodeAffinity, PodSpec};

use crate::error::Fault;
use crate::plugins::node_affinity::{self, Candidates};
use crate::plugins::{node_unschedulable, taint_toleration};
use crate::selector::{NodeLabels, Term};
use crate::symbol::{Symbol, Symbols};
use crate::taint::{Taint, Toleration};

/// What the constraints read of a node.
#[derive(Debug, Clone)]
pub(crate) struct NodeTraits {
    pub labels: NodeLabels,
    pub taints: Vec<Taint>,
    pub unschedulable: bool,
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constraints {
    pub tolerations: Vec<Toleration>,
    selector: Vec<(Symbol, Symbol)>,
    required: Option<Vec<Term>>,
    preferred: Vec<(u32, Term)>,
    candidates: Candidates,
}

/// What the plugins that read only the node object say, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Pass,
    Conflict,
    Excluded,
    Unschedulable,
    UntoleratedTaint,
    Mismatch,
    /// The node was removed.
    Gone,
}

impl Constraints {
    pub(crate) fn compile(spec: &PodSpec, symbols: &mut Symbols) -> Result<Self, Fault> {
        let mut tolerations = Vec::new();
        for (at, toleration) in spec.tolerations.iter().flatten().enumerate() {
            tolerations.push(Toleration::compile(toleration, at, symbols)?);
        }
        tolerations.sort_unstable();
        tolerations.dedup();
        let selector = spec
            .node_selector
            .iter()
            .flatten()
            .map(|(key, value)| (symbols.intern(key), symbols.intern(value)))
            .collect();
        let affinity = spec
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.as_ref());
        let required = affinity
            .map(|affinity| required(affinity, symbols))
            .transpose()?
            .flatten();
        let preferred = affinity
            .map(|affinity| preferred(affinity, symbols))
            .transpose()?
            .unwrap_or_default();
        let candidates = node_affinity::candidates(required.as_deref());
        Ok(Self {
            tolerations,
            selector,
            required,
            preferred,
            candidates,
        })
    }

    /// NodeAffinity scores only pods that prefer something.
    pub(crate) fn has_preference(&self) -> bool {
        !self.preferred.is_empty()
    }

    fn standing(&self, node: &NodeTraits, cordon: Taint, symbols: &Symbols) -> Standing {
        match &self.candidates {
            _ if !node.live => return Standing::Gone,
            Candidates::Conflict => return Standing::Conflict,
            Candidates::Only(names) if !names.contains(&node.labels.name) => {
                return Standing::Excluded;
            }
            Candidates::Only(_) | Candidates::All => {}
        }
        if node_unschedulable::rejects(node.unschedulable, cordon, &self.tolerations) {
            Standing::Unschedulable
        } else if taint_toleration::untolerated(&node.taints, &self.tolerations).is_some() {
            Standing::UntoleratedTaint
        } else if node_affinity::matches(
            &node.labels,
            &self.selector,
            self.required.as_deref(),
            symbols,
        ) {
            Standing::Pass
        } else {
            Standing::Mismatch
        }
    }
}

fn required(affinity: &NodeAffinity, symbols: &mut Symbols) -> Result<Option<Vec<Term>>, Fault> {
    let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution else {
        return Ok(None);
    };
    let path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let mut terms = Vec::new();
    for (at, term) in selector.node_selector_terms.iter().enumerate() {
        terms.push(Term::compile(term, &format!("{path}[{at}]"), symbols)?);
    }
    Ok(Some(terms))
}

fn preferred(affinity: &NodeAffinity, symbols: &mut Symbols) -> Result<Vec<(u32, Term)>, Fault> {
    let path = "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution";
    let mut terms = Vec::new();
    for (at, term) in affinity
        .preferred_during_scheduling_ignored_during_execution
        .iter()
        .flatten()
        .enumerate()
    {
        let weight = u32::try_from(term.weight)
            .ok()
            .filter(|weight| (1..=100).contains(weight))
            .ok_or_else(|| {
                Fault::new(
                    format!("{path}[{at}].weight"),
                    term.weight.to_string(),
                    "a weight from 1 to 100",
                )
            })?;
        terms.push((
            weight,
            Term::compile(
                &term.preference,
                &format!("{path}[{at}].preference"),
                symbols,
            )?,
        ));
    }
    Ok(terms)
}

/// One set of constraints against every node.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub constraints: Constraints,
    pub standing: Vec<Standing>,
    /// Unwanted PreferNoSchedule taints, by slot.
    pub intolerable: Vec<u32>,
    /// Weight of matching preferred terms, by slot.
    pub preference: Vec<u32>,
}

impl Judged {
    pub(crate) fn new(
        constraints: Constraints,
        nodes: &[NodeTraits],
        cordon: Taint,
        symbols: &Symbols,
    ) -> Self {
        let mut judged = Self {
            constraints,
            standing: Vec::new(),
            intolerable: Vec::new(),
            preference: Vec::new(),
        };
        for (slot, node) in nodes.iter().enumerate() {
            judged.judge(slot, node, cordon, symbols);
        }
        judged
    }

    /// Judges one node anew; `slot` is at most one past the last.
    pub(crate) fn judge(
        &mut self,
        slot: usize,
        node: &NodeTraits,
        cordon: Taint,
        symbols: &Symbols,
    ) {
        if slot == self.standing.len() {
            self.standing.push(Standing::Gone);
            self.intolerable.push(0);
            self.preference.push(0);
        }
        let constraints = &self.constraints;
        self.standing[slot] = constraints.standing(node, cordon, symbols);
        self.intolerable[slot] =
            taint_toleration::intolerable(&node.taints, &constraints.tolerations);
        self.preference[slot] =
            node_affinity::preference(&node.labels, &constraints.preferred, symbols);
    }
}
