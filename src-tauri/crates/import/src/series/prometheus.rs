//! The JSON that Prometheus answers with (Prometheus documentation, "HTTP API", v1), saved or live.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{Point, Series, SeriesError, SeriesOptions, grid};
use crate::exposition::scan::number;

/// What any question to the API is answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What was asked for.
    pub data: T,
    /// What Prometheus warns of, or thinks worth saying.
    pub warnings: Vec<String>,
}

/// Why an answer holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Prometheus says what is wrong with the question.
    #[error("{kind}: {message}")]
    Refused {
        /// Its kind of error, such as `bad_data`.
        kind: String,
        /// Its words.
        message: String,
    },
    /// Not what the API answers with.
    #[error("no answer of Prometheus' HTTP API: {0}")]
    Shape(String),
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// Its values.
    pub data: QueryData,
    /// What Prometheus warns of, or thinks worth saying.
    pub warnings: Vec<String>,
    /// Series with native histograms, which are not read.
    pub not_read: Vec<String>,
}

/// Values in one of the forms that an expression has.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryData {
    /// Series over time, of a range query.
    Matrix(Vec<MatrixSeries>),
    /// Series at one time.
    Vector(Vec<VectorSample>),
    /// A number at one time.
    Scalar {
        /// Unix seconds.
        at_unix_s: f64,
        /// The number.
        value: f64,
    },
    /// A text at one time.
    Text {
        /// Unix seconds.
        at_unix_s: f64,
        /// The text.
        value: String,
    },
}

/// One series over time.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixSeries {
    /// Its labels, `__name__` among them where it has a name.
    pub labels: BTreeMap<String, String>,
    /// Unix seconds and values, in the order of time.
    pub values: Vec<(f64, f64)>,
}

/// One series at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorSample {
    /// Its labels, `__name__` among them where it has a name.
    pub labels: BTreeMap<String, String>,
    /// Unix seconds.
    pub at_unix_s: f64,
    /// The value.
    pub value: f64,
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    #[serde(rename = "errorType")]
    kind: Option<String>,
    error: Option<String>,
    warnings: Option<Vec<String>>,
    infos: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum RawData {
    Matrix(Vec<RawSeries>),
    Vector(Vec<RawSample>),
    Scalar((f64, String)),
    String((f64, String)),
}

