//! The bin: deleted worlds and runs wait in it for 30 days, then go with all that only they refer to.

use chrono::{DateTime, Duration, Utc};
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use crate::content::{millis, time};
use crate::{Reader, StoreError, Writer};

/// How long what was deleted can be restored, in days.
pub const BIN_DAYS: i64 = 30;

/// What lies in the bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BinKind {
    /// A world, with its revisions, runs and scenarios.
    World,
    /// A run.
    Run,
}

/// Something in the bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinEntry {
    /// World or run.
    pub kind: BinKind,
    /// Its id.
    pub id: String,
    /// Name of the world; of a run, of the world it is of.
    pub name: String,
    /// When it was deleted.
    pub deleted: DateTime<Utc>,
    /// When it goes for good.
    pub expires: DateTime<Utc>,
}

/// What a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Worlds.
    pub worlds: u64,
    /// Runs, those of the worlds included.
    pub runs: u64,
}

impl Reader {
    /// What can be restored, the last deleted first.
    pub fn bin(&self) -> Result<Vec<BinEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 0, id, name, deleted FROM worlds WHERE deleted IS NOT NULL
             UNION ALL
             SELECT 1, runs.id, name, runs.deleted FROM runs JOIN worlds ON worlds.id = world
             WHERE runs.deleted IS NOT NULL
             ORDER BY 4 DESC, 2",
        )?;
        let mut entries = Vec::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let deleted = time(row.get(3)?)?;
            entries.push(BinEntry {
                kind: if row.get::<_, i64>(0)? == 0 {
                    BinKind::World
                } else {
                    BinKind::Run
                },
                id: row.get(1)?,
                name: row.get(2)?,
                deleted,
                expires: deleted + Duration::days(BIN_DAYS),
            });
        }
        Ok(entries)
    }
}

impl Writer<'_> {
    /// Puts a world in the bin; its name is free, its runs are out of sight. Refused while the session plays it.
    pub fn delete_world(&mut self, world: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let row = self.world_row(world)?;
        if self
            .session()?
            .is_some_and(|session| session.world == row.id)
        {
            return Err(StoreError::Conflict(format!(
                "the session plays world {:?}: end it before deleting the world",
                row.name
            )));
        }
        self.connection.execute(
            "UPDATE worlds SET deleted = ?2 WHERE id = ?1",
            (row.id, millis(at)),
        )?;
        Ok(())
    }

    /// Puts a run in the bin.
    pub fn delete_run(&mut self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let run = self.run(id)?;
        self.connection.execute(
            "UPDATE runs SET deleted = ?2 WHERE id = ?1",
            (run.id, millis(at)),
        )?;
        Ok(())
    }

    /// Takes a world or run out of the bin. Refused where its name is taken by now, or where the world of a run is in
    /// the bin itself.
    pub fn restore(&mut self, id: &str) -> Result<BinKind, StoreError> {
        let entry = self
            .bin()?
            .into_iter()
            .find(|entry| entry.id == id)
            .ok_or_else(|| StoreError::not_found("deleted world or run", id))?;
        match entry.kind {
            BinKind::World => {
                self.check_name(&entry.name)?;
                self.connection
                    .execute("UPDATE worlds SET deleted = NULL WHERE id = ?1", [id])?;
            }
            BinKind::Run => {
                let world: Option<String> = self
                    .connection
                    .query_row(
                        "SELECT name FROM runs JOIN worlds ON worlds.id = world
                         WHERE runs.id = ?1 AND worlds.deleted IS NOT NULL",
                        [id],
                        |row| row.get(0),
                    )
                    .optional()?;
                if let Some(world) = world {
                    return Err(StoreError::Conflict(format!(
                        "run {id} is of world {world:?}, which is in the bin: restore that first"
                    )));
                }
                self.connection
                    .execute("UPDATE runs SET deleted = NULL WHERE id = ?1", [id])?;
            }
        }
        Ok(entry.kind)
    }

    /// Removes for good what was deleted 30 days before `at` or earlier, with what only that referred to.
    pub fn purge_expired(&mut self, at: DateTime<Utc>) -> Result<Purged, StoreError> {
        let last = millis(at - Duration::days(BIN_DAYS));
        let freed = {
            let mut statement = self.connection.prepare(
                "DELETE FROM runs WHERE deleted <= ?1
                     OR world IN (SELECT id FROM worlds WHERE deleted <= ?1)
                 RETURNING artifact",
            )?;
            let rows = statement.query_map([last], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        let runs = freed.len() as u64;
        for artifact in freed {
            self.after.freed.insert(artifact.parse()?);
        }
        let worlds = self
            .connection
            .execute("DELETE FROM worlds WHERE deleted <= ?1", [last])?;
        if worlds > 0 {
            self.connection.execute_batch(
                "WITH RECURSIVE held (id) AS (
                     SELECT manifest FROM revisions
                     UNION
                     SELECT base FROM manifests JOIN held USING (id) WHERE base IS NOT NULL)
                 DELETE FROM manifests WHERE id NOT IN held;
                 DELETE FROM objects WHERE id NOT IN (SELECT object FROM manifest_members);
                 DELETE FROM documents WHERE id NOT IN (
                     SELECT definition FROM revisions
                     UNION SELECT report FROM revisions WHERE report IS NOT NULL);",
            )?;
        }
        Ok(Purged {
            worlds: worlds as u64,
            runs,
        })
    }
}
