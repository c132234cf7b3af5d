//! The same decision with every why, built on demand: node by node, plugin by plugin, in words.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, ShapeId};
use crate::constraints::Standing;
use crate::decide::{SCORED, Scoring};
use crate::plugins::{
    Code, Plugin, node_affinity, node_ports, node_resources_fit, node_unschedulable,
    taint_toleration,
};
use crate::rejections::Rejections;
use crate::shape::Shape;

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
        let shape = self.shape(shape);
        let feasible = self.filter(shape, &mut Rejections::default());
        let scoring = Scoring::new(self, shape, &feasible);
        let best = self.best(&scoring, &feasible);
        let nodes: Vec<_> = self
            .order
            .iter()
            .map(|&slot| {
                let slot = slot as usize;
                let verdict = self.rejection(shape, slot).unwrap_or_else(|| {
                    let scores = scoring.scores(slot);
                    let plugins: Vec<_> = SCORED
                        .into_iter()
                        .zip(scores)
                        .filter_map(|(p, s)| Some((p, s?)))
                        .collect();
                    Verdict::Feasible {
                        total: plugins.iter().map(|(_, score)| score).sum(),
                        plugins,
                    }
                });
                NodeVerdict {
                    node: self.names[slot].to_string(),
                    verdict,
                }
            })
            .collect();
        let chosen = best
            .as_ref()
            .map(|best| self.names[best.slot as usize].to_string());
        Explanation {
            feasible: feasible.len() as u32,
            max_score: best.as_ref().map(|best| best.score),
            ties: best.as_ref().map_or(0, |best| best.ties),
            not_considered: self.not_considered(shape, chosen.is_some()),
            message: chosen.as_ref().map_or_else(
                || refusal(shape, &nodes),
                |node| format!("assigned to {node}"),
            ),
            chosen,
            nodes,
        }
    }

    /// The first plugin that rejects this node, with its reasons; none where all pass.
    fn rejection(&self, shape: &Shape, slot: usize) -> Option<Verdict> {
        let hopeless = |plugin, reason: String| {
            Some(Verdict::Rejected {
                plugin,
                code: Code::UnschedulableAndUnresolvable,
                reasons: vec![reason],
            })
        };
        if !shape.gates.is_empty() {
            return hopeless(Plugin::SchedulingGates, gated(shape));
        }
        let judged = &self.judged[shape.constraints];
        match judged.standing[slot] {
            Standing::Pass | Standing::Gone => {}
            Standing::Conflict => {
                return hopeless(Plugin::NodeAffinity, node_affinity::CONFLICT.to_owned());
            }
            Standing::Excluded => {
                return hopeless(Plugin::NodeAffinity, node_affinity::EXCLUDED.to_owned());
            }
            Standing::Mismatch => {
                return hopeless(Plugin::NodeAffinity, node_affinity::MISMATCH.to_owned());
            }
            Standing::Unschedulable => {
                return hopeless(
                    Plugin::NodeUnschedulable,
                    node_unschedulable::REASON.to_owned(),
                );
            }
            Standing::UntoleratedTaint => {
                let taint = taint_toleration::untolerated(
                    &self.traits[slot].taints,
                    &judged.constraints.tolerations,
                )?;
                return hopeless(
                    Plugin::TaintToleration,
                    taint_toleration::reason(taint, &self.symbols),
                );
            }
        }
        if self.ports[slot].conflict(&shape.ports) {
            let reasons = vec![node_ports::REASON.to_owned()];
            return Some(Verdict::Rejected {
                plugin: Plugin::NodePorts,
                code: Code::Unschedulable,
                reasons,
            });
        }
        let (mut reasons, mut code) = (Vec::new(), Code::Unschedulable);
        node_resources_fit::shortages(&self.columns, &shape.demand, slot, |short| {
            reasons.push(short.reason(&self.resources));
            if short.unresolvable() {
                code = Code::UnschedulableAndUnresolvable;
            }
        });
        (!reasons.is_empty()).then_some(Verdict::Rejected {
            plugin: Plugin::NodeResourcesFit,
            code,
            reasons,
        })
    }

    /// What is not judged about this pod in this cluster: its own constraints, those bound pods have towards it, and
    /// eviction where it stays pending.
    fn not_considered(&self, shape: &Shape, placed: bool) -> Vec<String> {
        let mut list = shape.not_considered.clone();
        if self.bound_with_affinity > 0 {
            list.push(format!(
                "InterPodAffinity: affinity of {} bound pods towards this one",
                self.bound_with_affinity
            ));
        }
        let lower: u32 = self
            .priorities
            .range(..shape.priority)
            .map(|(_, pods)| pods)
            .sum();
        if !placed && shape.preempts && shape.gates.is_empty() && lower > 0 {
            list.push(format!(
                "DefaultPreemption: eviction of some of {lower} bound pods of lower priority"
            ));
        }
        list
    }
}

fn gated(shape: &Shape) -> String {
    format!("waiting for scheduling gates: [{}]", shape.gates.join(" "))
}

/// `FitError.Error` of `framework/types.go`: reasons with their number of nodes, sorted as text.
fn refusal(shape: &Shape, nodes: &[NodeVerdict]) -> String {
    if !shape.gates.is_empty() {
        return gated(shape);
    }
    if nodes.is_empty() {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for node in nodes {
        if let Verdict::Rejected { reasons, .. } = &node.verdict {
            for reason in reasons {
                *counts.entry(reason).or_insert(0) += 1;
            }
        }
    }
    let head = format!("0/{} nodes are available:", nodes.len());
    if counts.contains_key(node_affinity::CONFLICT) {
        // PreFilter rejects the pod once for all nodes.
        return format!("{head} {}.", node_affinity::CONFLICT);
    }
    let mut parts: Vec<_> = counts
        .iter()
        .map(|(reason, nodes)| format!("{nodes} {reason}"))
        .collect();
    parts.sort_unstable();
    format!("{head} {}.", parts.join(", "))
}
