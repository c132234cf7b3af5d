//! From the API object autoscaling.k8s.io/v1 to [`Vpa`], with the API's defaults. Refuses what the
//! admission webhook of the autoscaler would refuse; guesses nothing.

use serde_json::Value;

use super::document::{Node, Read, refuse};
use super::object::{
    ChangeRequirement, ContainerPolicy, ControlledValues, EvictionRequirement, TargetRef,
    UpdateMode, Vpa,
};
use super::resources::Resource;

/// Why an autoscaler object cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("VerticalPodAutoscaler {object}, {field}: {problem}")]
pub struct VpaError {
    /// Namespace and name of the object.
    pub object: String,
    /// The field at fault.
    pub field: String,
    /// Its value and what would be right.
    pub problem: String,
}

impl Vpa {
    /// Reads an object of autoscaling.k8s.io/v1, or of v1beta2, whose fields are the same.
    pub fn from_json(object: &Value) -> Result<Self, VpaError> {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").unwrap_or("(unnamed)");
        let namespace = text("/metadata/namespace").unwrap_or("default");
        read(object).map_err(|refused| VpaError {
            object: format!("{namespace}/{name}"),
            field: refused.field,
            problem: refused.problem,
        })
    }
}

fn read(object: &Value) -> Read<Vpa> {
    let object = Node::new(String::new(), object)?;
    if !matches!(object.text("kind")?, None | Some("VerticalPodAutoscaler")) {
        return refuse("kind", "is not VerticalPodAutoscaler");
    }
    match object.text("apiVersion")?.unwrap_or_default() {
        "autoscaling.k8s.io/v1" | "autoscaling.k8s.io/v1beta2" => {}
        other => {
            let wanted = "autoscaling.k8s.io/v1 or autoscaling.k8s.io/v1beta2";
            return refuse("apiVersion", format!("{other:?} is not {wanted}"));
        }
    }
    let Some(spec) = object.node("spec")? else {
        return refuse("spec", "is missing");
    };
    let Some(target) = spec.node("targetRef")? else {
        return refuse("spec.targetRef", "is missing");
    };
    let target = TargetRef {
        api_version: target.text("apiVersion")?.map(str::to_owned),
        kind: target.needed("kind")?.to_owned(),
        name: target.needed("name")?.to_owned(),
    };
    let mut vpa = Vpa {
        target,
        update_mode: UpdateMode::Recreate,
        min_replicas: None,
        eviction_requirements: Vec::new(),
        container_policies: Vec::new(),
        recommender: recommender(&spec)?,
    };
    if let Some(policy) = spec.node("updatePolicy")? {
        update_policy(&policy, &mut vpa)?;
    }
    if let Some(policy) = spec.node("resourcePolicy")? {
        for policy in policy.nodes("containerPolicies")? {
            vpa.container_policies.push(container_policy(&policy)?);
        }
    }
    Ok(vpa)
}

fn recommender(spec: &Node) -> Read<Option<String>> {
    let recommenders = spec.nodes("recommenders")?;
    match recommenders.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.needed("name")?.to_owned())),
        more => refuse(
            "spec.recommenders",
            format!("names {}, at most one is right", more.len()),
        ),
    }
}

fn update_policy(policy: &Node, vpa: &mut Vpa) -> Read<()> {
    let modes = [
        ("Off", UpdateMode::Off),
        ("Initial", UpdateMode::Initial),
        ("Recreate", UpdateMode::Recreate),
        ("InPlaceOrRecreate", UpdateMode::InPlaceOrRecreate),
        ("InPlace", UpdateMode::InPlace),
        ("Auto", UpdateMode::Recreate),
    ];
    if let Some(mode) = policy.one_of("updateMode", &modes)? {
        vpa.update_mode = mode;
    }
    if let Some(value) = policy.get("minReplicas") {
        let replicas = value.as_u64().and_then(|count| u32::try_from(count).ok());
        match replicas {
            Some(replicas) if replicas > 0 => vpa.min_replicas = Some(replicas),
            _ => {
                let problem = format!("{value} is not a whole number of 1 or more");
                return refuse(policy.path("minReplicas"), problem);
            }
        }
    }
    let changes = [
        (
            "TargetHigherThanRequests",
            ChangeRequirement::TargetHigherThanRequests,
        ),
        (
            "TargetLowerThanRequests",
            ChangeRequirement::TargetLowerThanRequests,
        ),
    ];
    for requirement in policy.nodes("evictionRequirements")? {
        let Some(change) = requirement.one_of("changeRequirement", &changes)? else {
            return refuse(requirement.path("changeRequirement"), "is missing");
        };
        let Some(resources) = requirement.resources("resources")? else {
            return refuse(requirement.path("resources"), "is missing");
        };
        vpa.eviction_requirements
            .push(EvictionRequirement { resources, change });
    }
    Ok(())
}

