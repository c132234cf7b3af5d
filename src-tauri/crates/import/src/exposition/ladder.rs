//! The rising order that both formats want: of a histogram's buckets, and of a summary's quantiles.

use super::scan::number;

/// Buckets of one point as they come.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// The last bound and its count.
    top: Option<(f64, f64)>,
    /// A bound lies below 0, so that the sum of the values may fall.
    pub negative: bool,
}

impl Ladder {
    /// Takes the next bucket.
    pub(super) fn step(&mut self, le: Option<&str>, count: f64) -> Result<(), String> {
        let le = le.ok_or("a bucket without the label le: le=\"0.5\" or le=\"+Inf\" is right")?;
        let bound = number(le)
            .filter(|bound| !bound.is_nan())
            // Only one spelling is right, since the label is compared as text wherever it is stored.
            .filter(|bound| bound.is_finite() || le == "+Inf")
            .ok_or_else(|| format!("le={le:?} is no bound: a number or \"+Inf\" is right"))?;
        if count.is_nan() || count < 0.0 {
            return Err(format!(
                "the bucket le={le:?} counts {count}: a count is 0 or more"
            ));
        }
        if let Some((last_bound, last_count)) = self.top {
            if bound <= last_bound {
                return Err(format!(
                    "the bucket le={le:?} comes after le={last_bound}: bounds increase, and each stands once"
                ));
            }
            if count < last_count {
                return Err(format!(
                    "the bucket le={le:?} counts {count}, less than the {last_count} of the one before: buckets are cumulative"
                ));
            }
        }
        self.negative |= bound < 0.0;
        self.top = Some((bound, count));
        Ok(())
    }

    /// What the last bucket, +Inf, counts.
    pub(super) fn all(&self) -> Result<f64, String> {
        match self.top {
            Some((bound, count)) if bound == f64::INFINITY => Ok(count),
            Some((bound, _)) => Err(format!(
                "the buckets end with le={bound}: the last one is le=\"+Inf\""
            )),
            None => Err("a histogram without buckets: at least le=\"+Inf\" is needed".to_owned()),
        }
    }
}

/// The quantile that a label names, 0 to 1.
pub(super) fn quantile(label: Option<&str>) -> Result<f64, String> {
    let label =
        label.ok_or("a summary's value without the label quantile: quantile=\"0.99\" is right")?;
    number(label)
        .filter(|quantile| (0.0..=1.0).contains(quantile))
        .ok_or_else(|| format!("quantile={label:?} is none: a number from 0 to 1 is right"))
}
