//! One pod's decision with every why: the nodes asked for, counts over all of them, eviction, and what would make it fit.

use std::collections::BTreeMap;

use drydock_model::WorkloadKind;
use drydock_scheduler::{
    Cluster, Explanation, NodeVerdict, Outcome, Plugin, PodKey, Preemption, Verdict,
};
use k8s_openapi::api::core::v1::Pod;

use super::placement;
use super::settled::Settled;
use super::{
    Decided, ExplainInput, PodExplanation, PreemptionCandidate, PreemptionReport, ReasonCount,
    Victim,
};
use crate::session::look::{Sight, look};
use crate::shapes::Basis;
use crate::{Error, Lab};

/// Nodes answered where nobody says, and at most.
const NODES: (u32, u32) = (200, 20_000);
/// Candidates for eviction that are listed, at most.
const CANDIDATES: usize = 20;

/// What is wanted of the nodes.
pub(super) struct Wanted {
    limit: usize,
    offset: usize,
    search: Option<String>,
    feasible: Option<bool>,
    plugin: Option<Plugin>,
}

impl Wanted {
    /// Reads and checks the part of an input that says so.
    pub fn of(input: &ExplainInput) -> Result<Self, Error> {
        let limit = input.limit.unwrap_or(NODES.0);
        if !(1..=NODES.1).contains(&limit) {
            return Err(Error::bad_input(
                "limit",
                format!("{limit} is out of range: write 1 to {}", NODES.1),
            ));
        }
        let plugin = input.plugin.as_deref().map(|name| {
            Plugin::named(name).ok_or_else(|| {
                let known: Vec<_> = Plugin::ALL.iter().map(|plugin| plugin.name()).collect();
                let message = format!("{name:?} is no plugin: write one of {}", known.join(", "));
                Error::bad_input("plugin", message)
            })
        });
        Ok(Self {
            limit: limit as usize,
            offset: input.offset.unwrap_or(0) as usize,
            search: input.search.clone().filter(|text| !text.is_empty()),
            feasible: input.feasible,
            plugin: plugin.transpose()?,
        })
    }

    fn wants(&self, node: &NodeVerdict) -> bool {
        let by_verdict = match &node.verdict {
            Verdict::Feasible { .. } => self.feasible != Some(false) && self.plugin.is_none(),
            Verdict::Rejected { plugin, .. } => {
                self.feasible != Some(true) && self.plugin.is_none_or(|wanted| wanted == *plugin)
            }
        };
        by_verdict
            && self
                .search
                .as_deref()
                .is_none_or(|text| node.node.contains(text))
    }
}

/// A decision, before it is cut to what was asked for.
struct Told {
    basis: Basis,
    pod: String,
    service: String,
    priority: Option<i32>,
    placed: Option<String>,
    decided: Decided,
    explanation: Explanation,
    preemption: Option<PreemptionReport>,
    remedies: Vec<drydock_scheduler::Remedy>,
}

/// In the session or a run.
pub(super) fn in_session(lab: &Lab, input: &ExplainInput) -> Result<PodExplanation, Error> {
    let wanted = Wanted::of(input)?;
    let sight = Sight::of(input.run.as_deref(), input.at_ns);
    let (mut told, pinned) = look(lab, sight, |look| {
        let pod = placement::named(look, &input.pod)?;
        let service = placement::owner(look, &pod);
        let workload = look
            .inventory
            .workloads
            .iter()
            .find(|workload| workload.id.as_str() == service);
        let pinned = workload.is_some_and(|workload| workload.kind == WorkloadKind::DaemonSet);
        let mut told = Told {
            basis: look.basis.clone(),
            service,
            priority: None,
            placed: look
                .state
                .nodes
                .iter()
                .find(|node| node.pods.contains(&pod))
                .map(|node| node.name.clone()),
            decided: Decided::Now,
            explanation: nothing(),
            preemption: None,
            remedies: Vec::new(),
            pod,
        };
        // A daemon's pod is pinned to its node by its controller; only the simulation has that shape.
        if !pinned {
            let mut scene = placement::cluster(look, Some(&told.pod))?;
            let object = scene.object(look, &told.pod)?;
            let shape = scene.cluster.intern(&object).map_err(placement::refused)?;
            told.priority = Some(scene.cluster.shape(shape).priority());
            told.explanation = scene.cluster.explain(shape);
            let gated = !scene.cluster.shape(shape).gates().is_empty();
            if told.explanation.chosen.is_none() {
                if !gated {
                    let preemption = scene.cluster.preempt(None, shape);
                    told.preemption = Some(evictions(&scene.cluster, &preemption, |key| {
                        scene.victim(key)
                    }));
                }
                told.remedies = remedies(&scene.cluster, &object)?;
            }
        }
        Ok((told, pinned))
    })?;
    if pinned {
        told.explanation = sight
            .simulation(lab, |simulation| simulation.explain(&told.pod))?
            .ok_or_else(|| Error::not_found("pod", &told.pod))?;
    }
    Ok(told.cut(&wanted))
}

