//! Latencies as mergeable histograms: sparse counts per interval, merged into an HdrHistogram to be read.
//! Percentiles are read from merged counts, never averaged.

use std::sync::Arc;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bits kept of a value: 2048 steps an octave pair, as an HdrHistogram of three significant digits has.
const KEPT_BITS: u32 = 11;
/// Longest latency that is told apart, microseconds (one hour, the largest timeout).
const LONGEST_US: u64 = 3_600_000_000;

/// Percentiles of a latency, milliseconds; of answered requests alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Percentiles {
    /// Requests counted.
    pub count: u64,
    /// Mean.
    pub mean_ms: f64,
    /// Smallest.
    pub min_ms: f64,
    /// Median.
    pub p50_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// 99.9th percentile.
    pub p999_ms: f64,
    /// Largest.
    pub max_ms: f64,
}

/// A bar of a histogram with a logarithmic axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Left edge, milliseconds, inclusive.
    pub from_ms: f64,
    /// Right edge, milliseconds, exclusive.
    pub to_ms: f64,
    /// Requests in it.
    pub count: u64,
}

/// Counts of one interval: (lower edge in microseconds, requests), ascending.
pub(crate) type Sparse = Arc<[(u32, u32)]>;

/// Lower edge of the step a value falls into.
fn step_of(micros: u32) -> u32 {
    let shift = (32 - micros.leading_zeros()).saturating_sub(KEPT_BITS);
    (micros >> shift) << shift
}

/// A latency in whole microseconds, rounded to nearest, capped at what a `u32` holds.
pub(crate) fn micros(nanos: u64) -> u32 {
    u32::try_from((nanos + 500) / 1000).unwrap_or(u32::MAX)
}

/// Values from which on they are counted in a table of all steps; fewer are sorted.
const MANY: usize = 1024;
/// Steps there are: values of up to [`KEPT_BITS`] stand for themselves, each further octave has half as many.
const STEPS: usize = ((32 - KEPT_BITS as usize) + 2) << (KEPT_BITS - 1);

/// Number of the step a value falls into.
fn number_of(micros: u32) -> usize {
    let shift = (32 - micros.leading_zeros()).saturating_sub(KEPT_BITS);
    ((shift as usize) << (KEPT_BITS - 1)) + (micros >> shift) as usize
}

/// Lower edge of the step with a number.
fn edge_of(number: usize) -> u32 {
    let half = 1 << (KEPT_BITS - 1);
    if number < 2 * half {
        return number as u32;
    }
    let shift = number / half - 1;
    ((number - shift * half) as u32) << shift
}

/// Counts values; leaves the list empty, its room kept.
pub(crate) fn condense(values: &mut Vec<u32>) -> Sparse {
    let counts = if values.len() < MANY {
        count_sorted(values)
    } else {
        count_in_table(values)
    };
    values.clear();
    counts.into()
}

fn count_sorted(values: &mut [u32]) -> Vec<(u32, u32)> {
    values.sort_unstable();
    let mut counts: Vec<(u32, u32)> = Vec::new();
    for &value in values.iter() {
        let step = step_of(value);
        match counts.last_mut() {
            Some((last, count)) if *last == step => *count += 1,
            _ => counts.push((step, 1)),
        }
    }
    counts
}

fn count_in_table(values: &[u32]) -> Vec<(u32, u32)> {
    let mut table = vec![0u32; STEPS];
    for &value in values {
        table[number_of(value)] += 1;
    }
    let counted = table
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0);
    counted
        .map(|(number, count)| (edge_of(number), count))
        .collect()
}

/// Merged latencies of some services or classes over some intervals.
#[derive(Clone, Debug)]
pub struct Latency {
    histogram: Option<Histogram<u64>>,
}

