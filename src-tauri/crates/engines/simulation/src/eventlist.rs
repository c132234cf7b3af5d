//! The event list: what is due, in order of time, then of the order in which it was put there.

use drydock_model::SimTime;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A request of a class arrives from outside.
    Arrival { class: u32, epoch: u32 },
    /// A user has thought.
    Think { class: u32 },
    /// Bursts of a class begin or end.
    Burst { class: u32 },
    /// A call reaches its pod.
    Deliver { request: u32 },
    /// A request has had its CPU time in a pod that nobody holds back.
    Done { request: u32, token: u32 },
    /// An answer reaches the caller.
    Reply { request: u32 },
    /// The pause before another try is over.
    Retry { request: u32 },
    /// The first caller of a timeout may have waited long enough.
    Deadline { lane: u32 },
    /// The next request of a pod may have had its CPU time, or its quota begins or ends.
    Wake { pod: u32, wake: u32 },
    /// A pod has started.
    Started { pod: u32, epoch: u32 },
    /// The back-off of a container is over.
    Restart { pod: u32, epoch: u32 },
    /// A pod leaves the endpoints.
    EndpointGone { pod: u32, epoch: u32 },
    /// A pod's termination grace ends.
    GraceOver { pod: u32, epoch: u32 },
    /// The lease of a database's primary runs out.
    Promote { service: u32, term: u32 },
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

impl Entry {
    fn before(&self, other: &Self) -> bool {
        (self.at, self.order) < (other.at, other.order)
    }
}

/// Children of a place in the heap: four, so that it is half as deep as with two and a parent's children lie together.
const CHILDREN: usize = 4;

/// A heap ordered by (time, order of entry).
#[derive(Clone, Debug, Default)]
pub(crate) struct EventList {
    heap: Vec<Entry>,
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
        let entry = Entry { at, order, due };
        let mut place = self.heap.len();
        self.heap.push(entry);
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[place] = self.heap[parent];
            place = parent;
        }
        self.heap[place] = entry;
    }

    /// What is due first, if that is until a time.
    pub fn pop_until(&mut self, until: SimTime) -> Option<(SimTime, Due)> {
        let first = *self.heap.first().filter(|entry| entry.at <= until)?;
        let last = self.heap.pop()?;
        if self.heap.is_empty() {
            return Some((first.at, first.due));
        }
        let mut place = 0;
        loop {
            let children = place * CHILDREN + 1;
            let end = (children + CHILDREN).min(self.heap.len());
            if children >= end {
                break;
            }
            let mut least = children;
            for child in children + 1..end {
                if self.heap[child].before(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].before(&last) {
                break;
            }
            self.heap[place] = self.heap[least];
            place = least;
        }
        self.heap[place] = last;
        Some((first.at, first.due))
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain(list: &mut EventList) -> Vec<(SimTime, Due)> {
        std::iter::from_fn(|| list.pop_until(SimTime::MAX)).collect()
    }

    #[test]
    fn by_time_then_by_entry() {
        let mut list = EventList::default();
        for (at, class) in [(5, 0), (3, 1), (5, 2), (3, 3)] {
            list.push(at, Due::Think { class });
        }
        assert_eq!(list.pop_until(2), None);
        let expect = [(3, 1), (3, 3), (5, 0), (5, 2)];
        let expect = expect.map(|(at, class)| (at, Due::Think { class }));
        assert_eq!(drain(&mut list), expect);
    }

    proptest! {
        #[test]
        fn as_a_stable_sort(times in prop::collection::vec(0u64..50, 0..300), popped in 0usize..40) {
            let mut list = EventList::default();
            let mut expect: Vec<(u64, u32)> = Vec::new();
            for (class, at) in times.iter().enumerate() {
                list.push(*at, Due::Think { class: class as u32 });
                expect.push((*at, class as u32));
                if class == popped {
                    expect.sort_by_key(|(at, _)| *at);
                    let (at, class) = expect.remove(0);
                    prop_assert_eq!(list.pop_until(u64::MAX), Some((at, Due::Think { class })));
                }
            }
            expect.sort_by_key(|(at, _)| *at);
            let got: Vec<(u64, u32)> = drain(&mut list).into_iter().map(|(at, due)| match due {
                Due::Think { class } => (at, class),
                _ => unreachable!(),
            }).collect();
            prop_assert_eq!(got, expect);
        }
    }
}
