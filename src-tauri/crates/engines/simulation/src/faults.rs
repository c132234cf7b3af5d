//! Faults: killed pods and nodes, what the cluster makes of them, and healing.

use drydock_model::WorkloadKind;

use crate::client::Client;
use crate::error::ActError;
use crate::event::EventKind;
use crate::eventlist::Due;
use crate::request::{NONE, Stage};
use crate::simulation::Simulation;
use crate::state::PodPhase;
use crate::telemetry::Cause;
use crate::template::Patience;

impl Simulation {
    pub(crate) fn node_named(&self, name: &str) -> Result<u32, ActError> {
        self.plan
            .frame
            .nodes
            .iter()
            .position(|node| node.name == name)
            .map(|at| at as u32)
            .ok_or_else(|| ActError::UnknownNode(name.to_owned()))
    }

    /// Requests inside a pod whose process dies while its node stays up: connections are reset.
    pub(crate) fn lose_requests(&mut self, pod: u32) {
        for request in self.inside(pod) {
            if !self.requests.get(request).abandoned {
                self.count_failure(request, Cause::PodLost);
            }
            self.refuse(request, Cause::PodLost);
        }
        self.empty(pod);
    }

    /// Requests inside a pod whose node goes down: nobody hears of them again.
    fn bury_requests(&mut self, pod: u32) {
        for request in self.inside(pod) {
            self.vanish(request, Cause::NodeLost);
        }
        self.empty(pod);
    }

    /// Whether a node does not answer.
    pub(crate) fn is_down(&self, name: &str) -> bool {
        self.node_named(name)
            .is_ok_and(|at| !self.nodes[at as usize].up)
    }

    fn inside(&self, pod: u32) -> Vec<u32> {
        let epoch = self.pods[pod as usize].epoch;
        self.requests
            .iter()
            .filter(|(_, request)| {
                let there = matches!(
                    request.stage,
                    Stage::Waiting | Stage::Working | Stage::Calling
                );
                there && request.pod == pod && request.pod_epoch == epoch
            })
            .map(|(at, _)| at)
            .collect()
    }

    fn empty(&mut self, pod: u32) {
        self.drop_jobs(pod);
        let this = &mut self.pods[pod as usize];
        this.waiting.clear();
        this.occupied = 0;
        self.forget_clients(pod);
        let service = self.pods[pod as usize].service;
        if service != NONE {
            let clients = self.plan.frame.workloads[service as usize].clients;
            self.pods[pod as usize].clients = vec![Client::default(); clients as usize];
        }
    }

    pub(crate) fn kill_pod(&mut self, name: &str) -> Result<(), ActError> {
        let pod = self
            .pod_named(name)
            .ok_or_else(|| ActError::UnknownPod(name.to_owned()))?;
        let (phase, service) = (
            self.pods[pod as usize].phase,
            self.pods[pod as usize].service,
        );
        self.note(
            EventKind::Kill,
            name,
            "deleted with grace period 0",
            "asked for",
        );
        if phase != PodPhase::Down {
            self.lose_requests(pod);
        }
        self.remove(pod);
        if service != NONE && self.plan.frame.workloads[service as usize].kind == WorkloadKind::Pod
        {
            self.services[service as usize].desired = 0;
        }
        self.settle();
        Ok(())
    }

    pub(crate) fn kill_node(&mut self, name: &str) -> Result<(), ActError> {
        let at = self.node_named(name)?;
        if !self.nodes[at as usize].up {
            return Err(ActError::AlreadyDown(name.to_owned()));
        }
        for pod in self.nodes[at as usize].pods.clone() {
            self.bury_requests(pod);
            let this = &mut self.pods[pod as usize];
            // What was on its way to it finds the node down; what comes after a heal finds another epoch.
            this.phase = PodPhase::Down;
            let service = this.service;
            self.look_at_primary(service);
        }
        let node = &mut self.nodes[at as usize];
        node.up = false;
        node.killed = Some(self.now);
        node.epoch += 1;
        let (epoch, pods) = (node.epoch, node.pods.len());
        self.note(
            EventKind::Kill,
            name,
            format!("powered off with {pods} pods"),
            "asked for",
        );
        let due = Due::NodeLost { node: at, epoch };
        self.events
            .push(self.now + self.plan.values.node_grace_ns, due);
        Ok(())
    }

