//! What an input asks to be changed, read: texts parsed, the four simple scenarios spelt out, errors that name the field.

use drydock_import::InputFile;
use drydock_what_if::{Capacity, Change, Fault, TaintSpec, WhatIfError};
use serde::Deserialize;
use serde_json::Value;

use super::settled::Settled;
use super::{Scenario, ScenarioKind};
use crate::{Code, Error};

/// Changes, at most.
const CHANGES: usize = 1000;

/// The changes of an input and what is to be said of them.
pub(super) struct Asked {
    /// Ready to be applied.
    pub changes: Vec<Change>,
    /// What could not be taken as it stands.
    pub warnings: Vec<String>,
}

/// Reads changes or a scenario, one of the two.
pub(super) fn read(
    world: &Settled,
    changes: Vec<Change>,
    scenario: Option<&Scenario>,
) -> Result<Asked, Error> {
    let Some(scenario) = scenario else {
        return Ok(Asked {
            changes: parsed("changes", changes)?,
            warnings: Vec::new(),
        });
    };
    if !changes.is_empty() {
        return Err(Error::bad_input(
            "scenario",
            "write changes or scenario, one of the two",
        ));
    }
    spelt_out(world, scenario)
}

/// Parses the texts in a list of changes, which stands at `field`.
pub(super) fn parsed(field: &str, mut changes: Vec<Change>) -> Result<Vec<Change>, Error> {
    if changes.len() > CHANGES {
        let count = changes.len();
        return Err(Error::bad_input(
            field,
            format!("{count} changes: write at most {CHANGES}"),
        ));
    }
    for (at, change) in changes.iter_mut().enumerate() {
        match change {
            Change::AddWorkloads {
                manifests: text,
                objects,
            } => {
                let field = format!("{field}[{at}].manifests");
                *objects = manifests(&field, "manifests.yaml", text)?;
            }
            Change::SetScheduler {
                configuration: Some(text),
                parsed,
                ..
            } => {
                *parsed = Some(configuration(
                    &format!("{field}[{at}].configuration"),
                    text,
                )?);
            }
            _ => (),
        }
    }
    Ok(changes)
}

/// The objects of manifests. One that does not read refuses all.
pub(super) fn manifests(field: &str, path: &str, text: &str) -> Result<Vec<Value>, Error> {
    let file = InputFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let imported =
        drydock_import::import(vec![file]).map_err(|error| Error::bad_input(field, error))?;
    if let Some(skipped) = imported.report.skipped.first() {
        let message = format!("{}: {}", skipped.place, skipped.reason);
        return Err(Error::bad_input(field, message));
    }
    let objects = imported.world.objects.into_iter();
    Ok(objects.map(|object| object.json.as_ref().clone()).collect())
}

/// The one KubeSchedulerConfiguration of a text.
pub(super) fn configuration(field: &str, text: &str) -> Result<Value, Error> {
    let mut documents = drydock_import::documents("configuration.yaml", text.as_bytes())
        .map_err(|error| Error::bad_input(field, error))?;
    documents.retain(|document| !document.is_null());
    let count = documents.len();
    match (documents.pop(), count) {
        (Some(only), 1) => Ok(only),
        _ => Err(Error::bad_input(
            field,
            format!("{count} documents, expected one KubeSchedulerConfiguration"),
        )),
    }
}

