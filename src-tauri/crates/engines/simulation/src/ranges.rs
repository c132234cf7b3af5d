//! Ranges over sampled worlds: what the figures are where most parameters that move them are assumed.
//!
//! Draws parameter values and reads quantiles; plays nothing itself.

use std::collections::BTreeMap;

use drydock_model::{Parameter, Provenance, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::luck::Stream;
use crate::summary::Summary;

/// From the 5th to the 95th percentile over the sampled worlds, interpolated between neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// 5th percentile.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
}

/// Figures over sampled worlds, all classes together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ranges {
    /// Median latency, milliseconds.
    pub p50_ms: Option<Range>,
    /// 95th percentile of latency, milliseconds.
    pub p95_ms: Option<Range>,
    /// 99th percentile of latency, milliseconds.
    pub p99_ms: Option<Range>,
    /// Requests not answered over requests ended, 0 to 1.
    pub error_rate: Option<Range>,
    /// Worlds sampled.
    pub replications: u32,
    /// Simulated time each was played for, nanoseconds.
    pub duration_ns: SimTime,
    /// Why there is a range, in a sentence.
    pub because: String,
}

/// Why single figures would mislead, or nothing where they would not: more than half of what moves them is assumed.
pub(crate) fn because(parameters: &[&Parameter]) -> Option<String> {
    let assumed = parameters
        .iter()
        .filter(|parameter| parameter.provenance == Provenance::Assumed)
        .count();
    (2 * assumed > parameters.len()).then(|| {
        format!(
            "{assumed} of {} parameters that move it are assumed",
            parameters.len()
        )
    })
}

/// `count` sets of values for the assumed parameters: a Latin hypercube, log-uniform between low and high of each
/// (McKay, Beckman and Conover 1979).
pub(crate) fn samples(
    parameters: &[&Parameter],
    seed: u64,
    count: u32,
) -> Vec<BTreeMap<String, f64>> {
    let mut sets = vec![BTreeMap::new(); count as usize];
    for parameter in parameters {
        let spread = parameter.low > 0.0 && parameter.high > parameter.low;
        if parameter.provenance != Provenance::Assumed || !spread {
            continue;
        }
        let mut luck = Stream::new(seed, &parameter.key, "latin hypercube");
        let mut strata: Vec<usize> = (0..count as usize).collect();
        for at in (1..strata.len()).rev() {
            strata.swap(at, luck.below(at + 1));
        }
        let (low, high) = (libm::log(parameter.low), libm::log(parameter.high));
        for (set, stratum) in sets.iter_mut().zip(strata) {
            let share = (stratum as f64 + luck.uniform()) / f64::from(count);
            let value = libm::exp(low + (high - low) * share);
            set.insert(
                parameter.key.clone(),
                value.clamp(parameter.minimum, parameter.maximum),
            );
        }
    }
    sets
}

/// The ranges of the summaries of sampled worlds.
pub(crate) fn ranges(summaries: &[Summary], duration_ns: SimTime, because: String) -> Ranges {
    let latency = |pick: fn(&crate::Percentiles) -> f64| {
        range(
            summaries
                .iter()
                .filter_map(|s| s.latency.as_ref().map(pick)),
        )
    };
    Ranges {
        p50_ms: latency(|p| p.p50_ms),
        p95_ms: latency(|p| p.p95_ms),
        p99_ms: latency(|p| p.p99_ms),
        error_rate: range(summaries.iter().filter_map(|s| s.error_rate)),
        replications: summaries.len() as u32,
        duration_ns,
        because,
    }
}

fn range(values: impl Iterator<Item = f64>) -> Option<Range> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |quantile: f64| {
        let place = quantile * last as f64;
        let below = place as usize;
        let above = (below + 1).min(last);
        values[below] + (values[above] - values[below]) * (place - below as f64)
    };
    Some(Range {
        low: at(0.05),
        high: at(0.95),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(key: &str, provenance: Provenance) -> Parameter {
        Parameter {
            key: key.to_owned(),
            subject: String::new(),
            name: String::new(),
            meaning: String::new(),
            unit: "ms".to_owned(),
            value: 4.0,
            low: 1.0,
            high: 16.0,
            minimum: 0.0,
            maximum: 100.0,
            provenance,
            source: String::new(),
            as_of: None,
        }
    }

    #[test]
    fn more_than_half_must_be_assumed() {
        let (a, m) = (
            parameter("a", Provenance::Assumed),
            parameter("m", Provenance::Measured),
        );
        assert_eq!(because(&[]), None);
        assert_eq!(because(&[&a, &m]), None);
        assert_eq!(
            because(&[&a, &a, &m]).unwrap(),
            "2 of 3 parameters that move it are assumed"
        );
    }

    #[test]
    fn a_hypercube_has_one_value_a_stratum() {
        let (a, m) = (
            parameter("a", Provenance::Assumed),
            parameter("m", Provenance::Measured),
        );
        let sets = samples(&[&a, &m], 1, 4);
        let mut values: Vec<f64> = sets.iter().map(|set| set["a"]).collect();
        values.sort_by(f64::total_cmp);
        for (value, low) in values.iter().zip([1.0, 2.0, 4.0, 8.0]) {
            assert!((low..=low * 2.0001).contains(value), "{values:?}");
        }
        assert!(sets.iter().all(|set| set.len() == 1));
        assert_eq!(sets, samples(&[&a, &m], 1, 4));
        assert_ne!(sets, samples(&[&a, &m], 2, 4));
    }

    #[test]
    fn quantiles_interpolate() {
        let got = range((0..=20).map(f64::from)).unwrap();
        assert_eq!((got.low, got.high), (1.0, 19.0));
        assert!(range(std::iter::empty()).is_none());
    }
}
