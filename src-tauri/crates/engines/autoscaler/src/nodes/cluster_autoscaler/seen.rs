//! What Cluster Autoscaler sees in one pass: groups, nodes, pods. Holds no opinion.

use std::collections::BTreeMap;

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::nodes::{Amounts, Budget, InvalidNodes, NodeRef, Pod, PodRef, TemplateId};

/// A group of equal nodes that its provider can resize.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeGroup {
    /// Its name; no two groups share one.
    pub name: String,
    /// Fewest nodes.
    pub min: u32,
    /// Most nodes.
    pub max: u32,
    /// Its size as the provider has it: nodes that are there, deleted ones until they are gone, and
    /// nodes that were asked for.
    pub target: u32,
    /// What its nodes are made from.
    pub template: TemplateId,
    /// What one of its nodes has.
    pub capacity: Amounts,
    /// What one of its nodes offers to pods.
    pub allocatable: Amounts,
    /// Price of one of its nodes, US dollars per hour; absent where none is known.
    pub price_per_hour: Option<Money>,
    /// For the priority expander; absent where its configuration does not name the group.
    pub priority: Option<i32>,
}

impl NodeGroup {
    /// Whether the group can be worked with.
    ///
    /// # Errors
    /// No name, or a minimum above the maximum.
    pub fn check(&self) -> Result<(), InvalidNodes> {
        InvalidNodes::unless(!self.name.is_empty(), "nodeGroup.name", "\"\"", "a name")?;
        InvalidNodes::unless(
            self.min <= self.max,
            format!("nodeGroup {}.min", self.name),
            self.min,
            format!("at most max, {}", self.max),
        )
    }

    /// Nodes that may still be added.
    pub(super) fn room(&self, target: u32) -> u32 {
        self.max.saturating_sub(target)
    }
}

/// How far a registered node has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NodeState {
    /// Registered and not ready yet for the first time: still an upcoming node.
    Starting,
    /// Ready.
    Ready,
    /// Was ready and is not any more.
    Unready,
}

/// That a node is being removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Deletion {
    /// As one without pods to move.
    Empty,
    /// By draining it first.
    Drain,
}

/// A registered node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number in the placement.
    pub id: NodeRef,
    /// Its name.
    pub name: String,
    /// Its group, by its place in the observation; absent where it is not autoscaled.
    pub group: Option<usize>,
    /// How far it has come.
    pub state: NodeState,
    /// What it offers to pods.
    pub allocatable: Amounts,
    /// `cluster-autoscaler.kubernetes.io/scale-down-disabled: "true"`.
    pub scale_down_disabled: bool,
    /// Whether an earlier pass has begun to remove it.
    pub deletion: Option<Deletion>,
    /// Pods bound to it, daemons too.
    pub pods: Vec<PodRef>,
}

/// One look at the cluster. Whatever is referred to is there: every pod of a node and every pending
/// pod is among the pods, every group and budget by its place.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The time of the pass.
    pub now_ns: u64,
    /// A draw of the caller's seeded generator, for choices that are random in the original.
    pub draw: u64,
    /// The groups.
    pub groups: &'a [NodeGroup],
    /// The registered nodes.
    pub nodes: &'a [Node],
    /// The pods, by number.
    pub pods: &'a BTreeMap<PodRef, Pod>,
    /// Pods that the scheduler found no node for, in the order of the list.
    pub pending: &'a [PodRef],
    /// The PodDisruptionBudgets.
    pub budgets: &'a [Budget],
}

impl Seen<'_> {
    pub(super) fn group(&self, node: &Node) -> Option<&NodeGroup> {
        self.groups.get(node.group?)
    }
}
