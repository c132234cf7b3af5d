//! The controllers of a cluster: replicas, start and end of pods, endpoints.

use drydock_model::{NANOS_PER_SECOND, ServiceId, SimTime, WorkloadKind};
use drydock_scheduler::{PodKey, ShapeId};

use crate::client::Client;
use crate::error::ActError;
use crate::event::EventKind;
use crate::eventlist::Due;
use crate::frame::{InitialPod, Placement};
use crate::pod::Pod;
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;

/// Time until every node's kube-proxy knows that a pod is gone: its `minSyncPeriod`, default 1 s.
pub const ENDPOINT_SYNC_NS: SimTime = NANOS_PER_SECOND;

/// Pods that were there at the start have run for an hour then, past all delays of an autoscaler.
const WARM_NS: i64 = -3_600 * NANOS_PER_SECOND as i64;

/// Most replicas of a service.
const MOST_REPLICAS: u32 = 10_000;

/// The first probe of a pod's readiness at which it has started.
fn first_probe_after(startup: SimTime, (delay, period): (SimTime, SimTime)) -> SimTime {
    delay + startup.saturating_sub(delay).div_ceil(period) * period
}

impl Simulation {
    /// Makes the pods of the start, places what has no node, and has everything placed ready.
    pub(crate) fn populate(&mut self) {
        let plan = std::sync::Arc::clone(&self.plan);
        // What is being deleted without having a node is gone at once: no kubelet has to end it.
        let there = |initial: &&InitialPod| !initial.terminating || initial.node.is_some();
        for initial in plan.frame.pods.iter().filter(there) {
            let service = initial.service.unwrap_or(NONE);
            let pod = self.make_pod(
                initial.name.clone(),
                initial.owner.clone(),
                service,
                initial.shape,
            );
            let this = &mut self.pods[pod as usize];
            this.created = initial.created;
            this.started = initial.started;
            this.grace_ns = initial.grace_ns;
            this.terminating = initial.terminating;
            if let Some(node) = initial.node {
                self.bind(pod, node);
            } else {
                self.pending.push(pod);
            }
        }
        for service in 0..self.services.len() as u32 {
            self.reconcile(service, "start of the run");
        }
        self.schedule();
        let bound: Vec<u32> = (0..self.pods.len() as u32)
            .filter(|&pod| self.pods[pod as usize].in_use && self.pods[pod as usize].node != NONE)
            .collect();
        for pod in bound {
            let node = self.pods[pod as usize].node;
            let up = self.nodes[node as usize].up;
            let this = &mut self.pods[pod as usize];
            this.bound_at = WARM_NS;
            match (up, this.terminating) {
                (true, false) => self.become_ready(pod, WARM_NS),
                (true, true) => self.end_gracefully(pod),
                (false, _) => {}
            }
        }
        for node in 0..self.nodes.len() as u32 {
            if !self.nodes[node as usize].up {
                let due = Due::Evict { node, epoch: 0 };
                self.events.push(self.plan.values.eviction_ns, due);
            }
        }
    }

    fn make_pod(&mut self, name: String, owner: String, service: u32, shape: ShapeId) -> u32 {
        self.pods_made += 1;
        let mut pod = Pod::pending(PodKey(self.pods_made), name, owner, service, shape);
        if service != NONE {
            let template = &self.plan.frame.workloads[service as usize].template;
            pod.grace_ns = template.grace_ns;
            pod.memory_limit = template.memory_limit;
            let clients = self.plan.frame.workloads[service as usize].clients;
            pod.clients = vec![Client::default(); clients as usize];
            pod.values = self.empty_values(service);
        }
        pod.touched = self.now;
        let asked = self.cluster.shape(shape).requests().milli_cpu;
        // The least weight of a cgroup without request: `MinShares` of kubelet, 2 for 2 thousandths.
        pod.weight = asked.max(2) as u64;
        let at = if let Some(at) = self.free_pods.pop() {
            pod.epoch = self.pods[at as usize].epoch.wrapping_add(1);
            pod.wake = self.pods[at as usize].wake.wrapping_add(1);
            self.pods[at as usize] = pod;
            at
        } else {
            self.pods.push(pod);
            (self.pods.len() - 1) as u32
        };
        if service != NONE {
            self.services[service as usize].pods.push(at);
            self.pods[at as usize].quota = self.quota_for(at);
        }
        at
    }

