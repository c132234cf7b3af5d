//! Labels of pods, interned with their namespace, and the label selectors that read them.
//!
//! Source of the matching: `apimachinery/pkg/labels` and `metav1.LabelSelectorAsSelector`. Nothing is counted here.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

use crate::error::Fault;
use crate::selector::Requirement;
use crate::symbol::{Symbol, Symbols};

/// The namespace and labels of a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LabelSet {
    pub namespace: Symbol,
    /// Sorted by key symbol.
    pub labels: Vec<(Symbol, Symbol)>,
}

/// An interned label set of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LabelSetId(pub u32);

impl LabelSetId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct LabelSets {
    ids: BTreeMap<LabelSet, LabelSetId>,
    sets: Vec<LabelSet>,
}

impl LabelSets {
    /// The id of a set, and whether it is new.
    pub(crate) fn intern(&mut self, set: LabelSet) -> (LabelSetId, bool) {
        if let Some(&id) = self.ids.get(&set) {
            return (id, false);
        }
        let id = LabelSetId(self.sets.len() as u32);
        self.ids.insert(set.clone(), id);
        self.sets.push(set);
        (id, true)
    }

    pub(crate) fn get(&self, id: LabelSetId) -> &LabelSet {
        &self.sets[id.index()]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (LabelSetId, &LabelSet)> {
        (0..).map(LabelSetId).zip(&self.sets)
    }
}

/// Labels of an object, interned and sorted by key symbol.
pub(crate) fn intern_labels(
    labels: Option<&BTreeMap<String, String>>,
    symbols: &mut Symbols,
) -> Vec<(Symbol, Symbol)> {
    let mut list: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| (symbols.intern(key), symbols.intern(value)))
        .collect();
    list.sort_unstable();
    list
}

/// The value of a key in labels sorted by key symbol.
pub(crate) fn value_of(labels: &[(Symbol, Symbol)], key: Symbol) -> Option<Symbol> {
    labels
        .binary_search_by_key(&key, |&(key, _)| key)
        .ok()
        .map(|at| labels[at].1)
}

/// A compiled `LabelSelector`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelSelector {
    /// An absent selector matches nothing.
    Nothing,
    /// All of these; an empty list matches everything.
    All(Vec<Requirement>),
}

impl LabelSelector {
    pub(crate) fn compile(
        selector: Option<&meta::LabelSelector>,
        path: &str,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
        let Some(selector) = selector else {
            return Ok(Self::Nothing);
        };
        let mut all = equals(selector.match_labels.as_ref(), symbols);
        for (at, from) in selector.match_expressions.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{at}]");
            let values = from.values.clone().unwrap_or_default();
            all.push(Requirement::of_labels(
                &from.key,
                &from.operator,
                &values,
                &path,
                symbols,
            )?);
        }
        all.sort_unstable();
        all.dedup();
        Ok(Self::All(all))
    }

    /// The selector of a map of labels: all of them, each equal.
    pub(crate) fn of_map(labels: Option<&BTreeMap<String, String>>, symbols: &mut Symbols) -> Self {
        Self::All(equals(labels, symbols))
    }

    /// Both selectors at once.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(mut all), Self::All(more)) => {
                all.extend(more);
                all.sort_unstable();
                all.dedup();
                Self::All(all)
            }
            _ => Self::Nothing,
        }
    }

    /// Whether it has no requirement; a selector that matches nothing is not empty.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    pub(crate) fn matches(&self, labels: &[(Symbol, Symbol)], symbols: &Symbols) -> bool {
        match self {
            Self::Nothing => false,
            Self::All(all) => all
                .iter()
                .all(|requirement| requirement.holds(|key| value_of(labels, key), symbols)),
        }
    }
}

fn equals(labels: Option<&BTreeMap<String, String>>, symbols: &mut Symbols) -> Vec<Requirement> {
    let mut all: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| Requirement::In(symbols.intern(key), vec![symbols.intern(value)]))
        .collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(selector: Value, matched: bool) {
        let mut symbols = Symbols::default();
        let labels: BTreeMap<String, String> =
            serde_json::from_value(json!({"app": "web", "tier": "front"})).unwrap();
        let labels = intern_labels(Some(&labels), &mut symbols);
        let from: Option<meta::LabelSelector> = serde_json::from_value(selector.clone()).unwrap();
        let compiled = LabelSelector::compile(from.as_ref(), "s", &mut symbols).unwrap();
        assert_eq!(compiled.matches(&labels, &symbols), matched, "{selector}");
    }

    #[test]
    fn table() {
        check(Value::Null, false);
        check(json!({}), true);
        check(json!({"matchLabels": {"app": "web"}}), true);
        check(json!({"matchLabels": {"app": "db"}}), false);
        let one = |operator: &str, key: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        check(one("In", "app", json!(["db", "web"])), true);
        check(one("NotIn", "app", json!(["db"])), true);
        check(one("NotIn", "app", json!(["web"])), false);
        check(one("NotIn", "none", json!(["web"])), true);
        check(one("Exists", "tier", json!([])), true);
        check(one("DoesNotExist", "tier", json!([])), false);
        check(one("DoesNotExist", "none", json!([])), true);
    }

    #[test]
    fn node_operators_are_refused() {
        let from: meta::LabelSelector = serde_json::from_value(
            json!({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}),
        )
        .unwrap();
        let fault = LabelSelector::compile(Some(&from), "s", &mut Symbols::default()).unwrap_err();
        assert_eq!(fault.field, "s.matchExpressions[0].operator");
    }
}
