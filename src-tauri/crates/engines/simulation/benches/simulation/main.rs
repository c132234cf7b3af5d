//! How many events a second are played, one thread, by processor time: the figures of `make bench-simulation`. The last
//! line names the figures and their targets; the exit code is not 0 when one is missed.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark prints and reads the clock"
)]

mod worlds;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use drydock_model::{NANOS_PER_SECOND, Scenario};
use drydock_simulation::{Plan, RunRequest, Simulation, run};

/// Arrivals and departures a second of processor time in the bare queue.
const BARE_TARGET: f64 = 10e6;
/// Times the rate of SimPy in the same run.
const SIMPY_TARGET: f64 = 40.0;
/// Processor seconds for an hour of the reference world.
const HOUR_TARGET_S: f64 = 6.0;
/// Two threads over one, on replications.
const THREADS_TARGET: f64 = 1.8;

/// Seconds this thread has spent on a processor; the wall where the system does not say.
fn on_processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(nanos / 1e9)
}

/// Processor seconds that some work takes.
fn seconds(work: impl FnOnce()) -> f64 {
    let (start, busy) = (Instant::now(), on_processor());
    work();
    match (busy, on_processor()) {
        (Some(from), Some(to)) => to - from,
        _ => start.elapsed().as_secs_f64(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Arrivals and departures a second of M/M/4.
fn bare_queue() -> f64 {
    let plan = worlds::bare_queue();
    let rates = (1..=5).map(|seed| {
        let mut simulation = Simulation::new(Arc::clone(&plan), seed);
        let took = seconds(|| simulation.advance(1000 * NANOS_PER_SECOND));
        let summary = simulation.summary();
        let events = (summary.requests + summary.completed) as f64;
        println!(
            "M/M/4, rho 0.8, seed {seed}    {events:>12.0} events {took:>8.3} s {:>8.2} M events/s",
            events / took / 1e6
        );
        events / took
    });
    median(rates.collect())
}

/// Processor seconds for an hour of the reference world.
fn reference() -> f64 {
    let plan = worlds::reference();
    let runs = (1..=3).map(|seed| {
        let mut simulation = Simulation::new(Arc::clone(&plan), seed);
        let took = seconds(|| simulation.advance(3600 * NANOS_PER_SECOND));
        let summary = simulation.summary();
        let calls: u64 = summary.services.iter().map(|service| service.requests).sum();
        println!(
            "reference, 1 h, seed {seed}    {:>12} events {took:>8.3} s {:>8.2} M events/s, {} requests, {calls} calls, p99 {:.1} ms, {} failed",
            simulation.events_played(),
            simulation.events_played() as f64 / took / 1e6,
            summary.requests,
            summary.latency.map_or(f64::NAN, |latency| latency.p99_ms),
            summary.failed,
        );
        took
    });
    median(runs.collect())
}

/// How much sooner two threads are done with replications than one.
fn threads(plan: &Arc<Plan>) -> f64 {
    let wall = |threads| {
        let request = RunRequest {
            duration_ns: 300 * NANOS_PER_SECOND,
            seed: 1,
            scenario: Scenario::default(),
            replications: 0,
            repeats: 7,
            threads,
        };
        let start = Instant::now();
        run(plan, &request, &|_| true).expect("a run that nobody cancels");
        start.elapsed().as_secs_f64()
    };
    let ratios = (0..3).map(|_| {
        let (one, two) = (wall(1), wall(2));
        println!(
            "replications             one thread {one:.2} s, two {two:.2} s: {:.2} x",
            one / two
        );
        one / two
    });
    median(ratios.collect())
}

fn main() -> ExitCode {
    // What SimPy made of the same queue right before, as the script measured it.
    let simpy: Option<f64> = std::env::var("SIMPY_EVENTS_PER_S")
        .ok()
        .and_then(|text| text.parse().ok());
    let bare = bare_queue();
    let hour = reference();
    let scale = threads(&worlds::reference());
    let times = simpy.map(|simpy| bare / simpy);
    let against = times.map_or("SimPy not measured".to_owned(), |times| {
        format!("{times:.0} x SimPy (target {SIMPY_TARGET})")
    });
    println!(
        "{:.1} M events/s in the bare queue (target {:.0}), {against}, an hour of the reference world in {hour:.1} s (target {HOUR_TARGET_S}), {scale:.2} x on two threads (target {THREADS_TARGET})",
        bare / 1e6,
        BARE_TARGET / 1e6,
    );
    let met = bare >= BARE_TARGET
        && times.is_some_and(|times| times >= SIMPY_TARGET)
        && hour <= HOUR_TARGET_S
        && scale >= THREADS_TARGET;
    if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
