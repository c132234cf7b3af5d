//! One line of the price book: a machine type in a region and what it costs. Knows nothing of
//! clusters.

use std::fmt;
use std::str::FromStr;

use drydock_model::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cloud the price book has prices of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

impl Provider {
    /// All providers, in the order of the book.
    pub const ALL: [Self; 3] = [Self::Aws, Self::Azure, Self::Gcp];

    /// The provider's name as the book and the settings write it: `aws`, `azure`, `gcp`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }

    /// The names of three zones of a region, in the provider's spelling. On AWS the letters are
    /// aliases that differ between accounts; Google's us-east1 and europe-west1 start at `b`.
    pub fn zones(self, region: &str) -> [String; 3] {
        let names = match self {
            Self::Aws => ["a", "b", "c"],
            Self::Azure => ["-1", "-2", "-3"],
            Self::Gcp if matches!(region, "us-east1" | "europe-west1") => ["-b", "-c", "-d"],
            Self::Gcp => ["-a", "-b", "-c"],
        };
        names.map(|name| format!("{region}{name}"))
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A provider name that the price book does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider: {0:?} is not in the price book; use aws, azure or gcp")]
pub struct UnknownProvider(pub String);

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownProvider(text.to_owned()))
    }
}

/// What a machine type is built for, by its ratio of memory to cores.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum MachineClass {
    /// About 4 GiB a core, whole cores all the time.
    General,
    /// About 1 to 2 GiB a core.
    Compute,
    /// About 8 GiB a core.
    Memory,
    /// A core that is shared or throttled after its credits are used up.
    Burstable,
}

/// A machine type in a region with its list prices (US dollars per hour, Linux, shared tenancy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The cloud that sells it.
    pub provider: Provider,
    /// The provider's own region code, such as `eu-west-1`.
    pub region: &'static str,
    /// The provider's own name of the machine type, such as `m6i.large`.
    pub instance_type: &'static str,
    /// What it is built for.
    pub class: MachineClass,
    /// Virtual cores in thousandths; the billed share for a shared-core machine.
    pub milli_vcpu: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// CPU architecture as Kubernetes spells it: `amd64` or `arm64`.
    pub arch: &'static str,
    /// On-demand price, US dollars per hour.
    pub on_demand_per_hour: Money,
    /// Spot price, US dollars per hour; absent where none is known.
    pub spot_per_hour: Option<Money>,
    /// Where the on-demand price comes from.
    pub source: &'static str,
    /// ISO date of the oldest figure in the on-demand price.
    pub as_of: &'static str,
    /// Whether the on-demand price is computed from other published figures rather than listed.
    pub estimated: bool,
    /// Where the spot price comes from.
    pub spot_source: Option<&'static str>,
    /// ISO date of the oldest figure in the spot price.
    pub spot_as_of: Option<&'static str>,
    /// Whether the spot price is computed from a published discount rather than listed.
    pub spot_estimated: bool,
}
