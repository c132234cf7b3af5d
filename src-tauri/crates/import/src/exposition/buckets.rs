//! Cumulative buckets: what was counted between two scrapes, several added up, and quantiles.

use std::cmp::Ordering;

use thiserror::Error;

/// A classic histogram: how many values were at most each bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    bounds: Vec<f64>,
    cumulative: Vec<f64>,
    /// The sum of all values, where it is known.
    pub sum: Option<f64>,
}

/// What grew between two readings.
#[derive(Debug, Clone, PartialEq)]
pub struct Increase<T> {
    /// By how much.
    pub by: T,
    /// Counting began anew in between; what came before that is lost, and `by` counts from 0.
    pub reset: bool,
}

/// Why buckets are no histogram, or two do not go together.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BucketsError {
    /// Bounds out of order, twice, or not a number.
    #[error("bucket bound le={0} is not above the one before it: bounds increase up to +Inf")]
    Bound(f64),
    /// No bucket holds everything.
    #[error("the last bucket is le={0}: a histogram ends with le=\"+Inf\"")]
    NoInfinity(f64),
    /// No buckets at all.
    #[error("no buckets: a histogram has at least le=\"+Inf\"")]
    Empty,
    /// A count that is none.
    #[error("bucket le={bound} counts {count}: a count is 0 or more")]
    Count {
        /// Its bound.
        bound: f64,
        /// What it says.
        count: f64,
    },
    /// Two histograms with other bounds.
    #[error("bounds {one:?} and {other:?} differ: only equal bounds are compared and added")]
    Differ {
        /// Bounds of the one.
        one: Vec<f64>,
        /// Bounds of the other.
        other: Vec<f64>,
    },
}

impl Buckets {
    /// Buckets of pairs (bound, values at most that), in the order of their bounds, +Inf last.
    ///
    /// # Errors
    /// Bounds that do not increase up to +Inf, and counts that are negative or NaN. Counts that fall are taken: rates of
    /// counters do by rounding, and `quantile` takes them as PromQL does.
    pub fn of(
        pairs: impl IntoIterator<Item = (f64, f64)>,
        sum: Option<f64>,
    ) -> Result<Self, BucketsError> {
        let (bounds, cumulative): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let last = *bounds.last().ok_or(BucketsError::Empty)?;
        let wrong = |pair: &&[f64]| pair[0].partial_cmp(&pair[1]) != Some(Ordering::Less);
        if let Some(pair) = bounds.windows(2).find(wrong) {
            return Err(BucketsError::Bound(pair[1]));
        }
        if last != f64::INFINITY {
            return Err(BucketsError::NoInfinity(last));
        }
        for (&bound, &count) in bounds.iter().zip(&cumulative) {
            if count.is_nan() || count < 0.0 {
                return Err(BucketsError::Count { bound, count });
            }
        }
        Ok(Self {
            bounds,
            cumulative,
            sum,
        })
    }

    /// Bounds, increasing, +Inf last.
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// How many values were at most each bound.
    pub fn cumulative(&self) -> &[f64] {
        &self.cumulative
    }

    /// How many values there were.
    pub fn count(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or_default()
    }

    /// The mean; `None` without values or where the sum is unknown.
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0.0).then_some(self.sum? / self.count())
    }

    /// What was counted since an earlier reading. A bucket that fell says that counting began anew, as it does for PromQL's
    /// `increase`; here one bucket speaks for all, since they are reset together.
    ///
    /// # Errors
    /// Other bounds than the earlier reading's.
    pub fn since(&self, earlier: &Self) -> Result<Increase<Self>, BucketsError> {
        self.same_bounds(earlier)?;
        let pairs = || self.cumulative.iter().zip(&earlier.cumulative);
        if pairs().any(|(now, then)| now < then) {
            return Ok(Increase {
                by: self.clone(),
                reset: true,
            });
        }
        Ok(Increase {
            by: Self {
                bounds: self.bounds.clone(),
                cumulative: pairs().map(|(now, then)| now - then).collect(),
                sum: self.sum.zip(earlier.sum).map(|(now, then)| now - then),
            },
            reset: false,
        })
    }

    /// Adds the values of another histogram.
    ///
    /// # Errors
    /// Other bounds than this one's; nothing is added then.
    pub fn add(&mut self, other: &Self) -> Result<(), BucketsError> {
        self.same_bounds(other)?;
        for (mine, theirs) in self.cumulative.iter_mut().zip(&other.cumulative) {
            *mine += theirs;
        }
        self.sum = self.sum.zip(other.sum).map(|(mine, theirs)| mine + theirs);
        Ok(())
    }

    /// The value below which the share `q` of all values lies, as PromQL's `histogram_quantile` has it for classic buckets
    /// (Prometheus, promql/quantile.go, `bucketQuantile`, 2.42): linear within a bucket, the lowest one beginning at 0 where its
    /// bound is positive; in the bucket +Inf the bound before it; counts that fall are raised to the one before.
    ///
    /// `None` without values, with fewer than two buckets, or for a `q` outside 0 to 1, where PromQL says NaN or an infinity.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let mut highest = 0.0_f64;
        let counts: Vec<f64> = self
            .cumulative
            .iter()
            .map(|&count| {
                highest = highest.max(count);
                highest
            })
            .collect();
        if counts.len() < 2 || highest <= 0.0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        let rank = q * highest;
        let last = counts.len() - 1;
        let at = counts[..last].partition_point(|&count| count < rank);
        if at == last {
            return Some(self.bounds[last - 1]);
        }
        let end = self.bounds[at];
        if at == 0 && end <= 0.0 {
            return Some(end);
        }
        let (start, below) = match at.checked_sub(1) {
            Some(before) => (self.bounds[before], counts[before]),
            None => (0.0, 0.0),
        };
        let value = start + (end - start) * ((rank - below) / (counts[at] - below));
        // The quantile 0 of an empty lowest bucket is 0 / 0.
        (!value.is_nan()).then_some(value)
    }

    fn same_bounds(&self, other: &Self) -> Result<(), BucketsError> {
        if self.bounds == other.bounds {
            return Ok(());
        }
        Err(BucketsError::Differ {
            one: self.bounds.clone(),
            other: other.bounds.clone(),
        })
    }
}

