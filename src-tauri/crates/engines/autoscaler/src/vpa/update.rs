//! The updater's decision over one pod: whether it is replaced for its recommendation, and why.

use drydock_model::SimTime;
use schemars::JsonSchema;
use serde::Serialize;

use super::apply::{ContainerResources, fit};
use super::object::{ChangeRequirement, Vpa};
use super::priority::Priority;
use super::recommend::Recommendation;
use super::resources::{Resource, Resources};
use super::settings::UpdaterSettings;

/// A pod as the updater sees it. Times are nanoseconds of simulated time and may lie before its
/// zero.
#[derive(Debug, Clone, PartialEq)]
pub struct PodSeen {
    /// `status.startTime`.
    pub start_ns: Option<i64>,
    /// Its containers.
    pub containers: Vec<SeenContainer>,
}

/// A container of such a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenContainer {
    /// Name.
    pub name: String,
    /// Requests and limits it runs with.
    pub resources: ContainerResources,
    /// How it ended the last time, if it has been restarted.
    pub last_termination: Option<Termination>,
}

/// The end of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Termination {
    /// Whether the reason was `OOMKilled`.
    pub is_oom: bool,
    /// When it had started.
    pub started_ns: i64,
    /// When it ended.
    pub finished_ns: i64,
}

/// What the updater makes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "decision", rename_all = "camelCase")]
pub enum Decision {
    /// It is replaced, as far as its siblings and budgets allow.
    Update {
        /// Its place among others.
        priority: Priority,
        /// Why.
        cause: Cause,
    },
    /// It stays.
    Keep {
        /// Why.
        refusal: Refusal,
    },
}

/// Why a pod is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// A request is outside the recommendation's bounds, or missing.
    OutsideBounds,
    /// A container was killed for memory soon after its start (10 min).
    QuickOom,
    /// It has lived long enough (12 h) and the change is worth it (10 %).
    WorthIt,
}

/// Why a pod stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The update mode leaves live pods alone.
    Mode,
    /// There is no recommendation for any of its containers.
    NoRecommendation,
    /// It is within its bounds, and when it started is unknown.
    StartUnknown,
    /// It is within its bounds and has not lived long enough.
    TooYoung,
    /// It is within its bounds and the change is too small.
    ChangeTooSmall,
    /// A container was killed for memory soon after its start, but the recommendation is what it
    /// has.
    NothingChanges,
    /// The object's eviction requirements are not met.
    Requirements,
}

/// Decides over a pod with its recommendations (of [`super::recommend`]; those of other containers
/// do not matter). Whether the pod's siblings and budgets allow it is not asked here.
///
/// Source: `update_priority_calculator.go`, `AddPod`; `updater.go` for the mode.
pub fn decide(
    vpa: &Vpa,
    settings: &UpdaterSettings,
    recommendations: &[Recommendation],
    pod: &PodSeen,
    now_ns: SimTime,
) -> Decision {
    let keep = |refusal| Decision::Keep { refusal };
    if !vpa.update_mode.applies_to_live_pods() {
        return keep(Refusal::Mode);
    }
    let containers: Vec<(Resources, Recommendation)> = pod
        .containers
        .iter()
        .filter_map(|container| {
            let recommendation = recommendations
                .iter()
                .find(|recommendation| recommendation.container == container.name)?;
            let fitted = fit(vpa, recommendation, &container.resources);
            Some((container.resources.requests, fitted))
        })
        .collect();
    if containers.is_empty() {
        return keep(Refusal::NoRecommendation);
    }
    let priority = Priority::of(&containers);
    let quick_oom = pod
        .containers
        .iter()
        .filter(|container| vpa.controls(&container.name))
        .filter_map(|container| container.last_termination)
        .any(|end| {
            let lived = i128::from(end.finished_ns) - i128::from(end.started_ns);
            end.is_oom && lived < i128::from(settings.quick_oom_ns)
        });
    let cause = if priority.outside_bounds {
        Cause::OutsideBounds
    } else if quick_oom {
        Cause::QuickOom
    } else {
        let Some(start) = pod.start_ns else {
            return keep(Refusal::StartUnknown);
        };
        if i128::from(now_ns) < i128::from(start) + i128::from(settings.settled_after_ns) {
            return keep(Refusal::TooYoung);
        }
        if priority.change < settings.least_change {
            return keep(Refusal::ChangeTooSmall);
        }
        Cause::WorthIt
    };
    if quick_oom && priority.change == 0.0 {
        return keep(Refusal::NothingChanges);
    }
    if !meets_requirements(vpa, &containers) {
        return keep(Refusal::Requirements);
    }
    Decision::Update { priority, cause }
}

