//! What a fruitless look depended on, so that the same look is not taken again. After
//! `ConsolidationState` of `state/cluster.go`.

use super::candidates::Candidate;
use super::decision::Method;
use super::memory::Memory;
use super::seen::Seen;
use crate::nodes::{NodeRef, PodRef};

/// A cluster in which some methods found nothing to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settled {
    print: Fingerprint,
    since_ns: u64,
    methods: Vec<Method>,
}

/// Whatever a method looks at besides the time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fingerprint {
    nodes: Vec<NodePrint>,
    candidates: Vec<(NodeRef, bool)>,
    pending: Vec<PodRef>,
    budgets: Vec<i32>,
}

#[derive(Debug, Clone, PartialEq)]
struct NodePrint {
    id: Option<NodeRef>,
    up: bool,
    ready: bool,
    leaving: bool,
    pods: Vec<PodRef>,
}

impl Fingerprint {
    pub fn of(seen: &Seen<'_>, memory: &Memory, candidates: &[Candidate<'_>]) -> Self {
        let nodes = seen.nodes.iter().map(|node| NodePrint {
            id: node.id,
            up: node.is_up(),
            ready: node.ready,
            leaving: memory.is_leaving(node),
            pods: node.pods.clone(),
        });
        let candidates = candidates.iter().map(|candidate| {
            let from = candidate.consolidatable_from(seen);
            (candidate.id, from.is_some_and(|from| from <= seen.now_ns))
        });
        Self {
            nodes: nodes.collect(),
            candidates: candidates.collect(),
            pending: seen.pending.to_vec(),
            budgets: seen
                .budgets
                .iter()
                .map(|budget| budget.disruptions_allowed)
                .collect(),
        }
    }
}

impl Memory {
    /// Forgets what was found fruitless in another cluster, or too long ago.
    pub(super) fn settle_down(&mut self, print: Fingerprint, now_ns: u64, lasts_ns: u64) {
        let holds = self
            .settled
            .as_ref()
            .is_some_and(|known| known.print == print && known.since_ns + lasts_ns > now_ns);
        if !holds {
            self.settled = Some(Settled {
                print,
                since_ns: now_ns,
                methods: Vec::new(),
            });
        }
    }

    pub(super) fn is_fruitless(&self, method: Method) -> bool {
        let settled = self.settled.as_ref();
        settled.is_some_and(|settled| settled.methods.contains(&method))
    }

    pub(super) fn note_fruitless(&mut self, method: Method) {
        if let Some(settled) = &mut self.settled {
            settled.methods.push(method);
        }
    }
}
