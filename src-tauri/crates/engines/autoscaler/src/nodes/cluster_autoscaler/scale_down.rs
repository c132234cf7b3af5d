//! Which nodes are not needed, since when, and which of them go now, after
//! `core/scaledown/planner`, `unneeded`, `eligibility` and `budgets`.

use std::collections::BTreeMap;

use super::decision::{Kept, Outcome, Remove, Unremovable};
use super::memory::Memory;
use super::registry::Registry;
use super::removal::{Removable, Removals, load};
use super::seen::{Deletion, Node, NodeState, Seen};
use super::settings::Settings;
use super::snapshot::Snapshot;
use super::utilization::utilization;
use crate::nodes::{NodeRef, Placement, seconds};

/// The pass of one scale-down.
pub(super) struct Pass<'a> {
    pub settings: &'a Settings,
    pub seen: &'a Seen<'a>,
    pub registry: &'a Registry,
    /// Whether pods have come so shortly before that nothing is removed yet.
    pub pods_just_came: bool,
}

impl<'a> Pass<'a> {
    /// Brings the unneeded nodes up to date, and removes what may go.
    pub fn run<P: Placement>(
        &self,
        memory: &mut Memory,
        snapshot: &mut Snapshot<P>,
        outcome: &mut Outcome,
    ) {
        let mut kept = BTreeMap::new();
        let unneeded = self.find(memory, snapshot, &mut kept);
        let now = self.seen.now_ns;
        memory.unneeded = unneeded
            .iter()
            .map(|found| {
                let since = memory.unneeded_since(found.node.id).unwrap_or(now);
                (found.node.id, since)
            })
            .collect();
        let cooldown = memory.cooldown(self.settings, now);
        if cooldown.is_some() || self.pods_just_came {
            let why = cooldown.map_or(Unremovable::PodsJustCame, Unremovable::Cooldown);
            for found in unneeded {
                kept.insert(found.node.id, why.clone());
            }
        } else {
            outcome.removals = self.choose(memory, unneeded, &mut kept);
            if !outcome.removals.is_empty() {
                memory.last_removal_ns = Some(now);
            }
        }
        let ids: BTreeMap<NodeRef, Unremovable> = kept;
        for node in self.in_name_order() {
            if let Some(why) = ids.get(&node.id) {
                outcome.kept.push(Kept {
                    node: node.id,
                    why: why.clone(),
                });
            }
        }
    }

