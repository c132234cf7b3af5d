//! The way of a request through its pod: delivery, queue, work, calls of its own, answer.

use crate::eventlist::Due;
use crate::request::{NONE, Request, Stage};
use crate::simulation::Simulation;
use crate::telemetry::Cause;

impl Simulation {
    pub(crate) fn deliver(&mut self, request: u32) {
        let now = self.now;
        let this = self.requests.get_mut(request);
        this.delivered = now;
        let Request {
            pod,
            pod_epoch,
            node,
            service,
            ..
        } = *this;
        if !self.nodes[node as usize].up {
            self.vanish(request, Cause::NodeLost);
            return;
        }
        let values = &self.plan.values.services[service as usize];
        let at = &mut self.pods[pod as usize];
        if at.epoch != pod_epoch || !at.serves() {
            self.refuse(request, Cause::ConnectionRefused);
            return;
        }
        if at.inside() as u32 >= values.max_connections {
            self.refuse(request, Cause::NoConnection);
        } else if at.occupied < values.concurrency {
            at.occupied += 1;
            self.begin(request);
        } else if at.waiting.len() < values.queue {
            at.waiting.push_back(request);
            self.requests.get_mut(request).stage = Stage::Waiting;
        } else {
            self.refuse(request, Cause::QueueFull);
            return;
        }
        self.look_at_memory(pod);
    }

    /// Starts the work of a request that has its place in the pod.
    fn begin(&mut self, request: u32) {
        let this = self.requests.get_mut(request);
        this.stage = Stage::Working;
        this.began = self.now;
        let (pod, service) = (this.pod, this.service);
        let law = &self.plan.values.services[service as usize].demand;
        let cpu_ns = law.draw(&mut self.services[service as usize].demand);
        self.look_up(request, service, pod);
        self.add_job(pod, request, cpu_ns);
    }

    /// The CPU time of a request is over; its calls begin.
    pub(crate) fn worked(&mut self, request: u32) {
        let this = self.requests.get_mut(request);
        this.stage = Stage::Calling;
        this.at_stage = 0;
        if this.writes {
            self.commit(request);
        }
        self.make_calls(request);
    }

    /// Makes the calls of the stage that a request has come to, or of the next that has any, or ends.
    fn make_calls(&mut self, request: u32) {
        let this = self.requests.get(request);
        let (service, class, misses) = (this.service as usize, this.class, this.misses);
        let mut at_stage = this.at_stage;
        loop {
            let stages = &self.plan.frame.workloads[service].stages;
            let Some(stage) = stages.get(at_stage as usize) else {
                break;
            };
            if let [only] = stage[..] {
                let count = self.count_of(class, misses, only);
                if count > 0 {
                    let slot = self.requests.get_mut(request);
                    slot.at_stage = at_stage;
                    slot.outstanding = 1;
                    slot.calls_left = count - 1;
                    self.call_for(request, only);
                    return;
                }
            } else {
                let stage = stage.clone();
                if self.call_together(request, &stage, at_stage) {
                    return;
                }
            }
            at_stage += 1;
        }
        self.finish(request, None);
    }

    /// Starts all calls of a stage; answers whether there are any.
    fn call_together(&mut self, request: u32, stage: &[u32], at: u32) -> bool {
        let this = self.requests.get(request);
        let (generation, class, misses) = (this.generation, this.class, this.misses);
        let counts: Vec<(u32, u32)> = stage
            .iter()
            .map(|&call| (call, self.count_of(class, misses, call)))
            .collect();
        let all = counts.iter().map(|(_, count)| count).sum();
        if all == 0 {
            return false;
        }
        let slot = self.requests.get_mut(request);
        slot.at_stage = at;
        slot.outstanding = all;
        slot.calls_left = 0;
        for (call, count) in counts {
            for _ in 0..count {
                // One that fails at once may have ended its caller.
                let slot = self.requests.get(request);
                if slot.generation != generation || slot.stage != Stage::Calling {
                    return true;
                }
                self.call_for(request, call);
            }
        }
        true
    }

