//! Calls as their callers make them: breaker, connection, patience, another try, and what the caller does with the end.

use crate::eventlist::Due;
use crate::request::{NONE, Request, Stage};
use crate::simulation::Simulation;
use crate::telemetry::Cause;

impl Simulation {
    /// A request of a class from outside.
    pub(crate) fn ask(&mut self, class: u32) {
        let plan = &self.plan.frame.classes[class as usize];
        let (entry, policy) = (plan.entry, plan.policy);
        self.classes[class as usize].meter.arrivals += 1;
        let request = Request {
            trace: self.traces.sample(class, self.now),
            class,
            service: entry,
            policy,
            started: self.now,
            ..Request::FREE
        };
        self.call(request, true);
    }

    /// A call that a request makes.
    pub(crate) fn call_for(&mut self, parent: u32, call: u32) {
        let this = self.requests.get(parent);
        let request = Request {
            parent,
            parent_generation: this.generation,
            caller: this.pod,
            caller_epoch: this.pod_epoch,
            class: this.class,
            trace: this.trace,
            parent_span: this.span,
            service: self.plan.frame.calls[call as usize].to,
            // Policies of calls come first, in the order of the calls.
            policy: call,
            started: self.now,
            ..Request::FREE
        };
        self.call(request, true);
    }

    /// Makes a call, for the first time or again: if the breaker lets it and as soon as a connection is free.
    fn call(&mut self, mut request: Request, first: bool) {
        request.tried = self.now;
        if request.trace != NONE {
            request.span = self.traces.begin(request.trace);
        }
        let policy = &self.plan.frame.policies[request.policy as usize];
        self.services[request.service as usize].meter.arrivals += 1;
        if policy.client == NONE {
            let lane = policy.lane;
            request.stage = Stage::InTransit;
            self.send_new(request, lane);
            return;
        }
        let (policy, now) = (*policy, self.now);
        let (caller, epoch) = (request.caller, request.caller_epoch);
        let Some(client) = self.client(caller, epoch, request.class, policy.client) else {
            // The pod that would call is gone, and with it whoever waits.
            return;
        };
        if first {
            client.first_try(now);
        }
        if policy.breaker.is_some() && !client.lets_through(now) {
            let at = self.requests.take(request);
            self.refuse(at, Cause::CircuitOpen);
            return;
        }
        if client.in_use >= policy.connections {
            request.stage = Stage::Queued;
            let at = self.requests.take(request);
            if let Some(client) = self.client(caller, epoch, request.class, policy.client) {
                client.waiting.push_back(at);
            }
            let generation = self.requests.get(at).generation;
            self.start_patience(at, generation, policy.lane);
            return;
        }
        client.in_use += 1;
        request.connected = true;
        request.stage = Stage::InTransit;
        self.send_new(request, policy.lane);
    }

    #[inline]
    fn send_new(&mut self, request: Request, lane: u32) {
        let at = self.requests.take(request);
        let generation = self.requests.get(at).generation;
        if self.send(at) {
            self.start_patience(at, generation, lane);
        }
    }

    /// What a calling pod, or the world outside for a class, knows of its calls of one kind.
    fn client(
        &mut self,
        caller: u32,
        epoch: u32,
        class: u32,
        client: u32,
    ) -> Option<&mut crate::client::Client> {
        if caller == NONE {
            return self.classes[class as usize]
                .clients
                .get_mut(client as usize);
        }
        let pod = &mut self.pods[caller as usize];
        if pod.epoch != epoch || !pod.in_use {
            return None;
        }
        pod.clients.get_mut(client as usize)
    }

