//! The fixed part of a plan: nodes, workloads, calls, classes and pods in dense tables, indices in place of names.

use std::collections::BTreeMap;

use drydock_autoscaler::Hpa;
use drydock_model::{
    Arrivals, Balance, Behaviour, Keeps, Provenance, ServiceId, SimTime, WorkloadKind,
};
use drydock_pricing::{NodePrice, ResourceWeights};
use drydock_scheduler::{Cluster, NodeId, ShapeId};

use crate::budget::Budget;
use crate::client::PolicyPlan;
use crate::profile::Course;
use crate::template::Template;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct NodePlan {
    pub name: String,
    pub zone: Option<String>,
    pub region: Option<String>,
    pub id: NodeId,
    pub milli_cpu: u64,
    pub memory_bytes: u64,
    pub price: NodePrice,
    pub weights: ResourceWeights,
    /// Cordoned by its own object.
    pub cordoned: bool,
    /// Whether it is up at the start.
    pub ready: bool,
}

/// A call of a service.
#[derive(Clone, Debug)]
pub(crate) struct CallPlan {
    pub to: u32,
    /// Classes that it is made for, one entry a class; for all where it is empty.
    pub classes: Box<[bool]>,
    /// Bit of the cache whose miss it follows; 0 where it is always made.
    pub after_miss: u32,
    /// Bit of the called service among caches; 0 for others.
    pub cache_bit: u32,
    /// Its failure is not its caller's.
    pub optional: bool,
}

impl CallPlan {
    pub fn is_for(&self, class: u32) -> bool {
        self.classes.is_empty() || self.classes[class as usize]
    }
}

/// Where pods of a workload may go.
#[derive(Clone, Debug)]
pub(crate) enum Placement {
    /// Anywhere that fits.
    Free(ShapeId),
    /// One on each of these nodes (index), with the shape that pins it there.
    PerNode(Vec<(u32, ShapeId)>),
    /// Nowhere: the API server admits none.
    Refused,
}

/// A workload that serves.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadPlan {
    pub id: ServiceId,
    pub kind: WorkloadKind,
    pub replicas: u32,
    pub created: Option<i64>,
    pub placement: Placement,
    pub template: Template,
    /// Calls (by number) that it makes, those of a stage together, stages one after another.
    pub stages: Vec<Box<[u32]>>,
    /// Places among the clients of its pods that its calls take.
    pub clients: u32,
    pub balance: Balance,
    pub keeps: Keeps,
    /// Disruption budgets that cover its pods.
    pub budgets: Vec<Budget>,
}

/// A class of requests.
#[derive(Clone, Debug)]
pub(crate) struct ClassPlan {
    pub name: String,
    pub entry: u32,
    /// Which policy its clients ask by.
    pub policy: u32,
    /// Places among its clients: 0 or 1.
    pub clients: u32,
    pub arrivals: Arrivals,
    pub course: Course,
}

/// A pod that is there at the start.
#[derive(Clone, Debug)]
pub(crate) struct InitialPod {
    pub name: String,
    /// Its service; pods of others (Jobs) only take room.
    pub service: Option<u32>,
    /// Whom its cost is charged to.
    pub owner: String,
    pub shape: ShapeId,
    pub node: Option<u32>,
    pub created: Option<i64>,
    /// When it started, Unix seconds, where the dump says.
    pub started: Option<i64>,
    /// Its termination grace.
    pub grace_ns: SimTime,
    /// Being deleted when the dump was taken: it serves nobody any more and ends when its grace is over.
    pub terminating: bool,
}

/// An autoscaler of a service.
#[derive(Clone, Debug)]
pub(crate) struct AutoscalerPlan {
    pub service: u32,
    pub hpa: Hpa,
    pub metric: String,
}

/// The fixed part of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The stage: nodes and all that pods are judged by, shapes compiled, nothing bound.
    pub cluster: Cluster,
    pub nodes: Vec<NodePlan>,
    pub services: Vec<ServiceId>,
    pub workloads: Vec<WorkloadPlan>,
    /// What kind of server each of them is.
    pub behaviours: Vec<Behaviour>,
    /// Every call, by its number.
    pub calls: Vec<CallPlan>,
    /// How calls are made: first those of the calls by number, then those of the classes.
    pub policies: Vec<PolicyPlan>,
    /// Timeouts that policies set, nanoseconds; the first is that of the world.
    pub timeouts: Vec<Option<SimTime>>,
    /// Zones and regions of the nodes, in order.
    pub zones: Vec<String>,
    pub regions: Vec<String>,
    /// Pairs of service and class that requests come by, and by service and class their number, or none.
    pub endpoints: Vec<(u32, u32)>,
    pub endpoint_of: Vec<u32>,
    pub classes: Vec<ClassPlan>,
    pub pods: Vec<InitialPod>,
    pub autoscalers: Vec<AutoscalerPlan>,
    /// Subjects of the parameters of services, calls and classes.
    pub service_subjects: Vec<String>,
    pub call_subjects: Vec<String>,
    pub class_subjects: Vec<String>,
    /// Parameters that move the results, by index.
    pub moving: Vec<usize>,
    /// The weakest grade among structure (nodes, calls, classes) and moving parameters.
    pub grade: Provenance,
    pub warnings: Vec<String>,
    pub unpriced: BTreeMap<String, String>,
}
