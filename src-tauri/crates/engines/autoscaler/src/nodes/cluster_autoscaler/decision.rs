//! What a pass of Cluster Autoscaler wants done, and why; and why it leaves alone what it leaves
//! alone. Data only.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::drain::Blocking;
use crate::nodes::{NodeRef, PodRef};

/// What a pass decided.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Why nothing was decided at all, where too many nodes are unready.
    pub halted: Option<String>,
    /// Nodes that were asked for and are awaited no longer: the caller lowers the group's target.
    pub given_up: Vec<GivenUp>,
    /// The group to enlarge: the caller raises its target and has the nodes made.
    pub scale_up: Option<ScaleUp>,
    /// Pods that no group was enlarged for.
    pub not_helped: Vec<NoScaleUp>,
    /// Pods that need no new node.
    pub waiting: Vec<Waiting>,
    /// Nodes to remove, in this order: the caller closes them to pods, evicts, deletes, and then
    /// lowers the group's target.
    pub removals: Vec<Remove>,
    /// Why each other node stays.
    pub kept: Vec<Kept>,
}

/// That a group is to grow.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaleUp {
    /// Its name.
    pub group: String,
    /// Nodes to add.
    pub count: u32,
    /// Nodes that the pods would have needed; more than `count` where a limit cut it.
    pub wanted: u32,
    /// The pods that asked for it.
    pub pods: Vec<PodRef>,
    /// What else could have been done, this included.
    pub options: Vec<ExpansionOption>,
}

/// A group that could have grown.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpansionOption {
    /// Its name.
    pub group: String,
    /// Nodes that it would have taken.
    pub nodes: u32,
    /// Pods that it would have helped.
    pub pods: u32,
    /// What each expander that looked at it made of it.
    pub scores: Vec<Score>,
    /// Whether it was taken.
    pub chosen: bool,
}

/// What an expander made of an option.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// The expander, as its flag spells it.
    pub expander: &'static str,
    /// The figure it compares; absent where it has none for this option.
    pub value: Option<f64>,
}

/// A pod that nothing was done for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoScaleUp {
    /// The pod.
    pub pod: PodRef,
    /// Why, by group.
    pub groups: Vec<GroupRefusal>,
}

/// Why a group does not help a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupRefusal {
    /// The group's name.
    pub group: String,
    /// Why not.
    pub why: Why,
}

/// Why a group does not help a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "detail")]
pub enum Why {
    /// It has as many nodes as it may have.
    MaxSizeReached,
    /// It rests after a failure, until this time in nanoseconds.
    BackingOff(u64),
    /// Too many of its nodes are missing or unready.
    NotReady,
    /// The scheduler would not put the pod on an empty node of it.
    Refused(String),
    /// It could, and another group was chosen or a limit was reached: a later pass looks again.
    LaterPass,
    /// The cluster has as many nodes as it may have.
    MaxNodesTotalReached,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxSizeReached => f.write_str("max node group size reached"),
            Self::BackingOff(_) => f.write_str("in backoff after failed scale-up"),
            Self::NotReady => f.write_str("not ready for scale-up"),
            Self::Refused(why) => f.write_str(why),
            Self::LaterPass => f.write_str("would fit, left to a later pass"),
            Self::MaxNodesTotalReached => f.write_str("max total nodes in cluster reached"),
        }
    }
}

/// A pending pod that needs no new node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The pod.
    pub pod: PodRef,
    /// For what it waits.
    pub waits_for: WaitsFor,
}

/// For what a pending pod waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "detail")]
pub enum WaitsFor {
    /// The scheduler: it fits on this node.
    Scheduler(NodeRef),
    /// A node of this group that was asked for.
    UpcomingNode(String),
    /// Nothing: its priority is too low to cause a scale-up.
    Nothing,
    /// Its own age, or that of the oldest pod with it, to pass the delay.
    Age,
}

/// Nodes that were asked for and did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GivenUp {
    /// The group's name.
    pub group: String,
    /// How many.
    pub count: u32,
    /// Until when the group rests, nanoseconds; absent where none of them had been asked for.
    pub backs_off_until_ns: Option<u64>,
}

/// That a node is to go.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remove {
    /// The node.
    pub node: NodeRef,
    /// Its group's name.
    pub group: String,
    /// Pods that have to go elsewhere first; none where the node is empty.
    pub pods: Vec<PodRef>,
    /// Daemons that are evicted with them (`daemonset-eviction-for-occupied-nodes`).
    pub daemons: Vec<PodRef>,
    /// Since when it is unneeded, nanoseconds.
    pub unneeded_since_ns: u64,
    /// The larger share of CPU or memory requested.
    pub utilization: f64,
}

/// A node that stays.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The node.
    pub node: NodeRef,
    /// Why.
    pub why: Unremovable,
}

/// Why a node stays: `UnremovableReason` of `simulator/cluster.go`, and what holds for all nodes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "detail")]
pub enum Unremovable {
    /// Its annotation says so.
    ScaleDownDisabledAnnotation,
    /// It is of no group.
    NotAutoscaled,
    /// Its group has no more nodes than it has to.
    NodeGroupMinSizeReached,
    /// It is being removed already.
    CurrentlyBeingDeleted,
    /// It has not been ready yet.
    Starting,
    /// The share that is requested of it is not below the threshold.
    NotUnderutilized(f64),
    /// It could not be emptied a short time ago, and is looked at again after this time in
    /// nanoseconds.
    RecentlyUnremovable(u64),
    /// A pod on it must not be moved.
    BlockedByPod(PodRef, Blocking),
    /// Not all its pods have a place elsewhere; this one has none.
    NoPlaceToMovePods(PodRef),
    /// There are more unneeded nodes already than can be removed for a while.
    NotLookedAt,
    /// It is unneeded, and since this time in nanoseconds: not long enough.
    NotUnneededLongEnough(u64),
    /// The same for an unready node.
    NotUnreadyLongEnough(u64),
    /// It is unneeded, and nothing is removed before this time in nanoseconds.
    Cooldown(u64),
    /// It is unneeded, and nothing is removed while pods wait that have just come.
    PodsJustCame,
    /// It is unneeded, and as many nodes as may be are being removed.
    ParallelismReached,
}
