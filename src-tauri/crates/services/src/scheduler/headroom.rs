//! How many more pods fit, and what runs out first: copies are placed one by one, each seeing those before it, until no
//! node takes another. The world stays as it is.

use std::collections::BTreeMap;

use drydock_model::{ClusterObject, Inventory, Provenance, World};
use drydock_scheduler::{Cluster, Decision, PodKey, Rejections, ShapeId};
use k8s_openapi::api::core::v1::Pod;

use super::changes::manifests;
use super::settled::Settled;
use super::{Headroom, HeadroomInput, HeadroomOf, HeadroomPod, NodeCopies, Shortfall, simulate};
use crate::{Error, Lab};

/// Copies where nobody says, and at most.
const COPIES: (u32, u32) = (10_000, 100_000);
/// Different pods, at most.
const PODS: usize = 50;

/// `scheduler_headroom`: how many more of some pods fit, each alone and all in turn.
pub fn scheduler_headroom(lab: &Lab, input: HeadroomInput) -> Result<Headroom, Error> {
    let most = input.most.unwrap_or(COPIES.0);
    if !(1..=COPIES.1).contains(&most) {
        return Err(Error::bad_input(
            "most",
            format!("{most} is out of range: write 1 to {}", COPIES.1),
        ));
    }
    if input.pods.is_empty() || input.pods.len() > PODS {
        let count = input.pods.len();
        return Err(Error::bad_input(
            "pods",
            format!("{count} pods: write 1 to {PODS}"),
        ));
    }
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let mut cluster = world.standing.cluster.clone();
    let mut counters = Vec::new();
    for (at, pod) in input.pods.iter().enumerate() {
        let field = format!("pods[{at}]");
        for (name, pod) in pods(&field, pod)? {
            let wrong = |error: &dyn std::fmt::Display| Error::bad_input(&field, error);
            let admitted = world.admit(&pod).map_err(|error| wrong(&error))?;
            let shape = cluster.intern(&admitted).map_err(|error| wrong(&error))?;
            counters.push((name, shape));
        }
    }
    let alone = counters
        .iter()
        .flat_map(|counter| fill(&world, &cluster, std::slice::from_ref(counter), most))
        .collect();
    let together = fill(&world, &cluster, &counters, most);
    Ok(Headroom {
        basis: world.basis(),
        rounds: together.iter().map(|of| of.more).min().unwrap_or(0),
        alone,
        together,
    })
}

/// The pods of an entry, by the name the answer gives them: one of a spec, several of a manifest with several workloads.
fn pods(field: &str, entry: &HeadroomPod) -> Result<Vec<(String, Pod)>, Error> {
    match (&entry.pod_spec, &entry.manifest) {
        (Some(spec), None) => {
            let pod = simulate::pod(&format!("{field}.podSpec"), spec)?;
            let name = entry.name.clone().unwrap_or_else(|| spec.name.clone());
            Ok(vec![(name, pod)])
        }
        (None, Some(text)) => {
            let field = format!("{field}.manifest");
            let mut world = World {
                objects: manifests(&field, "manifest.yaml", text)?
                    .into_iter()
                    .map(|json| ClusterObject::new(json, Provenance::Entered))
                    .collect(),
                ..World::default()
            };
            world.sort_objects();
            let inventory = Inventory::of(&world);
            if let Some(unread) = inventory.unread.first() {
                let message = format!("{}: {}", unread.key, unread.reason);
                return Err(Error::bad_input(&field, message));
            }
            let made = inventory.workloads;
            if made.is_empty() {
                return Err(Error::bad_input(
                    &field,
                    "holds no pod and nothing that makes pods",
                ));
            }
            let only = made.len() == 1;
            Ok(made
                .into_iter()
                .map(|workload| {
                    let name = entry.name.clone().filter(|_| only);
                    (
                        name.unwrap_or_else(|| workload.id.to_string()),
                        workload.template,
                    )
                })
                .collect())
        }
        _ => Err(Error::bad_input(
            field,
            "write podSpec or manifest, one of the two",
        )),
    }
}

/// A pod while copies of it are placed.
struct Filling {
    copies: u32,
    on: BTreeMap<String, u32>,
    end: Option<(Rejections, String)>,
}

/// Places one copy of each in turn until none fits any more or there are enough of it.
fn fill(
    world: &Settled,
    cluster: &Cluster,
    pods: &[(String, ShapeId)],
    most: u32,
) -> Vec<HeadroomOf> {
    let mut cluster = cluster.clone();
    let mut next = world.standing.pods.len() as u64;
    let mut fillings: Vec<Filling> = pods
        .iter()
        .map(|_| Filling {
            copies: 0,
            on: BTreeMap::new(),
            end: None,
        })
        .collect();
    let open = |filling: &Filling| filling.end.is_none() && filling.copies < most;
    while fillings.iter().any(open) {
        for ((_, shape), filling) in pods.iter().zip(&mut fillings) {
            if !open(filling) {
                continue;
            }
            match cluster.decide(*shape) {
                Decision::Placed { node, .. } => {
                    cluster.bind(PodKey(next), *shape, node);
                    next += 1;
                    filling.copies += 1;
                    let name = cluster.node_name(node).to_owned();
                    *filling.on.entry(name).or_insert(0) += 1;
                }
                Decision::Unschedulable(rejections) => {
                    filling.end = Some((rejections, cluster.explain(*shape).message));
                }
            }
        }
    }
    pods.iter()
        .zip(fillings)
        .map(|((name, shape), filling)| {
            let shape = cluster.shape(*shape);
            let asked = shape.requests();
            let capped = filling.end.is_none();
            let (runs_out, message) = filling
                .end
                .map_or_else(Default::default, |end| (shortfalls(&end.0), end.1));
            HeadroomOf {
                name: name.clone(),
                cpu: asked.milli_cpu,
                memory: asked.memory_bytes,
                more: filling.copies,
                capped,
                runs_out,
                message,
                nodes: filling
                    .on
                    .into_iter()
                    .map(|(node, pods)| NodeCopies { node, pods })
                    .collect(),
                not_considered: shape.not_considered().to_vec(),
            }
        })
        .collect()
}

fn shortfalls(rejections: &Rejections) -> Vec<Shortfall> {
    let mut list: Vec<_> = rejections
        .iter()
        .map(|(plugin, code, reason, nodes)| Shortfall {
            plugin,
            code,
            reason,
            nodes,
        })
        .collect();
    // Stable: equals stay in the order of the filters.
    list.sort_by_key(|shortfall| std::cmp::Reverse(shortfall.nodes));
    list
}
