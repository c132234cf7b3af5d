//! Why nodes were rejected, counted without a string.

use crate::constraints::Standing;
use crate::plugins::node_resources_fit::{Shortage, is_native};
use crate::plugins::{Code, Plugin};
use crate::resource::{CPU, MEMORY};

/// A kind of reason, in the order in which the filters are asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The pod waits for its scheduling gates.
    Gated,
    /// The required terms name nodes that contradict each other.
    AffinityConflict,
    /// The required terms name other nodes.
    OtherNodeNamed,
    /// The node is cordoned.
    Unschedulable,
    /// A taint is not tolerated.
    UntoleratedTaint,
    /// nodeSelector or required node affinity does not match.
    AffinityMismatch,
    /// A host port is taken.
    PortsTaken,
    /// The node holds as many pods as it may.
    TooManyPods,
    /// Cpu is short.
    InsufficientCpu,
    /// Memory is short.
    InsufficientMemory,
    /// Ephemeral storage is short.
    InsufficientEphemeralStorage,
    /// An extended resource, huge pages or the like is short.
    InsufficientScalar,
}

impl Reason {
    const ALL: [Self; 12] = [
        Self::Gated,
        Self::AffinityConflict,
        Self::OtherNodeNamed,
        Self::Unschedulable,
        Self::UntoleratedTaint,
        Self::AffinityMismatch,
        Self::PortsTaken,
        Self::TooManyPods,
        Self::InsufficientCpu,
        Self::InsufficientMemory,
        Self::InsufficientEphemeralStorage,
        Self::InsufficientScalar,
    ];

    /// The plugin that gives this reason.
    pub fn plugin(self) -> Plugin {
        match self {
            Self::Gated => Plugin::SchedulingGates,
            Self::Unschedulable => Plugin::NodeUnschedulable,
            Self::UntoleratedTaint => Plugin::TaintToleration,
            Self::AffinityConflict | Self::OtherNodeNamed | Self::AffinityMismatch => {
                Plugin::NodeAffinity
            }
            Self::PortsTaken => Plugin::NodePorts,
            Self::TooManyPods
            | Self::InsufficientCpu
            | Self::InsufficientMemory
            | Self::InsufficientEphemeralStorage
            | Self::InsufficientScalar => Plugin::NodeResourcesFit,
        }
    }

    pub(crate) fn of_standing(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Pass | Standing::Gone => None,
            Standing::Conflict => Some(Self::AffinityConflict),
            Standing::Excluded => Some(Self::OtherNodeNamed),
            Standing::Unschedulable => Some(Self::Unschedulable),
            Standing::UntoleratedTaint => Some(Self::UntoleratedTaint),
            Standing::Mismatch => Some(Self::AffinityMismatch),
        }
    }

    pub(crate) fn of_shortage(shortage: Shortage) -> Self {
        match shortage {
            Shortage::Pods => Self::TooManyPods,
            Shortage::Resource { resource: CPU, .. } => Self::InsufficientCpu,
            Shortage::Resource {
                resource: MEMORY, ..
            } => Self::InsufficientMemory,
            Shortage::Resource { resource, .. } if is_native(resource) => {
                Self::InsufficientEphemeralStorage
            }
            Shortage::Resource { .. } => Self::InsufficientScalar,
        }
    }
}

/// Nodes by reason and code. A node that is short of several resources counts under each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejections {
    /// Nodes that were looked at, all of them rejected.
    pub nodes: u32,
    counts: [[u32; 2]; Reason::ALL.len()],
}

impl Rejections {
    pub(crate) fn add(&mut self, reason: Reason, code: Code) {
        self.counts[reason as usize][code as usize] += 1;
    }

    /// The reasons that occur, with their plugin, code and number of nodes, in the order of the filters.
    pub fn iter(&self) -> impl Iterator<Item = (Plugin, Code, Reason, u32)> {
        Reason::ALL.into_iter().flat_map(move |reason| {
            [Code::Unschedulable, Code::UnschedulableAndUnresolvable]
                .into_iter()
                .filter_map(move |code| {
                    let nodes = self.counts[reason as usize][code as usize];
                    (nodes > 0).then_some((reason.plugin(), code, reason, nodes))
                })
        })
    }
}
