//! What the controller remembers of one autoscaler between passes: recommendations, scale events,
//! and the conditions last set. Forgets only as the controller does, by overwriting what is too old.

use crate::hpa::Behavior;
use crate::reconcile::Conditions;

const SECOND_NS: i64 = 1_000_000_000;

/// State carried from one [`crate::reconcile`] to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    pub(crate) recommendations: Vec<Recommendation>,
    pub(crate) scale_ups: Vec<ScaleEvent>,
    pub(crate) scale_downs: Vec<ScaleEvent>,
    pub(crate) conditions: Conditions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    replicas: i32,
    at_ns: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleEvent {
    change: i32,
    at_ns: i64,
}

/// The start of a window that ends now.
pub fn cutoff(now_ns: i64, seconds: i32) -> i64 {
    now_ns.saturating_sub(i64::from(seconds).saturating_mul(SECOND_NS))
}

/// Replaces the last entry that is too old, else appends.
fn remember<T>(entries: &mut Vec<T>, entry: T, is_too_old: impl Fn(&T) -> bool) {
    match entries.iter_mut().rev().find(|entry| is_too_old(entry)) {
        Some(old) => *old = entry,
        None => entries.push(entry),
    }
}

impl Memory {
    /// The current count is the recommendation of a controller that has just begun to look.
    pub(crate) fn begin(&mut self, replicas: i32, now_ns: i64) {
        if self.recommendations.is_empty() {
            self.recommendations.push(Recommendation {
                replicas,
                at_ns: now_ns,
            });
        }
    }

    /// The highest recommendation of the window, which ends with `proposed`; remembers `proposed`.
    pub(crate) fn highest(&mut self, proposed: i32, now_ns: i64, window_seconds: i32) -> i32 {
        let from = cutoff(now_ns, window_seconds);
        let highest = self
            .recommendations
            .iter()
            .filter(|recommendation| recommendation.at_ns >= from)
            .fold(proposed, |highest, recommendation| {
                highest.max(recommendation.replicas)
            });
        let entry = Recommendation {
            replicas: proposed,
            at_ns: now_ns,
        };
        remember(&mut self.recommendations, entry, |old| old.at_ns < from);
        highest
    }

    /// `current` moved into what both windows agree on: not above the highest recommendation of the
    /// downward window, not below the lowest of the upward one; remembers `proposed`.
    pub(crate) fn stabilise(
        &mut self,
        current: i32,
        proposed: i32,
        now_ns: i64,
        up_seconds: i32,
        down_seconds: i32,
    ) -> i32 {
        let (up_from, down_from) = (cutoff(now_ns, up_seconds), cutoff(now_ns, down_seconds));
        let (mut up, mut down) = (proposed, proposed);
        for recommendation in &self.recommendations {
            if recommendation.at_ns > up_from {
                up = up.min(recommendation.replicas);
            }
            if recommendation.at_ns > down_from {
                down = down.max(recommendation.replicas);
            }
        }
        let entry = Recommendation {
            replicas: proposed,
            at_ns: now_ns,
        };
        remember(&mut self.recommendations, entry, |old| {
            old.at_ns < up_from && old.at_ns < down_from
        });
        current.max(up).min(down)
    }

    /// Replicas added and removed after the start of a period that ends now.
    pub(crate) fn changes(&self, now_ns: i64, period_seconds: i32) -> (i32, i32) {
        let from = cutoff(now_ns, period_seconds);
        let sum = |events: &[ScaleEvent]| {
            events
                .iter()
                .filter(|event| event.at_ns > from)
                .map(|event| event.change)
                .sum()
        };
        (sum(&self.scale_ups), sum(&self.scale_downs))
    }

    /// Remembers that the target was scaled; without behavior nothing asks for it later.
    pub(crate) fn scaled(&mut self, behavior: Option<&Behavior>, from: i32, to: i32, now_ns: i64) {
        let Some(behavior) = behavior else { return };
        let (events, rules) = if to > from {
            (&mut self.scale_ups, &behavior.scale_up)
        } else {
            (&mut self.scale_downs, &behavior.scale_down)
        };
        let longest = rules
            .policies
            .iter()
            .map(|policy| policy.period_seconds)
            .max()
            .unwrap_or(0);
        let oldest = cutoff(now_ns, longest);
        let entry = ScaleEvent {
            change: (to - from).abs(),
            at_ns: now_ns,
        };
        remember(events, entry, |old| old.at_ns < oldest);
    }
}
