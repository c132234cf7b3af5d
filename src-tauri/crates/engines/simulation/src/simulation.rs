//! A world that plays: its state, its clock, and the dispatch of what is due. The mechanisms are in the modules beside.

use std::collections::VecDeque;
use std::sync::Arc;

use drydock_autoscaler::{Memory, Outcome};
use drydock_model::{Act, SimTime};
use drydock_scheduler::{Cluster, Explanation};
use sha2::{Digest, Sha256};

use crate::cost::Spent;
use crate::error::ActError;
use crate::event::{Event, EventKind};
use crate::eventlist::{Due, EventList};
use crate::luck::Stream;
use crate::meter::{METRIC_WINDOW_NS, Meter};
use crate::plan::Plan;
use crate::pod::Pod;
use crate::request::{NONE, Requests};
use crate::summary::Summary;
use crate::telemetry::{INTERVAL_NS, Subjects, Telemetry};

/// A node of a run.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Whether it answers.
    pub up: bool,
    /// Whether the cluster believes so.
    pub ready: bool,
    /// Since when an act has it down.
    pub killed: Option<SimTime>,
    /// Grows with each kill and heal, so that what was due for a former state finds out.
    pub epoch: u32,
    /// Pods bound to it, in order of binding.
    pub pods: Vec<u32>,
    pub milli_cpu: u64,
    /// What its pods can use now, thousandths of a core.
    pub demand_milli: u64,
    /// CPU time of pods that went in the open interval, nanoseconds.
    pub cpu_of_gone: f64,
}

/// A service of a run.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub desired: u32,
    /// Its pods, those being deleted included, in order of creation.
    pub pods: Vec<u32>,
    /// Pods that calls go to.
    pub endpoints: Vec<u32>,
    pub names_given: u32,
    pub demand: Stream,
    pub balance: Stream,
    pub meter: Meter,
    /// CPU time of pods that went in the open interval, and of all in closed intervals, nanoseconds.
    pub cpu_of_gone: f64,
    pub cpu_ns: f64,
    pub ready_min: u32,
    pub ready_max: u32,
}

/// A request class of a run.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub arrivals: Stream,
    pub meter: Meter,
}

/// An autoscaler of a run.
#[derive(Clone, Debug)]
pub(crate) struct Autoscaler {
    pub memory: Memory,
    pub last: Option<Outcome>,
}

/// A caller's patience with one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub at: SimTime,
    pub order: u64,
    pub request: u32,
    pub generation: u32,
}

/// A world that plays. A clone is a checkpoint: both go on independently and alike.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub(crate) plan: Arc<Plan>,
    pub(crate) seed: u64,
    pub(crate) now: SimTime,
    pub(crate) events: EventList,
    /// In order of time, since every caller waits equally long.
    pub(crate) deadlines: VecDeque<Deadline>,
    pub(crate) cluster: Cluster,
    pub(crate) nodes: Vec<Node>,
    pub(crate) services: Vec<Service>,
    pub(crate) classes: Vec<Class>,
    pub(crate) calls: Vec<Stream>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) free_pods: Vec<u32>,
    /// Pods that wait for a node.
    pub(crate) pending: Vec<u32>,
    pub(crate) pods_made: u64,
    pub(crate) autoscalers: Vec<Autoscaler>,
    pub(crate) requests: Requests,
    pub(crate) telemetry: Telemetry,
    pub(crate) log: Vec<Event>,
    pub(crate) spent: Spent,
    /// Events played, for measuring speed.
    pub(crate) played: u64,
    /// The world is being set up: what is placed is ready at once, and only what does not fit is written down.
    pub(crate) warming: bool,
    /// Room for sharing out CPU, kept between uses.
    pub(crate) scratch: Vec<(u64, u64, u32)>,
}

