//! What an exposition holds: families of samples, and the histograms among them.

use std::collections::BTreeMap;

use super::{Buckets, BucketsError, Increase};

/// What a family measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value that only grows, or starts again at 0.
    Counter,
    /// A value as it is now.
    Gauge,
    /// Counts of events in cumulative buckets.
    Histogram,
    /// Counts of present things in cumulative buckets (OpenMetrics).
    GaugeHistogram,
    /// A count, a sum, and quantiles that the process computed itself; they cannot be added up.
    Summary,
    /// Text as labels, with the value 1 (OpenMetrics).
    Info,
    /// Truth values by name (OpenMetrics).
    StateSet,
    /// Nobody said (`untyped` in the text format).
    Unknown,
}

impl Kind {
    /// The word of the `# TYPE` line; `Unknown` is `untyped` in the text format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

/// Which part of a point a sample is: what the sample's name adds to the family's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The value itself; in a summary, a quantile.
    Value,
    /// `_total`
    Total,
    /// `_created`: when counting began, in Unix seconds.
    Created,
    /// `_bucket`
    Bucket,
    /// `_count`
    Count,
    /// `_sum`
    Sum,
    /// `_gcount`
    GaugeCount,
    /// `_gsum`
    GaugeSum,
    /// `_info`
    Info,
}

impl Part {
    /// What the sample's name ends with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Value => "",
            Self::Total => "_total",
            Self::Created => "_created",
            Self::Bucket => "_bucket",
            Self::Count => "_count",
            Self::Sum => "_sum",
            Self::GaugeCount => "_gcount",
            Self::GaugeSum => "_gsum",
            Self::Info => "_info",
        }
    }
}

/// Samples under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFamily {
    /// The name of the `# TYPE` line; in OpenMetrics a counter's is without `_total`.
    pub name: String,
    /// What it measures.
    pub kind: Kind,
    /// Its unit (OpenMetrics).
    pub unit: Option<String>,
    /// What its author says of it.
    pub help: Option<String>,
    /// Samples in the order of the text.
    pub series: Vec<Sample>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which part of the family's point.
    pub part: Part,
    /// Labels as they are written, `le`, `quantile` and the name of a state among them.
    pub labels: BTreeMap<String, String>,
    /// The value; NaN and the infinities are values too.
    pub value: f64,
    /// When it was measured, in milliseconds since 1970 UTC; rarely given.
    pub at_ms: Option<f64>,
    /// One event behind the value (OpenMetrics).
    pub exemplar: Option<Exemplar>,
}

/// One event behind a bucket or a counter.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// What identifies it, such as a trace.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
    /// When it was, in milliseconds since 1970 UTC.
    pub at_ms: Option<f64>,
}

/// A histogram at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramPoint {
    /// Labels without `le`.
    pub labels: BTreeMap<String, String>,
    /// When it was measured, in milliseconds since 1970 UTC.
    pub at_ms: Option<f64>,
    /// When counting began, in Unix seconds (OpenMetrics).
    pub created_s: Option<f64>,
    /// What it counted.
    pub buckets: Buckets,
}

impl MetricFamily {
    /// The name of a sample of this family, as it is written.
    pub fn sample_name(&self, sample: &Sample) -> String {
        format!("{}{}", self.name, sample.part.suffix())
    }

    /// The histograms of the family, in the order of the text; none where it is of another kind.
    ///
    /// # Errors
    /// Buckets that do not make a histogram, in a family that no strict reading made.
    pub fn histograms(&self) -> Result<Vec<HistogramPoint>, BucketsError> {
        if !matches!(self.kind, Kind::Histogram | Kind::GaugeHistogram) {
            return Ok(Vec::new());
        }
        let mut order: Vec<Gathered> = Vec::new();
        let mut known: BTreeMap<(Option<u64>, BTreeMap<String, String>), usize> = BTreeMap::new();
        for sample in &self.series {
            let mut labels = sample.labels.clone();
            let bound = labels.remove("le");
            let key = (sample.at_ms.map(f64::to_bits), labels);
            let at = *known.entry(key).or_insert_with_key(|(_, labels)| {
                order.push(Gathered::new(labels.clone(), sample.at_ms));
                order.len() - 1
            });
            order[at].take(sample, bound.as_deref());
        }
        order.into_iter().map(Gathered::point).collect()
    }
}

impl HistogramPoint {
    /// What was counted since an earlier reading of the same histogram. Counting began anew where a bucket fell or
    /// `_created` is another.
    ///
    /// # Errors
    /// Other bounds than the earlier reading's.
    pub fn since(&self, earlier: &Self) -> Result<Increase<Buckets>, BucketsError> {
        let grown = self.buckets.since(&earlier.buckets)?;
        let created = self.created_s.zip(earlier.created_s);
        if created.is_some_and(|(now, then)| now != then) {
            return Ok(Increase {
                by: self.buckets.clone(),
                reset: true,
            });
        }
        Ok(grown)
    }
}

/// A histogram while its samples come in.
struct Gathered {
    labels: BTreeMap<String, String>,
    at_ms: Option<f64>,
    created_s: Option<f64>,
    cumulative: Vec<(f64, f64)>,
    sum: Option<f64>,
}

impl Gathered {
    fn new(labels: BTreeMap<String, String>, at_ms: Option<f64>) -> Self {
        Self {
            labels,
            at_ms,
            created_s: None,
            cumulative: Vec::new(),
            sum: None,
        }
    }

    fn take(&mut self, sample: &Sample, bound: Option<&str>) {
        match sample.part {
            Part::Bucket => {
                // A bound that is no number fails as one: the strict readers let none through.
                let bound = bound.and_then(super::scan::number).unwrap_or(f64::NAN);
                self.cumulative.push((bound, sample.value));
            }
            Part::Sum | Part::GaugeSum => self.sum = Some(sample.value),
            Part::Created => self.created_s = Some(sample.value),
            // The count is the bucket +Inf once more.
            _ => {}
        }
    }

    fn point(self) -> Result<HistogramPoint, BucketsError> {
        Ok(HistogramPoint {
            buckets: Buckets::of(self.cumulative, self.sum)?,
            labels: self.labels,
            at_ms: self.at_ms,
            created_s: self.created_s,
        })
    }
}
