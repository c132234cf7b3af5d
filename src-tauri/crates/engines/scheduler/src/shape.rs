//! Everything placement needs of a pod template, compiled once.

use k8s_openapi::api::core::v1::Pod;

use crate::constraints::Constraints;
use crate::error::{Fault, InvalidObject};
use crate::images::{ImageId, Images};
use crate::not_considered::not_considered;
use crate::plugins::node_ports::{HostPort, host_ports};
use crate::quantity::{milli_ceil, value_ceil};
use crate::request::{Amounts, pod_requests};
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable, Resources};
use crate::symbol::Symbols;

/// A pod template as placement sees it. Two pods whose specs mean the same share one shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    pub(crate) priority: i32,
    pub(crate) preempts: bool,
    pub(crate) gates: Vec<String>,
    /// Index of the shared constraint set.
    pub(crate) constraints: usize,
    pub(crate) ports: Vec<HostPort>,
    /// Positive amounts by resource column: the native ones first, then scalars by name.
    pub(crate) demand: Vec<(usize, i64)>,
    /// Milli cpu and bytes of memory that BalancedAllocation counts; best effort pods are not scored by it.
    pub(crate) balanced: [i64; 2],
    /// Milli cpu and bytes of memory that LeastAllocated counts while the pod is placed.
    pub(crate) scored: [i64; 2],
    /// The same once it is bound.
    pub(crate) scored_bound: [i64; 2],
    pub(crate) images: Vec<ImageId>,
    pub(crate) containers: i64,
    pub(crate) affinity_to_pods: bool,
    pub(crate) not_considered: Vec<String>,
}

/// The tables of a cluster that shapes are compiled against.
pub(crate) struct Tables<'a> {
    pub symbols: &'a mut Symbols,
    pub resources: &'a mut ResourceTable,
    pub images: &'a mut Images,
    pub scheduler_name: &'a str,
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

    /// Compiles a pod, and its constraint set, which the caller shares between shapes.
    pub(crate) fn compile(
        pod: &Pod,
        tables: Tables<'_>,
    ) -> Result<(Self, Constraints), InvalidObject> {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
        let name = pod
            .metadata
            .name
            .as_deref()
            .or(pod.metadata.generate_name.as_deref())
            .unwrap_or("(unnamed)");
        let object = format!("Pod {namespace}/{name}");
        Self::compile_spec(pod, tables).map_err(|fault| fault.of(&object))
    }

    fn compile_spec(pod: &Pod, tables: Tables<'_>) -> Result<(Self, Constraints), Fault> {
        let Tables {
            symbols,
            resources,
            images,
            scheduler_name,
        } = tables;
        let Some(spec) = &pod.spec else {
            return Err(Fault::new("spec", "missing", "a pod spec"));
        };
        let constraints = Constraints::compile(spec, symbols)?;
        let requests = pod_requests(spec)?;
        let pair = |[cpu, memory]: [i128; 2]| [milli_ceil(cpu), value_ceil(memory)];
        let of = |name: &str| requests.total.get(name).copied().unwrap_or(0);
        let containers = || {
            spec.init_containers
                .iter()
                .flatten()
                .chain(&spec.containers)
        };
        let mut wanted: Vec<_> = containers()
            .map(|container| images.wanted(container.image.as_deref().unwrap_or_default()))
            .collect();
        wanted.sort_unstable();
        let affinity = spec.affinity.as_ref();
        let shape = Self {
            priority: spec.priority.unwrap_or(0),
            preempts: spec.preemption_policy.as_deref() != Some("Never"),
            gates: spec
                .scheduling_gates
                .iter()
                .flatten()
                .map(|gate| gate.name.clone())
                .collect(),
            constraints: 0,
            ports: host_ports(spec, symbols),
            demand: demand(&requests.total, resources),
            balanced: pair([of("cpu"), of("memory")]),
            scored: pair(requests.scored),
            scored_bound: pair(requests.bound),
            images: wanted,
            containers: containers().count() as i64,
            affinity_to_pods: affinity
                .is_some_and(|a| a.pod_affinity.is_some() || a.pod_anti_affinity.is_some()),
            not_considered: not_considered(pod, spec, scheduler_name),
        };
        Ok((shape, constraints))
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
