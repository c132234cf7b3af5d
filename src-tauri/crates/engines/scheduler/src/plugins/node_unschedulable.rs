//! NodeUnschedulable: a cordoned node takes only pods that tolerate the taint a cordon stands for.
//!
//! Source: `plugins/nodeunschedulable/node_unschedulable.go`.

use crate::symbol::Symbols;
use crate::taint::{Effect, Taint, Toleration};

pub(crate) const REASON: &str = "node(s) were unschedulable";

/// The taint that stands for `spec.unschedulable`.
pub(crate) fn cordon_taint(symbols: &mut Symbols) -> Taint {
    Taint {
        key: symbols.intern("node.kubernetes.io/unschedulable"),
        value: symbols.intern(""),
        effect: Effect::NoSchedule,
    }
}

pub(crate) fn rejects(unschedulable: bool, cordon: Taint, tolerations: &[Toleration]) -> bool {
    unschedulable
        && !tolerations
            .iter()
            .any(|toleration| toleration.tolerates(cordon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1 as core;

    #[test]
    fn table() {
        let exists = |key: &str, effect: Option<&str>| core::Toleration {
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            operator: Some("Exists".to_owned()),
            effect: effect.map(str::to_owned),
            ..core::Toleration::default()
        };
        for (cordoned, tolerations, rejected) in [
            (false, vec![], false),
            (true, vec![], true),
            (
                true,
                vec![exists("node.kubernetes.io/unschedulable", None)],
                false,
            ),
            (
                true,
                vec![exists(
                    "node.kubernetes.io/unschedulable",
                    Some("NoExecute"),
                )],
                true,
            ),
            (true, vec![exists("", None)], false),
            (true, vec![exists("other", None)], true),
        ] {
            let mut symbols = Symbols::default();
            let cordon = cordon_taint(&mut symbols);
            let compiled: Vec<_> = tolerations
                .iter()
                .map(|t| Toleration::compile(t, 0, &mut symbols).unwrap())
                .collect();
            assert_eq!(
                rejects(cordoned, cordon, &compiled),
                rejected,
                "{tolerations:?}"
            );
        }
    }
}
