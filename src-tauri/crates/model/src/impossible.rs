//! A value that cannot be, named by its field.

use std::fmt::Display;

/// A field of a definition with a value that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, expected {expected}")]
pub struct Impossible {
    /// The field, as a path in the document it stands in.
    pub field: String,
    /// What it is.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

impl Impossible {
    /// A fault of `field`.
    pub fn new(field: &str, value: impl Display, expected: &str) -> Self {
        Self {
            field: field.to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        }
    }

    /// The same fault, seen from a document that holds this one under `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.field = format!("{prefix}.{}", self.field);
        self
    }
}