    /// How often a request makes a call: the whole part of the mean, and once more with the chance of its fraction.
    fn count_of(&mut self, class: u32, misses: u32, call: u32) -> u32 {
        let plan = &self.plan.frame.calls[call as usize];
        if !plan.is_for(class) || plan.after_miss & !misses != 0 {
            return 0;
        }
        let mean = self.plan.values.calls[call as usize];
        let whole = mean as u32;
        let rest = mean - f64::from(whole);
        let more = rest > 0.0 && self.calls[call as usize].chance(rest);
        whole + u32::from(more)
    }

    /// A call that a request waited for has ended.
    pub(crate) fn resume(&mut self, child: &Request, failure: Option<Cause>) {
        let (request, call) = (child.parent, child.policy);
        let this = self.requests.get_mut(request);
        if this.generation != child.parent_generation || this.stage != Stage::Calling {
            return;
        }
        let plan = &self.plan.frame.calls[call as usize];
        if let Some(cause) = failure
            && !plan.optional
        {
            self.finish(request, Some((Cause::Upstream, cause)));
            return;
        }
        // A cache that does not answer has no value either.
        if child.missed || failure.is_some() {
            this.misses |= plan.cache_bit;
        }
        this.outstanding -= 1;
        if this.outstanding > 0 {
            return;
        }
        if this.calls_left > 0 {
            this.calls_left -= 1;
            this.outstanding = 1;
            self.call_for(request, call);
        } else {
            this.at_stage += 1;
            self.make_calls(request);
        }
    }

    /// The pod has answered: its place is free for the next, the answer goes back.
    pub(crate) fn finish(&mut self, request: u32, failure: Option<(Cause, Cause)>) {
        let now = self.now;
        let this = self.requests.get_mut(request);
        this.stage = Stage::Replying;
        this.failure = failure;
        this.served = now - this.delivered;
        let pod = this.pod;
        let at = &mut self.pods[pod as usize];
        at.occupied -= 1;
        at.ended += 1;
        if let Some(next) = at.waiting.pop_front() {
            at.occupied += 1;
            self.begin(next);
        }
        self.send_back(request);
        self.stop_if_drained(pod);
    }

    fn send_back(&mut self, request: u32) {
        let this = self.requests.get(request);
        let (one_way, from, to) = (this.one_way, this.node, this.caller);
        if !self.links.is_empty() {
            self.send_back_disturbed(request, from, to);
        } else if one_way == 0 {
            self.reply(request);
        } else {
            self.events.push(self.now + one_way, Due::Reply { request });
        }
    }

    /// Answers a call without serving it. The answer is an event of its own even where it takes no time, so that whoever
    /// makes calls has made them all before one ends.
    pub(crate) fn refuse(&mut self, request: u32, cause: Cause) {
        let this = self.requests.get_mut(request);
        this.stage = Stage::Replying;
        this.failure = Some((cause, cause));
        let back = self.now + this.one_way;
        self.events.push(back, Due::Reply { request });
    }

    /// Nobody will answer; the caller finds out when its patience ends.
    pub(crate) fn vanish(&mut self, request: u32, cause: Cause) {
        let this = self.requests.get_mut(request);
        if this.abandoned {
            self.requests.release(request);
            return;
        }
        this.stage = Stage::Vanished;
        this.failure = Some((cause, cause));
        self.count_failure(request, cause);
    }

    /// Counts a request's failure at its service, once.
    pub(crate) fn count_failure(&mut self, request: u32, cause: Cause) {
        let this = self.requests.get_mut(request);
        if !std::mem::replace(&mut this.counted, true) {
            let service = this.service;
            self.services[service as usize].meter.fail(cause);
        }
    }

    pub(crate) fn reply(&mut self, request: u32) {
        let this = *self.requests.get(request);
        self.requests.release(request);
        if this.abandoned {
            return;
        }
        if !this.counted {
            match this.failure {
                Some((cause, _)) => {
                    self.services[this.service as usize].meter.fail(cause);
                }
                None => self.complete(&this),
            }
        }
        self.end_call(&this, this.failure.map(|(_, cause)| cause));
    }

    fn complete(&mut self, this: &Request) {
        let row = this.service as usize * self.classes.len() + this.class as usize;
        let endpoint = self.plan.frame.endpoint_of[row];
        self.services[this.service as usize].meter.completed += 1;
        if endpoint != NONE {
            self.endpoints[endpoint as usize].record(this.served);
        }
    }
}
