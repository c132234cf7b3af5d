//! One pass of the HorizontalPodAutoscaler controller for one target, after
//! `reconcileAutoscaler` of kube-controller-manager 1.34. Decides; scales nothing itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calculator::{Calculator, Tolerances};
use crate::hpa::Hpa;
use crate::limits::limit;
use crate::memory::Memory;
use crate::observation::Observation;

/// The flags of kube-controller-manager that concern autoscaling, with its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ControllerSettings {
    /// Seconds between two passes.
    pub sync_period_seconds: i32,
    /// Fraction by which usage may miss its target without a change, inclusive.
    pub tolerance: f64,
    /// Seconds after a pod's start in which its CPU figures are looked at with suspicion.
    pub cpu_initialization_seconds: i32,
    /// Seconds after a pod's start in which a change to unready counts as never having been ready.
    pub initial_readiness_delay_seconds: i32,
    /// Seconds of recommendations that a scale-down looks back upon.
    pub downscale_stabilization_seconds: i32,
    /// Whether an autoscaler may state tolerances of its own (gate HPAConfigurableTolerance, off
    /// by default in 1.34).
    pub configurable_tolerance: bool,
}

impl Default for ControllerSettings {
    fn default() -> Self {
        Self {
            sync_period_seconds: 15,
            tolerance: 0.1,
            cpu_initialization_seconds: 300,
            initial_readiness_delay_seconds: 30,
            downscale_stabilization_seconds: 300,
            configurable_tolerance: false,
        }
    }
}

impl ControllerSettings {
    pub(crate) fn cpu_initialization_ns(&self) -> i64 {
        i64::from(self.cpu_initialization_seconds) * 1_000_000_000
    }

    pub(crate) fn readiness_delay_ns(&self) -> i64 {
        i64::from(self.initial_readiness_delay_seconds) * 1_000_000_000
    }

    fn tolerances(&self, hpa: &Hpa) -> Tolerances {
        let behavior = hpa
            .behavior
            .as_ref()
            .filter(|_| self.configurable_tolerance);
        let down = behavior.and_then(|behavior| behavior.scale_down.tolerance);
        let up = behavior.and_then(|behavior| behavior.scale_up.tolerance);
        Tolerances {
            down: down.unwrap_or(self.tolerance),
            up: up.unwrap_or(self.tolerance),
        }
    }
}

/// A condition of the autoscaler's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Whether it holds.
    pub status: bool,
    /// The controller's reason, such as `DesiredWithinRange`.
    pub reason: &'static str,
}

/// The conditions of the autoscaler's status; each keeps its last value until it is set again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conditions {
    /// Whether the target can be scaled.
    pub able_to_scale: Option<Condition>,
    /// Whether a metric says how far.
    pub scaling_active: Option<Condition>,
    /// Whether a limit cut the wish short.
    pub scaling_limited: Option<Condition>,
}

/// What a pass decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Replicas the target has after the pass.
    pub desired: i32,
    /// Whether that is a change.
    pub rescaled: bool,
    /// What the metrics asked for before all limits; absent if they were not asked or failed.
    pub metric_replicas: Option<i32>,
    /// What failed, if a metric did. The pass may still have scaled up by the others.
    pub error: Option<String>,
    /// Why the target was scaled, or why not.
    pub reason: String,
    /// The conditions after the pass.
    pub conditions: Conditions,
}

