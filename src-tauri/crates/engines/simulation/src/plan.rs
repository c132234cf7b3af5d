//! A world compiled for the engine: read once, shared by every run of it. Plays nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_autoscaler::{Hpa, MetricSource, Target};
use drydock_model::{Inventory, Parameter, Provenance, ServiceId, WorkloadKind, World};
use drydock_scheduler::{Staged, configuration, stage};

use crate::error::PlanError;
use crate::frame::{AutoscalerPlan, Frame};
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
    /// limits, traffic, a policy or a behaviour that cannot be. Objects that do not read, pods that the API server would not admit, autoscalers that the API server would refuse, calls and classes that name no service, and calls that close a cycle
    /// are left out with a warning.
    pub fn compile(world: &World) -> Result<Self, PlanError> {
        world.definition.check()?;
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
            behaviours: Vec::new(),
            calls: Vec::new(),
            policies: Vec::new(),
            timeouts: vec![None],
            zones: Vec::new(),
            regions: Vec::new(),
            endpoints: Vec::new(),
            endpoint_of: Vec::new(),
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
        frame.read_behaviours(world);
        frame.read_calls(world);
        frame.read_classes(world);
        frame.find_endpoints();
        frame.read_autoscalers(&inventory);
        frame.find_moving(&parameters);
        let values = Values::read(&parameters, &frame);
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
        let values = Values::read(&parameters, frame);
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
        let on_path: BTreeSet<usize> = self
            .endpoints
            .iter()
            .map(|(service, _)| *service as usize)
            .collect();
        let mut subjects = BTreeSet::from(["world".to_owned()]);
        subjects.extend(self.class_subjects.iter().cloned());
        for &at in &on_path {
            subjects.insert(self.service_subjects[at].clone());
            let calls = self.workloads[at].stages.iter().flatten();
            subjects.extend(calls.map(|&call| self.call_subjects[call as usize].clone()));
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
