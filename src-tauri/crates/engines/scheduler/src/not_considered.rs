//! What a pod or a configuration asks of the scheduler that this engine does not judge. Named, so that nothing is passed
//! over in silence.

use k8s_openapi::api::core::v1::PodSpec;

use crate::profile::Profile;

/// Lists what is not judged of a pod, as `Plugin: field`, and of the profile.
pub(crate) fn not_considered(spec: &PodSpec, profile: &Profile) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(other) = spec
        .scheduler_name
        .as_deref()
        .filter(|name| !name.is_empty() && *name != profile.scheduler_name)
    {
        list.push(format!(
            "schedulerName: {other} (judged as {})",
            profile.scheduler_name
        ));
    }
    for (at, volume) in spec.volumes.iter().flatten().enumerate() {
        // Disks of drivers that only count where a node says they are migrated.
        let source = [
            (volume.azure_disk.is_some(), "azureDisk"),
            (volume.cinder.is_some(), "cinder"),
        ]
        .into_iter()
        .find(|&(present, _)| present);
        if let Some((_, source)) = source {
            list.push(format!("NodeVolumeLimits: volumes[{at}].{source}"));
        }
    }
    let claims = spec.resource_claims.as_ref().map_or(0, Vec::len);
    list.extend((0..claims).map(|at| format!("DynamicResources: resourceClaims[{at}]")));
    list.extend(profile.not_considered.iter().cloned());
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(spec: Value, expect: &[&str]) {
        let mut spec = spec;
        spec["containers"] = json!([]);
        let spec: PodSpec = serde_json::from_value(spec).unwrap();
        let mut profile = Profile::default();
        assert_eq!(not_considered(&spec, &profile), expect);
        profile.not_considered.push("extenders[0]".into());
        assert_eq!(
            not_considered(&spec, &profile).last().unwrap(),
            "extenders[0]"
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
            json!({"volumes": [{"name": "c", "configMap": {}}, {"name": "d", "azureDisk": {"diskName": "x", "diskURI": "y"}}],
                   "resourceClaims": [{"name": "g"}]}),
            &[
                "NodeVolumeLimits: volumes[1].azureDisk",
                "DynamicResources: resourceClaims[0]",
            ],
        );
    }
}
