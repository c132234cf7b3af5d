//! TaintToleration: NoSchedule and NoExecute taints reject, PreferNoSchedule taints cost score.
//!
//! Source: `plugins/tainttoleration/taint_toleration.go`.

use crate::symbol::Symbols;
use crate::taint::{Effect, Taint, Toleration};

/// The first taint that keeps the pod off the node.
pub(crate) fn untolerated<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
) -> Option<&'a Taint> {
    taints
        .iter()
        .filter(|taint| taint.effect != Effect::PreferNoSchedule)
        .find(|taint| {
            !tolerations
                .iter()
                .any(|toleration| toleration.tolerates(**taint))
        })
}

/// How many PreferNoSchedule taints the pod does not tolerate.
pub(crate) fn intolerable(taints: &[Taint], tolerations: &[Toleration]) -> u32 {
    let applies = |toleration: &&Toleration| {
        matches!(toleration.effect, None | Some(Effect::PreferNoSchedule))
    };
    taints
        .iter()
        .filter(|taint| taint.effect == Effect::PreferNoSchedule)
        .filter(|taint| {
            !tolerations
                .iter()
                .filter(applies)
                .any(|toleration| toleration.tolerates(**taint))
        })
        .count() as u32
}

pub(crate) fn reason(taint: &Taint, symbols: &Symbols) -> String {
    format!(
        "node(s) had untolerated taint {{{}: {}}}",
        symbols.text(taint.key),
        symbols.text(taint.value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1 as core;
    use serde_json::{Value, json};

    /// Expect the first reason to reject, and the count of unwanted PreferNoSchedule taints.
    fn check(taints: Value, tolerations: Value, rejected: Option<&str>, unwanted: u32) {
        let mut symbols = Symbols::default();
        let taints: Vec<core::Taint> = serde_json::from_value(taints).unwrap();
        let tolerations: Vec<core::Toleration> = serde_json::from_value(tolerations).unwrap();
        let taints: Vec<_> = taints
            .iter()
            .map(|t| Taint::compile(t, 0, &mut symbols).unwrap())
            .collect();
        let tolerations: Vec<_> = tolerations
            .iter()
            .map(|t| Toleration::compile(t, 0, &mut symbols).unwrap())
            .collect();
        let reason = untolerated(&taints, &tolerations).map(|taint| reason(taint, &symbols));
        let expect = rejected.map(|taint| format!("node(s) had untolerated taint {{{taint}}}"));
        assert_eq!(
            (reason, intolerable(&taints, &tolerations)),
            (expect, unwanted)
        );
    }

    #[test]
    fn table() {
        let gpu = json!({"key": "gpu", "value": "true", "effect": "NoSchedule"});
        let spot = json!({"key": "spot", "effect": "NoExecute"});
        let soft = json!({"key": "old", "value": "x", "effect": "PreferNoSchedule"});
        check(json!([]), json!([]), None, 0);
        check(json!([gpu, spot]), json!([]), Some("gpu: true"), 0);
        check(
            json!([gpu, spot]),
            json!([{"key": "gpu", "value": "true"}]),
            Some("spot: "),
            0,
        );
        check(
            json!([gpu]),
            json!([{"key": "gpu", "operator": "Equal", "value": "false"}]),
            Some("gpu: true"),
            0,
        );
        check(
            json!([gpu]),
            json!([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]),
            Some("gpu: true"),
            0,
        );
        check(
            json!([gpu, spot, soft]),
            json!([{"operator": "Exists"}]),
            None,
            0,
        );
        check(json!([soft]), json!([]), None, 1);
        check(
            json!([soft]),
            json!([{"key": "old", "operator": "Exists", "effect": "NoSchedule"}]),
            None,
            1,
        );
        check(
            json!([soft]),
            json!([{"key": "old", "value": "x", "effect": "PreferNoSchedule"}]),
            None,
            0,
        );
    }

    #[test]
    fn illegal_words_are_named() {
        let mut symbols = Symbols::default();
        let bad = core::Toleration {
            operator: Some("Matches".into()),
            ..core::Toleration::default()
        };
        assert_eq!(
            Toleration::compile(&bad, 2, &mut symbols)
                .unwrap_err()
                .field,
            "spec.tolerations[2].operator"
        );
        let bad = core::Taint {
            effect: "Never".into(),
            ..core::Taint::default()
        };
        assert_eq!(
            Taint::compile(&bad, 1, &mut symbols).unwrap_err().field,
            "spec.taints[1].effect"
        );
    }
}
