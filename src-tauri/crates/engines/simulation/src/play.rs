//! Many runs side by side: the same scenario under other seeds or values. Threads play runs, never parts of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use drydock_model::{Scenario, SimTime};
use rayon::prelude::*;

use crate::error::RunError;
use crate::plan::Plan;
use crate::simulation::Simulation;
use crate::summary::Summary;
use crate::telemetry::INTERVAL_NS;

/// One run.
pub(crate) struct Play {
    pub plan: Arc<Plan>,
    pub seed: u64,
    pub duration_ns: SimTime,
}

enum Played {
    First(Box<Simulation>),
    Other(Box<Summary>),
}

/// Plays all; answers the first whole, of the others the summaries in their order.
pub(crate) fn play_all(
    plays: Vec<Play>,
    scenario: &Scenario,
    threads: usize,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<(Simulation, Vec<Summary>), RunError> {
    for (index, pair) in scenario.acts.windows(2).enumerate() {
        if pair[1].at_ns < pair[0].at_ns {
            return Err(RunError::Order {
                index: index + 1,
                at_ns: pair[1].at_ns,
                before_ns: pair[0].at_ns,
            });
        }
    }
    let whole = plays.iter().map(|play| play.duration_ns).sum::<SimTime>();
    let reporter = Reporter {
        whole: whole.max(1),
        done: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
        progress,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let played: Vec<Result<Played, RunError>> = pool.install(|| {
        plays
            .into_par_iter()
            .enumerate()
            // One after another is handed out, so that a long one at the end keeps no thread waiting.
            .with_max_len(1)
            .map(|(at, play)| {
                let simulation = play_one(play, scenario, &reporter)?;
                Ok(if at == 0 {
                    Played::First(Box::new(simulation))
                } else {
                    Played::Other(Box::new(simulation.summary()))
                })
            })
            .collect()
    });
    let mut first = None;
    let mut others = Vec::new();
    for one in played {
        match one? {
            Played::First(simulation) => first = Some(*simulation),
            Played::Other(summary) => others.push(*summary),
        }
    }
    Ok((first.ok_or(RunError::Cancelled)?, others))
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

fn play_one(
    play: Play,
    scenario: &Scenario,
    reporter: &Reporter<'_>,
) -> Result<Simulation, RunError> {
    let mut simulation = Simulation::new(play.plan, play.seed);
    let go_to = |simulation: &mut Simulation, until: SimTime| {
        while simulation.now() < until {
            let from = simulation.now();
            simulation.advance(until.min((from / INTERVAL_NS + 1) * INTERVAL_NS));
            reporter.advanced(simulation.now() - from)?;
        }
        Ok(())
    };
    for (index, timed) in scenario.acts.iter().enumerate() {
        if timed.at_ns > play.duration_ns {
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
    go_to(&mut simulation, play.duration_ns)?;
    Ok(simulation)
}
