//! What a pod asks for: containers, init containers, sidecars, pod-level resources and overhead, added up as
//! `component-helpers/resource.PodRequests` does, after the API server's defaulting (which changes nothing on a stored
//! pod): a missing request takes its limit.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::error::Fault;
use crate::quantity;

/// Nano units by resource name.
pub(crate) type Amounts = BTreeMap<String, i128>;

/// What the score counts for a container without a request: 100m and 200 MiB (`pkg/scheduler/util/pod_resources.go`).
const DEFAULT_CPU_NANO: i128 = 100_000_000;
const DEFAULT_MEMORY_NANO: i128 = 200 * 1024 * 1024 * 1_000_000_000;

pub(crate) struct PodRequests {
    /// What the filter and BalancedAllocation count.
    pub total: Amounts,
    /// Nano cpu and memory that LeastAllocated counts for the pod while it is being placed: in 1.34 without its
    /// pod-level resources.
    pub scored: [i128; 2],
    /// Nano cpu and memory that LeastAllocated counts for the pod once it is bound.
    pub bound: [i128; 2],
}

/// One container's requests, and whether it is an init container that keeps running.
struct Part {
    amounts: Amounts,
    sidecar: bool,
}

pub(crate) fn pod_requests(spec: &PodSpec) -> Result<PodRequests, Fault> {
    let containers = parts(&spec.containers, "spec.containers")?;
    let init = parts(
        spec.init_containers.as_deref().unwrap_or_default(),
        "spec.initContainers",
    )?;
    let overhead = amounts(spec.overhead.as_ref(), "spec.overhead")?;
    let own = aggregate(&containers, &init, &Amounts::new());
    let pod_level = pod_level(spec.resources.as_ref(), &own)?;

    let finish = |mut sum: Amounts, with_pod_level: bool| {
        if with_pod_level {
            sum.extend(pod_level.iter().map(|(name, &nano)| (name.clone(), nano)));
        }
        add(&mut sum, &overhead);
        sum
    };
    let pair = |sum: &Amounts| ["cpu", "memory"].map(|name| sum.get(name).copied().unwrap_or(0));

    let total = finish(own, true);
    let both: Amounts = [
        ("cpu".to_owned(), DEFAULT_CPU_NANO),
        ("memory".to_owned(), DEFAULT_MEMORY_NANO),
    ]
    .into_iter()
    .collect();
    // With pod-level resources only what the pod as a whole leaves open is defaulted.
    let open: Amounts = if pod_level.is_empty() {
        both.clone()
    } else {
        both.iter()
            .filter(|(name, _)| !total.contains_key(*name))
            .map(|(name, &nano)| (name.clone(), nano))
            .collect()
    };
    let scored = pair(&finish(aggregate(&containers, &init, &both), false));
    let bound = pair(&finish(aggregate(&containers, &init, &open), true));
    Ok(PodRequests {
        total,
        scored,
        bound,
    })
}

fn parts(containers: &[Container], path: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::with_capacity(containers.len());
    for (at, container) in containers.iter().enumerate() {
        let path = format!("{path}[{at}].resources");
        let resources = container.resources.as_ref();
        let mut requested = amounts(
            resources.and_then(|r| r.limits.as_ref()),
            &format!("{path}.limits"),
        )?;
        requested.extend(amounts(
            resources.and_then(|r| r.requests.as_ref()),
            &format!("{path}.requests"),
        )?);
        parts.push(Part {
            amounts: requested,
            sidecar: container.restart_policy.as_deref() == Some("Always"),
        });
    }
    Ok(parts)
}

fn amounts(list: Option<&BTreeMap<String, Quantity>>, path: &str) -> Result<Amounts, Fault> {
    let mut amounts = Amounts::new();
    for (name, quantity) in list.into_iter().flatten() {
        amounts.insert(
            name.clone(),
            quantity::parse(name, &quantity.0, || format!("{path}[{name}]"))?,
        );
    }
    Ok(amounts)
}

/// Sum of the containers and sidecars, or the largest moment of the start-up where that is more.
fn aggregate(containers: &[Part], init: &[Part], missing: &Amounts) -> Amounts {
    let filled = |part: &Part| {
        let mut amounts = missing.clone();
        amounts.extend(
            part.amounts
                .iter()
                .map(|(name, &nano)| (name.clone(), nano)),
        );
        amounts
    };
    let mut sum = Amounts::new();
    for container in containers {
        add(&mut sum, &filled(container));
    }
    let mut sidecars = Amounts::new();
    let mut peak = Amounts::new();
    for part in init {
        let mut moment = filled(part);
        if part.sidecar {
            add(&mut sum, &moment);
            add(&mut sidecars, &moment);
            moment.clone_from(&sidecars);
        } else {
            add(&mut moment, &sidecars);
        }
        raise(&mut peak, &moment);
    }
    raise(&mut sum, &peak);
    sum
}

