//! Where a node is and which machine it is, read from its well-known labels; the older names count where the newer ones
//! are absent. Knows no cloud and no price.

use std::collections::BTreeMap;

/// The label that names the machine type.
pub(crate) const MACHINE_TYPE: &str = "node.kubernetes.io/instance-type";
/// The label that names the region.
pub(crate) const REGION: &str = "topology.kubernetes.io/region";
/// The label that names the zone.
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

/// Machine type of a node with these labels.
pub fn machine_type(labels: &BTreeMap<String, String>) -> Option<&str> {
    first(labels, [MACHINE_TYPE, "beta.kubernetes.io/instance-type"])
}

/// Region of a node with these labels.
pub fn region(labels: &BTreeMap<String, String>) -> Option<&str> {
    first(labels, [REGION, "failure-domain.beta.kubernetes.io/region"])
}

/// Zone of a node with these labels.
pub fn zone(labels: &BTreeMap<String, String>) -> Option<&str> {
    first(labels, [ZONE, "failure-domain.beta.kubernetes.io/zone"])
}

fn first<'a>(labels: &'a BTreeMap<String, String>, names: [&str; 2]) -> Option<&'a str> {
    let named = |name: &str| labels.get(name);
    names.into_iter().find_map(named).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &[(&str, &str)], expect: [Option<&str>; 3]) {
        let labels = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(
            [machine_type(&labels), region(&labels), zone(&labels)],
            expect,
            "{given:?}"
        );
    }

    #[test]
    fn newer_names_win_and_older_ones_still_count() {
        check(&[], [None; 3]);
        check(
            &[
                (MACHINE_TYPE, "m5.large"),
                ("beta.kubernetes.io/instance-type", "m4.large"),
            ],
            [Some("m5.large"), None, None],
        );
        check(
            &[
                ("beta.kubernetes.io/instance-type", "m4.large"),
                ("failure-domain.beta.kubernetes.io/region", "us-east-1"),
                ("failure-domain.beta.kubernetes.io/zone", "us-east-1a"),
            ],
            [Some("m4.large"), Some("us-east-1"), Some("us-east-1a")],
        );
        check(
            &[(REGION, "us-east-1"), (ZONE, "us-east-1b")],
            [None, Some("us-east-1"), Some("us-east-1b")],
        );
    }
}
