//! Why nodes were rejected, counted without a string.

use crate::constraints::Standing;
use crate::outlook::Rejection;
use crate::plugins::inter_pod_affinity::filter::Refusal;
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
    /// The profile's own node affinity does not match.
    NotEnforced,
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
    /// A disk is in use on the node in a way that excludes the pod.
    DiskConflict,
    /// Another pod uses a claim that one pod may use at a time.
    ClaimInUse,
    /// The node has as many volumes attached as it may.
    TooManyVolumes,
    /// A claim of the pod cannot be used by any node now.
    ClaimUnusable,
    /// A volume is not reachable from the node.
    VolumeElsewhere,
    /// A claim is bound to a volume that does not exist.
    VolumeMissing,
    /// No volume can be bound or provisioned for the node.
    NoVolumeToBind,
    /// The zone labels of a volume name another zone.
    VolumeZoneConflict,
    /// The node lacks the label of a spread constraint.
    NoTopologyLabel,
    /// A spread constraint would be skewed too much.
    Skewed,
    /// No pod that the pod has to be near is there.
    NotNear,
    /// A pod is there that the pod has to be apart from.
    NotApart,
    /// A pod is there that has to be apart from the pod.
    Unwelcome,
}

impl Reason {
    const ALL: [Self; 26] = [
        Self::Gated,
        Self::AffinityConflict,
        Self::OtherNodeNamed,
        Self::Unschedulable,
        Self::UntoleratedTaint,
        Self::NotEnforced,
        Self::AffinityMismatch,
        Self::PortsTaken,
        Self::TooManyPods,
        Self::InsufficientCpu,
        Self::InsufficientMemory,
        Self::InsufficientEphemeralStorage,
        Self::InsufficientScalar,
        Self::DiskConflict,
        Self::ClaimInUse,
        Self::TooManyVolumes,
        Self::ClaimUnusable,
        Self::VolumeElsewhere,
        Self::VolumeMissing,
        Self::NoVolumeToBind,
        Self::VolumeZoneConflict,
        Self::NoTopologyLabel,
        Self::Skewed,
        Self::NotNear,
        Self::NotApart,
        Self::Unwelcome,
    ];

    /// The plugin that gives this reason.
    pub fn plugin(self) -> Plugin {
        match self {
            Self::Gated => Plugin::SchedulingGates,
            Self::Unschedulable => Plugin::NodeUnschedulable,
            Self::UntoleratedTaint => Plugin::TaintToleration,
            Self::AffinityConflict
            | Self::OtherNodeNamed
            | Self::NotEnforced
            | Self::AffinityMismatch => Plugin::NodeAffinity,
            Self::PortsTaken => Plugin::NodePorts,
            Self::TooManyPods
            | Self::InsufficientCpu
            | Self::InsufficientMemory
            | Self::InsufficientEphemeralStorage
            | Self::InsufficientScalar => Plugin::NodeResourcesFit,
            Self::DiskConflict | Self::ClaimInUse => Plugin::VolumeRestrictions,
            Self::TooManyVolumes => Plugin::NodeVolumeLimits,
            Self::ClaimUnusable
            | Self::VolumeElsewhere
            | Self::VolumeMissing
            | Self::NoVolumeToBind => Plugin::VolumeBinding,
            Self::VolumeZoneConflict => Plugin::VolumeZone,
            Self::NoTopologyLabel | Self::Skewed => Plugin::PodTopologySpread,
            Self::NotNear | Self::NotApart | Self::Unwelcome => Plugin::InterPodAffinity,
        }
    }

    /// The reason of a rejection; of a shortage there are several.
    pub(crate) fn of(rejection: Rejection) -> Option<Self> {
        Some(match rejection {
            Rejection::Gated => Self::Gated,
            Rejection::Claims => Self::ClaimUnusable,
            Rejection::Standing(Standing::Pass | Standing::Gone) | Rejection::Resources(_) => {
                return None;
            }
            Rejection::Standing(Standing::Conflict) => Self::AffinityConflict,
            Rejection::Standing(Standing::Excluded) => Self::OtherNodeNamed,
            Rejection::Standing(Standing::Unschedulable) => Self::Unschedulable,
            Rejection::Standing(Standing::UntoleratedTaint) => Self::UntoleratedTaint,
            Rejection::Standing(Standing::NotEnforced) => Self::NotEnforced,
            Rejection::Standing(Standing::Mismatch) => Self::AffinityMismatch,
            Rejection::Ports => Self::PortsTaken,
            Rejection::Volume(fault) => fault.kind(),
            Rejection::NoTopologyLabel => Self::NoTopologyLabel,
            Rejection::Skewed => Self::Skewed,
            Rejection::Affinity(Refusal::NotNear) => Self::NotNear,
            Rejection::Affinity(Refusal::NotApart) => Self::NotApart,
            Rejection::Affinity(Refusal::Unwelcome) => Self::Unwelcome,
        })
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
