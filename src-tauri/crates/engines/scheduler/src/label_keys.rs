//! `matchLabelKeys` and `mismatchLabelKeys`, merged into a selector with the labels of the pod.
//!
//! Source: `applyLabelKeysToLabelSelector` of `pkg/registry/core/pod/strategy.go`. The API server has done it to a
//! stored pod; doing it again changes nothing.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// The selector with one requirement more for each key that the pod has. An absent selector stays absent.
pub(crate) fn merged(
    selector: Option<&LabelSelector>,
    same: &[String],
    other: &[String],
    labels: Option<&BTreeMap<String, String>>,
) -> Option<LabelSelector> {
    let mut selector = selector?.clone();
    for (keys, operator) in [(same, "In"), (other, "NotIn")] {
        for key in keys {
            let Some(value) = labels.and_then(|labels| labels.get(key)) else {
                continue;
            };
            let requirement = LabelSelectorRequirement {
                key: key.clone(),
                operator: operator.to_owned(),
                values: Some(vec![value.clone()]),
            };
            let list = selector.match_expressions.get_or_insert_default();
            if !list.contains(&requirement) {
                list.push(requirement);
            }
        }
    }
    Some(selector)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(selector: Value, same: &[&str], other: &[&str], expect: Value) {
        let labels = BTreeMap::from([("rev".to_owned(), "v2".to_owned())]);
        let labels = Some(&labels);
        let from: Option<LabelSelector> = serde_json::from_value(selector).unwrap();
        let list = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
        let once = merged(from.as_ref(), &list(same), &list(other), labels);
        assert_eq!(serde_json::to_value(&once).unwrap(), expect);
        assert_eq!(
            merged(once.as_ref(), &list(same), &list(other), labels),
            once
        );
    }

    #[test]
    fn table() {
        let one = |operator: &str| json!({"matchExpressions": [{"key": "rev", "operator": operator, "values": ["v2"]}]});
        check(json!({}), &["rev"], &[], one("In"));
        check(json!({}), &[], &["rev"], one("NotIn"));
        check(json!({}), &["absent"], &["absent"], json!({}));
        check(Value::Null, &["rev"], &[], Value::Null);
    }
}
