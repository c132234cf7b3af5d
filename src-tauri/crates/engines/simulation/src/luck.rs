//! Random streams: one generator per (seed, entity, purpose), so that two worlds that differ in one thing share the rest
//! of their luck. Transcendental functions come from `libm`, so that every platform and profile draws the same numbers.

use rand::{RngCore, SeedableRng};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

/// A generator of its own.
#[derive(Clone, Debug)]
pub(crate) struct Stream(Pcg64);

impl Stream {
    /// The stream of an entity for a purpose: PCG XSL RR 128/64, seeded by SHA-256 of all three.
    pub fn new(seed: u64, entity: &str, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update((entity.len() as u64).to_le_bytes());
        hash.update(entity.as_bytes());
        hash.update(purpose.as_bytes());
        Self(Pcg64::from_seed(hash.finalize().into()))
    }

    /// Uniform in (0, 1], in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        ((self.0.next_u64() >> 11) + 1) as f64 * STEP
    }

    /// Exponential of this mean, by inversion.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -libm::log(self.uniform()) * mean
    }

    /// Standard normal, by Box and Muller (1958); the second of the pair is not kept.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Uniform in 0..below, by multiplication; `below` must not be 0. The bias is under `below` / 2^64.
    pub fn below(&mut self, below: usize) -> usize {
        ((u128::from(self.0.next_u64()) * below as u128) >> 64) as usize
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() <= probability
    }
}

/// CPU time of a request: lognormal, given by mean and coefficient of variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lognormal {
    mean: f64,
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    /// sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2.
    pub fn new(mean: f64, cv: f64) -> Self {
        let variance = libm::log1p(cv * cv);
        Self {
            mean,
            mu: libm::log(mean) - variance / 2.0,
            sigma: variance.sqrt(),
        }
    }

    /// One value.
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        if self.sigma == 0.0 {
            return self.mean;
        }
        libm::exp(self.mu + self.sigma * stream.normal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_each_part_of_their_name() {
        let first = |seed, entity, purpose| Stream::new(seed, entity, purpose).uniform();
        assert_eq!(first(1, "a", "x"), first(1, "a", "x"));
        assert_ne!(first(1, "a", "x"), first(2, "a", "x"));
        assert_ne!(first(1, "a", "x"), first(1, "b", "x"));
        assert_ne!(first(1, "a", "x"), first(1, "a", "y"));
        assert_ne!(first(1, "ab", "c"), first(1, "a", "bc"));
    }

    #[test]
    fn lognormal_has_its_mean_and_spread() {
        for cv in [0.0, 0.3, 1.0] {
            let law = Lognormal::new(5.0, cv);
            let mut stream = Stream::new(3, "test", "demand");
            let values: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream)).collect();
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
            assert!((mean / 5.0 - 1.0).abs() < 0.01, "cv {cv}: mean {mean}");
            assert!((variance.sqrt() / 5.0 - cv).abs() < 0.05, "cv {cv}");
        }
    }

    #[test]
    fn exponential_and_below() {
        let mut stream = Stream::new(3, "test", "arrivals");
        let mean = (0..200_000).map(|_| stream.exponential(2.0)).sum::<f64>() / 200_000.0;
        assert!((mean / 2.0 - 1.0).abs() < 0.01);
        let mut seen = [0; 3];
        for _ in 0..30_000 {
            seen[stream.below(3)] += 1;
        }
        assert!(seen.iter().all(|n| (9_500..10_500).contains(n)), "{seen:?}");
    }
}
