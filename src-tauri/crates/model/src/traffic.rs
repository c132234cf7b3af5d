//! How requests of a class come about: the law of their arrivals and the course of their rate over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Impossible;

/// Most points of a replayed series: a year of minutes.
const MOST_POINTS: usize = 600_000;

/// The law by which requests of a class arrive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "law",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Arrivals {
    /// Independent of each other: exponential times between them.
    #[default]
    Poisson,
    /// At equal distances.
    Deterministic,
    /// A Markov-modulated Poisson process of two states: calm, and bursts that arrive `factor` times as fast. The rate of
    /// the class stays the mean over both.
    Bursts {
        /// Rate in a burst over the rate in calm; more than 1.
        factor: f64,
        /// Mean length of a burst, seconds (exponential).
        burst_s: f64,
        /// Mean length of a calm, seconds (exponential).
        calm_s: f64,
    },
    /// A closed loop: `users` of the class each wait for their answer, think for `think_s` on average (exponential), and
    /// ask again. Such a class has no rate of its own.
    Users,
}

/// One step of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// When it begins, seconds since the start.
    pub at_s: f64,
    /// Rate over the rate of the class from then on.
    pub factor: f64,
}

/// The course of a rate over time, as factors of the rate of the class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "shape",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Profile {
    /// 1 throughout.
    #[default]
    Constant,
    /// `from` until `start_s`, then straight to `to` within `duration_s`.
    Ramp {
        /// Factor before.
        from: f64,
        /// Factor after.
        to: f64,
        /// When it begins to change, seconds.
        start_s: f64,
        /// How long it changes, seconds.
        duration_s: f64,
    },
    /// 1 until the first step.
    Steps {
        /// The steps, in order of time.
        steps: Vec<Step>,
    },
    /// A cosine between `trough` and `peak`, repeated.
    Diurnal {
        /// Smallest factor.
        trough: f64,
        /// Largest factor.
        peak: f64,
        /// Length of a cycle, seconds; a day is 86,400.
        period_s: f64,
        /// When the peak is, seconds since the start.
        peak_at_s: f64,
    },
    /// 1, straight up to `factor`, held, straight down to 1.
    Spike {
        /// When it begins to rise, seconds.
        at_s: f64,
        /// Factor at the top.
        factor: f64,
        /// How long it rises, seconds.
        rise_s: f64,
        /// How long it stays up, seconds.
        hold_s: f64,
        /// How long it falls, seconds.
        fall_s: f64,
    },
    /// A recorded series, each value held for `step_s`.
    Replay {
        /// Length of a value, seconds.
        step_s: f64,
        /// The values over their mean, which is the rate of the class.
        factors: Vec<f64>,
        /// Starts again after its end; else the last value stays.
        repeat: bool,
    },
}

/// How requests of a class come about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Traffic {
    /// The law of the arrivals.
    pub arrivals: Arrivals,
    /// The course of the rate.
    pub profile: Profile,
}

impl Traffic {
    /// Whether it is a closed loop of users.
    pub fn is_closed(&self) -> bool {
        self.arrivals == Arrivals::Users
    }

    /// Looks for what cannot be: negative or endless values, steps backwards, a profile of a closed loop.
    ///
    /// # Errors
    /// The first field at fault and what would be right.
    pub fn check(&self) -> Result<(), Impossible> {
        if let Arrivals::Bursts {
            factor,
            burst_s,
            calm_s,
        } = self.arrivals
        {
            if !(factor.is_finite() && factor > 1.0) {
                return Err(Impossible::new("arrivals.factor", factor, "more than 1"));
            }
            positive("arrivals.burstS", burst_s)?;
            positive("arrivals.calmS", calm_s)?;
        }
        if self.is_closed() && self.profile != Profile::Constant {
            return Err(Impossible::new(
                "profile.shape",
                "no constant",
                "constant: users of a closed loop come as fast as they are answered",
            ));
        }
        self.profile.check()
    }
}

