//! DefaultPreemption: which pods of lower priority would have to go, and from which node.
//!
//! Source: `plugins/defaultpreemption/default_preemption.go` and `framework/preemption/preemption.go`. Nothing is
//! evicted here: the answer names candidates, the best of them and the victims.

use std::sync::Arc;

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::explain::fit_error;
use crate::outlook::Outlook;
use crate::plugins::{Code, Plugin};
use crate::shape::Shape;
use crate::trial::Trial;

const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A node that takes the pod once its victims are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: NodeId,
    /// Pods that have to go, the most important first.
    pub victims: Vec<PodKey>,
    /// How many of them a disruption budget protects.
    pub budget_violations: u32,
}

/// What preemption comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preemption {
    /// Every node where eviction helps, in name order.
    pub candidates: Vec<Candidate>,
    /// Candidates that the criteria leave as equals, in name order.
    pub best: Vec<NodeId>,
    /// The first of them; none where preemption does not help.
    pub nominated: Option<NodeId>,
    /// Why not, in kube-scheduler's words; empty where a node is nominated.
    pub message: String,
}

impl Preemption {
    fn refused(message: String) -> Self {
        Self {
            candidates: Vec::new(),
            best: Vec::new(),
            nominated: None,
            message,
        }
    }

    /// The victims on the nominated node.
    pub fn victims(&self) -> &[PodKey] {
        self.candidates
            .iter()
            .find(|candidate| Some(candidate.node) == self.nominated)
            .map_or(&[], |candidate| &candidate.victims)
    }
}

/// Where candidates are looked for.
pub(crate) enum Search<'a> {
    /// On every node.
    All,
    /// In this order from an offset among the nodes that may help, until there are enough.
    Some {
        order: &'a [u32],
        offset: &'a mut dyn FnMut(usize) -> usize,
    },
}

/// A pod that may have to go.
struct Victim {
    key: PodKey,
    shape: Arc<Shape>,
    name: Option<Arc<str>>,
    started: i64,
}

impl Victim {
    /// Sorts the most important first: higher priority, then longer running.
    fn rank(&self) -> (std::cmp::Reverse<i32>, i64) {
        (std::cmp::Reverse(self.shape.priority), self.started)
    }
}

impl Cluster {
    /// What eviction would do for a pod that no node takes now. Nothing is changed.
    pub fn preempt(&self, pod: Option<PodKey>, shape: ShapeId) -> Preemption {
        self.preempt_among(pod, shape, Search::All)
    }

    pub(crate) fn preempt_among(
        &self,
        pod: Option<PodKey>,
        shape: ShapeId,
        search: Search<'_>,
    ) -> Preemption {
        let shape = self.shape(shape);
        if !shape.preempts {
            return Preemption::refused("not eligible due to preemptionPolicy=Never.".to_owned());
        }
        if !self.profile.filters(Plugin::DefaultPreemption) || !shape.gates.is_empty() {
            return Preemption::refused(String::new());
        }
        let outlook = Outlook::new(self, shape);
        let evictable = |slot: &u32| {
            self.verdict(pod, &outlook, *slot as usize)
                .is_some_and(|rejection| rejection.code() == Code::Unschedulable)
        };
        let (slots, wanted) = match search {
            Search::All => (self.order.iter().copied().filter(evictable).collect(), None),
            Search::Some { order, offset } => {
                let mut slots: Vec<_> = order.iter().copied().filter(evictable).collect();
                if !slots.is_empty() {
                    let start = offset(slots.len());
                    slots.rotate_left(start);
                }
                let wanted = self.candidates_wanted(slots.len());
                (slots, Some(wanted))
            }
        };
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut refusals = vec![vec![NOT_HELPFUL.to_owned()]; self.order.len() - slots.len()];
        for slot in slots {
            let harmless = candidates.iter().any(|found| found.budget_violations == 0);
            if harmless && wanted.is_some_and(|wanted| candidates.len() >= wanted) {
                break;
            }
            match self.victims_on(pod, &outlook, slot as usize) {
                Ok(candidate) => candidates.push(candidate),
                Err(reasons) => refusals.push(reasons),
            }
        }
        candidates.sort_by_key(|candidate| self.rank[candidate.node.index()]);
        let best = self.best_candidates(&candidates);
        let message = if candidates.is_empty() {
            let reasons = refusals.iter().flatten().map(String::as_str);
            fit_error(self.order.len(), reasons)
        } else {
            String::new()
        };
        Preemption {
            nominated: best.first().copied(),
            best,
            candidates,
            message,
        }
    }

    /// `calculateNumCandidates`.
    fn candidates_wanted(&self, nodes: usize) -> usize {
        let percentage = self.profile.min_candidate_nodes_percentage.max(0) as usize;
        let absolute = self.profile.min_candidate_nodes_absolute.max(0) as usize;
        (nodes * percentage / 100).max(absolute).min(nodes)
    }

