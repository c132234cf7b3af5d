//! The way of a request: arrival, call, queue, work, calls of its own, answer, and the end of a caller's patience.

use drydock_model::SimTime;

use crate::eventlist::Due;
use crate::request::{NONE, Request, Stage};
use crate::simulation::{Deadline, Simulation};
use crate::telemetry::Cause;

impl Simulation {
    pub(crate) fn expect_arrival(&mut self, class: u32) {
        let mean = self.plan.values.between_arrivals[class as usize];
        if !mean.is_finite() {
            return;
        }
        let wait = self.classes[class as usize].arrivals.exponential(mean);
        let at = self.now.saturating_add(wait.round() as SimTime);
        self.events.push(at, Due::Arrival { class });
    }

    pub(crate) fn arrive(&mut self, class: u32) {
        self.expect_arrival(class);
        self.classes[class as usize].meter.arrivals += 1;
        let entry = self.plan.frame.classes[class as usize].entry;
        self.issue(entry, None, class);
    }

    /// Makes a call of a service, from outside or for a request.
    fn issue(&mut self, service: u32, parent: Option<u32>, class: u32) {
        let request = self.requests.take();
        let now = self.now;
        let this = &mut self.services[service as usize];
        this.meter.arrivals += 1;
        let endpoint = match this.endpoints.len() {
            0 => None,
            1 => Some(this.endpoints[0]),
            ready => Some(this.endpoints[this.balance.below(ready)]),
        };
        let (parent_generation, caller_node) = parent.map_or((0, NONE), |parent| {
            let parent = self.requests.get(parent);
            (parent.generation, parent.node)
        });
        let (pod, pod_epoch, node) = endpoint.map_or((NONE, 0, NONE), |pod| {
            let at = &self.pods[pod as usize];
            (pod, at.epoch, at.node)
        });
        let one_way = if endpoint.is_some() {
            self.one_way(caller_node, node)
        } else {
            0
        };
        let this = self.requests.get_mut(request);
        *this = Request {
            parent: parent.unwrap_or(NONE),
            parent_generation,
            class,
            service,
            pod,
            pod_epoch,
            node,
            issued: now,
            one_way,
            ..*this
        };
        let generation = this.generation;
        if endpoint.is_none() {
            self.refuse(request, Cause::NoEndpoint);
            return;
        }
        self.events.push(now + one_way, Due::Deliver { request });
        let order = self.events.number();
        self.deadlines.push_back(Deadline {
            at: now + self.plan.values.timeout_ns,
            order,
            request,
            generation,
        });
    }

