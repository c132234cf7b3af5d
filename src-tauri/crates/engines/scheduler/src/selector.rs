//! Node selector terms, compiled to symbols, and how they match a node's labels and name.
//!
//! Source: `component-helpers/scheduling/corev1/nodeaffinity` and `apimachinery/pkg/labels`.

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm};

use crate::error::Fault;
use crate::symbol::{Symbol, Symbols};

/// What selectors read of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeLabels {
    pub name: Symbol,
    /// Sorted by key symbol.
    pub labels: Vec<(Symbol, Symbol)>,
}

impl NodeLabels {
    pub(crate) fn get(&self, key: Symbol) -> Option<Symbol> {
        self.labels
            .binary_search_by_key(&key, |&(key, _)| key)
            .ok()
            .map(|at| self.labels[at].1)
    }
}

/// What one key has to be, of a node's labels or of a pod's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Requirement {
    In(Symbol, Vec<Symbol>),
    NotIn(Symbol, Vec<Symbol>),
    Exists(Symbol),
    DoesNotExist(Symbol),
    Gt(Symbol, i64),
    Lt(Symbol, i64),
    /// A bound that is no integer: the API server stores it, the scheduler's term then matches nothing.
    Never,
}

impl Requirement {
    /// Whether it holds for labels read through `get`.
    pub(crate) fn holds(&self, get: impl Fn(Symbol) -> Option<Symbol>, symbols: &Symbols) -> bool {
        let number = |key: &Symbol| get(*key).and_then(|value| symbols.number(value));
        match self {
            Self::In(key, values) => get(*key).is_some_and(|value| values.contains(&value)),
            Self::NotIn(key, values) => get(*key).is_none_or(|value| !values.contains(&value)),
            Self::Exists(key) => get(*key).is_some(),
            Self::DoesNotExist(key) => get(*key).is_none(),
            Self::Gt(key, bound) => number(key).is_some_and(|value| value > *bound),
            Self::Lt(key, bound) => number(key).is_some_and(|value| value < *bound),
            Self::Never => false,
        }
    }

    /// A requirement of a label selector, which knows no Gt and Lt.
    pub(crate) fn of_labels(
        key: &str,
        operator: &str,
        values: &[String],
        path: &str,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
        if matches!(operator, "Gt" | "Lt") {
            return Err(Fault::new(
                format!("{path}.operator"),
                format!("{operator:?}"),
                "In, NotIn, Exists or DoesNotExist",
            ));
        }
        let from = NodeSelectorRequirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values: Some(values.to_vec()),
        };
        label_requirement(&from, path, symbols)
    }

    /// The key it reads; none where it holds for nothing.
    pub(crate) fn key(&self) -> Option<Symbol> {
        match self {
            Self::In(key, _)
            | Self::NotIn(key, _)
            | Self::Exists(key)
            | Self::DoesNotExist(key)
            | Self::Gt(key, _)
            | Self::Lt(key, _) => Some(*key),
            Self::Never => None,
        }
    }

    fn matches(&self, node: &NodeLabels, symbols: &Symbols) -> bool {
        self.holds(|key| node.get(key), symbols)
    }
}

/// One `metadata.name` requirement of matchFields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct NameRequirement {
    name: Symbol,
    wanted: bool,
}

/// A compiled term; its requirements are ANDed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    labels: Vec<Requirement>,
    names: Vec<NameRequirement>,
}

impl Term {
    pub(crate) fn compile(
        term: &NodeSelectorTerm,
        path: &str,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
        let mut labels = Vec::new();
        for (at, requirement) in term.match_expressions.iter().flatten().enumerate() {
            labels.push(label_requirement(
                requirement,
                &format!("{path}.matchExpressions[{at}]"),
                symbols,
            )?);
        }
        let mut names = Vec::new();
        for (at, requirement) in term.match_fields.iter().flatten().enumerate() {
            names.push(name_requirement(
                requirement,
                &format!("{path}.matchFields[{at}]"),
                symbols,
            )?);
        }
        Ok(Self { labels, names })
    }

