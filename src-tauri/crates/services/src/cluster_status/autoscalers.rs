//! Autoscalers in figures: the object and its last pass.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Condition, Hpa, ServiceStatus, replicas};
use crate::session::Nanos;
use crate::session::look::Look;

/// Every autoscaler by its target.
pub(super) fn autoscalers(look: &Look<'_>, services: &BTreeMap<String, ServiceStatus>) -> Vec<Hpa> {
    look.state
        .autoscalers
        .iter()
        .map(|state| {
            let json = look
                .inventory
                .autoscalers
                .iter()
                .find(|object| object.target == state.service)
                .map(|object| object.json.as_ref());
            let name = json
                .and_then(|json| json.pointer("/metadata/name"))
                .and_then(Value::as_str)
                .unwrap_or_else(|| state.service.name());
            Hpa {
                name: name.to_owned(),
                service: state.service.to_string(),
                target_cpu_utilization: json.and_then(cpu_target),
                current_cpu_utilization: services
                    .get(state.service.as_str())
                    .and_then(|service| service.cpu_usage),
                min_replicas: state.min.max(0) as u32,
                max_replicas: state.max.max(0) as u32,
                current_replicas: state.current,
                desired_replicas: state.desired,
                last_scale_time: look
                    .events
                    .iter()
                    .rev()
                    .find(|event| {
                        event.subject == state.service.as_str()
                            && replicas(event).is_some()
                            && event.cause.starts_with("autoscaler")
                    })
                    .map(|event| Nanos(event.at_ns)),
                conditions: state
                    .conditions
                    .iter()
                    .map(|condition| Condition {
                        kind: condition.kind.clone(),
                        status: if condition.status { "True" } else { "False" }.to_owned(),
                        reason: Some(condition.reason.clone()),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The CPU utilization an autoscaler aims at, in autoscaling/v1 or v2.
fn cpu_target(json: &Value) -> Option<f64> {
    let spec = json.get("spec")?;
    if let Some(target) = spec.get("targetCPUUtilizationPercentage") {
        return target.as_f64();
    }
    spec.get("metrics")?
        .as_array()?
        .iter()
        .find(|metric| metric.pointer("/resource/name").and_then(Value::as_str) == Some("cpu"))?
        .pointer("/resource/target/averageUtilization")?
        .as_f64()
}
