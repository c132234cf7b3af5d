//! The stretch of time a question is about, in intervals of 10 s.

use drydock_simulation::INTERVAL_NS;

use crate::Error;
use crate::session::Nanos;
use crate::session::look::LookBack;

/// Seconds of an interval.
pub(super) const INTERVAL_S: u32 = (INTERVAL_NS / drydock_model::NANOS_PER_SECOND) as u32;
/// Minutes looked at where nobody says.
pub(super) const DEFAULT_MINUTES: u32 = 60;
/// Most minutes: a week, the longest run.
const MOST_MINUTES: u32 = 7 * 24 * 60;
/// Widest column, seconds.
const MOST_STEP_S: u32 = 3600;

/// Columns of a stretch: each a range of intervals, aligned to multiples of the step so that they do not move.
pub(super) struct Window {
    /// First interval.
    pub from: usize,
    /// After the last interval.
    pub to: usize,
    /// Intervals a column covers.
    pub step: usize,
}

/// The minutes asked for.
pub(super) fn minutes(window: Option<u32>) -> Result<u32, Error> {
    let minutes = window.unwrap_or(DEFAULT_MINUTES);
    if (1..=MOST_MINUTES).contains(&minutes) {
        Ok(minutes)
    } else {
        Err(Error::bad_input(
            "window",
            format!("{minutes} is not a number of minutes from 1 to {MOST_MINUTES}"),
        ))
    }
}

/// The seconds of a column asked for.
pub(super) fn step(step: Option<u32>, default: u32) -> Result<u32, Error> {
    let seconds = step.unwrap_or(default);
    if (INTERVAL_S..=MOST_STEP_S).contains(&seconds) && seconds.is_multiple_of(INTERVAL_S) {
        Ok(seconds)
    } else {
        let message =
            format!("{seconds} is not a multiple of {INTERVAL_S} seconds up to {MOST_STEP_S}");
        Err(Error::bad_input("step", message))
    }
}

impl Window {
    /// The last `minutes` up to where `back` looks from, in columns of `step_seconds`.
    pub fn of(back: &LookBack<'_>, minutes: u32, step_seconds: u32) -> Self {
        let step = (step_seconds / INTERVAL_S).max(1) as usize;
        let most = (minutes * 60 / INTERVAL_S) as usize;
        let from = back.intervals.saturating_sub(most);
        Self {
            from: from / step * step,
            to: back.intervals,
            step,
        }
    }

    /// The intervals of each column.
    pub fn columns(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        (self.from..self.to)
            .step_by(self.step)
            .map(|from| from..(from + self.step).min(self.to))
    }

    /// When each column begins.
    pub fn timestamps(&self) -> Vec<Nanos> {
        self.columns()
            .map(|column| Nanos(column.start as u64 * INTERVAL_NS))
            .collect()
    }

    /// When it begins.
    pub fn start(&self) -> u64 {
        self.from as u64 * INTERVAL_NS
    }
}
