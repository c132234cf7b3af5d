//! Simulations by their older name: every world as placement sees it, and a world made of nodes and pods alone.

use std::collections::BTreeSet;

use drydock_model::{ClusterObject, Inventory, Provenance, World};
use drydock_pricing::node_labels;
use drydock_scheduler::PodKey;
use drydock_store::WorldRow;
use drydock_what_if::Standing;
use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

use super::settled::{refused, row};
use super::{
    ExistingPod, ExistingResources, NewNode, NewPod, NewSimulation, NodeResources, NodeSays,
    NodeTaint, SimulatedCluster, SimulatedNode, SimulationsInput,
};
use crate::lab::current_world;
use crate::worlds::checked_name;
use crate::{Change, Error, Lab};

/// How the reason of a first revision begins where a simulation was described.
const DESCRIBED: &str = "simulation: ";

/// `scheduler_simulations`: the worlds of the lab as placement sees them, the current one first, as `default`.
pub fn scheduler_simulations(
    lab: &Lab,
    input: SimulationsInput,
) -> Result<Vec<SimulatedCluster>, Error> {
    let current = lab.store.read(current_world)?.map(|row| row.id);
    let mut rows = match &input.simulation_id {
        Some(id) => vec![row(lab, Some(id))?],
        None => lab.store.read(drydock_store::Reader::worlds)?,
    };
    // Stable: the others stay in the order of their names.
    rows.sort_by_key(|row| Some(&row.id) != current.as_ref());
    rows.iter()
        .map(|row| {
            let (world, first) = lab.store.read(|reader| {
                let world = reader.load_world(&row.id, Some(row.revision))?;
                Ok::<_, Error>((world, reader.revision(&row.id, 1)?.reason))
            })?;
            let id = if Some(&row.id) == current.as_ref() {
                "default"
            } else {
                &row.id
            };
            let mut shown = shown(&world, row, id);
            shown.description = first.strip_prefix(DESCRIBED).map(str::to_owned);
            Ok(shown)
        })
        .collect()
}

fn shown(world: &World, row: &WorldRow, id: &str) -> SimulatedCluster {
    let mut cluster = SimulatedCluster {
        id: id.to_owned(),
        world: row.id.clone(),
        name: row.name.clone(),
        description: None,
        nodes: Vec::new(),
        existing_pods: Vec::new(),
        created_at: row.created,
        error: None,
    };
    let inventory = Inventory::of(world);
    match standing(&inventory) {
        Ok(standing) => {
            let nodes = inventory.nodes.iter();
            cluster.nodes = nodes
                .filter_map(|(object, _)| node(object, &standing))
                .collect();
            cluster.existing_pods = pods(&standing);
        }
        Err(error) => cluster.error = Some(error.message),
    }
    cluster
}

fn standing(inventory: &Inventory) -> Result<Standing, Error> {
    let profile = Standing::profile_of(inventory).map_err(|error| refused(&error))?;
    Standing::of(inventory, profile).map_err(|error| refused(&error))
}

fn node(object: &Node, standing: &Standing) -> Option<SimulatedNode> {
    let name = object.metadata.name.clone()?;
    let cluster = &standing.cluster;
    let id = cluster.node_id(&name)?;
    let (offered, asked) = (cluster.allocatable(id), cluster.requested(id));
    let labels = object.metadata.labels.clone().unwrap_or_default();
    let taints = object
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    let status = object.status.as_ref();
    // A quantity that does not read is refused before: allocatable and capacity are read alike.
    let capacity = |resource: &str| {
        let quantity = status?.capacity.as_ref()?.get(resource)?;
        quantity.0.parse::<drydock_model::Quantity>().ok()
    };
    Some(SimulatedNode {
        taints: taints
            .map(|taint| NodeTaint {
                key: taint.key.clone(),
                value: taint.value.clone(),
                effect: taint.effect.clone(),
            })
            .collect(),
        resources: NodeResources {
            cpu_capacity: capacity("cpu").map(drydock_model::Quantity::milli_ceil),
            cpu_allocatable: offered.milli_cpu,
            cpu_used: asked.milli_cpu,
            memory_capacity: capacity("memory").map(drydock_model::Quantity::value_ceil),
            memory_allocatable: offered.memory_bytes,
            memory_used: asked.memory_bytes,
            pods_capacity: offered.pods,
            pods_used: asked.pods,
        },
        conditions: status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten())
            .map(|condition| NodeSays {
                kind: condition.type_.clone(),
                status: condition.status.clone(),
            })
            .collect(),
        zone: node_labels::zone(&labels).map(str::to_owned),
        region: node_labels::region(&labels).map(str::to_owned),
        labels,
        name,
    })
}

fn pods(standing: &Standing) -> Vec<ExistingPod> {
    let cluster = &standing.cluster;
    let bound = standing.pods.iter().enumerate().filter_map(|(at, pod)| {
        let node = cluster.node_of(PodKey(at as u64))?;
        let (namespace, name) = pod.name.split_once('/').unwrap_or(("default", &pod.name));
        let asked = cluster.shape(pod.shape).requests();
        Some(ExistingPod {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            node_name: cluster.node_name(node).to_owned(),
            resources: ExistingResources {
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
            },
        })
    });
    bound.collect()
}

/// `create_simulation`: make a world of nodes and pods. The current world stays the current one where there is one.
pub fn create_simulation(
    change: &mut Change<'_, '_>,
    input: NewSimulation,
) -> Result<SimulatedCluster, Error> {
    let name = checked_name(&input.name)?;
    let world = world(&input)?;
    // What placement cannot judge is refused before anything is stored.
    standing(&Inventory::of(&world))?;
    let described = input.description.as_deref().map_or("", str::trim);
    let reason = if described.is_empty() {
        "simulation".to_owned()
    } else {
        format!("{DESCRIBED}{described}")
    };
    let author = &change.caller.name;
    let row = change
        .writer
        .create_world(&name, &world, &reason, author, change.lab.now())?;
    let first = current_world(change.writer)?.is_none();
    if first {
        change.make_current(&row)?;
    }
    let mut shown = shown(&world, &row, if first { "default" } else { &row.id });
    shown.description = Some(described.to_owned()).filter(|text| !text.is_empty());
    Ok(shown)
}

