//! The ways in: window, HTTP, command line, MCP, and the socket by which one process of Drydock asks another.
//!
//! Each door turns what reached it into a caller, a name and an input, and the reply into its own form. None of them
//! decides anything: role, audit, rate limit, validation and errors are the gate's.

pub mod attach;
pub mod command_line;
pub mod frames;
pub mod http;
pub mod mcp;
#[cfg(feature = "desktop")]
pub mod window;
