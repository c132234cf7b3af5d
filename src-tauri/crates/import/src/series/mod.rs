//! A series of values in time from outside: a CSV of times and values, or the answer of Prometheus to a range query.
//!
//! Every series comes out on an even grid, with what is missing shown as gaps. Nothing is interpolated.

mod csv;
mod grid;
mod prometheus;
mod rates;
mod time;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use prometheus::{
    Answer, AnswerError, MatrixSeries, QueryData, QueryResult, VectorSample, answer, query_result,
    series_name,
};

/// Most points of a series: a year of ten-second values, three times over. What a stray time would ask for is beyond it.
pub const MOST_POINTS: usize = 10_000_000;

/// Values on an even grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Time of the first value, Unix seconds.
    pub start_unix_s: f64,
    /// Seconds between two values.
    pub step_s: f64,
    /// Values, `None` where there is none. Infinite values and NaN count as none, and are in `remarks`.
    pub values: Vec<Option<f64>>,
    /// Runs of `None`.
    pub gaps: Vec<Gap>,
    /// Values that are not what a series of rates has.
    pub remarks: Vec<ValueRemark>,
    /// Steps of the input that were not `step_s`; 0 for an even one. Points that came to lie in one step were averaged.
    pub irregular_steps: usize,
    /// Where the values come from.
    pub source: String,
}

/// Missing values in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// Time of the first missing value, Unix seconds.
    pub from_unix_s: f64,
    /// How many are missing.
    pub values: usize,
    /// The place in the input of the value before them, or of the first value where none is before.
    pub near: String,
}

/// A value that is not what a series of rates has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueRemark {
    /// Where it stands in the input.
    pub place: String,
    /// What it is.
    pub what: Oddity,
}

/// What is odd about a value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Nothing stands there.
    Empty,
    /// Not a number.
    NotANumber,
    /// An infinity.
    Infinite,
    /// Below 0; the value is kept.
    Negative,
}

/// How a series is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesOptions {
    /// What errors call the input, such as its file.
    pub source: String,
    /// Of a CSV with several columns of values: which one.
    pub column: Option<String>,
    /// Of an answer with several series: the labels of the one to read.
    pub labels: BTreeMap<String, String>,
    /// Of an answer with several series: add them up at each time, as PromQL's `sum` does.
    pub sum: bool,
    /// Seconds between two values; where it is not given, the median of the input's steps.
    pub step_s: Option<f64>,
    /// Refuse a series with steps of different lengths.
    pub strict: bool,
}

/// Why there is no series. Nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SeriesError {
    /// One place of the input.
    #[error("{place}: {field}: {problem}")]
    Value {
        /// Source, and line or element.
        place: String,
        /// The column or field.
        field: String,
        /// What stands there, and what would be right.
        problem: String,
    },
    /// The input as a whole.
    #[error("{origin}: {problem}")]
    Input {
        /// The source.
        origin: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Several series, and nobody said which.
    #[error("{origin}: {} series, where one is read: choose by labels, or add them up: {}", names.len(), first_names(names))]
    Several {
        /// The source.
        origin: String,
        /// All of them.
        names: Vec<String>,
    },
}

/// Most names in one message.
const NAMES_SHOWN: usize = 10;

fn first_names(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES_SHOWN)].join(", ");
    if names.len() > NAMES_SHOWN {
        format!("{shown} and {} more", names.len() - NAMES_SHOWN)
    } else {
        shown
    }
}

/// Reads a series from a CSV or from Prometheus' JSON, whichever the text is.
///
/// # Errors
/// A text that is neither, times that go back or stand twice, values that are none, and what the options refuse.
pub fn read(text: &str, options: &SeriesOptions) -> Result<Series, SeriesError> {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    if first.starts_with('{') {
        return prometheus::read(text, options);
    }
    csv::read(text, options)
}

/// A series of the points of a range query that was asked live.
///
/// # Errors
/// As [`read`], and where the choice of the options is not one series.
pub fn of_matrix(matrix: &[MatrixSeries], options: &SeriesOptions) -> Result<Series, SeriesError> {
    prometheus::of_matrix(matrix, options)
}

/// A value as it was read, before it is on the grid.
struct Point {
    /// Milliseconds since 1970 UTC.
    at_ms: i64,
    /// The value; `None` where nothing stands.
    value: Option<f64>,
    /// Line, or number of the element from 0.
    at: usize,
}
