//! What a recommendation comes to in a pod: bounded by the limits it has, and with limits that keep
//! their proportion to the requests.

use super::object::{ControlledValues, Vpa};
use super::recommend::Recommendation;
use super::resources::{Resource, Resources};

/// Requests and limits of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContainerResources {
    /// Requests.
    pub requests: Resources,
    /// Limits.
    pub limits: Resources,
}

/// A recommendation as it fits a container: within the policy's bounds, and where only requests are
/// controlled, not above the container's limits. The uncapped target stays. Without limit ranges.
///
/// Source: `capping.go`, `getCappedRecommendationForContainer`; that limits bound only where
/// requests alone are controlled is of a later version of that file.
pub fn fit(
    vpa: &Vpa,
    recommendation: &Recommendation,
    container: &ContainerResources,
) -> Recommendation {
    let name = &recommendation.container;
    let requests_only = vpa.controlled_values(name) == ControlledValues::RequestsOnly;
    let fit = |resources: Resources| {
        let resources = vpa
            .policy(name)
            .map_or(resources, |policy| policy.within_bounds(resources));
        resources.map(|resource, amount| {
            let limit = container.limits.get(resource).filter(|_| requests_only);
            limit.map_or(amount, |limit| amount.min(limit))
        })
    };
    Recommendation {
        target: fit(recommendation.target),
        lower: fit(recommendation.lower),
        upper: fit(recommendation.upper),
        ..recommendation.clone()
    }
}

/// What a container of a new pod gets: the target as requests where there is one, and limits in
/// proportion unless only requests are controlled. With mode `Off` it keeps what it has.
///
/// Source: `admission-controller/resource/pod/recommendation/recommendation_provider.go`.
pub fn admit(
    vpa: &Vpa,
    recommendation: &Recommendation,
    container: &ContainerResources,
) -> ContainerResources {
    let mut admitted = *container;
    if !vpa.update_mode.applies_to_new_pods() {
        return admitted;
    }
    let target = fit(vpa, recommendation, container).target;
    let values = vpa.controlled_values(&recommendation.container);
    for resource in Resource::ALL {
        let Some(request) = target.get(resource) else {
            continue;
        };
        admitted.requests.set(resource, Some(request));
        let limit = proportional_limit(
            container.limits.get(resource),
            container.requests.get(resource),
            request,
        );
        if values == ControlledValues::RequestsAndLimits && limit.is_some() {
            admitted.limits.set(resource, limit);
        }
    }
    admitted
}

/// The limit that is to the recommended request what the limit was to the request, cut off to whole
/// units and at most `i64::MAX`. A container with a limit and no request requests its limit, so
/// both stay equal. `None` if there was no limit, or nothing is recommended.
///
/// Source: `limit_and_request_scaling.go`, `getProportionalResourceLimit`.
pub fn proportional_limit(
    limit: Option<u64>,
    request: Option<u64>,
    recommended: u64,
) -> Option<u64> {
    let limit = limit.filter(|&limit| limit > 0)?;
    if recommended == 0 {
        return None;
    }
    let Some(request) = request.filter(|&request| request > 0) else {
        return Some(recommended);
    };
    let scaled = u128::from(limit) * u128::from(recommended) / u128::from(request);
    Some(u64::try_from(scaled).map_or(i64::MAX as u64, |scaled| scaled.min(i64::MAX as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of `limit_and_request_scaling_test.go` (commit 068565c8), in millicores.
    #[test]
    fn limits_keep_their_proportion() {
        for (limit, request, recommended, expected) in [
            (Some(2000), Some(1000), 10_000, Some(20_000)),
            (None, Some(1000), 10_000, None),
            (Some(0), Some(1000), 10_000, None),
            (Some(2000), None, 10_000, Some(10_000)),
            (Some(2000), Some(1000), 0, None),
            (Some(1000), Some(1000), 10_000, Some(10_000)),
            (Some(2000), Some(1500), 1000, Some(1333)),
            (
                Some(10_000_000_000_000),
                Some(1),
                10_000_000_000_000,
                Some(i64::MAX as u64),
            ),
        ] {
            assert_eq!(
                proportional_limit(limit, request, recommended),
                expected,
                "{limit:?} {request:?} {recommended}"
            );
        }
    }
}
