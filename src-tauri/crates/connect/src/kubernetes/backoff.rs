//! How long to wait after a failure: twice as long each time, up to a cap.

use std::time::Duration;

/// Longest wait that a server may ask for: more is taken for a mistake.
const LONGEST_ASKED: Duration = Duration::from_mins(5);

/// Waits of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    /// Lengthens each wait by a fixed part, so that not all kinds come back at once.
    spread: f64,
}

impl Backoff {
    /// `spread` is 0 to 1: the part of a wait that is added to it.
    pub fn new(first: Duration, longest: Duration, spread: f64) -> Self {
        Self {
            first,
            longest,
            next: first,
            spread,
        }
    }

    /// The next wait, and at least what the server asks for.
    pub fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.longest.max(self.first));
        let wait = wait.mul_f64(1.0 + self.spread);
        asked.map_or(wait, |asked| wait.max(asked.min(LONGEST_ASKED)))
    }

    /// All is well: the next failure is a first one.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_cap_and_starts_over() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(800), ms(3000), 0.0);
        let mut wait = || backoff.wait(None);
        assert_eq!(
            [wait(), wait(), wait(), wait()],
            [ms(800), ms(1600), ms(3000), ms(3000)]
        );
        backoff.reset();
        assert_eq!(backoff.wait(None), ms(800));
        assert_eq!(Backoff::new(ms(100), ms(100), 0.5).wait(None), ms(150));
    }

    #[test]
    fn waits_as_long_as_the_server_asks_within_reason() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(1), 0.0);
        let mut wait = |seconds| backoff.wait(Some(Duration::from_secs(seconds))).as_secs();
        assert_eq!([wait(7), wait(0), wait(1 << 40)], [7, 1, 300]);
    }
}
