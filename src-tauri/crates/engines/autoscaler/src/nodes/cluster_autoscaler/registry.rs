//! Taking stock: how many nodes of each group are there, awaited or given up, after
//! `clusterstate/clusterstate.go`. Chooses nothing.
//!
//! The original tells instances that exist and do not register from ones that never existed, and
//! gets rid of the former after the provision time, of the latter after twice that. Here all are
//! given up after the provision time of the group's last scale-up. Nodes that are short although
//! none was asked for, as when one broke, are given up after the same time, and the group does not
//! rest for it (`fixNodeGroupSize`).

use super::decision::GivenUp;
use super::memory::Memory;
use super::seen::{NodeState, Seen};
use super::settings::Settings;
use crate::nodes::seconds;

/// The stock of one pass, by group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registry {
    /// Size without what was given up just now.
    pub targets: Vec<u32>,
    /// Nodes that were asked for and are not ready yet.
    pub upcoming: Vec<u32>,
    /// Whether the group may grow as far as its nodes' health goes.
    pub healthy: Vec<bool>,
    /// Ready nodes of the whole cluster, of a group or not.
    pub ready: u32,
    /// Why nothing may be done at all.
    pub halted: Option<String>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    ready: u32,
    unready: u32,
    starting: u32,
}

impl Count {
    fn add(&mut self, state: NodeState) {
        *match state {
            NodeState::Ready => &mut self.ready,
            NodeState::Unready => &mut self.unready,
            NodeState::Starting => &mut self.starting,
        } += 1;
    }

    fn all(self) -> u32 {
        self.ready + self.unready + self.starting
    }
}

impl Memory {
    /// Takes stock, forgets what has arrived, gives up what is overdue.
    pub(super) fn take_stock(
        &mut self,
        settings: &Settings,
        seen: &Seen<'_>,
        given_up: &mut Vec<GivenUp>,
    ) -> Registry {
        let now = seen.now_ns;
        let mut whole = Count::default();
        let mut counts = vec![Count::default(); seen.groups.len()];
        for node in seen.nodes {
            whole.add(node.state);
            if let Some(count) = node.group.and_then(|group| counts.get_mut(group)) {
                count.add(node.state);
            }
        }
        self.backoffs
            .retain(|_, backoff| !backoff.is_stale(settings, now));

        let mut registry = Registry {
            targets: Vec::new(),
            upcoming: Vec::new(),
            healthy: Vec::new(),
            ready: whole.ready,
            halted: None,
        };
        let too_many = |unready: u32, of: u32| {
            let percent = settings.max_total_unready_percentage;
            unready > settings.ok_total_unready_count
                && f64::from(unready) > percent / 100.0 * f64::from(of)
        };
        for (group, &count) in seen.groups.iter().zip(&counts) {
            let mut target = group.target;
            let mut upcoming = target.saturating_sub(count.ready + count.unready);
            if let Some(given) = self.overdue(settings, &group.name, upcoming, now) {
                target -= upcoming;
                upcoming = 0;
                given_up.push(given);
            }
            let awaited = self
                .requests
                .get(&group.name)
                .map_or(0, |request| request.increase);
            let missing = target.saturating_sub(awaited).saturating_sub(count.ready);
            registry.healthy.push(!too_many(missing, count.all()));
            registry.targets.push(target);
            registry.upcoming.push(upcoming);
        }
        if too_many(whole.unready, whole.all()) {
            registry.halted = Some(format!(
                "{} of {} nodes are unready, more than {} % and more than {}",
                whole.unready,
                whole.all(),
                settings.max_total_unready_percentage,
                settings.ok_total_unready_count
            ));
        }
        registry
    }

    /// What is awaited no longer of the nodes that a group is short of.
    fn overdue(
        &mut self,
        settings: &Settings,
        group: &str,
        short: u32,
        now: u64,
    ) -> Option<GivenUp> {
        let request = self.requests.get(group).copied();
        if short == 0 {
            self.short_since.remove(group);
            if request.is_some() {
                self.requests.remove(group);
                self.backoffs.remove(group);
            }
            return None;
        }
        let expected = if let Some(request) = request {
            request.expected_ns
        } else {
            let since = *self.short_since.entry(group.to_owned()).or_insert(now);
            since + seconds(settings.max_node_provision_seconds)
        };
        if expected >= now {
            return None;
        }
        self.short_since.remove(group);
        if self.requests.remove(group).is_some() {
            self.back_off(group, settings, now);
        }
        Some(GivenUp {
            group: group.to_owned(),
            count: short,
            backs_off_until_ns: request.and_then(|_| self.backs_off_until(group, now)),
        })
    }
}