impl Simulation {
    /// A world at time 0: pods of a dump where they are bound, all others placed in queue order, and what is placed ready
    /// at once. Replicas that a dump lacks are made and placed with them.
    pub fn new(plan: Arc<Plan>, seed: u64) -> Self {
        let frame = Arc::clone(&plan.frame);
        let subjects = Subjects {
            services: frame.services.iter().map(ToString::to_string).collect(),
            classes: frame
                .classes
                .iter()
                .map(|class| class.name.clone())
                .collect(),
            nodes: frame.nodes.iter().map(|node| node.name.clone()).collect(),
        };
        let stream = |subject: &String, purpose| Stream::new(seed, subject, purpose);
        let mut simulation = Self {
            cluster: frame.cluster.clone(),
            nodes: frame
                .nodes
                .iter()
                .map(|node| Node {
                    up: node.ready,
                    ready: node.ready,
                    killed: None,
                    epoch: 0,
                    pods: Vec::new(),
                    milli_cpu: node.milli_cpu,
                    demand_milli: 0,
                    cpu_of_gone: 0.0,
                })
                .collect(),
            services: frame
                .service_subjects
                .iter()
                .zip(&frame.workloads)
                .map(|(subject, workload)| Service {
                    desired: workload.replicas,
                    pods: Vec::new(),
                    endpoints: Vec::new(),
                    names_given: 0,
                    demand: stream(subject, "demand"),
                    balance: stream(subject, "balance"),
                    meter: Meter::default(),
                    cpu_of_gone: 0.0,
                    cpu_ns: 0.0,
                    ready_min: 0,
                    ready_max: 0,
                })
                .collect(),
            classes: frame
                .class_subjects
                .iter()
                .map(|subject| Class {
                    arrivals: stream(subject, "arrivals"),
                    meter: Meter::default(),
                })
                .collect(),
            calls: frame
                .call_subjects
                .iter()
                .map(|subject| stream(subject, "calls"))
                .collect(),
            autoscalers: frame
                .autoscalers
                .iter()
                .map(|_| Autoscaler {
                    memory: Memory::default(),
                    last: None,
                })
                .collect(),
            telemetry: Telemetry::new(subjects),
            seed,
            now: 0,
            events: EventList::default(),
            deadlines: VecDeque::new(),
            pods: Vec::new(),
            free_pods: Vec::new(),
            pending: Vec::new(),
            pods_made: 0,
            requests: Requests::default(),
            log: Vec::new(),
            spent: Spent::default(),
            played: 0,
            warming: true,
            scratch: Vec::new(),
            plan,
        };
        simulation.populate();
        simulation.warming = false;
        simulation.schedule();
        for service in &mut simulation.services {
            let ready = service.endpoints.len() as u32;
            (service.ready_min, service.ready_max) = (ready, ready);
        }
        for class in 0..simulation.classes.len() as u32 {
            simulation.expect_arrival(class);
        }
        if !simulation.autoscalers.is_empty() {
            simulation.events.push(METRIC_WINDOW_NS, Due::Autoscale);
        }
        simulation.events.push(INTERVAL_NS, Due::Interval);
        simulation
    }

    /// Nanoseconds since the start.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Plays everything that is due up to and including `until`. A time that has passed changes nothing. In how many
    /// steps a time is reached makes no difference.
    pub fn advance(&mut self, until: SimTime) {
        loop {
            let event = self.events.first().filter(|(at, _)| *at <= until);
            let deadline = self.next_deadline().filter(|(at, _)| *at <= until);
            match (event, deadline) {
                (None, None) => break,
                (Some(event), Some(deadline)) if deadline < event => self.give_up(),
                (None, Some(_)) => self.give_up(),
                (Some(_), _) => self.play_next(),
            }
        }
        self.now = self.now.max(until);
    }

