//! How much a pod's requests and its recommendation differ, and which pods go first.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Serialize;

use super::recommend::Recommendation;
use super::resources::{Resource, Resources};

/// How much a pod's requests and its recommendation differ.
///
/// Source: `priority_processor.go`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Priority {
    /// Whether a request of some container is outside its bounds, or missing.
    pub outside_bounds: bool,
    /// Whether some container is to get more than it requests.
    pub grows: bool,
    /// `|requested - recommended| / requested` of the pod's sums, added over CPU and memory.
    pub change: f64,
}

impl Priority {
    /// The order in which pods are replaced: those that grow first, then the larger change. Less
    /// comes earlier.
    pub fn order(&self, other: &Self) -> Ordering {
        other
            .grows
            .cmp(&self.grows)
            .then(other.change.total_cmp(&self.change))
    }

    /// That of a pod, of whose containers the requests are given. Those without a recommendation are
    /// left out.
    pub(super) fn of(containers: &[(Resources, Recommendation)]) -> Self {
        let mut priority = Self::default();
        for resource in Resource::ALL {
            let (mut requested, mut recommended) = (0.0, 0.0);
            let mut is_recommended = false;
            for (requests, recommendation) in containers {
                let Some(target) = recommendation.target.get(resource) else {
                    continue;
                };
                is_recommended = true;
                recommended += milli(resource, target);
                let Some(request) = requests.get(resource) else {
                    priority.grows = true;
                    priority.outside_bounds = true;
                    continue;
                };
                requested += milli(resource, request);
                priority.grows |= target > request;
                let bound = |bounds: &Resources| bounds.get(resource);
                priority.outside_bounds |= bound(&recommendation.lower)
                    .is_some_and(|low| request < low)
                    || bound(&recommendation.upper).is_some_and(|high| request > high);
            }
            if is_recommended {
                let requested = requested.max(1.0);
                priority.change += (requested - recommended).abs() / requested;
            }
        }
        priority
    }
}

/// Thousandths of the resource's unit, in which the original sums: what is requested counts as at
/// least one of them.
fn milli(resource: Resource, amount: u64) -> f64 {
    match resource {
        Resource::Cpu => amount as f64,
        Resource::Memory => amount as f64 * 1000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CPU in millicores, memory in megabytes.
    type Amounts = (Option<u64>, Option<u64>);

    const NONE: Amounts = (None, None);

    fn resources((milli_cpu, megabytes): Amounts) -> Resources {
        Resources {
            milli_cpu,
            memory_bytes: megabytes.map(|megabytes| megabytes * 1_000_000),
        }
    }

    fn recommended(target: Amounts, lower: Amounts, upper: Amounts) -> Recommendation {
        Recommendation {
            container: "main".to_owned(),
            target: resources(target),
            lower: resources(lower),
            upper: resources(upper),
            uncapped_target: resources(target),
            confidence: 1.0,
            samples: 1440,
        }
    }

    /// The table of `priority_processor_test.go` (commit 00f627fb).
    #[test]
    fn priorities() {
        let cores = |cores: u64| (Some(cores * 1000), None);
        let both = |cores: u64, megabytes: u64| (Some(cores * 1000), Some(megabytes));
        // Containers as (requests, target, lower, upper); outside, grows, change.
        for (name, containers, expected) in [
            (
                "up",
                vec![(cores(2), cores(10), NONE, NONE)],
                (false, true, 4.0),
            ),
            (
                "down",
                vec![(cores(4), cores(2), NONE, NONE)],
                (false, false, 0.5),
            ),
            (
                "same",
                vec![(cores(2), cores(2), NONE, NONE)],
                (false, false, 0.0),
            ),
            (
                "millicores",
                vec![((Some(10), None), (Some(900), None), NONE, NONE)],
                (false, true, 89.0),
            ),
            (
                "up from outside",
                vec![(cores(4), cores(10), cores(6), cores(14))],
                (true, true, 1.5),
            ),
            (
                "down from outside",
                vec![(cores(8), cores(2), cores(1), cores(3))],
                (true, false, 0.75),
            ),
            (
                "both up",
                vec![(both(3, 10), both(6, 20), NONE, NONE)],
                (false, true, 2.0),
            ),
            (
                "one up",
                vec![(both(4, 10), both(2, 20), NONE, NONE)],
                (false, true, 1.5),
            ),
            (
                "both down",
                vec![(both(4, 20), both(2, 10), NONE, NONE)],
                (false, false, 1.0),
            ),
            (
                "one outside",
                vec![(both(4, 20), both(2, 10), both(1, 5), both(3, 30))],
                (true, false, 1.0),
            ),
            (
                "two containers",
                vec![
                    (cores(3), cores(1), NONE, NONE),
                    (cores(7), cores(2), NONE, NONE),
                ],
                (false, false, 0.7),
            ),
            (
                "two containers, one outside",
                vec![
                    (cores(1), cores(4), cores(1), NONE),
                    (cores(2), cores(8), cores(3), cores(10)),
                ],
                (true, true, 3.0),
            ),
            (
                "two of each",
                vec![
                    (both(6, 10), both(8, 20), NONE, NONE),
                    (both(4, 30), both(7, 30), NONE, NONE),
                ],
                (false, true, 0.75),
            ),
            // Without a request: against a thousandth of the unit.
            (
                "no memory requested",
                vec![(NONE, (None, Some(5)), NONE, NONE)],
                (true, true, 4_999_999_999.0),
            ),
            (
                "nothing requested",
                vec![(NONE, (Some(5), None), NONE, NONE)],
                (true, true, 4.0),
            ),
        ] {
            let containers: Vec<_> = containers
                .into_iter()
                .map(|(requests, target, lower, upper)| {
                    (resources(requests), recommended(target, lower, upper))
                })
                .collect();
            let found = Priority::of(&containers);
            let found = (found.outside_bounds, found.grows, found.change);
            assert_eq!(found, expected, "{name}");
        }
    }

    /// Order of `TestSortPriority` and `TestSortPriorityResourcesDecrease` in
    /// `update_priority_calculator_test.go` (commit 0ebbdfb2).
    #[test]
    fn what_grows_goes_first_then_the_larger_change() {
        let priority = |grows, change| Priority {
            outside_bounds: false,
            grows,
            change,
        };
        let mut pods = [
            priority(false, 0.25),
            priority(true, 0.25),
            priority(false, 0.5),
            priority(true, 4.0),
        ];
        pods.sort_by(Priority::order);
        let order: Vec<_> = pods.iter().map(|pod| (pod.grows, pod.change)).collect();
        assert_eq!(
            order,
            [(true, 4.0), (true, 0.25), (false, 0.5), (false, 0.25)]
        );
    }
}
