//! From the API objects autoscaling/v1 and autoscaling/v2 to [`Hpa`], with the API's defaults.
//! Refuses what the API server would refuse where it would change a decision; guesses nothing.

use k8s_openapi::api::autoscaling::{v1, v2};

use crate::hpa::{
    Behavior, Hpa, Metric, MetricSource, Policy, PolicyKind, ScalingRules, Select, Target,
};
use crate::quantity;

/// Why an autoscaler object cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("HorizontalPodAutoscaler {object}, {field}: {problem}")]
pub struct HpaError {
    /// Namespace and name of the object.
    pub object: String,
    /// The field at fault.
    pub field: String,
    /// Its value and what would be right.
    pub problem: String,
}

type Refused = (String, String);

fn refuse<T>(field: impl Into<String>, problem: impl Into<String>) -> Result<T, Refused> {
    Err((field.into(), problem.into()))
}

/// Percent of CPU requests where an autoscaler names no metric; an API default.
const DEFAULT_CPU_PERCENT: i32 = 80;

/// Where autoscaling/v1 hides what it has no field for.
const V1_ANNOTATIONS: [&str; 2] = [
    "autoscaling.alpha.kubernetes.io/metrics",
    "autoscaling.alpha.kubernetes.io/behavior",
];

impl Hpa {
    /// Compiles an object of any version that is still in use, by its `apiVersion`: autoscaling/v1,
    /// autoscaling/v2, and autoscaling/v2beta2, whose fields are those of v2.
    pub fn from_json(object: &serde_json::Value) -> Result<Self, HpaError> {
        let text = |pointer| object.pointer(pointer).and_then(serde_json::Value::as_str);
        let name = text("/metadata/name").unwrap_or("(unnamed)");
        let namespace = text("/metadata/namespace").unwrap_or("default");
        let refused = |field: &str, problem: String| HpaError {
            object: format!("{namespace}/{name}"),
            field: field.to_owned(),
            problem,
        };
        let unread = |error: serde_json::Error| refused("spec", error.to_string());
        match text("/apiVersion").unwrap_or_default() {
            "autoscaling/v1" => {
                Self::from_v1(&serde_json::from_value(object.clone()).map_err(unread)?)
            }
            "autoscaling/v2" => {
                Self::from_v2(&serde_json::from_value(object.clone()).map_err(unread)?)
            }
            "autoscaling/v2beta2" => {
                let mut object = object.clone();
                object["apiVersion"] = "autoscaling/v2".into();
                Self::from_v2(&serde_json::from_value(object).map_err(unread)?)
            }
            other => {
                let wanted = "autoscaling/v1, autoscaling/v2 or autoscaling/v2beta2";
                Err(refused("apiVersion", format!("{other:?} is not {wanted}")))
            }
        }
    }

    /// Compiles an autoscaling/v2 object.
    pub fn from_v2(object: &v2::HorizontalPodAutoscaler) -> Result<Self, HpaError> {
        compile_v2(object).map_err(|refused| error_of(&object.metadata, refused))
    }

    /// Compiles an autoscaling/v1 object. One that carries further metrics or behavior in
    /// annotations is refused, since leaving them out would change what it decides.
    pub fn from_v1(object: &v1::HorizontalPodAutoscaler) -> Result<Self, HpaError> {
        compile_v1(object).map_err(|refused| error_of(&object.metadata, refused))
    }
}

fn error_of(
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    (field, problem): Refused,
) -> HpaError {
    let namespace = metadata.namespace.as_deref().unwrap_or("default");
    let name = metadata.name.as_deref().unwrap_or("(unnamed)");
    HpaError {
        object: format!("{namespace}/{name}"),
        field,
        problem,
    }
}

fn bounds(min: Option<i32>, max: i32) -> Result<(i32, i32), Refused> {
    let min = min.unwrap_or(1);
    if min < 0 {
        return refuse("spec.minReplicas", format!("{min} is negative"));
    }
    if max < min.max(1) {
        let wanted = min.max(1);
        return refuse(
            "spec.maxReplicas",
            format!("{max} is too small, at least {wanted} is right"),
        );
    }
    Ok((min, max))
}

