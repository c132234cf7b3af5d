//! The gate in front of the table: role, rate, input, audit and errors, once, whatever the door.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use drydock_services::jobs::{Job, JobState};
use drydock_services::lab::Aftermath;
use drydock_services::{Caller, Change, Code, Error, Lab, Role};
use drydock_store::{AuditEntry, AuditOutcome};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde_json::{Value, json};

use crate::operation::{Answer, Command, Handler, Job as Work, Operation, operation};
use crate::reply::Reply;

/// How long a call waits for a job before it answers with the job's id.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest text of an input that the audit log keeps.
const AUDITED_TEXT: usize = 512;

/// Calls a second that one caller may make, and how many at once. Generous: they stop a runaway script, not a person.
const RATE: NonZeroU32 = NonZeroU32::new(200).expect("not zero");
const BURST: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");

/// The one way to the table.
pub struct Gate {
    lab: Arc<Lab>,
    rate: DefaultKeyedRateLimiter<String>,
}

impl Gate {
    /// A gate to a lab.
    pub fn new(lab: Arc<Lab>) -> Self {
        Self {
            lab,
            rate: RateLimiter::keyed(Quota::per_second(RATE).allow_burst(BURST)),
        }
    }

    /// The lab behind it.
    pub fn lab(&self) -> &Arc<Lab> {
        &self.lab
    }

    /// Calls an operation. Blocks: a job answers within two seconds, or with 202 and its id.
    pub fn call(&self, caller: &Caller, name: &str, input: Value) -> Reply {
        self.dispatch(caller, name, input, PATIENCE, &mut |_| ())
    }

    /// Calls an operation and waits for it, however long a job takes; `step` hears how far it is.
    pub fn call_and_wait(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        step: &mut dyn FnMut(f64, &str),
    ) -> Reply {
        let mut heard = |job: &Job| step(job.progress.unwrap_or(0.0), &job.note);
        self.dispatch(caller, name, input, Duration::MAX / 4, &mut heard)
    }

    /// Calls an operation and waits for it; `heard` gets the job itself, so that whoever waits can have it cancelled. It
    /// must not ask about jobs: they stand still while it hears.
    pub fn call_and_follow(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        heard: &mut dyn FnMut(&Job),
    ) -> Reply {
        self.dispatch(caller, name, input, Duration::MAX / 4, heard)
    }

    /// Refuses a call before it reaches the table (no token, wrong host), and writes that down.
    pub fn refuse(&self, caller: &Caller, name: &str, error: &Error) -> Reply {
        self.audit_refusal(caller, name, &Value::Null, error);
        Reply::error(error)
    }

    fn dispatch(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        patience: Duration,
        heard: &mut dyn FnMut(&Job),
    ) -> Reply {
        let Some(operation) = operation(name) else {
            return Reply::error(&Error::not_found("operation", name));
        };
        let audited = redacted(&input);
        match self.admitted(caller, operation, input, patience, heard) {
            Ok(reply) => reply,
            Err(error) => {
                let writes = matches!(operation.handler, Handler::Command(_) | Handler::Job(_));
                if writes || matches!(error.code, Code::Forbidden | Code::Unauthorized) {
                    self.audit_refusal(caller, name, &audited, &error);
                }
                Reply::error(&error)
            }
        }
    }

    fn admitted(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        input: Value,
        patience: Duration,
        heard: &mut dyn FnMut(&Job),
    ) -> Result<Reply, Error> {
        check_role(caller.role, operation)?;
        self.check_rate(caller)?;
        match &operation.handler {
            Handler::Query(f) => {
                let Answer { data, next } = f(&self.lab, input)?;
                Ok(Reply::data(operation.status, data, next))
            }
            Handler::Bytes(f) => f(&self.lab, input).map(Reply::from),
            Handler::Command(f) => self.command(caller, operation, f.clone(), input),
            Handler::Job(f) => {
                // Read before it starts, so that a wrong input makes no job; the others read theirs first thing.
                (operation.probe)(input.clone())?;
                let id = self.start(caller, operation, f.clone(), input);
                Ok(self.await_job(operation, &id, patience, heard))
            }
            Handler::Stream => Err(Error::bad_input(
                "operation",
                format!("{} is a stream: subscribe to it", operation.name),
            )),
        }
    }

    fn check_rate(&self, caller: &Caller) -> Result<(), Error> {
        let key = format!("{}/{}", caller.door.name(), caller.name);
        self.rate.check_key(&key).map_err(|early| {
            let wait = early
                .wait_time_from(DefaultClock::default().now())
                .as_secs()
                .max(1);
            Error {
                details: Some(json!({ "retryAfterSeconds": wait })),
                ..Error::new(
                    Code::RateLimited,
                    format!("more than {RATE} calls a second: wait {wait} s"),
                )
            }
        })
    }

