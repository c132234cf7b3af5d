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
            limit_milli: limit(spec),
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

fn limit(spec: &PodSpec) -> u64 {
    let cpu = |limits: Option<&BTreeMap<String, Text>>| limits?.get("cpu").and_then(milli);
    if let Some(whole) = cpu(spec.resources.as_ref().and_then(|r| r.limits.as_ref())) {
        return whole.max(1) as u64;
    }
    let mut sum = 0u64;
    for container in serving(spec) {
        match cpu(container.resources.as_ref().and_then(|r| r.limits.as_ref())) {
            Some(limit) if limit > 0 => sum += limit as u64,
            _ => return u64::MAX,
        }
    }
    if sum == 0 { u64::MAX } else { sum }
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
