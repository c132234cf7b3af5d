//! What an operation answers, the same for every door.

use drydock_services::Error;
use drydock_services::shapes::Blob;
use serde_json::{Value, json};

/// An answer: an envelope, or bytes.
#[derive(Clone, Debug)]
pub enum Reply {
    /// `{success, data, next?}` or `{success, error, code, details?}`.
    Json {
        /// HTTP status.
        status: u16,
        /// The envelope.
        body: Value,
        /// Seconds to wait before another try, where there were too many.
        retry_after: Option<u64>,
    },
    /// Raw bytes.
    Bytes {
        /// MIME type.
        media_type: String,
        /// Name to save them under.
        file_name: Option<String>,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl Reply {
    /// Success with data.
    pub(crate) fn data(status: u16, data: Value, next: Option<String>) -> Self {
        let mut body = json!({ "success": true, "data": data });
        if let Some(next) = next {
            body["next"] = Value::String(next);
        }
        Self::Json {
            status,
            body,
            retry_after: None,
        }
    }

    /// A failure.
    pub fn error(error: &Error) -> Self {
        let mut body = json!({ "success": false, "error": error.message, "code": error.code });
        if let Some(details) = &error.details {
            body["details"] = details.clone();
        }
        let retry_after = error
            .details
            .as_ref()
            .and_then(|details| details["retryAfterSeconds"].as_u64());
        Self::Json {
            status: error.code.status(),
            body,
            retry_after,
        }
    }

    /// HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Json { status, .. } => *status,
            Self::Bytes { .. } => 200,
        }
    }

    /// Whether it is a success.
    pub fn is_success(&self) -> bool {
        self.status() < 400
    }

    /// The envelope; of bytes, one that holds their text.
    pub fn envelope(&self) -> Value {
        match self {
            Self::Json { body, .. } => body.clone(),
            Self::Bytes { bytes, .. } => {
                json!({ "success": true, "data": String::from_utf8_lossy(bytes) })
            }
        }
    }
}

impl From<Blob> for Reply {
    fn from(blob: Blob) -> Self {
        Self::Bytes {
            media_type: blob.media_type,
            file_name: blob.file_name,
            bytes: blob.bytes,
        }
    }
}
