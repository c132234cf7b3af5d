//! The only place that sends requests, and it can send nothing but GET: the client is private to it, and every request is
//! one of [`Ask`].

use std::time::Duration;

use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use kube::core::params::{ListParams, WatchParams};
use kube::core::request::Request;
use serde_json::Value;
use tokio::time::timeout;

use super::read_error::{ReadError, Refusal, explain};

/// Longest line of a watch, in bytes. Far above what etcd takes for one object (1.5 MiB, its `--max-request-bytes`).
const LONGEST_LINE: usize = 16 << 20;

/// What can be asked. All of it is GET.
enum Ask<'a> {
    /// A list, or any other document at a path.
    List(&'a str, &'a ListParams),
    /// A watch of a path, from a resource version on.
    Watch(&'a str, &'a WatchParams, &'a str),
}

/// Reads from one API server.
#[derive(Clone)]
pub(crate) struct Reader {
    client: Client,
    /// How long an answer may be silent.
    patience: Duration,
}

impl Reader {
    pub fn new(client: Client, patience: Duration) -> Self {
        Self { client, patience }
    }

    /// Reads what is at a path.
    pub async fn get(&self, path: &str) -> Result<Value, ReadError> {
        self.list(path, &ListParams::default()).await
    }

    /// Reads one page of a list.
    pub async fn list(&self, path: &str, parameters: &ListParams) -> Result<Value, ReadError> {
        let mut body = self.send(Ask::List(path, parameters)).await?;
        let bytes = collect(&mut body, self.patience).await?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| ReadError::Garbage(format!("what came is no JSON: {error}")))?;
        if value["kind"] == "Status" {
            return Err(ReadError::Refused(Refusal::of_status(&value)));
        }
        Ok(value)
    }

    /// Opens a watch that goes on from a resource version.
    pub async fn watch(
        &self,
        path: &str,
        parameters: &WatchParams,
        version: &str,
    ) -> Result<Lines, ReadError> {
        let body = self.send(Ask::Watch(path, parameters, version)).await?;
        Ok(Lines::new(body))
    }

    async fn send(&self, ask: Ask<'_>) -> Result<Body, ReadError> {
        let request = match ask {
            Ask::List(path, parameters) => Request::new(path).list(parameters),
            Ask::Watch(path, parameters, version) => Request::new(path).watch(parameters, version),
        };
        let request = request.map_err(|error| {
            ReadError::Garbage(format!("no request can be made of it: {error}"))
        })?;
        let answer = timeout(self.patience, self.client.send(request.map(Body::from)))
            .await
            .map_err(|_| ReadError::Silent(self.patience))?
            .map_err(|error| explain(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer.into_body());
        }
        let header = answer.headers().get("retry-after");
        let retry_after = header.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let mut body = answer.into_body();
        // A refusal counts even where its reason does not come through.
        let reason = collect(&mut body, self.patience).await.unwrap_or_default();
        let refusal = Refusal::of_answer(status.as_u16(), retry_after.as_deref(), &reason);
        Err(ReadError::Refused(refusal))
    }
}

/// All of a body, however slowly it comes, as long as it comes.
async fn collect(body: &mut Body, patience: Duration) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(body, patience).await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The next piece of a body; nothing at its end.
async fn piece(body: &mut Body, patience: Duration) -> Result<Option<Vec<u8>>, ReadError> {
    loop {
        let frame = timeout(patience, body.frame())
            .await
            .map_err(|_| ReadError::Silent(patience))?;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(explain(&error)),
            // What is no data is a trailer.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data.to_vec()));
                }
            }
        }
    }
}

/// A watch under way: one JSON document a line.
pub(crate) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    /// Bytes of the buffer in which there is no end of a line.
    searched: usize,
}

impl Lines {
    fn new(body: Body) -> Self {
        Self {
            body,
            buffer: Vec::new(),
            searched: 0,
        }
    }

    /// The next line without its end; nothing where the server ended the watch. Half a line at the end is dropped: the
    /// server sends it again to who asks from the version before it.
    pub async fn next(&mut self, stall: Duration) -> Result<Option<Vec<u8>>, ReadError> {
        loop {
            let unsearched = &self.buffer[self.searched..];
            if let Some(at) = unsearched.iter().position(|&byte| byte == b'\n') {
                let end = self.searched + at;
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                self.searched = 0;
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST_LINE {
                return Err(ReadError::Garbage(format!(
                    "a line of the watch is longer than {LONGEST_LINE} bytes"
                )));
            }
            let Some(piece) = piece(&mut self.body, stall).await? else {
                let rest = std::mem::take(&mut self.buffer);
                self.searched = 0;
                // The last line may come without its end.
                let whole = serde_json::from_slice::<serde::de::IgnoredAny>(&rest).is_ok();
                return Ok(whole.then_some(rest));
            };
            self.buffer.extend_from_slice(&piece);
        }
    }
}
