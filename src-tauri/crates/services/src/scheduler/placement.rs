//! The cluster of a state as the scheduler sees it, rebuilt from the world's objects and where the pods are.

use std::collections::BTreeMap;

use drydock_model::Inventory;
use drydock_scheduler::{Cluster, PodKey, Profile, Resources, ShapeId};
use k8s_openapi::api::core::v1::Pod;

use crate::cluster_status::services::service_of;
use crate::session::look::Look;
use crate::{Code, Error};

/// What a pod of each service asks for, by id. A template that placement cannot judge is left out: a world that has one
/// does not play.
pub(crate) fn requests(inventory: &Inventory) -> BTreeMap<String, Resources> {
    let mut cluster = Cluster::new(Profile::default());
    let mut all = BTreeMap::new();
    for workload in &inventory.workloads {
        if let Ok(shape) = cluster.intern(&workload.template) {
            all.insert(workload.id.to_string(), cluster.shape(shape).requests());
        }
    }
    all
}

/// The nodes with the pods of a state bound to them, but for `without`. What the cluster takes for lost is cordoned.
pub(super) fn cluster(look: &Look<'_>, without: Option<&str>) -> Result<Cluster, Error> {
    let mut cluster = Cluster::new(Profile::default());
    for (node, _) in &look.inventory.nodes {
        cluster.add_node(node).map_err(refused)?;
    }
    let mut key = 0;
    for node in &look.state.nodes {
        let Some(id) = cluster.node_id(&node.name) else {
            continue;
        };
        if !node.ready {
            cluster.set_unschedulable(id, true);
        }
        for pod in &node.pods {
            if Some(pod.as_str()) == without {
                continue;
            }
            let shape = shape(&mut cluster, look, pod)?;
            cluster.bind(PodKey(key), shape, id);
            key += 1;
        }
    }
    Ok(cluster)
}

/// The object a pod was made from: its own, where the world has it, else the template of its service.
fn object<'a>(look: &Look<'a>, pod: &str) -> Option<&'a Pod> {
    let inventory: &'a Inventory = look.inventory;
    if let Some(live) = inventory.pods.iter().find(|live| live.name == pod) {
        return Some(&live.pod);
    }
    let service = service_of(&look.state, pod)?;
    inventory
        .workloads
        .iter()
        .find(|workload| workload.id.as_str() == service)
        .map(|workload| &workload.template)
}

/// The shape of a pod.
pub(super) fn shape(cluster: &mut Cluster, look: &Look<'_>, pod: &str) -> Result<ShapeId, Error> {
    let object = object(look, pod).ok_or_else(|| Error::not_found("pod", pod))?;
    cluster.intern(object).map_err(refused)
}

/// What a pod asks for.
pub(super) fn requests_of_pod(look: &Look<'_>, pod: &str) -> Result<Resources, Error> {
    let mut cluster = Cluster::new(Profile::default());
    let shape = shape(&mut cluster, look, pod)?;
    Ok(cluster.shape(shape).requests())
}

/// Whom a pod belongs to: its service, or the owner in the dump.
pub(super) fn owner(look: &Look<'_>, pod: &str) -> String {
    service_of(&look.state, pod)
        .or_else(|| {
            let live = look.inventory.pods.iter().find(|live| live.name == pod)?;
            Some(live.owner.to_string())
        })
        .unwrap_or_default()
}

/// The pod that a text names: `namespace/name`, or a bare name that one pod has.
pub(super) fn named(look: &Look<'_>, text: &str) -> Result<String, Error> {
    let bound = look.state.nodes.iter().flat_map(|node| node.pods.iter());
    let pending = look.state.pending.iter().map(|pending| &pending.pod);
    let mut found: Vec<&String> = bound
        .chain(pending)
        .filter(|pod| {
            pod.as_str() == text || pod.rsplit_once('/').is_some_and(|(_, name)| name == text)
        })
        .collect();
    found.dedup();
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Error::not_found("pod", text)),
        _ => Err(Error::bad_input(
            "pod",
            format!("{text:?} is the name of several pods: write namespace/name"),
        )),
    }
}

/// An object that placement cannot judge.
pub(super) fn refused(error: drydock_scheduler::InvalidObject) -> Error {
    Error::new(Code::Refused, error.to_string())
}

/// What a node offers and what its pods ask for, by owner.
pub(crate) struct Bound {
    /// Name of the node.
    pub node: String,
    /// CPU for pods, thousandths of a core.
    pub milli_cpu: u64,
    /// Memory for pods, bytes.
    pub memory_bytes: u64,
    /// Its pods.
    pub pods: Vec<drydock_pricing::PodRequest>,
}

/// What is bound where.
pub(crate) fn bound_requests(look: &Look<'_>) -> Result<Vec<Bound>, Error> {
    look.state
        .nodes
        .iter()
        .map(|node| {
            let pods = node.pods.iter().map(|pod| {
                let asked = requests_of_pod(look, pod)?;
                Ok(drydock_pricing::PodRequest {
                    owner: owner(look, pod),
                    milli_cpu: asked.milli_cpu.max(0) as u64,
                    memory_bytes: asked.memory_bytes.max(0) as u64,
                })
            });
            Ok(Bound {
                node: node.name.clone(),
                milli_cpu: (node.cpu_allocatable * 1000.0).round().max(0.0) as u64,
                memory_bytes: node.memory_allocatable.max(0) as u64,
                pods: pods.collect::<Result<_, Error>>()?,
            })
        })
        .collect()
}
