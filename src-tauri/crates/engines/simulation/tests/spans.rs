//! Traces of sampled requests: whole, nested, and without effect on what is played.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeSet;

use common::{SECOND, shop, simulation};
use drydock_model::{Act, End, Fault, ServiceId};
use drydock_simulation::{Cause, MOST_TRACES};

#[test]
fn a_trace_a_second_with_every_call() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance(100 * SECOND);
    let traces: Vec<_> = simulation.traces().collect();
    assert!((98..=101).contains(&traces.len()), "{}", traces.len());
    let services = simulation.plan().services().to_vec();
    let mut calls = 0;
    for trace in traces
        .iter()
        .filter(|trace| trace.spans.len() == trace.begun as usize)
    {
        let root = trace.spans.iter().find(|span| span.id == 0).unwrap();
        assert_eq!(
            (root.parent, services[root.service as usize].name()),
            (None, "web")
        );
        let ids: BTreeSet<u32> = trace.spans.iter().map(|span| span.id).collect();
        assert_eq!(ids.len(), trace.spans.len());
        for span in &trace.spans {
            let (delivered, began) = (span.delivered_ns.unwrap(), span.began_ns.unwrap());
            assert!(span.start_ns <= delivered && delivered <= began && began <= span.end_ns);
            assert!(span.pod.is_some() && span.failure.is_none());
            if let Some(parent) = span.parent {
                let parent = trace.spans.iter().find(|other| other.id == parent).unwrap();
                assert!(parent.start_ns < span.start_ns && span.end_ns < parent.end_ns);
                calls += 1;
            }
        }
    }
    // 1.5 calls of cart on average, each with one of store.
    assert!((200..=400).contains(&calls), "{calls}");
}

#[test]
fn failures_say_why() {
    let mut simulation = simulation(&shop(), 1);
    let of = |name: &str| End::Service {
        service: ServiceId::new("shop", name),
    };
    let fault = Fault::NetworkPartition {
        between: of("cart"),
        and: of("store"),
    };
    simulation
        .act(&Act::Inject {
            name: "cut".to_owned(),
            fault,
        })
        .unwrap();
    simulation.advance(20 * SECOND);
    let spans: Vec<_> = simulation.traces().flat_map(|trace| &trace.spans).collect();
    assert!(
        spans
            .iter()
            .any(|span| span.failure == Some(Cause::Partitioned))
    );
}

#[test]
fn old_traces_are_forgotten() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance((MOST_TRACES as u64 + 200) * SECOND);
    let numbers: Vec<u64> = simulation.traces().map(|trace| trace.number).collect();
    assert_eq!(numbers.len(), MOST_TRACES);
    assert!(numbers[0] > 100 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
}
