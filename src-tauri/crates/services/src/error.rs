//! What can go wrong with an operation: one kind of error, a handful of codes, a message that names what is at fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of a failure; each door maps it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The input is wrong: a field is missing, unknown or has a bad value.
    BadInput,
    /// Nobody said who is asking.
    Unauthorized,
    /// The role is too small, or the world does not allow it.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It contradicts what is already there.
    Conflict,
    /// More than the configured limit.
    TooLarge,
    /// Well-formed, but the world refuses it.
    Refused,
    /// Too many calls.
    RateLimited,
    /// Cancelled by the user.
    Cancelled,
    /// Drydock failed.
    Internal,
}

impl Code {
    /// HTTP status of the code.
    pub fn status(self) -> u16 {
        match self {
            Self::BadInput => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Cancelled => 409,
            Self::TooLarge => 413,
            Self::Refused => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
        }
    }
}

/// A failed operation.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{message}")]
pub struct Error {
    /// Its kind.
    pub code: Code,
    /// What happened, to what, and what would be right.
    #[serde(rename = "error")]
    pub message: String,
    /// Where it helps: the field at fault, the place in a file, the seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<Value>,
}

impl Error {
    /// An error of a kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
        }
    }

    /// Bad input at a field.
    pub fn bad_input(field: &str, message: impl std::fmt::Display) -> Self {
        Self {
            code: Code::BadInput,
            message: format!("{field}: {message}"),
            details: Some(serde_json::json!({ "field": field })),
        }
    }

    /// No such thing: `world "shop"`.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} {name:?}"))
    }

    /// The world refuses it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Code::Refused, message)
    }

    /// Drydock failed.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::new(Code::Internal, message.to_string())
    }
}
