//! A caller's side of its calls: connections, circuit breaker, budget of retries. Tables of a plan, and their state in each
//! calling pod, or in the world outside for a class.

use std::collections::VecDeque;

use drydock_model::{CallPolicy, Jitter, NANOS_PER_SECOND, RetryBudget, SimTime};

use crate::luck::Stream;
use crate::request::NONE;

/// Seconds over which a retry budget counts: Finagle's default time to live of a deposit, which Linkerd took over.
const BUDGET_SECONDS: usize = 10;

/// Trying again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPlan {
    pub retries: u32,
    backoff_ns: f64,
    factor: f64,
    longest_ns: f64,
    jitter: Jitter,
    pub budget: Option<RetryBudget>,
}

impl RetryPlan {
    /// Pause before the retry with this number, from 1.
    pub fn pause(&self, number: u32, luck: &mut Stream) -> SimTime {
        let grown = self.backoff_ns * libm::pow(self.factor, f64::from(number.saturating_sub(1)));
        let pause = grown.min(self.longest_ns);
        let spread = match self.jitter {
            Jitter::None => pause,
            Jitter::Full => pause * luck.uniform(),
            Jitter::Exponential => luck.exponential(pause),
        };
        spread.round() as SimTime
    }
}

/// How calls of one kind are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyPlan {
    /// Which of the plan's timeouts.
    pub lane: u32,
    pub retry: Option<RetryPlan>,
    /// Failures in a row, and how long it stays open.
    pub breaker: Option<(u32, SimTime)>,
    pub connections: u32,
    /// Place of its state among the clients of a calling pod, or [`NONE`] where it has none.
    pub client: u32,
}

impl PolicyPlan {
    /// Compiles a policy that was found possible; `client` is the place of its state if it needs one.
    pub fn new(policy: Option<&CallPolicy>, lane: u32, client: u32) -> Self {
        let milli = |ms: f64| ms * 1e6;
        let policy = policy.cloned().unwrap_or_default();
        let breaker = policy.breaker.map(|breaker| {
            let open = milli(breaker.open_ms).round() as SimTime;
            (breaker.failures, open)
        });
        let retry = policy.retry.filter(|retry| retry.retries > 0);
        let retry = retry.map(|retry| RetryPlan {
            retries: retry.retries,
            backoff_ns: milli(retry.backoff_ms),
            factor: retry.factor,
            longest_ns: retry.max_backoff_ms.map_or(f64::INFINITY, milli),
            jitter: retry.jitter,
            budget: retry.budget,
        });
        let budgeted = retry.is_some_and(|retry| retry.budget.is_some());
        let stateful = breaker.is_some() || policy.connections.is_some() || budgeted;
        Self {
            lane,
            retry,
            breaker,
            connections: policy.connections.unwrap_or(u32::MAX),
            client: if stateful { client } else { NONE },
        }
    }
}

/// First tries and retries of the last seconds.
#[derive(Clone, Debug, Default)]
struct Counted {
    second: u64,
    slots: [(u32, u32); BUDGET_SECONDS],
}

impl Counted {
    fn slot(&mut self, now: SimTime) -> &mut (u32, u32) {
        let second = now / NANOS_PER_SECOND;
        let passed = (second - self.second).min(BUDGET_SECONDS as u64);
        for back in 0..passed {
            self.slots[((second - back) % BUDGET_SECONDS as u64) as usize] = (0, 0);
        }
        self.second = second;
        &mut self.slots[(second % BUDGET_SECONDS as u64) as usize]
    }
}

/// State of one kind of calls in one calling pod.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// Failures in a row.
    failures: u32,
    /// Open until then; 0 while closed.
    open_until: SimTime,
    /// A call is trying whether the breaker may close.
    trying: bool,
    /// Connections in use, and the calls that wait for one.
    pub in_use: u32,
    pub waiting: VecDeque<u32>,
    counted: Counted,
}

impl Client {
    /// Whether the breaker lets a call through.
    pub fn lets_through(&mut self, now: SimTime) -> bool {
        if self.open_until == 0 {
            return true;
        }
        if now < self.open_until || self.trying {
            return false;
        }
        self.trying = true;
        true
    }