#[derive(Deserialize)]
struct RawSeries {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    histograms: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawSample {
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
    histogram: Option<serde::de::IgnoredAny>,
}

/// The latest time that is taken, in Unix seconds: the year 33658. What is beyond is a mistake of the unit.
const LATEST_UNIX_S: f64 = 1e12;

/// Opens the envelope of an answer.
///
/// # Errors
/// What Prometheus refuses, and what it does not answer with.
pub fn answer<T: DeserializeOwned>(text: &str) -> Result<Answer<T>, AnswerError> {
    // An error comes without data, or with data of no use.
    let about: Envelope<serde::de::IgnoredAny> = shaped(text)?;
    if about.status != "success" {
        return Err(AnswerError::Refused {
            kind: about.kind.unwrap_or(about.status),
            message: about.error.unwrap_or_default(),
        });
    }
    let envelope: Envelope<T> = shaped(text)?;
    let said = [envelope.warnings, envelope.infos];
    Ok(Answer {
        data: envelope
            .data
            .ok_or_else(|| AnswerError::Shape("`data` is missing".to_owned()))?,
        warnings: said.into_iter().flatten().flatten().collect(),
    })
}

/// Reads the answer to a query or a range query.
///
/// # Errors
/// What Prometheus refuses, what it does not answer with, and values that are no numbers.
pub fn query_result(text: &str) -> Result<QueryResult, AnswerError> {
    let answer = answer::<RawData>(text)?;
    let mut not_read = Vec::new();
    let data = match answer.data {
        RawData::Matrix(series) => {
            let mut read = Vec::with_capacity(series.len());
            for raw in series {
                if raw.histograms.is_some() {
                    not_read.push(series_name(&raw.metric));
                    if raw.values.is_empty() {
                        continue;
                    }
                }
                let values = raw.values.into_iter().map(|pair| value(&raw.metric, pair));
                read.push(MatrixSeries {
                    values: values.collect::<Result<_, _>>()?,
                    labels: raw.metric,
                });
            }
            QueryData::Matrix(read)
        }
        RawData::Vector(samples) => {
            let mut read = Vec::with_capacity(samples.len());
            for raw in samples {
                if raw.histogram.is_some() {
                    not_read.push(series_name(&raw.metric));
                }
                if let Some(pair) = raw.value {
                    let (at_unix_s, value) = value(&raw.metric, pair)?;
                    read.push(VectorSample {
                        labels: raw.metric,
                        at_unix_s,
                        value,
                    });
                }
            }
            QueryData::Vector(read)
        }
        RawData::Scalar(pair) => {
            let (at_unix_s, value) = value(&BTreeMap::new(), pair)?;
            QueryData::Scalar { at_unix_s, value }
        }
        RawData::String((at_unix_s, value)) => QueryData::Text { at_unix_s, value },
    };
    Ok(QueryResult {
        data,
        warnings: answer.warnings,
        not_read,
    })
}

fn shaped<T: DeserializeOwned>(text: &str) -> Result<Envelope<T>, AnswerError> {
    serde_json::from_str(text).map_err(|error| AnswerError::Shape(error.to_string()))
}

fn value(
    labels: &BTreeMap<String, String>,
    (at, text): (f64, String),
) -> Result<(f64, f64), AnswerError> {
    let value = number(&text).ok_or_else(|| {
        let name = series_name(labels);
        AnswerError::Shape(format!("{name} at {at} is {text:?}, which is no number"))
    })?;
    if !matches!(at.abs().partial_cmp(&LATEST_UNIX_S), Some(Ordering::Less)) {
        let problem = format!("the time {at} is none: Unix seconds are right");
        return Err(AnswerError::Shape(problem));
    }
    Ok((at, value))
}

/// The name of a series as PromQL writes it: `up{job="a"}`.
pub fn series_name(labels: &BTreeMap<String, String>) -> String {
    let inside: Vec<String> = labels
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    let name = labels.get("__name__").map_or("", String::as_str);
    format!("{name}{{{}}}", inside.join(","))
}

pub(super) fn read(text: &str, options: &SeriesOptions) -> Result<Series, SeriesError> {
    let wrong = |problem: String| grid::input(options, &problem);
    let result = query_result(text).map_err(|error| wrong(error.to_string()))?;
    if !result.not_read.is_empty() {
        return Err(wrong(format!(
            "{} are native histograms, which are not read: ask for histogram_count or histogram_quantile of them",
            result.not_read.join(", ")
        )));
    }
    match result.data {
        QueryData::Matrix(matrix) => of_matrix(&matrix, options),
        _ => Err(wrong(
            "the answer to a query at one time: that of query_range, a matrix, is right".to_owned(),
        )),
    }
}

pub(super) fn of_matrix(
    matrix: &[MatrixSeries],
    options: &SeriesOptions,
) -> Result<Series, SeriesError> {
    let chosen: Vec<&MatrixSeries> = matrix
        .iter()
        .filter(|series| {
            let has = |(name, value)| series.labels.get(name) == Some(value);
            options.labels.iter().all(has)
        })
        .collect();
    let names = || {
        chosen
            .iter()
            .map(|series| series_name(&series.labels))
            .collect()
    };
    match chosen.as_slice() {
        [] if matrix.is_empty() => Err(grid::input(options, "no series: the query found nothing")),
        [] => Err(SeriesError::Input {
            origin: options.source.clone(),
            problem: format!("no series has the labels {}", series_name(&options.labels)),
        }),
        [only] => gridded(&only.values, &series_name(&only.labels), options),
        _ if options.sum => {
            let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
            for (at, value) in chosen.iter().flat_map(|series| &series.values) {
                *sums.entry(milliseconds(*at)).or_default() += value;
            }
            let summed: Vec<(f64, f64)> = sums
                .into_iter()
                .map(|(at, value)| (grid::seconds(at), value))
                .collect();
            let name = format!("the sum of {} series", chosen.len());
            gridded(&summed, &name, options)
        }
        _ => Err(SeriesError::Several {
            origin: options.source.clone(),
            names: names(),
        }),
    }
}

fn gridded(
    values: &[(f64, f64)],
    name: &str,
    options: &SeriesOptions,
) -> Result<Series, SeriesError> {
    let points = values
        .iter()
        .enumerate()
        .map(|(at, &(time, value))| Point {
            at_ms: milliseconds(time),
            value: Some(value),
            at,
        })
        .collect();
    grid::series(points, options, &|at| {
        format!("{} {name} values[{at}]", options.source)
    })
}

fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
