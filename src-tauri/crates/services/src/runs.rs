//! Runs: a world revision, a scenario, a seed and an engine version give results, and the same four give the same bytes.

mod artifact;
mod cache;
mod compare;
mod duration;
mod job;
mod list;
mod replay;
mod report;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use cache::LoadedRun;
pub use cache::RunCache;
pub use compare::compare_runs;
pub use duration::{DAY_NS, parse_duration};
pub use job::run;
pub use list::{delete_run, run_result, runs};
pub use report::run_report;
pub use shape::*;
