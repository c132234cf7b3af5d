//! One question: what is down when these fail, at once and after all that can be made anew is placed.

use std::collections::BTreeMap;

use drydock_model::{ServiceId, WorkloadKind};
use drydock_scheduler::{PodKey, ShapeId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::AvailabilityError;
use crate::failure::{Failure, Lost};
use crate::options::LostNodes;
use crate::replacement::{Fate, Replacement};
use crate::rests_on::RestsOn;
use crate::structure::Structure;
use crate::verdict::{Condition, Instant, Verdict};

/// A service before and after a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLoss {
    /// The service.
    pub service: ServiceId,
    /// Kind of the workload behind it.
    pub kind: WorkloadKind,
    /// Whether requests come in there.
    pub entry: bool,
    /// Replicas wanted; of a DaemonSet the nodes that take one.
    pub wanted: u32,
    /// How it is before.
    pub before: Condition,
    /// How it is when the pods on lost nodes are gone and nothing has replaced them.
    pub immediately: Condition,
    /// How it is when controllers and scheduler have placed what they can on what is left.
    pub after_replacement: Condition,
}

/// A pod that a failure moves or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodFate {
    /// `namespace/name`. One that is made anew keeps the name of the one it stands for.
    pub pod: String,
    /// The workload it belongs to.
    pub owner: ServiceId,
    /// The node it was on.
    pub from: String,
    /// The node it is on afterwards; absent where it is on none that works.
    pub to: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether its own node works and it made way for a more important pod.
    pub preempted: bool,
    /// Why no node takes it, in kube-scheduler's words; absent otherwise.
    pub why: Option<String>,
}

/// What a list of failures does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Loss {
    /// What fails.
    pub failures: Vec<Failure>,
    /// Nodes that are lost, by name.
    pub lost_nodes: Vec<String>,
    /// Every service, in order of name.
    pub services: Vec<ServiceLoss>,
    /// Pods that are moved or ended, in order of name.
    pub pods: Vec<PodFate>,
    /// What the answer rests on.
    pub rests_on: RestsOn,
}

/// The verdicts over a list of failures.
pub(crate) struct Judged<'a> {
    pub lost: Lost,
    pub immediately: Verdict,
    pub after: Verdict,
    pub replacement: Replacement<'a>,
}

impl Structure {
    /// What is down when these fail. No failure at all is the world as it is.
    ///
    /// # Errors
    /// A node, zone, region or service that is not there.
    pub fn lose(&self, failures: &[Failure]) -> Result<Loss, AvailabilityError> {
        let before = self.verdict_before();
        let judged = self.judge(failures)?;
        let services = self.services.iter().enumerate().map(|(at, service)| {
            let entry = self.entries.iter().any(|entry| entry.service == at);
            ServiceLoss {
                service: service.id.clone(),
                kind: service.kind,
                entry,
                wanted: service.wanted,
                before: before.condition(self, at),
                immediately: judged.immediately.condition(self, at),
                after_replacement: judged.after.condition(self, at),
            }
        });
        let nodes = judged.lost.nodes.iter();
        let mut lost_nodes: Vec<String> = nodes.map(|&id| self.node_name(id)).collect();
        lost_nodes.sort();
        Ok(Loss {
            failures: failures.to_vec(),
            lost_nodes,
            services: services.collect(),
            pods: self.fates(&judged.replacement, &judged.lost),
            rests_on: self
                .rests_on
                .and(assumed_of(&judged.lost, self.options.lost_nodes)),
        })
    }

    pub(crate) fn verdict_before(&self) -> Verdict {
        Verdict::of(self, Instant::Before, &self.ready_now(), |_| false)
    }

    /// Judges both instants.
    pub(crate) fn judge(&self, failures: &[Failure]) -> Result<Judged<'_>, AvailabilityError> {
        let lost = self.lost(failures)?;
        let failed = |service: usize| lost.services.contains(&service);
        let mut ready = self.ready_now();
        for (at, ready) in ready.iter_mut().enumerate() {
            let node = self.node_of(at);
            *ready &= node.is_some_and(|node| !lost.nodes.contains(&node));
        }
        let immediately = Verdict::of(self, Instant::Immediately, &ready, failed);
        let replacement = self.replace(&lost, self.options.lost_nodes)?;
        for (at, ready) in ready.iter_mut().enumerate() {
            let node = replacement.node_of(PodKey(at as u64), &lost);
            *ready = self.replicas[at].able && node.is_some_and(|node| self.sites.is_ready(node));
        }
        let after = Verdict::of(self, Instant::AfterReplacement, &ready, failed);
        Ok(Judged {
            lost,
            immediately,
            after,
            replacement,
        })
    }

    /// What becomes of the pods of lost nodes, and of those that make way for them, in words.
    pub(crate) fn fates(&self, replacement: &Replacement<'_>, lost: &Lost) -> Vec<PodFate> {
        let mut messages: BTreeMap<ShapeId, String> = BTreeMap::new();
        let mut fates: Vec<PodFate> = replacement
            .fates(lost)
            .map(|(key, from, fate)| {
                let standing = &self.replicas[key.0 as usize].standing;
                let why = (fate == Fate::Unplaced).then(|| {
                    let explain = || {
                        let cluster = &replacement.cluster;
                        cluster.explain_pod(Some(key), standing.shape).message
                    };
                    let message = messages.entry(standing.shape).or_insert_with(explain);
                    message.clone()
                });
                let to = replacement.node_of(key, lost);
                PodFate {
                    pod: standing.name.clone(),
                    owner: standing.owner.clone(),
                    from: self.node_name(from),
                    to: to.map(|node| self.node_name(node)),
                    fate,
                    preempted: !lost.nodes.contains(&from),
                    why,
                }
            })
            .collect();
        fates.sort_by(|a, b| (&a.pod, &a.from).cmp(&(&b.pod, &b.from)));
        fates
    }
}

/// What is assumed of a loss.
pub(crate) fn assumed_of(lost: &Lost, nodes: LostNodes) -> Vec<String> {
    let mut list = Vec::new();
    if !lost.nodes.is_empty() {
        list.push(match nodes {
            LostNodes::Stay => "lost nodes stay away for longer than their pods tolerate it, and are not deleted: pods of StatefulSets wait for them, and spread constraints still count their zones",
            LostNodes::Deleted => "lost nodes are deleted: pods of StatefulSets are made anew elsewhere where their volumes allow it",
        }.to_owned());
        list.push(
            "what is made anew elsewhere becomes ready, and its volumes are detached from lost nodes"
                .to_owned(),
        );
    }
    if !lost.services.is_empty() {
        list.push("a service that fails stays down: another pod of it would fail too".to_owned());
    }
    list
}
