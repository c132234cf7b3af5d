//! How full the cluster is and what is where: in the session or a run, or in a world as the scheduler leaves it.

use std::collections::BTreeMap;

use drydock_model::{Inventory, WorkloadKind, is_ready};
use drydock_scheduler::{Cluster, NodeId, Outcome, PodKey};
use drydock_what_if::{Standing, pool_of};
use k8s_openapi::api::core::v1::Node;

use super::placement::{self, parts};
use super::settled::Settled;
use super::{
    BoardGroup, BoardNode, BoardPending, BoardPod, NodeUtilization, SchedulerBoard,
    SchedulerCluster,
};
use crate::Error;
use crate::cluster_status::nodes::machine_and_price;
use crate::session::look::Look;
use crate::shapes::{Basis, HourlyCost};

/// Pods on nodes and waiting, and how many nodes are ready.
struct Counts {
    ready: u32,
    running: u32,
    pending: u32,
}

fn summed(basis: Basis, cluster: &Cluster, counts: &Counts) -> SchedulerCluster {
    let (mut total, mut used) = ([0_i64; 2], [0_i64; 2]);
    let mut utilization = Vec::new();
    for id in cluster.nodes() {
        let (offered, asked) = (cluster.allocatable(id), cluster.requested(id));
        total[0] += offered.milli_cpu;
        total[1] += offered.memory_bytes;
        used[0] += asked.milli_cpu;
        used[1] += asked.memory_bytes;
        let percent =
            |asked: i64, offered: i64| (offered > 0).then(|| asked as f64 / offered as f64 * 100.0);
        utilization.push(NodeUtilization {
            name: cluster.node_name(id).to_owned(),
            cpu_percent: percent(asked.milli_cpu, offered.milli_cpu),
            memory_percent: percent(asked.memory_bytes, offered.memory_bytes),
            pods_percent: percent(asked.pods, offered.pods),
        });
    }
    SchedulerCluster {
        basis,
        total_nodes: utilization.len() as u32,
        ready_nodes: counts.ready,
        total_cpu: total[0],
        used_cpu: used[0],
        total_memory: total[1],
        used_memory: used[1],
        total_pods: counts.running + counts.pending,
        running_pods: counts.running,
        pending_pods: counts.pending,
        node_utilization: utilization,
    }
}

/// How full the cluster of the session or a run is.
pub(super) fn cluster_of_session(look: &Look<'_>) -> Result<SchedulerCluster, Error> {
    let scene = placement::cluster(look, None)?;
    let state = &look.state;
    let counts = Counts {
        ready: state.nodes.iter().filter(|node| node.ready).count() as u32,
        running: state.nodes.iter().map(|node| node.pods.len() as u32).sum(),
        pending: state.pending.len() as u32,
    };
    Ok(summed(look.basis.clone(), &scene.cluster, &counts))
}

/// How full the cluster of a world is.
pub(super) fn cluster_of_world(world: &Settled) -> SchedulerCluster {
    let pods = &world.standing.pods;
    let running = pods.iter().filter(|pod| pod.node.is_some()).count() as u32;
    let nodes = &world.inventory.nodes;
    let counts = Counts {
        ready: nodes.iter().filter(|(node, _)| is_ready(node)).count() as u32,
        running,
        pending: pods.len() as u32 - running,
    };
    summed(world.basis(), &world.standing.cluster, &counts)
}

fn by_name(inventory: &Inventory) -> BTreeMap<&str, &Node> {
    let nodes = inventory.nodes.iter();
    nodes
        .filter_map(|(node, _)| Some((node.metadata.name.as_deref()?, node)))
        .collect()
}

/// What a node's object and the cluster say of it, without its pods.
fn bare(cluster: &Cluster, id: NodeId, object: Option<&Node>) -> BoardNode {
    let (offered, asked) = (cluster.allocatable(id), cluster.requested(id));
    let spec = object.and_then(|node| node.spec.as_ref());
    let taints = spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let (instance_type, price) = object.map(machine_and_price).unzip();
    BoardNode {
        name: cluster.node_name(id).to_owned(),
        ready: object.is_none_or(is_ready),
        killed: false,
        unschedulable: cluster.is_unschedulable(id),
        taints: taints
            .map(|taint| {
                let value = taint.value.as_deref().unwrap_or_default();
                format!("{}={value}:{}", taint.key, taint.effect)
            })
            .collect(),
        pool: object.and_then(pool_of),
        instance_type: instance_type.flatten(),
        per_hour: price
            .and_then(|price| price.per_hour())
            .map(HourlyCost::usd),
        max_pods: offered.pods,
        cpu_allocatable: offered.milli_cpu,
        cpu_requested: asked.milli_cpu,
        memory_allocatable: offered.memory_bytes,
        memory_requested: asked.memory_bytes,
        pods: Vec::new(),
    }
}

fn grouped(nodes: impl Iterator<Item = (Option<String>, BoardNode)>) -> Vec<BoardGroup> {
    // Nodes without a zone come last.
    let mut groups: BTreeMap<(bool, Option<String>), Vec<BoardNode>> = BTreeMap::new();
    for (zone, mut node) in nodes {
        node.pods.sort_by(|a, b| a.name.cmp(&b.name));
        groups.entry((zone.is_none(), zone)).or_default().push(node);
    }
    groups
        .into_iter()
        .map(|((_, zone), nodes)| BoardGroup { zone, nodes })
        .collect()
}

