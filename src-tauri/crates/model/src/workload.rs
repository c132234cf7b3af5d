//! Workloads: what makes pods, whatever its kind, and the services they are.

use std::fmt;
use std::str::FromStr;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Provenance;

/// A service of a world: the workload behind it, as `namespace/name`. Where workloads of several kinds share a name, those
/// after the first kind are `namespace/name.Kind`; names of objects have no capitals, so the two cannot be confused.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ServiceId(String);

impl ServiceId {
    /// From its two parts; an empty namespace is `default`.
    pub fn new(namespace: &str, name: &str) -> Self {
        let namespace = if namespace.is_empty() {
            "default"
        } else {
            namespace
        };
        Self(format!("{namespace}/{name}"))
    }

    /// The same, told apart from another kind of the same name.
    #[must_use]
    pub fn of_kind(&self, kind: WorkloadKind) -> Self {
        Self(format!("{}.{kind:?}", self.0))
    }

    /// `namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The name of the object: without the kind that tells it apart.
    pub fn object_name(&self) -> &str {
        self.told_apart().map_or(self.name(), |(name, _)| name)
    }

    /// Pod `number` of this workload where nothing else names it, as `namespace/name`.
    pub fn pod(&self, number: u32) -> String {
        match self.told_apart() {
            Some((name, kind)) => {
                format!(
                    "{}/{name}-{}-{number}",
                    self.namespace(),
                    kind.to_lowercase()
                )
            }
            None => format!("{self}-{number}"),
        }
    }

    fn told_apart(&self) -> Option<(&str, &str)> {
        let parts = self.name().rsplit_once('.');
        parts.filter(|(_, kind)| WorkloadKind::of(kind).is_some())
    }

    /// The part before the slash.
    pub fn namespace(&self) -> &str {
        self.0
            .split_once('/')
            .map_or("default", |(namespace, _)| namespace)
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServiceId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((namespace, name))
                if !namespace.is_empty() && !name.is_empty() && !name.contains('/') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(format!("{text:?} is not a service: write namespace/name")),
        }
    }
}

/// The kind of object behind a workload.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum WorkloadKind {
    /// apps/v1 Deployment.
    Deployment,
    /// apps/v1 StatefulSet.
    StatefulSet,
    /// apps/v1 DaemonSet: one pod on each node that takes it.
    DaemonSet,
    /// apps/v1 ReplicaSet without an owner.
    ReplicaSet,
    /// v1 ReplicationController.
    ReplicationController,
    /// batch/v1 Job: runs to its end and serves nobody.
    Job,
    /// A pod that nothing owns.
    Pod,
}

impl WorkloadKind {
    /// The kind of an object that makes pods, as its `kind` names it.
    pub fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "Deployment" => Self::Deployment,
            "StatefulSet" => Self::StatefulSet,
            "DaemonSet" => Self::DaemonSet,
            "ReplicaSet" => Self::ReplicaSet,
            "ReplicationController" => Self::ReplicationController,
            "Job" => Self::Job,
            "Pod" => Self::Pod,
            _ => return None,
        })
    }
}

/// What makes pods of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// `namespace/name`.
    pub id: ServiceId,
    /// Kind of the object behind it.
    pub kind: WorkloadKind,
    /// Pods asked for; for a DaemonSet the engines count nodes instead.
    pub replicas: u32,
    /// What its controller selects its pods by; nothing where only its pods were imported.
    pub selector: Option<LabelSelector>,
    /// A pod as it would be made: labels, annotations and spec of the template, namespace and owner set, no name.
    pub template: Pod,
    /// `Measured` where the object was imported, `Inferred` where only its pods were.
    pub provenance: Provenance,
    /// When the object was made (Unix seconds), where known.
    pub created: Option<i64>,
}
