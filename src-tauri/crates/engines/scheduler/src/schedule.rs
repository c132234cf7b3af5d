//! Pods placed jointly: in queue order, each seeing what those before it took, with eviction where it helps. Every
//! decision is recorded so that it can be explained later as it was taken.

use std::collections::{BTreeMap, BinaryHeap};

use crate::bind::{Bound, PodFacts};
use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::decide::Decision;
use crate::explain::Explanation;
use crate::preempt::Preemption;
use crate::queue::{QueueKey, QueuedPod};
use crate::rejections::Rejections;

/// A pod that waits for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its place in the queue.
    pub queued: QueuedPod,
    /// What it asks for.
    pub shape: ShapeId,
}

/// What becomes of pods that are evicted for more important ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Evicted {
    /// Their controllers make them anew: they queue again, as the youngest of their priority.
    #[default]
    Return,
    /// They are gone.
    Vanish,
}

/// What became of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has a node.
    Placed {
        /// The node.
        node: NodeId,
        /// The node's total score.
        score: i64,
        /// Nodes that share it.
        ties: u32,
        /// Nodes that passed every filter.
        feasible: u32,
    },
    /// It waits for its scheduling gates.
    Gated,
    /// No node takes it, and no eviction helps.
    Pending(Box<Rejections>),
}

/// A decision as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The pod.
    pub pod: PodKey,
    /// What it asks for.
    pub shape: ShapeId,
    /// What became of it.
    pub outcome: Outcome,
    /// Pods that were evicted for it.
    pub victims: Vec<PodKey>,
}

/// One change of the cluster, kept so that it can be taken back.
#[derive(Debug, Clone)]
enum Step {
    Bound(PodKey),
    Evicted(PodKey, Bound),
}

/// Decisions in the order in which they were taken. A pod that was evicted and came back has several.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    decisions: Vec<Recorded>,
    /// By decision, how many steps had been taken before it.
    before: Vec<usize>,
    steps: Vec<Step>,
}

impl Schedule {
    /// The decisions, in order.
    pub fn decisions(&self) -> &[Recorded] {
        &self.decisions
    }

    /// What became of each pod in the end.
    pub fn last(&self) -> BTreeMap<PodKey, &Recorded> {
        self.decisions
            .iter()
            .map(|recorded| (recorded.pod, recorded))
            .collect()
    }

    /// The cluster as it was when decision `at` was taken. `cluster` is the cluster after the whole schedule.
    pub fn rewind(&self, cluster: &Cluster, at: usize) -> Cluster {
        let mut cluster = cluster.clone();
        for step in self.steps[self.before[at]..].iter().rev() {
            match step {
                Step::Bound(pod) => {
                    cluster.unbind(*pod);
                }
                Step::Evicted(pod, bound) => {
                    cluster.bind_with(*pod, bound.shape, bound.node, bound.facts.clone());
                }
            }
        }
        cluster
    }

    /// Explains decision `at` from the cluster after the whole schedule, and what eviction came to where it was tried.
    pub fn explain(&self, cluster: &Cluster, at: usize) -> (Explanation, Option<Preemption>) {
        let recorded = &self.decisions[at];
        let then = self.rewind(cluster, at);
        let explanation = then.explain_pod(Some(recorded.pod), recorded.shape);
        let preemption = (explanation.chosen.is_none() && recorded.outcome != Outcome::Gated)
            .then(|| then.preempt(Some(recorded.pod), recorded.shape));
        (explanation, preemption)
    }
}

impl Cluster {
    /// Places pods in queue order. Pods that stay pending are tried once: what is placed after them only takes room away,
    /// and what is evicted makes room for a more important pod.
    pub fn schedule(&mut self, arrivals: Vec<Arrival>, evicted: Evicted) -> Schedule {
        let mut schedule = Schedule::default();
        let mut known: BTreeMap<PodKey, Arrival> = BTreeMap::new();
        let mut heap: BinaryHeap<(QueueKey, PodKey)> = BinaryHeap::new();
        for arrival in arrivals {
            heap.push((arrival.queued.key(), arrival.queued.key));
            known.insert(arrival.queued.key, arrival);
        }
        while let Some((_, pod)) = heap.pop() {
            let Some(shape) = known.get(&pod).map(|arrival| arrival.shape) else {
                continue;
            };
            let victims = self.place(pod, shape, &mut schedule);
            if evicted == Evicted::Vanish {
                continue;
            }
            for (victim, bound) in victims {
                let priority = self.shape(bound.shape).priority();
                let name = known.get(&victim).map_or_else(
                    || bound.facts.name.as_deref().unwrap_or_default().to_owned(),
                    |arrival| arrival.queued.name.clone(),
                );
                let queued = QueuedPod {
                    key: victim,
                    priority,
                    created: None,
                    name,
                };
                heap.push((queued.key(), victim));
                let shape = bound.shape;
                known.insert(victim, Arrival { queued, shape });
            }
        }
        schedule
    }

    /// Decides on one pod, binds it, and records it. Answers the pods that were evicted for it.
    fn place(
        &mut self,
        pod: PodKey,
        shape: ShapeId,
        schedule: &mut Schedule,
    ) -> Vec<(PodKey, Bound)> {
        schedule.before.push(schedule.steps.len());
        let mut decision = self.decide_pod(Some(pod), shape);
        let mut victims = Vec::new();
        let gated = !self.shape(shape).gates().is_empty();
        if matches!(decision, Decision::Unschedulable(_)) && !gated && self.may_preempt(shape) {
            let preemption = self.preempt(Some(pod), shape);
            if let Some(node) = preemption.nominated {
                for &victim in preemption.victims() {
                    if let Some(bound) = self.bound.get(&victim).cloned() {
                        self.unbind(victim);
                        schedule.steps.push(Step::Evicted(victim, bound.clone()));
                        victims.push((victim, bound));
                    }
                }
                self.nominate(pod, shape, node);
                decision = self.decide_pod(Some(pod), shape);
                self.withdraw(pod);
            }
        }
        let outcome = match decision {
            Decision::Placed {
                node,
                score,
                ties,
                feasible,
            } => {
                // Later bindings of the same schedule count as younger.
                let facts = PodFacts {
                    started: Some(i64::MAX / 2 + schedule.decisions.len() as i64),
                    ..PodFacts::default()
                };
                self.bind_with(pod, shape, node, facts);
                schedule.steps.push(Step::Bound(pod));
                Outcome::Placed {
                    node,
                    score,
                    ties,
                    feasible,
                }
            }
            Decision::Unschedulable(_) if gated => Outcome::Gated,
            Decision::Unschedulable(rejections) => Outcome::Pending(Box::new(rejections)),
        };
        schedule.decisions.push(Recorded {
            pod,
            shape,
            outcome,
            victims: victims.iter().map(|&(victim, _)| victim).collect(),
        });
        victims
    }

    /// Whether any bound pod is less important, so that eviction is worth a try.
    pub fn may_preempt(&self, shape: ShapeId) -> bool {
        let priority = self.shape(shape).priority();
        self.priorities
            .first_key_value()
            .is_some_and(|(&lowest, _)| lowest < priority)
    }
}
