//! Revisions: a world after each change, and its contents back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use drydock_model::{ClusterObject, Definition, ImportReport, ObjectKey, World};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Members, members};
use crate::content::{document, millis, parse, put_document, put_object, time};
use crate::{Reader, StoreError, Writer};

/// A revision, without its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    /// Counts from 1 in each world.
    pub number: u64,
    /// Why, in words.
    pub reason: String,
    /// Who.
    pub author: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The revision whose change this one takes back.
    pub undo_of: Option<u64>,
    /// The revision whose change this one makes again.
    pub redo_of: Option<u64>,
    /// Objects added, removed or changed against the revision before.
    pub objects_changed: u32,
}

/// The contents of a revision, as rows.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) manifest: i64,
    definition: i64,
    report: Option<i64>,
}

/// A revision about to be stored; what the last four mean stands with the table.
pub(super) struct NewRevision<'a> {
    pub(super) world: &'a str,
    pub(super) number: u64,
    pub(super) state: State,
    pub(super) objects_changed: u32,
    pub(super) reason: &'a str,
    pub(super) author: &'a str,
    pub(super) at: DateTime<Utc>,
    pub(super) undo_of: Option<u64>,
    pub(super) redo_of: Option<u64>,
    pub(super) holds: u64,
    pub(super) before: Option<u64>,
    pub(super) tip: u64,
}

impl<'a> NewRevision<'a> {
    /// Revision 1, before which there is nothing to go back to.
    pub(super) fn first(
        world: &'a str,
        state: State,
        objects_changed: u32,
        reason: &'a str,
        author: &'a str,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            world,
            number: 1,
            state,
            objects_changed,
            reason,
            author,
            at,
            undo_of: None,
            redo_of: None,
            holds: 1,
            before: None,
            tip: 1,
        }
    }
}

impl State {
    /// Stores contents, sharing what is there already. Also answers how many objects differ from `before`.
    pub(super) fn store(
        connection: &Connection,
        before: Option<State>,
        world: &World,
    ) -> Result<(Self, u32), StoreError> {
        for (key, setting) in &world.definition.settings {
            if !setting.value.is_finite() {
                return Err(StoreError::invalid(
                    "settings",
                    format!("{key} is {}: a finite number is needed", setting.value),
                ));
            }
        }
        let mut keys = BTreeSet::new();
        let mut held = Members::new();
        for object in &world.objects {
            let key = object.key();
            let id = put_object(connection, object, &key_text(&key))?;
            if !keys.insert(key.clone()) {
                return Err(StoreError::invalid(
                    "objects",
                    format!("{key} stands twice: each object may stand once"),
                ));
            }
            held.insert(id, object.provenance);
        }
        let (manifest, objects_changed) = match before {
            Some(before) => {
                let old = members::load(connection, before.manifest)?;
                (
                    members::store(connection, Some((before.manifest, &old)), &held)?,
                    members::count_changed(connection, &old, &held)?,
                )
            }
            None => (
                members::store(connection, None, &held)?,
                u32::try_from(keys.len()).unwrap_or(u32::MAX),
            ),
        };
        // The report is large and rarely changes, so it is shared on its own.
        let report = world
            .definition
            .report
            .as_ref()
            .map(|report| put_document(connection, report))
            .transpose()?;
        let definition = Definition {
            mode: world.definition.mode,
            calls: world.definition.calls.clone(),
            classes: world.definition.classes.clone(),
            traffic: world.definition.traffic.clone(),
            policies: world.definition.policies.clone(),
            behaviours: world.definition.behaviours.clone(),
            settings: world.definition.settings.clone(),
            report: None,
        };
        let definition = put_document(connection, &definition)?;
        let state = Self {
            manifest,
            definition,
            report,
        };
        Ok((state, objects_changed))
    }

    fn load(self, connection: &Connection) -> Result<World, StoreError> {
        let mut definition: Definition = document(connection, self.definition)?;
        definition.report = self
            .report
            .map(|report| document::<ImportReport>(connection, report))
            .transpose()?;
        let mut statement =
            connection.prepare_cached("SELECT key, json FROM objects WHERE id = ?1")?;
        let mut objects = Vec::new();
        for (id, provenance) in members::load(connection, self.manifest)? {
            let (key, json): (String, String) =
                statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let json = parse(&json, || format!("object {}", key.replace('\n', " ")))?;
            let object = ClusterObject::new(json, provenance);
            objects.push((object.key(), object));
        }
        objects.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(World {
            objects: objects.into_iter().map(|(_, object)| object).collect(),
            definition,
        })
    }
}

fn key_text(key: &ObjectKey) -> String {
    format!(
        "{}\n{}\n{}\n{}",
        key.group, key.kind, key.namespace, key.name
    )
}

