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
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::serve::ListenerExt;
use drydock_operations::Gate;
use drydock_services::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use sessions::Sessions;
use tokens::Tokens;

/// Where every operation is.
pub const PREFIX: &str = "/api/monitoring";
/// The port, where nobody says otherwise.
pub const PORT: u16 = 3001;

/// How the door is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// Names this machine may be called by in a Host header, without port.
    pub hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: PORT,
            body_limit: 64 * 1024 * 1024,
            hosts: ["127.0.0.1", "localhost", "[::1]"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

/// What every request needs.
struct Desk {
    gate: Arc<Gate>,
    tokens: Tokens,
    sessions: Sessions,
    options: Options,
    port: u16,
    closing: watch::Receiver<bool>,
}

/// An open HTTP door.
pub struct HttpDoor {
    desk: Arc<Desk>,
    address: SocketAddr,
    close: watch::Sender<bool>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Opens the door. The lab must be owned by this process.
pub async fn open(gate: Arc<Gate>, options: Options) -> Result<HttpDoor, Error> {
    let tokens = Tokens::open(gate.lab().path())?;
    let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(asked).await.map_err(|error| {
        Error::bad_input(
            "port",
            format!("{asked}: {error}: free it, or take another with --port"),
        )
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    // Without it a reply of several writes waits for the reader's acknowledgement, 40 ms and more.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let (close, closing) = watch::channel(false);
    let sessions = Sessions::new(address.port());
    let desk = Arc::new(Desk {
        gate,
        tokens,
        sessions,
        options,
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

impl HttpDoor {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address that signs a browser in, once, within ten minutes.
    pub fn url(&self) -> Result<String, Error> {
        Ok(format!(
            "http://{}/?code={}",
            self.address,
            self.desk.sessions.issue_code()?
        ))
    }

    /// Closes it: no new requests, and streams end.
    pub async fn close(self) -> Result<(), Error> {
        self.close.send_replace(true);
        self.served
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)
    }
}
