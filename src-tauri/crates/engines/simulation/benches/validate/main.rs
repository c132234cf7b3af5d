//! The engine against closed forms, seeds 1 to 100: how far the mean over all seeds is from the value, and how many of the
//! seeds' own 95 % intervals hold it. `--short` plays ten seeds, with bounds as wide as ten seeds need.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and its worlds are its own"
)]

mod closed_forms;
mod systems;

use std::process::ExitCode;
use std::sync::Arc;

use drydock_model::NANOS_PER_SECOND;
use drydock_simulation::{Cause, ClassColumn, LatencyOf, Simulation};
use rayon::prelude::*;
use systems::{Figure, System};

/// Batches of one seed, whose means give its interval.
const BATCHES: usize = 25;
/// Two-sided 95 % point of Student's t with 24 degrees of freedom.
const STUDENT: f64 = 2.0639;
/// Largest error of the mean over all seeds.
const ERROR: f64 = 0.003;
/// Share of the run that is played before anything is counted.
const WARM_UP: f64 = 0.05;

/// Mean and half of the 95 % interval of one seed.
fn measure(system: &System, seed: u64) -> (f64, f64) {
    let intervals = (system.seconds / 10) as usize;
    let warm = (intervals as f64 * WARM_UP).ceil() as usize;
    let batch = intervals / BATCHES;
    let end = warm + batch * BATCHES;
    let mut simulation = Simulation::new(Arc::clone(&system.plan), seed);
    simulation.advance(end as u64 * 10 * NANOS_PER_SECOND);
    let telemetry = simulation.telemetry();
    let means: Vec<f64> = (0..BATCHES)
        .map(|at| {
            let (from, to) = (warm + at * batch, warm + (at + 1) * batch);
            match system.figure {
                Figure::Time => telemetry
                    .latency(LatencyOf::Class(0), from, to)
                    .percentiles()
                    .map_or(f64::NAN, |latency| latency.mean_ms / 1000.0),
                Figure::Refused => {
                    let sum = |column| {
                        let values = &telemetry.class(0, column)[from..to];
                        values.iter().map(|value| f64::from(*value)).sum::<f64>()
                    };
                    sum(ClassColumn::Failed(Cause::QueueFull)) / sum(ClassColumn::Arrivals)
                }
            }
        })
        .collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0);
    (mean, STUDENT * (variance / count).sqrt())
}

/// The smallest and largest number of `trials` honest 95 % intervals that hold the value, but for one time in a hundred.
fn bounds(trials: u32) -> (u32, u32) {
    let chance = |hits: u32| {
        let mut ways = 1.0;
        for at in 0..hits {
            ways *= f64::from(trials - at) / f64::from(at + 1);
        }
        ways * 0.95f64.powi(hits as i32) * 0.05f64.powi((trials - hits) as i32)
    };
    let (mut low, mut below) = (0, 0.0);
    while below + chance(low) <= 0.005 {
        below += chance(low);
        low += 1;
    }
    let (mut high, mut above) = (trials, 0.0);
    while above + chance(high) <= 0.005 {
        above += chance(high);
        high -= 1;
    }
    (low, high)
}

fn main() -> ExitCode {
    let short = std::env::args().any(|argument| argument == "--short");
    let seeds: u32 = if short { 10 } else { 100 };
    // The error of a mean shrinks with the root of the seeds.
    let error = if short {
        ERROR * (100.0 / f64::from(seeds)).sqrt()
    } else {
        ERROR
    };
    let (low, high) = bounds(seeds);
    println!(
        "{:<32} {:>12} {:>12} {:>9} {:>9}",
        "system", "closed form", "measured", "error %", "covered"
    );
    let (mut worst, mut wrong) = (0.0f64, 0);
    for system in systems::all() {
        let results: Vec<(f64, f64)> = (1..=u64::from(seeds))
            .into_par_iter()
            .map(|seed| measure(&system, seed))
            .collect();
        let mean = results.iter().map(|(mean, _)| mean).sum::<f64>() / f64::from(seeds);
        let covered = results
            .iter()
            .filter(|(mean, half)| (mean - system.expect).abs() <= *half)
            .count() as u32;
        let off = mean / system.expect - 1.0;
        let good = off.abs() < error && (low..=high).contains(&covered);
        worst = worst.max(off.abs());
        wrong += u32::from(!good);
        println!(
            "{:<32} {:>12.6} {:>12.6} {:>9.3} {:>5}/{seeds}{}",
            system.name,
            system.expect,
            mean,
            off * 100.0,
            covered,
            if good { "" } else { "  <--" },
        );
    }
    println!(
        "largest error {:.3} % (target {:.2} %), {wrong} systems outside of it or of {low} to {high} of {seeds} intervals (target 0)",
        worst * 100.0,
        error * 100.0,
    );
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
