//! A world compiled for the engine: read once, shared by every run of it. Plays nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_autoscaler::{Hpa, MetricSource, Target};
use drydock_model::{Inventory, Parameter, Provenance, ServiceId, WorkloadKind, World};
use drydock_pricing::{PriceBook, ResourceWeights, node_labels};
use drydock_scheduler::{Cluster, Profile};
use k8s_openapi::api::core::v1::Node;

use crate::daemons;
use crate::error::PlanError;
use crate::frame::{
    AutoscalerPlan, CallPlan, ClassPlan, Frame, InitialPod, NodePlan, Placement, WorkloadPlan,
};
use crate::template::Template;
use crate::values::{self, Values};

/// A world in dense tables, with the values of its parameters.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) frame: Arc<Frame>,
    pub(crate) values: Values,
    parameters: Vec<Parameter>,
}

impl Plan {
    /// Compiles a world.
    ///
    /// # Errors
    /// A node or pod that placement cannot judge, a parameter outside of its limits. Objects that do not read,
    /// autoscalers that the API server would refuse, calls and classes that name no service, and calls that close a cycle
    /// are left out with a warning.
    pub fn compile(world: &World) -> Result<Self, PlanError> {
        let inventory = Inventory::of(world);
        let parameters = world.parameters(&inventory);
        parameters.iter().try_for_each(values::check)?;
        let mut frame = Frame {
            cluster: Cluster::new(Profile::default()),
            nodes: Vec::new(),
            services: inventory.serving().map(|w| w.id.clone()).collect(),
            workloads: Vec::new(),
            classes: Vec::new(),
            pods: Vec::new(),
            autoscalers: Vec::new(),
            service_subjects: Vec::new(),
            call_subjects: Vec::new(),
            class_subjects: Vec::new(),
            moving: Vec::new(),
            grade: Provenance::Measured,
            warnings: inventory
                .unread
                .iter()
                .map(|unread| format!("{} is left out: {}", unread.key, unread.reason))
                .collect(),
            unpriced: BTreeMap::new(),
        };
        frame.read_nodes(&inventory)?;
        frame.read_workloads(&inventory)?;
        frame.read_pods(&inventory)?;
        frame.read_calls(world);
        frame.read_classes(world);
        frame.read_autoscalers(&inventory);
        frame.find_moving(&parameters);
        let values = Values::read(
            &parameters,
            &frame.service_subjects,
            &frame.call_subjects,
            &frame.class_subjects,
        );
        Ok(Self {
            frame: Arc::new(frame),
            values,
            parameters,
        })
    }

    /// The same world with other values of parameters, by key. Values are brought into what the parameter accepts; keys
    /// that the world does not have, and values that are no numbers, change nothing.
    pub fn with_values(&self, values: &BTreeMap<String, f64>) -> Self {
        let mut parameters = self.parameters.clone();
        for parameter in &mut parameters {
            if let Some(value) = values.get(&parameter.key).filter(|value| !value.is_nan()) {
                parameter.value = value.clamp(parameter.minimum, parameter.maximum);
            }
        }
        let frame = &self.frame;
        let values = Values::read(
            &parameters,
            &frame.service_subjects,
            &frame.call_subjects,
            &frame.class_subjects,
        );
        Self {
            frame: Arc::clone(frame),
            values,
            parameters,
        }
    }

    /// Every parameter of the world with the value in force.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Parameters that move latency and errors: those of the network and of what requests pass on their way.
    pub fn moving_parameters(&self) -> Vec<&Parameter> {
        self.frame
            .moving
            .iter()
            .map(|&at| &self.parameters[at])
            .collect()
    }

    /// Services in the order of their indices.
    pub fn services(&self) -> &[ServiceId] {
        &self.frame.services
    }

    /// What could not be taken as it stands, and what is done instead.
    pub fn warnings(&self) -> &[String] {
        &self.frame.warnings
    }
}

impl Frame {
    pub fn service(&self, id: &ServiceId) -> Option<usize> {
        self.services.binary_search(id).ok()
    }

