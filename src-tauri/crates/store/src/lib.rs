//! The lab on disk: one SQLite file and the artifacts beside it, owned by one process.
//!
//! Writes run one at a time on one thread, each in a transaction that is durable when it returns; reads run on pooled
//! connections, each call on one snapshot. Only this crate knows SQL, and nothing of SQLite shows in its interface.
//! It never reads the wall clock (but for version 7 ids): times come in as arguments and are kept to the millisecond.

mod artifacts;
mod audit;
mod bin;
mod canonical;
mod connection;
mod content;
mod error;
mod head;
mod migrations;
mod path;
mod reader;
mod runs;
mod scenarios;
mod session;
mod settings;
mod store;
mod worlds;
mod writer;

pub use artifacts::{ArtifactId, Artifacts};
pub use audit::{AuditEntry, AuditFilter, AuditOutcome, AuditRow, AuditState};
pub use bin::{BIN_DAYS, BinEntry, BinKind, Purged};
pub use error::{DatabaseError, StoreError};
pub use path::LabPath;
pub use reader::Reader;
pub use runs::{Page, RunRow};
pub use scenarios::ScenarioRow;
pub use session::SessionRow;
pub use settings::{SettingRow, SettingSource};
pub use store::{Opened, Store};
pub use worlds::{RevisionRow, UndoState, WorldRow};
pub use writer::Writer;

/// A new id: a version 7 uuid, so that ids made later sort later.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
