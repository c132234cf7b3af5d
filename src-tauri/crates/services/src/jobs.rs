//! Long work: progress, cancel, result. Jobs live as long as the process; what they make is in the store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lab::{Change, Lab};
use crate::shapes::Nothing;
use crate::stream::Hub;
use crate::{Code, Error};

/// Ended jobs kept to be looked at.
const KEPT: usize = 100;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// At work.
    Running,
    /// Done; the result is there.
    Done,
    /// Failed; the error is there.
    Failed,
    /// Cancelled; nothing of it was kept.
    Cancelled,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The operation.
    pub operation: String,
    /// Where it is.
    pub state: JobState,
    /// Share done, 0 to 1; nothing where it cannot be told.
    pub progress: Option<f64>,
    /// What it is at.
    pub note: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// What it made.
    pub result: Option<Value>,
    /// What went wrong.
    pub error: Option<Error>,
}

struct Entry {
    job: Job,
    cancelled: Arc<AtomicBool>,
}

#[derive(Default)]
struct Board {
    entries: BTreeMap<String, Entry>,
}

/// The jobs of a lab.
pub struct Jobs {
    board: Arc<(Mutex<Board>, Condvar)>,
    hub: Arc<Hub>,
}

/// What a job works with: tells how far it is and asks whether to stop.
pub struct JobContext {
    id: String,
    cancelled: Arc<AtomicBool>,
    board: Arc<(Mutex<Board>, Condvar)>,
    hub: Arc<Hub>,
}

impl JobContext {
    /// Says how far it is: share done, 0 to 1, and what it is at.
    pub fn progress(&self, fraction: f64, note: &str) {
        let mut board = lock(&self.board.0);
        if let Some(entry) = board.entries.get_mut(&self.id) {
            entry.job.progress = Some(fraction.clamp(0.0, 1.0));
            note.clone_into(&mut entry.job.note);
        }
        publish(&board, &self.hub);
        self.board.1.notify_all();
    }

    /// Whether the user wants it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

// A job that panicked left plain values behind the lock; they are still good to read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn publish(board: &Board, hub: &Hub) {
    let running: BTreeMap<&String, Value> = board
        .entries
        .iter()
        .filter(|(_, entry)| entry.job.state == JobState::Running)
        .map(|(id, entry)| {
            let job = &entry.job;
            (id, serde_json::json!({"operation": job.operation, "progress": job.progress.unwrap_or(0.0), "note": job.note}))
        })
        .collect();
    hub.publish("jobs", serde_json::json!({ "running": running }));
}

impl Jobs {
    /// No jobs yet.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self {
            board: Arc::default(),
            hub,
        }
    }

    /// Starts work on a thread of its own and answers its id. A panic in it is a failure of the job, not of the lab.
    pub fn start(
        &self,
        operation: &str,
        now: DateTime<Utc>,
        work: impl FnOnce(&JobContext) -> Result<Value, Error> + Send + 'static,
    ) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let cancelled = Arc::new(AtomicBool::new(false));
        let job = Job {
            id: id.clone(),
            operation: operation.to_owned(),
            state: JobState::Running,
            progress: None,
            note: String::new(),
            started: now,
            finished: None,
            result: None,
            error: None,
        };
        {
            let mut board = lock(&self.board.0);
            board.entries.insert(
                id.clone(),
                Entry {
                    job,
                    cancelled: cancelled.clone(),
                },
            );
            forget_oldest(&mut board);
            publish(&board, &self.hub);
        }
        let context = JobContext {
            id: id.clone(),
            cancelled,
            board: self.board.clone(),
            hub: self.hub.clone(),
        };
        std::thread::spawn(move || {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&context)))
                .unwrap_or_else(|_| {
                    Err(Error::internal("the job broke off; nothing of it was kept"))
                });
            let mut board = lock(&context.board.0);
            if let Some(entry) = board.entries.get_mut(&context.id) {
                let job = &mut entry.job;
                job.finished = Some(Utc::now());
                match outcome {
                    Ok(result) => {
                        job.state = JobState::Done;
                        job.progress = Some(1.0);
                        job.result = Some(result);
                    }
                    Err(error) => {
                        job.state = if error.code == Code::Cancelled {
                            JobState::Cancelled
                        } else {
                            JobState::Failed
                        };
                        job.error = Some(error);
                    }
                }
            }
            publish(&board, &context.hub);
            context.board.1.notify_all();
        });
        id
    }

    /// The job, once it has ended or after `patience`, whichever is first; `seen` hears of each step.
    pub fn wait(&self, id: &str, patience: Duration, seen: &mut dyn FnMut(&Job)) -> Option<Job> {
        let deadline = std::time::Instant::now() + patience;
        let mut board = lock(&self.board.0);
        loop {
            let job = board.entries.get(id)?.job.clone();
            seen(&job);
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if job.state != JobState::Running || left.is_zero() {
                return Some(job);
            }
            board = self
                .board
                .1
                .wait_timeout(board, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn all(&self) -> Vec<Job> {
        lock(&self.board.0)
            .entries
            .values()
            .rev()
            .map(|entry| entry.job.clone())
            .collect()
    }

    fn cancel(&self, id: &str) -> Option<Job> {
        let board = lock(&self.board.0);
        let entry = board.entries.get(id)?;
        entry.cancelled.store(true, Ordering::Relaxed);
        Some(entry.job.clone())
    }
}

// Ids are ordered by time, so the first ended one is the oldest.
fn forget_oldest(board: &mut Board) {
    while board.entries.len() > KEPT {
        let ended = board
            .entries
            .iter()
            .find(|(_, entry)| entry.job.state != JobState::Running);
        let Some(id) = ended.map(|(id, _)| id.clone()) else {
            return;
        };
        board.entries.remove(&id);
    }
}

/// Names one job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobInput {
    /// Its id.
    pub job: String,
}

/// `jobs`: running and lately ended jobs, newest first.
pub fn jobs(lab: &Lab, _: Nothing) -> Result<Vec<Job>, Error> {
    Ok(lab.jobs.all())
}

/// `job`: one job with its result.
pub fn job(lab: &Lab, input: JobInput) -> Result<Job, Error> {
    lab.jobs
        .wait(&input.job, Duration::ZERO, &mut |_| ())
        .ok_or_else(|| Error::not_found("job", &input.job))
}

/// `cancel_job`: ask a job to stop; it ends as cancelled unless it was done before it heard.
pub fn cancel_job(change: &mut Change<'_, '_>, input: JobInput) -> Result<Job, Error> {
    change
        .lab
        .jobs
        .cancel(&input.job)
        .ok_or_else(|| Error::not_found("job", &input.job))
}
