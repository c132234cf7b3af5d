//! Spans of a sample of requests: of each class the first request of every second, with every call made for it.
//!
//! The newest traces are kept, as many as [`MOST_TRACES`]; sampling draws no luck and changes nothing that is played.

use std::collections::VecDeque;

use drydock_model::{NANOS_PER_SECOND, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::request::{NONE, Request};
use crate::simulation::Simulation;
use crate::telemetry::Cause;

/// Traces that are kept.
pub const MOST_TRACES: usize = 1024;
/// Spans of one trace that are kept; a request that makes more calls is cut there.
const MOST_SPANS: usize = 512;

/// One try of one call, as its caller and its pod saw it. Times are nanoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Its number in the trace; that of the request from outside is 0.
    pub id: u32,
    /// The span whose request made this call; absent for the request from outside.
    pub parent: Option<u32>,
    /// The called service, by its index.
    pub service: u32,
    /// The pod it went to, `namespace/name`; absent where there was none.
    pub pod: Option<String>,
    /// Tries before this one.
    pub tries: u32,
    /// When the caller made it.
    pub start_ns: SimTime,
    /// When it reached its pod; absent where it did not.
    pub delivered_ns: Option<SimTime>,
    /// When its work began there; absent where it did not.
    pub began_ns: Option<SimTime>,
    /// When the caller knew its end.
    pub end_ns: SimTime,
    /// Why it failed; absent where it was answered.
    pub failure: Option<Cause>,
}

/// A request with the calls made for it, in the order in which they ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Counts from 0 over the run.
    pub number: u64,
    /// Its class, by its index.
    pub class: u32,
    /// Its spans.
    pub spans: Vec<Span>,
    /// Spans begun; more than `spans` where some are under way or were cut.
    pub begun: u32,
}

/// The newest traces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    kept: VecDeque<Trace>,
    /// Traces begun.
    begun: u64,
    /// By class, the second after the one that was sampled last.
    next_second: Vec<u64>,
}

impl Traces {
    /// Starts a trace for a request of a class that arrives now, if it is the first of its second; answers its number.
    pub fn sample(&mut self, class: u32, now: SimTime) -> u32 {
        let second = now / NANOS_PER_SECOND;
        if self.next_second.len() <= class as usize {
            self.next_second.resize(class as usize + 1, 0);
        }
        let next = &mut self.next_second[class as usize];
        if second < *next {
            return NONE;
        }
        *next = second + 1;
        let number = self.begun;
        self.begun += 1;
        if self.kept.len() == MOST_TRACES {
            self.kept.pop_front();
        }
        self.kept.push_back(Trace {
            number,
            class,
            spans: Vec::new(),
            begun: 0,
        });
        // Numbers wrap after four billion traces, long after their first namesakes are forgotten.
        (number as u32) & (NONE >> 1)
    }

    fn trace(&mut self, number: u32) -> Option<&mut Trace> {
        let first = self.kept.front()?.number as u32 & (NONE >> 1);
        let place = number.checked_sub(first)?;
        self.kept.get_mut(place as usize)
    }

    /// Number of a new span of a trace.
    pub fn begin(&mut self, trace: u32) -> u32 {
        self.trace(trace).map_or(0, |trace| {
            trace.begun += 1;
            trace.begun - 1
        })
    }

    pub fn kept(&self) -> impl Iterator<Item = &Trace> {
        self.kept.iter()
    }
}

impl Simulation {
    /// The newest traces, oldest first.
    pub fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.traces.kept()
    }

    /// Writes down the end of one try of a sampled request.
    #[cold]
    pub(crate) fn end_span(&mut self, this: &Request, failure: Option<Cause>) {
        let delivered = (this.delivered > 0).then_some(this.delivered);
        let began = (this.began > 0).then_some(this.began);
        let pod = match this.pod {
            NONE => None,
            pod if self.pods[pod as usize].epoch == this.pod_epoch => {
                Some(self.pods[pod as usize].name.clone())
            }
            _ => None,
        };
        let span = Span {
            id: this.span,
            parent: (this.parent_span != NONE).then_some(this.parent_span),
            service: this.service,
            pod,
            tries: this.tries,
            start_ns: this.tried,
            delivered_ns: delivered,
            began_ns: began,
            end_ns: self.now,
            failure,
        };
        if let Some(trace) = self.traces.trace(this.trace)
            && trace.spans.len() < MOST_SPANS
        {
            trace.spans.push(span);
        }
    }
}
