//! Pods and their CPU: what works in them, what waits, and how far the work has come.
//!
//! Work is processor sharing in virtual time: all requests that compute in a pod advance at one rate, so one number tells
//! how far each has come, and the next to finish is the one with the smallest target.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use drydock_model::SimTime;
use drydock_scheduler::{PodKey, ShapeId};

use crate::client::Client;
use crate::lru::Lru;
use crate::request::NONE;
use crate::state::PodPhase;

/// Period of CFS bandwidth control: kubelet's default of `cpuCFSQuotaPeriod`, 100 ms.
pub(crate) const QUOTA_PERIOD_NS: SimTime = 100_000_000;
/// Spreads the beginnings of periods over pods: a prime near the golden section of the period.
const PHASES: u64 = 61_803_401;
/// A quota is used up when less than this is left of it, nanoseconds; events happen at whole nanoseconds.
const DONE_WITHIN_NS: f64 = 0.5;

/// A request that computes, and the virtual time at which it has had its CPU time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub target: f64,
    pub order: u64,
    pub request: u32,
}

impl Ord for Job {
    /// The next to finish is the greatest, since the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .target
            .total_cmp(&self.target)
            .then_with(|| other.order.cmp(&self.order))
    }
}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Job {}

/// A pod of a run.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// Whether the slot is in use.
    pub in_use: bool,
    /// Grows with each use of the slot and each restart, so that what was sent to a former one finds out.
    pub epoch: u32,
    pub key: PodKey,
    pub name: String,
    pub owner: String,
    /// Its service, or [`NONE`].
    pub service: u32,
    /// Its node, or [`NONE`].
    pub node: u32,
    pub shape: ShapeId,
    pub phase: PodPhase,
    /// Among the endpoints.
    pub listed: bool,
    /// Being deleted.
    pub terminating: bool,
    /// The event that it does not fit has been written.
    pub reported: bool,
    /// Creation: Unix seconds where a dump says, and order of creation.
    pub created: Option<i64>,
    pub serial: u64,
    /// When it started, Unix seconds, where a dump says.
    pub started: Option<i64>,
    /// Its termination grace.
    pub grace_ns: SimTime,
    /// Simulated time of binding and of becoming ready; before 0 for what was there at the start.
    pub bound_at: i64,
    pub ready_at: Option<i64>,
    pub weight: u64,
    /// State of its calls to others, by the places of its service's policies.
    pub clients: Vec<Client>,

    /// Requests that compute.
    pub running: Vec<u32>,
    /// It is held back, or was since it last was idle: the ends of its requests are found as they come.
    pub shared: bool,
    /// While it is not: the sum of their ends, wrapping.
    pub sum_ends: u64,
    /// While it is shared: the same requests by the virtual time of their end.
    pub jobs: BinaryHeap<Job>,
    pub waiting: VecDeque<u32>,
    /// Requests that hold a place: computing or calling.
    pub occupied: u32,
    /// CPU time that a request present since the pod was last idle has had, nanoseconds.
    pub progress: f64,
    /// Cores a job has.
    pub rate: f64,
    pub touched: SimTime,
    /// CPU time used, nanoseconds.
    pub cpu: f64,
    /// `cpu` when the last interval and the last look of the autoscalers ended.
    pub cpu_at_interval: f64,
    pub cpu_at_look: f64,
    /// Requests ended, in all and when the last look of the autoscalers ended.
    pub ended: u64,
    pub ended_at_look: u64,
    /// CPU time it may use in a period, nanoseconds; infinite without a limit.
    pub quota: f64,
    /// CPU time used in the period that it was last looked at in, and that period.
    pub used: f64,
    period: u64,
    /// When its periods begin, nanoseconds after a multiple of their length.
    offset: SimTime,
    /// Its quota is used up.
    pub throttled: bool,
    /// Time it stood still, nanoseconds, and how often that began, since the last interval.
    pub throttled_ns: SimTime,
    pub throttles: u32,
    /// Number of the valid wake-up, and the job it is for.
    pub wake: u32,
    pub next_done: Option<u64>,

    /// Memory that its container may have, bytes; infinite without a limit.
    pub memory_limit: f64,
    /// Times its container was started again, and the length of the next back-off, nanoseconds.
    pub restarts: u32,
    pub backoff: SimTime,
    /// When its container last ended.
    pub ended_at: SimTime,
    /// Values of a cache.
    pub values: Option<Lru>,
    /// When a replica has applied the last write it was sent.
    pub applied_at: SimTime,
}

