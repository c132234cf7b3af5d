//! Strings of labels, taints and names interned to small integers, so that matching compares numbers.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// An interned string of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Symbol(u32);

#[derive(Clone, Default)]
pub(crate) struct Symbols {
    /// Only looked up in, never gone through; the hasher has no random keys.
    ids: HashMap<Arc<str>, Symbol, BuildHasherDefault<DefaultHasher>>,
    texts: Vec<Arc<str>>,
    numbers: Vec<Option<i64>>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.texts).finish()
    }
}

impl Symbols {
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.ids.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        let shared: Arc<str> = text.into();
        self.ids.insert(Arc::clone(&shared), symbol);
        self.texts.push(shared);
        self.numbers.push(text.parse().ok());
        symbol
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    /// The string as a base-10 integer, for the operators Gt and Lt.
    pub(crate) fn number(&self, symbol: Symbol) -> Option<i64> {
        self.numbers[symbol.0 as usize]
    }
}
