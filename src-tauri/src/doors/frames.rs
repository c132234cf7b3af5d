//! The stream, for whichever door: what is wanted, and the loop that hands out frames.
//!
//! Frames are paced by the subscription; here only the heartbeats are added. The loop blocks: each door gives it a
//! thread of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use drydock_services::stream::{Frame, Resume};
use drydock_services::{Error, Lab};
use serde::Deserialize;
use serde_json::Value;

/// Silence after which a heartbeat says that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Topics that one listener may name.
const MOST_TOPICS: usize = 32;

/// What a listener wants to hear.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Topics.
    pub subscribe: Vec<String>,
    /// The last frame it had, before the stream broke.
    #[serde(default)]
    pub resume: Option<Resume>,
}

impl Wanted {
    /// Reads `{subscribe: [topics], resume?: {epoch, offset}}`.
    pub fn read(value: &Value) -> Result<Self, Error> {
        let wanted: Self = serde_json::from_value(value.clone())
            .map_err(|error| Error::bad_input("subscribe", error))?;
        if wanted.subscribe.is_empty() || wanted.subscribe.len() > MOST_TOPICS {
            let count = wanted.subscribe.len();
            return Err(Error::bad_input(
                "subscribe",
                format!("{count} topics: name 1 to {MOST_TOPICS}"),
            ));
        }
        Ok(wanted)
    }
}

/// Hands each frame to `send`, as JSON, until it answers `false`.
pub fn pump(lab: &Arc<Lab>, wanted: &Wanted, mut send: impl FnMut(&str) -> bool) {
    let mut subscription = lab
        .hub
        .subscribe(wanted.subscribe.iter().cloned(), wanted.resume.as_ref());
    let mut sent = Instant::now();
    // A listener hears at once that the stream stands, before anything changes.
    if !deliver(&subscription.heartbeat(), &mut send) {
        return;
    }
    loop {
        for frame in subscription.next() {
            if !deliver(&frame, &mut send) {
                return;
            }
            sent = Instant::now();
        }
        if !subscription.wait(HEARTBEAT.saturating_sub(sent.elapsed())) {
            if !deliver(&subscription.heartbeat(), &mut send) {
                return;
            }
            sent = Instant::now();
        }
    }
}

fn deliver(frame: &Frame, send: &mut impl FnMut(&str) -> bool) -> bool {
    match serde_json::to_string(frame) {
        Ok(line) => send(&line),
        Err(error) => {
            tracing::error!(%error, topic = frame.topic, "a frame could not be written");
            false
        }
    }
}