    /// Makes and deletes pods of a service until there are as many as asked for.
    pub(crate) fn reconcile(&mut self, service: u32, cause: &str) {
        let plan = std::sync::Arc::clone(&self.plan);
        let workload = &plan.frame.workloads[service as usize];
        if let Placement::PerNode(nodes) = &workload.placement {
            for &(node, shape) in nodes {
                let there = self.services[service as usize].pods.iter().any(|&pod| {
                    let pod = &self.pods[pod as usize];
                    pod.node == node || (pod.node == NONE && pod.shape == shape)
                });
                if !there {
                    let pod = self.new_replica(service, shape);
                    self.pending.push(pod);
                }
            }
            return;
        }
        let Placement::Free(shape) = workload.placement else {
            return;
        };
        // A StatefulSet waits until a pod is gone for good; others replace it as soon as it is being deleted.
        let waits = workload.kind == WorkloadKind::StatefulSet;
        let there = &self.services[service as usize].pods;
        let all = there.len();
        let live = there
            .iter()
            .filter(|&&pod| !self.pods[pod as usize].terminating)
            .count();
        let desired = self.services[service as usize].desired as usize;
        if workload.kind != WorkloadKind::Pod {
            for _ in (if waits { all } else { live })..desired {
                let pod = self.new_replica(service, shape);
                self.pending.push(pod);
            }
        }
        for _ in desired..live {
            if let Some(pod) = self.dispensable(service) {
                let name = self.pods[pod as usize].name.clone();
                let message = "deleted, since fewer replicas are wanted";
                self.note(EventKind::Terminate, &name, message, cause);
                self.dismiss(pod);
            }
        }
    }

    fn new_replica(&mut self, service: u32, shape: ShapeId) -> u32 {
        let plan = std::sync::Arc::clone(&self.plan);
        let workload = &plan.frame.workloads[service as usize];
        let ordinals = workload.kind == WorkloadKind::StatefulSet;
        let mut number = if ordinals {
            0
        } else {
            self.services[service as usize].names_given
        };
        let name = loop {
            let name = workload.id.pod(number);
            let taken = self.services[service as usize]
                .pods
                .iter()
                .any(|&pod| self.pods[pod as usize].name == name);
            number += 1;
            if !taken {
                break name;
            }
        };
        self.services[service as usize].names_given = number;
        let pod = self.make_pod(name, workload.id.to_string(), service, shape);
        if self.warming {
            self.pods[pod as usize].created = workload.created;
        }
        pod
    }

    /// The pod that a controller deletes first: not bound, then not ready, then the youngest
    /// (`ActivePodsWithRanks` of pkg/controller, ranks and restarts left out). A StatefulSet: the highest ordinal.
    fn dispensable(&self, service: u32) -> Option<u32> {
        let ordinal = |pod: &Pod| {
            pod.name
                .rsplit_once('-')
                .and_then(|(_, n)| n.parse::<u32>().ok())
        };
        let by_ordinal =
            self.plan.frame.workloads[service as usize].kind == WorkloadKind::StatefulSet;
        self.services[service as usize]
            .pods
            .iter()
            .copied()
            .filter(|&pod| !self.pods[pod as usize].terminating)
            .min_by_key(|&pod| {
                let pod = &self.pods[pod as usize];
                let rank = if by_ordinal {
                    (
                        false,
                        false,
                        std::cmp::Reverse(ordinal(pod).map_or(0, u64::from)),
                    )
                } else {
                    (pod.node != NONE, pod.listed, std::cmp::Reverse(pod.serial))
                };
                (rank, pod.serial)
            })
    }

    /// Deletes a pod gracefully. Whoever asks has written down why.
    pub(crate) fn dismiss(&mut self, pod: u32) {
        let this = &mut self.pods[pod as usize];
        this.terminating = true;
        if this.phase != PodPhase::Running {
            self.remove(pod);
            return;
        }
        let epoch = this.epoch;
        self.events.push(
            self.now + ENDPOINT_SYNC_NS,
            Due::EndpointGone { pod, epoch },
        );
        self.end_gracefully(pod);
    }

    fn end_gracefully(&mut self, pod: u32) {
        let this = &mut self.pods[pod as usize];
        this.phase = PodPhase::Draining;
        let (epoch, grace) = (this.epoch, this.grace_ns);
        self.events.push(
            self.now + grace.max(ENDPOINT_SYNC_NS),
            Due::GraceOver { pod, epoch },
        );
    }

    /// A pod leaves the endpoints.
    pub(crate) fn unlist(&mut self, pod: u32) {
        let this = &mut self.pods[pod as usize];
        if std::mem::replace(&mut this.listed, false) {
            let service = this.service;
            self.services[service as usize]
                .endpoints
                .retain(|&other| other != pod);
            self.note_ready(service);
        }
    }

    pub(crate) fn endpoint_gone(&mut self, pod: u32, epoch: u32) {
        if self.pods[pod as usize].epoch != epoch || !self.pods[pod as usize].in_use {
            return;
        }
        self.unlist(pod);
        match self.pods[pod as usize].phase {
            PodPhase::Gone => self.release_pod(pod),
            _ => self.stop_if_drained(pod),
        }
    }

    /// Ends a draining pod that has nothing left to do and gets nothing more.
    pub(crate) fn stop_if_drained(&mut self, pod: u32) {
        let this = &self.pods[pod as usize];
        if this.phase == PodPhase::Draining && !this.listed && this.inside() == 0 {
            self.remove(pod);
            self.settle();
        }
    }

