//! The same decision with every why, built on demand: node by node, plugin by plugin, in words.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, PodKey, ShapeId};
use crate::constraints::Standing;
use crate::outlook::{Outlook, Rejection};
use crate::plugins::inter_pod_affinity::filter::Refusal;
use crate::plugins::{
    Code, Plugin, inter_pod_affinity, node_affinity, node_ports, node_resources_fit,
    node_unschedulable, pod_topology_spread, taint_toleration,
};
use crate::scores::{self, SCORED};
use crate::shape::Shape;
use crate::trial::Trial;

/// Why a pod goes where it goes, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Every node in name order.
    pub nodes: Vec<NodeVerdict>,
    /// Nodes that passed every filter.
    pub feasible: u32,
    /// The highest total; absent where no node is feasible.
    pub max_score: Option<i64>,
    /// Nodes that share the highest total.
    pub ties: u32,
    /// The smallest name among them.
    pub chosen: Option<String>,
    /// What was asked for and not judged, as `Plugin: field`.
    pub not_considered: Vec<String>,
    /// What kube-scheduler would say of a pod that stays pending (without its words on preemption), or where it goes.
    pub message: String,
}

/// What became of one node.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeVerdict {
    /// The node's name.
    pub node: String,
    /// Rejected or feasible.
    pub verdict: Verdict,
}

/// Rejected by the first plugin that failed, or scored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Verdict {
    /// The pod cannot run here.
    Rejected {
        /// The first plugin that failed.
        plugin: Plugin,
        /// Whether eviction could help.
        code: Code,
        /// Its reasons, in kube-scheduler's words.
        reasons: Vec<String>,
    },
    /// The pod could run here.
    Feasible {
        /// Sum of the scores.
        total: i64,
        /// Score of each plugin, normalised and weighted; one that skips this pod is absent.
        plugins: Vec<(Plugin, i64)>,
    },
}

impl Cluster {
    /// Explains the decision that [`Cluster::decide`] takes now.
    pub fn explain(&self, shape: ShapeId) -> Explanation {
        self.explain_pod(None, shape)
    }

    /// The same for a pod that may be nominated for a node.
    pub fn explain_pod(&self, pod: Option<PodKey>, shape: ShapeId) -> Explanation {
        let shape = self.shape(shape);
        let outlook = Outlook::new(self, shape);
        let feasible = self.feasible(pod, &outlook);
        let best = self.best(shape, &feasible);
        let mut matrix: BTreeMap<u32, Vec<(Plugin, i64)>> =
            feasible.iter().map(|&slot| (slot, Vec::new())).collect();
        let mut column = vec![0; feasible.len()];
        for plugin in SCORED {
            if scores::score(plugin, self, shape, &feasible, &mut column) {
                for (row, &score) in matrix.values_mut().zip(&column) {
                    row.push((plugin, score));
                }
            }
        }
        let nominated = pod.and_then(|pod| self.nominated.get(&pod));
        let alone = nominated.is_some_and(|(_, node)| feasible == [node.0]);
        let nodes: Vec<_> = self
            .order
            .iter()
            .filter_map(|&slot| {
                let verdict = match matrix.remove(&slot) {
                    Some(plugins) => Verdict::Feasible {
                        total: plugins.iter().map(|(_, score)| score).sum(),
                        plugins,
                    },
                    // Where the nominated node takes the pod, no other is asked.
                    None if alone => return None,
                    None => self.rejected(pod, &outlook, slot as usize),
                };
                Some(NodeVerdict {
                    node: self.names[slot as usize].to_string(),
                    verdict,
                })
            })
            .collect();
        let chosen = best
            .as_ref()
            .map(|best| self.names[best.slot as usize].to_string());
        Explanation {
            feasible: feasible.len() as u32,
            max_score: best.as_ref().map(|best| best.score),
            ties: best.as_ref().map_or(0, |best| best.ties),
            not_considered: self.not_considered(shape),
            message: chosen.as_ref().map_or_else(
                || refusal(&outlook, &nodes),
                |node| format!("assigned to {node}"),
            ),
            chosen,
            nodes,
        }
    }

    /// What is not judged of a pod in this cluster.
    fn not_considered(&self, shape: &Shape) -> Vec<String> {
        let mut list = shape.not_considered.clone();
        if !self.storage.known {
            list.extend(shape.volumes.claims.iter().map(|claim| {
                let name = self.symbols.text(claim.name);
                format!(
                    "VolumeBinding: claim {name} (no claims, volumes or storage classes are known)"
                )
            }));
        }
        list
    }

