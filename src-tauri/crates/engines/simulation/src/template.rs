//! What the engine needs of a pod template beyond its placement: CPU limit, termination grace, patience with a lost node,
//! and requests as an autoscaler sees them.

use std::collections::BTreeMap;

use drydock_autoscaler::ContainerRequests;
use drydock_model::{NANOS_PER_SECOND, Quantity, SimTime};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Text;

/// Kubernetes default of `terminationGracePeriodSeconds`.
const GRACE_SECONDS: i64 = 30;

/// Kubernetes default of `default-unreachable-toleration-seconds`.
const API_SERVER_SECONDS: i64 = 300;

/// How long a pod stays on a node that does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as the world says.
    Default,
    /// As its own toleration says, nanoseconds.
    For(SimTime),
    /// For good.
    Forever,
}

/// A pod template, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// CPU limit, thousandths of a core; `u64::MAX` without one. The sum over containers, unlimited where one of them is.
    pub limit_milli: u64,
    /// Memory limit, bytes; infinite without one, counted as the CPU limit is.
    pub memory_limit: f64,
    /// When its readiness is asked for the first time and then again and again, nanoseconds from the start of its
    /// container; nothing without a readiness probe.
    pub readiness: Option<(SimTime, SimTime)>,
    pub grace_ns: SimTime,
    pub patience: Patience,
    pub containers: Vec<ContainerRequests>,
    pub pod_requests: Option<BTreeMap<String, i64>>,
}

impl Template {
    pub fn of(pod: &Pod) -> Self {
        let Some(spec) = &pod.spec else {
            return Self {
                limit_milli: u64::MAX,
                memory_limit: f64::INFINITY,
                readiness: None,
                grace_ns: GRACE_SECONDS as u64 * NANOS_PER_SECOND,
                patience: Patience::Default,
                containers: Vec::new(),
                pod_requests: None,
            };
        };
        let grace = spec
            .termination_grace_period_seconds
            .unwrap_or(GRACE_SECONDS);
        Self {
            limit_milli: limit(spec, "cpu").map_or(u64::MAX, |milli| milli as u64),
            memory_limit: limit(spec, "memory")
                .map_or(f64::INFINITY, |milli| milli as f64 / 1000.0),
            readiness: readiness(spec),
            grace_ns: grace.max(0) as u64 * NANOS_PER_SECOND,
            patience: patience(spec),
            containers: serving(spec)
                .map(|container| ContainerRequests {
                    name: container.name.clone(),
                    requests: amounts(
                        container
                            .resources
                            .as_ref()
                            .and_then(|r| r.requests.as_ref()),
                    ),
                })
                .collect(),
            pod_requests: spec
                .resources
                .as_ref()
                .and_then(|resources| resources.requests.as_ref())
                .map(|requests| amounts(Some(requests))),
        }
    }
}

/// Containers that run as long as the pod: the ordinary ones and restartable init containers (sidecars).
fn serving(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|container| container.restart_policy.as_deref() == Some("Always"));
    spec.containers.iter().chain(sidecars)
}

fn milli(text: &Text) -> Option<i64> {
    text.0.parse::<Quantity>().ok().map(Quantity::milli_ceil)
}

fn amounts(requests: Option<&BTreeMap<String, Text>>) -> BTreeMap<String, i64> {
    requests
        .into_iter()
        .flatten()
        .filter_map(|(name, text)| Some((name.clone(), milli(text)?)))
        .collect()
}

/// The limit of a pod, thousandths of the resource's unit; the sum over its containers, none where one of them has none.
fn limit(spec: &PodSpec, resource: &str) -> Option<i64> {
    let of = |limits: Option<&BTreeMap<String, Text>>| limits?.get(resource).and_then(milli);
    if let Some(whole) = of(spec.resources.as_ref().and_then(|r| r.limits.as_ref())) {
        return Some(whole.max(1));
    }
    let mut sum = 0;
    for container in serving(spec) {
        let limit = of(container.resources.as_ref().and_then(|r| r.limits.as_ref()))?;
        sum += Some(limit).filter(|limit| *limit > 0)?;
    }
    Some(sum).filter(|sum| *sum > 0)
}

/// The readiness probe of the containers, the slowest of them. Kubernetes defaults: no initial delay, every 10 s.
fn readiness(spec: &PodSpec) -> Option<(SimTime, SimTime)> {
    let seconds = |value: Option<i32>, default: i32| {
        u64::from(value.unwrap_or(default).max(0).unsigned_abs()) * NANOS_PER_SECOND
    };
    serving(spec)
        .filter_map(|container| container.readiness_probe.as_ref())
        .map(|probe| {
            let period = seconds(probe.period_seconds, 10).max(NANOS_PER_SECOND);
            (seconds(probe.initial_delay_seconds, 0), period)
        })
        .max()
}

/// The taint that the node controller puts on a node that does not answer, and the tolerations that match it.
fn patience(spec: &PodSpec) -> Patience {
    let matching = spec.tolerations.iter().flatten().filter(|toleration| {
        let effect = toleration.effect.as_deref().unwrap_or("");
        let key = toleration.key.as_deref().unwrap_or("");
        let exists = toleration.operator.as_deref() == Some("Exists");
        matches!(effect, "" | "NoExecute")
            && (key == "node.kubernetes.io/unreachable" || (key.is_empty() && exists))
    });
    let seconds: Vec<Option<i64>> = matching
        .map(|toleration| toleration.toleration_seconds)
        .collect();
    match seconds.iter().flatten().min() {
        // The API server gives every pod 300 s of its own; the world's parameter stands for that.
        Some(&API_SERVER_SECONDS) => Patience::Default,
        Some(&least) => Patience::For(least.max(0) as u64 * NANOS_PER_SECOND),
        None if seconds.is_empty() => Patience::Default,
        None => Patience::Forever,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn template(spec: Value) -> Template {
        Template::of(&serde_json::from_value(json!({"metadata": {}, "spec": spec})).unwrap())
    }

    #[test]
    fn limits() {
        let check = |containers: Value, expect: u64| {
            assert_eq!(
                template(json!({"containers": containers})).limit_milli,
                expect
            );
        };
        let limited = |cpu: &str| json!({"name": "c", "resources": {"limits": {"cpu": cpu}}});
        check(json!([limited("200m"), limited("1")]), 1200);
        check(json!([limited("200m"), {"name": "free"}]), u64::MAX);
        check(json!([{"name": "free"}]), u64::MAX);
    }

    #[test]
    fn patience_with_a_lost_node() {
        let check = |tolerations: Value, expect: Patience| {
            let spec = json!({"containers": [], "tolerations": tolerations});
            assert_eq!(template(spec).patience, expect);
        };
        let toleration = |seconds: Value| {
            json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists",
                "effect": "NoExecute", "tolerationSeconds": seconds})
        };
        check(json!([]), Patience::Default);
        check(json!([toleration(json!(300))]), Patience::Default);
        check(
            json!([toleration(json!(5))]),
            Patience::For(5 * NANOS_PER_SECOND),
        );
        check(json!([toleration(Value::Null)]), Patience::Forever);
        check(json!([{"operator": "Exists"}]), Patience::Forever);
        check(
            json!([{"key": "other", "effect": "NoExecute"}]),
            Patience::Default,
        );
    }
}
