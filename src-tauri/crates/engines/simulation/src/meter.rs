//! Counters of a run, and their turn into telemetry at the end of each interval.

use drydock_model::{Keeps, NANOS_PER_SECOND, SimTime};

use crate::eventlist::Due;
use crate::latency::{Sparse, condense, micros};
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::telemetry::{Cause, INTERVAL_NS};

/// Counts of a service or class: of the open interval and of the whole run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    pub arrivals: u64,
    pub completed: u64,
    pub failed: [u64; Cause::ALL.len()],
    before: (u64, u64, [u64; Cause::ALL.len()]),
}

/// Latencies of the open interval, microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub fn record(&mut self, latency_ns: SimTime) {
        self.0.push(micros(latency_ns));
    }

    fn take(&mut self) -> Sparse {
        condense(&mut self.0)
    }
}

/// Look-ups of a cache in the open interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookups {
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
}

impl Meter {
    pub fn fail(&mut self, cause: Cause) {
        self.failed[cause as usize] += 1;
    }

    pub fn failures(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// Counts since the last interval: arrivals, completed, failed.
    fn take_interval(&mut self) -> (f32, f32, [f32; Cause::ALL.len()]) {
        let now = (self.arrivals, self.completed, self.failed);
        let before = std::mem::replace(&mut self.before, now);
        let mut failed = [0.0; Cause::ALL.len()];
        for (at, count) in failed.iter_mut().enumerate() {
            *count = (now.2[at] - before.2[at]) as f32;
        }
        ((now.0 - before.0) as f32, (now.1 - before.1) as f32, failed)
    }
}

impl Simulation {
    /// Ends an interval: one row of telemetry.
    pub(crate) fn close_interval(&mut self) {
        let now = self.now;
        let mut row = Vec::with_capacity(self.telemetry.subjects.width());
        let cores = |cpu: f64| (cpu / INTERVAL_NS as f64) as f32;
        let mut node_cpu = vec![0.0f64; self.nodes.len()];
        for at in 0..self.services.len() {
            let (mut cpu, mut memory, mut running) = (self.services[at].cpu_of_gone, 0.0, false);
            self.services[at].cpu_of_gone = 0.0;
            for &pod in &self.services[at].pods {
                let this = &self.pods[pod as usize];
                let used = this.cpu_by(now) - this.cpu_at_interval;
                cpu += used;
                if this.node != NONE {
                    node_cpu[this.node as usize] += used;
                }
                if let Some(bytes) = self.memory_of(pod) {
                    memory += bytes;
                    running = true;
                }
            }
            let mut waiting = 0;
            let mut throttled = std::mem::take(&mut self.services[at].throttled_of_gone);
            for place in 0..self.services[at].pods.len() {
                let pod = self.services[at].pods[place];
                let this = &mut self.pods[pod as usize];
                this.touch(now);
                this.cpu_at_interval = this.cpu;
                waiting += this.waiting.len();
                throttled += std::mem::take(&mut this.throttled_ns);
            }
            let service = &mut self.services[at];
            service.cpu_ns += cpu;
            let missing = !running && cpu == 0.0;
            let (arrivals, completed, failed) = service.meter.take_interval();
            row.extend([arrivals, completed]);
            row.push(if missing { f32::NAN } else { cores(cpu) });
            row.push(if running { memory as f32 } else { f32::NAN });
            row.extend([service.endpoints.len() as f32, service.desired as f32]);
            row.push(waiting as f32);
            let counts = [
                &mut service.retries,
                &mut service.restarts,
                &mut service.oom_kills,
            ];
            let [retries, restarts, oom_kills] = counts.map(|count| std::mem::take(count) as f32);
            row.extend([retries, throttled as f32 / 1e9, restarts, oom_kills]);
            let looked = std::mem::take(&mut service.cache);
            if self.plan.frame.workloads[at].keeps == Keeps::Cache {
                row.extend([looked.hits, looked.misses, looked.evictions].map(|n| n as f32));
            } else {
                row.extend([f32::NAN; 3]);
            }
            let lag = self.replication_lag(at as u32);
            row.push(lag.map_or(f32::NAN, |lag| lag as f32 / 1e6));
            row.extend(failed);
        }
        for class in &mut self.classes {
            let (arrivals, completed, failed) = class.meter.take_interval();
            row.extend([arrivals, completed]);
            row.extend(failed);
        }
        for (at, used) in node_cpu.into_iter().enumerate() {
            let cpu = used + self.nodes[at].cpu_of_gone;
            self.nodes[at].cpu_of_gone = 0.0;
            if !self.nodes[at].up {
                row.extend([f32::NAN; 5]);
                continue;
            }
            let asked = self.cluster.requested(self.plan.frame.nodes[at].id);
            let memory: f64 = self.nodes[at]
                .pods
                .iter()
                .filter_map(|&pod| self.memory_of(pod))
                .sum();
            row.extend([
                cores(cpu),
                memory as f32,
                asked.milli_cpu as f32 / 1000.0,
                asked.memory_bytes as f32,
                asked.pods as f32,
            ]);
        }
        let cost = self.accrue_interval();
        let latency: Vec<_> = self
            .endpoints
            .iter_mut()
            .map(Latencies::take)
            .chain(self.classes.iter_mut().map(|class| class.latencies.take()))
            .collect();
        self.telemetry.push(&row, latency.into_iter(), cost);
        self.events.push(now + INTERVAL_NS, Due::Interval);
        self.look_for_pressure();
        self.evict_some();
    }

    /// Keeps the CPU time of a pod that goes, so that its last interval counts it.
    pub(crate) fn settle_cpu(&mut self, pod: u32) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        let used = this.cpu_by(now) - this.cpu_at_interval;
        this.cpu_at_interval = this.cpu_by(now);
        let throttled = std::mem::take(&mut this.throttled_ns);
        if this.service != NONE {
            let service = &mut self.services[this.service as usize];
            service.cpu_of_gone += used;
            service.throttled_of_gone += throttled;
        }
        if this.node != NONE {
            self.nodes[this.node as usize].cpu_of_gone += used;
        }
    }

    /// Notes how many pods of a service are ready.
    pub(crate) fn note_ready(&mut self, service: u32) {
        let service = &mut self.services[service as usize];
        let ready = service.endpoints.len() as u32;
        service.ready_min = service.ready_min.min(ready);
        service.ready_max = service.ready_max.max(ready);
    }
}

/// Cores that CPU time over a stretch comes to, thousandths; 0 for no stretch.
pub(crate) fn milli_cores(cpu_ns: f64, window_ns: SimTime) -> i64 {
    if window_ns == 0 {
        return 0;
    }
    (cpu_ns * 1000.0 / window_ns as f64).round() as i64
}

/// The period after which metrics-server has new figures (`--metric-resolution`, default 15 s).
pub(crate) const METRIC_WINDOW_NS: SimTime = 15 * NANOS_PER_SECOND;
