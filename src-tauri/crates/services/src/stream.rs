//! The stream: what changes, for whoever listens, as the newest state of a few topics.
//!
//! A topic holds a state, not a queue: a slow reader gets the newest state and the number of states it did not see.
//! States are merged by RFC 7386, which cannot say that a member is null; therefore members that are null are left out
//! of what is published. This module sends nothing: doors take frames and carry them.

mod frame;
mod hub;
mod patch;
mod subscription;

pub use frame::{Frame, FrameKind, Resume};
pub use hub::{Hub, Listener};
pub use patch::{apply_patch, merge_patch};
pub use subscription::{FRAME_PAUSE, Subscription};

#[cfg(test)]
mod tests;
