//! Disruption budgets of a service, as the eviction API asks them.

use drydock_scheduler::disruption::share;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;

/// What a budget wants of the pods of one service.
#[derive(Clone, Debug)]
pub(crate) enum Budget {
    MinAvailable(IntOrString),
    MaxUnavailable(IntOrString),
}

impl Budget {
    /// Reads a budget; nothing where it sets no amount.
    pub fn of(budget: &PodDisruptionBudget) -> Option<Self> {
        let spec = budget.spec.as_ref()?;
        match (&spec.max_unavailable, &spec.min_available) {
            (Some(most), _) => Some(Self::MaxUnavailable(most.clone())),
            (None, Some(least)) => Some(Self::MinAvailable(least.clone())),
            (None, None) => None,
        }
    }

    /// Healthy pods wanted of `expected`; all of them where the amount does not read, as the controller then allows none.
    fn wanted(&self, expected: i64) -> i64 {
        match self {
            Self::MinAvailable(least) => share(least, expected, "minAvailable"),
            Self::MaxUnavailable(most) => {
                share(most, expected, "maxUnavailable").map(|most| (expected - most).max(0))
            }
        }
        .unwrap_or(i64::MAX)
    }
}

impl Simulation {
    /// Whether the budgets of a pod's service let it be evicted now. One that is not ready goes uncounted where enough
    /// others are.
    pub(crate) fn may_disrupt(&self, pod: u32) -> bool {
        let service = self.pods[pod as usize].service;
        if service == NONE {
            return true;
        }
        let this = &self.services[service as usize];
        let healthy = |pod: u32| {
            let pod = &self.pods[pod as usize];
            pod.listed && pod.phase == PodPhase::Running && !pod.terminating
        };
        let count = this.pods.iter().filter(|&&pod| healthy(pod)).count() as i64;
        let budgets = &self.plan.frame.workloads[service as usize].budgets;
        let spare = i64::from(healthy(pod));
        budgets
            .iter()
            .all(|budget| count - spare >= budget.wanted(i64::from(this.desired)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        let text = |text: &str| IntOrString::String(text.to_owned());
        for (budget, expected, wanted) in [
            (Budget::MinAvailable(IntOrString::Int(2)), 3, 2),
            (Budget::MinAvailable(text("50%")), 3, 2),
            (Budget::MaxUnavailable(IntOrString::Int(1)), 3, 2),
            (Budget::MaxUnavailable(text("34%")), 3, 1),
            (Budget::MaxUnavailable(IntOrString::Int(5)), 3, 0),
            (Budget::MinAvailable(text("all")), 3, i64::MAX),
        ] {
            assert_eq!(budget.wanted(expected), wanted, "{budget:?}");
        }
    }
}