struct RawRevision {
    number: i64,
    reason: String,
    author: String,
    at: i64,
    undo_of: Option<i64>,
    redo_of: Option<i64>,
    objects_changed: u32,
}

impl RawRevision {
    const COLUMNS: &str =
        "SELECT number, reason, author, at, undo_of, redo_of, objects_changed FROM revisions";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            reason: row.get(1)?,
            author: row.get(2)?,
            at: row.get(3)?,
            undo_of: row.get(4)?,
            redo_of: row.get(5)?,
            objects_changed: row.get(6)?,
        })
    }

    fn finish(self) -> Result<RevisionRow, StoreError> {
        Ok(RevisionRow {
            number: self.number as u64,
            reason: self.reason,
            author: self.author,
            at: time(self.at)?,
            undo_of: self.undo_of.map(|number| number as u64),
            redo_of: self.redo_of.map(|number| number as u64),
            objects_changed: self.objects_changed,
        })
    }
}

impl Reader {
    /// The contents of a world at a revision, or as it is now; objects in order of their keys.
    pub fn load_world(&self, world: &str, revision: Option<u64>) -> Result<World, StoreError> {
        let row = self.world_row(world)?;
        self.state_at(&row.id, revision.unwrap_or(row.revision))?
            .load(&self.connection)
    }

    /// The revisions of a world, newest first.
    pub fn revisions(&self, world: &str) -> Result<Vec<RevisionRow>, StoreError> {
        let row = self.world_row(world)?;
        let mut statement = self.connection.prepare_cached(&format!(
            "{} WHERE world = ?1 ORDER BY number DESC",
            RawRevision::COLUMNS
        ))?;
        let rows = statement.query_map([row.id], RawRevision::read)?;
        rows.map(|row| row?.finish()).collect()
    }

    /// One revision of a world.
    pub fn revision(&self, world: &str, number: u64) -> Result<RevisionRow, StoreError> {
        let row = self.world_row(world)?;
        self.connection
            .prepare_cached(&format!(
                "{} WHERE world = ?1 AND number = ?2",
                RawRevision::COLUMNS
            ))?
            .query_row((&row.id, number as i64), RawRevision::read)
            .optional()?
            .ok_or_else(|| no_revision(&row.name, number))?
            .finish()
    }

    pub(super) fn state_at(&self, world: &str, number: u64) -> Result<State, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT manifest, definition, report FROM revisions WHERE world = ?1 AND number = ?2",
            )?
            .query_row((world, number as i64), |row| {
                Ok(State {
                    manifest: row.get(0)?,
                    definition: row.get(1)?,
                    report: row.get(2)?,
                })
            })
            .optional()?
            .ok_or_else(|| no_revision(world, number))
    }
}

fn no_revision(world: &str, number: u64) -> StoreError {
    StoreError::not_found("revision", format!("{world}@{number}"))
}

impl Writer<'_> {
    /// Stores a change of a world and answers the number of its revision. Refused where the world is not at
    /// `expected`. What could be redone is forgotten.
    pub fn commit_revision(
        &mut self,
        world: &str,
        expected: u64,
        contents: &World,
        reason: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let row = self.world_row(world)?;
        if row.revision != expected {
            return Err(StoreError::RevisionConflict {
                world: row.id,
                expected,
                found: row.revision,
            });
        }
        let before = self.state_at(&row.id, expected)?;
        let (state, objects_changed) = State::store(&self.connection, Some(before), contents)?;
        let (holds, _) = self.place(&row.id, expected)?;
        let number = expected + 1;
        self.insert_revision(&NewRevision {
            world: &row.id,
            number,
            state,
            objects_changed,
            reason,
            author,
            at,
            undo_of: None,
            redo_of: None,
            holds: number,
            before: Some(holds),
            tip: number,
        })?;
        Ok(number)
    }

    /// Stores a revision and moves the world to it.
    pub(super) fn insert_revision(&mut self, new: &NewRevision<'_>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO revisions (world, number, manifest, definition, report, reason, author, at,
                     objects_changed, undo_of, redo_of, holds, before, tip)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute((
                new.world,
                new.number as i64,
                new.state.manifest,
                new.state.definition,
                new.state.report,
                new.reason,
                new.author,
                millis(new.at),
                new.objects_changed,
                new.undo_of.map(|number| number as i64),
                new.redo_of.map(|number| number as i64),
                new.holds as i64,
                new.before.map(|number| number as i64),
                new.tip as i64,
            ))?;
        self.connection
            .prepare_cached("UPDATE worlds SET revision = ?2 WHERE id = ?1")?
            .execute((new.world, new.number as i64))?;
        Ok(())
    }
}
