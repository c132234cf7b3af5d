//! The audit log: append-only, each entry's hash over the one before and the whole canonical entry.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{canonical, hex, sha256};
use crate::content::{millis, parse, time};
use crate::head::{Head, Kept};
use crate::runs::{page, read_cursor};
use crate::{Page, Reader, StoreError, Writer};

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    /// Done.
    Ok,
    /// Refused: role, input or the world.
    Refused,
    /// Failed.
    Failed,
}

/// What somebody did or tried to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, to the millisecond.
    pub at: DateTime<Utc>,
    /// Who.
    pub author: String,
    /// Role it was done in.
    pub role: String,
    /// Door it came through.
    pub door: String,
    /// Name of the operation.
    pub operation: String,
    /// Its input, without secrets: the caller redacts.
    pub input: Value,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Code of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// An entry as the log holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Counts from 1, without gaps.
    pub seq: u64,
    /// The entry.
    pub entry: AuditEntry,
    /// SHA-256 of the previous hash and the canonical entry, in hexadecimal.
    pub hash: String,
}

/// Which entries are asked for; nothing set asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this author.
    pub author: Option<String>,
    /// Of this operation.
    pub operation: Option<String>,
    /// With this outcome.
    pub outcome: Option<AuditOutcome>,
    /// Done to this.
    pub target: Option<String>,
}

/// Whether the log is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditState {
    /// Entries in the log.
    pub entries: u64,
    /// Hash of the last, in hexadecimal; of an empty log, zeros.
    pub head: String,
    /// Whether every hash, the chain and the head kept outside agree.
    pub ok: bool,
    /// First entry that is missing or does not agree.
    pub first_bad: Option<u64>,
    /// What is wrong with it.
    pub reason: Option<String>,
}

/// An entry as it is hashed.
#[derive(Serialize, Deserialize)]
struct Numbered {
    seq: u64,
    #[serde(flatten)]
    entry: AuditEntry,
}

/// What comes before the first entry.
fn origin() -> Head {
    Head {
        entries: 0,
        hash: "0".repeat(64),
    }
}

fn chain(previous: &str, entry: &str) -> String {
    hex(&sha256(&[previous.as_bytes(), entry.as_bytes()]))
}

/// The log's last entry.
pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(Head {
                entries: row.get::<_, i64>(0)? as u64,
                hash: row.get(1)?,
            })
        })
        .optional()?;
    Ok(last.unwrap_or_else(origin))
}

/// The log's hash at an entry; entry 0 is before the first.
pub(crate) fn hash_at(connection: &Connection, seq: u64) -> Result<Option<String>, StoreError> {
    if seq == 0 {
        return Ok(Some(origin().hash));
    }
    Ok(connection
        .prepare_cached("SELECT hash FROM audit WHERE seq = ?1")?
        .query_row([seq as i64], |row| row.get(0))
        .optional()?)
}

/// Checks the whole log against itself and against what was kept outside.
pub(crate) fn verify(
    connection: &Connection,
    kept: Option<&Kept>,
) -> Result<AuditState, StoreError> {
    let mut last = origin();
    let mut bad: Option<(u64, String)> = None;
    let mut statement =
        connection.prepare("SELECT seq, previous, hash, entry FROM audit ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, previous, hash, entry): (i64, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let expected = last.entries + 1;
        if bad.is_none() {
            bad = entry_fault(expected, &last.hash, seq as u64, &previous, &hash, &entry)
                .map(|reason| (expected, reason));
        }
        last = Head {
            entries: last.entries + 1,
            hash,
        };
    }
    let outside = match kept {
        Some(Kept {
            breach: Some(breach),
            ..
        }) => Some(breach.clone()),
        Some(kept) => kept.differs(&last, |seq| hash_at(connection, seq))?,
        None => Some(crate::head::Breach {
            seq: 1,
            reason: "the head file is missing".to_owned(),
        }),
    };
    let bad = bad.or(outside.map(|breach| (breach.seq, breach.reason)));
    let (first_bad, reason) = bad.unzip();
    Ok(AuditState {
        entries: last.entries,
        head: last.hash,
        ok: first_bad.is_none(),
        first_bad,
        reason,
    })
}

/// What is wrong with an entry, if anything is.
fn entry_fault(
    expected: u64,
    last: &str,
    seq: u64,
    previous: &str,
    hash: &str,
    entry: &str,
) -> Option<String> {
    if seq != expected {
        return Some(format!(
            "entry {expected} is missing, entry {seq} comes next"
        ));
    }
    if previous != last {
        return Some(format!("entry {seq} does not follow on the one before"));
    }
    if hash != chain(previous, entry) {
        return Some(format!("entry {seq} is not what its hash was taken over"));
    }
    match serde_json::from_str::<Numbered>(entry) {
        Ok(numbered) if numbered.seq == seq => None,
        Ok(numbered) => Some(format!("entry {seq} says it is entry {}", numbered.seq)),
        Err(error) => Some(format!("entry {seq} does not read: {error}")),
    }
}

impl Reader {
    /// Entries that pass the filter, the newest first; at most `limit` before `cursor`.
    pub fn audit(
        &self,
        limit: u32,
        cursor: Option<&str>,
        filter: &AuditFilter,
    ) -> Result<Page<AuditRow>, StoreError> {
        let before = read_cursor(cursor)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, hash, entry FROM audit
             WHERE seq < ?1 AND (?2 IS NULL OR author = ?2) AND (?3 IS NULL OR operation = ?3)
                 AND (?4 IS NULL OR outcome = ?4) AND (?5 IS NULL OR target = ?5)
             ORDER BY seq DESC LIMIT ?6",
        )?;
        let outcome = filter.outcome.map(|outcome| match outcome {
            AuditOutcome::Ok => "ok",
            AuditOutcome::Refused => "refused",
            AuditOutcome::Failed => "failed",
        });
        let mut rows = statement.query((
            before,
            &filter.author,
            &filter.operation,
            outcome,
            &filter.target,
            i64::from(limit) + 1,
        ))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (seq, hash, entry): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let numbered: Numbered = parse(&entry, || format!("audit entry {seq}"))?;
            found.push((
                seq,
                AuditRow {
                    seq: seq as u64,
                    entry: numbered.entry,
                    hash,
                },
            ));
        }
        Ok(page(found, limit))
    }
}

impl Writer<'_> {
    /// Appends an entry and answers its number. At most one a write: the head outside the database may then be one
    /// entry behind, never more.
    pub fn append_audit(&mut self, entry: &AuditEntry) -> Result<u64, StoreError> {
        if self.after.head.is_some() {
            return Err(StoreError::Conflict(
                "a write holds one audit entry: append the second in a write of its own".to_owned(),
            ));
        }
        let last = head(&self.connection)?;
        let seq = last.entries + 1;
        let numbered = Numbered {
            seq,
            entry: AuditEntry {
                at: time(millis(entry.at))?,
                ..entry.clone()
            },
        };
        let value = serde_json::to_value(&numbered)
            .map_err(|error| StoreError::damaged("an audit entry", error))?;
        let text = canonical(&value);
        let hash = chain(&last.hash, &text);
        self.connection
            .prepare_cached(
                "INSERT INTO audit (seq, previous, hash, entry) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((seq as i64, &last.hash, &hash, text))?;
        self.after.head = Some(Head { entries: seq, hash });
        Ok(seq)
    }
}
