//! The owner's side: takes requests at the socket, a thread for each process that asks.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use drydock_operations::{Gate, Reply};
use drydock_services::{Code, Error};
use drydock_store::LabPath;

use super::address::{failed, socket};
use super::wire::{Answer, Request};
use crate::doors::frames;

/// The open socket; its file goes when this is dropped.
pub struct Listener {
    path: PathBuf,
    asked: Arc<Asked>,
}

/// Calls that were read and are not answered yet.
#[derive(Default)]
struct Asked(Mutex<usize>, Condvar);

impl Asked {
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(self: &Arc<Self>) -> One {
        *self.lock() += 1;
        One(self.clone())
    }
}

/// One of them, until it is dropped.
struct One(Arc<Asked>);

impl Drop for One {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.1.notify_all();
    }
}

impl Listener {
    /// Comes back when every call that was read is answered, or after `patience`.
    pub fn settle(&self, patience: Duration) {
        let waited = self
            .asked
            .1
            .wait_timeout_while(self.asked.lock(), patience, |asked| *asked > 0);
        // Nothing behind the lock can be left half-done by a panic.
        drop(waited);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The lock of the lab is still held, so the file can only be ours. Nothing depends on its being gone.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the socket of a lab this process owns. A file a crashed process left there is replaced: it cannot be in use,
/// for the lock is ours.
pub fn listen(path: &LabPath, gate: &Arc<Gate>) -> Result<Option<Listener>, Error> {
    let path = socket(path)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(failed(&path, &error));
        }
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(|error| failed(&path, &error))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| failed(&path, &error))?;
    // A thread waiting for requests must not keep the lab open once its owner is done with it.
    let gate = Arc::downgrade(gate);
    let asked = Arc::<Asked>::default();
    let heard = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (gate, asked) = (gate.clone(), heard.clone());
            std::thread::spawn(move || {
                if let Err(error) = serve(&stream, &gate, &asked) {
                    tracing::debug!(%error, "a process that attached to the lab is gone");
                }
            });
        }
    });
    Ok(Some(Listener { path, asked }))
}

fn serve(stream: &UnixStream, gate: &Weak<Gate>, asked: &Arc<Asked>) -> std::io::Result<()> {
    let mut out = BufWriter::new(stream);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let Some(gate) = gate.upgrade() else {
            return Ok(());
        };
        match serde_json::from_str::<Request>(&line) {
            Ok(Request::Call {
                call,
                input,
                caller,
                wait,
            }) => {
                let _unanswered = asked.one();
                let reply = if wait {
                    gate.call_and_follow(&caller, &call, input, &mut |job| {
                        let (share, note) = (job.progress.unwrap_or(0.0), job.note.clone());
                        // Whoever asked may have left; the work is done all the same.
                        let _ = send(&mut out, &Answer::Progress(job.id.clone(), share, note));
                    })
                } else {
                    gate.call(&caller, &call, input)
                };
                send(&mut out, &reply.into())?;
            }
            Ok(Request::Stream(wanted)) => match frames::Wanted::read(&wanted) {
                Ok(wanted) => {
                    frames::pump(gate.lab(), &wanted, |frame| {
                        out.write_all(frame.as_bytes())
                            .and_then(|()| out.write_all(b"\n"))
                            .and_then(|()| out.flush())
                            .is_ok()
                    });
                    return Ok(());
                }
                Err(error) => send(&mut out, &Reply::error(&error).into())?,
            },
            Err(error) => {
                let error = Error::new(
                    Code::BadInput,
                    format!("not a request of a Drydock of this version: {error}"),
                );
                send(&mut out, &Reply::error(&error).into())?;
            }
        }
    }
    Ok(())
}

fn send(out: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}
