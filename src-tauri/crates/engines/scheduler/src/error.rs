//! What makes an object unusable for placement.

use drydock_model::{Workload, WorkloadKind};

/// An object that cannot be judged, with the field at fault and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object}: {field} is {value}, expected {expected}")]
pub struct InvalidObject {
    /// Kind and name, as in `Pod default/web-0` or `Node worker-1`.
    pub object: String,
    /// Path of the field inside the object.
    pub field: String,
    /// The offending value as it was written, or `missing`.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

impl InvalidObject {
    /// The same fault of a workload's template, which has no name of its own.
    pub fn in_template_of(self, workload: &Workload) -> Self {
        let id = &workload.id;
        if workload.kind == WorkloadKind::Pod {
            return Self {
                object: format!("Pod {id}"),
                ..self
            };
        }
        Self {
            object: format!("{:?} {id}", workload.kind),
            field: format!("spec.template.{}", self.field),
            ..self
        }
    }
}

/// A fault inside an object whose name the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub field: String,
    pub value: String,
    pub expected: &'static str,
}

impl Fault {
    pub(crate) fn new(
        field: impl Into<String>,
        value: impl Into<String>,
        expected: &'static str,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.into(),
            expected,
        }
    }

    pub(crate) fn of(self, object: &str) -> InvalidObject {
        InvalidObject {
            object: object.to_owned(),
            field: self.field,
            value: self.value,
            expected: self.expected.to_owned(),
        }
    }
}
