//! One connection to the mock API server: HTTP/1.1 as an API server speaks it, by hand, so that it can also break.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::fault::{Fault, On, due};
use super::store::{ListQuery, expired, status};
use super::{Request, Shared};

/// Bytes that a slow server sends at a time.
const SLOW_BYTES: usize = 64;

/// Serves requests until the client leaves or a fault breaks the connection.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let mut rest = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut rest).await? {
        let (on, fault, refused) = {
            let mut state = shared.state();
            state.requests.push(request.clone());
            let on = match (request.query("watch"), request.query("continue")) {
                (Some(_), _) => On::Watch,
                (None, Some(_)) => On::Continue,
                (None, None) => On::List,
            };
            let refused = refusal(&request, state.token.as_deref());
            (on, due(&mut state.faults, on, &request.path), refused)
        };
        shared.tell();
        if let Some((code, body)) = refused {
            answer(&mut stream, code, &[], &body.to_string()).await?;
            continue;
        }
        match fault {
            Some(Fault::Answer(code, headers, body)) => {
                answer(&mut stream, code, &headers, &body).await?;
            }
            Some(Fault::Hangs) => return until_left(&mut stream).await,
            fault if on == On::Watch => {
                if !watch(&mut stream, &shared, &request, fault).await? {
                    return Ok(());
                }
            }
            fault => {
                if let Some(Fault::ForgetsList) = fault {
                    shared.state().meanwhile();
                }
                let (code, body) = document(&shared, &request);
                let body = body.to_string();
                if let Some(Fault::Slow) = fault {
                    slowly(&mut stream, code, &body).await?;
                } else {
                    answer(&mut stream, code, &[], &body).await?;
                }
            }
        }
    }
    Ok(())
}

/// What every request has to pass: it reads, and says who asks where that is wanted.
fn refusal(request: &Request, token: Option<&str>) -> Option<(u16, Value)> {
    if request.method != "GET" {
        return Some((
            405,
            status(405, "MethodNotAllowed", "the mock is only read"),
        ));
    }
    let sent = request.authorization.as_deref();
    let wanted = token.map(|token| format!("Bearer {token}"));
    (wanted.is_some() && wanted.as_deref() != sent)
        .then(|| (401, status(401, "Unauthorized", "Unauthorized")))
}

/// A document: recorded, or a page of a list.
fn document(shared: &Shared, request: &Request) -> (u16, Value) {
    let mut state = shared.state();
    if let Some(recorded) = state.documents.get(&request.path) {
        return (200, recorded.clone());
    }
    let Some((collection, namespace)) = state.collection(&request.path) else {
        let message = "the server could not find the requested resource";
        return (404, status(404, "NotFound", message));
    };
    let name = request.query("fieldSelector");
    let query = ListQuery {
        namespace,
        name: name.and_then(|selector| Some(selector.strip_prefix("metadata.name=")?.to_owned())),
        limit: request.query("limit").and_then(|limit| limit.parse().ok()),
        token: request.query("continue"),
    };
    state.store.list(&collection, &query)
}

/// Plays a watch; true where the connection is good for another request.
async fn watch<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    shared: &Shared,
    request: &Request,
    mut fault: Option<Fault>,
) -> io::Result<bool> {
    let asked = request.query("resourceVersion").unwrap_or_default();
    let mut seen: u64 = asked.parse().unwrap_or_default();
    let bookmarks = request.query("allowWatchBookmarks").as_deref() == Some("true");
    let Some((collection, namespace)) = shared.state().collection(&request.path) else {
        answer(
            stream,
            404,
            &[],
            &status(404, "NotFound", "not found").to_string(),
        )
        .await?;
        return Ok(true);
    };
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    if let Some(Fault::Lines(lines)) = &fault {
        for line in lines {
            chunk(stream, &format!("{line}\n")).await?;
        }
        stream.write_all(b"0\r\n\r\n").await?;
        return Ok(true);
    }
    let mut changed = shared.changed.subscribe();
    loop {
        changed.borrow_and_update();
        let (lines, ended) = {
            let state = shared.state();
            let changes = state.store.since(&collection, namespace.as_deref(), seen);
            let lines: Vec<(u64, String)> = match changes {
                None => {
                    let gone = expired("too old resource version").1;
                    vec![(seen, json!({"type": "ERROR", "object": gone}).to_string())]
                }
                Some(changes) => changes
                    .into_iter()
                    .filter(|change| bookmarks || change.kind != "BOOKMARK")
                    .map(|change| {
                        let event = json!({"type": change.kind, "object": change.object});
                        (change.version, event.to_string())
                    })
                    .collect(),
            };
            let over = state.store.since(&collection, None, seen).is_none();
            (lines, over || state.ended.contains(&request.number))
        };
        for (version, line) in lines {
            match fault.take() {
                Some(Fault::Mute) => fault = Some(Fault::Mute),
                Some(Fault::BreaksMidLine) => {
                    chunk(stream, &line[..line.len() / 2]).await?;
                    return Ok(false);
                }
                Some(Fault::Garbles(other)) => chunk(stream, &format!("{other}\n")).await?,
                Some(Fault::Slow) => {
                    for piece in format!("{line}\n").as_bytes().chunks(SLOW_BYTES) {
                        chunk(stream, std::str::from_utf8(piece).expect("ASCII")).await?;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    fault = Some(Fault::Slow);
                }
                _ => chunk(stream, &format!("{line}\n")).await?,
            }
            seen = version;
        }
        if ended {
            stream.write_all(b"0\r\n\r\n").await?;
            return Ok(true);
        }
        let mut byte = [0];
        tokio::select! {
            woken = changed.changed() => if woken.is_err() { return Ok(false) },
            // A client says nothing during a watch: it has left.
            _ = stream.read(&mut byte) => return Ok(false),
        }
    }
}

async fn until_left<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

async fn chunk<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> io::Result<()> {
    let chunk = format!("{:x}\r\n{text}\r\n", text.len());
    stream.write_all(chunk.as_bytes()).await?;
    stream.flush().await
}

async fn slowly<S: AsyncWrite + Unpin>(stream: &mut S, code: u16, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {code} -\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    for piece in [head, body.to_owned()]
        .concat()
        .as_bytes()
        .chunks(SLOW_BYTES)
    {
        stream.write_all(piece).await?;
        stream.flush().await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn answer<S: AsyncWrite + Unpin>(
    stream: &mut S,
    code: u16,
    headers: &[(&str, String)],
    body: &str,
) -> io::Result<()> {
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let headers = headers.concat();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {code} -\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}

/// The next request; nothing where the client has left.
async fn read_request<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    rest: &mut Vec<u8>,
) -> io::Result<Option<Request>> {
    loop {
        if let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest.drain(..end + 4);
            return Ok(Some(Request::parse(&head)));
        }
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(None);
        }
        rest.extend_from_slice(&buffer[..read]);
        // No method begins so: somebody speaks TLS.
        if !rest[0].is_ascii_uppercase() {
            answer(stream, 400, &[], "this is no HTTP").await?;
            return Ok(None);
        }
    }
}
