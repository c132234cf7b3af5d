//! Where a node is: its zone and region, from its well-known labels.

use k8s_openapi::api::core::v1::Node;

/// `topology.kubernetes.io/zone` and the name it had before Kubernetes 1.17.
const ZONE: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];
/// `topology.kubernetes.io/region` and the name it had before Kubernetes 1.17.
const REGION: [&str; 2] = [
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];

/// The zone a node names.
pub(crate) fn zone(node: &Node) -> Option<String> {
    label(node, ZONE)
}

/// The region a node names.
pub(crate) fn region(node: &Node) -> Option<String> {
    label(node, REGION)
}

fn label(node: &Node, names: [&str; 2]) -> Option<String> {
    let labels = node.metadata.labels.as_ref()?;
    names.into_iter().find_map(|name| labels.get(name)).cloned()
}
