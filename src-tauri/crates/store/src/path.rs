//! Where a lab is: the SQLite file and what lies beside it. Touches nothing on disk.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The path of a lab file, from which the paths of its companions follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabPath {
    file: PathBuf,
}

impl LabPath {
    /// The lab in this file, which need not exist yet.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }

    /// The SQLite file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Folder of the artifacts: `<file>.artifacts`.
    pub fn artifacts(&self) -> PathBuf {
        self.beside(".artifacts")
    }

    /// File that the owning process holds locked: `<file>.lock`.
    pub fn lock(&self) -> PathBuf {
        self.beside(".lock")
    }

    /// Socket at which the owning process takes requests of others: `<file>.sock`. Made by the owner, not by the store.
    pub fn socket(&self) -> PathBuf {
        self.beside(".sock")
    }

    /// Head and count of the audit log, outside the database: `<file>.head`.
    pub fn head(&self) -> PathBuf {
        self.beside(".head")
    }

    /// Folder the lab lies in.
    pub(crate) fn folder(&self) -> &Path {
        match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name: OsString = self.file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    }
}
