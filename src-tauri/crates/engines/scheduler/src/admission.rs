//! What the API server makes of a pod before it stores it, as far as placement depends on it: priority and preemption
//! policy from the pod's class, and `matchLabelKeys` merged into selectors.
//!
//! Requests from limits, ports and protocols are read with their defaults wherever a pod is interned; admitting a pod
//! that is stored already changes nothing.
//!
//! Source: `plugin/pkg/admission/priority` and `pkg/registry/core/pod/strategy.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm};
use k8s_openapi::api::scheduling::v1::PriorityClass;

use crate::error::{Fault, InvalidObject};
use crate::label_keys::merged;

const PREEMPTS: &str = "PreemptLowerPriority";

/// Classes that every cluster has.
const SYSTEM: [(&str, i32); 2] = [
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Class {
    value: i32,
    policy: Option<String>,
}

/// The priority classes of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    classes: BTreeMap<String, Class>,
    /// The class of pods that name none.
    default: Option<String>,
}

impl Admission {
    /// Reads the classes. Of several global defaults the one with the smallest value counts.
    pub fn new<'a>(classes: impl IntoIterator<Item = &'a PriorityClass>) -> Self {
        let mut all: BTreeMap<String, Class> = SYSTEM
            .into_iter()
            .map(|(name, value)| {
                (
                    name.to_owned(),
                    Class {
                        value,
                        policy: None,
                    },
                )
            })
            .collect();
        let mut default: Option<(i32, String)> = None;
        for class in classes {
            let name = class.metadata.name.clone().unwrap_or_default();
            if class.global_default == Some(true) {
                let candidate = (class.value, name.clone());
                default = Some(match default {
                    Some(other) if other.0 <= candidate.0 => other,
                    _ => candidate,
                });
            }
            all.insert(
                name,
                Class {
                    value: class.value,
                    policy: class.preemption_policy.clone(),
                },
            );
        }
        Self {
            classes: all,
            default: default.map(|(_, name)| name),
        }
    }

    /// Whether a pod shows that it was admitted already. Its label keys may be unmerged, if a version before 1.34 stored it;
    /// placement merges them when it reads the pod.
    pub fn is_stored(pod: &Pod) -> bool {
        pod.spec
            .as_ref()
            .is_some_and(|spec| spec.priority.is_some())
    }

    /// The pod as it would be stored.
    ///
    /// # Errors
    /// A priority class that does not exist.
    pub fn admit(&self, pod: &Pod) -> Result<Pod, InvalidObject> {
        let mut pod = pod.clone();
        let name = format!(
            "Pod {}/{}",
            pod.metadata.namespace.as_deref().unwrap_or("default"),
            pod.metadata.name.as_deref().unwrap_or("(unnamed)")
        );
        self.resolve_priority(&mut pod)
            .map_err(|fault| fault.of(&name))?;
        merge_label_keys(&mut pod);
        Ok(pod)
    }

    fn resolve_priority(&self, pod: &mut Pod) -> Result<(), Fault> {
        let Some(spec) = &mut pod.spec else {
            return Err(Fault::new("spec", "missing", "a pod spec"));
        };
        if spec.priority.is_some() {
            return Ok(());
        }
        let named = spec
            .priority_class_name
            .clone()
            .filter(|name| !name.is_empty());
        let class = match named.or_else(|| self.default.clone()) {
            None => None,
            Some(name) => {
                let class = self.classes.get(&name).ok_or_else(|| {
                    Fault::new(
                        "spec.priorityClassName",
                        format!("{name:?}"),
                        "the name of a PriorityClass",
                    )
                })?;
                spec.priority_class_name = Some(name);
                Some(class)
            }
        };
        spec.priority = Some(class.map_or(0, |class| class.value));
        if spec.preemption_policy.is_none() {
            let policy = class.and_then(|class| class.policy.clone());
            spec.preemption_policy = Some(policy.unwrap_or_else(|| PREEMPTS.to_owned()));
        }
        Ok(())
    }
}

fn merge_label_keys(pod: &mut Pod) {
    let labels = pod.metadata.labels.as_ref();
    let Some(spec) = &mut pod.spec else {
        return;
    };
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
        constraint.label_selector = merged(constraint.label_selector.as_ref(), keys, &[], labels);
    }
    let merge = |term: &mut PodAffinityTerm| {
        term.label_selector = merged(
            term.label_selector.as_ref(),
            term.match_label_keys.as_deref().unwrap_or_default(),
            term.mismatch_label_keys.as_deref().unwrap_or_default(),
            labels,
        );
    };
    let Some(affinity) = &mut spec.affinity else {
        return;
    };
    if let Some(near) = &mut affinity.pod_affinity {
        near.required_during_scheduling_ignored_during_execution
            .iter_mut()
            .flatten()
            .for_each(merge);
        near.preferred_during_scheduling_ignored_during_execution
            .iter_mut()
            .flatten()
            .for_each(|weighted| merge(&mut weighted.pod_affinity_term));
    }
    if let Some(apart) = &mut affinity.pod_anti_affinity {
        apart
            .required_during_scheduling_ignored_during_execution
            .iter_mut()
            .flatten()
            .for_each(merge);
        apart
            .preferred_during_scheduling_ignored_during_execution
            .iter_mut()
            .flatten()
            .for_each(|weighted| merge(&mut weighted.pod_affinity_term));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn admission() -> Admission {
        let classes: Vec<PriorityClass> = serde_json::from_value(json!([
            {"metadata": {"name": "high"}, "value": 100, "preemptionPolicy": "Never"},
            {"metadata": {"name": "usual"}, "value": 7, "globalDefault": true},
            {"metadata": {"name": "other"}, "value": 9, "globalDefault": true},
        ]))
        .unwrap();
        Admission::new(&classes)
    }

    fn check(spec: Value, expect: Result<(i32, &str), &str>) {
        let mut spec = spec;
        spec["containers"] = json!([]);
        let pod: Pod =
            serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": spec})).unwrap();
        let got = admission().admit(&pod).map(|pod| {
            let spec = pod.spec.unwrap();
            (spec.priority.unwrap(), spec.preemption_policy.unwrap())
        });
        match (got, expect) {
            (Ok((priority, policy)), Ok(expect)) => {
                assert_eq!((priority, policy.as_str()), expect);
            }
            (got, expect) => assert_eq!(got.unwrap_err().to_string(), expect.unwrap_err()),
        }
    }

    #[test]
    fn priorities() {
        check(json!({}), Ok((7, PREEMPTS)));
        check(json!({"priorityClassName": "high"}), Ok((100, "Never")));
        check(
            json!({"priorityClassName": "system-node-critical"}),
            Ok((2_000_001_000, PREEMPTS)),
        );
        check(
            json!({"priority": 5, "preemptionPolicy": "Never"}),
            Ok((5, "Never")),
        );
        check(
            json!({"priorityClassName": "none"}),
            Err(
                "Pod default/p: spec.priorityClassName is \"none\", expected the name of a PriorityClass",
            ),
        );
    }

    #[test]
    fn label_keys_are_merged_once() {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"labels": {"rev": "1"}},
            "spec": {"containers": [], "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": "z", "labelSelector": {}, "mismatchLabelKeys": ["rev"]}}]}}},
        }))
        .unwrap();
        let once = admission().admit(&pod).unwrap();
        assert_ne!(
            once.spec.as_ref().unwrap().affinity,
            pod.spec.unwrap().affinity
        );
        assert_eq!(admission().admit(&once).unwrap(), once);
    }
}
