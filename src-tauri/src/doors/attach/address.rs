//! Where the socket of a lab is: beside it, or, where that path is too long for a socket, in a folder of the user's own.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use drydock_services::Error;
use drydock_store::LabPath;

/// `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing zero included.
const LONGEST: usize = 100;

/// The socket of a lab. `path` is absolute. Makes the folder it needs where that is not the lab's own.
pub fn socket(path: &LabPath) -> Result<PathBuf, Error> {
    let beside = path.socket();
    if beside.as_os_str().len() <= LONGEST {
        return Ok(beside);
    }
    let name = format!(
        "drydock-{:016x}.sock",
        fnv1a(beside.as_os_str().as_encoded_bytes())
    );
    let user = std::fs::metadata(path.lock())
        .map_err(|error| failed(&path.lock(), &error))?
        .uid();
    let folder = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(folder)
            if folder.is_absolute()
                && folder.is_dir()
                && folder.as_os_str().len() < LONGEST - name.len() =>
        {
            folder
        }
        _ => PathBuf::from(format!("/tmp/drydock-{user}")),
    };
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(|error| failed(&folder, &error))?;
    }
    let about = std::fs::symlink_metadata(&folder).map_err(|error| failed(&folder, &error))?;
    if !about.is_dir() || about.uid() != user || about.mode() & 0o077 != 0 {
        return Err(Error::internal(format!(
            "{} must be a folder that only its owner can enter, for the lab's path is too long for a socket beside it",
            folder.display()
        )));
    }
    Ok(folder.join(name))
}

/// An error about a path.
pub fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same in every build, which the standard hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
