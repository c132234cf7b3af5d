//! Which pool a node belongs to, by the labels that providers and provisioners put on nodes. Knows no price.

use drydock_pricing::node_labels;
use k8s_openapi::api::core::v1::Node;

/// Labels that name a node's pool, the more particular first: the pool of a provisioner, then of the provider.
pub const POOL_LABELS: [&str; 11] = [
    "drydock.dev/pool",
    "karpenter.sh/nodepool",
    "karpenter.sh/provisioner-name",
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "doks.digitalocean.com/node-pool",
    "kops.k8s.io/instancegroup",
    "node.cluster.x-k8s.io/pool",
];

/// The pool of a node: what its labels name, else its machine type, since nodes of one type that nobody tells apart are
/// changed together. Nothing where it has neither.
pub fn pool_of(node: &Node) -> Option<String> {
    let labels = node.metadata.labels.as_ref()?;
    POOL_LABELS
        .into_iter()
        .find_map(|name| labels.get(name).filter(|value| !value.is_empty()))
        .map(String::as_str)
        .or_else(|| node_labels::machine_type(labels))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(labels: &[(&str, &str)], expect: Option<&str>) {
        let mut node = Node::default();
        node.metadata.labels = Some(
            labels
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        );
        assert_eq!(pool_of(&node).as_deref(), expect, "{labels:?}");
    }

    #[test]
    fn pools_by_label() {
        check(&[], None);
        check(&[("cloud.google.com/gke-nodepool", "batch")], Some("batch"));
        check(&[("eks.amazonaws.com/nodegroup", "web")], Some("web"));
        check(
            &[
                ("agentpool", "old"),
                ("kubernetes.azure.com/agentpool", "new"),
            ],
            Some("new"),
        );
        check(
            &[
                ("node.kubernetes.io/instance-type", "m5.large"),
                ("karpenter.sh/nodepool", "spot"),
            ],
            Some("spot"),
        );
        check(
            &[("node.kubernetes.io/instance-type", "m5.large")],
            Some("m5.large"),
        );
        check(
            &[
                ("agentpool", ""),
                ("beta.kubernetes.io/instance-type", "m4.large"),
            ],
            Some("m4.large"),
        );
        assert_eq!(pool_of(&Node::default()), None);
    }
}
