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
    /// On the way to the pod.
    InTransit,
    /// Waits in the pod.
    Waiting,
    /// Computes in the pod.
    Working,
    /// Waits for a call that it made.
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
    pub stage: Stage,
    /// The caller's request, or [`NONE`] from outside.
    pub parent: u32,
    pub parent_generation: u32,
    pub class: u32,
    pub service: u32,
    pub pod: u32,
    pub pod_epoch: u32,
    pub node: u32,
    /// Which of the service's calls it makes, and how many of these are left.
    pub call: u32,
    pub calls_left: u32,
    pub issued: SimTime,
    pub delivered: SimTime,
    /// Time at the pod, once it is answered.
    pub served: SimTime,
    /// Network time one way.
    pub one_way: SimTime,
    /// Why it failed, as its service counts it and as its caller learns it.
    pub failure: Option<(Cause, Cause)>,
    /// The service has counted its end.
    pub counted: bool,
    /// The caller has given up.
    pub abandoned: bool,
}

impl Request {
    const FREE: Self = Self {
        generation: 0,
        stage: Stage::Free,
        parent: NONE,
        parent_generation: 0,
        class: NONE,
        service: NONE,
        pod: NONE,
        pod_epoch: 0,
        node: NONE,
        call: 0,
        calls_left: 0,
        issued: 0,
        delivered: 0,
        served: 0,
        one_way: 0,
        failure: None,
        counted: false,
        abandoned: false,
    };
}

/// All requests under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    slots: Vec<Request>,
    free: Vec<u32>,
}

impl Requests {
    /// A slot in transit; its generation differs from all earlier ones of the slot.
    pub fn take(&mut self) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Request::FREE);
            (self.slots.len() - 1) as u32
        });
        let generation = self.slots[at as usize].generation.wrapping_add(1);
        self.slots[at as usize] = Request {
            generation,
            stage: Stage::InTransit,
            ..Request::FREE
        };
        at
    }

    pub fn release(&mut self, at: u32) {
        self.slots[at as usize].stage = Stage::Free;
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
