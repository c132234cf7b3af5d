//! What the points of an OpenMetrics metric must hold (draft-richih-opsawg-openmetrics-01, "Metric Types" and "MetricPoint").

use std::collections::{BTreeMap, BTreeSet};

use super::ladder::{Ladder, quantile};
use super::scan::number;
use super::{Kind, Part, Sample};

/// The samples of one metric at one time, as they come.
#[derive(Debug, Default)]
pub(super) struct Point {
    at_ms: Option<f64>,
    /// Parts that came, with what tells equal parts apart.
    seen: BTreeSet<(Part, String)>,
    ladder: Ladder,
    count: Option<f64>,
    sum: Option<f64>,
}

impl Point {
    /// Takes the next sample of the metric. A later timestamp ends the point and begins the next one.
    pub(super) fn take(&mut self, kind: Kind, name: &str, sample: &Sample) -> Result<(), String> {
        if !self.seen.is_empty() {
            self.go_on(kind, sample.at_ms)?;
        }
        self.at_ms = sample.at_ms;
        let own = own_label(kind, name).and_then(|label| sample.labels.get(label));
        if !self
            .seen
            .insert((sample.part, own.cloned().unwrap_or_default()))
        {
            return Err("a second sample of the same name and labels: one is right".to_owned());
        }
        match sample.part {
            Part::Bucket => self.ladder.step(own.map(String::as_str), sample.value)?,
            Part::Count | Part::GaugeCount => self.count = Some(sample.value),
            Part::Sum | Part::GaugeSum => self.sum = Some(sample.value),
            _ => {}
        }
        Ok(())
    }

    /// Compares the time of the next sample with the one before.
    fn go_on(&mut self, kind: Kind, next: Option<f64>) -> Result<(), String> {
        let (last, next) = match (self.at_ms, next) {
            (Some(last), Some(next)) => (last, next),
            (None, None) => return Ok(()),
            _ => {
                return Err(
                    "some samples of this metric have a timestamp and some have none: all or none is right"
                        .to_owned(),
                );
            }
        };
        if next < last {
            return Err(
                "the timestamp is before the one of the line before: times of a metric do not go back"
                    .to_owned(),
            );
        }
        // Points of a single value at one time are let through; OpenMetrics' own cases have them.
        if next > last || !several_parts(kind) {
            std::mem::take(self).end(kind)?;
        }
        Ok(())
    }

    /// What can be said only once all samples of a point are there.
    pub(super) fn end(self, kind: Kind) -> Result<(), String> {
        if !matches!(kind, Kind::Histogram | Kind::GaugeHistogram) {
            return Ok(());
        }
        let all = self.ladder.all()?;
        match (self.count, self.sum) {
            (Some(count), _) if count != all => Err(format!(
                "le=\"+Inf\" counts {all} and the count is {count}: both are the same"
            )),
            (Some(_), None) => Err("a count without a sum: both or none is right".to_owned()),
            (None, Some(_)) => Err("a sum without a count: both or none is right".to_owned()),
            (_, Some(sum)) if kind == Kind::Histogram && self.ladder.negative => Err(format!(
                "the sum {sum} beside buckets below 0: a sum that may fall is left out"
            )),
            (_, Some(sum)) if sum < 0.0 && !self.ladder.negative => {
                Err(format!("the sum {sum} is below 0, and no bucket is"))
            }
            _ => Ok(()),
        }
    }
}

/// Kinds whose points have several samples.
fn several_parts(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Gauge | Kind::Unknown | Kind::Counter | Kind::Info
    )
}

/// The label that tells the samples of one point apart.
fn own_label(kind: Kind, name: &str) -> Option<&str> {
    match kind {
        Kind::Histogram | Kind::GaugeHistogram => Some("le"),
        Kind::Summary => Some("quantile"),
        Kind::StateSet => Some(name),
        _ => None,
    }
}

/// The labels of the metric that a sample belongs to: those of the sample without the one that tells its point's samples apart.
pub(super) fn identity(
    kind: Kind,
    name: &str,
    sample: &Sample,
) -> Result<BTreeMap<String, String>, String> {
    let mut labels = sample.labels.clone();
    let Some(own) = own_label(kind, name) else {
        return Ok(labels);
    };
    let wanted = matches!(sample.part, Part::Bucket | Part::Value);
    match (labels.remove(own), wanted) {
        (None, true) => Err(format!(
            "the label {own} is missing: each sample of a {} but its count and sum has it",
            kind.word()
        )),
        (Some(_), false) => Err(format!(
            "the label {own} belongs to other samples of a {} than this one",
            kind.word()
        )),
        _ => Ok(labels),
    }
}

/// Whether a sample of that part may have an exemplar.
pub(super) fn exemplar_allowed(kind: Kind, part: Part) -> bool {
    matches!(
        (kind, part),
        (Kind::Counter, Part::Total) | (Kind::Histogram | Kind::GaugeHistogram, Part::Bucket)
    )
}

/// Whether the value can be of that part, and its exemplar of that bucket.
pub(super) fn value_allowed(kind: Kind, sample: &Sample) -> Result<(), String> {
    let value = sample.value;
    let whole = value >= 0.0 && value.fract() == 0.0;
    match (kind, sample.part) {
        (Kind::Info, _) if value != 1.0 => {
            Err(format!("an info has the value {value}: 1 is right"))
        }
        (Kind::StateSet, _) if value != 0.0 && value != 1.0 => {
            Err(format!("a state has the value {value}: 0 or 1 is right"))
        }
        (Kind::Summary, Part::Value) => {
            quantile(sample.labels.get("quantile").map(String::as_str))?;
            not_negative("a quantile's value", value)
        }
        (_, Part::Bucket | Part::Count | Part::GaugeCount) if !whole => Err(format!(
            "a count of {value}: a whole number from 0 is right"
        )),
        (_, Part::Bucket) => exemplar_within(sample),
        (_, Part::Total | Part::Sum) if value.is_nan() => {
            Err("NaN, where only a number from 0 is right".to_owned())
        }
        (_, Part::Total | Part::Sum) => not_negative("what only grows", value),
        (_, Part::GaugeSum) if value.is_nan() => Err("a sum of NaN: a number is right".to_owned()),
        (_, Part::Created) if !value.is_finite() => {
            Err(format!("created at {value}: seconds since 1970 are right"))
        }
        _ => Ok(()),
    }
}

fn not_negative(what: &str, value: f64) -> Result<(), String> {
    if value < 0.0 {
        return Err(format!("{what} is {value}: 0 or more is right"));
    }
    Ok(())
}

fn exemplar_within(sample: &Sample) -> Result<(), String> {
    let bound = sample.labels.get("le").and_then(|le| number(le));
    match (&sample.exemplar, bound) {
        (Some(exemplar), Some(bound)) if exemplar.value > bound => Err(format!(
            "the exemplar {} lies above its bucket, which holds values up to {bound}",
            exemplar.value
        )),
        _ => Ok(()),
    }
}
