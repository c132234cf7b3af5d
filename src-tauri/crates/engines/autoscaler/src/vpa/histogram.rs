//! A histogram in which a sample's weight doubles with every half-life it is younger, so that the
//! past fades. Holds weights only; what a sample is, is the caller's.

use drydock_model::SimTime;
use schemars::JsonSchema;
use serde::Serialize;

use super::scheme::Scheme;

/// The least weight of a bucket that is not empty: a thousandth of the least weight of a sample.
/// Source: `aggregations_config.go`.
const EPSILON: f64 = 0.0001;

/// Half-lives after which the reference moves on, before weights grow out of the float's range.
/// Source: `decaying_histogram.go`.
const MOST_HALF_LIVES: u64 = 100;

/// Weights in exponential buckets, decaying with a half-life.
///
/// A sample counts `weight * 2^((its time - reference) / half-life)`: nothing has to be scaled as
/// time passes. The reference is a whole number of half-lives; the first sample sets it.
///
/// Source: `histogram.go` and `decaying_histogram.go`.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    scheme: Scheme,
    half_life_ns: u64,
    reference_ns: Option<SimTime>,
    weights: Vec<f64>,
    total: f64,
    /// The first bucket that is not empty, or the last bucket.
    first: usize,
    /// The last bucket that is not empty, or 0.
    last: usize,
}

/// A bucket as a chart shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Where it starts: cores or bytes.
    pub start: f64,
    /// Where it ends; absent for the last bucket of the scheme, which has no end.
    pub end: Option<f64>,
    /// Its share of the weight of all samples, 0 to 1.
    pub share: f64,
}

impl Histogram {
    /// An empty histogram.
    ///
    /// # Panics
    /// If the half-life is 0.
    pub fn new(scheme: Scheme, half_life_ns: u64) -> Self {
        assert!(half_life_ns > 0, "a half-life must be above 0");
        Self {
            scheme,
            half_life_ns,
            reference_ns: None,
            weights: vec![0.0; scheme.buckets()],
            total: 0.0,
            first: scheme.buckets() - 1,
            last: 0,
        }
    }

    /// Adds a sample.
    ///
    /// # Panics
    /// If the weight is negative or no number.
    pub fn add(&mut self, value: f64, weight: f64, at_ns: SimTime) {
        assert!(weight >= 0.0, "a weight must not be negative, got {weight}");
        let weight = weight * self.decay(at_ns);
        let bucket = self.scheme.bucket_of(value);
        self.weights[bucket] += weight;
        self.total += weight;
        if self.weights[bucket] >= EPSILON {
            self.first = self.first.min(bucket);
            self.last = self.last.max(bucket);
        }
    }

    /// Takes back a sample that was added with the same value, weight and time.
    ///
    /// # Panics
    /// If the weight is negative or no number.
    pub fn subtract(&mut self, value: f64, weight: f64, at_ns: SimTime) {
        assert!(weight >= 0.0, "a weight must not be negative, got {weight}");
        let mut weight = weight * self.decay(at_ns);
        let bucket = self.scheme.bucket_of(value);
        if weight > self.weights[bucket] - EPSILON {
            weight = self.weights[bucket];
        }
        self.total -= weight;
        self.weights[bucket] -= weight;
        self.narrow();
    }

    /// Adds all samples of another histogram.
    ///
    /// # Panics
    /// If the other has different buckets or another half-life.
    pub fn merge(&mut self, other: &Self) {
        assert!(
            self.scheme == other.scheme && self.half_life_ns == other.half_life_ns,
            "histograms with different buckets or half-lives do not merge"
        );
        let Some(theirs) = other.reference_ns else {
            return;
        };
        match self.reference_ns {
            Some(ours) if theirs < ours => {
                let mut other = other.clone();
                other.shift(ours);
                self.take_in(&other);
            }
            Some(ours) if ours == theirs => self.take_in(other),
            _ => {
                self.shift(theirs);
                self.take_in(other);
            }
        }
    }

