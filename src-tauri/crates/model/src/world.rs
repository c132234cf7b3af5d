//! A world: the definition of a system, as a lab keeps it per revision.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Behaviour, CallPolicy, ClusterObject, ImportReport, Impossible, Inventory, Keeps, Parameter,
    Provenance, ServiceId, Setting, Subject, Traffic, parameters,
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
    /// How requests of a class come about, by class; a Poisson process of constant rate where it is left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub traffic: BTreeMap<String, Traffic>,
    /// How calls are made, by subject: `call/<from>-><to>`, or `class/<name>` for the clients outside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, CallPolicy>,
    /// What kind of servers the services are, where they are not plain.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub behaviours: BTreeMap<ServiceId, Behaviour>,
    /// Parameters that somebody or something gave, by key.
    pub settings: BTreeMap<String, Setting>,
    /// Report of the import the world came from.
    pub report: Option<ImportReport>,
}

impl Definition {
    /// Looks for what cannot be in traffic, policies and behaviours.
    ///
    /// # Errors
    /// The first field at fault and what would be right.
    pub fn check(&self) -> Result<(), Impossible> {
        for (class, traffic) in &self.traffic {
            let named = |fault: Impossible| fault.under(&format!("traffic.{class}"));
            traffic.check().map_err(named)?;
        }
        for (subject, policy) in &self.policies {
            let named = |fault: Impossible| fault.under(&format!("policies.{subject}"));
            policy.check().map_err(named)?;
        }
        for (service, behaviour) in &self.behaviours {
            let named = |fault: Impossible| fault.under(&format!("behaviours.{service}"));
            behaviour.check().map_err(named)?;
        }
        Ok(())
    }
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
            let closed = self.definition.traffic.get(&class.name);
            let subject = if closed.is_some_and(Traffic::is_closed) {
                Subject::Users
            } else {
                Subject::Class
            };
            subjects.push((subject, format!("class/{}", class.name)));
        }
        for workload in inventory.serving() {
            let subject = format!("service/{}", workload.id);
            subjects.push((Subject::Service, subject.clone()));
            match self
                .definition
                .behaviours
                .get(&workload.id)
                .map(|kind| kind.keeps)
            {
                Some(Keeps::Cache) => subjects.push((Subject::Cache, subject)),
                Some(Keeps::Data) => subjects.push((Subject::Database, subject)),
                Some(Keeps::Nothing) | None => {}
            }
        }
        for call in &self.definition.calls {
            subjects.push((Subject::Call, call.subject()));
        }
        parameters(&subjects, &self.definition.settings)
    }
}
