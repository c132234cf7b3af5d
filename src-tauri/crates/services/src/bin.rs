//! The bin: what was deleted, for 30 days.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::lab::{Change, Lab};
use crate::shapes::Nothing;

/// Something in the bin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BinRow {
    /// Its id.
    pub id: String,
    /// World or run.
    pub kind: BinnedKind,
    /// Its name.
    pub name: String,
    /// When it was deleted.
    pub deleted: DateTime<Utc>,
    /// When it goes for good.
    pub expires: DateTime<Utc>,
}

/// What can be in the bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BinnedKind {
    /// A world with its revisions.
    World,
    /// A run with its results.
    Run,
}

impl From<drydock_store::BinKind> for BinnedKind {
    fn from(kind: drydock_store::BinKind) -> Self {
        match kind {
            drydock_store::BinKind::World => Self::World,
            drydock_store::BinKind::Run => Self::Run,
        }
    }
}

/// `bin`: what was deleted and can be brought back, newest first.
pub fn bin(lab: &Lab, _: Nothing) -> Result<Vec<BinRow>, Error> {
    lab.store.read(|reader| {
        Ok(reader
            .bin()?
            .into_iter()
            .map(|entry| BinRow {
                id: entry.id,
                kind: entry.kind.into(),
                name: entry.name,
                deleted: entry.deleted,
                expires: entry.expires,
            })
            .collect())
    })
}

/// Names something in the bin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreInput {
    /// Its id.
    pub id: String,
}

/// What came back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// World or run.
    pub kind: BinnedKind,
    /// Its name.
    pub name: String,
}

/// `restore`: bring something back from the bin.
pub fn restore(change: &mut Change<'_, '_>, input: RestoreInput) -> Result<Restored, Error> {
    let entry = change
        .writer
        .bin()?
        .into_iter()
        .find(|entry| entry.id == input.id)
        .ok_or_else(|| Error::not_found("deleted world or run", &input.id))?;
    let kind = change.writer.restore(&input.id)?;
    Ok(Restored {
        kind: kind.into(),
        name: entry.name,
    })
}