/// Whether all requirements hold for some container; one that lacks a request meets them.
///
/// Source: `scaling_direction_pod_eviction_admission.go`.
fn meets_requirements(vpa: &Vpa, containers: &[(Resources, Recommendation)]) -> bool {
    containers.iter().any(|(requests, recommendation)| {
        if Resource::ALL
            .iter()
            .any(|&resource| requests.get(resource).is_none())
        {
            return true;
        }
        vpa.eviction_requirements.iter().all(|requirement| {
            requirement.resources.iter().any(|&resource| {
                let amount = |of: &Resources| of.get(resource).unwrap_or(0);
                let (target, request) = (amount(&recommendation.target), amount(requests));
                match requirement.change {
                    ChangeRequirement::TargetHigherThanRequests => target > request,
                    ChangeRequirement::TargetLowerThanRequests => target < request,
                }
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const MINUTE: i64 = 60_000_000_000;
    const HOUR: i64 = 60 * MINUTE;

    fn vpa(update_policy: Value, container_policy: Value) -> Vpa {
        Vpa::from_json(&json!({
            "apiVersion": "autoscaling.k8s.io/v1",
            "spec": {
                "targetRef": {"kind": "Deployment", "name": "api"},
                "updatePolicy": update_policy,
                "resourcePolicy": {"containerPolicies": [container_policy]},
            },
        }))
        .unwrap()
    }

    /// 5 cores, between 1 and 6.
    fn recommended(container: &str) -> Recommendation {
        let cpu = |milli| Resources {
            milli_cpu: Some(milli),
            memory_bytes: None,
        };
        Recommendation {
            container: container.to_owned(),
            target: cpu(5000),
            lower: cpu(1000),
            upper: cpu(6000),
            uncapped_target: cpu(5000),
            confidence: 1.0,
            samples: 1440,
        }
    }

    /// A pod with one container that requests `request` millicores; it is `age` old and its
    /// container was killed for memory after `lived`.
    fn decision(vpa: &Vpa, request: u64, age: Option<i64>, lived: Option<i64>) -> Decision {
        let now = 100 * HOUR;
        let container = SeenContainer {
            name: "main".to_owned(),
            resources: ContainerResources {
                requests: Resources::new(request, 1),
                limits: Resources::default(),
            },
            last_termination: lived.map(|lived| Termination {
                is_oom: true,
                started_ns: now - 3 * MINUTE - lived,
                finished_ns: now - 3 * MINUTE,
            }),
        };
        let pod = PodSeen {
            start_ns: age.map(|age| now - age),
            containers: vec![container],
        };
        let settings = UpdaterSettings::default();
        decide(vpa, &settings, &[recommended("main")], &pod, now as u64)
    }

    /// The cases of `update_priority_calculator_test.go`, at the thresholds.
    #[test]
    fn decisions() {
        use Refusal::{ChangeTooSmall, NothingChanges, StartUnknown, TooYoung};
        let vpa = vpa(json!({}), json!({"containerName": "*"}));
        for (request, age, lived, expected) in [
            (4000, Some(12 * HOUR), None, Ok(Cause::WorthIt)),
            (4000, Some(12 * HOUR - 1), None, Err(TooYoung)),
            (4000, None, None, Err(StartUnknown)),
            // Changes of 500 / 5500 and 500 / 4500.
            (5500, Some(13 * HOUR), None, Err(ChangeTooSmall)),
            (4500, Some(13 * HOUR), None, Ok(Cause::WorthIt)),
            (1000, Some(11 * HOUR), None, Err(TooYoung)),
            (999, Some(11 * HOUR), None, Ok(Cause::OutsideBounds)),
            (6000, Some(11 * HOUR), None, Err(TooYoung)),
            (6001, None, None, Ok(Cause::OutsideBounds)),
            (
                4000,
                Some(11 * HOUR),
                Some(10 * MINUTE - 1),
                Ok(Cause::QuickOom),
            ),
            (4000, Some(11 * HOUR), Some(10 * MINUTE), Err(TooYoung)),
            (5000, Some(11 * HOUR), Some(2 * MINUTE), Err(NothingChanges)),
            (5000, Some(13 * HOUR), None, Err(ChangeTooSmall)),
        ] {
            let found = match decision(&vpa, request, age, lived) {
                Decision::Update { cause, .. } => Ok(cause),
                Decision::Keep { refusal } => Err(refusal),
            };
            assert_eq!(found, expected, "{request}m, age {age:?}, lived {lived:?}");
        }
    }

    #[test]
    fn policies_hold_pods_back() {
        let off = json!({"containerName": "main", "mode": "Off"});
        let any = json!({"containerName": "*"});
        let requires = |change: &str, resources: Value| {
            json!({"evictionRequirements": [
                {"changeRequirement": change, "resources": resources},
            ]})
        };
        let keep = |refusal| Err(refusal);
        for (update, container, request, lived, expected) in [
            (
                json!({"updateMode": "Off"}),
                &any,
                999,
                None,
                keep(Refusal::Mode),
            ),
            (
                json!({"updateMode": "Initial"}),
                &any,
                999,
                None,
                keep(Refusal::Mode),
            ),
            (json!({"updateMode": "InPlace"}), &any, 999, None, Ok(())),
            // A kill of a container that is switched off counts for nothing.
            (json!({}), &off, 4000, Some(MINUTE), keep(Refusal::TooYoung)),
            (
                requires("TargetHigherThanRequests", json!(["cpu"])),
                &any,
                999,
                None,
                Ok(()),
            ),
            (
                requires("TargetLowerThanRequests", json!(["cpu"])),
                &any,
                999,
                None,
                keep(Refusal::Requirements),
            ),
            // Memory gets no target, which counts as 0, as in the original.
            (
                requires("TargetLowerThanRequests", json!(["cpu", "memory"])),
                &any,
                999,
                None,
                Ok(()),
            ),
        ] {
            let name = format!("{update} {container}");
            let vpa = vpa(update, container.clone());
            let found = match decision(&vpa, request, Some(HOUR), lived) {
                Decision::Update { .. } => Ok(()),
                Decision::Keep { refusal } => Err(refusal),
            };
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn without_a_recommendation_a_pod_stays() {
        let vpa = vpa(json!({}), json!({"containerName": "*"}));
        let pod = PodSeen {
            start_ns: Some(0),
            containers: vec![SeenContainer {
                name: "main".to_owned(),
                resources: ContainerResources::default(),
                last_termination: None,
            }],
        };
        let other = recommended("other");
        let settings = UpdaterSettings::default();
        let found = decide(&vpa, &settings, &[other], &pod, u64::MAX);
        let refusal = Refusal::NoRecommendation;
        assert_eq!(found, Decision::Keep { refusal });
    }
}
