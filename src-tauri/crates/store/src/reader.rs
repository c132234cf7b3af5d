//! Reading: pooled connections, one snapshot per call.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::path::LabPath;
use crate::{StoreError, connection};

/// Connections kept open while nobody reads.
const KEPT: usize = 8;

/// A snapshot of the lab. What it offers stands with the table groups: worlds, runs, session, settings, scenarios,
/// audit, bin.
pub struct Reader {
    pub(crate) connection: Connection,
}

/// Read connections at rest.
pub(crate) struct Pool {
    path: LabPath,
    resting: Mutex<Vec<Reader>>,
}

impl Pool {
    pub(crate) fn new(path: LabPath) -> Self {
        Self {
            path,
            resting: Mutex::new(Vec::new()),
        }
    }

    /// Runs `read` on a snapshot. A connection whose reader panics is dropped, not pooled.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        let resting = self.lock().pop();
        let reader = match resting {
            Some(reader) => reader,
            None => Reader {
                connection: connection::reader(&self.path)?,
            },
        };
        let snapshot =
            Transaction::new_unchecked(&reader.connection, TransactionBehavior::Deferred)
                .map_err(StoreError::from)?;
        let result = read(&reader);
        if snapshot.finish().is_ok() {
            let mut resting = self.lock();
            if resting.len() < KEPT {
                resting.push(reader);
            }
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        // A list of connections is whole whatever happened to the thread that held it.
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
