//! NodeAffinity: nodeSelector and required terms reject, preferred terms score.
//!
//! Source: `plugins/nodeaffinity/node_affinity.go`.

use crate::selector::{NodeLabels, Term};
use crate::symbol::{Symbol, Symbols};

pub(crate) const MISMATCH: &str = "node(s) didn't match Pod's node affinity/selector";
pub(crate) const EXCLUDED: &str = "node(s) didn't satisfy plugin(s) [NodeAffinity]";
pub(crate) const NOT_ENFORCED: &str = "node(s) didn't match scheduler-enforced node affinity";
pub(crate) const CONFLICT: &str = "pod affinity terms conflict";

/// Which nodes are looked at at all: PreFilter narrows them where every required term names its nodes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Candidates {
    All,
    Only(Vec<Symbol>),
    /// Each term names nodes that contradict each other.
    Conflict,
}

pub(crate) fn candidates(required: Option<&[Term]>) -> Candidates {
    let Some(terms) = required.filter(|terms| !terms.is_empty()) else {
        return Candidates::All;
    };
    let mut names = Vec::new();
    for term in terms {
        match term.names() {
            None => return Candidates::All,
            Some(more) => names.extend(more),
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        Candidates::Conflict
    } else {
        Candidates::Only(names)
    }
}

pub(crate) fn matches(
    node: &NodeLabels,
    selector: &[(Symbol, Symbol)],
    required: Option<&[Term]>,
    symbols: &Symbols,
) -> bool {
    selector
        .iter()
        .all(|&(key, value)| node.get(key) == Some(value))
        && required.is_none_or(|terms| terms.iter().any(|term| term.matches(node, symbols)))
}

/// Sum of the weights of the preferred terms that match.
pub(crate) fn preference(node: &NodeLabels, preferred: &[(u32, Term)], symbols: &Symbols) -> u32 {
    preferred
        .iter()
        .filter(|(_, term)| term.matches(node, symbols))
        .map(|(weight, _)| weight)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::NodeSelectorTerm;
    use serde_json::{Value, json};

    fn node(symbols: &mut Symbols) -> NodeLabels {
        let mut labels: Vec<_> = [("zone", "a"), ("gen", "3"), ("odd", "x")]
            .map(|(key, value)| (symbols.intern(key), symbols.intern(value)))
            .to_vec();
        labels.sort_unstable();
        NodeLabels {
            name: symbols.intern("n1"),
            labels,
        }
    }

    fn terms(from: &Value, symbols: &mut Symbols) -> Vec<Term> {
        let terms: Vec<NodeSelectorTerm> = serde_json::from_value(from.clone()).unwrap();
        terms
            .iter()
            .map(|term| Term::compile(term, "t", symbols).unwrap())
            .collect()
    }

    fn check(required: Value, matched: bool) {
        let mut symbols = Symbols::default();
        let node = node(&mut symbols);
        let compiled = terms(&required, &mut symbols);
        assert_eq!(
            matches(&node, &[], Some(&compiled), &symbols),
            matched,
            "{required}"
        );
    }

    fn label(key: &str, operator: &str, values: &[&str]) -> Value {
        json!([{"matchExpressions": [{"key": key, "operator": operator, "values": values}]}])
    }

    fn name(operator: &str, value: &str) -> Value {
        json!({"key": "metadata.name", "operator": operator, "values": [value]})
    }

    #[test]
    fn operators() {
        check(label("zone", "In", &["a", "b"]), true);
        check(label("zone", "In", &["b"]), false);
        check(label("none", "In", &["a"]), false);
        check(label("zone", "NotIn", &["a"]), false);
        check(label("none", "NotIn", &["a"]), true);
        check(label("zone", "Exists", &[]), true);
        check(label("none", "Exists", &[]), false);
        check(label("zone", "DoesNotExist", &[]), false);
        check(label("none", "DoesNotExist", &[]), true);
        check(label("gen", "Gt", &["2"]), true);
        check(label("gen", "Gt", &["3"]), false);
        check(label("gen", "Lt", &["4"]), true);
        check(label("odd", "Lt", &["4"]), false);
        check(label("none", "Lt", &["4"]), false);
        check(label("gen", "Gt", &["many"]), false);
    }

    #[test]
    fn terms_are_ored_and_empty_ones_select_nothing() {
        check(json!([]), false);
        check(json!([{}]), false);
        check(json!([{}, {"matchFields": [name("In", "n1")]}]), true);
        check(json!([{"matchFields": [name("NotIn", "n1")]}]), false);
        check(
            json!([{"matchFields": [name("In", "n2")]}, label("zone", "In", &["a"])[0]]),
            true,
        );
        check(
            json!([{"matchFields": [name("In", "n1")], "matchExpressions": label("zone", "In", &["b"])[0]["matchExpressions"]}]),
            false,
        );
    }

    #[test]
    fn selector_and_preference() {
        let mut symbols = Symbols::default();
        let node = node(&mut symbols);
        let [zone, a, b] = ["zone", "a", "b"].map(|text| symbols.intern(text));
        assert!(matches(&node, &[(zone, a)], None, &symbols));
        assert!(!matches(&node, &[(zone, b)], None, &symbols));
        let [yes, no, gen2] = [
            label("zone", "Exists", &[]),
            label("zone", "In", &["b"]),
            label("gen", "Gt", &["2"]),
        ]
        .map(|term| terms(&term, &mut symbols).remove(0));
        assert_eq!(
            preference(&node, &[(10, yes), (20, no), (5, gen2)], &symbols),
            15
        );
    }

    #[test]
    fn candidates_by_name() {
        let check = |required: Value, expect: fn(Candidates) -> bool| {
            let mut symbols = Symbols::default();
            let compiled = terms(&required, &mut symbols);
            assert!(expect(candidates(Some(&compiled))), "{required}");
        };
        check(json!([]), |c| c == Candidates::All);
        check(
            json!([{"matchFields": [name("In", "n1")]}]),
            |c| matches!(c, Candidates::Only(names) if names.len() == 1),
        );
        check(
            json!([{"matchFields": [name("In", "n1")]}, {"matchFields": [name("In", "n2")]}]),
            |c| matches!(c, Candidates::Only(names) if names.len() == 2),
        );
        check(
            json!([{"matchFields": [name("In", "n1")]}, label("zone", "Exists", &[])[0]]),
            |c| c == Candidates::All,
        );
        check(json!([{"matchFields": [name("NotIn", "n1")]}]), |c| {
            c == Candidates::All
        });
        check(
            json!([{"matchFields": [name("In", "n1"), name("In", "n2")]}]),
            |c| c == Candidates::Conflict,
        );
    }

    #[test]
    fn illegal_requirements_are_named() {
        let check = |term: Value, field: &str| {
            let term: NodeSelectorTerm = serde_json::from_value(term).unwrap();
            assert_eq!(
                Term::compile(&term, "t", &mut Symbols::default())
                    .unwrap_err()
                    .field,
                field
            );
        };
        check(
            label("k", "Like", &["a"])[0].clone(),
            "t.matchExpressions[0].operator",
        );
        check(
            label("k", "In", &[])[0].clone(),
            "t.matchExpressions[0].values",
        );
        check(
            label("k", "Exists", &["a"])[0].clone(),
            "t.matchExpressions[0].values",
        );
        check(
            label("k", "Gt", &["1", "2"])[0].clone(),
            "t.matchExpressions[0].values",
        );
        check(
            json!({"matchFields": [{"key": "spec.x", "operator": "In", "values": ["a"]}]}),
            "t.matchFields[0].key",
        );
        check(
            json!({"matchFields": [name("Exists", "a")]}),
            "t.matchFields[0].operator",
        );
        check(
            json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "b"]}]}),
            "t.matchFields[0].values",
        );
    }
}
