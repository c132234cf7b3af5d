//! Everything placement needs of a pod template, compiled once.

use k8s_openapi::api::core::v1::Pod;

use crate::appetite::Appetite;
use crate::constraints::{Constraints, NodeTraits};
use crate::error::{Fault, InvalidObject};
use crate::images::{ImageWishId, Images};
use crate::labels::{LabelSet, LabelSetId, LabelSets, intern_labels};
use crate::namespaces::Namespaces;
use crate::not_considered::not_considered;
use crate::owners::Owners;
use crate::plugins::inter_pod_affinity;
use crate::plugins::node_ports::{HostPort, host_ports};
use crate::plugins::pod_topology_spread::{self, Spread};
use crate::pod_selector::PodSelectors;
use crate::profile::Profile;
use crate::quantity::{milli_ceil, value_ceil};
use crate::request::{Amounts, PodRequests, pod_requests};
use crate::residents::Residents;
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable, Resources};
use crate::symbol::{Symbol, Symbols};
use crate::terms::{PodTerms, Terms};
use crate::topology::Topologies;
use crate::volumes::{PodVolumes, pod_volumes};

/// A pod template as placement sees it. Two pods whose specs and labels mean the same share one shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    pub(crate) label_set: LabelSetId,
    pub(crate) priority: i32,
    pub(crate) preempts: bool,
    pub(crate) gates: Vec<String>,
    /// Index of the shared constraint set.
    pub(crate) constraints: usize,
    /// Index of the shared appetite.
    pub(crate) appetite: usize,
    pub(crate) ports: Vec<HostPort>,
    /// Positive amounts by resource column: the native ones first, then scalars by name.
    pub(crate) demand: Vec<(usize, i64)>,
    /// Milli cpu and bytes of memory that NodeResourcesFit's score counts once the pod is bound.
    pub(crate) scored_bound: [i64; 2],
    pub(crate) images: ImageWishId,
    pub(crate) spread: Spread,
    pub(crate) terms: PodTerms,
    pub(crate) volumes: PodVolumes,
    pub(crate) not_considered: Vec<String>,
}

/// The tables of a cluster that shapes are compiled against.
pub(crate) struct Tables<'a> {
    pub profile: &'a Profile,
    pub symbols: &'a mut Symbols,
    pub resources: &'a mut ResourceTable,
    pub images: &'a mut Images,
    pub label_sets: &'a mut LabelSets,
    pub namespaces: &'a mut Namespaces,
    pub selectors: &'a mut PodSelectors,
    pub residents: &'a mut Residents,
    pub topologies: &'a mut Topologies,
    pub terms: &'a mut Terms,
    pub owners: &'a Owners,
    pub traits: &'a [NodeTraits],
}

/// A shape and the parts that the caller shares between shapes.
pub(crate) struct Compiled {
    pub shape: Shape,
    pub constraints: Constraints,
    pub appetite: Appetite,
}

impl Shape {
    /// What the pod asks for, as the filter counts it; `pods` is 1.
    pub fn requests(&self) -> Resources {
        let of = |column| {
            self.demand
                .iter()
                .find(|&&(resource, _)| resource == column)
                .map_or(0, |&(_, amount)| amount)
        };
        Resources {
            milli_cpu: of(CPU),
            memory_bytes: of(MEMORY),
            ephemeral_bytes: of(EPHEMERAL),
            pods: 1,
        }
    }

    /// The resolved priority; 0 where the pod has none.
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Scheduling gates that hold the pod back.
    pub fn gates(&self) -> &[String] {
        &self.gates
    }

    /// What the pod asks for and this engine does not judge, as `Plugin: field`.
    pub fn not_considered(&self) -> &[String] {
        &self.not_considered
    }

    /// Compiles a pod.
    pub(crate) fn compile(pod: &Pod, tables: Tables<'_>) -> Result<Compiled, InvalidObject> {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
        let name = pod
            .metadata
            .name
            .as_deref()
            .or(pod.metadata.generate_name.as_deref())
            .unwrap_or("(unnamed)");
        let object = format!("Pod {namespace}/{name}");
        Self::compile_spec(pod, namespace, tables).map_err(|fault| fault.of(&object))
    }