/// Pod-level requests after their defaulting: where limits are given, an absent request takes what the containers ask
/// for, or else the limit.
fn pod_level(
    resources: Option<&ResourceRequirements>,
    containers: &Amounts,
) -> Result<Amounts, Fault> {
    let Some(resources) = resources else {
        return Ok(Amounts::new());
    };
    let mut requests = amounts(resources.requests.as_ref(), "spec.resources.requests")?;
    let limits = amounts(resources.limits.as_ref(), "spec.resources.limits")?;
    if !limits.is_empty() {
        for (name, &nano) in containers
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory"))
        {
            requests.entry(name.clone()).or_insert(nano);
        }
        for (name, nano) in limits {
            requests.entry(name).or_insert(nano);
        }
    }
    requests.retain(|name, _| {
        matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-")
    });
    Ok(requests)
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, &nano) in more {
        *sum.entry(name.clone()).or_insert(0) += nano;
    }
}

fn raise(sum: &mut Amounts, other: &Amounts) {
    for (name, &nano) in other {
        let entry = sum.entry(name.clone()).or_insert(nano);
        *entry = (*entry).max(nano);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const MIB: i64 = 1 << 20;

    /// Expect milli cpu and MiB: total, while placed, once bound.
    fn check(spec: Value, total: (i64, i64), scored: (i64, i64), bound: (i64, i64)) {
        let spec: PodSpec = serde_json::from_value(spec).unwrap();
        let got = pod_requests(&spec).unwrap();
        let read = |pair: [i128; 2]| {
            (
                quantity::milli_ceil(pair[0]),
                quantity::value_ceil(pair[1]) / MIB,
            )
        };
        let of = |name| got.total.get(name).copied().unwrap_or(0);
        assert_eq!(
            (
                read([of("cpu"), of("memory")]),
                read(got.scored),
                read(got.bound)
            ),
            (total, scored, bound),
            "{spec:?}"
        );
    }

    fn c(cpu: &str, memory: &str) -> Value {
        json!({"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}})
    }

    #[test]
    fn table() {
        let empty = json!({"name": "c"});
        check(
            json!({"containers": [c("1", "64Mi"), c("500m", "64Mi")]}),
            (1500, 128),
            (1500, 128),
            (1500, 128),
        );
        check(
            json!({"containers": [empty]}),
            (0, 0),
            (100, 200),
            (100, 200),
        );
        check(
            json!({"containers": [empty, c("1", "1Mi")]}),
            (1000, 1),
            (1100, 201),
            (1100, 201),
        );
        // Limits stand in for missing requests.
        let limited = json!({"name": "c", "resources": {"limits": {"cpu": "2"}, "requests": {"memory": "5Mi"}}});
        check(
            json!({"containers": [limited]}),
            (2000, 5),
            (2000, 5),
            (2000, 5),
        );
        // An init container raises, a sidecar adds, and later init containers run beside the sidecar.
        check(
            json!({"containers": [c("1", "10Mi")], "initContainers": [c("3", "5Mi")]}),
            (3000, 10),
            (3000, 10),
            (3000, 10),
        );
        let mut sidecar = c("1", "100Mi");
        sidecar["restartPolicy"] = json!("Always");
        check(
            json!({"containers": [c("1", "10Mi")], "initContainers": [c("3", "5Mi"), sidecar, c("3", "5Mi")]}),
            (4000, 110),
            (4000, 110),
            (4000, 110),
        );
        check(
            json!({"containers": [c("1", "10Mi")], "overhead": {"cpu": "120m", "memory": "30Mi"}}),
            (1120, 40),
            (1120, 40),
            (1120, 40),
        );
        // Pod-level resources replace the containers' sum, except while LeastAllocated scores the incoming pod.
        check(
            json!({"containers": [empty], "resources": {"requests": {"cpu": "2", "memory": "1Gi"}}}),
            (2000, 1024),
            (100, 200),
            (2000, 1024),
        );
        check(
            json!({"containers": [empty], "resources": {"requests": {"cpu": "2"}}}),
            (2000, 0),
            (100, 200),
            (2000, 200),
        );
        check(
            json!({"containers": [c("1", "10Mi")], "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}),
            (1000, 10),
            (1000, 10),
            (1000, 10),
        );
    }

    #[test]
    fn a_bad_quantity_is_named() {
        let spec: PodSpec = serde_json::from_value(json!({"containers": [c("1x", "1")]})).unwrap();
        let fault = pod_requests(&spec).err().unwrap();
        assert_eq!(fault.field, "spec.containers[0].resources.requests[cpu]");
        assert_eq!(fault.value, "\"1x\"");
    }
}
