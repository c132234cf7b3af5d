//! Reads files and folders into memory, and tells by name which of them an import can take.
//!
//! The only module here that touches the file system. Never follows a link out of a folder, never keeps an absolute path.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::ImportError;

/// A file by its name and content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Path below what was given, with `/`; its first part is the folder or file that was given.
    pub path: String,
    /// Content; empty where the name says that it is not for an import.
    pub bytes: Vec<u8>,
}

/// What a file's name says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Yaml,
    Json,
    Zip,
    Tar,
    TarGz,
    Hidden,
    Foreign,
}

impl FileKind {
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| lower.ends_with(suffix));
        if path
            .split('/')
            .any(|part| part.starts_with('.') && part != "." && part != "..")
        {
            Self::Hidden
        } else if ends(&[".yaml", ".yml"]) {
            Self::Yaml
        } else if ends(&[".json"]) {
            Self::Json
        } else if ends(&[".zip"]) {
            Self::Zip
        } else if ends(&[".tar"]) {
            Self::Tar
        } else if ends(&[".tar.gz", ".tgz"]) {
            Self::TarGz
        } else {
            Self::Foreign
        }
    }

    /// Why a file of this kind is not taken, if it is not.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Hidden => Some("hidden file"),
            Self::Foreign => Some("not a .yaml, .yml, .json, .zip, .tar, .tar.gz or .tgz file"),
            _ => None,
        }
    }
}

/// Reads files, and folders with all below them in order of name. Files that an import does not take are listed with no
/// content, so that the report can name them.
///
/// # Errors
/// [`ImportError::Read`] where a path does not read, [`ImportError::TooLarge`] above `limit_bytes` together.
pub fn read_paths(paths: &[PathBuf], limit_bytes: u64) -> Result<Vec<InputFile>, ImportError> {
    let mut reader = Reader {
        files: Vec::new(),
        left: limit_bytes,
        limit: limit_bytes,
    };
    for path in paths {
        let whole = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        let name = whole.file_name().map_or_else(
            || "root".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let shown = path
            .file_name()
            .map_or(name, |name| name.to_string_lossy().into_owned());
        reader.read(path, &shown)?;
    }
    Ok(reader.files)
}

struct Reader {
    files: Vec<InputFile>,
    left: u64,
    limit: u64,
}

impl Reader {
    fn read(&mut self, path: &Path, shown: &str) -> Result<(), ImportError> {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if metadata.is_dir() {
            let mut below = fs::read_dir(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|source| unreadable(path, source))?;
            below.sort_by_key(fs::DirEntry::file_name);
            for entry in below {
                let name = format!("{shown}/{}", entry.file_name().to_string_lossy());
                let kind = entry
                    .file_type()
                    .map_err(|source| unreadable(path, source))?;
                // A hidden folder (.git) is listed once and not entered; neither are links, which may run in circles.
                let hidden = FileKind::of(&name) == FileKind::Hidden;
                if hidden || !(kind.is_dir() || kind.is_file()) {
                    self.files.push(InputFile {
                        path: name,
                        bytes: Vec::new(),
                    });
                } else {
                    self.read(&entry.path(), &name)?;
                }
            }
            return Ok(());
        }
        let mut bytes = Vec::new();
        if FileKind::of(shown).refusal().is_none() {
            let file = fs::File::open(path).map_err(|source| unreadable(path, source))?;
            file.take(self.left + 1)
                .read_to_end(&mut bytes)
                .map_err(|source| unreadable(path, source))?;
            self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                ImportError::too_many_bytes(format!("what was given, up to {shown},"), self.limit)
            })?;
        }
        self.files.push(InputFile {
            path: shown.to_owned(),
            bytes,
        });
        Ok(())
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> ImportError {
    ImportError::Read {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_taken() {
        for (path, kind) in [
            ("a/b.yaml", FileKind::Yaml),
            ("B.YML", FileKind::Yaml),
            ("x.json", FileKind::Json),
            ("x.tar.gz", FileKind::TarGz),
            ("x.tgz", FileKind::TarGz),
            ("x.tar", FileKind::Tar),
            ("x.zip", FileKind::Zip),
            (".git/x.yaml", FileKind::Hidden),
            ("a/._x.yaml", FileKind::Hidden),
            ("t.sktrace", FileKind::Foreign),
            ("metrics", FileKind::Foreign),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn folders_in_order_and_no_more_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("dump");
        fs::create_dir_all(root.join("b")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for (name, text) in [
            ("z.yaml", "12345"),
            ("b/a.json", "{}"),
            (".git/x.yaml", "no"),
            ("notes.txt", "no"),
        ] {
            fs::write(root.join(name), text).unwrap();
        }
        let files = read_paths(std::slice::from_ref(&root), 7).unwrap();
        let got: Vec<_> = files
            .iter()
            .map(|f| (f.path.as_str(), f.bytes.len()))
            .collect();
        assert_eq!(
            got,
            [
                ("dump/.git", 0),
                ("dump/b/a.json", 2),
                ("dump/notes.txt", 0),
                ("dump/z.yaml", 5)
            ]
        );
        let error = read_paths(&[root], 6).unwrap_err().to_string();
        assert_eq!(
            error,
            "what was given, up to dump/z.yaml, holds more than 6 bytes: import a part of it"
        );
        let error = read_paths(&[folder.path().join("absent")], 6)
            .unwrap_err()
            .to_string();
        assert!(error.contains("absent does not read: "), "{error}");
    }
}