    /// The fewest pods that have to go from one node, or why that does not help: `SelectVictimsOnNode`.
    fn victims_on(
        &self,
        pod: Option<PodKey>,
        outlook: &Outlook<'_>,
        slot: usize,
    ) -> Result<Candidate, Vec<String>> {
        let mut potential: Vec<_> = self.pods_on[slot]
            .iter()
            .filter_map(|&key| {
                let bound = self.bound.get(&key)?;
                let shape = Arc::clone(&self.shapes[bound.shape.0 as usize]);
                (shape.priority < outlook.shape.priority).then(|| Victim {
                    key,
                    shape,
                    name: bound.facts.name.clone(),
                    started: bound.facts.started.unwrap_or(i64::MAX),
                })
            })
            .collect();
        if potential.is_empty() {
            return Err(vec![NO_VICTIMS.to_owned()]);
        }
        let mut trial = Trial::new(outlook, slot);
        for victim in &potential {
            trial.remove(outlook, victim.key, &victim.shape);
        }
        self.passes(pod, outlook, slot, &trial)?;

        potential.sort_by_key(Victim::rank);
        let pods: Vec<_> = potential
            .iter()
            .map(|victim| (victim.shape.label_set, victim.name.clone()))
            .collect();
        let breaks = self.breaks_budget(&pods);
        let (mut victims, mut budget_violations) = (Vec::new(), 0);
        // Pods that a budget protects are spared first.
        for protected in [true, false] {
            for (victim, _) in potential
                .iter()
                .zip(&breaks)
                .filter(|&(_, &breaks)| breaks == protected)
            {
                trial.restore(outlook, victim.key, &victim.shape);
                if self.passes(pod, outlook, slot, &trial).is_err() {
                    trial.remove(outlook, victim.key, &victim.shape);
                    victims.push(victim);
                    budget_violations += u32::from(protected);
                }
            }
        }
        if victims.is_empty() {
            return Err(Vec::new());
        }
        victims.sort_by_key(|victim| victim.rank());
        Ok(Candidate {
            node: NodeId(slot as u32),
            victims: victims.into_iter().map(|victim| victim.key).collect(),
            budget_violations,
        })
    }

    /// Whether a node takes the pod after a trial, with and without the pods nominated for it.
    fn passes(
        &self,
        pod: Option<PodKey>,
        outlook: &Outlook<'_>,
        slot: usize,
        trial: &Trial,
    ) -> Result<(), Vec<String>> {
        let mut crowded = trial.clone();
        let nominated = self.add_nominated(pod, outlook, slot, &mut crowded);
        let trials = [Some(&crowded).filter(|_| nominated), Some(trial)];
        for trial in trials.into_iter().flatten() {
            if let Some(rejection) = outlook.rejection(slot, Some(trial)) {
                return Err(match rejection {
                    crate::outlook::Rejection::Resources(_) => {
                        self.shortages(outlook, slot, Some(trial))
                    }
                    other => self.reasons(pod, outlook, slot, other),
                });
            }
        }
        Ok(())
    }

    /// `pickOneNodeForPreemption`: each criterion keeps the best of those the one before left.
    fn best_candidates(&self, candidates: &[Candidate]) -> Vec<NodeId> {
        let priority = |key: PodKey| {
            self.bound.get(&key).map_or(0, |bound| {
                i64::from(self.shapes[bound.shape.0 as usize].priority)
            })
        };
        let started = |key: PodKey| {
            self.bound
                .get(&key)
                .and_then(|bound| bound.facts.started)
                .unwrap_or(i64::MAX)
        };
        let top = |candidate: &Candidate| candidate.victims.first().map_or(0, |&key| priority(key));
        let criteria: [&dyn Fn(&Candidate) -> i64; 5] = [
            &|candidate| -i64::from(candidate.budget_violations),
            &|candidate| -top(candidate),
            &|candidate| {
                // Each victim counts, also one of negative priority.
                -candidate
                    .victims
                    .iter()
                    .map(|&key| priority(key) + i64::from(i32::MAX) + 1)
                    .sum::<i64>()
            },
            &|candidate| -(candidate.victims.len() as i64),
            &|candidate| {
                let top = top(candidate);
                candidate
                    .victims
                    .iter()
                    .filter(|&&key| priority(key) == top)
                    .map(|&key| started(key))
                    .min()
                    .unwrap_or(i64::MAX)
            },
        ];
        let mut left: Vec<&Candidate> = candidates.iter().collect();
        for criterion in criteria {
            let best = left.iter().map(|candidate| criterion(candidate)).max();
            left.retain(|candidate| Some(criterion(candidate)) == best);
        }
        left.into_iter().map(|candidate| candidate.node).collect()
    }

    /// Nominates a pod for a node: until it is bound or withdrawn, pods of lower priority leave room for it there.
    /// Nominations of less important pods for the same node are withdrawn.
    pub fn nominate(&mut self, pod: PodKey, shape: ShapeId, node: NodeId) {
        let priority = self.shape(shape).priority;
        let shapes = &self.shapes;
        self.nominated.retain(|_, &mut (other, there)| {
            there != node || shapes[other.0 as usize].priority >= priority
        });
        self.nominated.insert(pod, (shape, node));
    }

    /// Withdraws a nomination.
    pub fn withdraw(&mut self, pod: PodKey) {
        self.nominated.remove(&pod);
    }

    /// The node a pod is nominated for.
    pub fn nomination_of(&self, pod: PodKey) -> Option<NodeId> {
        self.nominated.get(&pod).map(|&(_, node)| node)
    }
}
