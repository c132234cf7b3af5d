//! What is missing from a snapshot, or worth knowing about a connection.

use serde::{Deserialize, Serialize};

/// Something that is not as it should be, though the rest works.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// What it is about: a kind with its API version such as `apps/v1 Deployment`, an API group, `usage` or `connection`.
    pub subject: String,
    /// What is wrong, and what follows.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            message: message.into(),
        }
    }
}
