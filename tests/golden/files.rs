//! The files of recorded decisions: those beside this one, or those of the folder that `GOLDEN` names.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Whether `GOLDEN` names another folder. It may hold decisions of one kind alone.
pub fn elsewhere() -> bool {
    std::env::var_os("GOLDEN").is_some()
}

/// The folder of a kind of decisions.
pub fn folder(kind: &str) -> PathBuf {
    std::env::var_os("GOLDEN").map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../../../tests/golden")
                .join(kind)
        },
        PathBuf::from,
    )
}

/// Files of a folder and of the folders in it, in order of their paths.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut files = Vec::new();
    for path in inside(folder) {
        if path.is_dir() {
            files.extend(inside(&path));
        } else {
            files.push(path);
        }
    }
    files.retain(|path| path.to_string_lossy().contains(".json"));
    files.sort();
    files
}

/// A file, packed or not.
pub fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(&*bytes)
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    serde_json::from_str(&text).unwrap()
}