fn world(input: &NewSimulation) -> Result<World, Error> {
    if input.nodes.is_empty() {
        return Err(Error::bad_input(
            "nodes",
            "is empty: a simulation has at least one node",
        ));
    }
    let (mut nodes, mut pods) = (BTreeSet::new(), BTreeSet::new());
    let mut world = World::default();
    for (at, node) in input.nodes.iter().enumerate() {
        let field = |name: &str| format!("nodes[{at}].{name}");
        check_name(&field("name"), &node.name)?;
        if !nodes.insert(node.name.as_str()) {
            let message = format!("{:?} is the name of another node", node.name);
            return Err(Error::bad_input(&field("name"), message));
        }
        let object = node_object(&field, node)?;
        world.objects.push(made(object));
    }
    for (at, pod) in input.existing_pods.iter().enumerate() {
        let field = |name: &str| format!("existingPods[{at}].{name}");
        check_name(&field("name"), &pod.name)?;
        let namespace = pod.namespace.as_deref().unwrap_or("default");
        check_name(&field("namespace"), namespace)?;
        if !pods.insert((namespace, pod.name.as_str())) {
            let message = format!("{namespace}/{} is the name of another pod", pod.name);
            return Err(Error::bad_input(&field("name"), message));
        }
        if !nodes.contains(pod.node_name.as_str()) {
            let message = format!("{:?} is none of the nodes", pod.node_name);
            return Err(Error::bad_input(&field("nodeName"), message));
        }
        for (name, amount) in [("cpu", pod.resources.cpu), ("memory", pod.resources.memory)] {
            at_least(&field(&format!("resources.{name}")), amount, 0)?;
        }
        world.objects.push(made(pod_object(namespace, pod)));
    }
    world.sort_objects();
    Ok(world)
}

fn made(json: Value) -> ClusterObject {
    ClusterObject::new(json, Provenance::Entered)
}

/// A DNS subdomain, as Kubernetes wants names (RFC 1123).
fn check_name(field: &str, name: &str) -> Result<(), Error> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if name.len() <= 253
        && name.chars().all(good)
        && ends(name.chars().next())
        && ends(name.chars().last())
    {
        return Ok(());
    }
    Err(Error::bad_input(
        field,
        format!(
            "{name:?} is no name: lower case letters, digits, - and ., letter or digit at both ends"
        ),
    ))
}

fn at_least(field: &str, amount: i64, least: i64) -> Result<(), Error> {
    if amount >= least {
        return Ok(());
    }
    Err(Error::bad_input(
        field,
        format!("{amount} is out of range: write {least} or more"),
    ))
}

fn node_object(field: &dyn Fn(&str) -> String, node: &NewNode) -> Result<Value, Error> {
    let resources = &node.resources;
    let pods = resources.pods_capacity.unwrap_or(110);
    let capacity = (
        resources.cpu_capacity.unwrap_or(resources.cpu_allocatable),
        resources
            .memory_capacity
            .unwrap_or(resources.memory_allocatable),
    );
    for (name, amount, least) in [
        ("cpuAllocatable", resources.cpu_allocatable, 1),
        ("memoryAllocatable", resources.memory_allocatable, 1),
        ("cpuCapacity", capacity.0, resources.cpu_allocatable),
        ("memoryCapacity", capacity.1, resources.memory_allocatable),
        ("podsCapacity", pods, 1),
    ] {
        at_least(&field(&format!("resources.{name}")), amount, least)?;
    }
    let mut labels = node.labels.clone();
    let well_known = [
        ("kubernetes.io/hostname", Some(&node.name)),
        ("topology.kubernetes.io/zone", node.zone.as_ref()),
        ("topology.kubernetes.io/region", node.region.as_ref()),
    ];
    for (key, value) in well_known {
        if let Some(value) = value {
            labels
                .entry(key.to_owned())
                .or_insert_with(|| value.clone());
        }
    }
    for (at, condition) in node.conditions.iter().enumerate() {
        if !["True", "False", "Unknown"].contains(&condition.status.as_str()) {
            return Err(Error::bad_input(
                &field(&format!("conditions[{at}].status")),
                format!("{:?}: write True, False or Unknown", condition.status),
            ));
        }
    }
    let conditions: Vec<Value> = if node.conditions.is_empty() {
        vec![json!({"type": "Ready", "status": "True"})]
    } else {
        let given = node.conditions.iter();
        given
            .map(|condition| json!({"type": condition.kind, "status": condition.status}))
            .collect()
    };
    Ok(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"taints": node.taints},
        "status": {
            "capacity": {"cpu": format!("{}m", capacity.0), "memory": capacity.1.to_string(), "pods": pods.to_string()},
            "allocatable": {
                "cpu": format!("{}m", resources.cpu_allocatable), "memory": resources.memory_allocatable.to_string(),
                "pods": pods.to_string(),
            },
            "conditions": conditions,
        },
    }))
}

fn pod_object(namespace: &str, pod: &NewPod) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": namespace},
        "spec": {
            "nodeName": pod.node_name,
            "containers": [{
                "name": "main", "image": "none",
                "resources": {"requests": {"cpu": format!("{}m", pod.resources.cpu), "memory": pod.resources.memory.to_string()}},
            }],
        },
        "status": {"phase": "Running"},
    })
}
