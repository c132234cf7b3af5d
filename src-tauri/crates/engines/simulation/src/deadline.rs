//! Patience of callers: one lane for each timeout there is. In a lane deadlines come in the order of their calls, so that
//! only the first of those still unanswered is in the event list.

use std::collections::VecDeque;

use drydock_model::SimTime;

use crate::eventlist::Due;
use crate::request::Stage;
use crate::simulation::Simulation;

/// A caller's patience with one request.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: SimTime,
    request: u32,
    generation: u32,
}

/// Deadlines of equal length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    deadlines: VecDeque<Deadline>,
    /// The event for the first of them is in the list.
    armed: bool,
}

impl Lane {
    pub fn len(&self) -> usize {
        self.deadlines.len()
    }
}

impl Simulation {
    /// From now on the caller of a request waits as long as its lane says.
    pub(crate) fn start_patience(&mut self, request: u32, generation: u32, lane: u32) {
        let at = self.now + self.plan.values.timeouts[lane as usize];
        let this = &mut self.lanes[lane as usize];
        this.deadlines.push_back(Deadline {
            at,
            request,
            generation,
        });
        if !this.armed {
            this.armed = true;
            self.events.push(at, Due::Deadline { lane });
        }
    }

    pub(crate) fn deadline(&mut self, lane: u32) {
        while let Some(&first) = self.lanes[lane as usize].deadlines.front() {
            let awaited = self.awaits(first);
            if awaited && first.at > self.now {
                self.events.push(first.at, Due::Deadline { lane });
                return;
            }
            self.lanes[lane as usize].deadlines.pop_front();
            if awaited {
                self.timed_out(first.request);
            }
        }
        self.lanes[lane as usize].armed = false;
    }

    /// Whether a caller still waits for the answer that a deadline is for.
    fn awaits(&self, deadline: Deadline) -> bool {
        let this = self.requests.get(deadline.request);
        this.generation == deadline.generation
            && !this.abandoned
            && !matches!(this.stage, Stage::Free | Stage::Pausing)
    }
}