fn compile_v1(object: &v1::HorizontalPodAutoscaler) -> Result<Hpa, Refused> {
    let Some(spec) = &object.spec else {
        return refuse("spec", "is missing");
    };
    for name in V1_ANNOTATIONS {
        if object
            .metadata
            .annotations
            .iter()
            .flatten()
            .any(|(key, _)| key == name)
        {
            let problem =
                "holds settings that autoscaling/v1 has no field for; export as autoscaling/v2";
            return refuse(format!("metadata.annotations[{name}]"), problem);
        }
    }
    let (min, max) = bounds(spec.min_replicas, spec.max_replicas)?;
    let percent = spec
        .target_cpu_utilization_percentage
        .unwrap_or(DEFAULT_CPU_PERCENT);
    let percent = positive("spec.targetCPUUtilizationPercentage", percent)?;
    Ok(Hpa::cpu_utilization(min, max, percent))
}

fn compile_v2(object: &v2::HorizontalPodAutoscaler) -> Result<Hpa, Refused> {
    let Some(spec) = &object.spec else {
        return refuse("spec", "is missing");
    };
    let (min_replicas, max_replicas) = bounds(spec.min_replicas, spec.max_replicas)?;
    let mut metrics = Vec::new();
    for (at, metric) in spec.metrics.iter().flatten().enumerate() {
        metrics.push(compile_metric(&format!("spec.metrics[{at}]"), metric)?);
    }
    if metrics.is_empty() {
        metrics = Hpa::cpu_utilization(1, 1, DEFAULT_CPU_PERCENT).metrics;
    }
    let behavior = match &spec.behavior {
        None => None,
        Some(behavior) => Some(Behavior {
            scale_up: compile_rules(
                "spec.behavior.scaleUp",
                behavior.scale_up.as_ref(),
                ScalingRules::default_up(),
            )?,
            scale_down: compile_rules(
                "spec.behavior.scaleDown",
                behavior.scale_down.as_ref(),
                ScalingRules::default_down(),
            )?,
        }),
    };
    Ok(Hpa {
        min_replicas,
        max_replicas,
        metrics,
        behavior,
    })
}

fn compile_metric(field: &str, metric: &v2::MetricSpec) -> Result<Metric, Refused> {
    let (source, target) = match metric.type_.as_str() {
        "Resource" => metric.resource.as_ref().map(|resource| {
            (
                MetricSource::Resource {
                    name: resource.name.clone(),
                },
                &resource.target,
            )
        }),
        "ContainerResource" => metric.container_resource.as_ref().map(|resource| {
            let (name, container) = (resource.name.clone(), resource.container.clone());
            (
                MetricSource::ContainerResource { name, container },
                &resource.target,
            )
        }),
        "Pods" => metric.pods.as_ref().map(|pods| {
            (
                MetricSource::Pods {
                    name: pods.metric.name.clone(),
                },
                &pods.target,
            )
        }),
        "Object" => metric.object.as_ref().map(|object| {
            (
                MetricSource::Object {
                    name: object.metric.name.clone(),
                },
                &object.target,
            )
        }),
        "External" => metric.external.as_ref().map(|external| {
            (
                MetricSource::External {
                    name: external.metric.name.clone(),
                },
                &external.target,
            )
        }),
        other => {
            let wanted = "Resource, ContainerResource, Pods, Object or External";
            return refuse(
                format!("{field}.type"),
                format!("{other:?} is not {wanted}"),
            );
        }
    }
    .ok_or_else(|| {
        (
            field.to_owned(),
            format!("has type {} but no such part", metric.type_),
        )
    })?;
    let target = compile_target(&format!("{field}.target"), &source, target)?;
    Ok(Metric { source, target })
}

