//! The nodes of a world by name, zone and region, and what their objects say.

use std::collections::BTreeMap;

use drydock_model::{Inventory, is_ready};
use drydock_scheduler::{Cluster, NodeId, UNREACHABLE};
use k8s_openapi::api::core::v1::{Node, Taint};

use crate::location::{region, zone};

/// What is known of a node.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub name: String,
    pub zone: Option<String>,
    pub region: Option<String>,
    /// Whether the world shows it ready.
    pub ready: bool,
    /// The node once it is lost.
    pub unreachable: Node,
}

/// The nodes of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sites {
    pub of: BTreeMap<NodeId, Site>,
    pub nodes: BTreeMap<String, NodeId>,
    pub zones: BTreeMap<String, Vec<NodeId>>,
    pub regions: BTreeMap<String, Vec<NodeId>>,
}

impl Sites {
    pub fn of(inventory: &Inventory, cluster: &Cluster) -> Self {
        let mut sites = Self::default();
        for (node, _) in &inventory.nodes {
            let name = node.metadata.name.clone().unwrap_or_default();
            let Some(id) = cluster.node_id(&name) else {
                continue;
            };
            let site = Site {
                name: name.clone(),
                zone: zone(node),
                region: region(node),
                ready: is_ready(node),
                unreachable: unreachable(node),
            };
            if let Some(zone) = &site.zone {
                sites.zones.entry(zone.clone()).or_default().push(id);
            }
            if let Some(region) = &site.region {
                sites.regions.entry(region.clone()).or_default().push(id);
            }
            sites.nodes.insert(name, id);
            sites.of.insert(id, site);
        }
        sites
    }

    /// Whether the world shows the node ready.
    pub fn is_ready(&self, id: NodeId) -> bool {
        self.of.get(&id).is_some_and(|site| site.ready)
    }
}

/// What the node lifecycle controller makes of a node that no longer answers.
///
/// Source: Kubernetes 1.34, `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.
fn unreachable(node: &Node) -> Node {
    let mut node = node.clone();
    let taints = node
        .spec
        .get_or_insert_default()
        .taints
        .get_or_insert_default();
    for effect in ["NoSchedule", "NoExecute"] {
        taints.retain(|taint| taint.key != UNREACHABLE || taint.effect != effect);
        taints.push(Taint {
            key: UNREACHABLE.to_owned(),
            effect: effect.to_owned(),
            ..Taint::default()
        });
    }
    node
}
