//! What is wrong with a definition, in the form every message here has. Checks nothing itself.

/// A setting, node group or node pool that cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value} should be {expected}")]
pub struct InvalidNodes {
    /// The field, with the name of the group or pool it belongs to.
    pub field: String,
    /// What it holds.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

impl InvalidNodes {
    pub(super) fn new(
        field: impl Into<String>,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.to_string(),
            expected: expected.into(),
        }
    }

    /// Refuses what is not so.
    pub(super) fn unless(
        holds: bool,
        field: impl Into<String>,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self::new(field, value, expected))
        }
    }
}
