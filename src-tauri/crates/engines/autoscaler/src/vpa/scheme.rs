//! How values fall into the buckets of a histogram: the first bucket has a fixed width, each
//! further one is wider than the one before by the same ratio.

/// Exponentially growing buckets over values from 0. The last bucket has no end.
///
/// Source: `histogram_options.go`, the exponential options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheme {
    first: f64,
    ratio: f64,
    buckets: usize,
}

/// Each bucket is wider than the one before by 5 %. Source: `aggregations_config.go`.
const GROWTH: f64 = 1.05;

impl Scheme {
    /// Buckets of which the first has the width `first`, each one `ratio` times the width of the
    /// one before, and the last starts at or above `largest`.
    ///
    /// # Panics
    /// If `largest` or `first` are not above 0 or `ratio` is not above 1.
    pub fn exponential(largest: f64, first: f64, ratio: f64) -> Self {
        assert!(
            largest > 0.0 && first > 0.0 && ratio > 1.0,
            "largest {largest} and first {first} must be above 0, ratio {ratio} above 1"
        );
        let steps = log(ratio, largest * (ratio - 1.0) / first + 1.0);
        Self {
            first,
            ratio,
            buckets: libm::ceil(steps) as usize + 1,
        }
    }

    /// Cores: from 0.01 up to 1000. Source: `aggregations_config.go`.
    pub fn cpu() -> Self {
        Self::exponential(1000.0, 0.01, GROWTH)
    }

    /// Bytes: from 1e7 up to 1e12. Source: `aggregations_config.go`.
    pub fn memory() -> Self {
        Self::exponential(1e12, 1e7, GROWTH)
    }

    /// How many buckets there are.
    pub fn buckets(&self) -> usize {
        self.buckets
    }

    /// The bucket a value falls into; what is outside falls into the first or the last.
    pub fn bucket_of(&self, value: f64) -> usize {
        if value < self.first {
            return 0;
        }
        let bucket = log(self.ratio, value * (self.ratio - 1.0) / self.first + 1.0) as usize;
        bucket.min(self.buckets - 1)
    }

    /// Where a bucket starts: `first * (ratio^bucket - 1) / (ratio - 1)`.
    pub fn start(&self, bucket: usize) -> f64 {
        if bucket == 0 {
            return 0.0;
        }
        self.first * (power(self.ratio, bucket) - 1.0) / (self.ratio - 1.0)
    }

    /// Where a bucket ends; the last one, and any beyond it, does not.
    pub fn end(&self, bucket: usize) -> Option<f64> {
        (bucket + 1 < self.buckets).then(|| self.start(bucket + 1))
    }
}

fn log(base: f64, value: f64) -> f64 {
    libm::log(value) / libm::log(base)
}

/// A whole power by repeated squaring, which rounds as `math.Pow` of Go does, so that bucket ends
/// agree to the last bit.
pub(super) fn power(mut base: f64, mut exponent: usize) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of `histogram_options_test.go` (commit 0f55b548).
    #[test]
    fn published_example() {
        let scheme = Scheme::exponential(500.0, 40.0, 1.5);
        assert_eq!(scheme.buckets(), 6);
        for (bucket, start) in [0.0, 40.0, 100.0, 190.0, 325.0, 527.5]
            .into_iter()
            .enumerate()
        {
            assert_eq!(scheme.start(bucket), start, "bucket {bucket}");
        }
        for (value, bucket) in [(-1.0, 0), (39.99, 0), (40.0, 1), (100.0, 2), (900.0, 5)] {
            assert_eq!(scheme.bucket_of(value), bucket, "value {value}");
        }
        assert_eq!(scheme.end(4), Some(527.5));
        assert_eq!(scheme.end(5), None);
    }

    /// ln(5001) / ln(1.05) = 174.57: 175 steps, and the last bucket.
    #[test]
    fn both_resources_have_176_buckets() {
        assert_eq!(Scheme::cpu().buckets(), 176);
        assert_eq!(Scheme::memory().buckets(), 176);
        assert!(Scheme::cpu().start(175) >= 1000.0);
        assert!(Scheme::memory().start(175) >= 1e12);
        assert_eq!(Scheme::cpu().start(1), 0.01);
        assert_eq!(Scheme::cpu().bucket_of(0.009_999), 0);
        assert_eq!(Scheme::cpu().bucket_of(0.01), 1);
        assert_eq!(Scheme::memory().bucket_of(1e18), 175);
    }
}
