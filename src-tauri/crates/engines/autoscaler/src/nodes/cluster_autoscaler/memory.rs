//! What Cluster Autoscaler remembers between passes: what it asked for, which groups rest, since
//! when nodes are unneeded. Decides nothing.

use std::collections::BTreeMap;

use super::backoff::Backoff;
use super::settings::Settings;
use crate::nodes::{NodeRef, seconds};

/// State carried from one [`super::scan`] to the next; starts as `Memory::default()`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Scale-ups under way, by group.
    pub(super) requests: BTreeMap<String, Request>,
    pub(super) backoffs: BTreeMap<String, Backoff>,
    /// Since when groups are short of nodes that were not asked for.
    pub(super) short_since: BTreeMap<String, u64>,
    /// Since when nodes are unneeded without a break.
    pub(super) unneeded: BTreeMap<NodeRef, u64>,
    /// Nodes that could not be emptied, and until when they are left alone.
    pub(super) recheck: BTreeMap<NodeRef, u64>,
    pub(super) last_scale_up_ns: Option<u64>,
    pub(super) last_removal_ns: Option<u64>,
    pub(super) last_failure_ns: Option<u64>,
}

/// Nodes that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    pub increase: u32,
    /// After this they are given up.
    pub expected_ns: u64,
}

impl Memory {
    /// When a node was first found unneeded, where it has been since.
    pub fn unneeded_since(&self, node: NodeRef) -> Option<u64> {
        self.unneeded.get(&node).copied()
    }

    /// Until when a group rests after failures, where it does.
    pub fn backs_off_until(&self, group: &str, now_ns: u64) -> Option<u64> {
        let backoff = self.backoffs.get(group)?;
        backoff.holds(now_ns).then_some(backoff.until_ns)
    }

    /// The provider refused nodes that a pass had asked for: they are no longer awaited, and the
    /// group rests (`RegisterFailedScaleUp`).
    pub fn scale_up_failed(&mut self, group: &str, count: u32, settings: &Settings, now_ns: u64) {
        if let Some(request) = self.requests.get_mut(group) {
            request.increase = request.increase.saturating_sub(count);
            if request.increase == 0 {
                self.requests.remove(group);
            }
        }
        self.back_off(group, settings, now_ns);
    }

    /// A removal failed, such as a drain that ran out of time.
    pub fn removal_failed(&mut self, now_ns: u64) {
        self.last_failure_ns = Some(now_ns);
    }

    pub(super) fn back_off(&mut self, group: &str, settings: &Settings, now_ns: u64) {
        let next = Backoff::after(self.backoffs.get(group), settings, now_ns);
        self.backoffs.insert(group.to_owned(), next);
    }

    /// Nodes were asked for: more of them make the wait begin anew (`RegisterOrUpdateScaleUp`).
    pub(super) fn asked(&mut self, group: &str, count: u32, settings: &Settings, now_ns: u64) {
        let request = self.requests.entry(group.to_owned()).or_insert(Request {
            increase: 0,
            expected_ns: 0,
        });
        request.increase += count;
        request.expected_ns = now_ns + seconds(settings.max_node_provision_seconds);
        self.last_scale_up_ns = Some(now_ns);
    }
}
