//! The course of an arrival rate: piecewise straight, with its integral, so that arrivals of any law follow it exactly by
//! a change of time (Cinlar 1975): what arrives after `u` at rate 1 arrives where the integral has grown by `u`.

use std::sync::Arc;

use drydock_model::{NANOS_PER_SECOND, Profile, SimTime};

use crate::cpu::nanos;

/// Straight pieces that a cosine is drawn by.
const PIECES: usize = 96;

/// A corner: from here on the factor goes straight to the next corner's `from`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Corner {
    at: f64,
    /// Factor right after it, and right before the next one.
    from: f64,
    to: f64,
    /// Integral of the factor until here, nanoseconds.
    area: f64,
}

/// A course of factors over time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Course {
    /// Corners in order of time, the first at 0; `None` where the factor is 1 throughout.
    corners: Option<Arc<[Corner]>>,
    /// Length after which it repeats and its integral over that, nanoseconds; endless where it does not.
    period: f64,
    area: f64,
}

impl Course {
    /// Compiles a profile that was found possible.
    pub fn new(profile: &Profile) -> Self {
        let second = NANOS_PER_SECOND as f64;
        // Pieces as (start in seconds, factor there, factor at the end).
        let mut pieces: Vec<(f64, f64, f64)> = Vec::new();
        let mut period = f64::INFINITY;
        match profile {
            Profile::Constant => {
                return Self {
                    corners: None,
                    period,
                    area: f64::INFINITY,
                };
            }
            Profile::Ramp {
                from,
                to,
                start_s,
                duration_s,
            } => {
                pieces.push((0.0, *from, *from));
                pieces.push((*start_s, *from, *to));
                pieces.push((start_s + duration_s, *to, *to));
            }
            Profile::Steps { steps } => {
                pieces.push((0.0, 1.0, 1.0));
                pieces.extend(
                    steps
                        .iter()
                        .map(|step| (step.at_s, step.factor, step.factor)),
                );
            }
            Profile::Diurnal {
                trough,
                peak,
                period_s,
                peak_at_s,
            } => {
                period = period_s * second;
                let factor = |at: f64| {
                    let angle = std::f64::consts::TAU * (at - peak_at_s) / period_s;
                    (peak + trough) / 2.0 + (peak - trough) / 2.0 * libm::cos(angle)
                };
                let step = period_s / PIECES as f64;
                for piece in 0..PIECES {
                    let at = piece as f64 * step;
                    pieces.push((at, factor(at), factor(at + step)));
                }
            }
            Profile::Spike {
                at_s,
                factor,
                rise_s,
                hold_s,
                fall_s,
            } => {
                let (top, fall) = (at_s + rise_s, at_s + rise_s + hold_s);
                pieces.push((0.0, 1.0, 1.0));
                pieces.push((*at_s, 1.0, *factor));
                pieces.push((top, *factor, *factor));
                pieces.push((fall, *factor, 1.0));
                pieces.push((fall + fall_s, 1.0, 1.0));
            }
            Profile::Replay {
                step_s,
                factors,
                repeat,
            } => {
                if *repeat {
                    period = step_s * factors.len() as f64 * second;
                }
                let values = factors.iter().enumerate();
                pieces.extend(values.map(|(at, factor)| (at as f64 * step_s, *factor, *factor)));
            }
        }
        let mut corners: Vec<Corner> = Vec::with_capacity(pieces.len());
        let mut area = 0.0;
        for (number, &(at, from, to)) in pieces.iter().enumerate() {
            let at = at * second;
            corners.push(Corner { at, from, to, area });
            let end = pieces
                .get(number + 1)
                .map_or(period, |next| next.0 * second);
            if end.is_finite() {
                area += (end - at) * (from + to) / 2.0;
            }
        }
        Self {
            corners: Some(corners.into()),
            period,
            area: if period.is_finite() {
                area
            } else {
                f64::INFINITY
            },
        }
    }

    /// When the integral of the factor from `start` has grown by `amount`; nothing where it never does. All nanoseconds.
    pub fn after(&self, start: SimTime, amount: f64) -> Option<SimTime> {
        let end = match &self.corners {
            // Added as whole numbers: late in a long run a float no longer tells nanoseconds apart.
            None => return (amount < 9e18).then(|| start + nanos(amount)),
            Some(corners) => {
                self.time_of(corners, self.area_until(corners, start as f64) + amount)?
            }
        };
        // Beyond this no simulation goes, and a float no longer tells nanoseconds apart.
        (end < 9e18).then(|| nanos(end))
    }

    /// Integral of the factor between two times, nanoseconds.
    pub fn between(&self, start: SimTime, end: SimTime) -> f64 {
        match &self.corners {
            None => (end - start) as f64,
            Some(corners) => {
                self.area_until(corners, end as f64) - self.area_until(corners, start as f64)
            }
        }
    }

    fn area_until(&self, corners: &[Corner], time: f64) -> f64 {
        let (cycles, time) = self.fold(time, self.period);
        let at = corners.partition_point(|corner| corner.at <= time) - 1;
        let corner = corners[at];
        let passed = time - corner.at;
        let slope = slope(corners, at, self.period);
        let within = corner.from * passed + slope * passed * passed / 2.0;
        if cycles == 0.0 {
            corner.area + within
        } else {
            cycles * self.area + corner.area + within
        }
    }