    /// Requirements on labels.
    pub(crate) fn labels(&self) -> &[Requirement] {
        &self.labels
    }

    /// Label keys it reads.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Symbol> {
        self.labels.iter().filter_map(Requirement::key)
    }

    /// Whether it selects nothing, for it requires nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.names.is_empty()
    }

    /// Whether it names nodes, and this is none of them.
    pub(crate) fn misses(&self, name: Symbol) -> bool {
        self.names
            .iter()
            .any(|requirement| (requirement.name == name) != requirement.wanted)
    }

    /// Whether it says anything of node names.
    pub(crate) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// A term without requirements selects nothing.
    pub(crate) fn matches(&self, node: &NodeLabels, symbols: &Symbols) -> bool {
        !(self.labels.is_empty() && self.names.is_empty())
            && self
                .labels
                .iter()
                .all(|requirement| requirement.matches(node, symbols))
            && self
                .names
                .iter()
                .all(|requirement| (requirement.name == node.name) == requirement.wanted)
    }

    /// The node names the term is restricted to, if it names any; an empty list where they contradict each other.
    pub(crate) fn names(&self) -> Option<Vec<Symbol>> {
        let mut wanted = self
            .names
            .iter()
            .filter(|requirement| requirement.wanted)
            .map(|requirement| requirement.name);
        let first = wanted.next()?;
        Some(if wanted.all(|name| name == first) {
            vec![first]
        } else {
            Vec::new()
        })
    }
}

fn label_requirement(
    from: &NodeSelectorRequirement,
    path: &str,
    symbols: &mut Symbols,
) -> Result<Requirement, Fault> {
    let values = from.values.as_deref().unwrap_or_default();
    let key = symbols.intern(&from.key);
    let wrong = |expected| {
        Err(Fault::new(
            format!("{path}.values"),
            format!("{values:?}"),
            expected,
        ))
    };
    let list = |symbols: &mut Symbols| {
        let mut list: Vec<_> = values.iter().map(|value| symbols.intern(value)).collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    match from.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => wrong("at least one value for In and NotIn"),
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            wrong("no value for Exists and DoesNotExist")
        }
        "Gt" | "Lt" if values.len() != 1 => wrong("exactly one integer for Gt and Lt"),
        "In" => Ok(Requirement::In(key, list(symbols))),
        "NotIn" => Ok(Requirement::NotIn(key, list(symbols))),
        "Exists" => Ok(Requirement::Exists(key)),
        "DoesNotExist" => Ok(Requirement::DoesNotExist(key)),
        "Gt" => Ok(values[0]
            .parse()
            .map_or(Requirement::Never, |bound| Requirement::Gt(key, bound))),
        "Lt" => Ok(values[0]
            .parse()
            .map_or(Requirement::Never, |bound| Requirement::Lt(key, bound))),
        other => Err(Fault::new(
            format!("{path}.operator"),
            format!("{other:?}"),
            "In, NotIn, Exists, DoesNotExist, Gt or Lt",
        )),
    }
}

fn name_requirement(
    from: &NodeSelectorRequirement,
    path: &str,
    symbols: &mut Symbols,
) -> Result<NameRequirement, Fault> {
    if from.key != "metadata.name" {
        return Err(Fault::new(
            format!("{path}.key"),
            format!("{:?}", from.key),
            "metadata.name",
        ));
    }
    let wanted = match from.operator.as_str() {
        "In" => true,
        "NotIn" => false,
        other => {
            return Err(Fault::new(
                format!("{path}.operator"),
                format!("{other:?}"),
                "In or NotIn",
            ));
        }
    };
    match from.values.as_deref() {
        Some([name]) => Ok(NameRequirement {
            name: symbols.intern(name),
            wanted,
        }),
        values => {
            let values = format!("{:?}", values.unwrap_or_default());
            Err(Fault::new(
                format!("{path}.values"),
                values,
                "exactly one node name",
            ))
        }
    }
}
