//! A frame as it travels, and where a broken stream continues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// The whole state.
    Snapshot,
    /// An RFC 7386 merge patch for the state the listener has.
    Delta,
    /// Nothing new; the stream is alive.
    Heartbeat,
}

/// One message of the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// `session`, `cluster` or `jobs`.
    pub topic: String,
    /// Changes when the lab is opened anew: nothing can be continued then.
    pub epoch: String,
    /// Names the state the listener has after this frame. Counts over all topics, so that it names one state of one.
    pub offset: u64,
    /// What it carries.
    pub kind: FrameKind,
    /// The state or the patch; null in a heartbeat.
    pub data: Value,
    /// States of the topic that came between the last frame and this one and were not sent.
    pub dropped: u64,
}

/// The last frame a listener had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resume {
    /// Its epoch.
    pub epoch: String,
    /// Its offset.
    pub offset: u64,
}
