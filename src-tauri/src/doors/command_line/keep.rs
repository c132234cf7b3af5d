//! The commands that stay: `serve` and `mcp`.

use std::path::Path;
use std::sync::Arc;

use drydock_operations::Reply;
use drydock_services::http_door::{Given, Holder, HttpSwitch};
use drydock_services::{Caller, Code, Error};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{error_in, open_sample, print};
use crate::doors::{http, mcp};
use crate::house;

/// Serves HTTP until it is interrupted, and prints the address that signs a browser in.
pub fn serve(lab: &Path, caller: &Caller, port: Option<u16>, json: bool) -> Result<(), Error> {
    // Before the house, so that it ends after it.
    let runtime = runtime()?;
    let house = Arc::new(house::open(lab, &house::environment())?);
    let Some(gate) = house.gate().cloned() else {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "the lab {} is open in another process: open its HTTP door there (Settings, Access, or drydock call set_http_door '{{\"open\": true}}'), or close it first, or serve another lab with --lab",
                lab.display()
            ),
        ));
    };
    open_sample(&house, caller)?;
    let given = Given {
        port,
        ..Given::default()
    };
    let switch = http::offer(&gate, runtime.handle().clone(), Holder::Serve, given)?;
    drop(gate);
    let door = data(house.call(caller, "set_http_door", json!({ "open": true })))?;
    let signed = data(house.call(caller, "http_sign_in", json!({})))?;
    let url = signed["url"].as_str().unwrap_or_default();
    print(&if json {
        format!("{}\n", json!({ "address": door["address"], "url": url }))
    } else {
        format!(
            "Drydock serves at {url}\nThe address signs one browser in, within ten minutes. Ctrl-C ends it.\n"
        )
    })?;
    // The door can be closed by an operation too, which leaves nothing to serve.
    runtime.block_on(async {
        tokio::select! {
            ended = ended() => ended,
            () = switch.closed() => Ok(()),
        }
    })?;
    switch.close(true);
    house.settle();
    Ok(())
}

fn data(reply: Reply) -> Result<Value, Error> {
    match reply {
        Reply::Json { mut body, .. } if body["success"] == json!(true) => Ok(body["data"].take()),
        other => Err(error_in(&other.envelope())),
    }
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
