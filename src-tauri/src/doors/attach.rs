//! How one process of Drydock asks another that owns the lab: a Unix socket beside the lab, one JSON value a line.
//!
//! The socket is open to the user alone, so whoever reaches it is the owner of the lab and may take any role.
//! A request is `{call, input, name, role, door, wait}`, answered by progress lines and a reply; or `{subscribe, resume}`,
//! answered by frames of the stream until either side hangs up.

mod wire;

pub use wire::Step;

#[cfg(unix)]
mod address;
#[cfg(unix)]
mod client;
#[cfg(unix)]
mod owner;

#[cfg(unix)]
pub use client::Client;
#[cfg(unix)]
pub use owner::{Listener, listen};

#[cfg(not(unix))]
mod absent;
#[cfg(not(unix))]
pub use absent::{Client, Listener, listen};
