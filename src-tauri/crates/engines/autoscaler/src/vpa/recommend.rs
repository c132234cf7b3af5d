//! The recommendation of an autoscaler for each container of its pods.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::aggregate::Aggregate;
use super::estimate::{estimate, least_of_each};
use super::object::Vpa;
use super::resources::{Resource, Resources};
use super::settings::RecommenderSettings;

/// What a container should request. A resource the autoscaler does not control is absent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// Name of the container.
    pub container: String,
    /// What to request.
    pub target: Resources,
    /// A request under this is replaced at once.
    pub lower: Resources,
    /// A request over this is replaced at once.
    pub upper: Resources,
    /// The target before the policy's bounds.
    pub uncapped_target: Resources,
    /// Days of history, counted by time and by samples, whichever is less.
    pub confidence: f64,
    /// CPU samples it rests on.
    pub samples: u64,
}

/// The recommendations by name of container, from what the containers of that name used. A
/// container that is switched off, or of which there is no CPU sample, gets none and does not count
/// when the least amounts of a pod are shared.
///
/// Source: `routines/vpa.go`, `recommender.go`; `capping.go`, `ApplyVPAPolicy`.
pub fn recommend(
    vpa: &Vpa,
    settings: &RecommenderSettings,
    usage: &BTreeMap<String, Aggregate>,
) -> Vec<Recommendation> {
    let seen: Vec<_> = usage
        .iter()
        .filter(|(container, aggregate)| vpa.controls(container) && aggregate.samples() > 0)
        .collect();
    let least = least_of_each(settings, seen.len());
    seen.into_iter()
        .map(|(container, aggregate)| {
            let policy = vpa.policy(container);
            let controlled = |mut resources: Resources| {
                for resource in Resource::ALL {
                    if !policy.is_none_or(|policy| policy.controlled.contains(&resource)) {
                        resources.set(resource, None);
                    }
                }
                resources
            };
            let capped =
                |resources| policy.map_or(resources, |policy| policy.within_bounds(resources));
            let estimate = estimate(settings, aggregate, least);
            let uncapped_target = controlled(estimate.target);
            Recommendation {
                container: container.clone(),
                target: capped(uncapped_target),
                lower: capped(controlled(estimate.lower)),
                upper: capped(controlled(estimate.upper)),
                uncapped_target,
                confidence: aggregate.confidence(),
                samples: aggregate.samples(),
            }
        })
        .collect()
}
