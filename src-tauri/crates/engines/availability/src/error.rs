//! Why a question cannot be answered. Each refusal names the field and what would be accepted.

use drydock_scheduler::{InvalidConfiguration, InvalidObject};

/// Why a question cannot be answered. Nothing is answered in part then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AvailabilityError {
    /// A field of the question.
    #[error("{field} is {value}, expected {expected}")]
    Field {
        /// Path of the field, such as `failures[0].node`.
        field: String,
        /// The value as it was given.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// The world itself cannot be judged.
    #[error(transparent)]
    World(#[from] InvalidObject),
    /// The scheduler configuration of the world cannot be read.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
}

impl AvailabilityError {
    pub(crate) fn field(
        field: impl Into<String>,
        value: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Field {
            field: field.into(),
            value: value.into(),
            expected: expected.into(),
        }
    }
}

/// The first names of a list, for a text that says what there is.
pub(crate) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0 => "none there are".to_owned(),
        count if count > SHOWN => format!("{}, ...", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
