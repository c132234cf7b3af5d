//! Placement: how full the cluster is, what is where, why, and where a pod would go. Binds nothing.

mod placement;
mod shape;
mod simulate;

use drydock_model::WorkloadKind;
use drydock_simulation::State;

use crate::cluster_status::RunChoice;
use crate::cluster_status::services::service_of;
use crate::session::look::{Look, Sight, look};
use crate::{Error, Lab};

pub(crate) use placement::{bound_requests, requests};
pub use shape::*;

/// `scheduler_cluster`: how full the cluster is.
pub fn scheduler_cluster(lab: &Lab, input: RunChoice) -> Result<SchedulerCluster, Error> {
    look(lab, input.sight(), |look| {
        let cluster = placement::cluster(look, None)?;
        let (mut total, mut used) = ([0_i64; 2], [0_i64; 2]);
        let mut utilization = Vec::new();
        for id in cluster.nodes() {
            let (offered, asked) = (cluster.allocatable(id), cluster.requested(id));
            total[0] += offered.milli_cpu;
            total[1] += offered.memory_bytes;
            used[0] += asked.milli_cpu;
            used[1] += asked.memory_bytes;
            let percent = |asked: i64, offered: i64| {
                (offered > 0).then(|| asked as f64 / offered as f64 * 100.0)
            };
            utilization.push(NodeUtilization {
                name: cluster.node_name(id).to_owned(),
                cpu_percent: percent(asked.milli_cpu, offered.milli_cpu),
                memory_percent: percent(asked.memory_bytes, offered.memory_bytes),
                pods_percent: percent(asked.pods, offered.pods),
            });
        }
        let running: u32 = look
            .state
            .nodes
            .iter()
            .map(|node| node.pods.len() as u32)
            .sum();
        let pending = look.state.pending.len() as u32;
        Ok(SchedulerCluster {
            basis: look.basis.clone(),
            total_nodes: look.state.nodes.len() as u32,
            ready_nodes: look.state.nodes.iter().filter(|node| node.ready).count() as u32,
            total_cpu: total[0],
            used_cpu: used[0],
            total_memory: total[1],
            used_memory: used[1],
            total_pods: running + pending,
            running_pods: running,
            pending_pods: pending,
            node_utilization: utilization,
        })
    })
}

/// `scheduler_board`: nodes by zone with the pods on them, and pods without a node.
pub fn scheduler_board(lab: &Lab, input: RunChoice) -> Result<SchedulerBoard, Error> {
    look(lab, input.sight(), |look| {
        let mut groups: Vec<BoardGroup> = Vec::new();
        for node in &look.state.nodes {
            let board_node = board_node(look, node)?;
            match groups.iter_mut().find(|group| group.zone == node.zone) {
                Some(group) => group.nodes.push(board_node),
                None => groups.push(BoardGroup {
                    zone: node.zone.clone(),
                    nodes: vec![board_node],
                }),
            }
        }
        // Nodes without a zone come last.
        groups.sort_by(|a, b| (a.zone.is_none(), &a.zone).cmp(&(b.zone.is_none(), &b.zone)));
        let asked = requests(look.inventory);
        let pending = look
            .state
            .pending
            .iter()
            .map(|pending| {
                let service = service_of(&look.state, &pending.pod).unwrap_or_default();
                let asked = asked.get(&service).copied().unwrap_or_default();
                BoardPending {
                    pod: pending.pod.clone(),
                    service,
                    cpu: asked.milli_cpu,
                    memory: asked.memory_bytes,
                    message: pending.message.clone(),
                }
            })
            .collect();
        Ok(SchedulerBoard {
            basis: look.basis.clone(),
            groups,
            pending,
        })
    })
}

fn board_node(look: &Look<'_>, node: &drydock_simulation::NodeState) -> Result<BoardNode, Error> {
    let mut pods = Vec::new();
    for name in &node.pods {
        let resources = placement::requests_of_pod(look, name)?;
        pods.push(BoardPod {
            name: name.clone(),
            service: placement::owner(look, name),
            cpu: resources.milli_cpu,
            memory: resources.memory_bytes,
            phase: pod_state(&look.state, name).map(|pod| pod.phase),
        });
    }
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(BoardNode {
        name: node.name.clone(),
        ready: node.ready,
        killed: node.killed,
        cpu_allocatable: (node.cpu_allocatable * 1000.0).round() as i64,
        cpu_requested: (node.cpu_requested * 1000.0).round() as i64,
        memory_allocatable: node.memory_allocatable,
        memory_requested: node.memory_requested,
        pods,
    })
}

fn pod_state<'a>(state: &'a State, name: &str) -> Option<&'a drydock_simulation::PodState> {
    state
        .services
        .iter()
        .flat_map(|service| &service.pods)
        .find(|pod| pod.name == name)
}

/// `scheduler_explain`: why a pod is where it is, or nowhere: the decision that would be taken at that instant, the pod
/// itself set aside.
pub fn scheduler_explain(lab: &Lab, input: ExplainInput) -> Result<PodExplanation, Error> {
    let sight = Sight::of(input.run.as_deref(), input.at_ns);
    let daemon = look(lab, sight, |look| {
        let pod = placement::named(look, &input.pod)?;
        let owner = placement::owner(look, &pod);
        let workload = look
            .inventory
            .workloads
            .iter()
            .find(|workload| workload.id.as_str() == owner);
        let placed = look
            .state
            .nodes
            .iter()
            .find(|node| node.pods.contains(&pod))
            .map(|node| node.name.clone());
        let explanation = match workload {
            // A daemon's pod is pinned to its node by its controller; only the simulation has that shape.
            Some(workload) if workload.kind == WorkloadKind::DaemonSet => None,
            _ => {
                let mut cluster = placement::cluster(look, Some(&pod))?;
                let shape = placement::shape(&mut cluster, look, &pod)?;
                Some(cluster.explain(shape))
            }
        };
        Ok((look.basis.clone(), pod, placed, explanation))
    })?;
    let (basis, pod, placed, explanation) = daemon;
    let explanation = match explanation {
        Some(explanation) => explanation,
        None => sight
            .simulation(lab, |simulation| simulation.explain(&pod))?
            .ok_or_else(|| Error::not_found("pod", &pod))?,
    };
    Ok(PodExplanation {
        basis,
        pod,
        placed,
        explanation,
    })
}

/// `scheduler_simulate`: where a pod would go in the session's cluster at its cursor, or in that of a run.
pub fn scheduler_simulate(lab: &Lab, input: SimulatePodInput) -> Result<SimulatedPod, Error> {
    let pod = simulate::pod(&input.pod_spec)?;
    let sight = Sight::of(input.run.as_deref(), input.at_ns);
    look(lab, sight, |look| simulate::simulate(look, &pod))
}
