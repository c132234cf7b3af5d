//! Daemons: one pod on each node that takes it, pinned there as the DaemonSet controller does.
//!
//! Source: `pkg/controller/daemon` and its `util`.

use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration,
};

use crate::cluster::{Cluster, NodeId};
use crate::error::InvalidObject;
use crate::stage::{NOT_READY, UNREACHABLE};

/// Tolerations that the controller adds (`AddOrUpdateDaemonPodTolerations`).
const TOLERATED: [(&str, &str); 6] = [
    (NOT_READY, "NoExecute"),
    (UNREACHABLE, "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

const NODE_NAME: &str = "metadata.name";

impl Cluster {
    /// The nodes that should run a pod of a DaemonSet, in name order, each with the pod as its controller would make it
    /// there. A node counts unless its taints or labels exclude it; whether there is room shows when the pod is
    /// placed.
    ///
    /// # Errors
    /// A template that placement cannot judge.
    pub fn daemon_pods(&mut self, template: &Pod) -> Result<Vec<(NodeId, Pod)>, InvalidObject> {
        let mut tolerant = template.clone();
        tolerate(&mut tolerant);
        let shape = self.intern(&tolerant)?;
        let constraints = self.shape(shape).constraints;
        let taken: Vec<NodeId> = self
            .nodes()
            .filter(|node| {
                // The controller asks no scheduler's profile.
                self.selects(constraints, node.index()) && self.tolerates(constraints, node.index())
            })
            .collect();
        Ok(taken
            .into_iter()
            .map(|node| (node, pinned(&tolerant, self.node_name(node))))
            .collect())
    }
}

/// The node that a pod is pinned to as a DaemonSet's pods are, whether or not it runs there.
pub fn pinned_to(pod: &Pod) -> Option<&str> {
    let required = pod
        .spec
        .as_ref()?
        .affinity
        .as_ref()?
        .node_affinity
        .as_ref()?
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    let field = required
        .node_selector_terms
        .iter()
        .flat_map(|term| term.match_fields.iter().flatten())
        .find(|field| field.key == NODE_NAME && field.operator == "In")?;
    field.values.as_ref()?.first().map(String::as_str)
}

fn tolerate(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else {
        return;
    };
    let host_network = spec.host_network == Some(true);
    let list = spec.tolerations.get_or_insert_default();
    let mut add = |key: &str, effect: &str| {
        list.push(Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        });
    };
    for (key, effect) in TOLERATED {
        add(key, effect);
    }
    if host_network {
        add("node.kubernetes.io/network-unavailable", "NoSchedule");
    }
}

/// Required node affinity becomes the one node, as `ReplaceDaemonSetPodNodeNameNodeAffinity` does; labels and selectors
/// have been judged before.
fn pinned(tolerant: &Pod, node: &str) -> Pod {
    let mut pod = tolerant.clone();
    if let Some(spec) = &mut pod.spec {
        let affinity = spec.affinity.get_or_insert_default();
        affinity
            .node_affinity
            .get_or_insert_default()
            .required_during_scheduling_ignored_during_execution = Some(NodeSelector {
            node_selector_terms: vec![NodeSelectorTerm {
                match_expressions: None,
                match_fields: Some(vec![NodeSelectorRequirement {
                    key: NODE_NAME.to_owned(),
                    operator: "In".to_owned(),
                    values: Some(vec![node.to_owned()]),
                }]),
            }],
        });
    }
    pod
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;
    use serde_json::{Value, json};

    fn check(spec: Value, expect: &[&str]) {
        let mut cluster = Cluster::new(Profile::default());
        for (name, extra) in [
            ("cordoned", json!({"unschedulable": true})),
            (
                "lost",
                json!({"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}),
            ),
            ("plain", json!({})),
            (
                "tainted",
                json!({"taints": [{"key": "dedicated", "effect": "NoSchedule"}]}),
            ),
        ] {
            let node = json!({"metadata": {"name": name, "labels": {"name": name}}, "spec": extra,
                "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "0"}}});
            cluster
                .add_node(&serde_json::from_value(node).unwrap())
                .unwrap();
        }
        let mut pod = json!({"metadata": {"name": "d"}, "spec": spec});
        pod["spec"]["containers"] = json!([]);
        let pods = cluster
            .daemon_pods(&serde_json::from_value(pod).unwrap())
            .unwrap();
        let got: Vec<_> = pods
            .iter()
            .map(|(node, pod)| {
                assert_eq!(pinned_to(pod), Some(cluster.node_name(*node)));
                cluster.node_name(*node)
            })
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn nodes_that_take_a_daemon() {
        check(json!({}), &["cordoned", "lost", "plain"]);
        check(
            json!({"tolerations": [{"operator": "Exists"}]}),
            &["cordoned", "lost", "plain", "tainted"],
        );
        check(json!({"nodeSelector": {"name": "plain"}}), &["plain"]);
        check(json!({"nodeSelector": {"name": "none"}}), &[]);
    }
}
