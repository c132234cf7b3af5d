//! The services of a lab: everything that can be asked of it, one module each, over store and engines.
//!
//! Knows no door: no HTTP, no window, no command line. Roles, audit and rate limits stand in front of it, in `operations`.

pub mod audit;
pub mod bin;
pub mod caller;
pub mod chaos;
pub mod cluster_status;
pub mod costs;
pub mod definition;
mod error;
pub mod http_door;
pub mod jobs;
pub mod lab;
pub mod metrics;
pub mod runs;
pub mod scheduler;
pub mod session;
pub mod settings;
pub mod shapes;
pub mod stream;
pub mod worlds;

pub use caller::{Caller, Door, Role};
pub use error::{Code, Error};
pub use lab::{Change, Lab, OpenedLab};
