//! Marks on the time axis, read off the events of a simulation.

use drydock_simulation::{Event, EventKind};

use super::{Mark, MarkKind, Nanos};

/// Most marks of an answer: the newest.
const MOST: usize = 500;

/// The marks of events, oldest first: at most the newest 500. Pods that are placed, become ready or end as part of
/// ordinary scaling are left out; what a fault does to pods is not.
pub fn marks_of(events: &[Event]) -> Vec<Mark> {
    let worth = |event: &&Event| {
        !matches!(
            event.kind,
            EventKind::Schedule | EventKind::Ready | EventKind::Terminate
        )
    };
    let mut marks: Vec<Mark> = events
        .iter()
        .rev()
        .filter(worth)
        .take(MOST)
        .map(mark)
        .collect();
    marks.reverse();
    marks
}

fn mark(event: &Event) -> Mark {
    Mark {
        at_ns: Nanos(event.at_ns),
        kind: match event.kind {
            EventKind::Kill | EventKind::Fault | EventKind::Exit | EventKind::OomKill => {
                MarkKind::Kill
            }
            EventKind::Heal => MarkKind::Heal,
            EventKind::Scale => MarkKind::Scale,
            EventKind::Schedule => MarkKind::Schedule,
            EventKind::Unschedulable => MarkKind::Unschedulable,
            EventKind::Evict => MarkKind::Evict,
            EventKind::NodeLost => MarkKind::NodeLost,
            EventKind::Ready => MarkKind::Ready,
            EventKind::Terminate | EventKind::Promote | EventKind::BreakerOpen => MarkKind::Info,
        },
        subject: event.subject.clone(),
        label: format!("{}: {}", event.subject, event.message),
    }
}
