//! The side of a process that does not own the lab: asks the one that does.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use drydock_operations::Reply;
use drydock_services::{Caller, Code, Error};
use drydock_store::LabPath;
use serde_json::Value;

use super::address::{failed, socket};
use super::wire::{Answer, Heard, Request, Step};

/// Hears each step of a job.
pub type Progress<'p> = &'p mut dyn FnMut(&Step<'_>);

/// The way to the owner of a lab. Each request has a connection of its own, so that calls do not wait for each other.
pub struct Client {
    path: PathBuf,
}

impl Client {
    /// Finds the owner of a lab and makes sure that it listens.
    pub fn connect(path: &LabPath) -> Result<Self, Error> {
        let path = socket(path)?;
        UnixStream::connect(&path).map_err(|error| failed(&path, &error))?;
        Ok(Self { path })
    }

    /// Asks for an operation; with `on_progress`, jobs are waited for.
    pub fn call(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        on_progress: Option<Progress<'_>>,
    ) -> Reply {
        let request = Request::Call {
            call: name.to_owned(),
            input,
            caller: caller.clone(),
            wait: on_progress.is_some(),
        };
        let mut unheard = |_: &Step<'_>| ();
        self.ask(&request, on_progress.unwrap_or(&mut unheard))
            .unwrap_or_else(|error| Reply::error(&error))
    }

    /// Follows the stream: `frame` gets each line until it answers `false` or the owner hangs up.
    pub fn stream(&self, wanted: &Value, mut frame: impl FnMut(&str) -> bool) -> Result<(), Error> {
        let stream = self.send(&Request::Stream(wanted.clone()))?;
        for line in BufReader::new(stream).lines() {
            let line = line.map_err(|error| failed(&self.path, &error))?;
            if !frame(&line) {
                break;
            }
        }
        Ok(())
    }

    fn send(&self, request: &Request) -> Result<UnixStream, Error> {
        let mut stream =
            UnixStream::connect(&self.path).map_err(|error| failed(&self.path, &error))?;
        let mut line = serde_json::to_vec(request).map_err(Error::internal)?;
        line.push(b'\n');
        stream
            .write_all(&line)
            .map_err(|error| failed(&self.path, &error))?;
        Ok(stream)
    }

    fn ask(&self, request: &Request, on_progress: Progress<'_>) -> Result<Reply, Error> {
        let stream = self.send(request)?;
        for line in BufReader::new(stream).lines() {
            let line = line.map_err(|error| failed(&self.path, &error))?;
            let answer: Answer = serde_json::from_str(&line)
                .map_err(|error| Error::internal(format!("reply of the lab's owner: {error}")))?;
            match Heard::try_from(answer)? {
                Heard::Progress(job, share, note) => on_progress(&Step {
                    job: &job,
                    share,
                    note: &note,
                }),
                Heard::Reply(reply) => return Ok(reply),
            }
        }
        Err(Error::new(
            Code::Internal,
            "the process that owns the lab ended before it answered",
        ))
    }
}
