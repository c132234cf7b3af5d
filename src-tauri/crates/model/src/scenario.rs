//! Scenarios: what is done to a world over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Fault, ServiceId, SimTime};

/// One thing done to a running world. What the user does in a session is the same thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "act",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Act {
    /// Power off a node: its pods stop at once, the cluster notices after the grace period.
    KillNode {
        /// Name of the node.
        node: String,
    },
    /// Bring a killed node back, empty.
    HealNode {
        /// Name of the node.
        node: String,
    },
    /// Kill one pod's process; its controller makes another.
    KillPod {
        /// `namespace/name` of the pod.
        pod: String,
    },
    /// Ask for another number of replicas.
    Scale {
        /// The service.
        service: ServiceId,
        /// Pods asked for.
        replicas: u32,
    },
    /// Start a disturbance that lasts until it is lifted.
    Inject {
        /// Its name, to lift it by; no other fault in force may have it.
        name: String,
        /// What it does.
        fault: Fault,
    },
    /// End a disturbance. What it broke mends by the world's own mechanisms.
    Lift {
        /// Its name.
        name: String,
    },
}

/// An act and when it happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimedAct {
    /// Nanoseconds since the start of the run.
    pub at_ns: SimTime,
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
}

/// What is done to a world over a run, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The acts, ordered by time; of one instant in the order listed.
    pub acts: Vec<TimedAct>,
}