impl Profile {
    fn check(&self) -> Result<(), Impossible> {
        match self {
            Self::Constant => Ok(()),
            Self::Ramp {
                from,
                to,
                start_s,
                duration_s,
            } => {
                not_negative("profile.from", *from)?;
                not_negative("profile.to", *to)?;
                not_negative("profile.startS", *start_s)?;
                not_negative("profile.durationS", *duration_s)
            }
            Self::Steps { steps } => {
                let mut before = 0.0;
                for (at, step) in steps.iter().enumerate() {
                    let field = |name: &str| format!("profile.steps[{at}].{name}");
                    not_negative(&field("factor"), step.factor)?;
                    not_negative(&field("atS"), step.at_s)?;
                    if step.at_s < before {
                        let expected = format!("{before} or later, as the step before it");
                        return Err(Impossible::new(&field("atS"), step.at_s, &expected));
                    }
                    before = step.at_s;
                }
                Ok(())
            }
            Self::Diurnal {
                trough,
                peak,
                period_s,
                peak_at_s,
            } => {
                not_negative("profile.trough", *trough)?;
                not_negative("profile.peak", *peak)?;
                if peak < trough {
                    let expected = format!("{trough} or more, as the trough");
                    return Err(Impossible::new("profile.peak", *peak, &expected));
                }
                positive("profile.periodS", *period_s)?;
                not_negative("profile.peakAtS", *peak_at_s)
            }
            Self::Spike {
                at_s,
                factor,
                rise_s,
                hold_s,
                fall_s,
            } => {
                for (name, value) in [
                    ("profile.atS", at_s),
                    ("profile.factor", factor),
                    ("profile.riseS", rise_s),
                    ("profile.holdS", hold_s),
                    ("profile.fallS", fall_s),
                ] {
                    not_negative(name, *value)?;
                }
                Ok(())
            }
            Self::Replay {
                step_s, factors, ..
            } => {
                positive("profile.stepS", *step_s)?;
                if factors.is_empty() || factors.len() > MOST_POINTS {
                    let expected = format!("1 to {MOST_POINTS} values");
                    return Err(Impossible::new("profile.factors", factors.len(), &expected));
                }
                for (at, factor) in factors.iter().enumerate() {
                    not_negative(&format!("profile.factors[{at}]"), *factor)?;
                }
                Ok(())
            }
        }
    }
}

fn positive(field: &str, value: f64) -> Result<(), Impossible> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Impossible::new(field, value, "a number above 0"))
}

fn not_negative(field: &str, value: f64) -> Result<(), Impossible> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Impossible::new(field, value, "a number not below 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named() {
        let cases = [
            (
                Profile::Ramp {
                    from: -1.0,
                    to: 1.0,
                    start_s: 0.0,
                    duration_s: 1.0,
                },
                "profile.from",
            ),
            (
                Profile::Spike {
                    at_s: 0.0,
                    factor: f64::NAN,
                    rise_s: 0.0,
                    hold_s: 0.0,
                    fall_s: 0.0,
                },
                "profile.factor",
            ),
            (
                Profile::Steps {
                    steps: vec![
                        Step {
                            at_s: 9.0,
                            factor: 1.0,
                        },
                        Step {
                            at_s: 3.0,
                            factor: 1.0,
                        },
                    ],
                },
                "profile.steps[1].atS",
            ),
            (
                Profile::Diurnal {
                    trough: 2.0,
                    peak: 1.0,
                    period_s: 60.0,
                    peak_at_s: 0.0,
                },
                "profile.peak",
            ),
            (
                Profile::Replay {
                    step_s: 0.0,
                    factors: vec![1.0],
                    repeat: true,
                },
                "profile.stepS",
            ),
            (
                Profile::Replay {
                    step_s: 1.0,
                    factors: vec![],
                    repeat: true,
                },
                "profile.factors",
            ),
            (
                Profile::Replay {
                    step_s: 1.0,
                    factors: vec![1.0, -0.5],
                    repeat: true,
                },
                "profile.factors[1]",
            ),
        ];
        for (profile, field) in cases {
            let traffic = Traffic {
                profile,
                ..Traffic::default()
            };
            assert_eq!(traffic.check().unwrap_err().field, field);
        }
        let closed = Traffic {
            arrivals: Arrivals::Users,
            profile: Profile::Ramp {
                from: 1.0,
                to: 2.0,
                start_s: 0.0,
                duration_s: 1.0,
            },
        };
        assert_eq!(closed.check().unwrap_err().field, "profile.shape");
        let bursts = Traffic {
            arrivals: Arrivals::Bursts {
                factor: 0.5,
                burst_s: 1.0,
                calm_s: 1.0,
            },
            ..Traffic::default()
        };
        assert_eq!(bursts.check().unwrap_err().field, "arrivals.factor");
        assert!(Traffic::default().check().is_ok());
    }
}
