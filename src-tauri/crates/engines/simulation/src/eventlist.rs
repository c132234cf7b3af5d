//! The event list: what is due, in order of time, then of the order in which it was put there.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use drydock_model::SimTime;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A request of a class arrives from outside.
    Arrival { class: u32 },
    /// A call reaches its pod.
    Deliver { request: u32 },
    /// An answer reaches the caller.
    Reply { request: u32 },
    /// The next request of a pod may have had its CPU time.
    Wake { pod: u32, wake: u32 },
    /// A pod has started.
    Started { pod: u32, epoch: u32 },
    /// A pod leaves the endpoints.
    EndpointGone { pod: u32, epoch: u32 },
    /// A pod's termination grace ends.
    GraceOver { pod: u32, epoch: u32 },
    /// The cluster notices that a node does not answer.
    NodeLost { node: u32, epoch: u32 },
    /// Pods of a lost node are evicted that wait no longer.
    Evict { node: u32, epoch: u32 },
    /// The autoscalers look.
    Autoscale,
    /// An interval of telemetry ends.
    Interval,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    at: SimTime,
    order: u64,
    due: Due,
}

impl Ord for Entry {
    /// The earliest is the greatest, since the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A binary heap ordered by (time, order of entry).
#[derive(Clone, Debug, Default)]
pub(crate) struct EventList {
    heap: BinaryHeap<Entry>,
    entered: u64,
}

impl EventList {
    /// The next number in the order of entry.
    pub fn number(&mut self) -> u64 {
        self.entered += 1;
        self.entered
    }

    pub fn push(&mut self, at: SimTime, due: Due) {
        let order = self.number();
        self.heap.push(Entry { at, order, due });
    }

    /// Time and order of what is due first.
    pub fn first(&self) -> Option<(SimTime, u64)> {
        self.heap.peek().map(|entry| (entry.at, entry.order))
    }

    pub fn pop(&mut self) -> Option<(SimTime, Due)> {
        self.heap.pop().map(|entry| (entry.at, entry.due))
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_time_then_by_entry() {
        let mut list = EventList::default();
        for (at, class) in [(5, 0), (3, 1), (5, 2), (3, 3)] {
            list.push(at, Due::Arrival { class });
        }
        let order: Vec<_> = std::iter::from_fn(|| list.pop()).collect();
        let expect = [(3, 1), (3, 3), (5, 0), (5, 2)];
        assert_eq!(
            order,
            expect.map(|(at, class)| (at, Due::Arrival { class }))
        );
    }
}