/// In a world as the scheduler leaves it: a decision that was taken is explained as it was, another as it would be now.
pub(super) fn in_world(world: &Settled, input: &ExplainInput) -> Result<PodExplanation, Error> {
    let wanted = Wanted::of(input)?;
    let (at, standing) = world.pod(&input.pod)?;
    let key = PodKey(at as u64);
    let decision = world
        .schedule
        .decisions()
        .iter()
        .rposition(|recorded| recorded.pod == key);
    let placed = standing
        .node
        .map(|node| world.standing.cluster.node_name(node).to_owned());
    let priority = world.standing.cluster.shape(standing.shape).priority();
    let victim = |key: PodKey| {
        let pod = world.standing.pods.get(key.0 as usize);
        Victim {
            pod: pod.map(|pod| pod.name.clone()).unwrap_or_default(),
            priority: pod.map_or(0, |pod| world.standing.cluster.shape(pod.shape).priority()),
        }
    };
    let (decided, explanation, preemption, then) = if let Some(at) = decision {
        let (explanation, preemption) = world.schedule.explain(&world.standing.cluster, at);
        let then = world.schedule.rewind(&world.standing.cluster, at);
        let pending = !matches!(
            world.schedule.decisions()[at].outcome,
            Outcome::Placed { .. }
        );
        // Where eviction made room, the explanation is of the moment before it.
        let preemption = preemption.map(|preemption| evictions(&then, &preemption, victim));
        (
            Decided::AsTaken,
            explanation,
            preemption,
            pending.then_some(then),
        )
    } else {
        let mut now = world.standing.cluster.clone();
        now.unbind(key);
        let explanation = now.explain_pod(Some(key), standing.shape);
        let pending = explanation.chosen.is_none();
        let preemption = pending.then(|| {
            let preemption = now.preempt(Some(key), standing.shape);
            evictions(&now, &preemption, victim)
        });
        (
            Decided::Now,
            explanation,
            preemption,
            pending.then_some(now),
        )
    };
    let remedies = match &then {
        Some(then) => remedies(then, &standing.pod)?,
        None => Vec::new(),
    };
    let told = Told {
        basis: world.basis(),
        pod: standing.name.clone(),
        service: standing.owner.to_string(),
        priority: Some(priority),
        placed,
        decided,
        explanation,
        preemption,
        remedies,
    };
    Ok(told.cut(&wanted))
}

fn remedies(cluster: &Cluster, pod: &Pod) -> Result<Vec<drydock_scheduler::Remedy>, Error> {
    cluster.remedies(pod).map_err(placement::refused)
}

fn nothing() -> Explanation {
    Explanation {
        nodes: Vec::new(),
        feasible: 0,
        max_score: None,
        ties: 0,
        chosen: None,
        not_considered: Vec::new(),
        message: String::new(),
    }
}

/// Eviction in names: the best candidates first, then those with the fewest victims.
fn evictions(
    cluster: &Cluster,
    preemption: &Preemption,
    victim: impl Fn(PodKey) -> Victim,
) -> PreemptionReport {
    let mut candidates: Vec<_> = preemption.candidates.iter().collect();
    candidates.sort_by_key(|candidate| {
        (
            Some(candidate.node) != preemption.nominated,
            !preemption.best.contains(&candidate.node),
            candidate.budget_violations,
            candidate.victims.len(),
        )
    });
    PreemptionReport {
        nominated: preemption
            .nominated
            .map(|node| cluster.node_name(node).to_owned()),
        message: preemption.message.clone(),
        total: candidates.len() as u32,
        candidates: candidates
            .into_iter()
            .take(CANDIDATES)
            .map(|candidate| PreemptionCandidate {
                node: cluster.node_name(candidate.node).to_owned(),
                victims: candidate.victims.iter().map(|&key| victim(key)).collect(),
                budget_violations: candidate.budget_violations,
                best: preemption.best.contains(&candidate.node),
            })
            .collect(),
    }
}

/// Why nodes were rejected, the most frequent reason first.
pub(super) fn reasons(nodes: &[NodeVerdict]) -> Vec<ReasonCount> {
    let mut counts = BTreeMap::new();
    for node in nodes {
        if let Verdict::Rejected {
            plugin,
            code,
            reasons,
        } = &node.verdict
        {
            for reason in reasons {
                *counts.entry((*plugin, *code, reason)).or_insert(0) += 1;
            }
        }
    }
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|((plugin, code, reason), nodes)| ReasonCount {
            plugin,
            code,
            reason: reason.clone(),
            nodes,
        })
        .collect();
    list.sort_by_key(|count| std::cmp::Reverse(count.nodes));
    list
}

impl Told {
    fn cut(mut self, wanted: &Wanted) -> PodExplanation {
        let reasons = reasons(&self.explanation.nodes);
        let nodes = self.explanation.nodes.len() as u32;
        let mut list = std::mem::take(&mut self.explanation.nodes);
        list.retain(|node| wanted.wants(node));
        // Stable: equals stay in the order of their names.
        list.sort_by_key(|node| match node.verdict {
            Verdict::Feasible { total, .. } => (false, -total),
            Verdict::Rejected { .. } => (true, 0),
        });
        let matching = list.len() as u32;
        self.explanation.nodes = list
            .into_iter()
            .skip(wanted.offset)
            .take(wanted.limit)
            .collect();
        PodExplanation {
            basis: self.basis,
            pod: self.pod,
            service: self.service,
            priority: self.priority,
            placed: self.placed,
            decided: self.decided,
            explanation: self.explanation,
            nodes,
            matching,
            reasons,
            preemption: self.preemption,
            remedies: self.remedies,
        }
    }
}
