//! How a caller makes its calls: with what patience, how often again, through how many connections.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Impossible, ServiceId};

/// How the pause before another try is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Not at all.
    #[default]
    None,
    /// Uniform between 0 and the pause.
    Full,
    /// Exponential with the pause as its mean.
    Exponential,
}

/// What tries again may cost at most: a share of the first tries, and a few a second beside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryBudget {
    /// Tries again for one first try; Linkerd's default is 0.2.
    pub ratio: f64,
    /// Tries again a second that are allowed whatever the share; Linkerd's default is 10.
    pub min_per_s: f64,
}

/// Trying a failed call again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// Tries after the first.
    pub retries: u32,
    /// Pause before the first of them, milliseconds.
    pub backoff_ms: f64,
    /// Each further pause over the one before; 2 doubles.
    #[serde(default = "one")]
    pub factor: f64,
    /// Longest pause, milliseconds.
    pub max_backoff_ms: Option<f64>,
    /// How the pause is spread.
    #[serde(default)]
    pub jitter: Jitter,
    /// What tries again may cost; without one they are not bounded together.
    pub budget: Option<RetryBudget>,
}

/// A circuit breaker: it opens after failures in a row and lets one call through after a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Breaker {
    /// Failures in a row after which it opens.
    pub failures: u32,
    /// How long it stays open, milliseconds; then one call tries.
    pub open_ms: f64,
}

/// How one service calls another, or how clients outside ask. What is left out is not done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CallPolicy {
    /// Calls of one service with the same number start together and are waited for together; numbers go up, and calls
    /// without one come after, one by one.
    pub together: Option<u32>,
    /// Patience with one try, milliseconds; that of the world where it is left out.
    pub timeout_ms: Option<f64>,
    /// Trying again.
    pub retry: Option<Retry>,
    /// A circuit breaker in each calling pod.
    pub breaker: Option<Breaker>,
    /// Connections of each calling pod; a call waits for a free one.
    pub connections: Option<u32>,
    /// The call is made only where this cache, called before, did not have the value.
    pub on_miss_of: Option<ServiceId>,
    /// The call is made only for requests of these classes; for all where it is empty.
    pub classes: Vec<String>,
    /// The caller answers without it where it fails.
    pub optional: bool,
}

impl CallPolicy {
    /// Looks for what cannot be.
    ///
    /// # Errors
    /// The first field at fault and what would be right.
    pub fn check(&self) -> Result<(), Impossible> {
        if let Some(timeout) = self.timeout_ms {
            within("timeoutMs", timeout, 0.001, 3_600_000.0)?;
        }
        if self.connections == Some(0) {
            return Err(Impossible::new("connections", 0, "1 or more"));
        }
        if let Some(retry) = &self.retry {
            within("retry.backoffMs", retry.backoff_ms, 0.0, 3_600_000.0)?;
            within("retry.factor", retry.factor, 1.0, 100.0)?;
            if let Some(most) = retry.max_backoff_ms {
                within("retry.maxBackoffMs", most, 0.0, 3_600_000.0)?;
            }
            if let Some(budget) = &retry.budget {
                within("retry.budget.ratio", budget.ratio, 0.0, 1000.0)?;
                within("retry.budget.minPerS", budget.min_per_s, 0.0, 1_000_000.0)?;
            }
        }
        if let Some(breaker) = &self.breaker {
            if breaker.failures == 0 {
                return Err(Impossible::new("breaker.failures", 0, "1 or more"));
            }
            within("breaker.openMs", breaker.open_ms, 0.001, 3_600_000.0)?;
        }
        Ok(())
    }
}

fn one() -> f64 {
    1.0
}

fn within(field: &str, value: f64, least: f64, most: f64) -> Result<(), Impossible> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Impossible::new(field, value, &format!("{least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named() {
        let retry = Retry {
            retries: 2,
            backoff_ms: 10.0,
            factor: 2.0,
            max_backoff_ms: None,
            jitter: Jitter::Full,
            budget: None,
        };
        let with = |retry| CallPolicy {
            retry: Some(retry),
            ..CallPolicy::default()
        };
        let budget = RetryBudget {
            ratio: -0.1,
            min_per_s: 1.0,
        };
        let cases = [
            (
                CallPolicy {
                    timeout_ms: Some(-1.0),
                    ..CallPolicy::default()
                },
                "timeoutMs",
            ),
            (
                CallPolicy {
                    connections: Some(0),
                    ..CallPolicy::default()
                },
                "connections",
            ),
            (
                with(Retry {
                    backoff_ms: f64::NAN,
                    ..retry
                }),
                "retry.backoffMs",
            ),
            (
                with(Retry {
                    factor: 0.5,
                    ..retry
                }),
                "retry.factor",
            ),
            (
                with(Retry {
                    budget: Some(budget),
                    ..retry
                }),
                "retry.budget.ratio",
            ),
            (
                CallPolicy {
                    breaker: Some(Breaker {
                        failures: 0,
                        open_ms: 1.0,
                    }),
                    ..CallPolicy::default()
                },
                "breaker.failures",
            ),
        ];
        for (policy, field) in cases {
            assert_eq!(policy.check().unwrap_err().field, field);
        }
        assert!(with(retry).check().is_ok());
    }
}
