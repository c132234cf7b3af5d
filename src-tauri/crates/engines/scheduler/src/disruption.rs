//! What PodDisruptionBudgets are read by: whom their selectors cover, and what their amounts come to.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// `LabelSelectorAsSelector`; an empty selector selects every pod of the namespace, an illegal one none.
pub fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector
            .match_expressions
            .iter()
            .flatten()
            .all(|requirement| meets(requirement, labels))
}

fn meets(requirement: &LabelSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let listed = value.is_some_and(|value| requirement.values.iter().flatten().any(|v| v == value));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

/// A number, or a percentage of `of` rounded up.
///
/// # Errors
/// A text that is no percentage; `field` is named.
pub fn share(amount: &IntOrString, of: i64, field: &str) -> Result<i64, String> {
    match amount {
        IntOrString::Int(amount) => Ok(i64::from(*amount)),
        IntOrString::String(text) => text
            .strip_suffix('%')
            .and_then(|number| number.parse::<i64>().ok())
            .filter(|percent| *percent >= 0)
            .map(|percent| (percent * of + 99) / 100)
            .ok_or_else(|| format!("{field} is {text:?}, expected a number or a percentage")),
    }
}
