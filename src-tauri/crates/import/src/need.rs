//! What the pods of a world ask for together: the need that a node pool is proposed for where there are no nodes.

use std::collections::BTreeMap;

use drydock_model::{Inventory, Quantity};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use serde_json::Value;

/// Sums of requests over the pods that workloads ask for, DaemonSets counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestSums {
    /// Sum of CPU requests, thousandths of a core.
    pub milli_cpu: u64,
    /// Sum of memory requests, bytes.
    pub memory_bytes: u64,
    /// Number of pods.
    pub pods: u32,
    /// Largest CPU request of one pod, thousandths of a core.
    pub largest_milli_cpu: u64,
    /// Largest memory request of one pod, bytes.
    pub largest_memory_bytes: u64,
}

pub(crate) fn sums(inventory: &Inventory) -> RequestSums {
    let least: BTreeMap<_, _> = inventory
        .autoscalers
        .iter()
        .filter_map(|autoscaler| {
            Some((
                &autoscaler.target,
                autoscaler
                    .json
                    .pointer("/spec/minReplicas")
                    .and_then(Value::as_u64)?,
            ))
        })
        .collect();
    let mut sums = RequestSums::default();
    for workload in &inventory.workloads {
        let Some(spec) = &workload.template.spec else {
            continue;
        };
        let least = least
            .get(&workload.id)
            .copied()
            .unwrap_or(0)
            .min(u64::from(u32::MAX)) as u32;
        let replicas = workload.replicas.max(least);
        let (milli_cpu, memory_bytes) = (
            request(spec, "cpu", Quantity::milli_ceil),
            request(spec, "memory", Quantity::value_ceil),
        );
        sums.milli_cpu = sums
            .milli_cpu
            .saturating_add(milli_cpu.saturating_mul(replicas.into()));
        sums.memory_bytes = sums
            .memory_bytes
            .saturating_add(memory_bytes.saturating_mul(replicas.into()));
        sums.pods = sums.pods.saturating_add(replicas);
        if replicas > 0 {
            sums.largest_milli_cpu = sums.largest_milli_cpu.max(milli_cpu);
            sums.largest_memory_bytes = sums.largest_memory_bytes.max(memory_bytes);
        }
    }
    sums
}

/// What the scheduler counts for a pod: the larger of what its containers ask for together and what its init containers
/// ask for one after the other, those that keep running (sidecars) counted with both; and the overhead.
fn request(spec: &PodSpec, resource: &str, round: fn(Quantity) -> i64) -> u64 {
    let of = |container: &Container| {
        let resources = container.resources.as_ref();
        let requests = resources.and_then(|resources| resources.requests.as_ref()?.get(resource));
        // The API server takes the limit where no request is given.
        let quantity = requests
            .or_else(|| resources.and_then(|resources| resources.limits.as_ref()?.get(resource)));
        quantity
            .and_then(|quantity| quantity.0.parse().ok())
            .map_or(0, |quantity| u64::try_from(round(quantity)).unwrap_or(0))
    };
    let (mut sidecars, mut init) = (0_u64, 0_u64);
    for container in spec.init_containers.iter().flatten() {
        let asked = of(container);
        if container.restart_policy.as_deref() == Some("Always") {
            sidecars = sidecars.saturating_add(asked);
            init = init.max(sidecars);
        } else {
            init = init.max(sidecars.saturating_add(asked));
        }
    }
    let containers = spec
        .containers
        .iter()
        .map(of)
        .fold(sidecars, u64::saturating_add);
    let overhead = spec
        .overhead
        .as_ref()
        .and_then(|overhead| overhead.get(resource)?.0.parse().ok());
    let overhead = overhead.map_or(0, |quantity| u64::try_from(round(quantity)).unwrap_or(0));
    containers.max(init).saturating_add(overhead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_model::{ClusterObject, Provenance, World};
    use serde_json::json;

    #[test]
    fn pods_as_the_scheduler_counts_them() {
        let check = |replicas: u32, spec: Value, expect: (u64, u64, u32)| {
            let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
                "spec": {"replicas": replicas, "template": {"spec": spec}}});
            let world = World {
                objects: vec![ClusterObject::new(object, Provenance::Measured)],
                ..World::default()
            };
            let got = sums(&Inventory::of(&world));
            assert_eq!((got.milli_cpu, got.largest_milli_cpu, got.pods), expect);
        };
        let cpu = |cpu: &str| json!({"name": "c", "resources": {"requests": {"cpu": cpu}}});
        check(
            3,
            json!({"containers": [cpu("100m"), cpu("0.2")]}),
            (900, 300, 3),
        );
        check(
            1,
            json!({"containers": [cpu("100m")], "initContainers": [cpu("1")]}),
            (1000, 1000, 1),
        );
        let sidecar = json!({"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}});
        check(
            1,
            json!({"containers": [cpu("100m")], "initContainers": [sidecar, cpu("90m")]}),
            (150, 150, 1),
        );
        check(
            1,
            json!({"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}], "overhead": {"cpu": "10m"}}),
            (1010, 1010, 1),
        );
        check(0, json!({"containers": [cpu("1")]}), (0, 0, 0));
        check(1, json!({"containers": [{"name": "c"}]}), (0, 0, 1));
    }
}
