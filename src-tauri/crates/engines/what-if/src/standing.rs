//! A world as the scheduler finds it: nodes with the pods that are bound to them, and the pods that wait. Changes nothing
//! of the world itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_model::{Inventory, LivePod, ServiceId, Workload, WorkloadKind};
use drydock_scheduler::configuration::{self, InvalidConfiguration};
use drydock_scheduler::{
    Admission, Arrival, Cluster, Evicted, InvalidObject, NodeId, PodFacts, PodKey, Profile,
    QueuedPod, Schedule, ShapeId, Staged, live_pod, pinned_to, stage,
};
use k8s_openapi::api::core::v1::Pod;

use crate::claims::Claims;

/// A pod that is there or ought to be.
#[derive(Clone, Debug)]
pub struct StandingPod {
    /// `namespace/name`.
    pub name: String,
    /// The workload it belongs to.
    pub owner: ServiceId,
    /// Kind of that workload.
    pub kind: WorkloadKind,
    /// The pod as the API server would store it, without `spec.nodeName`.
    pub pod: Arc<Pod>,
    /// What placement makes of it.
    pub shape: ShapeId,
    /// Where it is.
    pub node: Option<NodeId>,
    /// When it was made, Unix seconds, where known.
    pub created: Option<i64>,
    /// Whether the dump shows it; otherwise its workload asks for it.
    pub from_dump: bool,
}

impl StandingPod {
    /// What placement keeps of it besides its shape.
    pub fn facts(&self) -> PodFacts {
        let status = self.pod.status.as_ref();
        PodFacts {
            name: self.pod.metadata.name.as_deref().map(Arc::from),
            started: status
                .and_then(|status| status.start_time.as_ref())
                .map(|time| time.0.as_second()),
            terminating: self.is_terminating(),
        }
    }

    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.pod.metadata.deletion_timestamp.is_some()
    }
}

/// A world as the scheduler finds it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Nodes, and the pods bound to them by their place in `pods`.
    pub cluster: Cluster,
    /// Pods: the dump's by name, then those that workloads lack. The index is the pod's key.
    pub pods: Vec<StandingPod>,
    /// What could not be taken as it stands, and what is done instead.
    pub warnings: Vec<String>,
}

impl Standing {
    /// Reads a world: pods of the dump are bound where the dump has them, and replicas that a workload still lacks wait.
    /// A DaemonSet has a pod on every node that takes it; Jobs have those that the dump shows. A pod that the API server
    /// would refuse (its priority class does not exist) is left out with a warning; one that runs all the same counts
    /// with priority 0.
    ///
    /// # Errors
    /// An object that placement cannot judge.
    pub fn of(inventory: &Inventory, profile: Profile) -> Result<Self, InvalidObject> {
        let Staged { cluster, admission } = stage(inventory, profile)?;
        let mut builder = Builder {
            claims: Claims::of(&inventory.cluster),
            cluster,
            admission,
            pods: Vec::new(),
            warnings: inventory.left_out().collect(),
        };
        for live in inventory.pods.iter().filter(|live| !live.ended) {
            builder.take(inventory, live)?;
        }
        let mut there: BTreeMap<ServiceId, Vec<usize>> = BTreeMap::new();
        for (at, pod) in builder.pods.iter().enumerate() {
            there.entry(pod.owner.clone()).or_default().push(at);
        }
        for workload in &inventory.workloads {
            let there = there.get(&workload.id).map_or(&[][..], Vec::as_slice);
            builder.complete(workload, there)?;
        }
        let Builder {
            mut cluster,
            pods,
            warnings,
            ..
        } = builder;
        for (at, pod) in pods.iter().enumerate() {
            if let Some(node) = pod.node {
                cluster.bind_with(PodKey(at as u64), pod.shape, node, pod.facts());
            }
        }
        Ok(Self {
            cluster,
            pods,
            warnings,
        })
    }

    /// The profile in force: the first of the world's scheduler configuration, or the default.
    ///
    /// # Errors
    /// A configuration that does not read.
    pub fn profile_of(inventory: &Inventory) -> Result<Profile, InvalidConfiguration> {
        configuration::in_force(&inventory.cluster)
    }

    /// The pods that wait for a node, as they queue.
    pub fn waiting(&self) -> Vec<Arrival> {
        self.pods
            .iter()
            .enumerate()
            .filter(|(_, pod)| pod.node.is_none() && !pod.is_terminating())
            .map(|(at, pod)| Arrival {
                queued: QueuedPod {
                    key: PodKey(at as u64),
                    priority: self.cluster.shape(pod.shape).priority(),
                    created: pod.created,
                    name: pod.name.clone(),
                },
                shape: pod.shape,
            })
            .collect()
    }