    fn command(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        f: Arc<Command>,
        input: Value,
    ) -> Result<Reply, Error> {
        let (lab, caller) = (self.lab.clone(), caller.clone());
        let left = Arc::new(std::sync::Mutex::new(None::<Aftermath>));
        let leave = left.clone();
        let done = self.lab.store.write(move |writer| {
            let entry = entry(
                &lab,
                &caller,
                operation.name,
                redacted(&input),
                AuditOutcome::Ok,
                None,
            );
            let mut change = Change::new(&lab, &caller, writer);
            let answer = f(&mut change, input);
            let aftermath = change.finish();
            *leave
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(aftermath);
            let answer = answer?;
            writer.append_audit(&entry)?;
            Ok::<_, Error>(answer)
        });
        let aftermath = left
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(aftermath) = aftermath {
            aftermath.settle(&self.lab, done.is_ok());
        }
        let Answer { data, next } = done?;
        Ok(Reply::data(operation.status, data, next))
    }

    fn start(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        f: Arc<Work>,
        input: Value,
    ) -> String {
        let (lab, who) = (self.lab.clone(), caller.clone());
        let audited = redacted(&input);
        self.lab
            .jobs
            .start(operation.name, self.lab.now(), move |context| {
                let done = f(&lab, &who, context, input);
                let (outcome, code) = match &done {
                    Ok(_) => (AuditOutcome::Ok, None),
                    Err(error) => (outcome_of(error), Some(error.code)),
                };
                let entry = entry(&lab, &who, operation.name, audited, outcome, code);
                lab.store.write(move |writer| writer.append_audit(&entry))?;
                done.map(|answer| answer.data)
            })
    }

    fn await_job(
        &self,
        operation: &Operation,
        id: &str,
        patience: Duration,
        heard: &mut dyn FnMut(&Job),
    ) -> Reply {
        match self.lab.jobs.wait(id, patience, heard) {
            Some(Job {
                state: JobState::Running,
                ..
            })
            | None => Reply::data(202, json!({ "job": id }), None),
            Some(Job {
                error: Some(error), ..
            }) => Reply::error(&error),
            Some(job) => Reply::data(operation.status, job.result.unwrap_or(Value::Null), None),
        }
    }

    // A refusal that cannot be written down is still a refusal: the caller hears the reason for it, the log of the
    // process why it was not written.
    fn audit_refusal(&self, caller: &Caller, name: &str, input: &Value, error: &Error) {
        let entry = entry(
            &self.lab,
            caller,
            name,
            input.clone(),
            outcome_of(error),
            Some(error.code),
        );
        if let Err(failure) = self
            .lab
            .store
            .write(move |writer| writer.append_audit(&entry))
        {
            tracing::error!(%failure, operation = name, "a refusal could not be audited");
        }
    }
}

fn check_role(role: Role, operation: &Operation) -> Result<(), Error> {
    if role >= operation.role {
        return Ok(());
    }
    Err(Error {
        details: Some(json!({ "needs": operation.role.name(), "has": role.name() })),
        ..Error::new(
            Code::Forbidden,
            format!(
                "{} needs the role {}, this caller is {}",
                operation.name,
                operation.role.name(),
                role.name()
            ),
        )
    })
}

fn outcome_of(error: &Error) -> AuditOutcome {
    if error.code == Code::Internal {
        AuditOutcome::Failed
    } else {
        AuditOutcome::Refused
    }
}

fn entry(
    lab: &Lab,
    caller: &Caller,
    name: &str,
    input: Value,
    outcome: AuditOutcome,
    code: Option<Code>,
) -> AuditEntry {
    AuditEntry {
        at: lab.now(),
        author: caller.name.clone(),
        role: caller.role.name().to_owned(),
        door: caller.door.name().to_owned(),
        operation: name.to_owned(),
        target: input
            .get("world")
            .and_then(Value::as_str)
            .map(str::to_owned),
        input,
        outcome,
        code: code.and_then(|code| serde_json::to_value(code).ok()?.as_str().map(str::to_owned)),
    }
}

/// An input as the audit log keeps it: file contents and long texts by their length only.
fn redacted(input: &Value) -> Value {
    match input {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) if key == "base64" => {
                    (key.clone(), json!(format!("{} characters", text.len())))
                }
                value => (key.clone(), redacted(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(redacted).collect(),
        Value::String(text) if text.len() > AUDITED_TEXT => {
            json!(format!("{} characters", text.len()))
        }
        other => other.clone(),
    }
}