impl Latency {
    pub(crate) fn merge<'a>(parts: impl Iterator<Item = &'a Sparse>) -> Self {
        // One microsecond to one hour at three digits are bounds that HdrHistogram always accepts.
        let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST_US, 3).ok();
        for part in parts {
            for &(step, count) in part.iter() {
                if let Some(histogram) = &mut histogram {
                    histogram.saturating_record_n(u64::from(step), u64::from(count));
                }
            }
        }
        Self { histogram }
    }

    /// Requests counted.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// Percentiles; nothing where nothing was answered.
    pub fn percentiles(&self) -> Option<Percentiles> {
        let histogram = self.histogram.as_ref().filter(|h| !h.is_empty())?;
        let at = |q| histogram.value_at_quantile(q) as f64 / 1000.0;
        Some(Percentiles {
            count: histogram.len(),
            mean_ms: histogram.mean() / 1000.0,
            min_ms: histogram.min() as f64 / 1000.0,
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: histogram.max() as f64 / 1000.0,
        })
    }

    /// Bars of equal width on a logarithmic axis, `per_decade` a decade, from the smallest value to the largest.
    pub fn buckets(&self, per_decade: u32) -> Vec<Bucket> {
        let Some(histogram) = self.histogram.as_ref().filter(|h| !h.is_empty()) else {
            return Vec::new();
        };
        let per_decade = f64::from(per_decade.max(1));
        let bar =
            |micros: u64| libm::floor(libm::log10(micros.max(1) as f64) * per_decade + 1e-9) as i32;
        let edge = |bar: i32| libm::pow(10.0, f64::from(bar) / per_decade) / 1000.0;
        let first = bar(histogram.min());
        let mut bars: Vec<Bucket> = (first..=bar(histogram.max()))
            .map(|at| Bucket {
                from_ms: edge(at),
                to_ms: edge(at + 1),
                count: 0,
            })
            .collect();
        for value in histogram.iter_recorded() {
            let low = histogram.lowest_equivalent(value.value_iterated_to());
            let at = (bar(low) - first).max(0) as usize;
            if let Some(bucket) = bars.get_mut(at) {
                bucket.count += value.count_at_value();
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&[u32]]) -> Latency {
        let parts: Vec<Sparse> = parts.iter().map(|p| condense(&mut p.to_vec())).collect();
        Latency::merge(parts.iter())
    }

    #[test]
    fn merging_is_counting_together() {
        let apart: Vec<u32> = (1..=1000).map(|n| n * 1000).collect();
        let (low, high) = apart.split_at(300);
        assert_eq!(of(&[low, high]).percentiles(), of(&[&apart]).percentiles());
        let got = of(&[&apart]).percentiles().unwrap();
        for (value, expect) in [
            (got.p50_ms, 500.0),
            (got.p99_ms, 990.0),
            (got.mean_ms, 500.5),
            (got.max_ms, 1000.0),
        ] {
            assert!(
                (value / expect - 1.0).abs() < 0.002,
                "{value} is not {expect}"
            );
        }
    }

    #[test]
    fn both_ways_of_counting_agree() {
        let mut luck = crate::luck::Stream::new(4, "test", "latency");
        let mut values: Vec<u32> = (0..5000)
            .map(|_| (luck.bits() >> (luck.bits() % 64)) as u32)
            .collect();
        values.extend([0, 1, 1023, 1024, 2047, 2048, 2049, 4095, 4096, u32::MAX]);
        assert_eq!(count_in_table(&values), count_sorted(&mut values.clone()));
    }

    #[test]
    fn nothing_has_no_percentiles() {
        assert_eq!(of(&[&[]]).percentiles(), None);
        assert_eq!(of(&[&[]]).buckets(10), []);
    }

    #[test]
    fn bars_hold_everything() {
        let bars = of(&[&[0, 5, 900, 1000, 1001, 250_000, 250_000]]).buckets(5);
        assert_eq!(bars.iter().map(|b| b.count).sum::<u64>(), 7);
        assert!(bars.windows(2).all(|w| w[0].to_ms == w[1].from_ms));
    }
}
