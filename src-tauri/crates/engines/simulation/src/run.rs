//! A whole run: a scenario played from start to end, and sampled worlds beside it where assumptions dominate.
//!
//! Threads play replications, never parts of one run, so their number changes nothing in the result.

use std::sync::Arc;

use crate::confidence;
use crate::error::RunError;
use crate::event::Event;
use crate::plan::Plan;
use crate::play::{Play, play_all};
use crate::ranges;
use crate::simulation::digest;
use crate::state::State;
use crate::summary::Summary;
use crate::telemetry::Telemetry;
use drydock_model::{NANOS_PER_SECOND, Scenario, SimTime};

/// Sampled worlds where nobody says otherwise.
pub const DEFAULT_REPLICATIONS: u32 = 16;

/// Longest time that a sampled world is played for.
const SAMPLED_NS: SimTime = 600 * NANOS_PER_SECOND;

/// What to play.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRequest {
    /// How long, nanoseconds of simulated time.
    pub duration_ns: SimTime,
    /// Seed of all luck.
    pub seed: u64,
    /// What is done to the world. Acts after the end are not played.
    pub scenario: Scenario,
    /// Worlds to sample where more than half of the parameters that move the result are assumed; 0 for none.
    pub replications: u32,
    /// Times to play the whole run again with other luck, for intervals of confidence: seeds `seed + 1` and on.
    pub repeats: u32,
    /// Threads to play them on; at least one.
    pub threads: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// What was measured.
    pub telemetry: Telemetry,
    /// What happened.
    pub events: Vec<Event>,
    /// The run in a few figures.
    pub summary: Summary,
    /// What is so at the end; follows from the same inputs and is not in the digest.
    pub state: State,
    /// SHA-256, in hexadecimal, of the bytes of telemetry, events and summary.
    pub digest: String,
}

/// Plays a scenario. `progress` is told the share done, 0 to 1, from any of the threads, and answers whether to go on.
///
/// # Errors
/// Acts out of order or refused; cancelled by `progress`; threads that do not start.
pub fn run(
    plan: &Arc<Plan>,
    request: &RunRequest,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<RunResult, RunError> {
    let because = ranges::because(&plan.moving_parameters()).filter(|_| request.replications > 0);
    let sampled_ns = request.duration_ns.min(SAMPLED_NS);
    let samples = match &because {
        Some(_) => ranges::samples(
            &plan.moving_parameters(),
            request.seed,
            request.replications,
        ),
        None => Vec::new(),
    };
    let whole = |repeat: u32| Play {
        plan: Arc::clone(plan),
        seed: request.seed.wrapping_add(u64::from(repeat)),
        duration_ns: request.duration_ns,
    };
    let mut plays: Vec<Play> = (0..=request.repeats).map(whole).collect();
    plays.extend(samples.iter().map(|values| Play {
        plan: Arc::new(plan.with_values(values)),
        seed: request.seed,
        duration_ns: sampled_ns,
    }));
    let (first, others) = play_all(plays, &request.scenario, request.threads, progress)?;
    let (repeated, sampled) = others.split_at(request.repeats as usize);
    let mut summary = first.summary();
    if request.repeats > 0 {
        let all: Vec<&Summary> = std::iter::once(&summary).chain(repeated).collect();
        summary.confidence = Some(confidence::confidence(&all));
    }
    summary.ranges = because.map(|because| ranges::ranges(sampled, sampled_ns, because));
    let state = first.state();
    let (telemetry, events) = first.into_results();
    Ok(RunResult {
        digest: digest(&telemetry, &events, &summary),
        telemetry,
        events,
        summary,
        state,
    })
}
