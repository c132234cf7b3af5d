//! Pods as node autoscalers look at them: what they ask for, who owns them, what keeps them where
//! they are. Where they may go is the placement's business.

use schemars::JsonSchema;
use serde::Serialize;

use super::{PodRef, SECOND_NS, seconds};

/// CPU and memory, of a request or of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// Thousandths of a core.
    pub milli_cpu: u64,
    /// Bytes.
    pub memory_bytes: u64,
}

impl Amounts {
    /// What both ask for together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            milli_cpu: self.milli_cpu.saturating_add(other.milli_cpu),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
        }
    }

    /// What is left, nothing where the other is larger.
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            milli_cpu: self.milli_cpu.saturating_sub(other.milli_cpu),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
        }
    }
}

/// The kind of a pod's controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Owner {
    /// None: a bare pod.
    Nobody,
    /// A ReplicaSet, and so a Deployment.
    ReplicaSet,
    /// A ReplicationController.
    ReplicationController,
    /// A StatefulSet.
    StatefulSet,
    /// A Job, and so a CronJob.
    Job,
    /// A DaemonSet.
    DaemonSet,
    /// A node: a static pod's mirror.
    Node,
    /// A controller of another kind.
    Other,
}

/// A PodDisruptionBudget, as its status has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// `namespace/name`.
    pub name: String,
    /// `status.disruptionsAllowed`.
    pub disruptions_allowed: i32,
}

/// A pod, bound or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// Its number in the placement.
    pub id: PodRef,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Pods that no scheduler can tell apart have the same number.
    pub shape: u64,
    /// When it was created.
    pub created_ns: u64,
    /// What it asks for.
    pub requests: Amounts,
    /// The kind of its controller.
    pub owner: Owner,
    /// Its resolved priority.
    pub priority: i32,
    /// `controller.kubernetes.io/pod-deletion-cost`; 0 where it has none.
    pub deletion_cost: i32,
    /// `cluster-autoscaler.kubernetes.io/safe-to-evict`, where it says so.
    pub safe_to_evict: Option<bool>,
    /// `karpenter.sh/do-not-disrupt: "true"`.
    pub do_not_disrupt: bool,
    /// Whether it has a hostPath volume or an emptyDir that is not in memory, and does not list it
    /// in `cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes`.
    pub local_storage: bool,
    /// Whether a topology spread constraint of it is over host names.
    pub spreads_over_nodes: bool,
    /// When its deletion was asked for, where it was.
    pub deleted_ns: Option<u64>,
    /// Its `terminationGracePeriodSeconds`.
    pub grace_seconds: u32,
    /// Whether it has succeeded or failed.
    pub finished: bool,
    /// The budgets that select it, by their place in the observation. A budget that always lets
    /// unhealthy pods go is left out for an unhealthy pod.
    pub budgets: Vec<usize>,
}

impl Pod {
    /// A running pod of a ReplicaSet in `default`, old enough for everything.
    pub fn replica(id: u64, milli_cpu: u64, memory_bytes: u64) -> Self {
        Self {
            id: PodRef(id),
            namespace: "default".to_owned(),
            name: format!("pod-{id}"),
            shape: milli_cpu,
            created_ns: 0,
            requests: Amounts {
                milli_cpu,
                memory_bytes,
            },
            owner: Owner::ReplicaSet,
            priority: 0,
            deletion_cost: 0,
            safe_to_evict: None,
            do_not_disrupt: false,
            local_storage: false,
            spreads_over_nodes: false,
            deleted_ns: None,
            grace_seconds: 30,
            finished: false,
            budgets: Vec::new(),
        }
    }

    /// `namespace/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    pub(super) fn is_daemon(&self) -> bool {
        self.owner == Owner::DaemonSet
    }

    pub(super) fn is_mirror(&self) -> bool {
        self.owner == Owner::Node
    }

    /// Neither finished nor being deleted.
    pub(super) fn is_active(&self) -> bool {
        !self.finished && self.deleted_ns.is_none()
    }

    /// Whether its deletion takes longer than its grace and 30 s more (`IsPodLongTerminating` and
    /// `PodLongTerminatingExtraThreshold` in `utils/drain/drain.go` of Cluster Autoscaler).
    pub(super) fn is_long_terminating(&self, now_ns: u64) -> bool {
        self.deleted_ns
            .is_some_and(|deleted| deleted + seconds(self.grace_seconds) + 30 * SECOND_NS < now_ns)
    }
}
