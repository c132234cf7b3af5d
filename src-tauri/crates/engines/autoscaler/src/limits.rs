//! From what the metrics ask for to what is allowed now: stabilisation, then the rate and range
//! limits. Follows `normalizeDesiredReplicas` and its behavior-aware twin in kube-controller-manager.

use crate::calculator::count;
use crate::hpa::{Behavior, Hpa, PolicyKind, ScalingRules, Select};
use crate::memory::Memory;
use crate::reconcile::Condition;

/// What is allowed, and the two conditions that say why.
pub struct Allowed {
    pub replicas: i32,
    pub able_to_scale: Condition,
    pub scaling_limited: Condition,
}

impl Allowed {
    fn new(
        stabilised: i32,
        proposed: i32,
        reason: &'static str,
        limited: (i32, &'static str),
    ) -> Self {
        let reason = if stabilised == proposed {
            "ReadyForNewScale"
        } else {
            reason
        };
        Self {
            replicas: limited.0,
            able_to_scale: Condition {
                status: true,
                reason,
            },
            scaling_limited: Condition {
                status: limited.0 != stabilised,
                reason: limited.1,
            },
        }
    }
}

/// What is allowed of `proposed` replicas when there are `current`.
pub fn limit(
    hpa: &Hpa,
    memory: &mut Memory,
    now_ns: i64,
    current: i32,
    proposed: i32,
    window_seconds: i32,
) -> Allowed {
    let Some(behavior) = &hpa.behavior else {
        let stabilised = memory.highest(proposed, now_ns, window_seconds);
        let limited = limit_without_behavior(hpa, current, stabilised);
        return Allowed::new(stabilised, proposed, "ScaleDownStabilized", limited);
    };
    let up = behavior.scale_up.stabilization_seconds.unwrap_or(0);
    let down = behavior
        .scale_down
        .stabilization_seconds
        .unwrap_or(window_seconds);
    let stabilised = memory.stabilise(current, proposed, now_ns, up, down);
    let reason = if proposed >= current {
        "ScaleUpStabilized"
    } else {
        "ScaleDownStabilized"
    };
    let limited = limit_rate(hpa, behavior, memory, now_ns, current, stabilised);
    Allowed::new(stabilised, proposed, reason, limited)
}

/// At most double, or four where that is more; `scaleUpLimitFactor` and `scaleUpLimitMinimum`.
fn limit_without_behavior(hpa: &Hpa, current: i32, wanted: i32) -> (i32, &'static str) {
    let up_limit = current.saturating_mul(2).max(4);
    let (most, reason) = if hpa.max_replicas > up_limit {
        (up_limit, "ScaleUpLimit")
    } else {
        (hpa.max_replicas, "TooManyReplicas")
    };
    if wanted < hpa.min_replicas {
        (hpa.min_replicas, "TooFewReplicas")
    } else if wanted > most {
        (most, reason)
    } else {
        (wanted, "DesiredWithinRange")
    }
}

fn limit_rate(
    hpa: &Hpa,
    behavior: &Behavior,
    memory: &Memory,
    now_ns: i64,
    current: i32,
    wanted: i32,
) -> (i32, &'static str) {
    if wanted > current {
        let limit = up_limit(&behavior.scale_up, memory, now_ns, current).max(current);
        let (most, reason) = if hpa.max_replicas > limit {
            (limit, "ScaleUpLimit")
        } else {
            (hpa.max_replicas, "TooManyReplicas")
        };
        if wanted > most {
            return (most, reason);
        }
    } else if wanted < current {
        let limit = down_limit(&behavior.scale_down, memory, now_ns, current).min(current);
        let (fewest, reason) = if hpa.min_replicas < limit {
            (limit, "ScaleDownLimit")
        } else {
            (hpa.min_replicas, "TooFewReplicas")
        };
        if wanted < fewest {
            return (fewest, reason);
        }
    }
    (wanted, "DesiredWithinRange")
}

/// Replicas at the start of a policy's period.
fn at_period_start(memory: &Memory, now_ns: i64, current: i32, period_seconds: i32) -> i32 {
    let (added, removed) = memory.changes(now_ns, period_seconds);
    current - added + removed
}

/// Most replicas the policies allow; a percentage rounds up so that it always allows one more.
fn up_limit(rules: &ScalingRules, memory: &Memory, now_ns: i64, current: i32) -> i32 {
    let proposals = rules.policies.iter().map(|policy| {
        let start = at_period_start(memory, now_ns, current, policy.period_seconds);
        match policy.kind {
            PolicyKind::Pods => start.saturating_add(policy.value),
            PolicyKind::Percent => {
                count(f64::from(start) * (1.0 + f64::from(policy.value) / 100.0))
            }
        }
    });
    match rules.select {
        Select::Disabled => current,
        Select::Min => proposals.min().unwrap_or(i32::MAX),
        Select::Max => proposals.max().unwrap_or(i32::MIN),
    }
}

/// Fewest replicas the policies allow; a percentage truncates. The smallest change is the largest
/// count.
fn down_limit(rules: &ScalingRules, memory: &Memory, now_ns: i64, current: i32) -> i32 {
    let proposals = rules.policies.iter().map(|policy| {
        let start = at_period_start(memory, now_ns, current, policy.period_seconds);
        match policy.kind {
            PolicyKind::Pods => start.saturating_sub(policy.value),
            PolicyKind::Percent => {
                (f64::from(start) * (1.0 - f64::from(policy.value) / 100.0)) as i32
            }
        }
    });
    match rules.select {
        Select::Disabled => current,
        Select::Min => proposals.max().unwrap_or(i32::MIN),
        Select::Max => proposals.min().unwrap_or(i32::MAX),
    }
}
