//! The cluster of a state as the scheduler sees it, rebuilt from the world's objects and where the pods are.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_model::{Inventory, LivePod};
use drydock_scheduler::{
    Admission, Cluster, PodFacts, PodKey, Profile, Resources, ShapeId, Staged, stage,
};
use drydock_simulation::PodPhase;
use drydock_what_if::Standing;
use k8s_openapi::api::core::v1::Pod;

use super::Victim;
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

/// A pod of a state: whose it is and what it does.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Id of the service.
    pub service: &'a str,
    /// What it is doing; none for a pod of a Job.
    pub phase: Option<PodPhase>,
}

/// Every pod of a state by name.
pub(super) fn parts<'a>(look: &'a Look<'_>) -> BTreeMap<&'a str, Part<'a>> {
    let live = look.inventory.pods.iter().map(|live| {
        let part = Part {
            service: live.owner.as_str(),
            phase: None,
        };
        (live.name.as_str(), part)
    });
    let mut all: BTreeMap<_, _> = live.collect();
    for service in &look.state.services {
        for pod in &service.pods {
            let part = Part {
                service: service.id.as_str(),
                phase: Some(pod.phase),
            };
            all.insert(&pod.name, part);
        }
    }
    all
}

/// The cluster of a state, with the names of its pods.
pub(super) struct Scene {
    /// Nodes with the pods of the state bound to them. What the cluster takes for lost is cordoned.
    pub cluster: Cluster,
    admission: Admission,
    /// By key.
    pods: Vec<(String, ShapeId)>,
    /// Shapes of templates, by service.
    templates: BTreeMap<String, ShapeId>,
}

/// Everything that placement depends on but the pods: nodes, storage, budgets, priorities, and the profile in force.
fn staged(inventory: &Inventory) -> Result<Staged, Error> {
    let profile =
        Standing::profile_of(inventory).map_err(|error| Error::refused(error.to_string()))?;
    stage(inventory, profile).map_err(refused)
}

/// The nodes with the pods of a state bound to them, but for `without`.
pub(super) fn cluster(look: &Look<'_>, without: Option<&str>) -> Result<Scene, Error> {
    let Staged {
        cluster, admission, ..
    } = staged(look.inventory)?;
    let mut scene = Scene {
        cluster,
        admission,
        pods: Vec::new(),
        templates: BTreeMap::new(),
    };
    let parts = parts(look);
    for node in &look.state.nodes {
        let Some(id) = scene.cluster.node_id(&node.name) else {
            continue;
        };
        if !node.ready {
            scene.cluster.set_unschedulable(id, true);
        }
        for pod in &node.pods {
            if Some(pod.as_str()) == without {
                continue;
            }
            let part = parts.get(pod.as_str()).copied();
            let shape = scene.shape(look, pod, part.map(|part| part.service))?;
            let facts = PodFacts {
                name: pod.rsplit('/').next().map(Arc::from),
                started: live(look.inventory, pod).and_then(|live| live.created),
                terminating: part.is_some_and(|part| part.phase == Some(PodPhase::Draining)),
            };
            let key = PodKey(scene.pods.len() as u64);
            scene.pods.push((pod.clone(), shape));
            scene.cluster.bind_with(key, shape, id, facts);
        }
    }
    Ok(scene)
}

impl Scene {
    fn shape(
        &mut self,
        look: &Look<'_>,
        pod: &str,
        service: Option<&str>,
    ) -> Result<ShapeId, Error> {
        if let Some(live) = live(look.inventory, pod) {
            return self.intern(&live.pod);
        }
        let service = service.ok_or_else(|| Error::not_found("pod", pod))?;
        if let Some(&known) = self.templates.get(service) {
            return Ok(known);
        }
        let template = template(look.inventory, service, pod)?;
        let shape = self.intern(template)?;
        self.templates.insert(service.to_owned(), shape);
        Ok(shape)
    }

    /// A pod as the API server would store it.
    pub fn admit(&self, pod: &Pod) -> Result<Pod, Error> {
        self.admission.admit(pod).map_err(refused)
    }

    fn intern(&mut self, pod: &Pod) -> Result<ShapeId, Error> {
        // A pod that runs although its priority class is gone counts as it is.
        let admitted = self.admission.admit(pod);
        self.cluster
            .intern(admitted.as_ref().unwrap_or(pod))
            .map_err(refused)
    }

    /// The object a pod was made from, admitted: its own, where the world has it, else the template of its service.
    pub fn object(&self, look: &Look<'_>, pod: &str) -> Result<Pod, Error> {
        if let Some(live) = live(look.inventory, pod) {
            return self.admit(&live.pod);
        }
        let service = service_of(&look.state, pod).ok_or_else(|| Error::not_found("pod", pod))?;
        self.admit(template(look.inventory, &service, pod)?)
    }

    /// A bound pod by its key.
    pub fn victim(&self, key: PodKey) -> Victim {
        let pod = self.pods.get(key.0 as usize);
        Victim {
            pod: pod.map(|(name, _)| name.clone()).unwrap_or_default(),
            priority: pod.map_or(0, |&(_, shape)| self.cluster.shape(shape).priority()),
        }
    }

    /// Shapes of the bound pods, by name.
    pub fn shapes(&self) -> BTreeMap<&str, ShapeId> {
        self.pods
            .iter()
            .map(|(name, shape)| (name.as_str(), *shape))
            .collect()
    }
}

/// The pod of the dump that has this name.
fn live<'a>(inventory: &'a Inventory, pod: &str) -> Option<&'a LivePod> {
    inventory
        .pods
        .binary_search_by(|live| live.name.as_str().cmp(pod))
        .ok()
        .map(|at| &inventory.pods[at])
}

fn template<'a>(inventory: &'a Inventory, service: &str, pod: &str) -> Result<&'a Pod, Error> {
    inventory
        .workloads
        .iter()
        .find(|workload| workload.id.as_str() == service)
        .map(|workload| &workload.template)
        .ok_or_else(|| Error::not_found("pod", pod))
}

/// Whom a pod belongs to: its service, or the owner in the dump.
pub(super) fn owner(look: &Look<'_>, pod: &str) -> String {
    service_of(&look.state, pod)
        .or_else(|| Some(live(look.inventory, pod)?.owner.to_string()))
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
    let scene = cluster(look, None)?;
    let (parts, shapes) = (parts(look), scene.shapes());
    let bound = look.state.nodes.iter().map(|node| Bound {
        node: node.name.clone(),
        milli_cpu: (node.cpu_allocatable * 1000.0).round().max(0.0) as u64,
        memory_bytes: node.memory_allocatable.max(0) as u64,
        pods: node
            .pods
            .iter()
            .filter_map(|pod| {
                let asked = scene.cluster.shape(*shapes.get(pod.as_str())?).requests();
                Some(drydock_pricing::PodRequest {
                    owner: parts
                        .get(pod.as_str())
                        .map(|part| part.service.to_owned())
                        .unwrap_or_default(),
                    milli_cpu: asked.milli_cpu.max(0) as u64,
                    memory_bytes: asked.memory_bytes.max(0) as u64,
                })
            })
            .collect(),
    });
    Ok(bound.collect())
}