    fn read_nodes(&mut self, inventory: &Inventory) -> Result<(), PlanError> {
        for (node, provenance) in &inventory.nodes {
            let id = self.cluster.add_node(node)?;
            let plan = self.node_plan(node, id);
            if let Some(reason) = unpriced_reason(&plan) {
                self.unpriced.insert(plan.name.clone(), reason);
            }
            if !plan.ready {
                self.warnings.push(format!(
                    "node {} is not ready in the dump and starts down",
                    plan.name
                ));
                self.cluster.set_unschedulable(id, true);
            }
            self.nodes.push(plan);
            self.grade = self.grade.weaker(*provenance);
        }
        Ok(())
    }

    fn node_plan(&self, node: &Node, id: drydock_scheduler::NodeId) -> NodePlan {
        let offered = self.cluster.allocatable(id);
        let (milli_cpu, memory_bytes) = (
            offered.milli_cpu.max(0) as u64,
            offered.memory_bytes.max(0) as u64,
        );
        let labels = node.metadata.labels.clone().unwrap_or_default();
        let book = PriceBook::builtin();
        let machine = node_labels::machine_type(&labels);
        let weights = ResourceWeights::of_machine(book, machine, milli_cpu, memory_bytes);
        let provider_id = node
            .spec
            .as_ref()
            .and_then(|spec| spec.provider_id.as_deref());
        let ready = node
            .status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten())
            .find(|condition| condition.type_ == "Ready")
            .is_none_or(|condition| condition.status == "True");
        NodePlan {
            name: self.cluster.node_name(id).to_owned(),
            zone: node_labels::zone(&labels).map(str::to_owned),
            id,
            milli_cpu,
            memory_bytes,
            price: book.price_node(&labels, provider_id),
            weights,
            cordoned: self.cluster.is_unschedulable(id),
            ready,
        }
    }

    fn read_workloads(&mut self, inventory: &Inventory) -> Result<(), PlanError> {
        for workload in inventory.serving() {
            let placement = if workload.kind == WorkloadKind::DaemonSet {
                Placement::PerNode(daemons::placements(
                    &mut self.cluster,
                    &self.nodes,
                    workload,
                )?)
            } else {
                Placement::Free(self.cluster.intern(&workload.template)?)
            };
            self.service_subjects
                .push(format!("service/{}", workload.id));
            self.workloads.push(WorkloadPlan {
                id: workload.id.clone(),
                kind: workload.kind,
                replicas: match &placement {
                    Placement::PerNode(nodes) => nodes.len() as u32,
                    Placement::Free(_) => workload.replicas,
                },
                created: workload.created,
                placement,
                template: Template::of(&workload.template),
                calls: Vec::new(),
            });
        }
        let jobs: Vec<String> = inventory
            .workloads
            .iter()
            .filter(|workload| workload.kind == WorkloadKind::Job)
            .map(|workload| workload.id.to_string())
            .collect();
        if !jobs.is_empty() {
            let names = jobs.join(", ");
            self.warnings.push(format!(
                "jobs serve nobody; only pods of theirs that a dump shows take room: {names}"
            ));
        }
        Ok(())
    }

    fn read_pods(&mut self, inventory: &Inventory) -> Result<(), PlanError> {
        for live in inventory.pods.iter().filter(|live| !live.ended) {
            let node = match &live.node {
                Some(name) => {
                    let at = self.nodes.iter().position(|node| node.name == *name);
                    if at.is_none() {
                        self.warnings.push(format!("pod {} is bound to {name}, which is no node of the world; it is placed anew", live.name));
                    }
                    at
                }
                None => None,
            };
            let service = self.service(&live.owner);
            let mut pod = live.pod.clone();
            if let Some(spec) = &mut pod.spec {
                spec.node_name = None;
            }
            let shape = self.cluster.intern(&pod)?;
            self.pods.push(InitialPod {
                name: live.name.clone(),
                service: service.map(|at| at as u32),
                owner: live.owner.to_string(),
                shape,
                node: node.map(|at| at as u32),
                created: live.created,
            });
        }
        Ok(())
    }

    fn read_calls(&mut self, world: &World) {
        for call in &world.definition.calls {
            let (Some(from), Some(to)) = (self.service(&call.from), self.service(&call.to)) else {
                self.warnings.push(format!(
                    "call {} -> {} is left out: both must be workloads that serve",
                    call.from, call.to
                ));
                continue;
            };
            if self.reaches(to, from) {
                self.warnings.push(format!(
                    "call {} -> {} is left out: it closes a cycle of calls",
                    call.from, call.to
                ));
                continue;
            }
            let number = self.call_subjects.len() as u32;
            self.call_subjects.push(call.subject());
            self.workloads[from].calls.push(CallPlan {
                to: to as u32,
                call: number,
            });
            self.grade = self.grade.weaker(call.provenance);
        }
    }

    /// Whether calls lead from one service to another.
    fn reaches(&self, from: usize, to: usize) -> bool {
        self.reachable([from]).contains(&to)
    }

    fn reachable(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = from.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.workloads[at].calls.iter().map(|call| call.to as usize));
            }
        }
        seen
    }

    fn read_classes(&mut self, world: &World) {
        for class in &world.definition.classes {
            let Some(entry) = self.service(&class.entry) else {
                self.warnings.push(format!(
                    "class {} is left out: its entry {} is no workload that serves",
                    class.name, class.entry
                ));
                continue;
            };
            self.class_subjects.push(format!("class/{}", class.name));
            self.classes.push(ClassPlan {
                name: class.name.clone(),
                entry: entry as u32,
            });
            self.grade = self.grade.weaker(class.provenance);
        }
    }

    fn read_autoscalers(&mut self, inventory: &Inventory) {
        for object in &inventory.autoscalers {
            let Some(service) = self.service(&object.target) else {
                self.warnings.push(format!(
                    "autoscaler of {} is left out: there is no such workload",
                    object.target
                ));
                continue;
            };
            if matches!(
                self.workloads[service].kind,
                WorkloadKind::DaemonSet | WorkloadKind::Pod
            ) {
                self.warnings.push(format!(
                    "autoscaler of {} is left out: it has no replicas to set",
                    object.target
                ));
                continue;
            }
            if self
                .autoscalers
                .iter()
                .any(|other| other.service == service as u32)
            {
                self.warnings.push(format!(
                    "a second autoscaler of {} is left out",
                    object.target
                ));
                continue;
            }
            let hpa = match Hpa::from_json(&object.json) {
                Ok(hpa) => hpa,
                Err(error) => {
                    self.warnings.push(format!(
                        "autoscaler of {} is left out: {error}",
                        object.target
                    ));
                    continue;
                }
            };
            self.autoscalers.push(AutoscalerPlan {
                service: service as u32,
                metric: hpa
                    .metrics
                    .iter()
                    .map(describe)
                    .collect::<Vec<_>>()
                    .join(", "),
                hpa,
            });
        }
    }

    fn find_moving(&mut self, parameters: &[Parameter]) {
        if self.classes.is_empty() {
            return;
        }
        let entries: Vec<usize> = self
            .classes
            .iter()
            .map(|class| class.entry as usize)
            .collect();
        let on_path = self.reachable(entries);
        let mut subjects = BTreeSet::from(["world".to_owned()]);
        subjects.extend(self.class_subjects.iter().cloned());
        for &at in &on_path {
            subjects.insert(self.service_subjects[at].clone());
            let calls = &self.workloads[at].calls;
            subjects.extend(
                calls
                    .iter()
                    .map(|call| self.call_subjects[call.call as usize].clone()),
            );
        }
        for (at, parameter) in parameters.iter().enumerate() {
            if values::moves_results(&parameter.name) && subjects.contains(&parameter.subject) {
                self.moving.push(at);
                self.grade = self.grade.weaker(parameter.provenance);
            }
        }
    }
}

fn unpriced_reason(node: &NodePlan) -> Option<String> {
    match &node.price {
        drydock_pricing::NodePrice::Unknown { reason } => Some(reason.clone()),
        drydock_pricing::NodePrice::Known { .. } => None,
    }
}

fn describe(metric: &drydock_autoscaler::Metric) -> String {
    let source = match &metric.source {
        MetricSource::Resource { name }
        | MetricSource::Pods { name }
        | MetricSource::Object { name }
        | MetricSource::External { name } => name.clone(),
        MetricSource::ContainerResource { name, container } => format!("{name} of {container}"),
    };
    match metric.target {
        Target::Utilization(percent) => format!("{source} {percent} %"),
        Target::AverageValue(milli) => format!("{source} {} a pod", milli as f64 / 1000.0),
        Target::Value(milli) => format!("{source} {}", milli as f64 / 1000.0),
    }
}
