//! The fixed part of a plan: nodes, workloads, calls, classes and pods in dense tables, indices in place of names.

use std::collections::BTreeMap;

use drydock_autoscaler::Hpa;
use drydock_model::{Provenance, ServiceId, SimTime, WorkloadKind};
use drydock_pricing::{NodePrice, ResourceWeights};
use drydock_scheduler::{Cluster, NodeId, ShapeId};

use crate::template::Template;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct NodePlan {
    pub name: String,
    pub zone: Option<String>,
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

/// A call of a service: which, and its place among all calls of the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallPlan {
    pub to: u32,
    pub call: u32,
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
    pub calls: Vec<CallPlan>,
}

/// A class of requests.
#[derive(Clone, Debug)]
pub(crate) struct ClassPlan {
    pub name: String,
    pub entry: u32,
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