    /// Network time one way; from outside it is that within a zone.
    fn one_way(&self, from: u32, to: u32) -> SimTime {
        let values = &self.plan.values;
        if from == NONE {
            return values.same_zone_ns;
        }
        if from == to {
            return values.same_node_ns;
        }
        let zone = |node: u32| &self.plan.frame.nodes[node as usize].zone;
        if zone(from) == zone(to) {
            values.same_zone_ns
        } else {
            values.cross_zone_ns
        }
    }

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
            self.vanish(request);
            return;
        }
        let values = &self.plan.values.services[service as usize];
        let at = &mut self.pods[pod as usize];
        if at.epoch != pod_epoch || !at.serves() {
            self.refuse(request, Cause::ConnectionRefused);
        } else if at.occupied < values.concurrency {
            self.begin(request);
        } else if at.waiting.len() < values.queue {
            at.waiting.push_back(request);
            self.requests.get_mut(request).stage = Stage::Waiting;
        } else {
            self.refuse(request, Cause::QueueFull);
        }
    }

    fn begin(&mut self, request: u32) {
        let this = self.requests.get_mut(request);
        this.stage = Stage::Working;
        let (pod, service) = (this.pod, this.service);
        self.pods[pod as usize].occupied += 1;
        let law = self.plan.values.services[service as usize].demand;
        let cpu_ns = law.draw(&mut self.services[service as usize].demand);
        self.add_job(pod, request, cpu_ns);
    }

    pub(crate) fn wake(&mut self, pod: u32, wake: u32) {
        for request in self.finished_jobs(pod, wake) {
            self.requests.get_mut(request).stage = Stage::Calling;
            self.next_kind_of_call(request, 0);
        }
    }

    /// Turns to the service's call number `call`, or ends where there is none left.
    fn next_kind_of_call(&mut self, request: u32, mut call: u32) {
        let service = self.requests.get(request).service;
        loop {
            let calls = &self.plan.frame.workloads[service as usize].calls;
            let Some(plan) = calls.get(call as usize).copied() else {
                self.finish(request, None);
                return;
            };
            let mean = self.plan.values.calls[plan.call as usize];
            let whole = mean.floor();
            let luck = &mut self.calls[plan.call as usize];
            let more = mean > whole && luck.chance(mean - whole);
            let count = whole as u32 + u32::from(more);
            if count > 0 {
                let this = self.requests.get_mut(request);
                this.call = call;
                this.calls_left = count - 1;
                let class = this.class;
                self.issue(plan.to, Some(request), class);
                return;
            }
            call += 1;
        }
    }

    /// The call that a request waited for has ended.
    fn resume(&mut self, parent: u32, generation: u32, failure: Option<Cause>) {
        let this = self.requests.get_mut(parent);
        if this.generation != generation || this.stage != Stage::Calling {
            return;
        }
        if let Some(cause) = failure {
            self.finish(parent, Some((Cause::Upstream, cause)));
        } else if this.calls_left > 0 {
            this.calls_left -= 1;
            let (service, call, class) = (this.service, this.call, this.class);
            let to = self.plan.frame.workloads[service as usize].calls[call as usize].to;
            self.issue(to, Some(parent), class);
        } else {
            let next = this.call + 1;
            self.next_kind_of_call(parent, next);
        }
    }

    /// The pod has answered: its place is free for the next, the answer goes back.
    fn finish(&mut self, request: u32, failure: Option<(Cause, Cause)>) {
        let now = self.now;
        let this = self.requests.get_mut(request);
        this.stage = Stage::Replying;
        this.failure = failure;
        this.served = now - this.delivered;
        let (pod, back) = (this.pod, now + this.one_way);
        self.events.push(back, Due::Reply { request });
        let at = &mut self.pods[pod as usize];
        at.occupied -= 1;
        if let Some(next) = at.waiting.pop_front() {
            self.begin(next);
        }
        self.stop_if_drained(pod);
    }

    /// Answers a call without serving it.
    pub(crate) fn refuse(&mut self, request: u32, cause: Cause) {
        let this = self.requests.get_mut(request);
        this.stage = Stage::Replying;
        this.failure = Some((cause, cause));
        let back = self.now + this.one_way;
        self.events.push(back, Due::Reply { request });
    }

    /// Nobody will answer; the caller finds out when its patience ends.
    pub(crate) fn vanish(&mut self, request: u32) {
        let this = self.requests.get_mut(request);
        if this.abandoned {
            self.requests.release(request);
            return;
        }
        this.stage = Stage::Vanished;
        self.count_failure(request, Cause::NodeLost);
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
            let meter = &mut self.services[this.service as usize].meter;
            match this.failure {
                Some((cause, _)) => meter.fail(cause),
                None => meter.complete(this.served),
            }
        }
        self.tell_caller(&this, this.failure.map(|(_, cause)| cause));
    }

    fn tell_caller(&mut self, this: &Request, failure: Option<Cause>) {
        if this.parent != NONE {
            self.resume(this.parent, this.parent_generation, failure);
            return;
        }
        let latency = self.now - this.issued;
        let meter = &mut self.classes[this.class as usize].meter;
        match failure {
            Some(cause) => meter.fail(cause),
            None => meter.complete(latency),
        }
    }

    /// Whether a caller still waits for the answer that this deadline is for.
    pub(crate) fn awaits(&self, deadline: &Deadline) -> bool {
        let this = self.requests.get(deadline.request);
        this.generation == deadline.generation && this.stage != Stage::Free && !this.abandoned
    }

    /// The caller gives up. Work in a pod goes on for nobody.
    pub(crate) fn timed_out(&mut self, request: u32) {
        let this = *self.requests.get(request);
        let vanished = this.stage == Stage::Vanished;
        self.count_failure(request, Cause::Timeout);
        if vanished {
            self.requests.release(request);
        } else {
            self.requests.get_mut(request).abandoned = true;
        }
        let cause = if vanished {
            Cause::NodeLost
        } else {
            Cause::Timeout
        };
        self.tell_caller(&this, Some(cause));
    }
}
