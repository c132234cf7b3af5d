//! Parameters: the figures a simulation rests on, each with range and provenance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Provenance;

/// A value somebody or something gave; what nobody gave comes from the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// The value, in the unit of its catalogue entry.
    pub value: f64,
    /// Where it comes from.
    pub provenance: Provenance,
    /// The file, person or measurement behind it.
    pub source: String,
    /// When it was true (ISO 8601), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// A parameter of a world as the Parameters page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// `subject/name`, such as `service/shop/cart/demand_ms`; unique in a world.
    pub key: String,
    /// What it is about: a service, a call, a request class or `world`.
    pub subject: String,
    /// Its name in the catalogue.
    pub name: String,
    /// One line on what it means.
    pub meaning: String,
    /// Unit of value, low and high.
    pub unit: String,
    /// The value in force.
    pub value: f64,
    /// Low end of what is plausible; equals `value` for what is not assumed.
    pub low: f64,
    /// High end of what is plausible; equals `value` for what is not assumed.
    pub high: f64,
    /// Smallest value that is accepted.
    pub minimum: f64,
    /// Largest value that is accepted.
    pub maximum: f64,
    /// Where the value comes from.
    pub provenance: Provenance,
    /// The file, person, measurement or reference behind it.
    pub source: String,
    /// When it was true (ISO 8601), where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}
