//! Requests under way, in a slab: dense, slots used again, each use with a generation of its own.

use drydock_model::SimTime;

use crate::telemetry::Cause;

/// No index: no parent, no pod, no node.
pub(crate) const NONE: u32 = u32::MAX;

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The slot is free.
    Free,
    /// Waits for a connection of its caller.
    Queued,
    /// Waits to be tried again.
    Pausing,
    /// On the way to the pod.
    InTransit,
    /// Waits in the pod.
    Waiting,
    /// Computes in the pod.
    Working,
    /// Waits for calls that it made.
    Calling,
    /// The answer, good or bad, is on its way back.
    Replying,
    /// Sent to a node that does not answer, or there when it went down.
    Vanished,
}

/// One call of a service, from outside or from another request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub generation: u32,
    /// Grows with each start of work, so that the end of an earlier one finds out.
    pub token: u32,
    pub stage: Stage,
    /// The service has counted its end.
    pub counted: bool,
    /// The caller has given up.
    pub abandoned: bool,
    /// Goes to the primary of a database.
    pub writes: bool,
    /// It holds a connection of its caller.
    pub connected: bool,
    /// A cache was asked and had no value.
    pub missed: bool,
    /// Why it failed, as its service counts it and as its caller learns it.
    pub failure: Option<(Cause, Cause)>,
    /// Tries before this one.
    pub tries: u32,
    /// The caller's request, or [`NONE`] from outside.
    pub parent: u32,
    pub parent_generation: u32,
    /// The calling pod, for its clients, or [`NONE`].
    pub caller: u32,
    pub caller_epoch: u32,
    /// Which policy it is made by: that of a call, or of a class.
    pub policy: u32,
    pub class: u32,
    pub service: u32,
    pub pod: u32,
    pub pod_epoch: u32,
    pub node: u32,
    /// Place among the requests that compute in its pod.
    pub place: u32,
    /// Which of the service's stages of calls it is in, how many calls it waits for, and how many it makes after them.
    pub at_stage: u32,
    pub outstanding: u32,
    pub calls_left: u32,
    /// Caches that had no value for it, one bit each.
    pub misses: u32,
    /// Key it asks a cache for.
    pub key: u32,
    /// The trace that it is part of, or [`NONE`]; its span there, and that of whoever made it.
    pub trace: u32,
    pub span: u32,
    pub parent_span: u32,
    /// When its caller first tried.
    pub started: SimTime,
    /// When this try was made, and when its work began; kept for traces.
    pub tried: SimTime,
    pub began: SimTime,
    pub delivered: SimTime,
    /// When its work ends where nobody holds it back.
    pub ends: SimTime,
    /// Time at the pod, once it is answered.
    pub served: SimTime,
    /// Network time one way.
    pub one_way: SimTime,
}

impl Request {
    pub const FREE: Self = Self {
        generation: 0,
        token: 0,
        stage: Stage::Free,
        counted: false,
        abandoned: false,
        writes: false,
        connected: false,
        missed: false,
        failure: None,
        tries: 0,
        parent: NONE,
        parent_generation: 0,
        caller: NONE,
        caller_epoch: 0,
        policy: 0,
        class: NONE,
        service: NONE,
        pod: NONE,
        pod_epoch: 0,
        node: NONE,
        place: 0,
        at_stage: 0,
        outstanding: 0,
        calls_left: 0,
        misses: 0,
        key: 0,
        trace: NONE,
        span: 0,
        parent_span: NONE,
        started: 0,
        tried: 0,
        began: 0,
        delivered: 0,
        ends: 0,
        served: 0,
        one_way: 0,
    };
}

/// All requests under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    slots: Vec<Request>,
    free: Vec<u32>,
}

impl Requests {
    /// Puts a request into a slot; its generation differs from all earlier ones of the slot.
    pub fn take(&mut self, request: Request) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Request::FREE);
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[at as usize];
        let (generation, token) = (slot.generation.wrapping_add(1), slot.token);
        *slot = Request {
            generation,
            token,
            ..request
        };
        at
    }

    pub fn release(&mut self, at: u32) {
        let slot = &mut self.slots[at as usize];
        slot.stage = Stage::Free;
        slot.token = slot.token.wrapping_add(1);
        self.free.push(at);
    }

    pub fn get(&self, at: u32) -> &Request {
        &self.slots[at as usize]
    }

    pub fn get_mut(&mut self, at: u32) -> &mut Request {
        &mut self.slots[at as usize]
    }

    /// Slots in use, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Request)> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, request)| request.stage != Stage::Free)
            .map(|(at, request)| (at as u32, request))
    }

    pub fn in_use(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Slots ever needed at one time.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }
}
