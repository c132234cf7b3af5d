//! Amounts of CPU and memory as the recommender counts them: whole millicores and whole bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A resource the autoscaler knows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// Processor time.
    Cpu,
    /// Main memory.
    Memory,
}

impl Resource {
    /// Both, CPU first.
    pub const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    /// The resource of a Kubernetes resource name, if the autoscaler knows it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cpu" => Some(Self::Cpu),
            "memory" => Some(Self::Memory),
            _ => None,
        }
    }

    /// The Kubernetes resource name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }
}

/// Amounts of both resources; one that is not given is absent, which is not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// Thousandths of a core.
    pub milli_cpu: Option<u64>,
    /// Bytes.
    pub memory_bytes: Option<u64>,
}

impl Resources {
    /// Amounts of both.
    pub fn new(milli_cpu: u64, memory_bytes: u64) -> Self {
        Self {
            milli_cpu: Some(milli_cpu),
            memory_bytes: Some(memory_bytes),
        }
    }

    /// The amount of one: millicores or bytes.
    pub fn get(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Cpu => self.milli_cpu,
            Resource::Memory => self.memory_bytes,
        }
    }

    /// Gives or takes away the amount of one: millicores or bytes.
    pub fn set(&mut self, resource: Resource, amount: Option<u64>) {
        match resource {
            Resource::Cpu => self.milli_cpu = amount,
            Resource::Memory => self.memory_bytes = amount,
        }
    }

    /// The same resources with each given amount replaced.
    pub(super) fn map(self, mut change: impl FnMut(Resource, u64) -> u64) -> Self {
        let mut changed = self;
        for resource in Resource::ALL {
            let amount = self.get(resource).map(|amount| change(resource, amount));
            changed.set(resource, amount);
        }
        changed
    }
}

/// The most an amount can be, millicores or bytes. Source: `types.go`, `MaxResourceAmount`.
const MOST: f64 = 1e14;

/// A computed amount as a whole one: cut off, at least 0 and at most 1e14; what is no number
/// (nothing times an infinite factor) is 0. Source: `types.go`, `resourceAmountFromFloat`.
pub(super) fn whole(amount: f64) -> u64 {
    if amount.is_nan() {
        return 0;
    }
    amount.clamp(0.0, MOST) as u64
}

/// An amount times a factor, as a whole one. Source: `types.go`, `ScaleResource`.
pub(super) fn scale(amount: u64, factor: f64) -> u64 {
    whole(amount as f64 * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_cut_off_and_bounded() {
        for (amount, expected) in [
            (0.999, 0),
            (20.5, 20),
            (-3.0, 0),
            (1e15, 100_000_000_000_000),
            (f64::INFINITY, 100_000_000_000_000),
        ] {
            assert_eq!(whole(amount), expected, "{amount}");
        }
        assert_eq!(scale(25, 1.0 / 3.0), 8);
        assert_eq!(scale(0, f64::INFINITY), 0);
        assert_eq!(scale(7, f64::INFINITY), 100_000_000_000_000);
    }
}