    /// The node controller marks the node, and its pods leave the endpoints.
    pub(crate) fn node_lost(&mut self, at: u32, epoch: u32) {
        if self.nodes[at as usize].epoch != epoch {
            return;
        }
        self.nodes[at as usize].ready = false;
        self.cluster
            .set_unschedulable(self.plan.frame.nodes[at as usize].id, true);
        for pod in self.nodes[at as usize].pods.clone() {
            self.pods[pod as usize].ready_at = None;
            self.unlist(pod);
        }
        let name = self.node_name(at).to_owned();
        let grace = self.plan.values.node_grace_ns as f64 / 1e9;
        self.note(
            EventKind::NodeLost,
            &name,
            "NotReady: its pods leave the endpoints",
            format!("silent for {grace} s"),
        );
        self.events.push(
            self.now + self.plan.values.eviction_ns,
            Due::Evict { node: at, epoch },
        );
        let mut own: Vec<_> = self.nodes[at as usize]
            .pods
            .iter()
            .filter_map(|&pod| match self.patience(pod) {
                Patience::For(time) => Some(time),
                Patience::Default | Patience::Forever => None,
            })
            .collect();
        own.sort_unstable();
        own.dedup();
        for time in own {
            self.events
                .push(self.now + time, Due::Evict { node: at, epoch });
        }
    }

    fn patience(&self, pod: u32) -> Patience {
        match self.pods[pod as usize].service {
            NONE => Patience::Forever,
            service => {
                let workload = &self.plan.frame.workloads[service as usize];
                if workload.kind == WorkloadKind::DaemonSet {
                    Patience::Forever
                } else {
                    workload.template.patience
                }
            }
        }
    }

    /// Evicts the pods of a lost node whose time is over.
    pub(crate) fn evict(&mut self, at: u32, epoch: u32) {
        let node = &self.nodes[at as usize];
        if node.epoch != epoch || node.up {
            return;
        }
        let since = node
            .killed
            .map_or(0, |killed| killed + self.plan.values.node_grace_ns);
        let silent = self.now - since;
        let node_name = self.node_name(at).to_owned();
        let mut evicted = false;
        for pod in self.nodes[at as usize].pods.clone() {
            let due = match self.patience(pod) {
                Patience::Default => silent >= self.plan.values.eviction_ns,
                Patience::For(time) => silent >= time,
                Patience::Forever => false,
            };
            if !due || self.pods[pod as usize].terminating {
                continue;
            }
            let name = self.pods[pod as usize].name.clone();
            let cause = format!("node {node_name} does not answer");
            let service = self.pods[pod as usize].service;
            self.pods[pod as usize].terminating = true;
            if self.plan.frame.workloads[service as usize].kind == WorkloadKind::StatefulSet {
                let message = "evicted, but its StatefulSet makes no other until the node answers or the pod is deleted";
                self.note(EventKind::Evict, &name, message, cause);
            } else {
                self.note(EventKind::Evict, &name, "evicted", cause);
                self.remove(pod);
            }
            evicted = true;
        }
        if evicted {
            self.settle();
        }
    }

    pub(crate) fn heal_node(&mut self, name: &str) -> Result<(), ActError> {
        let at = self.node_named(name)?;
        if self.nodes[at as usize].up {
            return Err(ActError::NotDown(name.to_owned()));
        }
        let node = &mut self.nodes[at as usize];
        node.up = true;
        node.ready = true;
        node.killed = None;
        node.epoch += 1;
        let plan = &self.plan.frame.nodes[at as usize];
        self.cluster.set_unschedulable(plan.id, plan.cordoned);
        let pods = self.nodes[at as usize].pods.clone();
        self.note(
            EventKind::Heal,
            name,
            format!("answers again, {} pods restart", pods.len()),
            "asked for",
        );
        for pod in pods {
            self.unlist(pod);
            if self.pods[pod as usize].terminating {
                self.remove(pod);
                continue;
            }
            let values = self.empty_values(self.pods[pod as usize].service);
            let this = &mut self.pods[pod as usize];
            this.epoch = this.epoch.wrapping_add(1);
            this.ready_at = None;
            this.values = values;
            self.start(pod);
        }
        self.settle();
        Ok(())
    }
}
