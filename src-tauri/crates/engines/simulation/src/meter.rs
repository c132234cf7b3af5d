//! Counters of a run, and their turn into telemetry at the end of each interval.

use drydock_model::{NANOS_PER_SECOND, SimTime};

use crate::eventlist::Due;
use crate::latency::{condense, micros};
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;
use crate::telemetry::{Cause, INTERVAL_NS};

/// Counts of a service or class: of the open interval and of the whole run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    pub arrivals: u64,
    pub completed: u64,
    pub failed: [u64; Cause::ALL.len()],
    before: Option<Box<(u64, u64, [u64; Cause::ALL.len()])>>,
    /// Latencies of the open interval, microseconds.
    latencies: Vec<u32>,
}

impl Meter {
    pub fn complete(&mut self, latency_ns: SimTime) {
        self.completed += 1;
        self.latencies.push(micros(latency_ns));
    }

    pub fn fail(&mut self, cause: Cause) {
        self.failed[cause as usize] += 1;
    }

    pub fn failures(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// Counts since the last interval: arrivals, completed, failed.
    fn take_interval(&mut self) -> (f32, f32, [f32; Cause::ALL.len()]) {
        let now = (self.arrivals, self.completed, self.failed);
        let before = self.before.take().map(|b| *b).unwrap_or_default();
        let mut failed = [0.0; Cause::ALL.len()];
        for (at, count) in failed.iter_mut().enumerate() {
            *count = (now.2[at] - before.2[at]) as f32;
        }
        self.before = Some(Box::new(now));
        ((now.0 - before.0) as f32, (now.1 - before.1) as f32, failed)
    }
}

impl Simulation {
    /// Memory of a pod now, bytes: base and what its requests take. Nothing while it does not run.
    pub(crate) fn memory_of(&self, pod: u32) -> Option<f64> {
        let this = &self.pods[pod as usize];
        let running = matches!(
            this.phase,
            PodPhase::Starting | PodPhase::Running | PodPhase::Draining
        );
        if !running || this.service == NONE {
            return None;
        }
        let values = &self.plan.values.services[this.service as usize];
        Some(values.memory_base + values.memory_per_request * this.inside() as f64)
    }

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
            for &pod in &self.services[at].pods {
                let this = &mut self.pods[pod as usize];
                this.cpu_at_interval = this.cpu_by(now);
            }
            let service = &mut self.services[at];
            service.cpu_ns += cpu;
            let missing = !running && cpu == 0.0;
            let (arrivals, completed, failed) = service.meter.take_interval();
            row.extend([arrivals, completed]);
            row.push(if missing { f32::NAN } else { cores(cpu) });
            row.push(if running { memory as f32 } else { f32::NAN });
            row.extend([service.endpoints.len() as f32, service.desired as f32]);
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
            .services
            .iter_mut()
            .map(|service| condense(&mut service.meter.latencies))
            .chain(
                self.classes
                    .iter_mut()
                    .map(|class| condense(&mut class.meter.latencies)),
            )
            .collect();
        self.telemetry.push(&row, latency.into_iter(), cost);
        self.events.push(now + INTERVAL_NS, Due::Interval);
    }

    /// Keeps the CPU time of a pod that goes, so that its last interval counts it.
    pub(crate) fn settle_cpu(&mut self, pod: u32) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        let used = this.cpu_by(now) - this.cpu_at_interval;
        this.cpu_at_interval = this.cpu_by(now);
        if this.service != NONE {
            self.services[this.service as usize].cpu_of_gone += used;
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
