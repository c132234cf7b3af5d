//! The schema, version by version. A file of a released version is never edited: a change is a new step.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::StoreError;
use crate::path::LabPath;

/// `DRDK`, what tells a lab from other SQLite files.
const APPLICATION_ID: i64 = 0x4452_444B;

const VERSION_1: &str = concat!(
    include_str!("../migrations/01-worlds.sql"),
    include_str!("../migrations/02-runs.sql"),
    include_str!("../migrations/03-session.sql"),
    include_str!("../migrations/04-settings.sql"),
    include_str!("../migrations/05-scenarios.sql"),
    include_str!("../migrations/06-audit.sql"),
);

/// One step per schema version.
const STEPS: &[M<'static>] = &[M::up(VERSION_1)];

/// Newest schema version this build knows.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// Refuses what is not a lab or comes from a newer Drydock. Changes nothing.
pub(crate) fn check_readable(connection: &Connection, path: &LabPath) -> Result<(), StoreError> {
    let not_a_lab = |reason: String| StoreError::NotALab {
        file: path.file().to_owned(),
        reason,
    };
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|error| match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => {
                    not_a_lab("it is not an SQLite file".to_owned())
                }
                _ => error.into(),
            })
    };
    let found = pragma("user_version")?;
    let application = pragma("application_id")?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found == 0 && tables == 0 && application == 0 {
        return Ok(());
    }
    if application != APPLICATION_ID {
        return Err(not_a_lab(format!(
            "it is an SQLite file of another application (application id {application})"
        )));
    }
    if found > NEWEST {
        return Err(StoreError::Newer {
            file: path.file().to_owned(),
            found,
            known: NEWEST,
        });
    }
    Ok(())
}

/// Brings a lab to the newest version, each step in a transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    Migrations::from_slice(STEPS)
        .to_latest(connection)
        .map_err(|error| StoreError::damaged("the lab's schema", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_applies_to_an_empty_file() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }
}