    /// Counts an end for the breaker; answers whether it opened now.
    pub fn ended(&mut self, good: bool, (failures, open): (u32, SimTime), now: SimTime) -> bool {
        let tried = std::mem::take(&mut self.trying);
        if good {
            self.failures = 0;
            self.open_until = 0;
            return false;
        }
        self.failures += 1;
        let opens = tried || (self.open_until == 0 && self.failures >= failures);
        if opens {
            self.open_until = now + open;
        }
        opens
    }

    /// Counts a first try for the budget.
    pub fn first_try(&mut self, now: SimTime) {
        self.counted.slot(now).0 += 1;
    }

    /// Whether the budget allows one more retry, which it then counts.
    pub fn may_retry(&mut self, budget: RetryBudget, now: SimTime) -> bool {
        self.counted.slot(now);
        let (first, again) = self.counted.slots.iter().fold((0u64, 0u64), |sum, slot| {
            (sum.0 + u64::from(slot.0), sum.1 + u64::from(slot.1))
        });
        let allowed = budget.ratio * first as f64 + budget.min_per_s * BUDGET_SECONDS as f64;
        let may = ((again + 1) as f64) <= allowed;
        if may {
            self.counted.slot(now).1 += 1;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_model::Retry;

    const SECOND: u64 = NANOS_PER_SECOND;

    #[test]
    fn a_breaker_opens_tries_and_closes() {
        let mut client = Client::default();
        let law = (3, 5 * SECOND);
        for now in 0..2 {
            assert!(client.lets_through(now));
            assert!(!client.ended(false, law, now));
        }
        assert!(client.ended(false, law, 2), "the third failure opens it");
        assert!(!client.lets_through(3));
        let later = 2 + 5 * SECOND;
        assert!(client.lets_through(later), "one call tries");
        assert!(!client.lets_through(later), "and only one");
        assert!(
            client.ended(false, law, later),
            "its failure opens again at once"
        );
        assert!(client.lets_through(later + 5 * SECOND));
        assert!(!client.ended(true, law, later + 5 * SECOND));
        assert!(client.lets_through(later + 5 * SECOND), "closed");
    }

    #[test]
    fn successes_between_failures_keep_it_closed() {
        let mut client = Client::default();
        for now in 0..20 {
            assert!(client.lets_through(now));
            assert!(!client.ended(now % 3 == 0, (3, SECOND), now));
        }
    }

    #[test]
    fn a_budget_counts_ten_seconds() {
        let budget = RetryBudget {
            ratio: 0.2,
            min_per_s: 0.0,
        };
        let mut client = Client::default();
        for _ in 0..50 {
            client.first_try(0);
        }
        let allowed = (0..20).filter(|_| client.may_retry(budget, SECOND)).count();
        assert_eq!(allowed, 10);
        assert!(!client.may_retry(budget, 9 * SECOND));
        assert!(
            !client.may_retry(budget, 10 * SECOND),
            "the first tries are forgotten"
        );
        let least = RetryBudget {
            ratio: 0.0,
            min_per_s: 0.3,
        };
        let mut client = Client::default();
        let allowed = (0..20).filter(|_| client.may_retry(least, 0)).count();
        assert_eq!(allowed, 3);
    }

    #[test]
    fn pauses_grow_to_their_longest() {
        let retry = Retry {
            retries: 9,
            backoff_ms: 10.0,
            factor: 2.0,
            max_backoff_ms: Some(50.0),
            jitter: Jitter::None,
            budget: None,
        };
        let policy = CallPolicy {
            retry: Some(retry),
            ..CallPolicy::default()
        };
        let plan = PolicyPlan::new(Some(&policy), 0, 0).retry.unwrap();
        let mut luck = Stream::new(1, "test", "backoff");
        let pauses: Vec<u64> = (1..=5)
            .map(|n| plan.pause(n, &mut luck) / 1_000_000)
            .collect();
        assert_eq!(pauses, [10, 20, 40, 50, 50]);
        for jitter in [Jitter::Full, Jitter::Exponential] {
            let policy = CallPolicy {
                retry: Some(Retry { jitter, ..retry }),
                ..CallPolicy::default()
            };
            let plan = PolicyPlan::new(Some(&policy), 0, 0).retry.unwrap();
            let mean = (0..20_000)
                .map(|_| plan.pause(1, &mut luck) as f64)
                .sum::<f64>()
                / 20_000.0;
            let expect = if jitter == Jitter::Full { 5e6 } else { 10e6 };
            assert!((mean / expect - 1.0).abs() < 0.03, "{jitter:?} {mean}");
        }
    }
}