impl Pod {
    /// A pod without a node.
    pub fn pending(key: PodKey, name: String, owner: String, service: u32, shape: ShapeId) -> Self {
        Self {
            in_use: true,
            epoch: 0,
            serial: key.0,
            key,
            name,
            owner,
            service,
            node: NONE,
            shape,
            phase: PodPhase::Pending,
            listed: false,
            terminating: false,
            reported: false,
            created: None,
            started: None,
            grace_ns: 0,
            bound_at: 0,
            ready_at: None,
            weight: 2,
            clients: Vec::new(),
            running: Vec::new(),
            shared: false,
            sum_ends: 0,
            jobs: BinaryHeap::new(),
            waiting: VecDeque::new(),
            occupied: 0,
            progress: 0.0,
            rate: 1.0,
            touched: 0,
            cpu: 0.0,
            cpu_at_interval: 0.0,
            cpu_at_look: 0.0,
            ended: 0,
            ended_at_look: 0,
            quota: f64::INFINITY,
            used: 0.0,
            period: 0,
            offset: key.0.wrapping_mul(PHASES) % QUOTA_PERIOD_NS,
            throttled: false,
            throttled_ns: 0,
            throttles: 0,
            wake: 0,
            next_done: None,
            memory_limit: f64::INFINITY,
            restarts: 0,
            backoff: 0,
            ended_at: 0,
            values: None,
            applied_at: 0,
        }
    }

    /// Whether it takes requests.
    pub fn serves(&self) -> bool {
        matches!(self.phase, PodPhase::Running | PodPhase::Draining)
    }

    /// CPU it can use now, thousandths of a core: one core a request that computes, none while it is throttled.
    pub fn demand_milli(&self) -> u64 {
        if self.throttled {
            0
        } else {
            self.running.len() as u64 * 1000
        }
    }

    /// Cores in use.
    fn cores(&self) -> f64 {
        if self.shared {
            self.rate * self.jobs.len() as f64
        } else {
            self.running.len() as f64
        }
    }

    /// CPU time used by now, without touching anything.
    pub fn cpu_by(&self, now: SimTime) -> f64 {
        self.cpu + self.cores() * (now - self.touched) as f64
    }

    /// Brings progress, CPU time and quota up to now; to be called before rate or jobs change.
    pub fn touch(&mut self, now: SimTime) {
        let elapsed = (now - self.touched) as f64;
        if self.throttled && !self.running.is_empty() {
            self.throttled_ns += now - self.touched;
        }
        let cores = self.cores();
        self.cpu += cores * elapsed;
        if self.shared {
            if self.jobs.is_empty() {
                self.progress = 0.0;
            } else {
                self.progress += self.rate * elapsed;
            }
        }
        if self.quota.is_finite() {
            let period = (now + QUOTA_PERIOD_NS - self.offset) / QUOTA_PERIOD_NS;
            if period == self.period {
                self.used += cores * elapsed;
            } else {
                let began = period * QUOTA_PERIOD_NS + self.offset - QUOTA_PERIOD_NS;
                self.used = cores * (now - began.max(self.touched)) as f64;
                self.period = period;
            }
        }
        self.touched = now;
    }

    /// Whether all that computes, and `more` nanoseconds, can be done within what is left of this period's quota: then
    /// nothing needs to be watched.
    pub fn quota_lasts(&self, now: SimTime, more: SimTime) -> bool {
        if self.quota.is_infinite() {
            return true;
        }
        // The newcomer is among those that run, but not in the sum.
        let known = self.running.len() as u64 - 1;
        let left = self.sum_ends.wrapping_sub(known.wrapping_mul(now));
        left as f64 + more as f64 <= self.quota - self.used
    }

    /// Whether this period's quota is used up, as of the last touch.
    pub fn quota_used(&self) -> bool {
        self.used + DONE_WITHIN_NS >= self.quota
    }

    /// When the next period begins.
    pub fn next_period(&self, now: SimTime) -> SimTime {
        let period = (now + QUOTA_PERIOD_NS - self.offset) / QUOTA_PERIOD_NS;
        period * QUOTA_PERIOD_NS + self.offset
    }

    /// Requests inside, computing, calling or waiting.
    pub fn inside(&self) -> usize {
        self.occupied as usize + self.waiting.len()
    }
}
