//! Selectors of pods (namespaces and labels), interned, each with the label sets it matches.
//!
//! Matching is done once per pair of selector and label set; afterwards who matches whom is a list of numbers.

use std::collections::BTreeMap;

use crate::labels::{LabelSelector, LabelSet, LabelSetId, LabelSets};
use crate::namespaces::Namespaces;
use crate::symbol::{Symbol, Symbols};

/// Namespaces a selector looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    /// By name, sorted.
    pub names: Vec<Symbol>,
    /// By labels of the namespace.
    pub labels: LabelSelector,
}

impl Scope {
    pub(crate) fn only(namespace: Symbol) -> Self {
        Self {
            names: vec![namespace],
            labels: LabelSelector::Nothing,
        }
    }
}

/// Pods by namespace and labels; every part has to match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodSelector(pub Vec<(Scope, LabelSelector)>);

impl PodSelector {
    fn matches(&self, set: &LabelSet, namespaces: &Namespaces, symbols: &Symbols) -> bool {
        self.0.iter().all(|(scope, labels)| {
            labels.matches(&set.labels, symbols)
                && (scope.names.contains(&set.namespace)
                    || namespaces.matches(&scope.labels, set.namespace, symbols))
        })
    }
}

/// An interned selector of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SelectorId(u32);

#[derive(Debug, Clone, Default)]
pub(crate) struct PodSelectors {
    ids: BTreeMap<PodSelector, SelectorId>,
    all: Vec<PodSelector>,
    /// By selector, in ascending order.
    chosen: Vec<Vec<LabelSetId>>,
    /// By label set, in ascending order.
    choosing: Vec<Vec<SelectorId>>,
}

impl PodSelectors {
    pub(crate) fn intern(
        &mut self,
        selector: PodSelector,
        sets: &LabelSets,
        namespaces: &Namespaces,
        symbols: &Symbols,
    ) -> SelectorId {
        if let Some(&id) = self.ids.get(&selector) {
            return id;
        }
        let id = SelectorId(self.all.len() as u32);
        let chosen: Vec<_> = sets
            .iter()
            .filter(|(_, set)| selector.matches(set, namespaces, symbols))
            .map(|(id, _)| id)
            .collect();
        for set in &chosen {
            self.choosing[set.index()].push(id);
        }
        self.chosen.push(chosen);
        self.ids.insert(selector.clone(), id);
        self.all.push(selector);
        id
    }

    /// Learns of a label set that was interned just now.
    pub(crate) fn learn(
        &mut self,
        id: LabelSetId,
        set: &LabelSet,
        namespaces: &Namespaces,
        symbols: &Symbols,
    ) {
        let choosing: Vec<_> = (0..)
            .map(SelectorId)
            .zip(&self.all)
            .filter(|(_, selector)| selector.matches(set, namespaces, symbols))
            .map(|(id, _)| id)
            .collect();
        for selector in &choosing {
            self.chosen[selector.0 as usize].push(id);
        }
        self.choosing.push(choosing);
    }

    /// Matches everything anew, after a namespace has changed its labels.
    pub(crate) fn relearn(&mut self, sets: &LabelSets, namespaces: &Namespaces, symbols: &Symbols) {
        self.choosing.clear();
        for chosen in &mut self.chosen {
            chosen.clear();
        }
        for (id, set) in sets.iter() {
            self.learn(id, set, namespaces, symbols);
        }
    }

    /// The label sets a selector matches.
    pub(crate) fn chosen(&self, selector: SelectorId) -> &[LabelSetId] {
        &self.chosen[selector.0 as usize]
    }

    /// The selectors that match a label set.
    pub(crate) fn choosing(&self, set: LabelSetId) -> &[SelectorId] {
        &self.choosing[set.index()]
    }

    pub(crate) fn matches(&self, selector: SelectorId, set: LabelSetId) -> bool {
        self.choosing(set).binary_search(&selector).is_ok()
    }
}
