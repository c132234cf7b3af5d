//! The session: the current world playing, at pause, step, 1x, 10x, 60x or full speed.
//!
//! One thread plays it; commands and queries take its lock between slices of a few milliseconds. What the user does is a
//! timed input, written down in the transaction of its command: opening the lab again replays it to the same bytes.
//! Playing stops after 24 simulated hours. Seeking only moves the view cursor: everything is answered as of it, from a
//! checkpoint and the acts since. Playing with the cursor back in time moves the cursor over what is simulated already.
//! Acting with the cursor back in time forks the session there: what was simulated after it, later acts included, is
//! dropped. Never reads the wall clock for anything that is simulated but how far to play next.

mod act;
pub(crate) mod core;
mod handle;
pub(crate) mod look;
mod marks;
mod nanos;
mod operations;
mod past;
mod player;
mod saver;
mod shape;
mod speed;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod view;

pub use self::core::PLAY_LIMIT_NS;
pub use handle::SessionHandle;
pub use marks::marks_of;
pub use nanos::Nanos;
pub use operations::{
    session, session_heal, session_kill, session_pause, session_play, session_restart,
    session_scale, session_seek, session_step,
};
pub use shape::*;
pub use speed::Speed;
pub(crate) use view::fault_id;
