//! What Karpenter wants done, and why; and why it leaves nodes alone. Data only.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::Serialize;

use super::pool::{CapacityType, Reason};
use super::seen::ClaimId;
use crate::nodes::{NodeRef, PodRef};

/// A node to launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Launch {
    /// Its number; the node that comes of it is listed with it.
    pub claim: ClaimId,
    /// The pool's place in the observation.
    pub pool: usize,
    /// The place of the offer among the pool's.
    pub offer: usize,
    /// The machine type.
    pub instance_type: String,
    /// Where.
    pub zone: String,
    /// How it is paid for.
    pub capacity_type: CapacityType,
    /// US dollars per hour.
    pub price_per_hour: Money,
    /// The pods that it is for.
    pub pods: Vec<PodRef>,
    /// Offers that were large enough for these pods.
    pub options: u32,
}

/// A pod that is expected on a node that is there or on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Nominated {
    /// The pod.
    pub pod: PodRef,
    /// The node's name.
    pub node: String,
}

/// A pod that no node can be found or made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unplaced {
    /// The pod.
    pub pod: PodRef,
    /// Why, pool by pool.
    pub why: String,
}

/// What a batch came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provisioned {
    /// Nodes to launch.
    pub launches: Vec<Launch>,
    /// Pods that need none.
    pub nominated: Vec<Nominated>,
    /// Pods that cannot be helped.
    pub unplaced: Vec<Unplaced>,
}

/// A way of disrupting nodes, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// All empty nodes at once.
    Emptiness,
    /// One node that is not as its pool would make it, with as many replacements as it takes.
    Drift,
    /// As many nodes as can go for at most one cheaper one.
    MultiNode,
    /// One node, for at most one cheaper one.
    SingleNode,
}

impl Method {
    /// The order of `NewMethods` in `disruption/controller.go`.
    pub const ALL: [Self; 4] = [
        Self::Emptiness,
        Self::Drift,
        Self::MultiNode,
        Self::SingleNode,
    ];

    /// The reason that budgets know it by.
    pub fn reason(self) -> Reason {
        match self {
            Self::Emptiness => Reason::Empty,
            Self::Drift => Reason::Drifted,
            Self::MultiNode | Self::SingleNode => Reason::Underutilized,
        }
    }
}

/// A command, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct CommandId(pub u64);

/// Nodes that are to go: they are closed to pods at once, and deleted when their replacements are up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// Its number.
    pub id: CommandId,
    /// How it was found.
    pub method: Method,
    /// The nodes.
    pub nodes: Vec<NodeRef>,
    /// What is launched in their place.
    pub replacements: Vec<Launch>,
    /// The pods that have to move.
    pub pods: Vec<PodRef>,
    /// Price of the nodes, US dollars per hour.
    pub price_before: Money,
    /// Price of the replacements, US dollars per hour.
    pub price_after: Money,
}

/// Nodes to drain and delete now: the next look has them as being deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Terminate {
    /// The command they are of.
    pub command: CommandId,
    /// The nodes.
    pub nodes: Vec<NodeRef>,
}

/// A command that is undone: its nodes are opened to pods again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolledBack {
    /// The command.
    pub command: CommandId,
    /// Its nodes.
    pub nodes: Vec<NodeRef>,
    /// Why.
    pub why: String,
}

/// A command that was found and could not be found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Abandoned {
    /// How it was found.
    pub method: Method,
    /// The nodes.
    pub nodes: Vec<NodeRef>,
    /// What had changed.
    pub why: String,
}

/// What a look for nodes to disrupt came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disrupted {
    /// Commands to begin.
    pub started: Vec<Command>,
    /// Nodes to drain and delete.
    pub terminate: Vec<Terminate>,
    /// Commands to undo.
    pub rolled_back: Vec<RolledBack>,
    /// Commands that come to nothing.
    pub abandoned: Vec<Abandoned>,
    /// Nodes that are too old: drained and deleted whatever budgets say, and had as such from now.
    pub expired: Vec<NodeRef>,
    /// Launches that took too long: deleted.
    pub given_up: Vec<ClaimId>,
    /// Why each other node stays.
    pub kept: Vec<Kept>,
    /// When to look again, nanoseconds; now where something was begun.
    pub next_ns: u64,
}

/// A node that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The node.
    pub node: NodeRef,
    /// Why.
    pub why: Why,
}

/// Why a node stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "detail")]
pub enum Why {
    /// It is of no pool.
    NotManaged,
    /// It is not up yet.
    NotInitialized,
    /// It is on its way out.
    Leaving,
    /// A pending pod is meant for it.
    Nominated,
    /// Its annotation says so.
    DoNotDisrupt,
    /// The annotation of this pod says so.
    PodDoNotDisrupt(PodRef),
    /// A budget, by its name, lets none of its pods go.
    PodBudget(String),
    /// Two budgets select this pod, which eviction does not support.
    SeveralPodBudgets(PodRef),
    /// No offer is like it.
    UnknownOffer,
    /// Its pool is not consolidated.
    ConsolidationDisabled,
    /// Its pool is consolidated only where empty.
    ConsolidatedWhenEmpty,
    /// A pod came or went a short time ago; consolidated from this time in nanoseconds on.
    TooEarly(u64),
    /// The budget of its pool is used up.
    PoolBudget,
    /// This pod has no place elsewhere, and why.
    NoPlace(PodRef, String),
    /// This pod would go to a node that is not up yet.
    OnlyOnANodeNotUp(PodRef),
    /// It would take so many nodes in its place.
    NeedsNodes(u32),
    /// It would take a spot node in the place of a spot node.
    SpotToSpot,
    /// Whatever could take its place costs as much.
    NothingCheaper,
    /// A command with it waits to be found again.
    Validating,
}
