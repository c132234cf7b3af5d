//! Which objects a revision holds.
//!
//! A manifest lists them as changes against another manifest, or in full where the chain of changes would grow beyond
//! 32 or cost more than a full list: an edit of one object adds one or two small rows however large the world, and
//! reading back never walks more than 32 manifests. Revisions that hold the same (undo, redo, forks, changes of
//! parameters only) share a manifest.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::Provenance;
use rusqlite::Connection;

use crate::StoreError;
use crate::content::parse_grade;

/// Longest chain of changes.
const LONGEST_CHAIN: i64 = 32;

/// Row of the object -> its grade in this world.
pub(super) type Members = BTreeMap<i64, Provenance>;

/// The members of a manifest.
pub(super) fn load(connection: &Connection, manifest: i64) -> Result<Members, StoreError> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE chain (id, base, depth) AS (
             SELECT id, base, depth FROM manifests WHERE id = ?1
             UNION ALL
             SELECT m.id, m.base, m.depth FROM manifests m JOIN chain ON m.id = chain.base)
         SELECT object, provenance FROM chain JOIN manifest_members ON manifest = chain.id ORDER BY depth",
    )?;
    let mut members = Members::new();
    let mut rows = statement.query([manifest])?;
    while let Some(row) = rows.next()? {
        let object = row.get(0)?;
        match row.get_ref(1)?.as_str_or_null() {
            Ok(Some(stored)) => {
                members.insert(object, parse_grade(stored)?);
            }
            Ok(None) => {
                members.remove(&object);
            }
            Err(error) => return Err(StoreError::damaged("a manifest", error)),
        }
    }
    Ok(members)
}

/// Stores members, as changes against `base` where that is shorter; an equal base is used itself.
pub(super) fn store(
    connection: &Connection,
    base: Option<(i64, &Members)>,
    members: &Members,
) -> Result<i64, StoreError> {
    if let Some((base, before)) = base {
        let changes = changes(before, members);
        if changes.is_empty() {
            return Ok(base);
        }
        let depth: i64 =
            connection.query_row("SELECT depth FROM manifests WHERE id = ?1", [base], |row| {
                row.get(0)
            })?;
        if depth + 1 < LONGEST_CHAIN && changes.len() < members.len() {
            return insert(connection, Some(base), depth + 1, &changes);
        }
    }
    let all: Vec<_> = members
        .iter()
        .map(|(object, provenance)| (*object, Some(*provenance)))
        .collect();
    insert(connection, None, 0, &all)
}

/// How many keys differ between two memberships.
pub(super) fn count_changed(
    connection: &Connection,
    before: &Members,
    after: &Members,
) -> Result<u32, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key FROM objects WHERE id = ?1")?;
    let mut keys = BTreeSet::new();
    for (object, _) in changes(before, after) {
        keys.insert(statement.query_row([object], |row| row.get::<_, String>(0))?);
    }
    Ok(u32::try_from(keys.len()).unwrap_or(u32::MAX))
}

/// What leads from one membership to another; no grade where the object goes.
fn changes(before: &Members, after: &Members) -> Vec<(i64, Option<Provenance>)> {
    let gone = before
        .keys()
        .filter(|object| !after.contains_key(object))
        .map(|object| (*object, None));
    let come = after
        .iter()
        .filter(|(object, provenance)| before.get(object) != Some(provenance))
        .map(|(object, provenance)| (*object, Some(*provenance)));
    gone.chain(come).collect()
}

fn insert(
    connection: &Connection,
    base: Option<i64>,
    depth: i64,
    rows: &[(i64, Option<Provenance>)],
) -> Result<i64, StoreError> {
    connection.execute(
        "INSERT INTO manifests (base, depth) VALUES (?1, ?2)",
        (base, depth),
    )?;
    let manifest = connection.last_insert_rowid();
    let mut statement = connection.prepare_cached(
        "INSERT INTO manifest_members (manifest, object, provenance) VALUES (?1, ?2, ?3)",
    )?;
    for (object, provenance) in rows {
        statement.execute((manifest, object, provenance.map(Provenance::as_str)))?;
    }
    Ok(manifest)
}
