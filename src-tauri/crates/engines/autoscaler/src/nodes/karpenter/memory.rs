//! What Karpenter remembers: the batching window, nodes meant for pods, commands under way. Decides
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Command, CommandId, Kept, Method};
use super::fingerprint::Settled;
use super::seen::{ClaimId, Node, Seen};
use super::settings::Settings;
use crate::nodes::{NodeRef, PodRef, seconds};

/// State carried from look to look; starts as `Memory::default()`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    window: Option<Window>,
    claims: u64,
    commands: u64,
    /// Until when nodes are spared, since pods are meant for them.
    pub(super) nominated: BTreeMap<NodeKey, u64>,
    /// Commands that wait for their replacements, with the time they began.
    pub(super) active: Vec<(Command, u64)>,
    pub(super) validating: Option<Validating>,
    pub(super) settled: Option<Settled>,
    pub(super) kept: Vec<Kept>,
}

/// A batching window.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    first_ns: u64,
    last_ns: u64,
    pods: BTreeSet<PodRef>,
}

/// A node through its life, from launch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeKey {
    Claim(ClaimId),
    Node(NodeRef),
}

impl NodeKey {
    pub fn of(node: &Node) -> Option<Self> {
        let claim = node.claim.map(Self::Claim);
        claim.or(node.id.map(Self::Node))
    }
}

/// A command that was found and has to be found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validating {
    pub method: Method,
    pub nodes: Vec<NodeRef>,
    /// The replacement: its pool, the offer that was chosen, and all that were cheap enough.
    pub replacement: Option<(usize, usize, Vec<usize>)>,
    pub due_ns: u64,
}

impl Memory {
    /// A pod was found to need a node, or still needs one: opens the batching window, or keeps it
    /// open. The same pod does so once in a window (`provisioning/batcher.go`). Karpenter does this
    /// when a pod turns unschedulable and every 10 s while it stays so, and as often for the pods of
    /// nodes on their way out, see [`Memory::displaced`].
    pub fn trigger(&mut self, pod: PodRef, now_ns: u64) {
        let window = self.window.get_or_insert_with(|| Window {
            first_ns: now_ns,
            last_ns: now_ns,
            pods: BTreeSet::new(),
        });
        if window.pods.insert(pod) {
            window.last_ns = now_ns;
        }
    }

    /// When the batching window ends, where one is open; [`super::provision`] is due then.
    pub fn batch_ends_ns(&self, settings: &Settings) -> Option<u64> {
        let window = self.window.as_ref()?;
        let idle = window.last_ns + seconds(settings.batch_idle_seconds);
        Some(idle.min(window.first_ns + seconds(settings.batch_max_seconds)))
    }

    pub(super) fn close_window(&mut self) {
        self.window = None;
    }

    /// Commands that wait for their replacements.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.active.iter().map(|(command, _)| command)
    }

    pub(super) fn next_claim(&mut self) -> ClaimId {
        self.claims += 1;
        ClaimId(self.claims)
    }

    pub(super) fn next_command(&mut self) -> CommandId {
        self.commands += 1;
        CommandId(self.commands)
    }

    pub(super) fn is_nominated(&self, node: &Node, now_ns: u64) -> bool {
        let until = NodeKey::of(node).and_then(|key| self.nominated.get(&key));
        until.is_some_and(|&until| until > now_ns)
    }

    /// Spares nodes that pods are meant for.
    pub(super) fn nominate(
        &mut self,
        nodes: impl IntoIterator<Item = NodeKey>,
        settings: &Settings,
        now_ns: u64,
    ) {
        self.nominated.retain(|_, &mut until| until > now_ns);
        let until = now_ns + seconds(settings.nomination_seconds());
        self.nominated
            .extend(nodes.into_iter().map(|node| (node, until)));
    }

    /// Pods on nodes that are being deleted, or will be once their replacements are up: they need
    /// [`Memory::trigger`] every 10 s as pending ones do, so that the nodes they are meant for are
    /// spared.
    pub fn displaced(&self, seen: &Seen<'_>) -> Vec<PodRef> {
        let leaving = seen.nodes.iter().filter(|node| self.is_leaving(node));
        leaving.flat_map(|node| seen.reschedulable(node)).collect()
    }

    /// Whether the node is being deleted, or will be once its replacement is up.
    pub(super) fn is_leaving(&self, node: &Node) -> bool {
        node.deleting
            || node
                .id
                .is_some_and(|id| self.commands().any(|command| command.nodes.contains(&id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// Pods that come at these milliseconds -> the millisecond at which the window ends.
    fn check(triggers: &[(u64, u64)], expect: Option<u64>) {
        let mut memory = Memory::default();
        for &(pod, at_ms) in triggers {
            memory.trigger(PodRef(pod), at_ms * MS);
        }
        let ends = memory.batch_ends_ns(&Settings::default());
        assert_eq!(ends.map(|ns| ns / MS), expect, "{triggers:?}");
    }

    #[test]
    fn windows_end_idle_or_after_ten_seconds() {
        check(&[], None);
        check(&[(1, 0)], Some(1000));
        check(&[(1, 0), (2, 900)], Some(1900));
        let steady: Vec<(u64, u64)> = (0..20).map(|at| (at, at * 900)).collect();
        check(&steady, Some(10_000));
        // The same pod again does not keep it open.
        check(&[(1, 0), (1, 900)], Some(1000));
    }

    #[test]
    fn nominations_last_twice_the_longest_batch() {
        let seconds = |batch_max_seconds| {
            Settings {
                batch_max_seconds,
                ..Settings::default()
            }
            .nomination_seconds()
        };
        assert_eq!((seconds(10), seconds(3)), (20, 10));
    }
}
