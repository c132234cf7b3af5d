//! The probability of a layout by sampling it, for layouts that are too large to be factored.

use rand::{RngCore, SeedableRng};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use crate::layout::Layout;

/// The 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959963984540054;

/// A probability as sampling finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampled {
    /// Samples in which every group had what it needs.
    pub successes: u64,
    /// Samples.
    pub samples: u64,
    /// Lower end of the 95 % confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Sampled {
    /// The share of successes; `samples` is at least 1.
    pub fn value(&self) -> f64 {
        self.successes as f64 / self.samples as f64
    }
}

/// The generator of a purpose: PCG XSL RR 128/64 (O'Neill 2014), seeded by SHA-256 of seed and purpose, so that each answer
/// has luck of its own.
fn generator(seed: u64, purpose: &str) -> Pcg64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    Pcg64::from_seed(hash.finalize().into())
}

/// True with a probability, in steps of 2^-53.
fn chance(generator: &mut Pcg64, probability: f64) -> bool {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    ((generator.next_u64() >> 11) as f64 * STEP) < probability
}

impl Layout {
    /// Draws every zone, host and replica `samples` times (at least once). The interval is Wilson's score interval
    /// (Wilson 1927, recommended by Brown, Cai and DasGupta 2001), which stays honest near 0 and 1.
    pub fn sample(&self, seed: u64, purpose: &str, samples: u64) -> Sampled {
        let samples = samples.max(1);
        let mut generator = generator(seed, purpose);
        let mut lacks = self.needed.clone();
        let mut successes = 0;
        for _ in 0..samples {
            lacks.copy_from_slice(&self.needed);
            for zone in &self.zones {
                if !chance(&mut generator, zone.availability) {
                    continue;
                }
                for host in &zone.hosts {
                    if !chance(&mut generator, host.availability) {
                        continue;
                    }
                    for &(group, availability) in &host.replicas {
                        let up = chance(&mut generator, availability);
                        lacks[group] = lacks[group].saturating_sub(u32::from(up));
                    }
                }
            }
            successes += u64::from(lacks.iter().all(|&lack| lack == 0));
        }
        let (low, high) = wilson(successes, samples);
        Sampled {
            successes,
            samples,
            low,
            high,
        }
    }
}

fn wilson(successes: u64, samples: u64) -> (f64, f64) {
    let (n, p) = (samples as f64, successes as f64 / samples as f64);
    let squared = Z * Z / n;
    let middle = (p + squared / 2.0) / (1.0 + squared);
    let half = Z / (1.0 + squared) * (p * (1.0 - p) / n + squared / (4.0 * n)).sqrt();
    let low = if successes == 0 {
        0.0
    } else {
        (middle - half).max(0.0)
    };
    let high = if successes == samples {
        1.0
    } else {
        (middle + half).min(1.0)
    };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_by_hand() {
        let check = |successes, samples, low: f64, high: f64| {
            let got = wilson(successes, samples);
            let close = (got.0 - low).abs() < 5e-5 && (got.1 - high).abs() < 5e-5;
            assert!(close, "{successes} of {samples}: {got:?}");
        };
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        check(20, 20, 0.8389, 1.0);
    }

    #[test]
    fn luck_depends_on_seed_and_purpose() {
        let first = |seed, purpose| generator(seed, purpose).next_u64();
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(2, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
    }
}
