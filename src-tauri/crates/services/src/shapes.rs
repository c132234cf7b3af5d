//! Shapes that several services answer with.

use drydock_model::{Money, Provenance};
use drydock_simulation::Range;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// An operation without input.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Names one world.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldInput {
    /// Name or id of the world; `current` is the one the lab is at.
    pub world: String,
}

/// Low and high end of a range; null where no drawn world has the figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ends(pub Option<f64>, pub Option<f64>);

impl From<Option<Range>> for Ends {
    fn from(range: Option<Range>) -> Self {
        Self(range.map(|range| range.low), range.map(|range| range.high))
    }
}

/// Money per hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HourlyCost {
    /// Decimal text.
    pub amount: Money,
    /// ISO 4217 code.
    pub currency: String,
}

impl HourlyCost {
    /// In US dollars, the currency of the price book.
    pub fn usd(amount: Money) -> Self {
        Self {
            amount,
            currency: "USD".to_owned(),
        }
    }
}

/// Where the figures of an answer come from, and as of when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// `simulated` where a run or session made them, else the grade of the input.
    pub kind: BasisKind,
    /// Weakest grade among the parameters behind them.
    pub grade: Provenance,
    /// The run, or nothing for the playing session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// World the figures are of.
    pub world: String,
    /// Its revision.
    pub revision: u64,
    /// Seed of the run or session; 0 of a world that is not played.
    pub seed: u64,
    /// Simulated time they are as of, nanoseconds as decimal text; 0 of a world that is not played.
    pub as_of_ns: String,
}

/// How figures came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BasisKind {
    /// By simulation.
    Simulated,
    /// Read off imported input.
    Imported,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// Cursor of the next page; nothing at the end.
    pub next: Option<String>,
}

/// Raw bytes with their type.
#[derive(Clone, Debug)]
pub struct Blob {
    /// MIME type.
    pub media_type: String,
    /// Name to save it under.
    pub file_name: Option<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// How many entries a page may hold: 100 where nobody says, at most 1000.
pub(crate) fn page_limit(asked: Option<u32>) -> Result<u32, Error> {
    match asked {
        None => Ok(100),
        Some(limit @ 1..=1000) => Ok(limit),
        Some(limit) => Err(Error::bad_input(
            "limit",
            format!("{limit} is out of range: write 1 to 1000"),
        )),
    }
}
