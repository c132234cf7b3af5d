//! Content stored once, by its hash, and the small conversions between columns and values.

use chrono::{DateTime, TimeZone, Utc};
use drydock_model::{ClusterObject, Provenance};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::canonical::sha256;

/// The row of an object's original, made where it is new. The text keeps the order of keys that the object came with,
/// so that export gives back what import took.
pub(crate) fn put_object(
    connection: &Connection,
    object: &ClusterObject,
    key: &str,
) -> Result<i64, StoreError> {
    let json = text(object.json.as_ref())?;
    let hash = sha256(&[json.as_bytes()]);
    let known = connection
        .prepare_cached("SELECT id FROM objects WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO objects (hash, key, json) VALUES (?1, ?2, ?3)")?
        .execute((hash, key, json))?;
    Ok(connection.last_insert_rowid())
}

/// The row of a document, made where it is new.
pub(crate) fn put_document<T: Serialize>(
    connection: &Connection,
    document: &T,
) -> Result<i64, StoreError> {
    let json = text(document)?;
    let hash = sha256(&[json.as_bytes()]);
    let known = connection
        .prepare_cached("SELECT id FROM documents WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO documents (hash, json) VALUES (?1, ?2)")?
        .execute((hash, json))?;
    Ok(connection.last_insert_rowid())
}

/// A document back.
pub(crate) fn document<T: DeserializeOwned>(
    connection: &Connection,
    id: i64,
) -> Result<T, StoreError> {
    let json: String = connection
        .prepare_cached("SELECT json FROM documents WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    parse(&json, || format!("document {id}"))
}

/// A value as JSON text.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged("a value to be stored", error))
}

/// JSON text as a value; `what` names it where it does not read.
pub(crate) fn parse<T: DeserializeOwned>(
    json: &str,
    what: impl FnOnce() -> String,
) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::damaged(what(), error))
}

/// A stored grade back.
pub(crate) fn parse_grade(stored: &str) -> Result<Provenance, StoreError> {
    serde_json::from_value(stored.into())
        .map_err(|error| StoreError::damaged("a provenance", error))
}

/// Milliseconds since 1970.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// A stored time back.
pub(crate) fn time(millis: i64) -> Result<DateTime<Utc>, StoreError> {
    Utc.timestamp_millis_opt(millis)
        .single()
        .ok_or_else(|| StoreError::damaged("a time", format!("{millis} ms is out of range")))
}
