//! A cluster that answers: its objects by list and watch, its usage and what happens in it, as one live snapshot.
//!
//! Reads and never writes: [`reader`] can send nothing but GET. Objects keep their JSON but for what the importer's
//! redaction drops; Secrets are never asked for.

mod access;
mod backoff;
mod cluster;
mod config;
mod connection;
mod discovery;
mod error;
mod keeper;
mod kinds;
mod kubeconfig;
mod live;
mod pager;
mod read_error;
mod reader;
mod redact;
mod scaling_event;
mod snapshot;
mod usage;
mod warning;
mod watch_event;

pub use cluster::{Cluster, Listing, Watch};
pub use config::{Config, Source, Timing};
pub use connection::Connection;
pub use discovery::Discovery;
pub use error::ConnectError;
pub use kinds::Resource;
pub use read_error::{ReadError, Refusal};
pub use scaling_event::ScalingEvent;
pub use snapshot::{KindState, KindStatus, Objects, Snapshot, State};
pub use usage::{Measured, NodeUsage, PodUsage, Usage, Used};
pub use warning::Warning;
