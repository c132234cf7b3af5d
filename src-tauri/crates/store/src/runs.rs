//! Runs: saved whole or not at all.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row};
use serde_json::Value;

use crate::content::{millis, parse, text, time};
use crate::{ArtifactId, Reader, StoreError, Writer};

/// A part of a list, and where the next part starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Cursor of the next part; nothing where the list ends.
    pub next: Option<String>,
}

/// A run and its results. The same world revision, scenario, seed and engine version give the same digest.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Version 7 uuid; see [`crate::new_id`].
    pub id: String,
    /// Id of the world.
    pub world: String,
    /// Revision of the world.
    pub revision: u64,
    /// Seed.
    pub seed: u64,
    /// Version of the engines.
    pub engine_version: String,
    /// The scenario as it was run.
    pub scenario: Value,
    /// How it was run: length, replications ...
    pub settings: Value,
    /// The small part of the results.
    pub summary: Value,
    /// Digest of all results.
    pub digest: String,
    /// The large part of the results.
    pub artifact: ArtifactId,
    /// When it started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT seq, runs.id, world, runs.revision, seed, engine_version, scenario, settings, summary, digest,
     artifact, started, finished FROM runs JOIN worlds ON worlds.id = world
     WHERE runs.deleted IS NULL AND worlds.deleted IS NULL";

struct RawRun {
    seq: i64,
    run: RunRow,
    texts: [String; 4],
    times: [i64; 2],
}

impl RawRun {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            run: RunRow {
                id: row.get(1)?,
                world: row.get(2)?,
                revision: row.get::<_, i64>(3)? as u64,
                seed: row.get::<_, i64>(4)? as u64,
                engine_version: row.get(5)?,
                scenario: Value::Null,
                settings: Value::Null,
                summary: Value::Null,
                digest: row.get(9)?,
                artifact: ArtifactId::of(&[]),
                started: DateTime::UNIX_EPOCH,
                finished: DateTime::UNIX_EPOCH,
            },
            texts: [row.get(6)?, row.get(7)?, row.get(8)?, row.get(10)?],
            times: [row.get(11)?, row.get(12)?],
        })
    }

    fn finish(self) -> Result<(i64, RunRow), StoreError> {
        let Self {
            seq,
            mut run,
            texts: [scenario, settings, summary, artifact],
            times: [started, finished],
        } = self;
        let what = || format!("run {}", run.id);
        let values = (
            parse(&scenario, what)?,
            parse(&settings, what)?,
            parse(&summary, what)?,
        );
        (run.scenario, run.settings, run.summary) = values;
        run.artifact = artifact.parse()?;
        (run.started, run.finished) = (time(started)?, time(finished)?);
        Ok((seq, run))
    }
}

impl Reader {
    /// Runs, the last saved first, of one world (by id) or of all; at most `limit` from `cursor` on. Those in the bin,
    /// and those of worlds in the bin, are left out.
    pub fn runs(
        &self,
        world: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<RunRow>, StoreError> {
        let before = read_cursor(cursor)?;
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} AND (?1 IS NULL OR world = ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        ))?;
        let rows = statement.query_map((world, before, i64::from(limit) + 1), RawRun::read)?;
        let rows = rows
            .map(|row| row?.finish())
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(page(rows, limit))
    }

    /// A run that is not in the bin.
    pub fn run(&self, id: &str) -> Result<RunRow, StoreError> {
        let raw = self
            .connection
            .prepare_cached(&format!("{COLUMNS} AND runs.id = ?1"))?
            .query_row([id], RawRun::read)
            .optional()?
            .ok_or_else(|| StoreError::not_found("run", id))?;
        Ok(raw.finish()?.1)
    }
}

impl Writer<'_> {
    /// Saves a run. Its artifact has to be there: [`crate::Artifacts::put`] comes first.
    pub fn save_run(&mut self, run: &RunRow) -> Result<(), StoreError> {
        let world = self.world_row(&run.world)?;
        if world.id != run.world {
            return Err(StoreError::invalid(
                "world",
                format!("{:?} is a name: write the id {}", run.world, world.id),
            ));
        }
        self.revision(&run.world, run.revision)?;
        // The writer thread alone removes artifacts, so it is still there when this commits.
        if !self.artifacts.contains(&run.artifact) {
            return Err(StoreError::not_found("artifact", run.artifact.as_str()));
        }
        let taken = self
            .connection
            .prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?
            .exists([&run.id])?;
        if taken {
            return Err(StoreError::Conflict(format!(
                "there is a run {} already",
                run.id
            )));
        }
        self.connection.execute(
            "INSERT INTO runs (id, world, revision, seed, engine_version, scenario, settings, summary, digest, artifact,
                 started, finished)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                &run.id,
                &run.world,
                run.revision as i64,
                run.seed as i64,
                &run.engine_version,
                text(&run.scenario)?,
                text(&run.settings)?,
                text(&run.summary)?,
                &run.digest,
                run.artifact.as_str(),
                millis(run.started),
                millis(run.finished),
            ),
        )?;
        Ok(())
    }
}

/// The number a cursor stands for; without one, beyond the newest.
pub(crate) fn read_cursor(cursor: Option<&str>) -> Result<i64, StoreError> {
    cursor.map_or(Ok(i64::MAX), |cursor| {
        cursor.parse().map_err(|_| {
            StoreError::invalid(
                "cursor",
                format!("{cursor:?} is not a cursor: use the `next` of the page before"),
            )
        })
    })
}

/// A page from rows of which one more than `limit` was asked for.
pub(crate) fn page<T>(mut rows: Vec<(i64, T)>, limit: u32) -> Page<T> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|(number, _)| number.to_string());
    Page {
        items: rows.into_iter().map(|(_, item)| item).collect(),
        next,
    }
}
