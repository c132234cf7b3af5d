//! A world that plays: its state, its clock, and the dispatch of what is due. The mechanisms are in the modules beside.

use std::sync::Arc;

use drydock_autoscaler::{Memory, Outcome};
use drydock_model::{Act, SimTime};
use drydock_scheduler::{Cluster, Explanation};
use sha2::{Digest, Sha256};

use crate::arrivals::Coming;
use crate::client::Client;
use crate::cost::Spent;
use crate::deadline::Lane;
use crate::error::ActError;
use crate::event::{Event, EventKind};
use crate::eventlist::{Due, EventList};
use crate::injected::InForce;
use crate::luck::Stream;
use crate::meter::{Latencies, Lookups, METRIC_WINDOW_NS, Meter};
use crate::network::Link;
use crate::plan::Plan;
use crate::pod::Pod;
use crate::request::{NONE, Request, Requests};
use crate::spans::Traces;
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
    /// Its zone and region by their numbers, or [`NONE`].
    pub zone: u32,
    pub region: u32,
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
    /// Keys asked for, and whether calls write.
    pub keys: Stream,
    pub access: Stream,
    /// Whose turn it is.
    pub turn: u32,
    /// The primary of a database, or [`NONE`]; the number of the valid election, whether it is on, since when there is no
    /// primary, and whether a fault keeps the primary from coming back.
    pub primary: u32,
    /// Serial of the pod that is, since its slot may be used again.
    pub primary_serial: u64,
    pub term: u32,
    pub electing: bool,
    pub lost_primary_at: SimTime,
    pub primary_held: bool,
    /// Faults that have its processes exit at their start.
    pub failing: u32,
    /// Memory that faults take in each pod, bytes, and what they leave of its CPU, thousandths of a core.
    pub hog_bytes: f64,
    pub cpu_cap: u64,
    pub meter: Meter,
    /// In the open interval.
    pub cache: Lookups,
    pub retries: u64,
    pub restarts: u64,
    pub oom_kills: u64,
    /// Time that pods stood still that went in the open interval, nanoseconds.
    pub throttled_of_gone: SimTime,
    /// CPU time of pods that went in the open interval, and of all in closed intervals, nanoseconds.
    pub cpu_of_gone: f64,
    pub cpu_ns: f64,
    pub ready_min: u32,
    pub ready_max: u32,
}

/// A request class of a run.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// Times between arrivals, or of thinking.
    pub luck: Stream,
    pub bursts: Stream,
    pub coming: Coming,
    /// What faults multiply its rate or users by.
    pub spike: f64,
    pub clients: Vec<Client>,
    pub meter: Meter,
    pub latencies: Latencies,
}

/// An autoscaler of a run.
#[derive(Clone, Debug)]
pub(crate) struct Autoscaler {
    pub memory: Memory,
    pub last: Option<Outcome>,
}

