//! Who asks: name, role and door.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a caller may do; a larger role may all that a smaller one may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Changes worlds and sessions of the lab.
    Operator,
    /// Changes settings, and everything else.
    Admin,
}

impl Role {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    /// Also reads the names of the first implementation: VIEWER, RESEARCHER, STEWARD, ADMIN.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "viewer" => Ok(Self::Viewer),
            "operator" | "researcher" | "steward" => Ok(Self::Operator),
            "admin" => Ok(Self::Admin),
            _ => Err(format!(
                "{text:?} is not a role: write viewer, operator or admin"
            )),
        }
    }
}

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The desktop window.
    Window,
    /// HTTP, the browser included.
    Http,
    /// The command line.
    CommandLine,
    /// The Model Context Protocol.
    Mcp,
}

impl Door {
    /// Its name, as the audit log has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Http => "http",
            Self::CommandLine => "command_line",
            Self::Mcp => "mcp",
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Name, as the audit log and the revisions have it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The way in.
    pub door: Door,
}
