//! Affinity terms of pods (whom they mean, and within which topology), interned, with the domains where bound pods
//! carry them. This is what a bound pod's wishes weigh against a pod that comes later.

use std::collections::BTreeMap;

use crate::pod_selector::SelectorId;
use crate::topology::TopologyId;

/// Whom a term means, and what counts as near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AffinityTerm {
    pub selector: SelectorId,
    pub topology: TopologyId,
}

/// An interned term of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TermId(u32);

/// Terms of a pod, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodTerms {
    /// Required affinity.
    pub near: Vec<TermId>,
    /// Pods that match all terms of `near` at once.
    pub near_all: Option<SelectorId>,
    /// Required anti-affinity.
    pub apart: Vec<TermId>,
    /// Preferred affinity (positive weights) and anti-affinity (negative ones).
    pub preferred: Vec<(TermId, i64)>,
}

impl PodTerms {
    pub(crate) fn is_empty(&self) -> bool {
        self.near.is_empty() && self.apart.is_empty() && self.preferred.is_empty()
    }
}

/// Where bound pods carry a term, by domain; empty entries are removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Pods that require to be apart.
    pub apart: BTreeMap<u32, i64>,
    /// Sum of weights, and number of contributions: weights may add up to 0 and still count as a wish.
    pub pull: BTreeMap<u32, (i64, i64)>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    ids: BTreeMap<AffinityTerm, TermId>,
    all: Vec<AffinityTerm>,
    carried: Vec<Carried>,
    by_selector: BTreeMap<SelectorId, Vec<TermId>>,
}

impl Terms {
    pub(crate) fn intern(&mut self, term: AffinityTerm) -> TermId {
        if let Some(&id) = self.ids.get(&term) {
            return id;
        }
        let id = TermId(self.all.len() as u32);
        self.ids.insert(term, id);
        self.all.push(term);
        self.carried.push(Carried::default());
        self.by_selector.entry(term.selector).or_default().push(id);
        id
    }

    pub(crate) fn get(&self, id: TermId) -> AffinityTerm {
        self.all[id.0 as usize]
    }

    pub(crate) fn carried(&self, id: TermId) -> &Carried {
        &self.carried[id.0 as usize]
    }

    /// The terms with this selector.
    pub(crate) fn with(&self, selector: SelectorId) -> &[TermId] {
        self.by_selector.get(&selector).map_or(&[], Vec::as_slice)
    }

    /// A pod that requires to be apart came to a domain (`count` 1) or left it (-1).
    pub(crate) fn carry_apart(&mut self, id: TermId, domain: u32, count: i64) {
        let domains = &mut self.carried[id.0 as usize].apart;
        let entry = domains.entry(domain).or_insert(0);
        *entry += count;
        if *entry == 0 {
            domains.remove(&domain);
        }
    }

    /// A pod that wishes with this weight came to a domain (`count` 1) or left it (-1).
    pub(crate) fn carry_pull(&mut self, id: TermId, domain: u32, weight: i64, count: i64) {
        let domains = &mut self.carried[id.0 as usize].pull;
        let entry = domains.entry(domain).or_insert((0, 0));
        entry.0 += weight * count;
        entry.1 += count;
        if *entry == (0, 0) {
            domains.remove(&domain);
        }
    }
}
