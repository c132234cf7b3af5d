//! What depends on a pod's tolerations and node affinity and on the node object alone. Shapes share these constraint
//! sets, and a set that decides keeps one verdict a node, so that a decision reads a byte instead of matching labels.
//! Sets that never decide (those of pods that are only bound) and pods pinned to a node keep no column.

use k8s_openapi::api::core::v1::{NodeAffinity, PodSpec};

use crate::error::Fault;
use crate::plugins::node_affinity::{self, Candidates};
use crate::plugins::{Plugin, node_unschedulable, taint_toleration};
use crate::profile::Profile;
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
    pub selector: Vec<(Symbol, Symbol)>,
    pub required: Option<Vec<Term>>,
    /// What the profile requires besides.
    pub enforced: Option<Vec<Term>>,
    pub preferred: Vec<(u32, Term)>,
    candidates: Candidates,
}

/// What a verdict depends on besides the constraints and the node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub profile: &'a Profile,
    /// The taint that a cordon stands for.
    pub cordon: Taint,
    pub symbols: &'a Symbols,
}

/// What the plugins that read only the node object say, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Standing {
    Pass,
    Conflict,
    Excluded,
    Unschedulable,
    UntoleratedTaint,
    NotEnforced,
    Mismatch,
    /// The node was removed.
    Gone,
}

impl Constraints {
    pub(crate) fn compile(
        spec: &PodSpec,
        added: Option<&NodeAffinity>,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
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
        let path = "spec.affinity.nodeAffinity";
        let own = spec
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.as_ref());
        let (mut terms, mut enforced, mut wishes) = (None, None, Vec::new());
        if let Some(own) = own {
            terms = required(own, path, symbols)?;
            wishes = preferred(own, path, symbols)?;
        }
        if let Some(added) = added {
            let path = "NodeAffinityArgs.addedAffinity";
            enforced = required(added, path, symbols)?;
            wishes.extend(preferred(added, path, symbols)?);
        }
        let candidates = node_affinity::candidates(terms.as_deref());
        Ok(Self {
            tolerations,
            selector,
            required: terms,
            enforced,
            preferred: wishes,
            candidates,
        })
    }

    /// NodeAffinity scores only pods that prefer something.
    pub(crate) fn has_preference(&self) -> bool {
        !self.preferred.is_empty()
    }

    /// The nodes a pod names, where it names any.
    pub(crate) fn named(&self) -> Option<&[Symbol]> {
        match &self.candidates {
            Candidates::Only(names) => Some(names),
            Candidates::All | Candidates::Conflict => None,
        }
    }

    /// nodeSelector and required node affinity.
    pub(crate) fn selects(&self, node: &NodeTraits, symbols: &Symbols) -> bool {
        node_affinity::matches(
            &node.labels,
            &self.selector,
            self.required.as_deref(),
            symbols,
        )
    }

    /// Whether every NoSchedule and NoExecute taint is tolerated.
    pub(crate) fn tolerates(&self, node: &NodeTraits) -> bool {
        taint_toleration::untolerated(&node.taints, &self.tolerations).is_none()
    }

    pub(crate) fn intolerable(&self, node: &NodeTraits) -> u32 {
        taint_toleration::intolerable(&node.taints, &self.tolerations)
    }

    pub(crate) fn preference(&self, node: &NodeTraits, symbols: &Symbols) -> u32 {
        node_affinity::preference(&node.labels, &self.preferred, symbols)
    }

    /// Label keys that the constraints read.
    pub(crate) fn keys(&self) -> Vec<Symbol> {
        let terms = self
            .required
            .iter()
            .chain(&self.enforced)
            .flatten()
            .chain(self.preferred.iter().map(|(_, term)| term));
        let mut keys: Vec<_> = self.selector.iter().map(|&(key, _)| key).collect();
        keys.extend(terms.flat_map(Term::keys));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    pub(crate) fn standing(&self, node: &NodeTraits, bench: Bench<'_>) -> Standing {
        let enforced = self.enforced.as_ref().is_none_or(|terms| {
            terms
                .iter()
                .any(|term| term.matches(&node.labels, bench.symbols))
        });
        let facts = Facts {
            tolerated: self.tolerates(node),
            enforced,
            selected: self.selects(node, bench.symbols),
        };
        self.standing_of(node, facts, bench)
    }

    /// The first plugin that rejects, from what is known of the node.
    pub(crate) fn standing_of(
        &self,
        node: &NodeTraits,
        facts: Facts,
        bench: Bench<'_>,
    ) -> Standing {
        let filters = |plugin| bench.profile.filters(plugin);
        let by_affinity = filters(Plugin::NodeAffinity);
        match &self.candidates {
            _ if !node.live => return Standing::Gone,
            Candidates::Conflict if by_affinity => return Standing::Conflict,
            Candidates::Only(names) if by_affinity && !names.contains(&node.labels.name) => {
                return Standing::Excluded;
            }
            _ => {}
        }
        let cordoned =
            node_unschedulable::rejects(node.unschedulable, bench.cordon, &self.tolerations);
        if filters(Plugin::NodeUnschedulable) && cordoned {
            Standing::Unschedulable
        } else if filters(Plugin::TaintToleration) && !facts.tolerated {
            Standing::UntoleratedTaint
        } else if !by_affinity {
            Standing::Pass
        } else if !facts.enforced {
            Standing::NotEnforced
        } else if facts.selected {
            Standing::Pass
        } else {
            Standing::Mismatch
        }
    }
}

/// What is known of a node and a set of constraints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Every hard taint is tolerated.
    pub tolerated: bool,
    /// The profile's affinity matches.
    pub enforced: bool,
    /// nodeSelector and required affinity match.
    pub selected: bool,
}

fn required(
    affinity: &NodeAffinity,
    path: &str,
    symbols: &mut Symbols,
) -> Result<Option<Vec<Term>>, Fault> {
    let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution else {
        return Ok(None);
    };
    let path = format!("{path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    let mut terms = Vec::new();
    for (at, term) in selector.node_selector_terms.iter().enumerate() {
        terms.push(Term::compile(term, &format!("{path}[{at}]"), symbols)?);
    }
    Ok(Some(terms))
}

fn preferred(
    affinity: &NodeAffinity,
    path: &str,
    symbols: &mut Symbols,
) -> Result<Vec<(u32, Term)>, Fault> {
    let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution");
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
