//! Where a figure comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The grade of a figure or parameter, strongest first: the order is that of trust.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Imported or read from a living thing, with source and time.
    Measured,
    /// Fitted to measurements.
    Fitted,
    /// Read off other input, such as an address in an environment variable.
    Inferred,
    /// Typed in by the user.
    Entered,
    /// Computed from a model with a known error.
    Estimated,
    /// Nobody gave it: a default with a range.
    Assumed,
}

impl Provenance {
    /// The weaker of two grades: what a result that rests on both carries.
    pub fn weaker(self, other: Self) -> Self {
        self.max(other)
    }

    /// The grade in a word, as it is serialized, stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Fitted => "fitted",
            Self::Inferred => "inferred",
            Self::Entered => "entered",
            Self::Estimated => "estimated",
            Self::Assumed => "assumed",
        }
    }
}
