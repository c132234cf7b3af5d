//! Keeps one kind up to date: lists it, then watches it, and goes on by itself after whatever happens.
//!
//! The rules are those of client-go's reflector: a watch goes on from the last version that was understood; 410 means to
//! list anew; every wait is at least the first backoff and grows up to the cap while nothing gets better.
//!
//! kube's own `runtime::watcher` (5.0) is not used: it stays on a version that the server answers with HTTP 410, begins a
//! watch that ended at once again without a wait, goes on after a line that does not read as if nothing had been in it,
//! reads metadata into types that lose unknown fields, and tells of neither bookmarks nor reconnections.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use drydock_model::{ClusterObject, Provenance};
use kube::core::params::WatchParams;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use super::backoff::Backoff;
use super::config::Timing;
use super::kinds::Resource;
use super::live::{Live, LiveEvent};
use super::pager::{Listed, Page, Pager};
use super::read_error::ReadError;
use super::reader::Reader;
use super::redact::{Redacted, redact};
use super::scaling_event::ScalingEvent;
use super::snapshot::KindState;
use super::watch_event::{WatchEvent, parse};

/// Answers in a row that make no sense, before the version they were asked with counts as spoilt and the kind is listed.
const SPOILT: u32 = 3;

/// Objects of a list that are redacted before others get their turn.
const AT_A_STRETCH: usize = 64;

/// Keeps one kind.
pub(crate) struct Keeper {
    pub reader: Reader,
    pub live: Arc<Live>,
    /// Place of the kind in the live state.
    pub at: usize,
    pub resource: Resource,
    pub path: String,
    pub field_selector: Option<String>,
    pub timing: Timing,
    /// Lets few pages be read at a time.
    pub lists: Arc<Semaphore>,
    pub backoff: Backoff,
}

/// How a watch ended.
enum End {
    /// The server ended it, as it does after a while.
    Ended,
    /// The server has forgotten the version it goes on from.
    Expired,
    /// It failed.
    Failed(ReadError),
}

/// Where a kind stands between two lists.
struct Progress {
    /// The last version that was understood.
    version: String,
    /// Whether the last watch said anything.
    moved: bool,
    /// Answers without sense since one with.
    spoilt: u32,
}

impl Keeper {
    /// Keeps the kind until the task is dropped.
    pub async fn keep(mut self) {
        let mut next_list = Instant::now();
        loop {
            sleep_until(next_list).await;
            next_list = Instant::now() + self.timing.first_backoff;
            let version = self.list().await;
            self.follow(version).await;
            self.live.status(self.at, |status| status.relists += 1);
        }
    }

    /// Lists until it works, and gives the version of the list.
    async fn list(&mut self) -> String {
        self.live.status(self.at, |status| match status.state {
            // What is wrong stays wrong until the server says otherwise.
            KindState::Reconnecting { .. } | KindState::Refused { .. } => {}
            _ => status.state = KindState::Listing,
        });
        let mut pager = Pager::new(
            self.path.clone(),
            self.field_selector.clone(),
            self.timing.page_size,
        );
        loop {
            let page = {
                let _turn = self.lists.acquire().await;
                pager.page(&self.reader, &self.resource).await
            };
            let error = match page {
                Page::More => {
                    self.live.contact(self.at, |_| {});
                    continue;
                }
                Page::Anew => continue,
                Page::Last(Listed { items, version }) => match self.redacted(items).await {
                    Ok(objects) => {
                        self.live.replace(self.at, version.clone(), objects);
                        return version;
                    }
                    Err(error) => error,
                },
                Page::Failed(error) => error,
            };
            self.trouble(&error, "listed").await;
        }
    }

    /// Follows what happens after a list, until another list is needed.
    async fn follow(&mut self, version: String) {
        let mut progress = Progress {
            version,
            moved: false,
            spoilt: 0,
        };
        loop {
            let begun = Instant::now();
            match self.watch(&mut progress).await {
                End::Ended => {
                    // One that says nothing and ends at once is no better than a failure.
                    let early = begun.elapsed() < self.timing.longest_backoff;
                    let wait = if early && !progress.moved {
                        self.backoff.wait(None)
                    } else {
                        self.backoff.reset();
                        self.timing.first_backoff
                    };
                    self.pause_until(begun + wait).await;
                }
                End::Expired => {
                    if !progress.moved {
                        let wait = self.backoff.wait(None);
                        self.pause_until(begun + wait).await;
                    }
                    return;
                }
                End::Failed(error) => {
                    if error.is_answer() {
                        progress.spoilt += 1;
                    }
                    self.trouble(&error, "watched").await;
                    let other_way = matches!(error.code(), Some(400 | 403..=405));
                    if other_way || progress.spoilt >= SPOILT {
                        return;
                    }
                }
            }
            self.live.status(self.at, |status| status.reconnects += 1);
        }
    }

