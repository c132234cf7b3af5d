//! The scheduler of a run: pending pods are placed in queue order, and evict less important ones where that helps.

use drydock_model::WorkloadKind;
use drydock_scheduler::{Decision, NodeId, PodFacts, PodKey, QueuedPod, ShapeId, queue_order};

use crate::event::EventKind;
use crate::pod::Pod;
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;

/// What a pod counts to have started at, in seconds, that was bound at time 0 of the run: later than any of a dump.
const RUN_START: i64 = i64::MAX / 2;

impl Simulation {
    /// Tries to place every pending pod, in queue order, until nothing more changes at this time.
    pub(crate) fn schedule(&mut self) {
        while self.schedule_once() {
            for service in 0..self.services.len() as u32 {
                self.reconcile(service, "a pod was evicted");
            }
        }
    }

    /// One pass over the queue; answers whether pods were evicted.
    fn schedule_once(&mut self) -> bool {
        let mut evicted = false;
        for pod in self.queue() {
            let (key, shape) = (self.pods[pod as usize].key, self.pods[pod as usize].shape);
            match self.cluster.decide_pod(Some(key), shape) {
                Decision::Placed {
                    node,
                    score,
                    feasible,
                    ..
                } => {
                    let node = node.index() as u32;
                    self.bind(pod, node);
                    if !self.warming {
                        let name = self.pods[pod as usize].name.clone();
                        let message = format!("assigned to {}", self.node_name(node));
                        let cause = format!("score {score}, best of {feasible} feasible nodes");
                        self.note(EventKind::Schedule, &name, message, cause);
                    }
                    self.start(pod);
                }
                Decision::Unschedulable(_) => {
                    self.pending.push(pod);
                    self.report(pod, shape);
                    evicted |= !self.warming && self.make_room(pod);
                }
            }
        }
        evicted
    }

    /// Takes the pending pods, in queue order.
    fn queue(&mut self) -> Vec<u32> {
        let mut queue: Vec<QueuedPod> = std::mem::take(&mut self.pending)
            .into_iter()
            .map(|pod| {
                let this = &self.pods[pod as usize];
                QueuedPod {
                    key: PodKey(u64::from(pod)),
                    priority: self.cluster.shape(this.shape).priority(),
                    created: this.created,
                    name: this.name.clone(),
                }
            })
            .collect();
        queue_order(&mut queue);
        queue.iter().map(|queued| queued.key.0 as u32).collect()
    }

    fn report(&mut self, pod: u32, shape: ShapeId) {
        let this = &mut self.pods[pod as usize];
        if !std::mem::replace(&mut this.reported, true) {
            let name = this.name.clone();
            let message = self.cluster.explain(shape).message;
            self.note(
                EventKind::Unschedulable,
                &name,
                message,
                "no node passes every filter",
            );
        }
    }

    /// Evicts less important pods for one that fits nowhere, if that helps, and keeps their node for it.
    fn make_room(&mut self, pod: u32) -> bool {
        let (key, shape) = (self.pods[pod as usize].key, self.pods[pod as usize].shape);
        if self.waits_for_victims(key, shape) || !self.cluster.may_preempt(shape) {
            return false;
        }
        let preemption = self.cluster.preempt(Some(key), shape);
        let Some(node) = preemption.nominated else {
            return false;
        };
        self.cluster.nominate(key, shape, node);
        let victims: Vec<u32> = self.nodes[node.index()]
            .pods
            .iter()
            .copied()
            .filter(|&other| {
                let other = &self.pods[other as usize];
                !other.terminating && preemption.victims().contains(&other.key)
            })
            .collect();
        let priority = self.cluster.shape(shape).priority();
        let on = self.node_name(node.index() as u32).to_owned();
        let favoured = self.pods[pod as usize].name.clone();
        for &victim in &victims {
            let this = &self.pods[victim as usize];
            let lower = self.cluster.shape(this.shape).priority();
            let name = this.name.clone();
            self.note(
                EventKind::Evict,
                &name,
                format!("evicted from {on} for {favoured}"),
                format!(
                    "{favoured} has priority {priority}, this pod {lower}, and no node takes both"
                ),
            );
            let service = self.pods[victim as usize].service;
            if service != NONE
                && self.plan.frame.workloads[service as usize].kind == WorkloadKind::Pod
            {
                self.services[service as usize].desired = 0;
            }
            self.dismiss(victim);
        }
        !victims.is_empty()
    }

    /// Whether a pod's place is being made: less important pods are on their way out of the node kept for it.
    fn waits_for_victims(&self, key: PodKey, shape: ShapeId) -> bool {
        let priority = self.cluster.shape(shape).priority();
        let is_victim =
            |pod: &Pod| pod.terminating && self.cluster.shape(pod.shape).priority() < priority;
        self.cluster.nomination_of(key).is_some_and(|node: NodeId| {
            let node = &self.nodes[node.index()];
            node.ready
                && node
                    .pods
                    .iter()
                    .any(|&pod| is_victim(&self.pods[pod as usize]))
        })
    }

    /// Puts a pod on a node.
    pub(crate) fn bind(&mut self, pod: u32, node: u32) {
        let this = &mut self.pods[pod as usize];
        let name = this.name.rsplit('/').next().unwrap_or_default();
        let facts = PodFacts {
            name: Some(name.into()),
            started: Some(
                this.started
                    .unwrap_or(RUN_START + (self.now / drydock_model::NANOS_PER_SECOND) as i64),
            ),
            terminating: false,
        };
        let id = self.plan.frame.nodes[node as usize].id;
        self.cluster.bind_with(this.key, this.shape, id, facts);
        this.node = node;
        this.bound_at = self.now as i64;
        this.phase = if self.nodes[node as usize].up {
            PodPhase::Starting
        } else {
            PodPhase::Down
        };
        self.nodes[node as usize].pods.push(pod);
    }
}
