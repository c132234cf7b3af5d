//! What a node says of itself.

use k8s_openapi::api::core::v1::Node;

/// The status of a node's `Ready` condition: `True`, `False` or `Unknown`; nothing where it has none.
pub fn ready_status(node: &Node) -> Option<&str> {
    node.status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .find(|condition| condition.type_ == "Ready")
        .map(|condition| condition.status.as_str())
}

/// Whether the control plane sees a node ready; one that says nothing is.
pub fn is_ready(node: &Node) -> bool {
    ready_status(node).is_none_or(|status| status == "True")
}
