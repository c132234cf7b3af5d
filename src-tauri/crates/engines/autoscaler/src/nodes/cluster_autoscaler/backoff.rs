//! How long a group rests after its nodes did not come, after `utils/backoff/exponential_backoff.go`.

use super::settings::Settings;
use crate::nodes::seconds;

/// The rest of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backoff {
    rest_seconds: u32,
    pub until_ns: u64,
    failed_ns: u64,
}

impl Backoff {
    /// The rest after one more failure: twice the last, unless that one still holds, since several
    /// failures at once count once.
    pub(super) fn after(earlier: Option<&Self>, settings: &Settings, now_ns: u64) -> Self {
        let rest_seconds = match earlier {
            Some(earlier) if earlier.until_ns < now_ns => {
                (earlier.rest_seconds.saturating_mul(2)).min(settings.max_backoff_seconds)
            }
            _ => settings.initial_backoff_seconds,
        };
        Self {
            rest_seconds,
            until_ns: now_ns + seconds(rest_seconds),
            failed_ns: now_ns,
        }
    }

    /// Whether the group still rests.
    pub(super) fn holds(&self, now_ns: u64) -> bool {
        self.until_ns > now_ns
    }

    /// Whether the last failure is so long ago that it is forgotten.
    pub(super) fn is_stale(&self, settings: &Settings, now_ns: u64) -> bool {
        self.failed_ns + seconds(settings.backoff_reset_seconds) < now_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000_000;

    /// Failures at these minutes -> minutes that each rest takes.
    fn check(failures: &[u64], expect: &[u64]) {
        let settings = Settings::default();
        let mut backoff: Option<Backoff> = None;
        let mut got = Vec::new();
        for &minute in failures {
            let now = minute * MINUTE;
            backoff = backoff.filter(|backoff| !backoff.is_stale(&settings, now));
            let next = Backoff::after(backoff.as_ref(), &settings, now);
            got.push((next.until_ns - now) / MINUTE);
            backoff = Some(next);
        }
        assert_eq!(got, expect, "{failures:?}");
    }

    #[test]
    fn rests_double_up_to_half_an_hour() {
        check(&[0, 20, 50, 90, 140], &[5, 10, 20, 30, 30]);
        // While the group rests, a failure starts the first rest anew.
        check(&[0, 3, 9], &[5, 5, 10]);
        // Exactly at its end the rest is over and yet not past.
        check(&[0, 5], &[5, 5]);
        // Three hours later nothing is remembered.
        check(&[0, 20, 20 + 180], &[5, 10, 20]);
        check(&[0, 20, 20 + 181], &[5, 10, 5]);
    }

    #[test]
    fn it_holds_until_its_end() {
        let backoff = Backoff::after(None, &Settings::default(), 0);
        assert!(backoff.holds(5 * MINUTE - 1));
        assert!(!backoff.holds(5 * MINUTE));
    }
}
