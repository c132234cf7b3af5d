//! The law of the CPU time of requests.

use std::sync::Arc;

use drydock_model::DemandLaw;

use crate::luck::Stream;
use crate::ziggurat;

/// CPU time of a request, nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Law {
    Fixed(f64),
    Exponential(f64),
    /// sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    /// Scaled to the mean.
    Empirical(Arc<[f64]>),
}

impl Law {
    /// The law of this kind with a mean, nanoseconds; `cv` is the standard deviation over the mean where the kind leaves
    /// it open.
    pub fn new(kind: &DemandLaw, mean: f64, cv: f64) -> Self {
        match kind {
            DemandLaw::Lognormal if cv > 0.0 => {
                let variance = libm::log1p(cv * cv);
                Self::Lognormal {
                    mu: libm::log(mean) - variance / 2.0,
                    sigma: variance.sqrt(),
                }
            }
            DemandLaw::Lognormal | DemandLaw::Deterministic => Self::Fixed(mean),
            DemandLaw::Exponential => Self::Exponential(mean),
            DemandLaw::Empirical { values } => {
                let sum: f64 = values.iter().sum();
                let scale = mean * values.len() as f64 / sum;
                Self::Empirical(values.iter().map(|value| value * scale).collect())
            }
        }
    }

    /// One value.
    pub fn draw(&self, luck: &mut Stream) -> f64 {
        match self {
            Self::Fixed(mean) => *mean,
            Self::Exponential(mean) => luck.exponential(*mean),
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * ziggurat::normal(luck)),
            Self::Empirical(values) => values[luck.below(values.len())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and coefficient of variation of many draws.
    fn moments(law: &Law) -> (f64, f64) {
        let mut luck = Stream::new(3, "test", "demand");
        let values: Vec<f64> = (0..200_000).map(|_| law.draw(&mut luck)).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
        (mean, variance.sqrt() / mean)
    }

    #[test]
    fn laws_have_their_mean_and_spread() {
        let recorded = DemandLaw::Empirical {
            values: vec![1.0, 1.0, 4.0],
        };
        let cases = [
            (DemandLaw::Lognormal, 0.0, 0.0),
            (DemandLaw::Lognormal, 0.3, 0.3),
            (DemandLaw::Lognormal, 1.0, 1.0),
            (DemandLaw::Deterministic, 2.0, 0.0),
            (DemandLaw::Exponential, 0.0, 1.0),
            // Values 1, 1, 4: mean 2, variance 2.
            (recorded, 9.0, 0.5f64.sqrt()),
        ];
        for (kind, given, expect) in cases {
            let (mean, cv) = moments(&Law::new(&kind, 5.0, given));
            assert!((mean / 5.0 - 1.0).abs() < 0.01, "{kind:?}: mean {mean}");
            assert!((cv - expect).abs() < 0.05, "{kind:?}: cv {cv}");
        }
    }
}
