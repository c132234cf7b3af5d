//! What kind of server a service is: how calls are spread over its pods, how its work is distributed, what it keeps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Impossible;

/// How calls are spread over ready pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// Any, with equal chance: kube-proxy's iptables rules.
    #[default]
    Random,
    /// One after another.
    RoundRobin,
    /// The one with the fewest requests inside; of equals the first.
    LeastRequest,
    /// The one with fewer requests inside of two drawn at random.
    PowerOfTwo,
}

/// How the CPU time of requests is distributed around its mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "law",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum DemandLaw {
    /// Lognormal with the spread `demand_cv`.
    #[default]
    Lognormal,
    /// Always the mean.
    Deterministic,
    /// Exponential.
    Exponential,
    /// Recorded values, each as likely; scaled so that their mean is `demand_ms`.
    Empirical {
        /// The values, in any unit of time.
        values: Vec<f64>,
    },
}

/// What a service keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// Nothing: it serves.
    #[default]
    Nothing,
    /// Values by key, the least recently used forgotten first: a cache.
    Cache,
    /// Data with one primary that takes writes and replicas that follow: a database.
    Data,
}

/// What kind of server a service is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Behaviour {
    /// How calls are spread over its pods.
    pub balance: Balance,
    /// How its CPU time is distributed.
    pub demand: DemandLaw,
    /// What it keeps.
    pub keeps: Keeps,
}

impl Behaviour {
    /// Looks for what cannot be.
    ///
    /// # Errors
    /// The first field at fault and what would be right.
    pub fn check(&self) -> Result<(), Impossible> {
        let DemandLaw::Empirical { values } = &self.demand else {
            return Ok(());
        };
        let bad = values
            .iter()
            .position(|value| !(value.is_finite() && *value >= 0.0));
        if let Some(at) = bad {
            let field = format!("demand.values[{at}]");
            return Err(Impossible::new(&field, values[at], "a number not below 0"));
        }
        if values.iter().all(|value| *value == 0.0) {
            return Err(Impossible::new(
                "demand.values",
                format!("{} values", values.len()),
                "values, one of them above 0",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named() {
        for (values, field) in [
            (vec![], "demand.values"),
            (vec![0.0], "demand.values"),
            (vec![1.0, f64::NAN], "demand.values[1]"),
        ] {
            let behaviour = Behaviour {
                demand: DemandLaw::Empirical { values },
                ..Behaviour::default()
            };
            assert_eq!(behaviour.check().unwrap_err().field, field);
        }
        assert!(Behaviour::default().check().is_ok());
    }
}
