//! What can go wrong with a lab on disk.

use std::path::{Path, PathBuf};

/// What SQLite says, without its types.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseError(rusqlite::Error);

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was asked for is not in the lab.
    #[error("there is no {what} {name:?} in this lab")]
    NotFound {
        /// World, revision, run, scenario, artifact ...
        what: &'static str,
        /// Its id or name.
        name: String,
    },
    /// The world changed since the caller read it.
    #[error(
        "world {world} is at revision {found}, not {expected}: read it again and repeat the change"
    )]
    RevisionConflict {
        /// Id of the world.
        world: String,
        /// Revision the caller built on.
        expected: u64,
        /// Revision the world is at.
        found: u64,
    },
    /// What was asked contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// A value that cannot be kept.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// The lab was written by a newer Drydock.
    #[error(
        "{file}: the lab has schema version {found}, this Drydock knows versions up to {known}; open it with a newer Drydock",
        file = file.display()
    )]
    Newer {
        /// The lab file.
        file: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version this build knows.
        known: i64,
    },
    /// The file is something else.
    #[error("{file}: not a lab: {reason}", file = file.display())]
    NotALab {
        /// The file.
        file: PathBuf,
        /// What tells.
        reason: String,
    },
    /// SQLite does not keep the promise that acknowledged writes survive.
    #[error("{file}: SQLite runs with {setting}={found}, a lab needs {expected}", file = file.display())]
    Durability {
        /// The lab file.
        file: PathBuf,
        /// The pragma.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// What is stored does not read back as what was written.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// The thing.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file operation failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the lab's database: {0}")]
    Database(#[from] DatabaseError),
    /// The work of a write panicked; nothing of it was kept.
    #[error("a write was abandoned, nothing of it was kept: {0}")]
    Panicked(String),
    /// A write was asked for from within a write, which would wait for itself.
    #[error("a write was started from within a write; use the writer at hand")]
    Nested,
    /// The writer thread is gone.
    #[error("the lab is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(DatabaseError(error))
    }
}

impl StoreError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn not_found(what: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound {
            what,
            name: name.into(),
        }
    }

    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            message: message.into(),
        }
    }

    pub(crate) fn damaged(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Damaged {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
