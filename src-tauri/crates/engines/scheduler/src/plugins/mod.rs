//! One small file a plugin. This module names them; it never decides.

pub(crate) mod balanced_allocation;
pub(crate) mod image_locality;
pub(crate) mod inter_pod_affinity;
pub(crate) mod node_affinity;
pub(crate) mod node_ports;
pub(crate) mod node_resources_fit;
pub(crate) mod node_unschedulable;
pub(crate) mod node_volume_limits;
pub(crate) mod pod_topology_spread;
pub(crate) mod taint_toleration;
pub(crate) mod volume_binding;
pub(crate) mod volume_restrictions;
pub(crate) mod volume_zone;

/// The highest score a plugin gives a node before its weight.
pub(crate) const MAX_NODE_SCORE: i64 = 100;

/// A plugin of kube-scheduler that this crate judges with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
pub enum Plugin {
    /// Holds a pod back until its scheduling gates are gone.
    SchedulingGates,
    /// Filters cordoned nodes.
    NodeUnschedulable,
    /// Filters by NoSchedule and NoExecute taints, scores by PreferNoSchedule taints.
    TaintToleration,
    /// Filters by nodeSelector and required node affinity, scores by preferred node affinity.
    NodeAffinity,
    /// Filters by host ports in use.
    NodePorts,
    /// Filters by resources left, scores by the profile's strategy.
    NodeResourcesFit,
    /// Filters disks that cannot be shared, and claims that one pod may use at a time.
    VolumeRestrictions,
    /// Filters nodes that have as many volumes of a driver attached as they may.
    NodeVolumeLimits,
    /// Filters by where the pod's claims are or can be bound.
    VolumeBinding,
    /// Filters by the zone labels of the pod's volumes.
    VolumeZone,
    /// Keeps matching pods even between domains.
    PodTopologySpread,
    /// Pods near or apart from other pods.
    InterPodAffinity,
    /// Scores by how even cpu and memory use would be.
    NodeResourcesBalancedAllocation,
    /// Scores by images already on the node.
    ImageLocality,
    /// Evicts pods of lower priority.
    DefaultPreemption,
}

impl Plugin {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Every plugin, filters first and in the order in which they are asked.
    pub const ALL: [Self; 15] = [
        Self::SchedulingGates,
        Self::NodeUnschedulable,
        Self::TaintToleration,
        Self::NodeAffinity,
        Self::NodePorts,
        Self::NodeResourcesFit,
        Self::VolumeRestrictions,
        Self::NodeVolumeLimits,
        Self::VolumeBinding,
        Self::VolumeZone,
        Self::PodTopologySpread,
        Self::InterPodAffinity,
        Self::NodeResourcesBalancedAllocation,
        Self::ImageLocality,
        Self::DefaultPreemption,
    ];

    /// The plugin of this name in kube-scheduler.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plugin| plugin.name() == name)
    }

    /// The plugin's name in kube-scheduler.
    pub fn name(self) -> &'static str {
        match self {
            Self::SchedulingGates => "SchedulingGates",
            Self::NodeUnschedulable => "NodeUnschedulable",
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
            Self::VolumeRestrictions => "VolumeRestrictions",
            Self::NodeVolumeLimits => "NodeVolumeLimits",
            Self::VolumeBinding => "VolumeBinding",
            Self::VolumeZone => "VolumeZone",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::DefaultPreemption => "DefaultPreemption",
        }
    }
}

/// Whether evicting pods could change a rejection.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
pub enum Code {
    /// Evicting pods from the node may help.
    Unschedulable,
    /// Evicting pods from the node does not help.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// The code's name in kube-scheduler.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unschedulable => "Unschedulable",
            Self::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// `helper.DefaultNormalizeScore`: to 0..=100 of the largest, turned round where less is better.
pub(crate) fn normalise(score: i64, max: i64, reverse: bool) -> i64 {
    let scaled = if max == 0 {
        0
    } else {
        MAX_NODE_SCORE * score / max
    };
    if reverse {
        MAX_NODE_SCORE - scaled
    } else {
        scaled
    }
}