/// What a counter grew by between two readings. One that fell began anew, and counts from 0.
pub fn counter_increase(earlier: f64, later: f64) -> Increase<f64> {
    let reset = later < earlier;
    Increase {
        by: if reset { later } else { later - earlier },
        reset,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn buckets(pairs: &[(f64, f64)]) -> Buckets {
        Buckets::of(pairs.iter().copied(), Some(10.0)).unwrap()
    }

    #[test]
    fn quantiles_as_promql_has_them() {
        // Worked by hand from the rules of the documentation.
        let one = buckets(&[(0.1, 10.0), (0.5, 30.0), (1.0, 40.0), (INF, 50.0)]);
        for (q, expect) in [
            (0.1, Some(0.05)),
            (0.2, Some(0.1)),
            (0.5, Some(0.1 + 0.4 * (15.0 / 20.0))),
            (0.8, Some(1.0)),
            (0.9, Some(1.0)),
            (1.0, Some(1.0)),
            (0.0, Some(0.0)),
            (-0.1, None),
            (1.1, None),
            (f64::NAN, None),
        ] {
            assert_eq!(one.quantile(q), expect, "{q}");
        }
        let negative = buckets(&[(-1.0, 5.0), (1.0, 10.0), (INF, 10.0)]);
        assert_eq!(negative.quantile(0.3), Some(-1.0));
        assert_eq!(negative.quantile(0.75), Some(0.0));
        assert_eq!(buckets(&[(INF, 5.0)]).quantile(0.5), None);
        assert_eq!(buckets(&[(1.0, 0.0), (INF, 0.0)]).quantile(0.5), None);
        assert_eq!(buckets(&[(1.0, 0.0), (INF, 2.0)]).quantile(0.0), None);
        // Counts that fall count as the one before.
        let falls = buckets(&[(1.0, 10.0), (2.0, 8.0), (INF, 20.0)]);
        assert_eq!(falls.quantile(0.5), Some(1.0));
    }

    #[test]
    fn two_readings_and_a_reset() {
        let then = buckets(&[(1.0, 3.0), (INF, 5.0)]);
        let mut now = buckets(&[(1.0, 4.0), (INF, 9.0)]);
        now.sum = Some(16.0);
        let grown = now.since(&then).unwrap();
        assert!(!grown.reset);
        assert_eq!(grown.by.cumulative(), [1.0, 4.0]);
        assert_eq!((grown.by.sum, grown.by.mean()), (Some(6.0), Some(1.5)));
        let again = then.since(&now).unwrap();
        assert!(again.reset);
        assert_eq!(again.by, then);
        let mut both = grown.by.clone();
        both.add(&then).unwrap();
        assert_eq!(both, now);

        let other = buckets(&[(2.0, 3.0), (INF, 5.0)]);
        assert!(matches!(
            now.since(&other),
            Err(BucketsError::Differ { .. })
        ));
        assert!(both.add(&other).is_err());
        assert_eq!(both, now, "nothing half added");
        assert_eq!(
            counter_increase(5.0, 7.0),
            Increase {
                by: 2.0,
                reset: false
            }
        );
        assert_eq!(
            counter_increase(5.0, 3.0),
            Increase {
                by: 3.0,
                reset: true
            }
        );
    }

    #[test]
    fn what_is_no_histogram() {
        for (pairs, expect) in [
            (&[][..], "no buckets"),
            (&[(1.0, 1.0)], "the last bucket is le=1"),
            (&[(2.0, 1.0), (1.0, 1.0), (INF, 1.0)], "bucket bound le=1 "),
            (&[(1.0, 1.0), (1.0, 1.0), (INF, 1.0)], "bucket bound le=1 "),
            (&[(1.0, 1.0), (f64::NAN, 1.0)], "bucket bound le=NaN "),
            (&[(f64::NAN, 1.0), (INF, 1.0)], "bucket bound le=inf "),
            (&[(1.0, -1.0), (INF, 1.0)], "bucket le=1 counts -1"),
            (&[(1.0, f64::NAN), (INF, 1.0)], "bucket le=1 counts NaN"),
        ] {
            let error = Buckets::of(pairs.iter().copied(), None).unwrap_err();
            assert!(error.to_string().starts_with(expect), "{error}");
        }
    }
}
