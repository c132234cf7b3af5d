//! The built program, run to its end.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the program left.
pub struct Done {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Done {
    pub fn success(&self) -> bool {
        self.code == 0
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "standard output is not JSON: {error}: {}{}",
                self.text(),
                self.stderr
            )
        })
    }
}

/// The program on a lab, not started yet.
pub fn command(lab: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drydock"));
    command
        .arg("--lab")
        .arg(lab)
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null());
    command
}

/// Runs the program on a lab.
pub fn drydock(lab: &Path, arguments: &[&str]) -> Done {
    let output = command(lab, arguments)
        .output()
        .expect("the program starts");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
