//! Figures over time: heatmaps and latency, of the session up to its cursor or of a run.
//!
//! Percentiles are read from merged histograms, never averaged; what is missing is missing.

mod cells;
mod heatmap;
mod latency;
mod shape;
mod window;

pub use heatmap::{heatmap, heatmap_cells};
pub use latency::{latency, latency_histogram, latency_series};
pub use shape::*;

pub(crate) use cells::rows;

#[cfg(test)]
mod tests;
