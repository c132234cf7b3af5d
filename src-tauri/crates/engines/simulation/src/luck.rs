//! Random streams: one generator per (seed, entity, purpose), so that two worlds that differ in one thing share the rest
//! of their luck. Transcendental functions come from `libm`, so that every platform and profile draws the same numbers.

use rand::{RngCore, SeedableRng};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use crate::ziggurat;

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

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Exponential of this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        ziggurat::exponential(self) * mean
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
