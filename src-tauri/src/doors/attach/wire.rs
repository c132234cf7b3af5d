//! What goes over the socket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drydock_operations::Reply;
use drydock_services::{Caller, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Request {
    /// An operation.
    Call {
        /// Its name.
        call: String,
        /// Its input.
        input: Value,
        /// Who asks, and by which door.
        #[serde(flatten)]
        caller: Caller,
        /// Whether to wait for a job.
        wait: bool,
    },
    /// The stream, from now on.
    Stream(Value),
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// How far a job is: its id, the share done, a note.
    Progress(String, f64, String),
    /// An envelope. The last line.
    #[serde(rename_all = "camelCase")]
    Json {
        /// HTTP status.
        status: u16,
        /// The envelope.
        body: Value,
        /// Seconds to wait before asking again.
        retry_after: Option<u64>,
    },
    /// Bytes. The last line.
    #[serde(rename_all = "camelCase")]
    Bytes {
        /// What they are.
        media_type: String,
        /// What to call them in a file.
        file_name: Option<String>,
        /// Base64.
        bytes: String,
    },
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Json {
                status,
                body,
                retry_after,
            } => Self::Json {
                status,
                body,
                retry_after,
            },
            Reply::Bytes {
                media_type,
                file_name,
                bytes,
            } => Self::Bytes {
                media_type,
                file_name,
                bytes: STANDARD.encode(bytes),
            },
        }
    }
}

/// A step of a job that somebody waits for.
#[derive(Clone, Copy, Debug)]
pub struct Step<'s> {
    /// Id of the job.
    pub job: &'s str,
    /// Share done, 0 to 1.
    pub share: f64,
    /// What it is at.
    pub note: &'s str,
}

/// The reply of a last line, or what else the line says.
pub enum Heard {
    /// How far a job is: its id, the share done, a note.
    Progress(String, f64, String),
    /// The reply.
    Reply(Reply),
}

impl TryFrom<Answer> for Heard {
    type Error = Error;

    fn try_from(answer: Answer) -> Result<Self, Error> {
        Ok(match answer {
            Answer::Progress(job, share, note) => Self::Progress(job, share, note),
            Answer::Json {
                status,
                body,
                retry_after,
            } => Self::Reply(Reply::Json {
                status,
                body,
                retry_after,
            }),
            Answer::Bytes {
                media_type,
                file_name,
                bytes,
            } => Self::Reply(Reply::Bytes {
                media_type,
                file_name,
                bytes: STANDARD.decode(bytes).map_err(|error| {
                    Error::internal(format!("reply of the lab's owner: {error}"))
                })?,
            }),
        })
    }
}
