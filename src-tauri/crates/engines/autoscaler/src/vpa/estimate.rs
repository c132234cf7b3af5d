//! From an aggregate to amounts: a percentile, a margin on it, a factor for how little is known,
//! and a least amount.

use super::aggregate::Aggregate;
use super::resources::{Resources, scale, whole};
use super::scheme::power;
use super::settings::RecommenderSettings;

/// What is recommended for a container before any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub target: Resources,
    pub lower: Resources,
    pub upper: Resources,
}

/// How much a bound gives way while history is short: `(1 + multiplier / confidence)^exponent`.
#[derive(Debug, Clone, Copy)]
struct Doubt {
    multiplier: f64,
    exponent: i32,
}

/// Upper bound: doubled after a day of history, infinite without. Source: `recommender.go`.
const UPPER: Doubt = Doubt {
    multiplier: 1.0,
    exponent: 1,
};
/// Lower bound: 0.6 of itself after five minutes, 0 without. Source: `recommender.go`.
const LOWER: Doubt = Doubt {
    multiplier: 0.001,
    exponent: -2,
};

impl Doubt {
    /// Source: `estimator.go`, the confidence multipliers.
    fn factor(self, confidence: f64) -> f64 {
        let base = 1.0 + self.multiplier / confidence;
        let size = power(base, self.exponent.unsigned_abs() as usize);
        if self.exponent < 0 { 1.0 / size } else { size }
    }
}

/// The estimates for one container of a pod, each at least `least`.
///
/// Each step is cut off to whole millicores and bytes, as in `estimator.go`: percentile, margin,
/// doubt, least amount.
pub fn estimate(
    settings: &RecommenderSettings,
    aggregate: &Aggregate,
    least: Resources,
) -> Estimate {
    let confidence = aggregate.confidence();
    let bound = |cpu: f64, memory: f64, doubt: Option<Doubt>| {
        let factor = doubt.map_or(1.0, |doubt| doubt.factor(confidence));
        usage(aggregate, cpu, memory).map(|resource, base| {
            let with_margin = base + scale(base, settings.margin);
            scale(with_margin, factor).max(least.get(resource).unwrap_or(0))
        })
    };
    Estimate {
        target: bound(settings.target_cpu, settings.target_memory, None),
        lower: bound(settings.lower_cpu, settings.lower_memory, Some(LOWER)),
        upper: bound(settings.upper_cpu, settings.upper_memory, Some(UPPER)),
    }
}

/// Percentiles of what was used; 0 of what was never seen, as in the original.
fn usage(aggregate: &Aggregate, cpu: f64, memory: f64) -> Resources {
    let cores = aggregate.cpu().percentile(cpu).unwrap_or(0.0);
    let bytes = aggregate.memory().percentile(memory).unwrap_or(0.0);
    Resources::new(whole(cores * 1000.0), whole(bytes))
}

/// The least recommendation of one of `containers` containers of a pod: the pod's share.
/// Source: `recommender.go`.
pub fn least_of_each(settings: &RecommenderSettings, containers: usize) -> Resources {
    let share = 1.0 / containers as f64;
    let pod = Resources::new(
        settings.pod_least_milli_cpu,
        settings.pod_least_memory_bytes,
    );
    pod.map(|_, amount| scale(amount, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TestConfidenceMultiplier` of `estimator_test.go` (commit 0b81cb75): 3.14 cores and 3.14e9
    /// bytes at a confidence of 9 / 1440 come to 907.46 cores and 9.0746e11 bytes.
    #[test]
    fn published_doubt() {
        let doubt = Doubt {
            multiplier: 0.1,
            exponent: 2,
        };
        let factor = doubt.factor(9.0 / 1440.0);
        assert_eq!(scale(3140, factor), 907_460);
        assert_eq!(scale(3_140_000_000, factor), 907_460_000_000);
        assert_eq!(scale(3140, doubt.factor(0.0)), 100_000_000_000_000);
    }

    /// The table in the comments of `recommender.go`.
    #[test]
    fn bounds_close_in_as_history_grows() {
        let close = |factor: f64, expected: f64| {
            assert!((factor - expected).abs() < 0.01, "{factor} {expected}");
        };
        let day = |minutes: f64| minutes / 1440.0;
        assert_eq!(UPPER.factor(0.0), f64::INFINITY);
        assert_eq!(UPPER.factor(0.5), 3.0);
        assert_eq!(UPPER.factor(1.0), 2.0);
        close(UPPER.factor(7.0), 1.14);
        assert_eq!(LOWER.factor(0.0), 0.0);
        close(LOWER.factor(day(5.0)), 0.6);
        close(LOWER.factor(day(30.0)), 0.91);
        close(LOWER.factor(day(60.0)), 0.95);
    }

    #[test]
    fn the_least_amounts_of_a_pod_are_shared() {
        let settings = RecommenderSettings::default();
        for (containers, cpu, memory) in [
            (1, 25, 262_144_000),
            (2, 12, 131_072_000),
            (3, 8, 87_381_333),
        ] {
            let least = least_of_each(&settings, containers);
            assert_eq!(least, Resources::new(cpu, memory), "{containers}");
        }
    }
}
