//! Outside formats become a world: Kubernetes dumps, manifests, archives of them, and Drydock's own world file.
//!
//! Bytes in, world out; only [`read_paths`] touches the file system. Nothing is invented: what is read off other input is
//! marked inferred, what does not read is in the report, and no secret value gets through.

mod address;
mod archive;
mod calls;
mod credential;
mod directory;
mod document;
mod entries;
mod error;
mod export;
pub mod exposition;
mod files;
mod import;
mod need;
mod objects;
mod redact;
pub mod redis_info;
mod sample;
pub mod series;
mod world_file;
mod yaml;

pub use document::documents;
pub use error::{HOW_TO_DUMP, ImportError};
pub use export::export;
pub use files::{InputFile, read_paths};
pub use import::{DEFAULT_LIMIT_BYTES, Imported, import, import_within};
pub use need::RequestSums;
pub use sample::sample;
pub use world_file::world_file;
