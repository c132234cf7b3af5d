//! CPU of a node shared by its pods: who gets how much when they want more than there is. Solved exactly at each change.

use drydock_model::SimTime;

use crate::eventlist::Due;
use crate::pod::Job;
use crate::request::NONE;
use crate::simulation::Simulation;

/// A job is done when less than this is left of it, nanoseconds of CPU time; events happen at whole nanoseconds.
const DONE_WITHIN_NS: f64 = 0.5;

impl Simulation {
    /// Adds work of `cpu_ns` nanoseconds to a pod.
    pub(crate) fn add_job(&mut self, pod: u32, request: u32, cpu_ns: f64) {
        let order = self.events.number();
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.touch(now);
        let before = this.demand_milli();
        this.jobs.push(Job {
            target: this.progress + cpu_ns,
            order,
            request,
        });
        self.demand_changed(pod, before);
    }

    /// Takes out the jobs that are done by now.
    pub(crate) fn finished_jobs(&mut self, pod: u32, wake: u32) -> Vec<u32> {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        if this.wake != wake {
            return Vec::new();
        }
        this.touch(now);
        // This wake-up is used up, even where rounding left a job a little short.
        this.next_done = None;
        let before = this.demand_milli();
        let mut done = Vec::new();
        while let Some(job) = this.jobs.peek() {
            if job.target > this.progress + DONE_WITHIN_NS {
                break;
            }
            done.push(job.request);
            this.jobs.pop();
        }
        self.demand_changed(pod, before);
        done
    }

    /// Takes all jobs out of a pod that dies.
    pub(crate) fn drop_jobs(&mut self, pod: u32) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        this.touch(now);
        let before = this.demand_milli();
        this.jobs.clear();
        self.demand_changed(pod, before);
    }

    fn demand_changed(&mut self, pod: u32, before: u64) {
        let this = &self.pods[pod as usize];
        let (after, node_at) = (this.demand_milli(), this.node);
        if node_at == NONE {
            return;
        }
        let node = &mut self.nodes[node_at as usize];
        let was_short = node.demand_milli > node.milli_cpu;
        node.demand_milli = node.demand_milli + after - before;
        if was_short || node.demand_milli > node.milli_cpu {
            self.share_out(node_at, pod);
        } else {
            self.set_share(pod, after as f64);
        }
    }

    /// Weighted max-min shares: pods in order of what they want per weight; each gets what it wants or its weighted part
    /// of what is left, whichever is less.
    fn share_out(&mut self, node: u32, changed: u32) {
        let mut wants = std::mem::take(&mut self.scratch);
        wants.clear();
        let mut weights = 0u64;
        for &pod in &self.nodes[node as usize].pods {
            let this = &self.pods[pod as usize];
            if !this.jobs.is_empty() {
                wants.push((this.demand_milli(), this.weight, pod));
                weights += this.weight;
            }
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
        if self.pods[changed as usize].jobs.is_empty() {
            self.set_share(changed, 0.0);
        }
        self.scratch = wants;
    }

    /// Gives a pod `milli` thousandths of a core from now on and says when its next job ends.
    fn set_share(&mut self, pod: u32, milli: f64) {
        let now = self.now;
        let this = &mut self.pods[pod as usize];
        let rate = match this.jobs.len() {
            0 => 0.0,
            jobs => milli / 1000.0 / jobs as f64,
        };
        this.touch(now);
        let Some(next) = this.jobs.peek().copied() else {
            this.rate = 0.0;
            this.wake = this.wake.wrapping_add(1);
            this.next_done = None;
            return;
        };
        // An unchanged rate leaves the wake-up valid unless another job is next.
        if rate == this.rate && this.next_done == Some(next.order) {
            return;
        }
        this.rate = rate;
        this.wake = this.wake.wrapping_add(1);
        this.next_done = Some(next.order);
        let wake = this.wake;
        // A node without CPU serves nobody: callers time out.
        if rate > 0.0 {
            let left = ((next.target - this.progress) / rate).ceil().max(0.0);
            let at = now.saturating_add(left as SimTime);
            self.events.push(at, Due::Wake { pod, wake });
        }
    }
}
