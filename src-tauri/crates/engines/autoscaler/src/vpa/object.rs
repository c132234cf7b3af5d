//! A VerticalPodAutoscaler as the components reason over it: target, update policy, and the policy
//! of each container. Holds a definition only, never what was observed or recommended.

use schemars::JsonSchema;
use serde::Serialize;

use super::resources::{Resource, Resources};

/// An autoscaler with the defaults of the API applied. Source: `types.go`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Vpa {
    /// The controller of the pods.
    pub target: TargetRef,
    /// How recommendations reach pods.
    pub update_mode: UpdateMode,
    /// Fewest live pods for any of them to be evicted; absent means the updater's setting.
    pub min_replicas: Option<u32>,
    /// What must change for a pod to be replaced, all of them; none means anything.
    pub eviction_requirements: Vec<EvictionRequirement>,
    /// Policies of containers, in the order of the object; `*` is for those without one.
    pub container_policies: Vec<ContainerPolicy>,
    /// The recommender that is asked; absent means the default one, the one of this module.
    pub recommender: Option<String>,
}

/// The controller an autoscaler is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetRef {
    /// API group and version, if given.
    pub api_version: Option<String>,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Name, in the namespace of the autoscaler.
    pub name: String,
}

/// How recommendations reach pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum UpdateMode {
    /// Not at all.
    Off,
    /// When a pod is made.
    Initial,
    /// When a pod is made, and by evicting pods. The default; `Auto` is the same.
    Recreate,
    /// When a pod is made, and by resizing it in place, or evicting it where that fails.
    InPlaceOrRecreate,
    /// When a pod is made, and by resizing it in place.
    InPlace,
}

impl UpdateMode {
    /// Whether a new pod gets the recommendation.
    pub fn applies_to_new_pods(self) -> bool {
        self != Self::Off
    }

    /// Whether a pod that lives is given the recommendation.
    pub fn applies_to_live_pods(self) -> bool {
        !matches!(self, Self::Off | Self::Initial)
    }
}

/// A change without which a pod is not replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvictionRequirement {
    /// The resources of which at least one must change so.
    pub resources: Vec<Resource>,
    /// How.
    pub change: ChangeRequirement,
}

/// The direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum ChangeRequirement {
    /// The target is above the request.
    TargetHigherThanRequests,
    /// The target is below the request.
    TargetLowerThanRequests,
}

/// What may be recommended for a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPolicy {
    /// Name of the container, or `*` for all without a policy of their own.
    pub container: String,
    /// Whether the container gets recommendations (mode `Auto`, not `Off`).
    pub enabled: bool,
    /// Least recommendation.
    pub min_allowed: Resources,
    /// Most recommendation.
    pub max_allowed: Resources,
    /// The resources that get a recommendation.
    pub controlled: Vec<Resource>,
    /// What of them is set.
    pub controlled_values: ControlledValues,
}

/// What an autoscaler sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub enum ControlledValues {
    /// Requests, and limits in proportion.
    #[default]
    RequestsAndLimits,
    /// Requests, which then stay at or below the limits.
    RequestsOnly,
}

/// The name of the policy for containers without one.
const ANY_CONTAINER: &str = "*";

impl Vpa {
    /// The policy of a container: its own, else the one of `*`. Source: `utils/vpa/api.go`.
    pub fn policy(&self, container: &str) -> Option<&ContainerPolicy> {
        let named = |name: &str| {
            self.container_policies
                .iter()
                .find(|policy| policy.container == name)
        };
        named(container).or_else(|| named(ANY_CONTAINER))
    }

    /// Whether a container gets recommendations.
    pub fn controls(&self, container: &str) -> bool {
        self.policy(container).is_none_or(|policy| policy.enabled)
    }

    /// What is set on a container.
    pub fn controlled_values(&self, container: &str) -> ControlledValues {
        self.policy(container)
            .map(|policy| policy.controlled_values)
            .unwrap_or_default()
    }
}

impl ContainerPolicy {
    /// Amounts moved into the policy's bounds; a bound of 0 is none. Source: `capping.go`.
    pub fn within_bounds(&self, resources: Resources) -> Resources {
        let bound = |bounds: &Resources, resource| bounds.get(resource).filter(|&bound| bound > 0);
        resources.map(|resource, amount| {
            let amount =
                bound(&self.min_allowed, resource).map_or(amount, |least| amount.max(least));
            bound(&self.max_allowed, resource).map_or(amount, |most| amount.min(most))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_of_0_is_none() {
        let policy = |least: u64, most: u64| ContainerPolicy {
            container: "*".to_owned(),
            enabled: true,
            min_allowed: Resources::new(least, least),
            max_allowed: Resources::new(most, most),
            controlled: Resource::ALL.to_vec(),
            controlled_values: ControlledValues::default(),
        };
        for (least, most, expected) in [(0, 0, 50), (60, 0, 60), (0, 40, 40), (40, 60, 50)] {
            let bounded = policy(least, most).within_bounds(Resources::new(50, 50));
            assert_eq!(
                bounded,
                Resources::new(expected, expected),
                "{least} {most}"
            );
        }
    }
}