fn compile_target(
    field: &str,
    source: &MetricSource,
    target: &v2::MetricTarget,
) -> Result<Target, Refused> {
    let amount =
        |name: &str, quantity: &k8s_openapi::apimachinery::pkg::api::resource::Quantity| {
            match quantity::milli(&quantity.0) {
                Some(milli) if milli > 0 => Ok(milli),
                _ => refuse(
                    format!("{field}.{name}"),
                    format!("{:?} is not a quantity above 0", quantity.0),
                ),
            }
        };
    let is_resource = matches!(
        source,
        MetricSource::Resource { .. } | MetricSource::ContainerResource { .. }
    );
    let is_single = matches!(
        source,
        MetricSource::Object { .. } | MetricSource::External { .. }
    );
    // The controller looks at which value is there, not at the target's type: an average first.
    if let Some(average) = &target.average_value {
        return Ok(Target::AverageValue(amount("averageValue", average)?));
    }
    match (&target.value, target.average_utilization) {
        (_, Some(percent)) if is_resource => Ok(Target::Utilization(positive(
            &format!("{field}.averageUtilization"),
            percent,
        )?)),
        (Some(value), _) if is_single => Ok(Target::Value(amount("value", value)?)),
        _ if is_resource => refuse(field, "needs averageUtilization or averageValue"),
        _ if is_single => refuse(field, "needs value or averageValue"),
        _ => refuse(field, "needs averageValue"),
    }
}

fn positive(field: &str, percent: i32) -> Result<i32, Refused> {
    if percent > 0 {
        Ok(percent)
    } else {
        refuse(field, format!("{percent} is not above 0"))
    }
}

fn compile_rules(
    field: &str,
    given: Option<&v2::HPAScalingRules>,
    default: ScalingRules,
) -> Result<ScalingRules, Refused> {
    let Some(given) = given else {
        return Ok(default);
    };
    let mut rules = default;
    if let Some(seconds) = given.stabilization_window_seconds {
        if !(0..=3600).contains(&seconds) {
            let field = format!("{field}.stabilizationWindowSeconds");
            return refuse(field, format!("{seconds} is not within 0 to 3600"));
        }
        rules.stabilization_seconds = Some(seconds);
    }
    if let Some(select) = given.select_policy.as_deref() {
        rules.select = match select {
            "Max" => Select::Max,
            "Min" => Select::Min,
            "Disabled" => Select::Disabled,
            _ => {
                let field = format!("{field}.selectPolicy");
                return refuse(field, format!("{select:?} is not Max, Min or Disabled"));
            }
        };
    }
    if let Some(policies) = &given.policies {
        rules.policies = policies
            .iter()
            .enumerate()
            .map(|(at, policy)| compile_policy(&format!("{field}.policies[{at}]"), policy))
            .collect::<Result<_, _>>()?;
        if rules.policies.is_empty() {
            return refuse(
                format!("{field}.policies"),
                "is empty; leave it out for the default",
            );
        }
    }
    if let Some(tolerance) = &given.tolerance {
        rules.tolerance = match quantity::approximate(&tolerance.0) {
            Some(fraction) if fraction >= 0.0 => Some(fraction),
            _ => {
                let field = format!("{field}.tolerance");
                return refuse(field, format!("{:?} is not a fraction from 0", tolerance.0));
            }
        };
    }
    Ok(rules)
}

fn compile_policy(field: &str, policy: &v2::HPAScalingPolicy) -> Result<Policy, Refused> {
    let kind = match policy.type_.as_str() {
        "Pods" => PolicyKind::Pods,
        "Percent" => PolicyKind::Percent,
        other => {
            return refuse(
                format!("{field}.type"),
                format!("{other:?} is not Pods or Percent"),
            );
        }
    };
    if !(1..=1800).contains(&policy.period_seconds) {
        let problem = format!("{} is not within 1 to 1800", policy.period_seconds);
        return refuse(format!("{field}.periodSeconds"), problem);
    }
    let value = positive(&format!("{field}.value"), policy.value)?;
    Ok(Policy {
        kind,
        value,
        period_seconds: policy.period_seconds,
    })
}
