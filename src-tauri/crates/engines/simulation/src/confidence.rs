//! Intervals of confidence over runs that differ in their luck alone.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::latency::Percentiles;
use crate::summary::Summary;

/// Upper 2.5 % points of Student's t for 1 to 30 degrees of freedom.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// A mean over runs with its 95 % interval (Student's t).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Mean over the runs.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The same of an amount of money, US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyInterval {
    /// Mean over the runs.
    pub mean: Money,
    /// Lower end.
    pub low: Money,
    /// Upper end.
    pub high: Money,
}

/// What runs that differ in their seed alone say together. A figure that one of them lacks is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Confidence {
    /// Runs, the first included.
    pub runs: u32,
    /// Mean latency, milliseconds.
    pub mean_ms: Option<Interval>,
    /// Median latency, milliseconds.
    pub p50_ms: Option<Interval>,
    /// 95th percentile of latency, milliseconds.
    pub p95_ms: Option<Interval>,
    /// 99th percentile of latency, milliseconds.
    pub p99_ms: Option<Interval>,
    /// Requests not answered over requests ended, 0 to 1.
    pub error_rate: Option<Interval>,
    /// Cost of the whole run.
    pub cost: Option<MoneyInterval>,
}

/// The intervals of at least two summaries.
pub(crate) fn confidence(summaries: &[&Summary]) -> Confidence {
    let latency = |pick: fn(&Percentiles) -> f64| {
        interval(summaries.iter().map(|s| s.latency.as_ref().map(pick)))
    };
    let units = |s: &&Summary| Some(s.cost.total.units() as f64);
    let money = |units: f64| Money::from_units(units.round() as i128);
    Confidence {
        runs: summaries.len() as u32,
        mean_ms: latency(|p| p.mean_ms),
        p50_ms: latency(|p| p.p50_ms),
        p95_ms: latency(|p| p.p95_ms),
        p99_ms: latency(|p| p.p99_ms),
        error_rate: interval(summaries.iter().map(|s| s.error_rate)),
        cost: interval(summaries.iter().map(units)).map(|found| MoneyInterval {
            mean: money(found.mean),
            low: money(found.low),
            high: money(found.high),
        }),
    }
}

/// Mean and 95 % interval; nothing with a value missing or fewer than two.
fn interval(values: impl Iterator<Item = Option<f64>>) -> Option<Interval> {
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    if values.len() < 2 {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (count - 1.0);
    // Beyond the table the normal law is near enough.
    let point = STUDENT.get(values.len() - 2).copied().unwrap_or(1.96);
    let half = point * (variance / count).sqrt();
    Some(Interval {
        mean,
        low: mean - half,
        high: mean + half,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_students_t() {
        let got = interval([1.0, 2.0, 3.0].map(Some).into_iter()).unwrap();
        // Standard deviation 1, three values: 4.303 / sqrt(3).
        let half = 4.303 / 3.0f64.sqrt();
        assert!((got.mean - 2.0).abs() < 1e-12 && (got.high - 2.0 - half).abs() < 1e-12);
        assert!((2.0 - got.low - half).abs() < 1e-12);
        assert!(interval([Some(1.0)].into_iter()).is_none());
        assert!(interval([Some(1.0), None].into_iter()).is_none());
    }
}
