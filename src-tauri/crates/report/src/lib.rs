//! The report of a run as one self-contained HTML page with SVG charts.
//!
//! Draws what it is given: no clock, no network, no fonts of its own, no computing of figures. Every text is escaped.

mod charts;
mod escape;
mod heatmap;
mod page;

pub use page::html;

use drydock_model::{Money, Parameter, Provenance};
use drydock_simulation::Event;

/// A chart that could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("chart {chart:?}: {problem}")]
pub struct ReportError {
    /// Title of the chart.
    pub chart: String,
    /// What went wrong.
    pub problem: String,
}

/// A headline figure. A figure that is not known has no value and shows as a dash.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Its unit; empty for counts.
    pub unit: String,
    /// The value.
    pub value: Option<f64>,
    /// Low and high over sampled worlds.
    pub range: Option<(f64, f64)>,
    /// Why there is a range.
    pub because: Option<String>,
}

/// A line over time: one value an interval.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Values; a missing one is a gap.
    pub values: Vec<Option<f64>>,
}

/// A row of a heatmap.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is of.
    pub name: String,
    /// Values; a missing one is hatched.
    pub values: Vec<Option<f64>>,
}

/// A heatmap.
#[derive(Clone, Debug)]
pub struct Heatmap {
    /// Unit of the values.
    pub unit: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A moment marked on the charts.
#[derive(Clone, Debug)]
pub struct MarkLine {
    /// Seconds since the start.
    pub at_s: f64,
    /// What happened.
    pub label: String,
}

/// What a report shows.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// Title of the page.
    pub title: String,
    /// Name of the world.
    pub world: String,
    /// Its revision.
    pub revision: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Version of the engine.
    pub engine_version: String,
    /// SHA-256 of the results.
    pub digest: String,
    /// Simulated length, seconds.
    pub duration_s: f64,
    /// The weakest grade among what the figures rest on.
    pub grade: Provenance,
    /// Headline figures.
    pub figures: Vec<Figure>,
    /// Every parameter of the world.
    pub parameters: Vec<Parameter>,
    /// What could not be taken as it stands.
    pub warnings: Vec<String>,
    /// When each interval begins, seconds since the start.
    pub times_s: Vec<f64>,
    /// Percentiles of latency, milliseconds.
    pub latency: Vec<Line>,
    /// Requests and losses per interval.
    pub requests: Vec<Line>,
    /// CPU of services.
    pub cpu: Heatmap,
    /// Ready pods of services.
    pub replicas: Vec<Line>,
    /// Cost of each owner over the run, US dollars.
    pub costs: Vec<(String, Money)>,
    /// Moments marked on the charts.
    pub marks: Vec<MarkLine>,
    /// What happened.
    pub events: Vec<Event>,
}

#[cfg(test)]
mod tests;