/// One pass: looks, remembers, decides.
///
/// `memory` belongs to this autoscaler alone and starts as `Memory::default()`.
pub fn reconcile(
    hpa: &Hpa,
    settings: &ControllerSettings,
    memory: &mut Memory,
    seen: &Observation,
) -> Outcome {
    let now_ns = seen.now_ns as i64;
    let current = seen.spec_replicas;
    memory.conditions.able_to_scale = Some(Condition {
        status: true,
        reason: "SucceededGetScale",
    });
    memory.begin(current, now_ns);

    let mut outcome = Outcome {
        desired: current,
        rescaled: false,
        metric_replicas: None,
        error: None,
        reason: String::new(),
        conditions: Conditions::default(),
    };
    if current == 0 && hpa.min_replicas != 0 {
        memory.conditions.scaling_active = Some(Condition {
            status: false,
            reason: "ScalingDisabled",
        });
        "scaling is disabled since the replica count of the target is zero"
            .clone_into(&mut outcome.reason);
    } else if current > hpa.max_replicas {
        outcome.desired = hpa.max_replicas;
        "current number of replicas above maxReplicas".clone_into(&mut outcome.reason);
    } else if current < hpa.min_replicas {
        outcome.desired = hpa.min_replicas;
        "current number of replicas below minReplicas".clone_into(&mut outcome.reason);
    } else {
        follow_metrics(hpa, settings, memory, seen, &mut outcome);
    }
    outcome.rescaled = outcome.desired != current;
    if outcome.rescaled {
        memory.conditions.able_to_scale = Some(Condition {
            status: true,
            reason: "SucceededRescale",
        });
        memory.scaled(hpa.behavior.as_ref(), current, outcome.desired, now_ns);
    }
    outcome.conditions = memory.conditions;
    outcome
}

fn follow_metrics(
    hpa: &Hpa,
    settings: &ControllerSettings,
    memory: &mut Memory,
    seen: &Observation,
    outcome: &mut Outcome,
) {
    let current = seen.spec_replicas;
    let proposal = propose(hpa, settings, seen);
    outcome.error = proposal.error;
    let Some(proposed) = proposal.replicas else {
        memory.conditions.scaling_active = Some(Condition {
            status: false,
            reason: proposal.failure,
        });
        "no scaling, since a metric failed".clone_into(&mut outcome.reason);
        return;
    };
    memory.conditions.scaling_active = Some(Condition {
        status: true,
        reason: "ValidMetricFound",
    });
    outcome.metric_replicas = Some(proposed);
    let window = settings.downscale_stabilization_seconds;
    let allowed = limit(
        hpa,
        memory,
        seen.now_ns as i64,
        current,
        proposed.max(0),
        window,
    );
    outcome.desired = allowed.replicas;
    outcome.reason = match proposed.cmp(&current) {
        std::cmp::Ordering::Greater => format!("{} above target", proposal.metric),
        std::cmp::Ordering::Less => "all metrics below target".to_owned(),
        std::cmp::Ordering::Equal => "metrics within tolerance of target".to_owned(),
    };
    memory.conditions.able_to_scale = Some(allowed.able_to_scale);
    memory.conditions.scaling_limited = Some(allowed.scaling_limited);
}

#[derive(Default)]
struct Proposal {
    /// The largest count asked for; absent if nothing usable came of the metrics.
    replicas: Option<i32>,
    /// The metric that asked for it.
    metric: String,
    error: Option<String>,
    failure: &'static str,
}

/// The largest proposal of the metrics. Where some fail, the others may still scale up, but not
/// down: the failed ones might have asked for more.
fn propose(hpa: &Hpa, settings: &ControllerSettings, seen: &Observation) -> Proposal {
    let calculator = Calculator {
        settings,
        seen,
        tolerances: settings.tolerances(hpa),
    };
    let mut proposal = Proposal::default();
    let mut failed = 0;
    for metric in &hpa.metrics {
        match calculator.replicas(metric) {
            Ok(replicas) => {
                if proposal
                    .replicas
                    .is_none_or(|largest| largest == 0 || replicas > largest)
                {
                    proposal.replicas = Some(replicas);
                    proposal.metric = metric.describe();
                }
            }
            Err(error) => {
                if failed == 0 {
                    proposal.failure = metric.failure();
                    proposal.error = Some(format!("{}: {error}", metric.describe()));
                }
                failed += 1;
            }
        }
    }
    if failed > 0
        && proposal
            .replicas
            .is_some_and(|replicas| replicas < seen.spec_replicas)
    {
        proposal.replicas = None;
    }
    if let Some(error) = &mut proposal.error {
        *error = format!(
            "{failed} of {} metrics failed, first: {error}",
            hpa.metrics.len()
        );
    }
    proposal
}
