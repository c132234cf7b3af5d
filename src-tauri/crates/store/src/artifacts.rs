//! Large results beside the database, addressed by their SHA-256: written whole or not at all.
//!
//! An artifact that no run refers to is removed when the lab is next opened.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::canonical::{hex, sha256};

/// Prefix of files being written.
const UNFINISHED: &str = ".tmp-";

/// The SHA-256 of an artifact's bytes, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactId(String);

impl ArtifactId {
    /// The id these bytes have.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&sha256(&[bytes])))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArtifactId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for ArtifactId {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(digits) {
            Ok(Self(text))
        } else {
            Err(StoreError::invalid(
                "artifact",
                format!("{text:?} is not the 64 lower-case hexadecimal digits of a SHA-256"),
            ))
        }
    }
}

impl From<ArtifactId> for String {
    fn from(id: ArtifactId) -> Self {
        id.0
    }
}

/// The folder of artifacts of a lab.
#[derive(Clone, Debug)]
pub struct Artifacts {
    folder: PathBuf,
}

impl Artifacts {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, StoreError> {
        fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        restrict(&folder, 0o700)?;
        Ok(Self { folder })
    }

    /// Keeps bytes; they are durable under the returned id when this returns. It is [`crate::Writer::save_run`] that
    /// makes them stay.
    pub fn put(&self, bytes: &[u8]) -> Result<ArtifactId, StoreError> {
        let id = ArtifactId::of(bytes);
        if !self.has(&id, bytes.len() as u64) {
            let unfinished = self
                .folder
                .join(format!("{UNFINISHED}{}", uuid::Uuid::now_v7()));
            let written = write_durably(&unfinished, bytes).and_then(|()| {
                fs::rename(&unfinished, self.path(&id)).map_err(StoreError::io(&unfinished))
            });
            if written.is_err() {
                // The error at hand says more than one about the leftovers, which the next start removes anyway.
                let _ = fs::remove_file(&unfinished);
            }
            written?;
        }
        sync_folder(&self.folder)?;
        Ok(id)
    }

    /// The bytes of an artifact, checked against its id.
    pub fn get(&self, id: &ArtifactId) -> Result<Vec<u8>, StoreError> {
        let path = self.path(id);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::not_found("artifact", id.as_str()),
            _ => StoreError::io(&path)(error),
        })?;
        let found = ArtifactId::of(&bytes);
        if found == *id {
            Ok(bytes)
        } else {
            Err(StoreError::damaged(
                format!("artifact {id}"),
                format!("its {} bytes hash to {found}", bytes.len()),
            ))
        }
    }

    /// Whether an artifact is there.
    pub(crate) fn contains(&self, id: &ArtifactId) -> bool {
        self.path(id).is_file()
    }

    /// Removes one, if it is there.
    pub(crate) fn remove(&self, id: &ArtifactId) -> Result<(), StoreError> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes half-written files, and artifacts that are not among those referred to. Leaves files of other names.
    pub(crate) fn sweep(&self, referred: &BTreeSet<String>) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io(&self.folder))? {
            let entry = entry.map_err(StoreError::io(&self.folder))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let unreferred = name.parse::<ArtifactId>().is_ok() && !referred.contains(name);
            if name.starts_with(UNFINISHED) || unreferred {
                let path = entry.path();
                fs::remove_file(&path).map_err(StoreError::io(&path))?;
            }
        }
        Ok(())
    }

    fn path(&self, id: &ArtifactId) -> PathBuf {
        self.folder.join(&id.0)
    }

    /// A file of another length is damaged: it is written anew.
    fn has(&self, id: &ArtifactId, length: u64) -> bool {
        fs::metadata(self.path(id)).is_ok_and(|data| data.is_file() && data.len() == length)
    }
}

/// Writes a new file that only its owner may read, and waits for the disk.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = create_private(path).map_err(StoreError::io(path))?;
    file.write_all(bytes).map_err(StoreError::io(path))?;
    file.sync_all().map_err(StoreError::io(path))
}

/// Creates a file that only its owner may read; an existing one is emptied.
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Waits until a folder's entries are on disk. Windows has no such call and needs none.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io(folder))?;
    }
    Ok(())
}

#[cfg_attr(not(unix), allow(unused_variables, clippy::unnecessary_wraps))]
fn restrict(path: &Path, mode: u32) -> Result<(), StoreError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
        .map_err(StoreError::io(path))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(folder.path().join("a")).unwrap();
        let id = artifacts.put(b"telemetry").unwrap();
        assert_eq!(artifacts.put(b"telemetry").unwrap(), id);
        assert_eq!(artifacts.get(&id).unwrap(), b"telemetry");

        fs::write(artifacts.path(&id), b"telemetrx").unwrap();
        let damaged = artifacts.get(&id).unwrap_err().to_string();
        assert!(damaged.contains("is damaged"), "{damaged}");

        artifacts.remove(&id).unwrap();
        assert!(matches!(
            artifacts.get(&id),
            Err(StoreError::NotFound { .. })
        ));
    }

    #[test]
    fn a_sweep_leaves_what_is_referred_to() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(folder.path().to_owned()).unwrap();
        let kept = artifacts.put(b"kept").unwrap();
        let lost = artifacts.put(b"lost").unwrap();
        fs::write(folder.path().join(".tmp-1"), b"half").unwrap();
        fs::write(folder.path().join("note.txt"), b"somebody's").unwrap();
        artifacts
            .sweep(&BTreeSet::from([kept.to_string()]))
            .unwrap();
        assert!(artifacts.contains(&kept) && !artifacts.contains(&lost));
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [kept.to_string(), "note.txt".to_owned()]);
    }

    #[test]
    fn an_id_is_sixty_four_digits() {
        for wrong in ["", "../../etc/passwd", &"A".repeat(64), &"a".repeat(63)] {
            assert!(wrong.parse::<ArtifactId>().is_err(), "{wrong}");
        }
    }
}
