//! A cluster object: its original JSON, kept whole, and typed views of it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Provenance;

/// What tells one object of a cluster from another.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ObjectKey {
    /// API group without the version; empty for the core group.
    pub group: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace; empty for objects of the whole cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// An object as it came in, and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterObject {
    /// The original, but for what import had to drop (values of Secrets).
    pub json: Arc<Value>,
    /// `Measured` for dumps and manifests, `Assumed` for nodes that Drydock proposed.
    pub provenance: Provenance,
}

impl ClusterObject {
    /// Wraps an original.
    pub fn new(json: Value, provenance: Provenance) -> Self {
        Self {
            json: Arc::new(json),
            provenance,
        }
    }

    /// `kind`, or nothing where the original has none.
    pub fn kind(&self) -> &str {
        text(self.json.get("kind"))
    }

    /// Name from the metadata; empty where there is none.
    pub fn name(&self) -> &str {
        self.metadata("name")
    }

    /// Namespace from the metadata; empty where there is none.
    pub fn namespace(&self) -> &str {
        self.metadata("namespace")
    }

    /// API group: `apps` of `apps/v1`, empty for `v1`.
    pub fn group(&self) -> &str {
        text(self.json.get("apiVersion"))
            .rsplit_once('/')
            .map_or("", |(group, _)| group)
    }

    /// What tells this object from others.
    pub fn key(&self) -> ObjectKey {
        let [group, kind, namespace, name] = self.key_parts().map(str::to_owned);
        ObjectKey {
            group,
            kind,
            namespace,
            name,
        }
    }

    /// Group, kind, namespace and name, in the order of keys and without a copy: searches and sorts ask for them often.
    pub fn key_parts(&self) -> [&str; 4] {
        [self.group(), self.kind(), self.namespace(), self.name()]
    }

    /// A typed view, or why the original does not read as one.
    pub fn view<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self.json.as_ref())
    }

    fn metadata(&self, field: &str) -> &str {
        let metadata = self.json.get("metadata");
        text(metadata.and_then(|metadata| metadata.get(field)))
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}