    /// Watches once, from the last version that was understood.
    async fn watch(&mut self, progress: &mut Progress) -> End {
        let parameters = WatchParams {
            field_selector: self.field_selector.clone(),
            timeout: Some(whole_seconds(self.timing.watch)),
            bookmarks: true,
            ..WatchParams::default()
        };
        let opened = self
            .reader
            .watch(&self.path, &parameters, &progress.version);
        let mut lines = match opened.await {
            Ok(lines) => lines,
            Err(error) => return End::of(error),
        };
        progress.moved = false;
        self.live
            .contact(self.at, |status| status.state = KindState::Watching);
        loop {
            let line = match lines.next(self.timing.stall).await {
                Ok(Some(line)) => line,
                Ok(None) => return End::Ended,
                Err(error) => return End::of(error),
            };
            let (event, version) = match parse(&line, &self.resource) {
                Ok(event) => event,
                Err(error) => return End::of(error),
            };
            let event = match self.live_event(event) {
                Ok(event) => event,
                Err(error) => return End::of(error),
            };
            self.live.event(self.at, version.clone(), event);
            *progress = Progress {
                version,
                moved: true,
                spoilt: 0,
            };
            self.backoff.reset();
        }
    }

    /// What an event means for the live state; of Events only those that tell of scaling are kept.
    fn live_event(&self, event: WatchEvent) -> Result<LiveEvent, ReadError> {
        let deleted = |object: Value| {
            LiveEvent::Deleted(ClusterObject::new(object, Provenance::Measured).key())
        };
        Ok(match event {
            WatchEvent::Put(object) if self.is_kept(&object) => LiveEvent::Put(redacted(&object)?),
            WatchEvent::Put(object) | WatchEvent::Deleted(object) => deleted(object),
            WatchEvent::Bookmark => LiveEvent::Bookmark,
        })
    }

    async fn redacted(&self, items: Vec<Value>) -> Result<Vec<Redacted>, ReadError> {
        let mut kept = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if self.is_kept(item) {
                kept.push(redacted(item)?);
            }
            // All kinds share one thread.
            if at % AT_A_STRETCH == AT_A_STRETCH - 1 {
                yield_now().await;
            }
        }
        Ok(kept)
    }

    fn is_kept(&self, object: &Value) -> bool {
        !self.resource.is_event() || ScalingEvent::of(object).is_some()
    }

    /// Says that nothing is wrong, and waits.
    async fn pause_until(&self, end: Instant) {
        if Instant::now() < end {
            self.live
                .status(self.at, |status| status.state = KindState::Waiting);
            sleep_until(end).await;
        }
    }

    /// Says what is wrong, and waits.
    async fn trouble(&mut self, error: &ReadError, done: &str) {
        let wait = if let Some(code @ 403..=405) = error.code() {
            let message = self.refused(code, error, done);
            self.live.refuse(self.at, message, code == 404);
            self.timing.refused
        } else {
            let now = error.to_string();
            self.live.status(self.at, |status| match &mut status.state {
                KindState::Reconnecting { error, .. } => *error = now,
                state => {
                    *state = KindState::Reconnecting {
                        since: Utc::now(),
                        error: now,
                    }
                }
            });
            self.backoff.wait(error.retry_after())
        };
        sleep(wait).await;
    }

    fn refused(&self, code: u16, error: &ReadError, done: &str) -> String {
        let (kind, plural) = (&self.resource.kind, &self.resource.plural);
        match code {
            404 => format!("{kind} is not served any more ({error}); nothing of it is known"),
            405 => format!("{kind} cannot be {done} ({error}); it is listed now and then"),
            _ if done == "watched" => format!(
                "{kind} may be listed but not watched ({error}), so that it is up to date only now and then; grant watch on \
                 {plural}"
            ),
            _ => format!("{kind} may not be listed ({error}); grant list and watch on {plural}"),
        }
    }
}

impl End {
    fn of(error: ReadError) -> Self {
        if error.is_expired() {
            Self::Expired
        } else {
            Self::Failed(error)
        }
    }
}

fn redacted(object: &Value) -> Result<Redacted, ReadError> {
    redact(object).map_err(|problem| {
        ReadError::Garbage(format!(
            "an object cannot be kept without its secrets: {problem}"
        ))
    })
}

/// Seconds as the API takes them.
fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX).max(1)
}