    /// The caller has its answer, good or bad, or has given up: its connection is free, its breaker counts, and it tries
    /// again or goes on. The slot of the request is the caller's no more.
    pub(crate) fn end_call(&mut self, this: &Request, failure: Option<Cause>) {
        if this.trace != NONE {
            self.end_span(this, failure);
        }
        let policy = &self.plan.frame.policies[this.policy as usize];
        if policy.client == NONE && (failure.is_none() || policy.retry.is_none()) {
            self.answer(this, failure);
            return;
        }
        let policy = *policy;
        let retry = failure.and_then(|cause| {
            let retry = policy.retry?;
            (cause != Cause::CircuitOpen && this.tries < retry.retries).then_some(retry)
        });
        let mut again = retry.is_some();
        if policy.client != NONE {
            let now = self.now;
            let (caller, epoch) = (this.caller, this.caller_epoch);
            let mut next = None;
            let mut opened = false;
            match self.client(caller, epoch, this.class, policy.client) {
                None => again = false,
                Some(client) => {
                    if this.connected {
                        client.in_use -= 1;
                    }
                    if let (Some(breaker), false) =
                        (policy.breaker, failure == Some(Cause::CircuitOpen))
                    {
                        opened = client.ended(failure.is_none(), breaker, now);
                    }
                    if let Some(budget) = retry.and_then(|retry| retry.budget) {
                        again = again && client.may_retry(budget, now);
                    }
                    if client.in_use < policy.connections {
                        next = client.waiting.pop_front();
                    }
                }
            }
            if opened {
                self.note_open_breaker(this);
            }
            if let Some(next) = next {
                self.connect(next);
            }
        }
        if let (true, Some(retry)) = (again, retry) {
            let number = this.tries + 1;
            let luck = &mut self.backoffs[this.policy as usize];
            let pause = retry.pause(number, luck);
            let at = self.requests.take(Request {
                stage: Stage::Pausing,
                tries: number,
                parent: this.parent,
                parent_generation: this.parent_generation,
                caller: this.caller,
                caller_epoch: this.caller_epoch,
                policy: this.policy,
                class: this.class,
                service: this.service,
                trace: this.trace,
                parent_span: this.parent_span,
                started: this.started,
                ..Request::FREE
            });
            self.services[this.service as usize].retries += 1;
            self.events
                .push(self.now + pause, Due::Retry { request: at });
            return;
        }
        self.answer(this, failure);
    }

    /// Whoever made a call goes on with its end.
    fn answer(&mut self, this: &Request, failure: Option<Cause>) {
        if this.parent == NONE {
            self.answer_outside(this, failure);
        } else {
            self.resume(this, failure);
        }
    }

    /// A connection is free for a call that waited for one. One whose caller no longer waits makes room for the next.
    fn connect(&mut self, request: u32) {
        let this = *self.requests.get(request);
        if this.abandoned {
            self.requests.release(request);
            let policy = self.plan.frame.policies[this.policy as usize];
            let (caller, epoch) = (this.caller, this.caller_epoch);
            let next = self
                .client(caller, epoch, this.class, policy.client)
                .and_then(|client| client.waiting.pop_front());
            if let Some(next) = next {
                self.connect(next);
            }
            return;
        }
        let policy = self.plan.frame.policies[this.policy as usize];
        if let Some(client) = self.client(this.caller, this.caller_epoch, this.class, policy.client)
        {
            client.in_use += 1;
        }
        let this = self.requests.get_mut(request);
        this.connected = true;
        this.stage = Stage::InTransit;
        self.send(request);
    }

    /// The pause before another try is over.
    pub(crate) fn retry(&mut self, request: u32) {
        let this = *self.requests.get(request);
        self.requests.release(request);
        let orphaned = this.parent != NONE && {
            let parent = self.requests.get(this.parent);
            parent.generation != this.parent_generation || parent.stage != Stage::Calling
        };
        if !orphaned {
            self.call(this, false);
        }
    }

    fn answer_outside(&mut self, this: &Request, failure: Option<Cause>) {
        let latency = self.now - this.started;
        let class = &mut self.classes[this.class as usize];
        if let Some(cause) = failure {
            class.meter.fail(cause);
        } else {
            class.meter.completed += 1;
            class.latencies.record(latency);
        }
        self.user_answered(this.class);
    }

    /// A caller gives up. Work in a pod goes on for nobody.
    pub(crate) fn timed_out(&mut self, request: u32) {
        let this = *self.requests.get(request);
        let cause = match this.stage {
            Stage::Vanished => this.failure.map_or(Cause::NodeLost, |(_, cause)| cause),
            Stage::Queued => Cause::NoConnection,
            _ => Cause::Timeout,
        };
        self.count_failure(request, cause);
        if this.stage == Stage::Vanished {
            self.requests.release(request);
        } else {
            self.requests.get_mut(request).abandoned = true;
        }
        self.end_call(&this, Some(cause));
    }
}
