//! Availabilities of components, as a caller gives them. What is not given is not counted, and said so.

use std::collections::BTreeMap;

use drydock_model::{Provenance, ServiceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{AvailabilityError, some_of};
use crate::structure::Structure;

/// The availability of a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Figure {
    /// Share of the time that it works while what it stands on works, 0 to 1.
    pub availability: f64,
    /// How it is known.
    pub provenance: Provenance,
    /// Where it comes from, such as a provider's agreement, or who entered it.
    pub source: String,
}

/// Availabilities of nodes, zones and pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Figures {
    /// Of every zone.
    pub zone: Option<Figure>,
    /// Of zones by name, instead.
    pub zones: BTreeMap<String, Figure>,
    /// Of every node while its zone works.
    pub node: Option<Figure>,
    /// Of nodes by name, instead.
    pub nodes: BTreeMap<String, Figure>,
    /// Of every pod while its node works.
    pub pod: Option<Figure>,
    /// Of the pods of services, instead.
    pub pods: BTreeMap<ServiceId, Figure>,
}

impl Figures {
    /// Refuses figures that are no probability, and names that are not there.
    pub(crate) fn check(&self, structure: &Structure) -> Result<(), AvailabilityError> {
        let one = |field: &str, figure: &Figure| {
            let value = figure.availability;
            if (0.0..=1.0).contains(&value) {
                return Ok(());
            }
            let field = format!("{field}.availability");
            Err(AvailabilityError::field(field, value.to_string(), "0 to 1"))
        };
        for (field, figure) in [
            ("zone", &self.zone),
            ("node", &self.node),
            ("pod", &self.pod),
        ] {
            figure.iter().try_for_each(|figure| one(field, figure))?;
        }
        let named = |field: &str, name: &str, figure: &Figure, there: Vec<&str>| {
            if there.contains(&name) {
                return one(&format!("{field}[{name}]"), figure);
            }
            Err(AvailabilityError::field(
                field,
                format!("{name:?}"),
                format!("names of this world: {}", some_of(there)),
            ))
        };
        for (name, figure) in &self.zones {
            let there = structure.sites.zones.keys().map(String::as_str);
            named("zones", name, figure, there.collect())?;
        }
        for (name, figure) in &self.nodes {
            let there = structure.sites.nodes.keys().map(String::as_str);
            named("nodes", name, figure, there.collect())?;
        }
        for (name, figure) in &self.pods {
            let there = structure.services.iter().map(|service| service.id.as_str());
            named("pods", name.as_str(), figure, there.collect())?;
        }
        Ok(())
    }

    pub(crate) fn of_zone(&self, name: &str) -> Option<&Figure> {
        self.zones.get(name).or(self.zone.as_ref())
    }

    pub(crate) fn of_node(&self, name: &str) -> Option<&Figure> {
        self.nodes.get(name).or(self.node.as_ref())
    }

    pub(crate) fn of_pod(&self, service: &ServiceId) -> Option<&Figure> {
        self.pods.get(service).or(self.pod.as_ref())
    }
}