    /// The first plugin that rejects this node, with its reasons.
    fn rejected(&self, pod: Option<PodKey>, outlook: &Outlook<'_>, slot: usize) -> Verdict {
        let rejection = self
            .verdict(pod, outlook, slot)
            .unwrap_or(Rejection::Standing(Standing::Excluded));
        Verdict::Rejected {
            plugin: match rejection {
                Rejection::Claims => outlook
                    .volumes
                    .as_ref()
                    .map_or(Plugin::VolumeBinding, |volumes| volumes.plugin),
                other => other.plugin(),
            },
            code: rejection.code(),
            reasons: self.reasons(pod, outlook, slot, rejection),
        }
    }

    /// A rejection in kube-scheduler's words.
    pub(crate) fn reasons(
        &self,
        pod: Option<PodKey>,
        outlook: &Outlook<'_>,
        slot: usize,
        rejection: Rejection,
    ) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match rejection {
            Rejection::Gated => vec![gated(outlook.shape)],
            Rejection::Claims => outlook
                .volumes
                .iter()
                .filter_map(|volumes| volumes.message.clone())
                .collect(),
            Rejection::Standing(standing) => vec![self.standing_reason(outlook, slot, standing)],
            Rejection::Ports => one(node_ports::REASON),
            Rejection::Resources(_) => {
                let mut trial = Trial::new(outlook, slot);
                self.add_nominated(pod, outlook, slot, &mut trial);
                self.shortages(outlook, slot, Some(&trial))
            }
            Rejection::Volume(fault) => fault.reasons(),
            Rejection::NoTopologyLabel => one(pod_topology_spread::NO_LABEL),
            Rejection::Skewed => one(pod_topology_spread::SKEWED),
            Rejection::Affinity(Refusal::NotNear) => one(inter_pod_affinity::NOT_NEAR),
            Rejection::Affinity(Refusal::NotApart) => one(inter_pod_affinity::NOT_APART),
            Rejection::Affinity(Refusal::Unwelcome) => one(inter_pod_affinity::UNWELCOME),
        }
    }

    fn standing_reason(&self, outlook: &Outlook<'_>, slot: usize, standing: Standing) -> String {
        match standing {
            Standing::Conflict => node_affinity::CONFLICT.to_owned(),
            Standing::Excluded | Standing::Pass | Standing::Gone => {
                node_affinity::EXCLUDED.to_owned()
            }
            Standing::NotEnforced => node_affinity::NOT_ENFORCED.to_owned(),
            Standing::Mismatch => node_affinity::MISMATCH.to_owned(),
            Standing::Unschedulable => node_unschedulable::REASON.to_owned(),
            Standing::UntoleratedTaint => {
                let constraints = &self.constraints[outlook.shape.constraints];
                taint_toleration::untolerated(&self.traits[slot].taints, &constraints.tolerations)
                    .map_or_else(String::new, |taint| {
                        taint_toleration::reason(taint, &self.symbols)
                    })
            }
        }
    }

    pub(crate) fn shortages(
        &self,
        outlook: &Outlook<'_>,
        slot: usize,
        trial: Option<&Trial>,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        node_resources_fit::shortages(
            &self.columns,
            &self.appetites[outlook.shape.appetite].demand,
            slot,
            trial.map(|trial| &trial.taken),
            |short| reasons.push(short.reason(&self.resources)),
        );
        reasons
    }
}

fn gated(shape: &Shape) -> String {
    format!("waiting for scheduling gates: [{}]", shape.gates.join(" "))
}

/// `FitError.Error` of `framework/types.go`: reasons with their number of nodes, sorted as text.
fn refusal(outlook: &Outlook<'_>, nodes: &[NodeVerdict]) -> String {
    if !outlook.shape.gates.is_empty() {
        return gated(outlook.shape);
    }
    if nodes.is_empty() {
        return "no nodes available to schedule pods".to_owned();
    }
    let reasons = nodes.iter().flat_map(|node| match &node.verdict {
        Verdict::Rejected { reasons, .. } => reasons.as_slice(),
        Verdict::Feasible { .. } => &[],
    });
    // PreFilter rejects the pod once for all nodes.
    let claims = outlook
        .volumes
        .as_ref()
        .and_then(|volumes| volumes.message.as_deref());
    let once = claims.or_else(|| {
        reasons
            .clone()
            .find(|&reason| reason == node_affinity::CONFLICT)
            .map(String::as_str)
    });
    match once {
        Some(reason) => format!("0/{} nodes are available: {reason}.", nodes.len()),
        None => fit_error(nodes.len(), reasons.map(String::as_str)),
    }
}

/// `0/n nodes are available:` and the reasons, each with its number.
pub(crate) fn fit_error<'a>(nodes: usize, reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let mut parts: Vec<_> = counts
        .iter()
        .map(|(reason, nodes)| format!("{nodes} {reason}"))
        .collect();
    parts.sort_unstable();
    format!("0/{nodes} nodes are available: {}.", parts.join(", "))
}
