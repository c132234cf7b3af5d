//! The report of an import: what was taken, skipped, dropped, inferred and assumed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an import did with what it was given. Nothing it was given goes unmentioned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Files read, in order of path.
    pub files: Vec<String>,
    /// Objects taken, by kind.
    pub taken: Vec<Taken>,
    /// Documents and files not taken, and why.
    pub skipped: Vec<Skipped>,
    /// Values left out so that no secret enters the lab.
    pub dropped: Vec<Dropped>,
    /// Read off other input.
    pub inferred: Vec<Inference>,
    /// Names that other services are called by here, without a workload behind them.
    pub unresolved: Vec<UnresolvedName>,
    /// Supplied by Drydock because the input does not say.
    pub assumed: Vec<Assumption>,
}

/// How many objects of a kind were taken, and whether the engines know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// API version and kind, such as `apps/v1 Deployment`.
    pub kind: String,
    /// Objects.
    pub count: u32,
    /// False where it is only kept.
    pub understood: bool,
}

/// Something not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// File, with the number of the document or item where there are several.
    pub place: String,
    /// Kind, where it has one.
    pub kind: Option<String>,
    /// Why, and what would be right.
    pub reason: String,
}

/// A value left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dropped {
    /// The object.
    pub object: String,
    /// The field, such as `spec.containers[0].env[DB_PASSWORD]`.
    pub field: String,
}

/// Something read off other input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inference {
    /// What is inferred, such as `shop/checkout calls shop/cart`.
    pub what: String,
    /// What from.
    pub from: String,
}

/// A name in an address that no workload stands behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnresolvedName {
    /// The host name.
    pub name: String,
    /// Where it stands.
    pub from: String,
}

/// Something supplied by Drydock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assumption {
    /// What is assumed.
    pub what: String,
    /// Why it was needed.
    pub why: String,
    /// Figures behind it (instance type, price, source and date).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, String>,
}
