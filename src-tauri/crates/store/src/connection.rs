//! Connections to the lab file, set up and checked: what they promise is asserted, not assumed.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::path::LabPath;

/// What every connection has to answer: write-ahead log, a sync at every commit, foreign keys.
const ASSERTED: [(&str, &str); 3] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("foreign_keys", "1"),
];

/// Opens the file without changing it. Readers too open it for writing, which SQLite needs to map the shared memory of
/// the log; `query_only` keeps them from writing.
pub(crate) fn connect(path: &LabPath) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path.file(), flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Sets a connection up and asserts what it promises.
pub(crate) fn set_up(
    connection: &Connection,
    path: &LabPath,
    writes: bool,
) -> Result<(), StoreError> {
    if writes {
        // Setting the journal mode answers with a row, as a query does.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // On macOS only these reach the disk itself; elsewhere they do nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    if !writes {
        connection.pragma_update(None, "query_only", true)?;
    }
    for (setting, expected) in ASSERTED {
        let found = connection.pragma_query_value(None, setting, |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                other => other.as_str()?.to_owned(),
            })
        })?;
        if found != expected {
            return Err(StoreError::Durability {
                file: path.file().to_owned(),
                setting,
                found,
                expected,
            });
        }
    }
    Ok(())
}

/// A read connection, ready.
pub(crate) fn reader(path: &LabPath) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    set_up(&connection, path, false)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab() -> (tempfile::TempDir, LabPath) {
        let folder = tempfile::tempdir().unwrap();
        let path = LabPath::new(folder.path().join("a.lab"));
        std::fs::File::create(path.file()).unwrap();
        (folder, path)
    }

    #[test]
    fn a_read_connection_asserts_the_log_and_writes_nothing() {
        let (_folder, path) = lab();
        let refused = reader(&path).unwrap_err().to_string();
        assert!(refused.contains("journal_mode=delete"), "{refused}");

        let writer = connect(&path).unwrap();
        set_up(&writer, &path, true).unwrap();
        writer.execute_batch("CREATE TABLE t (a)").unwrap();
        let reader = reader(&path).unwrap();
        assert!(reader.execute_batch("INSERT INTO t VALUES (1)").is_err());
    }
}