/// The board of the session or a run.
pub(super) fn board_of_session(look: &Look<'_>) -> Result<SchedulerBoard, Error> {
    let scene = placement::cluster(look, None)?;
    let (parts, shapes, objects) = (parts(look), scene.shapes(), by_name(look.inventory));
    let daemon: BTreeMap<&str, bool> = look
        .inventory
        .workloads
        .iter()
        .map(|made| (made.id.as_str(), made.kind == WorkloadKind::DaemonSet))
        .collect();
    let mut nodes = Vec::new();
    for node in &look.state.nodes {
        let Some(id) = scene.cluster.node_id(&node.name) else {
            continue;
        };
        let object = objects.get(node.name.as_str()).copied();
        let mut shown = bare(&scene.cluster, id, object);
        shown.ready = node.ready;
        shown.killed = node.killed;
        // A node that is taken for lost is not cordoned for all that.
        shown.unschedulable = object
            .and_then(|node| node.spec.as_ref()?.unschedulable)
            .unwrap_or(false);
        for name in &node.pods {
            let Some(&shape) = shapes.get(name.as_str()) else {
                continue;
            };
            let (shape, part) = (scene.cluster.shape(shape), parts.get(name.as_str()));
            let (asked, service) = (shape.requests(), part.map_or("", |part| part.service));
            shown.pods.push(BoardPod {
                name: name.clone(),
                service: service.to_owned(),
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
                phase: part.and_then(|part| part.phase),
                priority: shape.priority(),
                daemon: daemon.get(service).copied().unwrap_or(false),
            });
        }
        nodes.push((node.zone.clone(), shown));
    }
    let asked = placement::requests(look.inventory);
    let pending = look.state.pending.iter().map(|pending| {
        let service = parts
            .get(pending.pod.as_str())
            .map(|part| part.service.to_owned())
            .unwrap_or_default();
        let asked = asked.get(&service).copied().unwrap_or_default();
        BoardPending {
            pod: pending.pod.clone(),
            service,
            cpu: asked.milli_cpu,
            memory: asked.memory_bytes,
            message: pending.message.clone(),
        }
    });
    Ok(SchedulerBoard {
        basis: look.basis.clone(),
        pending: pending.collect(),
        groups: grouped(nodes.into_iter()),
    })
}

/// The board of a world.
pub(super) fn board_of_world(world: &Settled) -> SchedulerBoard {
    let Standing { cluster, pods, .. } = &world.standing;
    let objects = by_name(&world.inventory);
    let mut on: BTreeMap<NodeId, Vec<BoardPod>> = BTreeMap::new();
    let mut pending = Vec::new();
    let messages = messages(world);
    for (at, pod) in pods.iter().enumerate() {
        let shape = cluster.shape(pod.shape);
        let asked = shape.requests();
        match pod.node {
            Some(node) => on.entry(node).or_default().push(BoardPod {
                name: pod.name.clone(),
                service: pod.owner.to_string(),
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
                phase: None,
                priority: shape.priority(),
                daemon: pod.kind == WorkloadKind::DaemonSet || is_static(pod),
            }),
            None => pending.push(BoardPending {
                pod: pod.name.clone(),
                service: pod.owner.to_string(),
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
                message: messages
                    .get(&PodKey(at as u64))
                    .cloned()
                    .unwrap_or_default(),
            }),
        }
    }
    let nodes = cluster.nodes().map(|id| {
        let object = objects.get(cluster.node_name(id)).copied();
        let mut shown = bare(cluster, id, object);
        shown.pods = on.remove(&id).unwrap_or_default();
        let labels = object.and_then(|node| node.metadata.labels.as_ref());
        let zone = labels.and_then(drydock_pricing::node_labels::zone);
        (zone.map(str::to_owned), shown)
    });
    SchedulerBoard {
        basis: world.basis(),
        groups: grouped(nodes),
        pending,
    }
}

/// Whether the kubelet of a node made a pod of its own: the mirror of a static pod.
pub(super) fn is_static(pod: &drydock_what_if::StandingPod) -> bool {
    let annotations = pod.pod.metadata.annotations.as_ref();
    annotations.is_some_and(|all| all.contains_key("kubernetes.io/config.mirror"))
}

/// Why pods wait, in the scheduler's words. Pods of one shape that wait for the same reasons are explained once.
fn messages(world: &Settled) -> BTreeMap<PodKey, String> {
    let cluster = &world.standing.cluster;
    let mut known: Vec<(drydock_scheduler::ShapeId, &Outcome, String)> = Vec::new();
    let mut all = BTreeMap::new();
    for (at, recorded) in world.schedule.decisions().iter().enumerate() {
        if matches!(recorded.outcome, Outcome::Placed { .. }) {
            continue;
        }
        let same = known
            .iter()
            .find(|(shape, outcome, _)| *shape == recorded.shape && **outcome == recorded.outcome);
        let message = if let Some((_, _, message)) = same {
            message.clone()
        } else {
            let (explanation, _) = world.schedule.explain(cluster, at);
            known.push((
                recorded.shape,
                &recorded.outcome,
                explanation.message.clone(),
            ));
            explanation.message
        };
        all.insert(recorded.pod, message);
    }
    all
}
