//! What makes a change impossible. Nothing of a refused list of changes is applied.

use drydock_scheduler::{InvalidConfiguration, InvalidObject};

/// Why a question cannot be answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WhatIfError {
    /// A change asks for what cannot be.
    #[error("change {number} ({change}): {fault}")]
    Change {
        /// Place of the change in the list, from 1.
        number: usize,
        /// Its type, as it is written.
        change: &'static str,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The world itself cannot be judged.
    #[error(transparent)]
    World(#[from] InvalidObject),
    /// The scheduler configuration of the world cannot be read.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
    /// A sweep is larger than is run.
    #[error("axes make {cells} cells, expected 1 to {most}")]
    Grid {
        /// Cells asked for.
        cells: usize,
        /// Cells that are run at most.
        most: usize,
    },
    /// The caller wanted no more of it.
    #[error("cancelled after {done} of {total} cells")]
    Cancelled {
        /// Cells done.
        done: usize,
        /// Cells asked for.
        total: usize,
    },
}

/// What is wrong with one change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A field of the change.
    #[error("{field} is {value}, expected {expected}")]
    Field {
        /// Path of the field inside the change.
        field: String,
        /// The value as it was written, or `missing`.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// An object that the change makes does not read.
    #[error("{object}: {reason}")]
    Unread {
        /// The object.
        object: String,
        /// Why.
        reason: String,
    },
    /// An object that the change makes cannot be judged.
    #[error(transparent)]
    Object(#[from] InvalidObject),
    /// A scheduler configuration that cannot be read.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
}

impl Fault {
    /// A field with a value that is not accepted.
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

    /// The error of a whole list, for the change at an index.
    pub(crate) fn of(self, at: usize, change: &'static str) -> WhatIfError {
        WhatIfError::Change {
            number: at + 1,
            change,
            fault: self,
        }
    }
}

/// The first names of a list, for an error that says what there is.
pub(crate) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    match names.len() {
        0 => "none there are".to_owned(),
        shown => format!("{}{more}", names[..shown.min(SHOWN)].join(", ")),
    }
}