/// Why a what-if came to nothing, with the field of the input.
pub(super) fn refused(error: WhatIfError) -> Error {
    match error {
        WhatIfError::Change { number, fault, .. } => {
            let change = format!("changes[{}]", number - 1);
            match fault {
                Fault::Field {
                    field,
                    value,
                    expected,
                } => {
                    let field = format!("{change}.{field}");
                    Error::bad_input(&field, format!("is {value}, expected {expected}"))
                }
                other => Error::bad_input(&change, other),
            }
        }
        WhatIfError::Grid { .. } => Error::bad_input("axes", error),
        WhatIfError::Cancelled { .. } => Error::new(Code::Cancelled, error.to_string()),
        WhatIfError::World(_) | WhatIfError::Configuration(_) => Error::refused(error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddNode {
    name: Option<String>,
    like: Option<String>,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    taints: Vec<TaintSpec>,
    zone: Option<String>,
    region: Option<String>,
    resources: Option<Amounts>,
}

/// Amounts as a simulated node shows them: CPU in thousandths of a core, memory in bytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Amounts {
    cpu_allocatable: Option<u64>,
    cpu_capacity: Option<u64>,
    memory_allocatable: Option<u64>,
    memory_capacity: Option<u64>,
    pods_capacity: Option<u32>,
    // What is used follows from the pods.
    #[serde(rename = "cpuUsed")]
    _cpu_used: Option<u64>,
    #[serde(rename = "memoryUsed")]
    _memory_used: Option<u64>,
    #[serde(rename = "podsUsed")]
    _pods_used: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OneNode {
    node_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Scale {
    deployment: String,
    replicas: u32,
}

const PARAMETERS: &str = "scenario.parameters";

fn parameters<T: serde::de::DeserializeOwned>(scenario: &Scenario) -> Result<T, Error> {
    let given = match &scenario.parameters {
        Value::Null => Value::Object(serde_json::Map::new()),
        other => other.clone(),
    };
    serde_json::from_value(given).map_err(|error| Error::bad_input(PARAMETERS, error))
}

fn spelt_out(world: &Settled, scenario: &Scenario) -> Result<Asked, Error> {
    let mut warnings = Vec::new();
    let changes = match scenario.kind {
        ScenarioKind::RemoveNode => {
            let OneNode { node_name } = parameters(scenario)?;
            vec![Change::RemoveNodes {
                nodes: vec![known(world, node_name)?],
            }]
        }
        ScenarioKind::NodeFailure => {
            let OneNode { node_name } = parameters(scenario)?;
            vec![Change::FailNodes {
                nodes: vec![known(world, node_name)?],
            }]
        }
        ScenarioKind::ScaleDeployment => scaled(world, parameters(scenario)?)?,
        ScenarioKind::AddNode => {
            let node: AddNode = parameters(scenario)?;
            if let Some(name) = &node.name {
                warnings.push(format!(
                    "scenario.parameters.name: the node is not called {name:?}; nodes that are added are numbered"
                ));
            }
            vec![added(node)?]
        }
    };
    Ok(Asked { changes, warnings })
}

fn known(world: &Settled, name: String) -> Result<String, Error> {
    match world.standing.cluster.node_id(&name) {
        Some(_) => Ok(name),
        None => Err(Error::not_found(
            "node (scenario.parameters.nodeName)",
            &name,
        )),
    }
}

fn added(node: AddNode) -> Result<Change, Error> {
    let capacity = node
        .resources
        .map(|amounts| {
            let of = |name: &str, allocatable: Option<u64>, capacity: Option<u64>| {
                allocatable.or(capacity).ok_or_else(|| {
                    let field = format!("{PARAMETERS}.resources.{name}");
                    Error::bad_input(&field, "missing: what the node offers to pods")
                })
            };
            let cpu = of(
                "cpuAllocatable",
                amounts.cpu_allocatable,
                amounts.cpu_capacity,
            )?;
            let memory = of(
                "memoryAllocatable",
                amounts.memory_allocatable,
                amounts.memory_capacity,
            )?;
            Ok::<_, Error>(Capacity {
                cpu: format!("{cpu}m"),
                memory: memory.to_string(),
                pods: amounts.pods_capacity,
                extended: std::collections::BTreeMap::new(),
            })
        })
        .transpose()?;
    if capacity.is_none() == node.like.is_none() {
        return Err(Error::bad_input(
            PARAMETERS,
            "write resources or like (the name of a node), one of the two",
        ));
    }
    Ok(Change::AddNodes {
        count: 1,
        like: node.like,
        instance_type: None,
        provider: None,
        region: node.region,
        zone: node.zone,
        pool: None,
        labels: node.labels,
        taints: node.taints,
        capacity,
    })
}

/// Every Deployment whose name begins as it is written.
fn scaled(world: &Settled, scale: Scale) -> Result<Vec<Change>, Error> {
    let deployments = world
        .inventory
        .workloads
        .iter()
        .filter(|made| made.kind == drydock_model::WorkloadKind::Deployment);
    let found: Vec<Change> = deployments
        .filter(|made| {
            made.id.name().starts_with(&scale.deployment) || made.id.as_str() == scale.deployment
        })
        .map(|made| Change::ScaleWorkload {
            workload: made.id.to_string(),
            replicas: scale.replicas,
        })
        .collect();
    if found.is_empty() || scale.deployment.is_empty() {
        return Err(Error::not_found(
            "deployment (scenario.parameters.deployment)",
            &scale.deployment,
        ));
    }
    Ok(found)
}
