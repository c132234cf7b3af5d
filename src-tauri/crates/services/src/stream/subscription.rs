//! One listener: what it was sent last, and the frames that bring it to the newest state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::hub::Published;
use super::patch::merge_patch;
use super::{Frame, FrameKind, Hub};

/// Least time between two rounds of frames of one listener: at most ten a second.
pub const FRAME_PAUSE: Duration = Duration::from_millis(100);

/// A listener to some topics.
pub struct Subscription {
    hub: Arc<Hub>,
    topics: Vec<(String, Option<Published>)>,
    last: Option<(String, u64)>,
    sent: Option<Instant>,
}

impl Subscription {
    pub(super) fn new(hub: Arc<Hub>, topics: Vec<(String, Option<Published>)>) -> Self {
        let last = topics
            .iter()
            .find_map(|(topic, had)| Some((topic.clone(), had.as_ref()?.offset)));
        Self {
            hub,
            topics,
            last,
            sent: None,
        }
    }

    /// The frames that bring the listener to the newest states, in the order of their offsets; none where it is there.
    /// Does not wait: whoever carries the frames keeps [`FRAME_PAUSE`] between calls, as [`Self::wait`] does.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        for (topic, had) in &mut self.topics {
            let Some(newest) = self.hub.newest(topic) else {
                continue;
            };
            let frame = match had {
                Some(had) if had.offset == newest.offset => continue,
                Some(had) => (
                    FrameKind::Delta,
                    merge_patch(&had.state, &newest.state),
                    newest.number.saturating_sub(had.number + 1),
                ),
                None => (FrameKind::Snapshot, (*newest.state).clone(), 0),
            };
            let (kind, data, dropped) = frame;
            frames.push(Frame {
                topic: topic.clone(),
                epoch: self.hub.epoch().to_owned(),
                offset: newest.offset,
                kind,
                data,
                dropped,
            });
            *had = Some(newest);
        }
        frames.sort_by_key(|frame| frame.offset);
        if let Some(last) = frames.last() {
            self.last = Some((last.topic.clone(), last.offset));
            self.sent = Some(Instant::now());
        }
        frames
    }

    /// Waits until there is something new and [`FRAME_PAUSE`] is over since the last frames; false after `patience`.
    pub fn wait(&self, patience: Duration) -> bool {
        let changed = self.hub.wait(patience, |offset_of| {
            self.topics
                .iter()
                .any(|(topic, had)| offset_of(topic) > had.as_ref().map_or(0, |had| had.offset))
        });
        if let (true, Some(sent)) = (changed, self.sent) {
            std::thread::sleep(FRAME_PAUSE.saturating_sub(sent.elapsed()));
        }
        changed
    }

    /// A frame that says the stream is alive. It names the last frame sent, so that resuming from it is right.
    pub fn heartbeat(&self) -> Frame {
        let (topic, offset) = self.last.clone().unwrap_or_else(|| {
            let topic = self.topics.first().map(|(topic, _)| topic.clone());
            (topic.unwrap_or_default(), 0)
        });
        Frame {
            topic,
            epoch: self.hub.epoch().to_owned(),
            offset,
            kind: FrameKind::Heartbeat,
            data: Value::Null,
            dropped: 0,
        }
    }
}
