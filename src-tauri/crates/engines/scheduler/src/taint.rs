//! Taints of nodes and tolerations of pods, compiled to symbols.

use k8s_openapi::api::core::v1 as core;

use crate::error::Fault;
use crate::symbol::{Symbol, Symbols};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

impl Effect {
    /// As an object writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }

    fn parse(text: &str, field: impl Fn() -> String) -> Result<Self, Fault> {
        match text {
            "NoSchedule" => Ok(Self::NoSchedule),
            "PreferNoSchedule" => Ok(Self::PreferNoSchedule),
            "NoExecute" => Ok(Self::NoExecute),
            _ => Err(Fault::new(
                field(),
                format!("{text:?}"),
                "NoSchedule, PreferNoSchedule or NoExecute",
            )),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taint {
    pub key: Symbol,
    pub value: Symbol,
    pub effect: Effect,
}

impl Taint {
    pub(crate) fn compile(
        taint: &core::Taint,
        at: usize,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
        Ok(Self {
            key: symbols.intern(&taint.key),
            value: symbols.intern(taint.value.as_deref().unwrap_or_default()),
            effect: Effect::parse(&taint.effect, || format!("spec.taints[{at}].effect"))?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Toleration {
    /// None: every key.
    key: Option<Symbol>,
    /// None: every value (operator Exists).
    value: Option<Symbol>,
    /// None: every effect.
    pub effect: Option<Effect>,
}

impl Toleration {
    pub(crate) fn compile(
        toleration: &core::Toleration,
        at: usize,
        symbols: &mut Symbols,
    ) -> Result<Self, Fault> {
        let value = match toleration.operator.as_deref() {
            None | Some("" | "Equal") => {
                Some(symbols.intern(toleration.value.as_deref().unwrap_or_default()))
            }
            Some("Exists") => None,
            Some(other) => {
                let field = format!("spec.tolerations[{at}].operator");
                return Err(Fault::new(field, format!("{other:?}"), "Equal or Exists"));
            }
        };
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let effect = named(&toleration.effect)
            .map(|effect| Effect::parse(&effect, || format!("spec.tolerations[{at}].effect")))
            .transpose()?;
        Ok(Self {
            key: named(&toleration.key).map(|key| symbols.intern(&key)),
            value,
            effect,
        })
    }

    /// `Toleration.ToleratesTaint` of `k8s.io/api/core/v1`.
    pub(crate) fn tolerates(self, taint: Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && self.key.is_none_or(|key| key == taint.key)
            && self.value.is_none_or(|value| value == taint.value)
    }
}
