//! CPU: who computes how fast. Solved exactly at each change, whether anybody is held back or not.
//!
//! A request computes on one core. While a node has a core for every request that computes on it, and a pod's quota lasts,
//! nobody is held back and the end of each request is known when it begins. Otherwise the pod is *shared*: the pods of a
//! node share its cores by weight (cgroup `cpu.weight`, from CPU requests), the requests of a pod share what it gets, and a
//! pod that has used its quota stands still until its period is over (CFS bandwidth control).

use drydock_model::SimTime;

use crate::eventlist::Due;
use crate::pod::{Job, QUOTA_PERIOD_NS};
use crate::request::NONE;
use crate::simulation::Simulation;

/// A job is done when less than this is left of it, nanoseconds of CPU time; events happen at whole nanoseconds.
const DONE_WITHIN_NS: f64 = 0.5;

impl Simulation {
    /// Adds work of `cpu_ns` nanoseconds to a pod.
    pub(crate) fn add_job(&mut self, pod: u32, request: u32, cpu_ns: f64) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.touch(now);
        if this.running.is_empty() {
            this.shared = false;
            this.throttled = this.quota_used();
        }
        let node = this.node;
        let at = &mut self.nodes[node as usize];
        let newcomer = if this.throttled { 0 } else { 1000 };
        at.demand_milli += newcomer;
        let short = at.demand_milli > at.milli_cpu;
        let slot = self.requests.get_mut(request);
        slot.place = this.running.len() as u32;
        this.running.push(request);
        let work = nanos(cpu_ns);
        if !short && !this.shared && this.quota_lasts(now, work) {
            slot.ends = now + work;
            slot.token = slot.token.wrapping_add(1);
            let token = slot.token;
            this.sum_ends = this.sum_ends.wrapping_add(slot.ends);
            self.events.push(now + work, Due::Done { request, token });
            return;
        }
        if !this.shared {
            self.share(pod, 1);
        }
        let order = self.events.number();
        let this = &mut self.pods[pod as usize];
        this.jobs.push(Job {
            target: this.progress + cpu_ns,
            order,
            request,
        });
        self.demand_changed(pod, short);
    }

    /// From now on the requests of a pod are not known to end when they said; the last `but` of them are new.
    fn share(&mut self, pod: u32, but: usize) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.shared = true;
        this.progress = 0.0;
        this.rate = if this.throttled { 0.0 } else { 1.0 };
        this.sum_ends = 0;
        this.next_done = None;
        let known = this.running.len() - but;
        for at in 0..known {
            let request = this.running[at];
            let slot = self.requests.get_mut(request);
            slot.token = slot.token.wrapping_add(1);
            this.jobs.push(Job {
                target: (slot.ends - now) as f64,
                order: self.events.number(),
                request,
            });
        }
    }

    /// A request has had its CPU time in a pod that nobody holds back.
    pub(crate) fn done(&mut self, request: u32, token: u32) {
        let slot = self.requests.get(request);
        if slot.token != token {
            return;
        }
        let (pod, ends) = (slot.pod, slot.ends);
        let this = &mut self.pods[pod as usize];
        this.touch(self.now);
        this.sum_ends = this.sum_ends.wrapping_sub(ends);
        self.nodes[this.node as usize].demand_milli -= 1000;
        self.leave(pod, request);
        self.worked(request);
    }

    /// Takes a request out of those that compute in a pod.
    fn leave(&mut self, pod: u32, request: u32) {
        let slot = self.requests.get_mut(request);
        slot.token = slot.token.wrapping_add(1);
        let place = slot.place as usize;
        let this = &mut self.pods[pod as usize];
        this.running.swap_remove(place);
        if let Some(&moved) = this.running.get(place) {
            self.requests.get_mut(moved).place = place as u32;
        }
    }

    /// The time has come that a shared pod waited for: a job is done, its quota is used up, or a period begins.
    pub(crate) fn wake(&mut self, pod: u32, wake: u32) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        if this.wake != wake {
            return;
        }
        this.touch(now);
        // This wake-up is used up, even where rounding left a job a little short.
        this.next_done = None;
        let before = this.demand_milli();
        let mut done = Vec::new();
        if this.throttled && !this.quota_used() {
            this.throttled = false;
        } else if !this.throttled {
            while let Some(job) = this.jobs.peek() {
                if job.target > this.progress + DONE_WITHIN_NS {
                    break;
                }
                done.push(job.request);
                this.jobs.pop();
            }
            if this.quota_used() {
                this.throttled = true;
                this.throttles += 1;
            }
        }
        for &request in &done {
            self.leave(pod, request);
        }
        self.demand_moved(pod, before);
        for request in done {
            self.worked(request);
        }
    }

    /// Takes all jobs out of a pod that dies.
    pub(crate) fn drop_jobs(&mut self, pod: u32) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.touch(now);
        let before = this.demand_milli();
        for request in std::mem::take(&mut this.running) {
            let slot = self.requests.get_mut(request);
            slot.token = slot.token.wrapping_add(1);
        }
        this.jobs.clear();
        this.sum_ends = 0;
        this.throttled = false;
        self.demand_moved(pod, before);
        self.pods[pod as usize].shared = false;
    }

    /// Sets the quota of a pod, nanoseconds a period; infinite for none.
    pub(crate) fn set_quota(&mut self, pod: u32, quota: f64) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.touch(now);
        let before = this.demand_milli();
        this.quota = quota;
        if !this.shared && !this.running.is_empty() {
            self.share(pod, 0);
        }
        let this = &mut self.pods[pod as usize];
        this.throttled = this.quota_used();
        if !this.running.is_empty() {
            self.demand_moved(pod, before);
        }
    }

    /// What a pod can use has changed from `before`.
    fn demand_moved(&mut self, pod: u32, before: u64) {
        let this = &self.pods[pod as usize];
        let (after, at) = (this.demand_milli(), this.node);
        if at == NONE {
            return;
        }
        let node = &mut self.nodes[at as usize];
        let was_short = node.demand_milli > node.milli_cpu;
        node.demand_milli = node.demand_milli + after - before;
        self.demand_changed(pod, was_short);
    }

    /// Gives a shared pod, or all pods of its node where there is or was too little, what they get from now on.
    fn demand_changed(&mut self, pod: u32, was_short: bool) {
        let this = &self.pods[pod as usize];
        let node = &self.nodes[this.node as usize];
        if was_short || node.demand_milli > node.milli_cpu {
            self.share_out(this.node, pod);
        } else {
            let want = this.demand_milli() as f64;
            self.set_share(pod, want);
        }
    }

    /// Weighted max-min shares: pods in order of what they want per weight; each gets what it wants or its weighted part
    /// of what is left, whichever is less.
    fn share_out(&mut self, node: u32, changed: u32) {
        let mut wants = std::mem::take(&mut self.scratch);
        wants.clear();
        let mut weights = 0u64;
        let now = self.now;
        for at in 0..self.nodes[node as usize].pods.len() {
            let pod = self.nodes[node as usize].pods[at];
            let this = &mut self.pods[pod as usize];
            if this.running.is_empty() {
                continue;
            }
            if !this.shared {
                this.touch(now);
                self.share(pod, 0);
            }
            let this = &self.pods[pod as usize];
            wants.push((this.demand_milli(), this.weight, pod));
            weights += this.weight;
        }
        wants.sort_by(|a, b| {
            let (left, right) = (
                u128::from(a.0) * u128::from(b.1),
                u128::from(b.0) * u128::from(a.1),
            );
            left.cmp(&right).then(a.2.cmp(&b.2))
        });
        let mut left = self.nodes[node as usize].milli_cpu as f64;
        for &(want, weight, pod) in &wants {
            let part = left * weight as f64 / weights as f64;
            let share = part.min(want as f64);
            left -= share;
            weights -= weight;
            self.set_share(pod, share);
        }
        if self.pods[changed as usize].running.is_empty() {
            self.set_share(changed, 0.0);
        }
        self.scratch = wants;
    }

    /// Gives a shared pod `milli` thousandths of a core from now on and says when to look at it next.
    fn set_share(&mut self, pod: u32, milli: f64) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        let rate = match this.jobs.len() {
            0 => 0.0,
            jobs => milli / 1000.0 / jobs as f64,
        };
        this.touch(now);
        let Some(next) = this.jobs.peek().copied() else {
            this.rate = 1.0;
            this.wake = this.wake.wrapping_add(1);
            this.next_done = None;
            return;
        };
        let limited = this.quota.is_finite();
        // An unchanged rate leaves the wake-up valid unless another job is next, or the quota ends sooner.
        if !limited && rate == this.rate && this.next_done == Some(next.order) {
            return;
        }
        this.rate = rate;
        this.wake = this.wake.wrapping_add(1);
        this.next_done = Some(next.order);
        let mut at = SimTime::MAX;
        // A node without CPU serves nobody: callers time out.
        if rate > 0.0 {
            let left = ((next.target - this.progress) / rate).ceil().max(0.0);
            at = now.saturating_add(left as SimTime);
        }
        if limited {
            let turn = this.next_period(now);
            at = at.min(turn);
            if rate > 0.0 {
                let lasts = (this.quota - this.used).max(0.0) / (rate * this.jobs.len() as f64);
                at = at.min(now.saturating_add(lasts.ceil() as SimTime));
            }
        }
        if at < SimTime::MAX {
            let wake = this.wake;
            self.events.push(at, Due::Wake { pod, wake });
        }
    }
}

/// Whole nanoseconds, rounded to nearest. A cast is one instruction where `f64::round` is a call.
pub(crate) fn nanos(value: f64) -> SimTime {
    (value + 0.5) as i64 as SimTime
}

/// CPU time a limit of so many thousandths of a core allows in a period, nanoseconds.
pub(crate) fn quota_of(limit_milli: u64) -> f64 {
    if limit_milli == u64::MAX {
        return f64::INFINITY;
    }
    // CFS grants no less than 1 ms a period (`min_cfs_quota_period`).
    (limit_milli as f64 / 1000.0 * QUOTA_PERIOD_NS as f64).max(1e6)
}
