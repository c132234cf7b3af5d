//! Worlds: their rows, names and forks. Their contents stand in `revisions`.

mod members;
mod revisions;
mod undo;

use chrono::{DateTime, Utc};
use drydock_model::World;
use rusqlite::{OptionalExtension, Row};

pub use revisions::RevisionRow;
pub use undo::UndoState;

use crate::content::{millis, time};
use crate::{Reader, StoreError, Writer, new_id};
use members::Members;
use revisions::{NewRevision, State};

/// A world, without its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldRow {
    /// Version 7 uuid.
    pub id: String,
    /// Unique among the worlds that are not deleted.
    pub name: String,
    /// The revision it is at; counts from 1.
    pub revision: u64,
    /// World and revision it was forked from; that world may be gone since.
    pub parent: Option<(String, u64)>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it was put in the bin.
    pub deleted: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "SELECT id, name, revision, parent_world, parent_revision, created, deleted FROM worlds";

struct RawWorld {
    id: String,
    name: String,
    revision: i64,
    parent_world: Option<String>,
    parent_revision: Option<i64>,
    created: i64,
    deleted: Option<i64>,
}

impl RawWorld {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            revision: row.get(2)?,
            parent_world: row.get(3)?,
            parent_revision: row.get(4)?,
            created: row.get(5)?,
            deleted: row.get(6)?,
        })
    }

    fn finish(self) -> Result<WorldRow, StoreError> {
        Ok(WorldRow {
            id: self.id,
            name: self.name,
            revision: self.revision as u64,
            parent: self
                .parent_world
                .zip(self.parent_revision)
                .map(|(world, revision)| (world, revision as u64)),
            created: time(self.created)?,
            deleted: self.deleted.map(time).transpose()?,
        })
    }
}

impl Reader {
    /// The worlds that are not deleted, by name.
    pub fn worlds(&self) -> Result<Vec<WorldRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE deleted IS NULL ORDER BY name, id"
        ))?;
        let rows = statement.query_map([], RawWorld::read)?;
        rows.map(|row| row?.finish()).collect()
    }

    /// A world that is not deleted, by id or else by name.
    pub fn world_row(&self, id_or_name: &str) -> Result<WorldRow, StoreError> {
        self.connection
            .prepare_cached(&format!(
                "{COLUMNS} WHERE deleted IS NULL AND (id = ?1 OR name = ?1) ORDER BY id <> ?1 LIMIT 1"
            ))?
            .query_row([id_or_name], RawWorld::read)
            .optional()?
            .ok_or_else(|| StoreError::not_found("world", id_or_name))?
            .finish()
    }
}

impl Writer<'_> {
    /// Makes a world; its contents are revision 1. Order of objects does not matter, each key may stand once.
    pub fn create_world(
        &mut self,
        name: &str,
        world: &World,
        reason: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<WorldRow, StoreError> {
        let (state, objects_changed) = State::store(&self.connection, None, world)?;
        let id = self.insert_world(name, None, at)?;
        self.insert_revision(&NewRevision::first(
            &id,
            state,
            objects_changed,
            reason,
            author,
            at,
        ))?;
        self.world_row(&id)
    }

    /// Copies a world as it is at a revision, with its scenarios. Nothing of its contents is stored twice. The copy
    /// starts at revision 1, and undo in it does not reach further back.
    pub fn fork_world(
        &mut self,
        world: &str,
        revision: u64,
        name: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<WorldRow, StoreError> {
        let parent = self.world_row(world)?;
        let state = self.state_at(&parent.id, revision)?;
        let id = self.insert_world(name, Some((&parent.id, revision)), at)?;
        let reason = format!("fork of {} at revision {revision}", parent.name);
        self.insert_revision(&NewRevision::first(&id, state, 0, &reason, author, at))?;
        self.connection.execute(
            "INSERT INTO scenarios (world, name, scenario, at) SELECT ?1, name, scenario, at FROM scenarios WHERE world = ?2",
            (&id, &parent.id),
        )?;
        self.world_row(&id)
    }

    /// Gives a world another name.
    pub fn rename_world(&mut self, world: &str, name: &str) -> Result<WorldRow, StoreError> {
        let row = self.world_row(world)?;
        if row.name != name {
            self.check_name(name)?;
            self.connection
                .execute("UPDATE worlds SET name = ?2 WHERE id = ?1", (&row.id, name))?;
        }
        self.world_row(&row.id)
    }

    /// Refuses names that are empty or taken.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), StoreError> {
        if name.trim().is_empty() || name.trim() != name {
            return Err(StoreError::invalid(
                "name",
                format!("{name:?} is not a name of a world: write one without space around it"),
            ));
        }
        let taken = self
            .connection
            .prepare_cached("SELECT 1 FROM worlds WHERE name = ?1 AND deleted IS NULL")?
            .exists([name])?;
        if taken {
            return Err(StoreError::Conflict(format!(
                "there is a world {name:?} already: choose another name"
            )));
        }
        Ok(())
    }

    fn insert_world(
        &mut self,
        name: &str,
        parent: Option<(&str, u64)>,
        at: DateTime<Utc>,
    ) -> Result<String, StoreError> {
        self.check_name(name)?;
        let id = new_id();
        self.connection.execute(
            "INSERT INTO worlds (id, name, revision, parent_world, parent_revision, created) VALUES (?1, ?2, 1, ?3, ?4, ?5)",
            (
                &id,
                name,
                parent.map(|(world, _)| world),
                parent.map(|(_, revision)| revision as i64),
                millis(at),
            ),
        )?;
        Ok(id)
    }
}