fn container_policy(policy: &Node) -> Read<ContainerPolicy> {
    let container = policy.needed("containerName")?.to_owned();
    let enabled = policy
        .one_of("mode", &[("Auto", true), ("Off", false)])?
        .unwrap_or(true);
    let values = [
        ("RequestsAndLimits", ControlledValues::RequestsAndLimits),
        ("RequestsOnly", ControlledValues::RequestsOnly),
    ];
    let controlled_values = policy.one_of("controlledValues", &values)?;
    if !enabled && controlled_values == Some(ControlledValues::RequestsAndLimits) {
        let problem = "is RequestsAndLimits where mode is Off; leave one of them out";
        return refuse(policy.path("controlledValues"), problem);
    }
    let min_allowed = policy.amounts("minAllowed")?;
    let max_allowed = policy.amounts("maxAllowed")?;
    for resource in Resource::ALL {
        if let (Some(least), Some(most)) = (min_allowed.get(resource), max_allowed.get(resource))
            && most < least
        {
            let field = format!("{}[{}]", policy.path("maxAllowed"), resource.name());
            return refuse(field, "is below minAllowed");
        }
    }
    Ok(ContainerPolicy {
        container,
        enabled,
        min_allowed,
        max_allowed,
        controlled: policy
            .resources("controlledResources")?
            .unwrap_or_else(|| Resource::ALL.to_vec()),
        controlled_values: controlled_values.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resources::Resources;
    use super::*;

    fn object() -> Value {
        json!({
            "apiVersion": "autoscaling.k8s.io/v1",
            "kind": "VerticalPodAutoscaler",
            "metadata": {"name": "api", "namespace": "shop"},
            "spec": {
                "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
                "updatePolicy": {
                    "updateMode": "InPlaceOrRecreate",
                    "minReplicas": 3,
                    "evictionRequirements": [
                        {"resources": ["memory"], "changeRequirement": "TargetHigherThanRequests"},
                    ],
                },
                "resourcePolicy": {"containerPolicies": [{
                    "containerName": "main",
                    "mode": "Auto",
                    "minAllowed": {"cpu": "50m", "memory": "64Mi", "nvidia.com/gpu": "1"},
                    "maxAllowed": {"cpu": 2, "memory": null},
                    "controlledResources": ["cpu"],
                    "controlledValues": "RequestsOnly",
                }, {"containerName": "*"}]},
                "recommenders": [{"name": "slow"}],
            },
        })
    }

    #[test]
    fn everything_is_read() {
        let vpa = Vpa::from_json(&object()).unwrap();
        assert_eq!(vpa.target.kind, "Deployment");
        assert_eq!(vpa.update_mode, UpdateMode::InPlaceOrRecreate);
        assert_eq!(vpa.min_replicas, Some(3));
        assert_eq!(vpa.recommender.as_deref(), Some("slow"));
        let requirement = EvictionRequirement {
            resources: vec![Resource::Memory],
            change: ChangeRequirement::TargetHigherThanRequests,
        };
        assert_eq!(vpa.eviction_requirements, [requirement]);
        let max_allowed = Resources {
            milli_cpu: Some(2000),
            memory_bytes: None,
        };
        let main = ContainerPolicy {
            container: "main".to_owned(),
            enabled: true,
            min_allowed: Resources::new(50, 64 << 20),
            max_allowed,
            controlled: vec![Resource::Cpu],
            controlled_values: ControlledValues::RequestsOnly,
        };
        assert_eq!(vpa.policy("main"), Some(&main));
        let others = vpa.policy("other").unwrap();
        assert_eq!(others.container, "*");
        assert_eq!(others.controlled, Resource::ALL);
        assert!(others.enabled);
    }

    #[test]
    fn what_is_not_given_has_defaults() {
        let vpa = Vpa::from_json(&json!({
            "apiVersion": "autoscaling.k8s.io/v1beta2",
            "spec": {"targetRef": {"kind": "StatefulSet", "name": "db"}, "updatePolicy": null},
        }))
        .unwrap();
        assert_eq!(vpa.update_mode, UpdateMode::Recreate);
        assert_eq!(vpa.policy("main"), None);
        assert!(vpa.controls("main"));
        assert_eq!(
            vpa.controlled_values("main"),
            ControlledValues::RequestsAndLimits
        );
        let mut auto = object();
        auto["spec"]["updatePolicy"]["updateMode"] = "Auto".into();
        assert_eq!(
            Vpa::from_json(&auto).unwrap().update_mode,
            UpdateMode::Recreate
        );
    }

    /// The pointer that is set, the value, and the field and a part of the problem.
    #[test]
    fn errors_name_the_field() {
        let policy = "spec.resourcePolicy.containerPolicies[0]";
        for (pointer, value, field, problem) in [
            (
                "/kind",
                json!("Pod"),
                "kind".to_owned(),
                "VerticalPodAutoscaler",
            ),
            (
                "/apiVersion",
                json!("v1"),
                "apiVersion".to_owned(),
                "autoscaling.k8s.io/v1",
            ),
            ("/spec", Value::Null, "spec".to_owned(), "missing"),
            ("/spec", json!([]), "spec".to_owned(), "not an object"),
            (
                "/spec/targetRef",
                Value::Null,
                "spec.targetRef".to_owned(),
                "missing",
            ),
            (
                "/spec/targetRef/name",
                json!(""),
                "spec.targetRef.name".to_owned(),
                "missing",
            ),
            (
                "/spec/targetRef/kind",
                json!(7),
                "spec.targetRef.kind".to_owned(),
                "not a text",
            ),
            (
                "/spec/updatePolicy/updateMode",
                json!("Sometimes"),
                "spec.updatePolicy.updateMode".to_owned(),
                "\"Sometimes\" is not one of Off, Initial",
            ),
            (
                "/spec/updatePolicy/minReplicas",
                json!(0),
                "spec.updatePolicy.minReplicas".to_owned(),
                "1 or more",
            ),
            (
                "/spec/updatePolicy/evictionRequirements/0/changeRequirement",
                Value::Null,
                "spec.updatePolicy.evictionRequirements[0].changeRequirement".to_owned(),
                "missing",
            ),
            (
                "/spec/updatePolicy/evictionRequirements/0/resources",
                json!("cpu"),
                "spec.updatePolicy.evictionRequirements[0].resources".to_owned(),
                "not a list",
            ),
            (
                "/spec/resourcePolicy/containerPolicies",
                json!({}),
                "spec.resourcePolicy.containerPolicies".to_owned(),
                "not a list",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/containerName",
                Value::Null,
                format!("{policy}.containerName"),
                "missing",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/mode",
                json!("On"),
                format!("{policy}.mode"),
                "Auto, Off",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/minAllowed/cpu",
                json!("50mm"),
                format!("{policy}.minAllowed[cpu]"),
                "50mm",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/minAllowed/cpu",
                json!("1500u"),
                format!("{policy}.minAllowed[cpu]"),
                "whole number of millicores",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/minAllowed/memory",
                json!("500m"),
                format!("{policy}.minAllowed[memory]"),
                "whole number of bytes",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/minAllowed/memory",
                json!("-1"),
                format!("{policy}.minAllowed[memory]"),
                "0 or more",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/maxAllowed/cpu",
                json!("49m"),
                format!("{policy}.maxAllowed[cpu]"),
                "below minAllowed",
            ),
            (
                "/spec/resourcePolicy/containerPolicies/0/controlledResources/0",
                json!("gpu"),
                format!("{policy}.controlledResources[0]"),
                "cpu or memory",
            ),
            (
                "/spec/recommenders",
                json!([{"name": "a"}, {"name": "b"}]),
                "spec.recommenders".to_owned(),
                "at most one",
            ),
        ] {
            let mut object = object();
            *object.pointer_mut(pointer).unwrap() = value;
            let error = Vpa::from_json(&object).unwrap_err();
            assert_eq!(error.object, "shop/api");
            assert_eq!(error.field, field, "{error}");
            assert!(error.problem.contains(problem), "{error}");
        }
        let mut object = object();
        object["spec"]["resourcePolicy"]["containerPolicies"][0]["mode"] = "Off".into();
        object["spec"]["resourcePolicy"]["containerPolicies"][0]["controlledValues"] =
            "RequestsAndLimits".into();
        let error = Vpa::from_json(&object).unwrap_err();
        assert_eq!(error.field, format!("{policy}.controlledValues"));
    }
}
