//! Which lab is open, and whether this process owns it or asks the one that does.
//!
//! A process that owns a lab takes the requests of others at a socket beside it. Nothing here knows any operation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use drydock_operations::{Gate, Reply};
use drydock_services::{Caller, Code, Error, Lab, OpenedLab};
use drydock_store::LabPath;
use serde_json::Value;

use crate::doors::attach;

/// Attempts to reach the owner of a lab before giving up, and the pause between them: an owner that is just starting
/// or just ending is not listening yet or no longer.
const ATTEMPTS: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);

/// Longest wait for answers under way when the process ends.
const SETTLING: Duration = Duration::from_secs(2);

/// An open lab.
pub enum House {
    /// This process owns it.
    Owner {
        /// What stands in front of the table.
        gate: Arc<Gate>,
        /// The socket at which others ask; nothing where the platform has none.
        socket: Option<attach::Listener>,
    },
    /// Another process owns it; it is asked through its socket.
    Attached(attach::Client),
}

impl House {
    /// What stands in front of the table, where this process owns the lab.
    pub fn gate(&self) -> Option<&Arc<Gate>> {
        match self {
            Self::Owner { gate, .. } => Some(gate),
            Self::Attached(_) => None,
        }
    }

    /// Comes back when others who attached have the answers they wait for, or after a moment: a process that ends
    /// because it was told to answers whoever told it.
    pub fn settle(&self) {
        if let Self::Owner {
            socket: Some(socket),
            ..
        } = self
        {
            socket.settle(SETTLING);
        }
    }

    /// Asks for an operation. Blocks. A job answers within two seconds or with its id.
    pub fn call(&self, caller: &Caller, name: &str, input: Value) -> Reply {
        match self {
            Self::Owner { gate, .. } => gate.call(caller, name, input),
            Self::Attached(client) => client.call(caller, name, input, None),
        }
    }

    /// Asks for an operation and waits for it, jobs too; `on_progress` hears each step.
    pub fn call_and_wait(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        on_progress: &mut dyn FnMut(&attach::Step<'_>),
    ) -> Reply {
        match self {
            Self::Owner { gate, .. } => gate.call_and_follow(caller, name, input, &mut |job| {
                on_progress(&attach::Step {
                    job: &job.id,
                    share: job.progress.unwrap_or(0.0),
                    note: &job.note,
                });
            }),
            Self::Attached(client) => client.call(caller, name, input, Some(on_progress)),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // An open door holds the lab open, and would outlive whoever opened it.
        if let Some(switch) = self.gate().and_then(|gate| gate.lab().http_switch()) {
            switch.close(false);
        }
    }
}

/// Opens the lab at a path, or finds the process that owns it. `environment` gives a new lab its first settings.
pub fn open(path: &Path, environment: &BTreeMap<String, String>) -> Result<House, Error> {
    let path = absolute(path)?;
    let lab_path = LabPath::new(&path);
    for _ in 0..ATTEMPTS {
        match Lab::open(&lab_path, environment)? {
            OpenedLab::Owner(lab) => {
                let gate = Arc::new(Gate::new(lab));
                let socket = attach::listen(&lab_path, &gate)?;
                return Ok(House::Owner { gate, socket });
            }
            OpenedLab::OwnedByOther { .. } => match attach::Client::connect(&lab_path) {
                Ok(client) => return Ok(House::Attached(client)),
                Err(_) => std::thread::sleep(PAUSE),
            },
        }
    }
    Err(Error::new(
        Code::Conflict,
        format!(
            "the lab {} is open in another process that does not answer: close it, or name another lab with --lab",
            path.display()
        ),
    ))
}

/// Where the lab is if nobody says: `$XDG_DATA_HOME/drydock/default.lab`, or below `~/.local/share`.
pub fn default_lab() -> Result<PathBuf, Error> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let data = variable("XDG_DATA_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .ok_or_else(|| {
            Error::bad_input(
                "lab",
                "neither XDG_DATA_HOME nor HOME is set: name a lab with --lab PATH",
            )
        })?;
    Ok(data.join("drydock").join("default.lab"))
}

/// The variables of this process, of which the settings take those they know.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::bad_input("lab", format!("{} is not a file name", path.display())))?;
    if path.is_dir() {
        return Err(Error::bad_input(
            "lab",
            format!(
                "{} is a folder: name a file, such as my.lab",
                path.display()
            ),
        ));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let at =
        |error: std::io::Error| Error::bad_input("lab", format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(at)?;
    // Two ways to write one path must lead to one socket.
    Ok(folder.canonicalize().map_err(at)?.join(name))
}
