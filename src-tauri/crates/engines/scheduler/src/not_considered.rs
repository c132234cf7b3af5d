//! What a pod asks of the scheduler that this engine does not judge. Named, so that nothing is passed over in silence.

use k8s_openapi::api::core::v1::{Pod, PodSpec, Volume};

/// Lists a pod's constraints that are not judged, as `Plugin: field`.
pub(crate) fn not_considered(pod: &Pod, spec: &PodSpec, scheduler_name: &str) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(other) = spec
        .scheduler_name
        .as_deref()
        .filter(|name| !name.is_empty() && *name != scheduler_name)
    {
        list.push(format!(
            "schedulerName: {other} (judged as {scheduler_name})"
        ));
    }
    let spread = spec
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    list.extend(
        (0..spread.len()).map(|at| format!("PodTopologySpread: topologySpreadConstraints[{at}]")),
    );
    // Default constraints only score, and only where a Service or an owner selects the pod by its labels.
    if spread.is_empty()
        && pod
            .metadata
            .labels
            .as_ref()
            .is_some_and(|labels| !labels.is_empty())
    {
        list.push("PodTopologySpread: default constraints (score only)".to_owned());
    }
    if let Some(affinity) = &spec.affinity {
        let mut terms = |kind: &str, when: &str, count: usize| {
            list.extend((0..count).map(|at| format!("InterPodAffinity: affinity.{kind}.{when}DuringSchedulingIgnoredDuringExecution[{at}]")));
        };
        if let Some(pods) = &affinity.pod_affinity {
            terms(
                "podAffinity",
                "required",
                length(
                    pods.required_during_scheduling_ignored_during_execution
                        .as_ref(),
                ),
            );
            terms(
                "podAffinity",
                "preferred",
                length(
                    pods.preferred_during_scheduling_ignored_during_execution
                        .as_ref(),
                ),
            );
        }
        if let Some(pods) = &affinity.pod_anti_affinity {
            terms(
                "podAntiAffinity",
                "required",
                length(
                    pods.required_during_scheduling_ignored_during_execution
                        .as_ref(),
                ),
            );
            terms(
                "podAntiAffinity",
                "preferred",
                length(
                    pods.preferred_during_scheduling_ignored_during_execution
                        .as_ref(),
                ),
            );
        }
    }
    for (at, volume) in spec.volumes.iter().flatten().enumerate() {
        if let Some((plugin, source)) = attached(volume) {
            list.push(format!("{plugin}: volumes[{at}].{source}"));
        }
    }
    let claims = length(spec.resource_claims.as_ref());
    list.extend((0..claims).map(|at| format!("DynamicResources: resourceClaims[{at}]")));
    list
}

fn length<T>(list: Option<&Vec<T>>) -> usize {
    list.map_or(0, Vec::len)
}

/// Volumes that tie a pod to nodes: claims, and disks named in the pod itself.
fn attached(volume: &Volume) -> Option<(&'static str, &'static str)> {
    let kinds = [
        (
            volume.persistent_volume_claim.is_some(),
            "VolumeBinding",
            "persistentVolumeClaim",
        ),
        (volume.ephemeral.is_some(), "VolumeBinding", "ephemeral"),
        (
            volume.gce_persistent_disk.is_some(),
            "VolumeRestrictions",
            "gcePersistentDisk",
        ),
        (
            volume.aws_elastic_block_store.is_some(),
            "VolumeRestrictions",
            "awsElasticBlockStore",
        ),
        (volume.rbd.is_some(), "VolumeRestrictions", "rbd"),
        (volume.iscsi.is_some(), "VolumeRestrictions", "iscsi"),
        (volume.azure_disk.is_some(), "NodeVolumeLimits", "azureDisk"),
        (volume.cinder.is_some(), "NodeVolumeLimits", "cinder"),
        (volume.csi.is_some(), "NodeVolumeLimits", "csi"),
    ];
    kinds
        .into_iter()
        .find(|&(present, ..)| present)
        .map(|(_, plugin, source)| (plugin, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(spec: Value, expect: &[&str]) {
        let mut spec = spec;
        spec["containers"] = json!([]);
        let pod: Pod = serde_json::from_value(json!({"metadata": {}, "spec": spec})).unwrap();
        assert_eq!(
            not_considered(&pod, pod.spec.as_ref().unwrap(), "default-scheduler"),
            expect
        );
    }

    #[test]
    fn table() {
        check(json!({}), &[]);
        check(
            json!({"schedulerName": "default-scheduler", "volumes": [{"name": "v", "emptyDir": {}}]}),
            &[],
        );
        check(
            json!({"schedulerName": "volcano"}),
            &["schedulerName: volcano (judged as default-scheduler)"],
        );
        check(
            json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]}),
            &["PodTopologySpread: topologySpreadConstraints[0]"],
        );
        let term = json!({"topologyKey": "zone"});
        check(
            json!({"affinity": {
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]},
                "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]},
            }}),
            &[
                "InterPodAffinity: affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
                "InterPodAffinity: affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]",
            ],
        );
        check(
            json!({"volumes": [{"name": "c", "configMap": {}}, {"name": "d", "persistentVolumeClaim": {"claimName": "x"}}],
                   "resourceClaims": [{"name": "g"}]}),
            &[
                "VolumeBinding: volumes[1].persistentVolumeClaim",
                "DynamicResources: resourceClaims[0]",
            ],
        );
    }

    #[test]
    fn default_spread_needs_labels() {
        let pod: Pod = serde_json::from_value(
            json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": []}}),
        )
        .unwrap();
        let list = not_considered(&pod, pod.spec.as_ref().unwrap(), "default-scheduler");
        assert_eq!(
            list,
            ["PodTopologySpread: default constraints (score only)"]
        );
    }
}
