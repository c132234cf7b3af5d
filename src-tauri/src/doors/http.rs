//! The HTTP door: routes made from the table, the stream as a WebSocket, and the window's bundle for a browser.
//!
//! Binds to this machine alone. Looks at the Host before anything else, then at who asks; the rest is the gate's.

mod answer;
mod auth;
mod bundle;
mod guard;
mod input;
mod routes;
mod sessions;
mod stream;
mod switch;
mod tokens;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use drydock_operations::Gate;
use drydock_services::http_door::HttpTerms;
use drydock_services::{Code, Error};
use tokio::net::TcpListener;
use tokio::sync::watch;

use sessions::Sessions;
pub use switch::{Switch, offer};
use tokens::Tokens;

/// Where every operation is.
pub const PREFIX: &str = "/api/monitoring";
/// How long requests under way may take once the door closes; a reader that stopped reading must not hold it open.
const GRACE: Duration = Duration::from_secs(5);
/// Names of this machine in a Host header, without port.
const OWN_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What every request needs.
struct Desk {
    gate: Arc<Gate>,
    tokens: Tokens,
    sessions: Sessions,
    /// Names it may be called by in a Host header, without port.
    names: Vec<String>,
    origins: Vec<String>,
    /// Largest body, in bytes.
    body_limit: usize,
    port: u16,
    closing: watch::Receiver<bool>,
}

/// An open HTTP door.
struct HttpDoor {
    desk: Arc<Desk>,
    address: SocketAddr,
    close: watch::Sender<bool>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Opens the door. The lab must be owned by this process.
async fn open(gate: Arc<Gate>, terms: &HttpTerms) -> Result<HttpDoor, Error> {
    let tokens = Tokens::open(gate.lab().path())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, terms.port))
        .await
        .map_err(|error| cannot_listen(terms.port, &error))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    // Without it a reply of several writes waits for the reader's acknowledgement, 40 ms and more.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let (close, closing) = watch::channel(false);
    let desk = Arc::new(Desk {
        gate,
        tokens,
        sessions: Sessions::new(address.port()),
        names: OWN_NAMES
            .into_iter()
            .map(str::to_owned)
            .chain(terms.hosts.iter().cloned())
            .collect(),
        origins: terms.origins.clone(),
        body_limit: usize::try_from(terms.body_limit).unwrap_or(usize::MAX),
        port: address.port(),
        closing: closing.clone(),
    });
    let router = routes::router(&desk);
    let served = tokio::spawn(async move {
        let mut closing = closing;
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                // The sender is dropped with the door, which closes it as well.
                let _ = closing.wait_for(|closed| *closed).await;
            })
            .await
    });
    Ok(HttpDoor {
        desk,
        address,
        close,
        served,
    })
}

fn cannot_listen(port: u16, error: &std::io::Error) -> Error {
    let (code, cause) = match error.kind() {
        ErrorKind::AddrInUse => (Code::Conflict, "another program listens there".to_owned()),
        ErrorKind::PermissionDenied => (
            Code::Refused,
            "the system keeps it for its administrator".to_owned(),
        ),
        _ => (Code::Refused, error.to_string()),
    };
    Error {
        details: Some(serde_json::json!({ "port": port })),
        ..Error::new(
            code,
            format!(
                "port {port} of 127.0.0.1 cannot be had: {cause}: free it, or take another with the setting http.port or --port"
            ),
        )
    }
}

impl HttpDoor {
    /// An address that signs a browser in, once, while the code is young.
    fn url(&self) -> Result<String, Error> {
        Ok(format!(
            "http://{}/?code={}",
            self.address,
            self.desk.sessions.issue_code()?
        ))
    }

    /// Closes it: no new requests, and streams end. Comes back when the requests under way are answered, or have had
    /// their time.
    async fn close(self) {
        self.close.send_replace(true);
        match tokio::time::timeout(GRACE, self.served).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the HTTP door closed with an error"),
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP door broke off"),
            Err(_) => tracing::warn!("a request to the HTTP door outlasted it"),
        }
    }
}
