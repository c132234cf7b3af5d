//! What Kubernetes accepts as keys and values of labels and taints. Judges text only.

use crate::error::Fault;

const PART: usize = 63;
const PREFIX: usize = 253;

fn is_name(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= PART
        && ends(text.chars().next())
        && ends(text.chars().last())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= PREFIX
        && text.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

/// A qualified name: `name` or `prefix/name` (`IsQualifiedName` of apimachinery).
pub(crate) fn check_key(field: &str, key: &str) -> Result<(), Fault> {
    let fine = match key.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
        None => is_name(key),
    };
    if fine {
        return Ok(());
    }
    Err(Fault::field(
        field,
        format!("{key:?}"),
        "a key such as dedicated or example.com/dedicated",
    ))
}

/// A label value (`IsValidLabelValue` of apimachinery).
pub(crate) fn check_value(field: &str, value: &str) -> Result<(), Fault> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(Fault::field(
        field,
        format!("{value:?}"),
        "at most 63 letters, digits, -, _ or ., with a letter or digit at both ends",
    ))
}

/// A piece of text as part of a node's name.
pub(crate) fn as_node_name(text: &str) -> String {
    let name: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "node" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values() {
        let check =
            |key: &str, expect: bool| assert_eq!(check_key("f", key).is_ok(), expect, "{key}");
        check("dedicated", true);
        check("example.com/team_a.b", true);
        check("", false);
        check("a/b/c", false);
        check("Example.com/a", false);
        check("-a", false);
        check(&"a".repeat(64), false);
        assert!(check_value("f", "").is_ok() && check_value("f", "a b").is_err());
        assert_eq!(as_node_name("Standard_D4s_v5"), "standard-d4s-v5");
        assert_eq!(as_node_name("m5.large"), "m5.large");
    }
}
