//! The audit log as it is read: writes and refusals, hash-chained. It is written in front of the table of operations.

use chrono::{DateTime, Utc};
use drydock_store::{AuditFilter, AuditOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::lab::Lab;
use crate::shapes::{Nothing, Page, page_limit};

/// Which entries to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditInput {
    /// At most this many, 1 to 1000; 100 where it is left out.
    pub limit: Option<u32>,
    /// Cursor from the page before.
    pub cursor: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only of this operation.
    pub operation: Option<String>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Done.
    Ok,
    /// Refused.
    Refused,
    /// Failed.
    Failed,
}

impl From<Outcome> for AuditOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Refused => Self::Refused,
            Outcome::Failed => Self::Failed,
        }
    }
}

impl From<AuditOutcome> for Outcome {
    fn from(outcome: AuditOutcome) -> Self {
        match outcome {
            AuditOutcome::Ok => Self::Ok,
            AuditOutcome::Refused => Self::Refused,
            AuditOutcome::Failed => Self::Failed,
        }
    }
}

/// An entry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Counts from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub author: String,
    /// In which role.
    pub role: String,
    /// Through which door.
    pub door: String,
    /// The operation.
    pub operation: String,
    /// Its input, without what is secret or large.
    pub input: Value,
    /// How it ended.
    pub outcome: Outcome,
    /// Code of the error.
    pub code: Option<String>,
    /// SHA-256 over the previous hash and this entry, hexadecimal.
    pub hash: String,
}

/// `audit`: writes and refusals, newest first.
pub fn audit(lab: &Lab, input: AuditInput) -> Result<Page<AuditRow>, Error> {
    let limit = page_limit(input.limit)?;
    let filter = AuditFilter {
        operation: input.operation,
        outcome: input.outcome.map(Into::into),
        ..AuditFilter::default()
    };
    let page = lab
        .store
        .read(|reader| reader.audit(limit, input.cursor.as_deref(), &filter))?;
    let items = page.items.into_iter().map(|row| AuditRow {
        seq: row.seq,
        at: row.entry.at,
        author: row.entry.author,
        role: row.entry.role,
        door: row.entry.door,
        operation: row.entry.operation,
        input: row.entry.input,
        outcome: row.entry.outcome.into(),
        code: row.entry.code,
        hash: row.hash,
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}

/// Whether the audit log is whole.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditState {
    /// Entries.
    pub entries: u64,
    /// Hash of the last.
    pub head: String,
    /// Whether every entry follows on the one before and none is missing.
    pub ok: bool,
    /// First entry that does not.
    pub first_bad: Option<u64>,
    /// What is wrong.
    pub problem: Option<String>,
}

/// `audit_verify`: check the whole chain, and its end against the copy kept outside the database.
pub fn audit_verify(lab: &Lab, _: Nothing) -> Result<AuditState, Error> {
    let state = lab.store.verify_audit()?;
    Ok(AuditState {
        entries: state.entries,
        head: state.head,
        ok: state.ok,
        first_bad: state.first_bad,
        problem: state.reason,
    })
}