    fn in_name_order(&self) -> Vec<&'a Node> {
        let mut nodes: Vec<&Node> = self.seen.nodes.iter().collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes
    }

    /// Nodes that could all go together, in the order in which they would.
    fn find<P: Placement>(
        &self,
        memory: &mut Memory,
        snapshot: &mut Snapshot<P>,
        kept: &mut BTreeMap<NodeRef, Unremovable>,
    ) -> Vec<Removable<'a>> {
        let now = self.seen.now_ns;
        memory.recheck.retain(|_, &mut until| until > now);
        let allowed: Vec<i32> = self
            .seen
            .budgets
            .iter()
            .map(|budget| budget.disruptions_allowed)
            .collect();
        let mut candidates = Vec::new();
        for node in self.in_name_order() {
            match self.ineligible(node, memory) {
                Some(why) => {
                    kept.insert(node.id, why);
                }
                None => candidates.push(node),
            }
        }
        // Empty nodes first, then those that were unneeded before, so that their time runs on.
        let unblocked = vec![i32::MAX; allowed.len()];
        candidates.sort_by_cached_key(|node| {
            let load = load(node, &unblocked, self.settings, self.seen);
            let is_empty = load.is_ok_and(|load| load.pods.is_empty());
            (!is_empty, !memory.unneeded.contains_key(&node.id))
        });
        let most = self.most_unneeded(memory.unneeded.len());
        let mut removals = Removals {
            trial: &mut snapshot.trial,
            destinations: snapshot.destinations.clone(),
            allowed,
            settings: self.settings,
            seen: self.seen,
        };
        let mut found = Vec::new();
        for node in candidates {
            if found.len() >= most {
                kept.insert(node.id, Unremovable::NotLookedAt);
                continue;
            }
            match removals.empty(node) {
                Ok(removable) => found.push(removable),
                Err(why) => {
                    let until = now + seconds(self.settings.unremovable_recheck_seconds);
                    memory.recheck.insert(node.id, until);
                    kept.insert(node.id, why);
                }
            }
        }
        found
    }

    /// Why a node is not even looked at.
    fn ineligible(&self, node: &Node, memory: &Memory) -> Option<Unremovable> {
        let Some(group) = self.seen.group(node) else {
            return Some(Unremovable::NotAutoscaled);
        };
        let target = node.group.map_or(0, |group| self.registry.targets[group]);
        let used = utilization(node, self.seen, self.settings);
        if node.deletion.is_some() {
            Some(Unremovable::CurrentlyBeingDeleted)
        } else if node.state == NodeState::Starting {
            Some(Unremovable::Starting)
        } else if target <= group.min {
            Some(Unremovable::NodeGroupMinSizeReached)
        } else if let Some(&until) = memory.recheck.get(&node.id) {
            Some(Unremovable::RecentlyUnremovable(until))
        } else if node.scale_down_disabled {
            Some(Unremovable::ScaleDownDisabledAnnotation)
        } else if used >= self.settings.utilization_threshold {
            Some(Unremovable::NotUnderutilized(used))
        } else {
            None
        }
    }

    /// Unneeded nodes after which more are not looked for (`unneededNodesLimit`): what can be removed
    /// in this pass and the next beyond those known, and never more than can be in the whole time.
    fn most_unneeded(&self, known: usize) -> usize {
        let at_once = self.settings.max_scale_down_parallelism as usize;
        let interval = self.settings.scan_interval_seconds.max(1);
        let passes = self.settings.unneeded_seconds.max(interval) / interval;
        (known + 2 * at_once).min(at_once * passes as usize + at_once)
    }

    /// Of the unneeded nodes those that go now: empty ones first, then drains.
    fn choose(
        &self,
        memory: &Memory,
        unneeded: Vec<Removable<'a>>,
        kept: &mut BTreeMap<NodeRef, Unremovable>,
    ) -> Vec<Remove> {
        let mut sizes = self.registry.targets.clone();
        let under_way = |deletion| {
            let nodes = self.seen.nodes.iter();
            nodes.filter(|node| node.deletion == Some(deletion)).count()
        };
        let (empty_under_way, drains_under_way) =
            (under_way(Deletion::Empty), under_way(Deletion::Drain));
        for node in self
            .seen
            .nodes
            .iter()
            .filter(|node| node.deletion.is_some())
        {
            if let Some(group) = node.group {
                sizes[group] = sizes[group].saturating_sub(1);
            }
        }
        let (mut empty, mut drained): (Vec<_>, Vec<_>) = unneeded
            .into_iter()
            .partition(|found| found.pods.is_empty());
        drained.sort_by_key(|found| found.risky);
        empty.retain(|found| self.may_go(found, memory, &mut sizes, kept));
        drained.retain(|found| self.may_go(found, memory, &mut sizes, kept));

        let mut at_once = (self.settings.max_scale_down_parallelism as usize)
            .saturating_sub(empty_under_way + drains_under_way);
        let drains =
            (self.settings.max_drain_parallelism as usize).saturating_sub(drains_under_way);
        let mut removals = Vec::new();
        for (found, most) in [(empty, at_once), (drained, drains)] {
            let most = most.min(at_once);
            for (at, found) in found.into_iter().enumerate() {
                if at >= most {
                    kept.insert(found.node.id, Unremovable::ParallelismReached);
                } else {
                    removals.push(self.remove(found, memory));
                    at_once -= 1;
                }
            }
        }
        removals
    }

    /// Whether a node has been unneeded long enough and its group can spare it; counts it out of the
    /// group then.
    fn may_go(
        &self,
        found: &Removable<'_>,
        memory: &Memory,
        sizes: &mut [u32],
        kept: &mut BTreeMap<NodeRef, Unremovable>,
    ) -> bool {
        let node = found.node;
        let now = self.seen.now_ns;
        let since = memory.unneeded_since(node.id).unwrap_or(now);
        let (delay, too_short) = if node.state == NodeState::Ready {
            let why = Unremovable::NotUnneededLongEnough(since);
            (self.settings.unneeded_seconds, why)
        } else {
            let why = Unremovable::NotUnreadyLongEnough(since);
            (self.settings.unready_seconds, why)
        };
        // Longer than that, not just as long.
        if since + seconds(delay) >= now {
            kept.insert(node.id, too_short);
            return false;
        }
        let Some(group) = node.group else {
            return false;
        };
        if sizes[group] <= self.seen.groups[group].min {
            kept.insert(node.id, Unremovable::NodeGroupMinSizeReached);
            return false;
        }
        sizes[group] -= 1;
        true
    }

    fn remove(&self, found: Removable<'_>, memory: &Memory) -> Remove {
        let node = found.node;
        let group = self.seen.group(node);
        Remove {
            node: node.id,
            group: group.map(|group| group.name.clone()).unwrap_or_default(),
            daemons: if found.pods.is_empty() {
                Vec::new()
            } else {
                found.daemons
            },
            pods: found.pods,
            unneeded_since_ns: memory.unneeded_since(node.id).unwrap_or(self.seen.now_ns),
            utilization: utilization(node, self.seen, self.settings),
        }
    }
}
