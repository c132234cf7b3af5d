//! Labels of namespaces, for selectors that choose pods by them.

use std::collections::BTreeMap;

use crate::labels::{LabelSelector, intern_labels};
use crate::symbol::{Symbol, Symbols};

/// The label every namespace has, set by the API server.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Namespaces that were given; any other has its name as its only label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Namespaces(BTreeMap<Symbol, Vec<(Symbol, Symbol)>>);

impl Namespaces {
    /// Records the labels of a namespace; without any it has its name as its only label.
    pub(crate) fn set(
        &mut self,
        name: &str,
        labels: Option<&BTreeMap<String, String>>,
        symbols: &mut Symbols,
    ) {
        let mut all = labels.cloned().unwrap_or_default();
        all.entry(NAME_LABEL.to_owned())
            .or_insert_with(|| name.to_owned());
        let labels = intern_labels(Some(&all), symbols);
        let name = symbols.intern(name);
        self.0.insert(name, labels);
    }

    /// Makes a namespace known that no object describes.
    pub(crate) fn touch(&mut self, name: &str, symbols: &mut Symbols) {
        let symbol = symbols.intern(name);
        if !self.0.contains_key(&symbol) {
            self.set(name, None, symbols);
        }
    }

    pub(crate) fn matches(
        &self,
        selector: &LabelSelector,
        namespace: Symbol,
        symbols: &Symbols,
    ) -> bool {
        let labels = self.0.get(&namespace).map_or(&[][..], Vec::as_slice);
        selector.matches(labels, symbols)
    }
}