    /// Places what waits. Pods that are evicted for more important ones come back and wait in turn.
    pub fn settle(&mut self) -> Schedule {
        let waiting = self.waiting();
        let schedule = self.cluster.schedule(waiting, Evicted::Return);
        for (at, pod) in self.pods.iter_mut().enumerate() {
            pod.node = self.cluster.node_of(PodKey(at as u64));
        }
        schedule
    }
}

struct Builder<'a> {
    cluster: Cluster,
    admission: Admission,
    claims: Claims<'a>,
    pods: Vec<StandingPod>,
    warnings: Vec<String>,
}

impl Builder<'_> {
    /// Takes a pod of the dump.
    fn take(&mut self, inventory: &Inventory, live: &LivePod) -> Result<(), InvalidObject> {
        let Some((pod, node)) = live_pod(&self.cluster, &self.admission, live, &mut self.warnings)
        else {
            return Ok(());
        };
        let kind = inventory
            .workload(&live.owner)
            .map_or(WorkloadKind::Pod, |workload| workload.kind);
        let shape = self.cluster.intern(&pod)?;
        self.pods.push(StandingPod {
            name: live.name.clone(),
            owner: live.owner.clone(),
            kind,
            pod,
            shape,
            node,
            created: live.created,
            from_dump: true,
        });
        Ok(())
    }

    /// Makes the pods that a workload asks for and the dump does not show.
    fn complete(&mut self, workload: &Workload, there: &[usize]) -> Result<(), InvalidObject> {
        let wanted: Vec<Pod> = match workload.kind {
            WorkloadKind::Job | WorkloadKind::Pod => return Ok(()),
            WorkloadKind::DaemonSet => {
                let covered: BTreeSet<String> = there
                    .iter()
                    .filter_map(|&at| {
                        let pod = &self.pods[at];
                        match pod.node {
                            Some(node) => Some(self.cluster.node_name(node)),
                            None => pinned_to(&pod.pod),
                        }
                    })
                    .map(str::to_owned)
                    .collect();
                let Some(template) = self.admitted(workload, None) else {
                    return Ok(());
                };
                self.cluster
                    .daemon_pods(&template)
                    .map_err(|error| error.in_template_of(workload))?
                    .into_iter()
                    .filter(|(node, _)| !covered.contains(self.cluster.node_name(*node)))
                    .map(|(_, pod)| pod)
                    .collect()
            }
            _ => {
                let active = there
                    .iter()
                    .filter(|&&at| {
                        // A StatefulSet waits until a pod is gone for good.
                        workload.kind == WorkloadKind::StatefulSet
                            || !self.pods[at].is_terminating()
                    })
                    .count();
                let lacking = (workload.replicas as usize).saturating_sub(active);
                if lacking == 0 {
                    return Ok(());
                }
                let Some(template) = self.admitted(workload, Some(lacking)) else {
                    return Ok(());
                };
                vec![template; lacking]
            }
        };
        let taken: BTreeSet<String> = there.iter().map(|&at| self.pods[at].name.clone()).collect();
        let mut number = 0;
        for mut pod in wanted {
            let name = loop {
                let name = workload.id.pod(number);
                number += 1;
                if !taken.contains(&name) {
                    break name;
                }
            };
            pod.metadata.name = name.split_once('/').map(|(_, name)| name.to_owned());
            if workload.kind == WorkloadKind::StatefulSet {
                let unknown = self
                    .claims
                    .give(&mut self.cluster, &workload.id, &mut pod)?;
                if let Some(class) = unknown {
                    self.warnings.push(format!(
                        "pod {name} is placed without a claim of its StatefulSet: where the volume of storage class {class:?} would be is not known"
                    ));
                }
            }
            let shape = self
                .cluster
                .intern(&pod)
                .map_err(|error| error.in_template_of(workload))?;
            self.pods.push(StandingPod {
                name,
                owner: workload.id.clone(),
                kind: workload.kind,
                pod: Arc::new(pod),
                shape,
                node: None,
                created: workload.created,
                from_dump: false,
            });
        }
        Ok(())
    }

    /// The template as the API server would store it; nothing, and a warning, where it would refuse it.
    fn admitted(&mut self, workload: &Workload, lacking: Option<usize>) -> Option<Pod> {
        match self.admission.admit(&workload.template) {
            Ok(pod) => Some(pod),
            Err(refusal) => {
                let refusal = refusal.in_template_of(workload);
                let pods = match lacking {
                    Some(count) => format!("{count} pods"),
                    None => "further pods".to_owned(),
                };
                self.warnings
                    .push(format!("{pods} of {} are left out: {refusal}", workload.id));
                None
            }
        }
    }
}
