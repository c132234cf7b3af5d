//! Ctrl-C on a command that waits for a job: the first asks the lab's owner to cancel it, and the command waits for the
//! answer; the second leaves at once.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use drydock_operations::Reply;
use drydock_services::{Caller, Error};
use serde_json::json;
use tokio::sync::watch;

use crate::house::House;

/// What a shell answers for a program that SIGINT ended: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// Listens for Ctrl-C until it is dropped.
pub struct Interrupts {
    job: Option<watch::Sender<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Interrupts {
    /// Listens from now on; from now on Ctrl-C no longer ends the program by itself.
    pub fn listen(house: &Arc<House>, caller: &Caller) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)?;
        let signals = {
            let _inside = runtime.enter();
            Signals::new()?
        };
        let (job, known) = watch::channel(None);
        // The lab must close with the command, not with this thread.
        let (house, caller) = (Arc::downgrade(house), caller.clone());
        let thread =
            std::thread::spawn(move || runtime.block_on(follow(signals, known, house, caller)));
        Ok(Self {
            job: Some(job),
            thread: Some(thread),
        })
    }

    /// Says which job the command waits for.
    pub fn heard(&self, job: &str) {
        if let Some(known) = &self.job {
            known.send_if_modified(|known| {
                let first = known.is_none();
                if first {
                    *known = Some(job.to_owned());
                }
                first
            });
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.job = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it was told where it happened.
            let _ = thread.join();
        }
    }
}

async fn follow(
    mut signals: Signals,
    known: watch::Receiver<Option<String>>,
    house: Weak<House>,
    caller: Caller,
) {
    tokio::select! {
        () = signals.next() => {}
        () = answered(known.clone()) => return,
    }
    tell("cancelling; Ctrl-C again leaves at once");
    tokio::select! {
        () = signals.next() => std::process::exit(INTERRUPTED),
        () = cancel(known.clone(), house, caller) => {}
    }
    tokio::select! {
        () = signals.next() => std::process::exit(INTERRUPTED),
        () = answered(known) => {}
    }
}

/// Asks for the end of the job, once it is known which.
async fn cancel(mut known: watch::Receiver<Option<String>>, house: Weak<House>, caller: Caller) {
    let job = match known.wait_for(Option::is_some).await {
        Ok(job) => job.clone(),
        // The command was answered without a job.
        Err(_) => return,
    };
    let asked = tokio::task::spawn_blocking(move || {
        house
            .upgrade()
            .map(|house| house.call(&caller, "cancel_job", json!({ "job": job })))
    });
    if let Ok(Some(Reply::Json { status, body, .. })) = asked.await
        && status >= 400
    {
        tell(&format!(
            "the job goes on: {}",
            body["error"]
                .as_str()
                .unwrap_or("it could not be cancelled")
        ));
    }
}

/// Comes back when the command no longer waits.
async fn answered(mut known: watch::Receiver<Option<String>>) {
    while known.changed().await.is_ok() {}
}

/// Tells a person; a program that reads standard error gets the reply alone.
fn tell(text: &str) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = writeln!(out, "\r\x1b[Kdrydock: {text}");
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, Error> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt())
            .map(Self)
            .map_err(Error::internal)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps)] // the shape it has where it can fail
    fn new() -> Result<Self, Error> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
