//! What fails: nodes, zones, regions, services, and any list of them.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::ServiceId;
use drydock_scheduler::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{AvailabilityError, some_of};
use crate::structure::Structure;

/// One thing that fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Failure {
    /// A node is gone with what runs on it.
    Node {
        /// Its name.
        node: String,
    },
    /// All nodes of a zone are gone.
    Zone {
        /// Its name, as the nodes' labels have it.
        zone: String,
    },
    /// All nodes of a region are gone.
    Region {
        /// Its name, as the nodes' labels have it.
        region: String,
    },
    /// A service does not work, wherever its pods are.
    Service {
        /// The service.
        service: ServiceId,
    },
}

/// Everything of a kind, each failing on its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Each {
    /// Each node.
    Node,
    /// Each zone.
    Zone,
    /// Each region.
    Region,
    /// Each service.
    Service,
}

/// What a list of failures comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    pub nodes: BTreeSet<NodeId>,
    /// By index.
    pub services: BTreeSet<usize>,
}

impl Structure {
    /// Everything of a kind, in order of name, as a failure each.
    pub fn each(&self, each: Each) -> Vec<Failure> {
        let owned = |name: &String| name.clone();
        match each {
            Each::Node => {
                let names = self.sites.nodes.keys().map(owned);
                names.map(|node| Failure::Node { node }).collect()
            }
            Each::Zone => {
                let names = self.sites.zones.keys().map(owned);
                names.map(|zone| Failure::Zone { zone }).collect()
            }
            Each::Region => {
                let names = self.sites.regions.keys().map(owned);
                names.map(|region| Failure::Region { region }).collect()
            }
            Each::Service => {
                let ids = self.services.iter().map(|service| service.id.clone());
                ids.map(|service| Failure::Service { service }).collect()
            }
        }
    }

    /// The nodes and services that a list of failures names.
    pub(crate) fn lost(&self, failures: &[Failure]) -> Result<Lost, AvailabilityError> {
        let mut lost = Lost::default();
        for (at, failure) in failures.iter().enumerate() {
            let field = |name: &str| format!("failures[{at}].{name}");
            match failure {
                Failure::Node { node } => {
                    lost.nodes
                        .insert(*find(&self.sites.nodes, node, &field("node"), "node")?);
                }
                Failure::Zone { zone } => {
                    lost.nodes
                        .extend(find(&self.sites.zones, zone, &field("zone"), "zone")?);
                }
                Failure::Region { region } => {
                    let nodes = find(&self.sites.regions, region, &field("region"), "region")?;
                    lost.nodes.extend(nodes);
                }
                Failure::Service { service } => {
                    lost.services
                        .insert(self.service_named(&field("service"), service)?);
                }
            }
        }
        Ok(lost)
    }
}

fn find<'a, T>(
    all: &'a BTreeMap<String, T>,
    name: &str,
    field: &str,
    what: &str,
) -> Result<&'a T, AvailabilityError> {
    all.get(name).ok_or_else(|| {
        let names = some_of(all.keys().map(String::as_str));
        AvailabilityError::field(
            field,
            format!("{name:?}"),
            format!("the name of a {what} of this world: {names}"),
        )
    })
}
