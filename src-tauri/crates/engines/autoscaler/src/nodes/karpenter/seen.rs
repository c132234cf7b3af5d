//! What Karpenter sees: pools, nodes, pods. Holds no opinion.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::pool::{NodePool, Offer};
use crate::nodes::{Amounts, Budget, NodeRef, Pod, PodRef};

/// A launch, by the number that [`super::Memory`] gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ClaimId(pub u64);

/// A node, or a launch that has not become one yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number in the placement; absent until it is registered.
    pub id: Option<NodeRef>,
    /// Its name, or that of its launch.
    pub name: String,
    /// Its pool, by its place in the observation; absent for a node that Karpenter does not manage.
    pub pool: Option<usize>,
    /// What it is, by its place among the pool's offers; absent where none is like it any more.
    pub offer: Option<usize>,
    /// The launch it comes from, where there was one.
    pub claim: Option<ClaimId>,
    /// What its machine has.
    pub capacity: Amounts,
    /// When it was launched.
    pub created_ns: u64,
    /// When it was up with everything it needs; absent before.
    pub initialized_ns: Option<u64>,
    /// Whether it is ready now.
    pub ready: bool,
    /// When a pod that is no daemon was last bound to it or went from it.
    pub last_pod_event_ns: Option<u64>,
    /// Since when it is not as its pool would make it, where it is not.
    pub drifted_ns: Option<u64>,
    /// `karpenter.sh/do-not-disrupt: "true"` on the node.
    pub do_not_disrupt: bool,
    /// Whether it is being drained and deleted.
    pub deleting: bool,
    /// Pods bound to it, daemons too.
    pub pods: Vec<PodRef>,
}

impl Node {
    /// Whether it is up; what Karpenter does not manage is taken to be.
    pub(super) fn is_up(&self) -> bool {
        self.pool.is_none() || self.initialized_ns.is_some()
    }
}

/// One look at the cluster. Whatever is referred to is there: every pod of a node and every pending
/// pod is among the pods, every pool, offer and budget by its place. Launches are listed from the
/// moment they were decided until they failed or their node is gone.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The time of the look.
    pub now_ns: u64,
    /// The pools.
    pub pools: &'a [NodePool],
    /// The nodes and launches.
    pub nodes: &'a [Node],
    /// The pods, by number.
    pub pods: &'a BTreeMap<PodRef, Pod>,
    /// Pods that the scheduler found no node for.
    pub pending: &'a [PodRef],
    /// The PodDisruptionBudgets.
    pub budgets: &'a [Budget],
}

impl Seen<'_> {
    pub(super) fn offer(&self, node: &Node) -> Option<&Offer> {
        self.pools.get(node.pool?)?.offers.get(node.offer?)
    }

    /// Pods of a node that something makes anew elsewhere (`IsReschedulable`): those that run, and
    /// those of a StatefulSet that are about to go, since they come back.
    pub(super) fn reschedulable(&self, node: &Node) -> Vec<PodRef> {
        let comes_back = |pod: &Pod| {
            let returns = pod.owner == crate::nodes::Owner::StatefulSet && pod.deleted_ns.is_some();
            (pod.is_active() || returns) && !pod.is_daemon() && !pod.is_mirror()
        };
        let pods = node.pods.iter().copied();
        pods.filter(|pod| comes_back(&self.pods[pod])).collect()
    }

    /// Pending pods that need a node (`IsProvisionable`).
    pub(super) fn provisionable(&self) -> Vec<PodRef> {
        let needs_one = |pod: &PodRef| {
            let pod = &self.pods[pod];
            !pod.is_daemon() && !pod.is_mirror() && !pod.finished
        };
        self.pending.iter().copied().filter(needs_one).collect()
    }
}
