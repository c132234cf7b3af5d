//! Metrics as a process shows them: the Prometheus text format 0.0.4 and OpenMetrics 1.0, read strictly in one pass.
//!
//! The parser is our own: prometheus-parse 0.2 skips lines it does not know, ends a label set at the first `}` even inside a
//! value, and has no OpenMetrics. Sources: the Prometheus documentation "Exposition formats" (text format 0.0.4) and
//! draft-richih-opsawg-openmetrics-01 (OpenMetrics 1.0.0). Native histograms exist in neither; where one stands in a text
//! all the same, it is named as not read.

mod buckets;
mod family;
mod ladder;
mod openmetrics;
mod point;
pub(crate) mod scan;
mod text;

pub use buckets::{Buckets, BucketsError, Increase, counter_increase};
pub use family::{Exemplar, HistogramPoint, Kind, MetricFamily, Part, Sample};

use thiserror::Error;

/// How an exposition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text format 0.0.4: timestamps in milliseconds.
    Text,
    /// OpenMetrics 1.0: timestamps in seconds, and `# EOF` at the end.
    OpenMetrics,
}

impl Format {
    /// The format that an HTTP `Content-Type` names; `None` where it names neither.
    pub fn of_content_type(value: &str) -> Option<Self> {
        match value.split(';').next()?.trim() {
            "text/plain" => Some(Self::Text),
            "application/openmetrics-text" => Some(Self::OpenMetrics),
            _ => None,
        }
    }

    /// The format of a saved text, by what only one of them has: OpenMetrics ends with `# EOF`, and its counters are declared
    /// without the `_total` that their samples end with.
    pub fn of_text(text: &str) -> Self {
        let ends = text.strip_suffix('\n').unwrap_or(text);
        let closed = ends == "# EOF" || ends.ends_with("\n# EOF");
        let declares_total = || {
            text.lines().any(|line| {
                line.strip_prefix("# TYPE ")
                    .is_some_and(|rest| rest.ends_with("_total counter"))
            })
        };
        if closed && !declares_total() {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }
}

/// An exposition that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposition {
    /// How it was written.
    pub format: Format,
    /// Families in the order of the text.
    pub families: Vec<MetricFamily>,
    /// What was seen and not read, or read with a doubt.
    pub remarks: Vec<Remark>,
}

impl Exposition {
    /// A family by its name.
    pub fn family(&self, name: &str) -> Option<&MetricFamily> {
        self.families.iter().find(|family| family.name == name)
    }
}

/// Something about a line that its reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Line, counted from 1.
    pub line: usize,
    /// What about it.
    pub text: String,
}

/// Why a text is no exposition. Nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct ExpositionError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// Reads a whole exposition.
///
/// # Errors
/// The first line that breaks the format.
pub fn parse(text: &str, format: Format) -> Result<Exposition, ExpositionError> {
    match format {
        Format::Text => text::parse(text),
        Format::OpenMetrics => openmetrics::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (text, expect) in [
            ("", Format::Text),
            ("a 1\n", Format::Text),
            ("a 1\n# EOF", Format::OpenMetrics),
            ("# EOF\n", Format::OpenMetrics),
            ("a 1 # EOF\n", Format::Text),
            ("# TYPE a counter\na_total 1\n# EOF\n", Format::OpenMetrics),
            ("# TYPE a_total counter\na_total 1\n# EOF\n", Format::Text),
        ] {
            assert_eq!(Format::of_text(text), expect, "{text:?}");
        }
        for (value, expect) in [
            (
                "text/plain; version=0.0.4; charset=utf-8",
                Some(Format::Text),
            ),
            ("text/plain", Some(Format::Text)),
            (
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                Some(Format::OpenMetrics),
            ),
            ("application/vnd.google.protobuf", None),
            ("text/html", None),
        ] {
            assert_eq!(Format::of_content_type(value), expect, "{value}");
        }
    }
}
