//! A whole run: a scenario played from start to end, and sampled worlds beside it where assumptions dominate.
//!
//! Threads play replications, never parts of one run, so their number changes nothing in the result.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use drydock_model::{NANOS_PER_SECOND, Scenario, SimTime};
use rayon::prelude::*;

use crate::error::RunError;
use crate::event::Event;
use crate::plan::Plan;
use crate::ranges;
use crate::simulation::{Simulation, digest};
use crate::state::State;
use crate::summary::Summary;
use crate::telemetry::{INTERVAL_NS, Telemetry};

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
    for (index, pair) in request.scenario.acts.windows(2).enumerate() {
        if pair[1].at_ns < pair[0].at_ns {
            return Err(RunError::Order {
                index: index + 1,
                at_ns: pair[1].at_ns,
                before_ns: pair[0].at_ns,
            });
        }
    }
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
    let mut worlds = vec![(Arc::clone(plan), request.duration_ns)];
    worlds.extend(
        samples
            .iter()
            .map(|values| (Arc::new(plan.with_values(values)), sampled_ns)),
    );
    let reporter = Reporter {
        whole: worlds
            .iter()
            .map(|(_, duration)| duration)
            .sum::<SimTime>()
            .max(1),
        done: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
        progress,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads.max(1))
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let played: Vec<Result<Played, RunError>> = pool.install(|| {
        worlds
            .into_par_iter()
            .enumerate()
            .map(|(at, (world, duration))| {
                let simulation = play(world, request, duration, &reporter)?;
                Ok(if at == 0 {
                    Played::Whole(Box::new(simulation))
                } else {
                    Played::Sample(Box::new(simulation.summary()))
                })
            })
            .collect()
    });
    let mut whole = None;
    let mut sampled = Vec::new();
    for world in played {
        match world? {
            Played::Whole(simulation) => whole = Some(simulation),
            Played::Sample(summary) => sampled.push(*summary),
        }
    }
    let simulation = whole.ok_or(RunError::Cancelled)?;
    let mut summary = simulation.summary();
    summary.ranges = because.map(|because| ranges::ranges(&sampled, sampled_ns, because));
    let state = simulation.state();
    let Simulation {
        telemetry,
        log: events,
        ..
    } = *simulation;
    Ok(RunResult {
        digest: digest(&telemetry, &events, &summary),
        telemetry,
        events,
        summary,
        state,
    })
}

enum Played {
    Whole(Box<Simulation>),
    Sample(Box<Summary>),
}

/// Counts simulated time played on all threads.
struct Reporter<'a> {
    whole: SimTime,
    done: AtomicU64,
    cancelled: AtomicBool,
    progress: &'a (dyn Fn(f64) -> bool + Sync),
}

impl Reporter<'_> {
    fn advanced(&self, by: SimTime) -> Result<(), RunError> {
        let done = self.done.fetch_add(by, Ordering::Relaxed) + by;
        if !(self.progress)(done as f64 / self.whole as f64) {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(RunError::Cancelled);
        }
        Ok(())
    }
}

fn play(
    plan: Arc<Plan>,
    request: &RunRequest,
    duration: SimTime,
    reporter: &Reporter<'_>,
) -> Result<Simulation, RunError> {
    let mut simulation = Simulation::new(plan, request.seed);
    let go_to = |simulation: &mut Simulation, until: SimTime| {
        while simulation.now() < until {
            let from = simulation.now();
            simulation.advance(until.min((from / INTERVAL_NS + 1) * INTERVAL_NS));
            reporter.advanced(simulation.now() - from)?;
        }
        Ok(())
    };
    for (index, timed) in request.scenario.acts.iter().enumerate() {
        if timed.at_ns > duration {
            break;
        }
        go_to(&mut simulation, timed.at_ns)?;
        // What is due at this very instant comes before the act.
        simulation.advance(timed.at_ns);
        simulation.act(&timed.act).map_err(|source| RunError::Act {
            index,
            at_ns: timed.at_ns,
            source,
        })?;
    }
    go_to(&mut simulation, duration)?;
    Ok(simulation)
}
