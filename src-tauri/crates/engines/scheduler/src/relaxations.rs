//! A pod without one of its hard constraints, for each of them.

use k8s_openapi::api::core::v1::{Affinity, Pod, PodAffinityTerm, PodSpec};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

type Terms = fn(&mut Affinity) -> Option<&mut Vec<PodAffinityTerm>>;

/// The variants of a pod, each with the path of what went.
pub(crate) fn relaxations(pod: &Pod) -> Vec<(String, Pod)> {
    let mut list = Vec::new();
    let Some(spec) = &pod.spec else {
        return list;
    };
    let mut without = |field: String, change: &dyn Fn(&mut PodSpec)| {
        let mut relaxed = pod.clone();
        if let Some(spec) = &mut relaxed.spec {
            change(spec);
        }
        list.push((field, relaxed));
    };
    if spec
        .node_selector
        .as_ref()
        .is_some_and(|map| !map.is_empty())
    {
        without("spec.nodeSelector".to_owned(), &|spec| {
            spec.node_selector = None;
        });
    }
    let mut affinity = spec.affinity.clone().unwrap_or_default();
    let of_nodes = affinity.node_affinity.as_ref();
    if of_nodes.is_some_and(|node| {
        node.required_during_scheduling_ignored_during_execution
            .is_some()
    }) {
        without(format!("spec.affinity.nodeAffinity.{REQUIRED}"), &|spec| {
            let node = spec
                .affinity
                .as_mut()
                .and_then(|a| a.node_affinity.as_mut());
            if let Some(node) = node {
                node.required_during_scheduling_ignored_during_execution = None;
            }
        });
    }
    let kinds: [(&str, Terms); 2] = [
        ("podAffinity", |affinity| {
            let near = affinity.pod_affinity.as_mut()?;
            near.required_during_scheduling_ignored_during_execution
                .as_mut()
        }),
        ("podAntiAffinity", |affinity| {
            let apart = affinity.pod_anti_affinity.as_mut()?;
            apart
                .required_during_scheduling_ignored_during_execution
                .as_mut()
        }),
    ];
    for (kind, terms) in kinds {
        for at in 0..terms(&mut affinity).map_or(0, |terms| terms.len()) {
            without(format!("spec.affinity.{kind}.{REQUIRED}[{at}]"), &|spec| {
                if let Some(terms) = spec.affinity.as_mut().and_then(terms) {
                    terms.remove(at);
                }
            });
        }
    }
    let spread = spec
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    for (at, constraint) in spread.iter().enumerate() {
        if constraint.when_unsatisfiable == "DoNotSchedule" {
            without(format!("spec.topologySpreadConstraints[{at}]"), &|spec| {
                let list = spec.topology_spread_constraints.as_mut();
                if let Some(constraint) = list.and_then(|list| list.get_mut(at)) {
                    "ScheduleAnyway".clone_into(&mut constraint.when_unsatisfiable);
                    constraint.min_domains = None;
                }
            });
        }
    }
    list
}
