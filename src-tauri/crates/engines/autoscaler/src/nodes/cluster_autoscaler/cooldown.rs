//! How long no node is removed after something else happened, after `isScaleDownInCooldown` of
//! `core/static_autoscaler.go`.

use super::memory::Memory;
use super::settings::Settings;
use crate::nodes::seconds;

impl Memory {
    /// Until when nothing is removed, where that is later than now.
    pub(super) fn cooldown(&self, settings: &Settings, now_ns: u64) -> Option<u64> {
        [
            (self.last_scale_up_ns, settings.delay_after_add_seconds),
            (self.last_removal_ns, settings.delay_after_delete_seconds),
            (self.last_failure_ns, settings.delay_after_failure_seconds),
        ]
        .into_iter()
        .filter_map(|(last, delay)| Some(last? + seconds(delay)))
        .filter(|&until| until > now_ns)
        .max()
    }
}
