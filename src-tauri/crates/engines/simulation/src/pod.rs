//! Pods and their CPU: what works in them, what waits, and how far the work has come.
//!
//! Work is processor sharing in virtual time: all requests that compute in a pod advance at one rate, so one number tells
//! how far each has come, and the next to finish is the one with the smallest target.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use drydock_model::SimTime;
use drydock_scheduler::{PodKey, ShapeId};

use crate::request::NONE;
use crate::state::PodPhase;

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
    pub limit_milli: u64,
    pub weight: u64,

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
    /// Number of the valid wake-up, and the job it is for.
    pub wake: u32,
    pub next_done: Option<u64>,
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
            limit_milli: u64::MAX,
            weight: 2,
            jobs: BinaryHeap::new(),
            waiting: VecDeque::new(),
            occupied: 0,
            progress: 0.0,
            rate: 0.0,
            touched: 0,
            cpu: 0.0,
            cpu_at_interval: 0.0,
            cpu_at_look: 0.0,
            wake: 0,
            next_done: None,
        }
    }

    /// Whether it takes requests.
    pub fn serves(&self) -> bool {
        matches!(self.phase, PodPhase::Running | PodPhase::Draining)
    }

    /// CPU it can use now, thousandths of a core: one core a job up to its limit.
    pub fn demand_milli(&self) -> u64 {
        (self.jobs.len() as u64 * 1000).min(self.limit_milli)
    }

    /// CPU time used by now, without touching anything.
    pub fn cpu_by(&self, now: SimTime) -> f64 {
        self.cpu + self.rate * self.jobs.len() as f64 * (now - self.touched) as f64
    }

    /// Brings progress and CPU time up to now; to be called before rate or jobs change.
    pub fn touch(&mut self, now: SimTime) {
        let elapsed = (now - self.touched) as f64;
        self.touched = now;
        if self.jobs.is_empty() {
            self.progress = 0.0;
        } else {
            self.cpu += self.rate * self.jobs.len() as f64 * elapsed;
            self.progress += self.rate * elapsed;
        }
    }

    /// Requests inside, computing, calling or waiting.
    pub fn inside(&self) -> usize {
        self.occupied as usize + self.waiting.len()
    }
}