    fn take_in(&mut self, other: &Self) {
        for bucket in other.first..=other.last {
            self.weights[bucket] += other.weights[bucket];
        }
        self.total += other.total;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// The value below which a share `quantile` (0 to 1) of the weight lies: the end of the bucket
    /// in which it is reached, and of the last bucket, which has no end, the start. Beyond 0 and 1
    /// it is that of 0 and 1; `None` if the histogram is empty (the original answers 0).
    pub fn percentile(&self, quantile: f64) -> Option<f64> {
        if self.is_empty() {
            return None;
        }
        let threshold = quantile * self.total;
        let mut sum = 0.0;
        let bucket = (self.first..self.last)
            .find(|&bucket| {
                sum += self.weights[bucket];
                sum >= threshold
            })
            .unwrap_or(self.last);
        let end = self.scheme.end(bucket);
        Some(end.unwrap_or_else(|| self.scheme.start(bucket)))
    }

    /// Whether there is nothing in it, or nothing but what has faded away.
    pub fn is_empty(&self) -> bool {
        self.weights[self.first] < EPSILON
    }

    /// The weight of all samples at the reference, which moves: good for comparing two histograms
    /// with the same samples in the same order, for nothing else.
    pub fn total_weight(&self) -> f64 {
        self.total
    }

    /// The buckets from the first to the last that is not empty, with their shares.
    pub fn buckets(&self) -> Vec<Bucket> {
        if self.is_empty() {
            return Vec::new();
        }
        (self.first..=self.last)
            .map(|bucket| Bucket {
                start: self.scheme.start(bucket),
                end: self.scheme.end(bucket),
                share: self.weights[bucket] / self.total,
            })
            .collect()
    }

    /// The factor of a sample's weight at a time; moves the reference if it is too far back.
    fn decay(&mut self, at_ns: SimTime) -> f64 {
        let longest = self.half_life_ns.saturating_mul(MOST_HALF_LIVES);
        let reference = match self.reference_ns {
            Some(reference) if at_ns <= reference.saturating_add(longest) => reference,
            _ => self.shift(at_ns),
        };
        let age_ns = i128::from(at_ns) - i128::from(reference);
        libm::exp2(age_ns as f64 / self.half_life_ns as f64)
    }

    /// Moves the reference to the whole half-life nearest to a time, and the weights with it.
    fn shift(&mut self, to_ns: SimTime) -> SimTime {
        let into = to_ns % self.half_life_ns;
        let rounds_down = into < self.half_life_ns - into;
        let to_ns = if rounds_down {
            to_ns - into
        } else {
            to_ns.saturating_add(self.half_life_ns - into)
        };
        if let Some(reference) = self.reference_ns {
            let back_ns = i128::from(reference) - i128::from(to_ns);
            let halvings = libm::floor(back_ns as f64 / self.half_life_ns as f64 + 0.5);
            self.scale(libm::scalbn(1.0, halvings as i32));
        }
        self.reference_ns = Some(to_ns);
        to_ns
    }

    /// Scales what is not empty, as the original does: what a bucket held when it became empty,
    /// less than [`EPSILON`], stays in it.
    fn scale(&mut self, factor: f64) {
        if self.first <= self.last {
            for weight in &mut self.weights[self.first..=self.last] {
                *weight *= factor;
            }
        }
        self.total *= factor;
        self.narrow();
    }

    fn narrow(&mut self) {
        while self.weights[self.first] < EPSILON && self.first + 1 < self.weights.len() {
            self.first += 1;
        }
        while self.weights[self.last] < EPSILON && self.last > 0 {
            self.last -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;
    const START: SimTime = 1_234_567_890_000_000_000;

    /// Buckets end at 40, 100, 190, 325 and 527.5; the last one starts there.
    fn empty() -> Histogram {
        Histogram::new(Scheme::exponential(500.0, 40.0, 1.5), HOUR)
    }

    /// A value of each bucket.
    const VALUES: [f64; 6] = [10.0, 50.0, 150.0, 200.0, 400.0, 600.0];

    fn check(histogram: &Histogram, expected: &[(f64, f64)]) {
        for &(quantile, value) in expected {
            assert_eq!(
                histogram.percentile(quantile),
                Some(value),
                "percentile of {quantile}"
            );
        }
    }

    /// Weights 1, 2, 3, 4 in four neighbouring buckets, as in `histogram_test.go`, `TestPercentiles`
    /// (commit 03e237c3).
    #[test]
    fn percentiles_are_the_ends_of_buckets() {
        let mut histogram = empty();
        for bucket in 1..=4 {
            histogram.add(VALUES[bucket - 1], bucket as f64, START);
        }
        check(
            &histogram,
            &[
                (-0.5, 40.0),
                (0.0, 40.0),
                (0.1, 40.0),
                (0.2, 100.0),
                (0.3, 100.0),
                (0.4, 190.0),
                (0.6, 190.0),
                (0.7, 325.0),
                (1.0, 325.0),
                (1.5, 325.0),
            ],
        );
    }

    #[test]
    fn the_last_bucket_answers_its_start() {
        let mut histogram = empty();
        histogram.add(1e9, 1.0, START);
        check(&histogram, &[(0.5, 527.5)]);
        let view = histogram.buckets();
        assert_eq!(view.len(), 1);
        assert_eq!((view[0].start, view[0].end), (527.5, None));
    }

    /// Weights 1, 2, 3, 4, one half-life apart: 2, 8, 24 and 66 % of the weight
    /// (`decaying_histogram_test.go`, commit 249aeab2).
    #[test]
    fn older_samples_count_less() {
        let mut histogram = empty();
        for step in 1..=4 {
            let at = START + (step as u64 - 1) * HOUR;
            histogram.add(VALUES[step - 1], step as f64, at);
        }
        check(
            &histogram,
            &[
                (0.0, 40.0),
                (0.02, 40.0),
                (0.03, 100.0),
                (0.10, 100.0),
                (0.11, 190.0),
                (0.34, 190.0),
                (0.35, 325.0),
                (1.0, 325.0),
            ],
        );
    }

    /// `TestSimpleDecay` and `TestLongtermDecay` of the same file.
    #[test]
    fn what_is_old_fades_and_is_forgotten() {
        let mut histogram = empty();
        histogram.add(50.0, 1000.0, START);
        histogram.add(10.0, 1.0, START + 20 * HOUR);
        check(&histogram, &[(0.999, 40.0), (1.0, 100.0)]);

        let mut histogram = empty();
        histogram.add(50.0, 1.0, START);
        histogram.add(10.0, 1.0, START + 101 * HOUR);
        check(&histogram, &[(1.0, 40.0)]);
    }

    /// The reference is START in whole hours (30 min 90 s round up); 100 half-lives after it the
    /// weights are still as added, one nanosecond later they are scaled.
    #[test]
    fn the_reference_moves_after_a_hundred_half_lives() {
        let mut histogram = empty();
        histogram.add(10.0, 1.0, START);
        let reference = histogram.reference_ns.unwrap();
        assert_eq!(reference, 342_936 * HOUR);
        assert_eq!(START - 342_935 * HOUR, HOUR / 2 + 90_000_000_000);
        histogram.add(10.0, 1.0, reference + 100 * HOUR);
        assert_eq!(histogram.reference_ns, Some(reference));
        assert_eq!(histogram.total_weight(), libm::exp2(100.0));
        histogram.add(10.0, 1.0, reference + 100 * HOUR + 1);
        assert_eq!(histogram.reference_ns, Some(reference + 100 * HOUR));
        assert!((histogram.total_weight() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn empty_is_what_holds_less_than_epsilon() {
        let mut histogram = empty();
        assert_eq!(histogram.percentile(0.5), None);
        assert!(histogram.buckets().is_empty());
        let on_the_hour = 7 * HOUR;
        histogram.add(50.0, EPSILON * 2.5, on_the_hour);
        assert!(!histogram.is_empty());
        histogram.subtract(50.0, EPSILON, on_the_hour);
        assert!(!histogram.is_empty());
        histogram.subtract(50.0, EPSILON, on_the_hour);
        assert!(histogram.is_empty());
        assert_eq!(histogram.total_weight(), 0.0);
        histogram.add(50.0, EPSILON / 2.0, on_the_hour);
        assert!(histogram.is_empty());
    }

    /// `TestDecayingHistogramMerge` of the same file; the references are hours apart.
    #[test]
    fn merging_is_adding_to_one() {
        let samples = [(10.0, 0), (50.0, 1), (50.0, 7), (150.0, 6)];
        let mut expected = empty();
        for (value, hours) in [samples[2], samples[3], samples[1], samples[0]] {
            expected.add(value, 1.0, START + hours * HOUR);
        }
        let half = |samples: &[(f64, u64)]| {
            let mut histogram = empty();
            for &(value, hours) in samples {
                histogram.add(value, 1.0, START + hours * HOUR);
            }
            histogram
        };
        let (older, younger) = (half(&samples[..2]), half(&samples[2..]));
        for (mut into, from) in [(older.clone(), &younger), (younger.clone(), &older)] {
            into.merge(from);
            assert_eq!(into.reference_ns, younger.reference_ns);
            for (ours, theirs) in into.weights.iter().zip(&expected.weights) {
                assert!((ours - theirs).abs() < 1e-12, "{into:?} {expected:?}");
            }
            assert_eq!((into.first, into.last), (0, 2));
        }
        let mut into = empty();
        into.merge(&younger);
        into.merge(&empty());
        assert_eq!(into, younger);
    }

    #[test]
    #[should_panic(expected = "do not merge")]
    fn different_half_lives_do_not_merge() {
        let other = Histogram::new(Scheme::exponential(500.0, 40.0, 1.5), 2 * HOUR);
        empty().merge(&other);
    }
}