    fn compile_spec(pod: &Pod, namespace: &str, mut tables: Tables<'_>) -> Result<Compiled, Fault> {
        let Some(spec) = &pod.spec else {
            return Err(Fault::new("spec", "missing", "a pod spec"));
        };
        let profile = tables.profile;
        let constraints =
            Constraints::compile(spec, profile.added_affinity.as_ref(), tables.symbols)?;
        let requests = pod_requests(spec)?;
        let (namespace, label_set) = label_set(pod, namespace, &mut tables);
        let demand = demand(&requests.total, tables.resources);
        let appetite = appetite(&requests, &demand, profile, tables.resources);
        let containers = || {
            spec.init_containers
                .iter()
                .flatten()
                .chain(&spec.containers)
        };
        let images = tables
            .images
            .wish(containers().map(|container| container.image.as_deref().unwrap_or_default()));
        let shape = Self {
            label_set,
            priority: spec.priority.unwrap_or(0),
            preempts: spec.preemption_policy.as_deref() != Some("Never"),
            gates: spec
                .scheduling_gates
                .iter()
                .flatten()
                .map(|gate| gate.name.clone())
                .collect(),
            constraints: 0,
            appetite: 0,
            ports: host_ports(spec, tables.symbols),
            demand,
            scored_bound: [
                milli_ceil(requests.bound[CPU]),
                value_ceil(requests.bound[MEMORY]),
            ],
            images,
            spread: pod_topology_spread::compile(pod, spec, namespace, label_set, &mut tables)?,
            terms: inter_pod_affinity::compile(pod, spec, namespace, &mut tables)?,
            volumes: pod_volumes(pod, spec, namespace, tables.symbols),
            not_considered: not_considered(spec, profile),
        };
        Ok(Compiled {
            shape,
            constraints,
            appetite,
        })
    }
}

fn label_set(pod: &Pod, namespace: &str, tables: &mut Tables<'_>) -> (Symbol, LabelSetId) {
    tables.namespaces.touch(namespace, tables.symbols);
    let namespace = tables.symbols.intern(namespace);
    let set = LabelSet {
        namespace,
        labels: intern_labels(pod.metadata.labels.as_ref(), tables.symbols),
    };
    let (id, new) = tables.label_sets.intern(set);
    if new {
        let set = tables.label_sets.get(id);
        tables
            .selectors
            .learn(id, set, tables.namespaces, tables.symbols);
        tables.residents.learn(id);
    }
    (namespace, id)
}

/// What the plugins on resources look at. A scalar resource that the pod does not ask for does not take part.
fn appetite(
    requests: &PodRequests,
    demand: &[(usize, i64)],
    profile: &Profile,
    resources: &mut ResourceTable,
) -> Appetite {
    let asked = |column: usize| {
        demand
            .iter()
            .find(|&&(other, _)| other == column)
            .map_or(0, |&(_, amount)| amount)
    };
    let takes_part = |column: usize| column <= EPHEMERAL || asked(column) > 0;
    let mut scored = Vec::new();
    for (name, weight) in &profile.strategy.resources {
        if let Some(column) = resources.intern(name).filter(|&column| takes_part(column)) {
            let amount = match column {
                CPU => milli_ceil(requests.scored[CPU]),
                MEMORY => value_ceil(requests.scored[MEMORY]),
                _ => asked(column),
            };
            scored.push((column, amount, *weight));
        }
    }
    let balanced: Vec<_> = profile
        .balanced_resources
        .iter()
        .filter_map(|name| resources.intern(name))
        .map(|column| (column, asked(column)))
        .collect();
    let best_effort = balanced.iter().all(|&(_, amount)| amount == 0);
    let balanced = balanced
        .into_iter()
        .filter(|&(column, _)| takes_part(column))
        .collect();
    Appetite {
        demand: demand
            .iter()
            .filter(|&&(column, _)| column <= EPHEMERAL || !profile.ignores(resources.name(column)))
            .copied()
            .collect(),
        scored,
        balanced: (!best_effort).then_some(balanced),
    }
}

fn demand(total: &Amounts, resources: &mut ResourceTable) -> Vec<(usize, i64)> {
    let mut demand = Vec::new();
    for (name, &nano) in total {
        if let Some(column) = resources.intern(name) {
            let amount = if column == CPU {
                milli_ceil(nano)
            } else {
                value_ceil(nano)
            };
            if amount > 0 {
                demand.push((column, amount));
            }
        }
    }
    // Stable: native columns in their order, scalars as the map gave them, by name.
    demand.sort_by_key(|&(column, _)| column.min(EPHEMERAL + 1));
    demand
}