    pub(crate) fn grace_over(&mut self, pod: u32, epoch: u32) {
        let this = &self.pods[pod as usize];
        if this.in_use && this.epoch == epoch && this.phase == PodPhase::Draining {
            self.lose_requests(pod);
            self.remove(pod);
            self.settle();
        }
    }

    /// Takes a pod's object away. One that is still among the endpoints keeps its slot until it is not.
    pub(crate) fn remove(&mut self, pod: u32) {
        self.settle_cpu(pod);
        let this = &mut self.pods[pod as usize];
        let (key, service, node, epoch, listed) =
            (this.key, this.service, this.node, this.epoch, this.listed);
        this.phase = PodPhase::Gone;
        self.forget_clients(pod);
        self.cluster.unbind(key);
        self.cluster.withdraw(key);
        if node != NONE {
            self.nodes[node as usize].pods.retain(|&other| other != pod);
        }
        self.pending.retain(|&other| other != pod);
        if service != NONE {
            self.services[service as usize]
                .pods
                .retain(|&other| other != pod);
            self.look_at_primary(service);
        }
        if listed {
            self.events.push(
                self.now + ENDPOINT_SYNC_NS,
                Due::EndpointGone { pod, epoch },
            );
        } else {
            self.release_pod(pod);
        }
    }

    fn release_pod(&mut self, pod: u32) {
        let this = &mut self.pods[pod as usize];
        this.in_use = false;
        this.epoch = this.epoch.wrapping_add(1);
        self.free_pods.push(pod);
    }

    /// After pods have gone: StatefulSets that waited make theirs, and pending pods are tried again.
    pub(crate) fn settle(&mut self) {
        for service in 0..self.services.len() as u32 {
            self.reconcile(service, "a pod is gone");
        }
        self.schedule();
    }

    /// Has a bound pod start, if its node answers.
    pub(crate) fn start(&mut self, pod: u32) {
        let this = &mut self.pods[pod as usize];
        if !self.nodes[this.node as usize].up || self.warming {
            return;
        }
        this.phase = PodPhase::Starting;
        let epoch = this.epoch;
        let startup = match this.service {
            NONE => 0,
            service => {
                let takes = self.plan.values.services[service as usize].startup_ns;
                let probed = self.plan.frame.workloads[service as usize]
                    .template
                    .readiness;
                probed.map_or(takes, |probe| first_probe_after(takes, probe))
            }
        };
        self.events
            .push(self.now + startup, Due::Started { pod, epoch });
        if self.fails_at_start(pod) {
            self.exit(
                pod,
                EventKind::Exit,
                "its process exited at its start",
                "a fault",
            );
        }
    }

    pub(crate) fn started(&mut self, pod: u32, epoch: u32) {
        let this = &self.pods[pod as usize];
        if !this.in_use || this.epoch != epoch || this.phase != PodPhase::Starting {
            return;
        }
        let (name, node) = (this.name.clone(), self.node_name(this.node).to_owned());
        self.become_ready(pod, self.now as i64);
        self.note(
            EventKind::Ready,
            &name,
            format!("ready on {node}"),
            "its start-up time is over",
        );
    }

    fn become_ready(&mut self, pod: u32, since: i64) {
        let this = &mut self.pods[pod as usize];
        this.phase = PodPhase::Running;
        this.ready_at = Some(since);
        let service = this.service;
        if service != NONE {
            if !std::mem::replace(&mut this.listed, true) {
                self.services[service as usize].endpoints.push(pod);
                self.note_ready(service);
            }
            self.look_at_primary(service);
        }
    }

    /// Sets the replicas of a service by hand.
    pub(crate) fn scale(&mut self, id: &ServiceId, replicas: u32) -> Result<(), ActError> {
        let service = self
            .plan
            .frame
            .service(id)
            .ok_or_else(|| ActError::UnknownService(id.clone()))? as u32;
        let kind = self.plan.frame.workloads[service as usize].kind;
        if matches!(kind, WorkloadKind::DaemonSet | WorkloadKind::Pod) {
            return Err(ActError::NotScalable {
                service: id.clone(),
                kind: format!("{kind:?}"),
            });
        }
        if replicas > MOST_REPLICAS {
            return Err(ActError::TooMany {
                asked: replicas,
                most: MOST_REPLICAS,
            });
        }
        self.set_replicas(service, replicas, "asked for");
        Ok(())
    }

    pub(crate) fn set_replicas(&mut self, service: u32, replicas: u32, cause: &str) {
        let from = std::mem::replace(&mut self.services[service as usize].desired, replicas);
        let name = self.plan.frame.services[service as usize].to_string();
        self.note(
            EventKind::Scale,
            &name,
            format!("from {from} to {replicas} replicas"),
            cause,
        );
        self.reconcile(service, cause);
        self.schedule();
    }
}
