//! Popularity of keys: the k-th of n is asked for in proportion to 1 / k^s. Drawn by rejection-inversion (Hörmann and
//! Derflinger 1996), so that no table of n entries is needed.

use crate::luck::Stream;

/// Zipf's law over 0..n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Zipf {
    keys: f64,
    exponent: f64,
    /// Integral of the hat at 1.5 less 1, and at n + 0.5.
    low: f64,
    high: f64,
    /// Distance below which a draw is taken without a look.
    sure: f64,
}

impl Zipf {
    /// The law over `keys` keys (at least one) with an exponent not below 0.
    pub fn new(keys: u32, exponent: f64) -> Self {
        let keys = f64::from(keys.max(1));
        let low = integral(1.5, exponent) - 1.0;
        let high = integral(keys + 0.5, exponent);
        let sure = 2.0 - inverse(integral(2.5, exponent) - power(2.0, exponent), exponent);
        Self {
            keys,
            exponent,
            low,
            high,
            sure,
        }
    }

    /// One key, 0 the most popular.
    pub fn draw(&self, luck: &mut Stream) -> u32 {
        loop {
            let u = self.high + luck.uniform() * (self.low - self.high);
            let x = inverse(u, self.exponent);
            let k = (x + 0.5).floor().clamp(1.0, self.keys);
            if k - x <= self.sure || u >= integral(k + 0.5, self.exponent) - power(k, self.exponent)
            {
                return k as u32 - 1;
            }
        }
    }
}

/// x^-s.
fn power(x: f64, s: f64) -> f64 {
    libm::exp(-s * libm::log(x))
}

/// Integral of x^-s: (x^(1-s) - 1) / (1 - s), and ln x at s = 1.
fn integral(x: f64, s: f64) -> f64 {
    let log = libm::log(x);
    let t = (1.0 - s) * log;
    if t.abs() < 1e-8 {
        log * (1.0 + t / 2.0)
    } else {
        libm::expm1(t) / (1.0 - s)
    }
}

/// The x at which the integral is u.
fn inverse(u: f64, s: f64) -> f64 {
    let t = (u * (1.0 - s)).max(-1.0);
    if t.abs() < 1e-8 {
        libm::exp(u * (1.0 - t / 2.0))
    } else {
        libm::exp(libm::log1p(t) / (1.0 - s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_right() {
        const DRAWS: usize = 400_000;
        for (keys, exponent) in [
            (10u32, 0.0),
            (50, 0.7),
            (50, 0.99),
            (1000, 1.0),
            (1000, 1.2),
            (1, 1.0),
        ] {
            let law = Zipf::new(keys, exponent);
            let mut luck = Stream::new(9, "test", "zipf");
            let mut seen = vec![0u32; keys as usize];
            for _ in 0..DRAWS {
                seen[law.draw(&mut luck) as usize] += 1;
            }
            let weight = |key: usize| power((key + 1) as f64, exponent);
            let whole: f64 = (0..keys as usize).map(weight).sum();
            for key in [0, 1, 2, 9].into_iter().filter(|key| *key < keys as usize) {
                let expect = DRAWS as f64 * weight(key) / whole;
                let got = f64::from(seen[key]);
                assert!(
                    (got - expect).abs() < 5.0 * expect.sqrt().max(1.0),
                    "{keys} {exponent} key {key}: {got}, not {expect}"
                );
            }
        }
    }
}
