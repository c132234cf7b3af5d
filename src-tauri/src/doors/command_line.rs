//! The command line: opens the lab or attaches to its owner, and asks. The friendly verbs are aliases of operations.
//!
//! Exit codes: 0 done, 1 refused or failed (for `schedule` also: a pod stays pending), 2 bad usage or input. Errors are one line on standard error.
#![allow(clippy::print_stdout, reason = "standard output is this door")]

mod arguments;
mod inputs;
mod interrupt;
mod keep;
mod schedule;
mod show;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use drydock_operations::{Kind, Reply, operation};
use drydock_services::{Caller, Code, Door, Error};
use serde_json::{Value, json};

use crate::house::{self, House};
use arguments::{Arguments, Verb};
use interrupt::Interrupts;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    // With standard output taken by data or protocol, whatever is logged goes to standard error.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("DRYDOCK_LOG")
                .unwrap_or_else(|_| "warn,rmcp=error".into()),
        )
        .init();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too and are no errors.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let json = arguments.json;
    match run(arguments) {
        Ok(code) => code,
        Err(error) => complain(&error, json),
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    // Needs no lab.
    if let Some(Verb::Schedule(asked)) = &arguments.verb {
        return schedule::run(asked, arguments.json);
    }
    in_lab(&arguments).map(|()| ExitCode::SUCCESS)
}

fn in_lab(arguments: &Arguments) -> Result<(), Error> {
    let named = std::env::var_os("DRYDOCK_LAB")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let lab = match arguments.lab.clone().or(named) {
        Some(lab) => lab,
        None => house::default_lab()?,
    };
    match &arguments.verb {
        None if has_display() => open_window(lab, arguments),
        None => keep::serve(
            &lab,
            &arguments.caller(Door::CommandLine),
            None,
            arguments.json,
        ),
        Some(Verb::Serve { port }) => keep::serve(
            &lab,
            &arguments.caller(Door::CommandLine),
            *port,
            arguments.json,
        ),
        Some(Verb::Mcp) => keep::mcp(&lab, arguments.caller(Door::Mcp)),
        Some(verb) => {
            let asked = inputs::of(verb)?;
            ask(&lab, arguments, verb, &asked)
        }
    }
}

/// What a verb asks for.
struct Asked {
    operation: String,
    input: Value,
    out: Option<PathBuf>,
}

fn ask(
    lab: &std::path::Path,
    arguments: &Arguments,
    verb: &Verb,
    asked: &Asked,
) -> Result<(), Error> {
    let house = Arc::new(house::open(lab, &house::environment())?);
    let reply = with_progress(&house, &arguments.caller(Door::CommandLine), asked)?;
    match reply {
        Reply::Json { body, .. } if body["success"] == json!(true) => {
            if let Some(out) = &asked.out {
                return write(out, format!("{:#}\n", body["data"]).as_bytes());
            }
            if let (Verb::Run { .. }, Some(id)) = (verb, body["data"]["id"].as_str()) {
                tell_run(id, arguments.json);
            }
            print(&show::text(verb, &body, arguments.json))
        }
        Reply::Json { body, .. } => Err(error_in(&body)),
        Reply::Bytes { bytes, .. } => match &asked.out {
            Some(out) => {
                write(out, &bytes)?;
                let told = json!({ "file": out, "bytes": bytes.len() });
                print(&if arguments.json {
                    format!("{told}\n")
                } else {
                    format!("{} written, {} bytes\n", out.display(), bytes.len())
                })
            }
            None => emit(&bytes),
        },
    }
}

fn with_progress(house: &Arc<House>, caller: &Caller, asked: &Asked) -> Result<Reply, Error> {
    let shown = std::io::stderr().is_terminal();
    let mut any = false;
    // Only a job can be cancelled; Ctrl-C ends everything else at once.
    let interrupts = match operation(&asked.operation) {
        Some(row) if row.kind() == Kind::Job => Some(Interrupts::listen(house, caller)?),
        _ => None,
    };
    let reply = house.call_and_wait(caller, &asked.operation, asked.input.clone(), &mut |step| {
        if let Some(interrupts) = &interrupts {
            interrupts.heard(step.job);
        }
        if shown {
            any = true;
            let share = step.share * 100.0;
            let _ = write!(std::io::stderr(), "\r\x1b[K{share:3.0} % {}", step.note);
        }
    });
    if any {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    Ok(reply)
}

/// Tells the id of a run apart from its result: the result of equal runs is equal, their ids are not.
fn tell_run(id: &str, json: bool) {
    let line = if json {
        json!({ "run": id }).to_string()
    } else {
        format!("run {id}")
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn error_in(body: &Value) -> Error {
    serde_json::from_value(body.clone())
        .unwrap_or_else(|_| Error::internal(format!("the reply is no envelope: {body}")))
}

fn complain(error: &Error, json: bool) -> ExitCode {
    let line = if json {
        let mut body = json!({ "success": false, "error": error.message, "code": error.code });
        if let Some(details) = &error.details {
            body["details"] = details.clone();
        }
        body.to_string()
    } else {
        format!(
            "drydock: {}",
            error
                .message
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        )
    };
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::from(if error.code == Code::BadInput { 2 } else { 1 })
}

fn print(text: &str) -> Result<(), Error> {
    emit(text.as_bytes())
}

/// Writes to standard output. A reader that has seen enough, as `head` does, is no failure.
fn emit(bytes: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes)
        .map_err(|error| Error::bad_input("out", format!("{}: {error}", path.display())))
}

#[cfg(feature = "desktop")]
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(all(unix, not(target_os = "macos")))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(not(feature = "desktop"))]
fn has_display() -> bool {
    false
}

#[cfg(feature = "desktop")]
fn open_window(lab: PathBuf, arguments: &Arguments) -> Result<(), Error> {
    crate::doors::window::run(lab, arguments.caller(Door::Window))
}

#[cfg(not(feature = "desktop"))]
fn open_window(lab: PathBuf, arguments: &Arguments) -> Result<(), Error> {
    keep::serve(
        &lab,
        &arguments.caller(Door::CommandLine),
        None,
        arguments.json,
    )
}

/// Opens the sample where a lab has no world yet, and lets it play, so that there is something to look at.
pub(crate) fn open_sample(house: &Arc<House>, caller: &Caller) -> Result<(), Error> {
    let none = |reply: Reply| match reply {
        Reply::Json { body, .. } if body["success"] == json!(true) => {
            Ok(body["data"].as_array().is_some_and(Vec::is_empty))
        }
        Reply::Json { body, .. } => Err(error_in(&body)),
        Reply::Bytes { .. } => Ok(false),
    };
    if none(house.call(caller, "worlds", json!({})))? {
        none(house.call_and_wait(caller, "open_sample", json!({}), &mut |_| ()))?;
        none(house.call(caller, "session_play", json!({ "speed": 10 })))?;
    }
    Ok(())
}
