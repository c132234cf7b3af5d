//! What moves the figures: each assumed parameter at both ends of its range, the others where they are, the luck the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_model::{Money, Parameter, Provenance, Scenario, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::plan::Plan;
use crate::play::{Play, play_all};
use crate::summary::Summary;

/// The figures that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// 99th percentile of latency, milliseconds; absent where nothing was answered.
    pub p99_ms: Option<f64>,
    /// Requests not answered over requests ended, 0 to 1; absent where none ended.
    pub error_rate: Option<f64>,
    /// Most ready pods of all services together.
    pub replicas: u32,
    /// Cost of the run.
    pub cost: Money,
}

impl Figures {
    fn of(summary: &Summary) -> Self {
        Self {
            p99_ms: summary.latency.as_ref().map(|latency| latency.p99_ms),
            error_rate: summary.error_rate,
            replicas: summary
                .services
                .iter()
                .map(|service| service.replicas_max)
                .sum(),
            cost: summary.cost.total,
        }
    }
}

/// What one parameter does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// The parameter's key.
    pub key: String,
    /// Its unit.
    pub unit: String,
    /// How its value is known.
    pub provenance: Provenance,
    /// Its value, and the ends of its range.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The figures at the lower end.
    pub at_low: Figures,
    /// The figures at the upper end.
    pub at_high: Figures,
}

/// A sensitivity table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sensitivity {
    /// The figures as the world stands.
    pub base: Figures,
    /// Parameters with a range, those first that move the 99th percentile most.
    pub moved: Vec<Moved>,
    /// Simulated time of each run, nanoseconds.
    pub duration_ns: SimTime,
}

/// Plays a scenario with each ranged parameter that moves results at both ends of its range. `progress` as for a run.
///
/// # Errors
/// As for a run.
pub fn sensitivity(
    plan: &Arc<Plan>,
    scenario: &Scenario,
    seed: u64,
    duration_ns: SimTime,
    threads: usize,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Sensitivity, RunError> {
    let parameters: Vec<Parameter> = plan
        .moving_parameters()
        .into_iter()
        .filter(|parameter| parameter.low < parameter.high)
        .cloned()
        .collect();
    let play = |plan| Play {
        plan,
        seed,
        duration_ns,
    };
    let at = |parameter: &Parameter, value: f64| {
        let values = BTreeMap::from([(parameter.key.clone(), value)]);
        play(Arc::new(plan.with_values(&values)))
    };
    let mut plays = vec![play(Arc::clone(plan))];
    for parameter in &parameters {
        plays.push(at(parameter, parameter.low));
        plays.push(at(parameter, parameter.high));
    }
    let (base, ends) = play_all(plays, scenario, threads, progress)?;
    let mut moved: Vec<Moved> = parameters
        .into_iter()
        .zip(ends.chunks_exact(2))
        .map(|(parameter, ends)| Moved {
            key: parameter.key,
            unit: parameter.unit,
            provenance: parameter.provenance,
            value: parameter.value,
            low: parameter.low,
            high: parameter.high,
            at_low: Figures::of(&ends[0]),
            at_high: Figures::of(&ends[1]),
        })
        .collect();
    // One end without an answer at all moves most.
    let swing = |of: &Moved| match (of.at_low.p99_ms, of.at_high.p99_ms) {
        (Some(low), Some(high)) => (high - low).abs(),
        (None, None) => 0.0,
        _ => f64::INFINITY,
    };
    moved.sort_by(|a, b| {
        swing(b)
            .total_cmp(&swing(a))
            .then_with(|| a.key.cmp(&b.key))
    });
    Ok(Sensitivity {
        base: Figures::of(&base.summary()),
        moved,
        duration_ns,
    })
}