/// A world that plays. A clone is a checkpoint: both go on independently and alike.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub(crate) plan: Arc<Plan>,
    pub(crate) seed: u64,
    pub(crate) now: SimTime,
    pub(crate) events: EventList,
    /// By timeout.
    pub(crate) lanes: Vec<Lane>,
    pub(crate) cluster: Cluster,
    pub(crate) nodes: Vec<Node>,
    pub(crate) services: Vec<Service>,
    pub(crate) classes: Vec<Class>,
    pub(crate) calls: Vec<Stream>,
    /// Pauses before another try, by policy.
    pub(crate) backoffs: Vec<Stream>,
    /// By pair of service and class.
    pub(crate) endpoints: Vec<Latencies>,
    pub(crate) traces: Traces,
    /// Disturbances in force, in the order of their beginnings, and the links they disturb.
    pub(crate) faults: Vec<InForce>,
    pub(crate) links: Vec<Link>,
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
            endpoints: frame.endpoints.clone(),
        };
        let number = |names: &[String], name: Option<&String>| {
            name.and_then(|name| names.binary_search(name).ok())
                .map_or(NONE, |at| at as u32)
        };
        let subjects_of_policies = frame.call_subjects.iter().chain(&frame.class_subjects);
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
                    zone: number(&frame.zones, node.zone.as_ref()),
                    region: number(&frame.regions, node.region.as_ref()),
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
                    keys: stream(subject, "keys"),
                    access: stream(subject, "access"),
                    turn: 0,
                    primary: NONE,
                    primary_serial: 0,
                    term: 0,
                    electing: false,
                    lost_primary_at: 0,
                    primary_held: false,
                    failing: 0,
                    hog_bytes: 0.0,
                    cpu_cap: u64::MAX,
                    meter: Meter::default(),
                    cache: Lookups::default(),
                    retries: 0,
                    restarts: 0,
                    oom_kills: 0,
                    throttled_of_gone: 0,
                    cpu_of_gone: 0.0,
                    cpu_ns: 0.0,
                    ready_min: 0,
                    ready_max: 0,
                })
                .collect(),
            classes: frame
                .class_subjects
                .iter()
                .zip(&frame.classes)
                .map(|(subject, plan)| Class {
                    luck: stream(subject, "arrivals"),
                    bursts: stream(subject, "bursts"),
                    coming: Coming::default(),
                    spike: 1.0,
                    clients: vec![Client::default(); plan.clients as usize],
                    meter: Meter::default(),
                    latencies: Latencies::default(),
                })
                .collect(),
            calls: frame
                .call_subjects
                .iter()
                .map(|subject| stream(subject, "calls"))
                .collect(),
            backoffs: subjects_of_policies
                .map(|subject| stream(subject, "backoff"))
                .collect(),
            endpoints: vec![Latencies::default(); frame.endpoints.len()],
            traces: Traces::default(),
            faults: Vec::new(),
            links: Vec::new(),
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
            lanes: vec![Lane::default(); frame.timeouts.len()],
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
            simulation.start_class(class);
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
        while let Some((at, due)) = self.events.pop_until(until) {
            self.now = at;
            self.played += 1;
            self.play(due);
        }
        self.now = self.now.max(until);
    }

    fn play(&mut self, due: Due) {
        match due {
            Due::Arrival { class, epoch } => self.arrive(class, epoch),
            Due::Think { class } => self.thought(class),
            Due::Burst { class } => self.burst(class),
            Due::Deliver { request } => self.deliver(request),
            Due::Done { request, token } => self.done(request, token),
            Due::Reply { request } => self.reply(request),
            Due::Retry { request } => self.retry(request),
            Due::Deadline { lane } => self.deadline(lane),
            Due::Wake { pod, wake } => self.wake(pod, wake),
            Due::Started { pod, epoch } => self.started(pod, epoch),
            Due::Restart { pod, epoch } => self.restart(pod, epoch),
            Due::EndpointGone { pod, epoch } => self.endpoint_gone(pod, epoch),
            Due::GraceOver { pod, epoch } => self.grace_over(pod, epoch),
            Due::Promote { service, term } => self.promote(service, term),
            Due::NodeLost { node, epoch } => self.node_lost(node, epoch),
            Due::Evict { node, epoch } => self.evict(node, epoch),
            Due::Autoscale => self.autoscale(),
            Due::Interval => self.close_interval(),
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
            Act::Inject { name, fault } => self.inject(name, fault),
            Act::Lift { name } => self.lift(name),
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

    /// What was measured and what happened, without the rest.
    pub(crate) fn into_results(self) -> (Telemetry, Vec<Event>) {
        (self.telemetry, self.log)
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
        let waiting: usize = self.lanes.iter().map(Lane::len).sum();
        self.requests.capacity() + self.pods.len() + self.events.len() + waiting
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

    /// Writes down that a caller's breaker opened.
    pub(crate) fn note_open_breaker(&mut self, this: &Request) {
        let called = self.plan.frame.services[this.service as usize].to_string();
        let caller = match this.caller {
            NONE => self.plan.frame.classes[this.class as usize].name.clone(),
            caller => self.pods[caller as usize].name.clone(),
        };
        self.note(
            EventKind::BreakerOpen,
            &caller,
            format!("opened its circuit breaker for {called}"),
            "too many failures in a row",
        );
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
