//! How many pods of one controller may be evicted at a time, beyond what disruption budgets say.

use super::object::Vpa;
use super::settings::UpdaterSettings;

/// The live pods of one controller in one pass of the updater.
///
/// Source: `pods_restriction_factory.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaGroup {
    /// Replicas the controller asks for (of a DaemonSet those that are ready, of a Job the live
    /// ones).
    pub configured: u32,
    /// Live pods that are not pending.
    pub running: u32,
    /// Live pods that are pending.
    pub pending: u32,
    /// Pods that were running and that this pass has evicted.
    pub evicted: u32,
}

impl ReplicaGroup {
    /// Whether one more pod may be evicted. None if there are fewer live pods than the object or
    /// the setting wants; a pending one always; a running one if more remain than must, or, where
    /// the tolerance comes to no pod at all, if it is the first and none is missing.
    pub fn may_evict(&self, vpa: &Vpa, settings: &UpdaterSettings, pod_is_pending: bool) -> bool {
        let required = vpa.min_replicas.unwrap_or(settings.least_replicas);
        if self.running + self.pending < required {
            return false;
        }
        if pod_is_pending {
            return true;
        }
        let tolerated = (f64::from(self.configured) * settings.tolerance) as u32;
        let must_remain = self.configured.saturating_sub(tolerated);
        self.running.saturating_sub(self.evicted) > must_remain
            || (self.running == self.configured && tolerated == 0 && self.evicted == 0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_may_be_missing() {
        let mut vpa = Vpa::from_json(&json!({
            "apiVersion": "autoscaling.k8s.io/v1",
            "spec": {"targetRef": {"kind": "Deployment", "name": "api"}},
        }))
        .unwrap();
        // (configured, running, pending, evicted), fewest replicas of the object, pod is pending.
        for (group, least, is_pending, expected) in [
            ((4, 4, 0, 0), None, false, true),
            ((4, 4, 0, 1), None, false, true),
            ((4, 4, 0, 2), None, false, false),
            ((4, 2, 2, 0), None, false, false),
            ((4, 2, 2, 0), None, true, true),
            ((5, 5, 0, 1), None, false, true),
            ((5, 5, 0, 2), None, false, false),
            // Two live pods are wanted, if the object does not say otherwise.
            ((1, 1, 0, 0), None, false, false),
            ((1, 0, 1, 0), None, true, false),
            ((1, 1, 0, 0), Some(1), false, true),
            ((1, 1, 0, 1), Some(1), false, false),
            ((4, 4, 0, 0), Some(5), false, false),
            // Half of three is one.
            ((3, 3, 0, 0), None, false, true),
            ((3, 3, 0, 1), None, false, false),
        ] {
            vpa.min_replicas = least;
            let (configured, running, pending, evicted) = group;
            let replicas = ReplicaGroup {
                configured,
                running,
                pending,
                evicted,
            };
            let found = replicas.may_evict(&vpa, &UpdaterSettings::default(), is_pending);
            assert_eq!(found, expected, "{group:?} {least:?} {is_pending}");
        }
    }
}
