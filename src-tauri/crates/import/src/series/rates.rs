//! A series as rates that a simulation may replay: no value missing, none negative.

use super::{Oddity, Series, SeriesError};

impl Series {
    /// The step in seconds and a value for every step.
    ///
    /// Without `strict`, a missing value is that of the step before it, as a query of Prometheus looks back to the last value;
    /// with it, every missing value is refused.
    ///
    /// # Errors
    /// A negative value, and a missing one as said above, each with its place in the input.
    pub fn into_rates(self, strict: bool) -> Result<(f64, Vec<f64>), SeriesError> {
        let refused = |place: &str, problem: String| SeriesError::Value {
            place: place.to_owned(),
            field: "value".to_owned(),
            problem,
        };
        for remark in &self.remarks {
            let problem = match remark.what {
                Oddity::Negative => "below 0, and a rate is 0 or more",
                Oddity::Empty if strict => "empty, and every step needs a rate",
                Oddity::NotANumber if strict => "NaN, and every step needs a rate",
                Oddity::Infinite if strict => "infinite, and a rate is finite",
                _ => continue,
            };
            return Err(refused(&remark.place, problem.to_owned()));
        }
        let unfilled = |gap: &&super::Gap| strict || gap.from_unix_s <= self.start_unix_s;
        if let Some(gap) = self.gaps.iter().find(unfilled) {
            let missing = gap.values;
            return Err(refused(
                &gap.near,
                format!(
                    "{missing} values are missing from the time {} on, at a step of {} s: every step needs a rate",
                    gap.from_unix_s, self.step_s
                ),
            ));
        }
        let mut held = 0.0;
        let rates = self.values.into_iter().map(|value| {
            held = value.unwrap_or(held);
            held
        });
        Ok((self.step_s, rates.collect()))
    }
}
