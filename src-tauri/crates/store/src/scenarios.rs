//! Named scenarios of a world.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row};
use serde_json::Value;

use crate::content::{millis, parse, text, time};
use crate::{Reader, StoreError, Writer};

/// A scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioRow {
    /// Id of the world.
    pub world: String,
    /// Unique in the world.
    pub name: String,
    /// What is done.
    pub scenario: Value,
    /// When it was saved.
    pub at: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT world, name, scenario, at FROM scenarios WHERE world = ?1";

type RawScenario = (String, String, String, i64);

fn read(row: &Row<'_>) -> rusqlite::Result<RawScenario> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn finish((world, name, scenario, at): RawScenario) -> Result<ScenarioRow, StoreError> {
    Ok(ScenarioRow {
        scenario: parse(&scenario, || format!("scenario {name}"))?,
        world,
        name,
        at: time(at)?,
    })
}

impl Reader {
    /// The scenarios of a world, by name.
    pub fn scenarios(&self, world: &str) -> Result<Vec<ScenarioRow>, StoreError> {
        let world = self.world_row(world)?;
        let mut statement = self
            .connection
            .prepare_cached(&format!("{COLUMNS} ORDER BY name"))?;
        let rows = statement.query_map([world.id], read)?;
        rows.map(|row| finish(row?)).collect()
    }

    /// A scenario of a world.
    pub fn scenario(&self, world: &str, name: &str) -> Result<ScenarioRow, StoreError> {
        let world = self.world_row(world)?;
        let raw = self
            .connection
            .prepare_cached(&format!("{COLUMNS} AND name = ?2"))?
            .query_row((world.id, name), read)
            .optional()?
            .ok_or_else(|| StoreError::not_found("scenario", name))?;
        finish(raw)
    }
}

impl Writer<'_> {
    /// Saves a scenario under its name; one of that name is replaced.
    pub fn save_scenario(
        &mut self,
        world: &str,
        name: &str,
        scenario: &Value,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if name.is_empty() {
            return Err(StoreError::invalid("name", "a scenario needs a name"));
        }
        let world = self.world_row(world)?;
        self.connection.execute(
            "INSERT INTO scenarios (world, name, scenario, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (world, name) DO UPDATE SET scenario = excluded.scenario, at = excluded.at",
            (world.id, name, text(scenario)?, millis(at)),
        )?;
        Ok(())
    }

    /// Deletes a scenario.
    pub fn delete_scenario(&mut self, world: &str, name: &str) -> Result<(), StoreError> {
        let world = self.world_row(world)?;
        let deleted = self.connection.execute(
            "DELETE FROM scenarios WHERE world = ?1 AND name = ?2",
            (world.id, name),
        )?;
        if deleted == 0 {
            return Err(StoreError::not_found("scenario", name));
        }
        Ok(())
    }
}
