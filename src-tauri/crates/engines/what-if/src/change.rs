//! What can be changed of a world, as it is asked for. Nothing is applied here.

use std::collections::BTreeMap;

use drydock_pricing::Provider;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// No new pods.
    NoSchedule,
    /// No new pods where it can be helped.
    PreferNoSchedule,
    /// No pods at all: those that run are evicted.
    NoExecute,
}

impl TaintEffect {
    /// As an object writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// A taint to be put on nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaintSpec {
    /// Key, such as `dedicated`.
    pub key: String,
    /// Value; absent is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Effect.
    pub effect: TaintEffect,
}

/// What a node offers to pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capacity {
    /// CPU as a quantity: `4` or `3920m`.
    pub cpu: String,
    /// Memory as a quantity: `16Gi`.
    pub memory: String,
    /// Number of pods; 110 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<u32>,
    /// Extended resources, such as `nvidia.com/gpu`, as quantities.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extended: BTreeMap<String, String>,
}

/// A scheduler configuration that Drydock brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Preset {
    /// The default profile of Kubernetes 1.34.
    Default,
    /// A packing profile in the manner of GKE's `optimize-utilization`.
    OptimizeUtilization,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

/// One change of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Change {
    /// Adds nodes: like one there is, of a machine type of the price book, or of a stated capacity.
    AddNodes {
        /// How many.
        count: u32,
        /// Name of the node to copy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<String>,
        /// Machine type of the price book.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance_type: Option<String>,
        /// Provider of the machine type; read off the other nodes where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<Provider>,
        /// Region of the machine type; read off the other nodes where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// Zone of all of them; spread over the zones of the pool or world where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
        /// Pool they belong to: one there is gives its labels and taints, a new one is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pool: Option<String>,
        /// Labels besides.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        labels: BTreeMap<String, String>,
        /// Taints besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        taints: Vec<TaintSpec>,
        /// What each offers to pods, where it is neither copied nor of a machine type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<Capacity>,
    },
    /// Deletes nodes with what runs on them.
    RemoveNodes {
        /// Their names.
        nodes: Vec<String>,
    },
    /// Nodes stop answering.
    FailNodes {
        /// Their names.
        nodes: Vec<String>,
    },
    /// All nodes of a zone stop answering.
    FailZone {
        /// The zone's name.
        zone: String,
    },
    /// Cordons or uncordons nodes.
    CordonNodes {
        /// Their names.
        nodes: Vec<String>,
        /// False uncordons.
        #[serde(default = "yes")]
        on: bool,
    },
    /// Drains nodes one after the other, as `kubectl drain` does.
    DrainNodes {
        /// Their names.
        nodes: Vec<String>,
        /// Seconds each pod gets to end; each pod's own where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grace_period_seconds: Option<i64>,
        /// Deletes pods that no controller makes anew.
        #[serde(default)]
        force: bool,
        /// Evicts pods whose emptyDir volumes are lost with them.
        #[serde(default)]
        delete_empty_dir_data: bool,
        /// Leaves pods of DaemonSets where they are.
        #[serde(default = "yes")]
        ignore_daemon_sets: bool,
    },
    /// Brings a pool to a number of nodes.
    ResizePool {
        /// The pool.
        pool: String,
        /// Nodes wanted.
        count: u32,
    },
    /// Replaces a pool by nodes of another machine type: new ones first, then the old ones are drained.
    ReplacePool {
        /// The pool.
        pool: String,
        /// Machine type of the new nodes.
        instance_type: String,
        /// Region of the machine type; read off the pool's nodes where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// New nodes; as many as there are where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        /// Nodes replaced at a time.
        #[serde(default = "one")]
        max_surge: u32,
    },
    /// Puts taints on nodes and takes others off.
    TaintNodes {
        /// Names of nodes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<String>,
        /// Or all nodes of a pool.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pool: Option<String>,
        /// Taints to put on; one of the same key and effect is replaced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<TaintSpec>,
        /// Taints to take off, as `key` or `key:Effect`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
    },
    /// Sets labels of nodes and removes others.
    LabelNodes {
        /// Names of nodes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<String>,
        /// Or all nodes of a pool.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pool: Option<String>,
        /// Labels to set.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<String, String>,
        /// Keys to remove.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
    },
    /// Sets the replicas of a workload.
    ScaleWorkload {
        /// `namespace/name`, or the name alone where only one workload has it.
        workload: String,
        /// Replicas wanted.
        replicas: u32,
    },
    /// Edits the object of a workload; pods are replaced where their template changes.
    EditWorkload {
        /// `namespace/name`, or the name alone where only one workload has it.
        workload: String,
        /// JSON merge patch (RFC 7386) of the object.
        patch: Value,
    },
    /// Deletes a workload with its pods.
    RemoveWorkload {
        /// `namespace/name`, or the name alone where only one workload has it.
        workload: String,
    },
    /// Applies manifests: objects that are new are added, others replaced.
    AddWorkloads {
        /// The manifests as YAML or JSON.
        manifests: String,
        /// The same, parsed: whoever takes the text in reads it before the change is applied.
        #[serde(skip)]
        objects: Vec<Value>,
    },
    /// Has another scheduler configuration decide from here on.
    SetScheduler {
        /// One that Drydock brings along.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preset: Option<Preset>,
        /// Or a KubeSchedulerConfiguration as YAML or JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        configuration: Option<String>,
        /// The same, parsed: whoever takes the text in reads it before the change is applied.
        #[serde(skip)]
        parsed: Option<Value>,
    },
}

impl Change {
    /// The change's type, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AddNodes { .. } => "addNodes",
            Self::RemoveNodes { .. } => "removeNodes",
            Self::FailNodes { .. } => "failNodes",
            Self::FailZone { .. } => "failZone",
            Self::CordonNodes { .. } => "cordonNodes",
            Self::DrainNodes { .. } => "drainNodes",
            Self::ResizePool { .. } => "resizePool",
            Self::ReplacePool { .. } => "replacePool",
            Self::TaintNodes { .. } => "taintNodes",
            Self::LabelNodes { .. } => "labelNodes",
            Self::ScaleWorkload { .. } => "scaleWorkload",
            Self::EditWorkload { .. } => "editWorkload",
            Self::RemoveWorkload { .. } => "removeWorkload",
            Self::AddWorkloads { .. } => "addWorkloads",
            Self::SetScheduler { .. } => "setScheduler",
        }
    }
}
