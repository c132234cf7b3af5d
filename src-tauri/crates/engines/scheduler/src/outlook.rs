//! What a pod finds in the cluster: everything its filters need that is not a matter of one node alone, prepared once,
//! and the verdict on a node from it. Decisions, explanations and preemption all ask here.

use crate::cluster::Cluster;
use crate::constraints::Standing;
use crate::plugins::inter_pod_affinity::filter::{Refusal, Required};
use crate::plugins::pod_topology_spread::filter::{Counts, counts};
use crate::plugins::volume_binding::VolumeFault;
use crate::plugins::{Code, Plugin, node_resources_fit};
use crate::shape::Shape;
use crate::storage::VolumeOutlook;
use crate::topology::NOWHERE;
use crate::trial::Trial;

/// Why a node is rejected, without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    Gated,
    /// PreFilter rejects the pod for all nodes at once because of its claims.
    Claims,
    Standing(Standing),
    Ports,
    Resources(Code),
    Volume(VolumeFault),
    /// The node lacks the label of a spread constraint.
    NoTopologyLabel,
    Skewed,
    Affinity(Refusal),
}

impl Rejection {
    pub(crate) fn plugin(self) -> Plugin {
        match self {
            Self::Gated => Plugin::SchedulingGates,
            Self::Claims => Plugin::VolumeBinding,
            Self::Standing(Standing::Unschedulable) => Plugin::NodeUnschedulable,
            Self::Standing(Standing::UntoleratedTaint) => Plugin::TaintToleration,
            Self::Standing(_) => Plugin::NodeAffinity,
            Self::Ports => Plugin::NodePorts,
            Self::Resources(_) => Plugin::NodeResourcesFit,
            Self::Volume(fault) => fault.plugin(),
            Self::NoTopologyLabel | Self::Skewed => Plugin::PodTopologySpread,
            Self::Affinity(_) => Plugin::InterPodAffinity,
        }
    }

    pub(crate) fn code(self) -> Code {
        match self {
            Self::Ports | Self::Skewed | Self::Affinity(Refusal::NotApart | Refusal::Unwelcome) => {
                Code::Unschedulable
            }
            Self::Resources(code) => code,
            Self::Volume(fault) => fault.code(),
            Self::Gated
            | Self::Claims
            | Self::Standing(_)
            | Self::NoTopologyLabel
            | Self::Affinity(Refusal::NotNear) => Code::UnschedulableAndUnresolvable,
        }
    }
}

/// A pod of a shape before the cluster as it is.
pub(crate) struct Outlook<'a> {
    pub cluster: &'a Cluster,
    pub shape: &'a Shape,
    /// By hard spread constraint.
    pub spread: Vec<Counts>,
    pub required: Option<Required>,
    pub volumes: Option<VolumeOutlook>,
}

impl<'a> Outlook<'a> {
    pub(crate) fn new(cluster: &'a Cluster, shape: &'a Shape) -> Self {
        let filters = |plugin| cluster.profile.filters(plugin);
        let spread = if filters(Plugin::PodTopologySpread) {
            counts(cluster, shape)
        } else {
            Vec::new()
        };
        Self {
            cluster,
            shape,
            spread,
            required: filters(Plugin::InterPodAffinity)
                .then(|| Required::new(cluster, shape))
                .filter(|required| !required.is_empty()),
            volumes: (!shape.volumes.is_empty()).then(|| VolumeOutlook::new(cluster, shape)),
        }
    }

    /// The first filter that rejects a node; none where all pass. With a trial, as if its changes had happened.
    pub(crate) fn rejection(&self, slot: usize, trial: Option<&Trial>) -> Option<Rejection> {
        let Self { cluster, shape, .. } = self;
        if !shape.gates.is_empty() {
            return Some(Rejection::Gated);
        }
        if self
            .volumes
            .as_ref()
            .is_some_and(|volumes| volumes.message.is_some())
        {
            return Some(Rejection::Claims);
        }
        let standing = cluster.standing(shape.constraints, slot);
        if standing != Standing::Pass {
            return Some(Rejection::Standing(standing));
        }
        let filters = |plugin| cluster.profile.filters(plugin);
        let ports = trial.map_or(&cluster.ports[slot], |trial| &trial.ports);
        if filters(Plugin::NodePorts) && ports.conflict(&shape.ports) {
            return Some(Rejection::Ports);
        }
        if filters(Plugin::NodeResourcesFit)
            && let Some(code) = self.shortage(slot, trial)
        {
            return Some(Rejection::Resources(code));
        }
        if let Some(volumes) = &self.volumes
            && let Some(fault) = volumes.fault(cluster, shape, slot, trial)
        {
            return Some(Rejection::Volume(fault));
        }
        self.skew(slot, trial)
            .or_else(|| self.refusal(slot, trial).map(Rejection::Affinity))
    }

    fn refusal(&self, slot: usize, trial: Option<&Trial>) -> Option<Refusal> {
        let refusal = self.required.as_ref().and_then(|required| {
            required.refusal(self.cluster, slot, trial.map(|trial| &trial.terms))
        });
        let strangers = self.cluster.profile.filters(Plugin::InterPodAffinity)
            && trial.is_some_and(|trial| trial.strangers > 0);
        refusal.or(strangers.then_some(Refusal::Unwelcome))
    }

    /// Whether a resource is short; the code says whether eviction could help.
    fn shortage(&self, slot: usize, trial: Option<&Trial>) -> Option<Code> {
        let mut short = None;
        node_resources_fit::shortages(
            &self.cluster.columns,
            &self.cluster.appetites[self.shape.appetite].demand,
            slot,
            trial.map(|trial| &trial.taken),
            |shortage| {
                if shortage.unresolvable() {
                    short = Some(Code::UnschedulableAndUnresolvable);
                } else {
                    short.get_or_insert(Code::Unschedulable);
                }
            },
        );
        short
    }

    fn skew(&self, slot: usize, trial: Option<&Trial>) -> Option<Rejection> {
        let hard = &self.shape.spread.hard;
        for (at, (counts, constraint)) in self.spread.iter().zip(hard).enumerate() {
            let domain = self.cluster.topologies.get(constraint.topology).domain[slot];
            if domain == NOWHERE {
                return Some(Rejection::NoTopologyLabel);
            }
            let change = trial.map_or(0, |trial| trial.spread[at]);
            if !counts.allows(constraint, domain, change) {
                return Some(Rejection::Skewed);
            }
        }
        None
    }
}