    fn time_of(&self, corners: &[Corner], area: f64) -> Option<f64> {
        if self.period.is_finite() && self.area <= 0.0 {
            return None;
        }
        let (cycles, area) = self.fold(area, self.area);
        let at = corners.partition_point(|corner| corner.area <= area) - 1;
        let corner = corners[at];
        let left = area - corner.area;
        let slope = slope(corners, at, self.period);
        // from * t + slope * t^2 / 2 = left, solved in the form that loses no digits.
        let root = (corner.from * corner.from + 2.0 * slope * left)
            .max(0.0)
            .sqrt();
        let denominator = corner.from + root;
        if left > 0.0 && denominator <= 0.0 {
            return None;
        }
        let passed = if left > 0.0 {
            2.0 * left / denominator
        } else {
            0.0
        };
        let whole = if cycles == 0.0 {
            0.0
        } else {
            cycles * self.period
        };
        Some(whole + corner.at + passed)
    }

    /// Whole cycles and the rest.
    fn fold(&self, value: f64, cycle: f64) -> (f64, f64) {
        if !self.period.is_finite() || value < cycle {
            return (0.0, value);
        }
        let cycles = (value / cycle).floor();
        (cycles, (value - cycles * cycle).max(0.0))
    }
}

/// Change of the factor per nanosecond on a piece.
fn slope(corners: &[Corner], at: usize, period: f64) -> f64 {
    let corner = corners[at];
    let end = corners.get(at + 1).map_or(period, |next| next.at);
    let length = end - corner.at;
    if corner.from == corner.to || !length.is_finite() || length <= 0.0 {
        0.0
    } else {
        (corner.to - corner.from) / length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_model::Step;

    const SECOND: u64 = NANOS_PER_SECOND;

    fn courses() -> Vec<Profile> {
        vec![
            Profile::Constant,
            Profile::Ramp {
                from: 0.5,
                to: 3.0,
                start_s: 10.0,
                duration_s: 20.0,
            },
            Profile::Steps {
                steps: vec![
                    Step {
                        at_s: 5.0,
                        factor: 4.0,
                    },
                    Step {
                        at_s: 9.0,
                        factor: 0.25,
                    },
                ],
            },
            Profile::Diurnal {
                trough: 0.2,
                peak: 1.8,
                period_s: 60.0,
                peak_at_s: 10.0,
            },
            Profile::Spike {
                at_s: 10.0,
                factor: 5.0,
                rise_s: 2.0,
                hold_s: 10.0,
                fall_s: 5.0,
            },
            Profile::Replay {
                step_s: 2.0,
                factors: vec![1.0, 0.0, 2.0],
                repeat: true,
            },
        ]
    }

    #[test]
    fn integrals_of_known_courses() {
        let area = |profile: &Profile, from: u64, to: u64| {
            Course::new(profile).between(from * SECOND, to * SECOND) / 1e9
        };
        let all = courses();
        for (profile, from, to, expect) in [
            (&all[0], 3, 10, 7.0),
            // 10 s at 0.5, 20 s at 1.75 on average, 10 s at 3.
            (&all[1], 0, 40, 5.0 + 35.0 + 30.0),
            (&all[2], 0, 13, 5.0 + 16.0 + 1.0),
            (&all[3], 0, 60, 60.0),
            (&all[3], 0, 6000, 6000.0),
            // Rise 2 s at 3, hold 10 s at 5, fall 5 s at 3.
            (&all[4], 10, 27, 6.0 + 50.0 + 15.0),
            (&all[5], 0, 6, 6.0),
            (&all[5], 1, 11, 1.0 + 4.0 + 2.0 + 2.0),
        ] {
            let got = area(profile, from, to);
            assert!(
                (got - expect).abs() < 1e-6,
                "{profile:?} {from}..{to}: {got}, not {expect}"
            );
        }
    }

    #[test]
    fn times_and_integrals_are_inverse() {
        for profile in courses() {
            let course = Course::new(&profile);
            for start in [0, 3, 7, 11, 29, 61] {
                for amount in [1e6, 1e9, 4.5e9, 30e9] {
                    let end = course.after(start * SECOND, amount).unwrap();
                    let back = course.between(start * SECOND, end);
                    assert!(
                        (back - amount).abs() < 30.0,
                        "{profile:?} from {start}: {back}, not {amount}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_never_comes() {
        let over = Profile::Ramp {
            from: 1.0,
            to: 0.0,
            start_s: 0.0,
            duration_s: 10.0,
        };
        let course = Course::new(&over);
        assert!(course.after(0, 4e9).is_some());
        assert_eq!(course.after(0, 6e9), None, "5 s of rate are all there is");
        let never = Profile::Replay {
            step_s: 1.0,
            factors: vec![0.0],
            repeat: true,
        };
        assert_eq!(Course::new(&never).after(0, 1.0), None);
    }
}
