//! The bearer tokens of a lab, one a role: made when the door first opens, in a file that only the user can read.

use std::io::Write;
use std::path::{Path, PathBuf};

use drydock_services::{Error, Role};
use drydock_store::LabPath;
use serde::{Deserialize, Serialize};

use super::auth::same;

/// Bytes of chance in a token or session.
const BYTES: usize = 32;

/// One token a role.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    viewer: String,
    operator: String,
    admin: String,
}

impl Tokens {
    /// Reads `<lab>.tokens`, or makes it.
    pub fn open(lab: &LabPath) -> Result<Self, Error> {
        let path = file(lab);
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Error::internal(format!(
                    "{}: {error}: delete it to have new tokens made",
                    path.display()
                ))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(&path),
            Err(error) => Err(Error::internal(format!("{}: {error}", path.display()))),
        }
    }

    /// The role a token stands for. Every token is compared, and each in constant time.
    pub fn role(&self, token: &str) -> Option<Role> {
        let all = [
            (&self.viewer, Role::Viewer),
            (&self.operator, Role::Operator),
            (&self.admin, Role::Admin),
        ];
        let mut found = None;
        for (known, role) in all {
            if same(known, token) {
                found = Some(role);
            }
        }
        found
    }

    fn make(path: &Path) -> Result<Self, Error> {
        let tokens = Self {
            viewer: chance(BYTES)?,
            operator: chance(BYTES)?,
            admin: chance(BYTES)?,
        };
        let text = serde_json::to_string_pretty(&tokens).map_err(Error::internal)?;
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed =
            |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
        let mut made = options.open(path).map_err(failed)?;
        made.write_all(text.as_bytes())
            .and_then(|()| made.write_all(b"\n"))
            .and_then(|()| made.sync_all())
            .map_err(failed)?;
        Ok(tokens)
    }
}

/// The file of the tokens: `<lab>.tokens`.
pub fn file(lab: &LabPath) -> PathBuf {
    let mut name = lab.file().as_os_str().to_owned();
    name.push(".tokens");
    name.into()
}

/// So many bytes of the system's chance, as hexadecimal digits.
pub fn chance(bytes: usize) -> Result<String, Error> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer)
        .map_err(|error| Error::internal(format!("the system gave no random bytes: {error}")))?;
    Ok(hexadecimal(&buffer))
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