    fn play_next(&mut self) {
        let Some((at, due)) = self.events.pop() else {
            return;
        };
        self.now = at;
        self.played += 1;
        match due {
            Due::Arrival { class } => self.arrive(class),
            Due::Deliver { request } => self.deliver(request),
            Due::Reply { request } => self.reply(request),
            Due::Wake { pod, wake } => self.wake(pod, wake),
            Due::Started { pod, epoch } => self.started(pod, epoch),
            Due::EndpointGone { pod, epoch } => self.endpoint_gone(pod, epoch),
            Due::GraceOver { pod, epoch } => self.grace_over(pod, epoch),
            Due::NodeLost { node, epoch } => self.node_lost(node, epoch),
            Due::Evict { node, epoch } => self.evict(node, epoch),
            Due::Autoscale => self.autoscale(),
            Due::Interval => self.close_interval(),
        }
    }

    /// The first deadline that still matters; those of answered requests are forgotten on the way.
    fn next_deadline(&mut self) -> Option<(SimTime, u64)> {
        while let Some(deadline) = self.deadlines.front() {
            if self.awaits(deadline) {
                return Some((deadline.at, deadline.order));
            }
            self.deadlines.pop_front();
        }
        None
    }

    fn give_up(&mut self) {
        if let Some(deadline) = self.deadlines.pop_front() {
            self.now = deadline.at;
            self.played += 1;
            self.timed_out(deadline.request);
        }
    }

    /// Does something to the world, now.
    ///
    /// # Errors
    /// An act that names what is not there, or asks for what is so already or cannot be. Nothing changes then.
    pub fn act(&mut self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::KillNode { node } => self.kill_node(node),
            Act::HealNode { node } => self.heal_node(node),
            Act::KillPod { pod } => self.kill_pod(pod),
            Act::Scale { service, replicas } => self.scale(service, *replicas),
        }
    }

    /// What was measured in the closed intervals.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// What happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.log
    }

    /// The plan that is played.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Events played so far: arrivals, deliveries, completions, answers and whatever else was due.
    pub fn events_played(&self) -> u64 {
        self.played
    }

    /// Slots that requests, pods and due events take in memory: bounded as long as load and replicas are.
    pub fn slots(&self) -> usize {
        self.requests.capacity() + self.pods.len() + self.events.len() + self.deadlines.len()
    }

    /// What the scheduler would say of this pod now: why it would go where, or nowhere. A bound pod is judged as if it were
    /// to be placed beside itself. Nothing where there is no such pod.
    pub fn explain(&self, pod: &str) -> Option<Explanation> {
        let at = self.pod_named(pod)?;
        Some(self.cluster.explain(self.pods[at as usize].shape))
    }

    /// The run so far in a few figures.
    pub fn summary(&self) -> Summary {
        crate::snapshot::summary(self)
    }

    /// SHA-256, in hexadecimal, of the bytes of telemetry, events and summary.
    pub fn digest(&self) -> String {
        digest(&self.telemetry, &self.log, &self.summary())
    }

    pub(crate) fn pod_named(&self, name: &str) -> Option<u32> {
        self.pods
            .iter()
            .position(|pod| {
                pod.in_use && pod.phase != crate::state::PodPhase::Gone && pod.name == name
            })
            .map(|at| at as u32)
    }

    pub(crate) fn note(
        &mut self,
        kind: EventKind,
        subject: &str,
        message: impl Into<String>,
        cause: impl Into<String>,
    ) {
        self.log.push(Event {
            at_ns: self.now,
            kind,
            subject: subject.to_owned(),
            message: message.into(),
            cause: cause.into(),
        });
    }

    pub(crate) fn node_name(&self, node: u32) -> &str {
        if node == NONE {
            return "";
        }
        &self.plan.frame.nodes[node as usize].name
    }
}

/// SHA-256, in hexadecimal, of the canonical bytes of a result.
pub(crate) fn digest(telemetry: &Telemetry, events: &[Event], summary: &Summary) -> String {
    let mut hash = Sha256::new();
    for part in [
        telemetry.encode(),
        serde_json::to_vec(events).unwrap_or_default(),
        serde_json::to_vec(summary).unwrap_or_default(),
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(&part);
    }
    format!("{:x}", hash.finalize())
}
