//! A world compiled for the engine: read once, shared by every run of it. Plays nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_autoscaler::{Hpa, MetricSource, Target};
use drydock_model::{Inventory, Parameter, Provenance, ServiceId, WorkloadKind, World};
use drydock_scheduler::{Staged, configuration, stage};

use crate::error::PlanError;
use crate::frame::{AutoscalerPlan, CallPlan, ClassPlan, Frame};
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
    /// An object that placement cannot judge, a scheduler configuration that does not read, a parameter outside of its
    /// limits. Objects that do not read, pods that the API server would not admit, autoscalers that the API server would refuse, calls and classes that name no service, and calls that close a cycle
    /// are left out with a warning.
    pub fn compile(world: &World) -> Result<Self, PlanError> {
        let inventory = Inventory::of(world);
        let parameters = world.parameters(&inventory);
        parameters.iter().try_for_each(values::check)?;
        let profile = configuration::in_force(&inventory.cluster)?;
        let Staged { cluster, admission } = stage(&inventory, profile)?;
        let mut frame = Frame {
            cluster,
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
            warnings: inventory.left_out().collect(),
            unpriced: BTreeMap::new(),
        };
        frame.read_nodes(&inventory)?;
        frame.read_workloads(&inventory, &admission)?;
        frame.read_pods(&inventory, &admission)?;
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
