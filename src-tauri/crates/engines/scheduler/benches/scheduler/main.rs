//! How many pods a second are placed, one thread, all nodes scored, every decision recorded: the figures of
//! `make bench-scheduler`. The last line names the figure and its target; the exit code is not 0 when it is missed.
//!
//! Rates are per second of processor time of the one thread, which on an idle machine is the time on the wall; both are
//! shown. Where the system does not tell processor time, the wall counts.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads the clock"
)]

mod cluster;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

use cluster::{Kind, generate};
use drydock_scheduler::{Arrival, Evicted, Outcome, PodKey, QueuedPod};

const PLAIN_TARGET: f64 = 10_000.0;
const MIXED_TARGET: f64 = 5_000.0;
const MEMORY_TARGET_MIB: f64 = 500.0;

struct Run {
    wall: f64,
    seconds: f64,
    rate: f64,
    placed: usize,
    shapes: usize,
}

/// Interns, places and binds every pod, caches cold.
fn run(kind: Kind, nodes: usize, pods: usize, seed: u64) -> Run {
    let (mut cluster, pods) = generate(kind, nodes, pods, seed);
    let (start, busy) = (Instant::now(), on_processor());
    let arrivals: Vec<_> = pods
        .iter()
        .enumerate()
        .map(|(at, pod)| Arrival {
            queued: QueuedPod {
                key: PodKey(at as u64),
                priority: 0,
                created: Some(at as i64),
                name: pod.metadata.name.clone().unwrap_or_default(),
            },
            shape: cluster
                .intern(pod)
                .expect("the generator writes legal pods"),
        })
        .collect();
    let shapes: BTreeSet<_> = arrivals.iter().map(|arrival| arrival.shape).collect();
    let schedule = cluster.schedule(arrivals, Evicted::Return);
    let wall = start.elapsed().as_secs_f64();
    let seconds = match (busy, on_processor()) {
        (Some(from), Some(to)) => to - from,
        _ => wall,
    };
    let placed = schedule
        .decisions()
        .iter()
        .filter(|recorded| matches!(recorded.outcome, Outcome::Placed { .. }))
        .count();
    Run {
        wall,
        seconds,
        rate: schedule.decisions().len() as f64 / seconds,
        placed,
        shapes: shapes.len(),
    }
}

/// Seconds this process has spent on a processor; none where the system does not say.
fn on_processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanos: f64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(nanos / 1e9)
}

/// Peak resident memory of this process; none where the system does not say.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn row(kind: Kind, nodes: usize, pods: usize) -> Run {
    let run = run(kind, nodes, pods, 7);
    println!(
        "{:<6} {nodes:>6} {pods:>7} {:>7} {:>8} {:>9.3} {:>9.3} {:>10.0} {:>9.1}",
        format!("{kind:?}").to_lowercase(),
        run.shapes,
        run.placed,
        run.wall,
        run.seconds,
        run.rate,
        1e6 / run.rate,
    );
    run
}

fn main() -> ExitCode {
    println!(
        "{:<6} {:>6} {:>7} {:>7} {:>8} {:>9} {:>9} {:>10} {:>9}",
        "kind", "nodes", "pods", "shapes", "placed", "wall s", "cpu s", "pods/s", "us/pod"
    );
    // First, so that the peak is that of the two measured runs.
    let plain = row(Kind::Plain, 5_000, 5_000);
    let mixed = row(Kind::Mixed, 5_000, 5_000);
    let peak = peak_mib();
    if !std::env::args().any(|arg| arg == "--short") {
        for kind in [Kind::Plain, Kind::Mixed] {
            for nodes in [500, 1_000, 2_000, 10_000, 15_000] {
                row(kind, nodes, 5_000);
            }
            for pods in [1_000, 10_000, 25_000, 50_000] {
                row(kind, 5_000, pods);
            }
        }
        if let Some(peak) = peak_mib() {
            println!("peak memory of the whole table: {peak:.0} MiB");
        }
    }
    let memory = peak.map_or("unknown".to_owned(), |peak| format!("{peak:.0} MiB"));
    let met = plain.rate >= PLAIN_TARGET
        && mixed.rate >= MIXED_TARGET
        && peak.is_none_or(|peak| peak <= MEMORY_TARGET_MIB);
    println!(
        "bench-scheduler: {:.0} pods/s plain (target {PLAIN_TARGET:.0}), {:.0} mixed (target {MIXED_TARGET:.0}), \
         peak {memory} (target under {MEMORY_TARGET_MIB:.0} MiB) on 5000 nodes x 5000 pods: {}",
        plain.rate,
        mixed.rate,
        if met { "met" } else { "MISSED" },
    );
    if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
