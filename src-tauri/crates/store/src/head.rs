//! Head and count of the audit log, kept outside the database so that a shortened log shows.
//!
//! The file is written after each commit, so it may be one entry behind, never more. A difference found at a start is
//! written down in the file and stays there: later entries do not cover it up.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::artifacts::{sync_folder, write_durably};
use crate::path::LabPath;

/// How far the audit log goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Entries.
    pub(crate) entries: u64,
    /// Hash of the last, in hexadecimal; of an empty log, zeros.
    pub(crate) hash: String,
}

/// A difference between the log and its head file, as found at a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Breach {
    /// First entry that is missing or differs.
    pub(crate) seq: u64,
    /// What was found.
    pub(crate) reason: String,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub(crate) head: Head,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) breach: Option<Breach>,
}

impl Kept {
    /// How the log differs from what was kept. `hash_at` gives the log's hash at an entry; entry 0 is before the first.
    pub(crate) fn differs<E>(
        &self,
        log: &Head,
        hash_at: impl FnOnce(u64) -> Result<Option<String>, E>,
    ) -> Result<Option<Breach>, E> {
        let kept = &self.head;
        if kept.entries > log.entries {
            return Ok(Some(Breach {
                seq: log.entries + 1,
                reason: format!(
                    "the log ends at entry {}, it had {}",
                    log.entries, kept.entries
                ),
            }));
        }
        if hash_at(kept.entries)?.as_ref() == Some(&kept.hash) {
            return Ok(None);
        }
        Ok(Some(Breach {
            seq: kept.entries.max(1),
            reason: format!(
                "entry {} is not the one that was written down",
                kept.entries
            ),
        }))
    }
}

/// The file, as the writer thread holds it.
pub(crate) struct HeadFile {
    lab: LabPath,
    breach: Option<Breach>,
}

impl HeadFile {
    /// What the file says; nothing where there is none.
    pub(crate) fn read(lab: &LabPath) -> Result<Option<Kept>, StoreError> {
        let path = lab.head();
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(
                |error| {
                    // Not readable as a head is a breach like any other, not a reason to keep the lab shut.
                    Kept {
                        head: Head {
                            entries: 0,
                            hash: String::new(),
                        },
                        breach: Some(Breach {
                            seq: 1,
                            reason: format!("the head file does not read: {error}"),
                        }),
                    }
                },
            ))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(&path)(error)),
        }
    }

    /// Compares the file with the log and brings it up to date.
    pub(crate) fn open(
        lab: &LabPath,
        log: &Head,
        hash_at: impl FnOnce(u64) -> Result<Option<String>, StoreError>,
    ) -> Result<Self, StoreError> {
        let breach = match Self::read(lab)? {
            None if log.entries == 0 => None,
            None => Some(Breach {
                seq: 1,
                reason: format!(
                    "the head file is missing, though the log has {} entries",
                    log.entries
                ),
            }),
            Some(Kept {
                breach: Some(breach),
                ..
            }) => Some(breach),
            Some(kept) if log.entries > kept.head.entries + 1 => Some(Breach {
                seq: kept.head.entries + 1,
                reason: format!(
                    "the log has {} entries, {} were written down",
                    log.entries, kept.head.entries
                ),
            }),
            Some(kept) => kept.differs(log, hash_at)?,
        };
        let file = Self {
            lab: lab.clone(),
            breach,
        };
        file.write(log)?;
        Ok(file)
    }

    /// Writes the head down: whole or not at all.
    pub(crate) fn write(&self, head: &Head) -> Result<(), StoreError> {
        let kept = Kept {
            head: head.clone(),
            breach: self.breach.clone(),
        };
        let path = self.lab.head();
        let unfinished: PathBuf = path.with_added_extension("tmp");
        let text = crate::content::text(&kept)?;
        write_durably(&unfinished, text.as_bytes())?;
        fs::rename(&unfinished, &path).map_err(StoreError::io(&path))?;
        sync_folder(self.lab.folder())
    }
}
