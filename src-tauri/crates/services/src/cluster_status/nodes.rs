//! Nodes in figures: the object, the state, the price.

use drydock_pricing::{NodePrice, PriceBook, node_labels};
use drydock_simulation::NodeState;
use k8s_openapi::api::core::v1::Node;

use super::{Condition, NodeReadiness, NodeStatus};
use crate::session::look::Look;
use crate::shapes::HourlyCost;

/// Every node by name.
pub(super) fn nodes(look: &Look<'_>) -> Vec<NodeStatus> {
    look.state
        .nodes
        .iter()
        .filter_map(|state| {
            let named =
                |(node, _): &&(Node, _)| node.metadata.name.as_deref() == Some(state.name.as_str());
            let (node, provenance) = look.inventory.nodes.iter().find(named)?;
            Some(node_status(state, node, *provenance))
        })
        .collect()
}

fn node_status(
    state: &NodeState,
    node: &Node,
    provenance: drydock_model::Provenance,
) -> NodeStatus {
    let status = node.status.as_ref();
    let quantity = |of: Option<&std::collections::BTreeMap<String, _>>, name: &str| {
        of.and_then(|amounts| amounts.get(name))
            .map(
                |amount: &k8s_openapi::apimachinery::pkg::api::resource::Quantity| amount.0.clone(),
            )
            .unwrap_or_default()
    };
    let capacity = status.and_then(|status| status.capacity.as_ref());
    // Without allocatable the capacity counts, as the API server defaults it.
    let allocatable = status
        .and_then(|status| status.allocatable.as_ref())
        .or(capacity);
    let (instance_type, price) = machine_and_price(node);
    let readiness = match (state.ready, state.killed) {
        (true, _) => NodeReadiness::Ready,
        (false, true) => NodeReadiness::Unknown,
        (false, false) => NodeReadiness::NotReady,
    };
    NodeStatus {
        name: state.name.clone(),
        zone: state.zone.clone(),
        instance_type,
        status: readiness,
        killed: state.killed,
        cpu_capacity: quantity(capacity, "cpu"),
        memory_capacity: quantity(capacity, "memory"),
        cpu_allocatable: quantity(allocatable, "cpu"),
        memory_allocatable: quantity(allocatable, "memory"),
        cpu_used: state.cpu_cores.map(|cores| cores * 1000.0),
        memory_used: state.memory_bytes,
        cpu_requested: (state.cpu_requested * 1000.0).round() as i64,
        memory_requested: state.memory_requested,
        pod_count: state.pods.len() as u32,
        price_per_hour: price.per_hour().map(HourlyCost::usd),
        price_note: price.to_string(),
        provenance,
        conditions: vec![Condition {
            kind: "Ready".to_owned(),
            status: match readiness {
                NodeReadiness::Ready => "True",
                NodeReadiness::NotReady => "False",
                NodeReadiness::Unknown => "Unknown",
            }
            .to_owned(),
            reason: Some(
                match readiness {
                    NodeReadiness::Ready => "KubeletReady",
                    NodeReadiness::NotReady => "KubeletNotReady",
                    NodeReadiness::Unknown => "NodeStatusUnknown",
                }
                .to_owned(),
            ),
        }],
    }
}

/// The machine type a node is labelled with, and its list price.
pub(crate) fn machine_and_price(node: &Node) -> (Option<String>, NodePrice) {
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let provider_id = node
        .spec
        .as_ref()
        .and_then(|spec| spec.provider_id.as_deref());
    (
        node_labels::machine_type(&labels).map(str::to_owned),
        PriceBook::builtin().price_node(&labels, provider_id),
    )
}
