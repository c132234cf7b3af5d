//! One node against the rest: whether a pod could run there, and how far its score is from the best. Nothing is bound.

use std::sync::Arc;

use crate::cluster::{Cluster, NodeId, PodKey, ShapeId};
use crate::outlook::Outlook;
use crate::plugins::Plugin;
use crate::scores;

/// What is to be said of a node for a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The first plugin that rejects the node, with its reasons; none where it is feasible.
    pub rejected: Option<(Plugin, Vec<String>)>,
    /// The node's score; none where it is not feasible.
    pub score: Option<i64>,
    /// The highest score of any node; none where no node is feasible.
    pub max_score: Option<i64>,
    /// Of the nodes with the highest score the one with the smallest name.
    pub chosen: Option<NodeId>,
}

impl Examined {
    /// Whether the node is feasible and none scores higher.
    pub fn is_best(&self) -> bool {
        self.score.is_some() && self.score == self.max_score
    }
}

impl Cluster {
    /// Examines a node for a pod, as if the pod came now. A pod that is bound has to be unbound before.
    pub fn examine(&mut self, pod: Option<PodKey>, shape: ShapeId, node: NodeId) -> Examined {
        let shape = Arc::clone(&self.shapes[shape.0 as usize]);
        self.load(&shape);
        let outlook = Outlook::new(self, &shape);
        let rejected = self.verdict(pod, &outlook, node.index()).map(|rejection| {
            let reasons = self.reasons(pod, &outlook, node.index(), rejection);
            (rejection.plugin(), reasons)
        });
        let feasible = self.feasible(pod, &outlook);
        let totals = scores::totals(self, &shape, &feasible);
        let max_score = totals.iter().max().copied();
        let chosen = feasible
            .iter()
            .zip(&totals)
            .filter(|&(_, &total)| Some(total) == max_score)
            .map(|(&slot, _)| slot)
            .min_by_key(|&slot| self.rank[slot as usize]);
        let score = feasible
            .iter()
            .position(|&slot| slot == node.0)
            .map(|at| totals[at]);
        Examined {
            rejected,
            score,
            max_score,
            chosen: chosen.map(NodeId),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Verdict;
    use crate::profile::Profile;
    use k8s_openapi::api::core::v1::{Node, Pod};
    use serde_json::{Value, json};

    fn pod(cpu: &str) -> Pod {
        let spec = json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]});
        serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": spec})).unwrap()
    }

    #[test]
    fn agrees_with_the_explanation() {
        let mut cluster = Cluster::new(Profile::default());
        let node = |name: &str, cpu: &str, taints: Value| -> Node {
            serde_json::from_value(
                json!({"metadata": {"name": name}, "spec": {"taints": taints},
                "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "10"}}}),
            )
            .unwrap()
        };
        let taint = json!([{"key": "k", "effect": "NoSchedule"}]);
        for node in [
            node("large", "8", json!([])),
            node("medium", "4", json!([])),
            node("small", "1", json!([])),
            node("tainted", "8", taint),
        ] {
            cluster.add_node(&node).unwrap();
        }
        let shape = cluster.intern(&pod("2")).unwrap();
        let medium = cluster.node_id("medium").unwrap();
        cluster.bind(PodKey(0), shape, medium);
        for cpu in ["500m", "2", "100"] {
            let shape = cluster.intern(&pod(cpu)).unwrap();
            let explained = cluster.explain(shape);
            for told in &explained.nodes {
                let id = cluster.node_id(&told.node).unwrap();
                let examined = cluster.examine(None, shape, id);
                match &told.verdict {
                    Verdict::Rejected {
                        plugin, reasons, ..
                    } => {
                        assert_eq!(examined.rejected, Some((*plugin, reasons.clone())));
                        assert_eq!(examined.score, None);
                    }
                    Verdict::Feasible { total, .. } => {
                        assert_eq!(
                            (examined.rejected.as_ref(), examined.score),
                            (None, Some(*total))
                        );
                        assert_eq!(examined.is_best(), Some(*total) == explained.max_score);
                    }
                }
                assert_eq!(
                    examined.max_score, explained.max_score,
                    "{cpu} {}",
                    told.node
                );
                let chosen = examined.chosen.map(|id| cluster.node_name(id).to_owned());
                assert_eq!(chosen, explained.chosen);
            }
        }
    }
}
