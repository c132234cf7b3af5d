//! How full a world is, where, and what it costs, read off a cluster after it has settled. Places nothing.

use std::collections::BTreeMap;

use drydock_model::{Inventory, Money, is_ready};
use drydock_pricing::{NodePrice, PriceBook, node_labels};
use drydock_scheduler::{Cluster, NodeId, PodKey, ShapeId};
use k8s_openapi::api::core::v1::Node;

use crate::outcome::{FitResource, LargestFit, NodeFill, PendingPod, Placement, ZoneFill};
use crate::pool::pool_of;
use crate::standing::{Standing, StandingPod};

/// What a Node object says besides what placement reads.
#[derive(Clone, Debug)]
pub(crate) struct NodeFacts {
    pub zone: Option<String>,
    pub pool: Option<String>,
    pub instance_type: Option<String>,
    pub ready: bool,
    /// Whether a taint keeps ordinary pods off.
    pub tainted: bool,
    pub price: NodePrice,
}

impl NodeFacts {
    pub fn of(node: &Node) -> Self {
        let none = BTreeMap::new();
        let labels = node.metadata.labels.as_ref().unwrap_or(&none);
        let spec = node.spec.as_ref();
        let tainted = spec
            .into_iter()
            .flat_map(|spec| spec.taints.iter().flatten())
            .any(|taint| taint.effect != "PreferNoSchedule");
        Self {
            zone: node_labels::zone(labels).map(str::to_owned),
            pool: pool_of(node),
            instance_type: node_labels::machine_type(labels).map(str::to_owned),
            ready: is_ready(node),
            tainted,
            price: PriceBook::builtin()
                .price_node(labels, spec.and_then(|spec| spec.provider_id.as_deref())),
        }
    }

    /// The facts of every node, by name.
    pub fn all(inventory: &Inventory) -> BTreeMap<String, Self> {
        inventory
            .nodes
            .iter()
            .map(|(node, _)| {
                let name = node.metadata.name.clone().unwrap_or_default();
                (name, Self::of(node))
            })
            .collect()
    }
}

/// The placement of a standing as it is now; settle it first.
pub fn placement(standing: &Standing, inventory: &Inventory) -> Placement {
    let facts = NodeFacts::all(inventory);
    read(&standing.cluster, &standing.pods, &facts, |_| true)
}

/// The same of its parts, over the pods that are there.
pub(crate) fn read(
    cluster: &Cluster,
    pods: &[StandingPod],
    facts: &BTreeMap<String, NodeFacts>,
    there: impl Fn(PodKey) -> bool,
) -> Placement {
    let nodes: Vec<NodeFill> = cluster.nodes().map(|id| fill(cluster, id, facts)).collect();
    let mut all = 0;
    let mut waiting = Vec::new();
    for (at, pod) in pods.iter().enumerate() {
        let key = PodKey(at as u64);
        if there(key) {
            all += 1;
            if cluster.node_of(key).is_none() {
                waiting.push((key, pod));
            }
        }
    }
    let placed = all - waiting.len() as u32;
    Placement {
        pods: all,
        placed,
        pending: pending(cluster, waiting),
        zones: zones(&nodes),
        fragmentation: fragmentation(&nodes, facts),
        cost_per_hour: nodes
            .iter()
            .filter_map(|node| node.per_hour)
            .fold(None, |sum, price| Some(sum.unwrap_or(Money::ZERO) + price)),
        unpriced: nodes
            .iter()
            .filter_map(|node| match &facts.get(&node.name)?.price {
                NodePrice::Unknown { reason } => Some(format!("{}: {reason}", node.name)),
                NodePrice::Known { .. } => None,
            })
            .collect(),
        nodes,
    }
}

fn fill(cluster: &Cluster, id: NodeId, facts: &BTreeMap<String, NodeFacts>) -> NodeFill {
    let name = cluster.node_name(id).to_owned();
    let (offered, asked) = (cluster.allocatable(id), cluster.requested(id));
    let facts = facts.get(&name);
    NodeFill {
        zone: facts.and_then(|facts| facts.zone.clone()),
        pool: facts.and_then(|facts| facts.pool.clone()),
        instance_type: facts.and_then(|facts| facts.instance_type.clone()),
        ready: facts.is_none_or(|facts| facts.ready),
        unschedulable: cluster.is_unschedulable(id),
        cpu_allocatable: offered.milli_cpu,
        cpu_requested: asked.milli_cpu,
        memory_allocatable: offered.memory_bytes,
        memory_requested: asked.memory_bytes,
        pods: asked.pods,
        max_pods: offered.pods,
        per_hour: facts.and_then(|facts| facts.price.per_hour()),
        name,
    }
}

/// Pods of one shape wait for the same reason, which is put into words once.
fn pending(cluster: &Cluster, waiting: Vec<(PodKey, &StandingPod)>) -> Vec<PendingPod> {
    let mut messages: BTreeMap<ShapeId, String> = BTreeMap::new();
    let mut list: Vec<PendingPod> = waiting
        .into_iter()
        .map(|(key, pod)| {
            let message = messages
                .entry(pod.shape)
                .or_insert_with(|| cluster.explain_pod(Some(key), pod.shape).message);
            let asked = cluster.shape(pod.shape).requests();
            PendingPod {
                pod: pod.name.clone(),
                owner: pod.owner.to_string(),
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
                message: message.clone(),
            }
        })
        .collect();
    list.sort_by(|a, b| a.pod.cmp(&b.pod));
    list
}

fn zones(nodes: &[NodeFill]) -> Vec<ZoneFill> {
    let mut zones: BTreeMap<Option<&str>, ZoneFill> = BTreeMap::new();
    for node in nodes {
        let zone = zones
            .entry(node.zone.as_deref())
            .or_insert_with(|| ZoneFill {
                zone: node.zone.clone(),
                nodes: 0,
                cpu_allocatable: 0,
                cpu_requested: 0,
                memory_allocatable: 0,
                memory_requested: 0,
                pods: 0,
            });
        zone.nodes += 1;
        zone.cpu_allocatable += node.cpu_allocatable;
        zone.cpu_requested += node.cpu_requested;
        zone.memory_allocatable += node.memory_allocatable;
        zone.memory_requested += node.memory_requested;
        zone.pods += node.pods;
    }
    zones.into_values().collect()
}

fn fragmentation(nodes: &[NodeFill], facts: &BTreeMap<String, NodeFacts>) -> Vec<LargestFit> {
    let open: Vec<(&NodeFill, i64, i64)> = nodes
        .iter()
        .filter(|node| node.ready && !node.unschedulable && node.pods < node.max_pods)
        .filter(|node| facts.get(&node.name).is_none_or(|facts| !facts.tainted))
        .map(|node| {
            (
                node,
                node.cpu_allocatable - node.cpu_requested,
                node.memory_allocatable - node.memory_requested,
            )
        })
        .filter(|&(_, cpu, memory)| cpu >= 0 && memory >= 0)
        .collect();
    let largest = |resource: FitResource| {
        // Of equals the smallest name, which comes first.
        open.iter()
            .rev()
            .max_by_key(|&&(_, cpu, memory)| match resource {
                FitResource::Cpu => (cpu, memory),
                FitResource::Memory => (memory, cpu),
            })
            .map(|&(node, milli_cpu, memory_bytes)| LargestFit {
                resource,
                node: node.name.clone(),
                milli_cpu,
                memory_bytes,
            })
    };
    [FitResource::Cpu, FitResource::Memory]
        .into_iter()
        .filter_map(largest)
        .collect()
}
