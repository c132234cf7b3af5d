//! The commands that stay: `serve` and `mcp`.

use std::path::Path;
use std::sync::Arc;

use drydock_services::{Caller, Code, Error};
use serde_json::json;
use tokio::runtime::Runtime;

use super::{open_sample, print};
use crate::doors::{http, mcp};
use crate::house;

/// Serves HTTP until it is interrupted, and prints the address that signs a browser in.
pub fn serve(lab: &Path, caller: &Caller, port: u16, json: bool) -> Result<(), Error> {
    let house = Arc::new(house::open(lab, &house::environment())?);
    let Some(gate) = house.gate().cloned() else {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "the lab {} is open in another process: close it first, or serve another lab with --lab",
                lab.display()
            ),
        ));
    };
    open_sample(&house, caller)?;
    runtime()?.block_on(async {
        let door = http::open(gate, http::Options { port, ..http::Options::default() }).await?;
        let url = door.url()?;
        print(&if json {
            format!("{}\n", json!({ "address": format!("http://{}", door.address()), "url": url }))
        } else {
            format!("Drydock serves at {url}\nThe address signs one browser in, within ten minutes. Ctrl-C ends it.\n")
        })?;
        ended().await?;
        door.close().await
    })
}

/// Offers the operations as tools until the client leaves.
pub fn mcp(lab: &Path, caller: Caller) -> Result<(), Error> {
    let house = Arc::new(house::open(lab, &house::environment())?);
    let runtime = runtime()?;
    let served = runtime.block_on(mcp::serve(house, caller));
    // Reading standard input blocks a thread that nothing can wake.
    runtime.shutdown_background();
    served
}

fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::internal)
}

#[cfg(unix)]
async fn ended() -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Error::internal),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn ended() -> Result<(), Error> {
    tokio::signal::ctrl_c().await.map_err(Error::internal)
}
