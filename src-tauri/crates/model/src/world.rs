//! A world: the definition of a system, as a lab keeps it per revision.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterObject, ImportReport, Inventory, Parameter, Provenance, ServiceId, Setting, Subject,
    parameters,
};

/// Whether what a world describes is somebody's production.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Anything goes.
    #[default]
    Development,
    /// Forks and runs are allowed; sessions that write back and real faults are refused.
    Production,
}

/// One service calling another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The caller.
    pub from: ServiceId,
    /// The called.
    pub to: ServiceId,
    /// How it is known.
    pub provenance: Provenance,
    /// What it was read off, such as `env CART_ADDR=cart:7070`, or who entered it.
    pub source: String,
}

impl Call {
    /// The subject of its parameters.
    pub fn subject(&self) -> String {
        format!("call/{}->{}", self.from, self.to)
    }
}

/// A class of requests that arrive from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestClass {
    /// Its name, unique in the world.
    pub name: String,
    /// The service it arrives at.
    pub entry: ServiceId,
    /// How it is known.
    pub provenance: Provenance,
    /// What it was read off, or who entered it.
    pub source: String,
}

/// All of a world but its cluster objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Definition {
    /// Development or production.
    pub mode: Mode,
    /// Who calls whom, in order.
    pub calls: Vec<Call>,
    /// What arrives from outside, in order.
    pub classes: Vec<RequestClass>,
    /// Parameters that somebody or something gave, by key.
    pub settings: BTreeMap<String, Setting>,
    /// Report of the import the world came from.
    pub report: Option<ImportReport>,
}

/// The definition of a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// Cluster objects, ordered by key, each key once. Unchanged ones are shared between revisions and forks.
    pub objects: Vec<ClusterObject>,
    /// The rest.
    pub definition: Definition,
}

impl World {
    /// Puts objects in order; of two with one key the later stays.
    pub fn sort_objects(&mut self) {
        // Stable: of equal keys the later one is the last.
        self.objects
            .sort_by(|a, b| a.key_parts().cmp(&b.key_parts()));
        self.objects.dedup_by(|later, kept| {
            let same = later.key_parts() == kept.key_parts();
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
    }

    /// Every parameter of the world, assumed ones included, in a fixed order.
    pub fn parameters(&self, inventory: &Inventory) -> Vec<Parameter> {
        let mut subjects = vec![(Subject::World, "world".to_owned())];
        for class in &self.definition.classes {
            subjects.push((Subject::Class, format!("class/{}", class.name)));
        }
        for workload in inventory.serving() {
            subjects.push((Subject::Service, format!("service/{}", workload.id)));
        }
        for call in &self.definition.calls {
            subjects.push((Subject::Call, call.subject()));
        }
        parameters(&subjects, &self.definition.settings)
    }
}
