//! The world file: Drydock's own document for what manifests do not say.
//!
//! `apiVersion: drydock.dev/v1`, `kind: World`, and under `spec`: `mode`, `complete`, `calls`, `classes`, `traffic`, `policies`,
//! `behaviours`, `parameters`.
//! Merged over what was inferred; refused whole where a field cannot be.

mod merge;
mod write;

pub(crate) use merge::merge;
pub use write::world_file;

/// The only version there is.
const API_VERSION: &str = "drydock.dev/v1";
