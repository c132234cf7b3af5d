//! How much of the time services work, from the availabilities of what they stand on. Replicas stay where they are: nothing
//! is made anew elsewhere, and each replica counts as up while its zone, its node and its pod are.

use std::collections::BTreeMap;

use drydock_model::{Provenance, ServiceId};
use drydock_scheduler::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AvailabilityError;
use crate::exact::MOST_STATES;
use crate::figures::{Figure, Figures};
use crate::layout::{Host, Layout, ZoneOfHosts};
use crate::rests_on::RestsOn;
use crate::structure::Structure;

/// How to sample what is too large to be factored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sampling {
    /// Seed of the luck.
    pub seed: u64,
    /// Samples for each answer, at least 1.
    pub samples: u64,
    /// States that factoring may carry at a time; beyond, the answer is sampled.
    #[serde(default = "most_states")]
    pub most_states: usize,
}

fn most_states() -> usize {
    MOST_STATES
}

/// How an availability was computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Method {
    /// Exactly, by factoring over shared zones and nodes.
    Exact,
    /// By sampling.
    MonteCarlo {
        /// Samples.
        samples: u64,
        /// Lower end of the 95 % confidence interval.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

/// An availability and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Share of the time, 0 to 1.
    pub availability: f64,
    /// How it was computed.
    pub method: Method,
    /// The weakest grade of the figures, roles and calls that it rests on; absent where it rests on none.
    pub grade: Option<Provenance>,
}

/// The availability of a service itself, whatever it needs of others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAvailability {
    /// The service.
    pub service: ServiceId,
    /// Replicas that have to be up.
    pub needed: u32,
    /// Replicas that are ready now and count.
    pub replicas: u32,
    /// The availability; absent where the service is down now.
    pub estimate: Option<Estimate>,
}

/// The availability of an entry service with everything that it needs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryAvailability {
    /// The entry service.
    pub service: ServiceId,
    /// Itself and every service that it needs, directly or not, in order of name.
    pub needs: Vec<ServiceId>,
    /// The availability of all of them together; absent where one is down now.
    pub estimate: Option<Estimate>,
}

/// Availabilities of a world.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Probability {
    /// Every service, in order of name.
    pub services: Vec<ServiceAvailability>,
    /// The entry services, in order of name.
    pub entries: Vec<EntryAvailability>,
    /// What the answers rest on.
    pub rests_on: RestsOn,
}

impl Structure {
    /// The availability of every service and, end to end, of every entry service.
    ///
    /// # Errors
    /// A figure that is no probability or names what is not there; no samples.
    pub fn availability(
        &self,
        figures: &Figures,
        sampling: &Sampling,
    ) -> Result<Probability, AvailabilityError> {
        figures.check(self)?;
        if sampling.samples == 0 {
            return Err(AvailabilityError::field("samples", "0", "at least 1"));
        }
        let ready = self.ready_now();
        let estimate = |group: &[usize], purpose: &str| {
            let (layout, grade) = self.layout(group, &ready, figures);
            let possible = layout
                .replicas()
                .iter()
                .zip(&layout.needed)
                .all(|(n, k)| n >= k);
            possible.then(|| {
                let weakest = self.needs.weakest(group).filter(|_| group.len() > 1);
                computed(&layout, sampling, purpose, grade.max(weakest))
            })
        };
        let services = self.services.iter().enumerate().map(|(at, service)| {
            let replicas = service.pods.iter().filter(|&&pod| ready[pod]).count();
            ServiceAvailability {
                service: service.id.clone(),
                needed: service.needed(),
                replicas: replicas as u32,
                estimate: estimate(&[at], &format!("service {}", service.id)),
            }
        });
        let entries = self.entries.iter().map(|entry| {
            let needs = self.needs.closure(entry.service);
            let id = self.id(entry.service);
            EntryAvailability {
                estimate: estimate(&needs, &format!("entry {id}")),
                service: id,
                needs: needs.into_iter().map(|at| self.id(at)).collect(),
            }
        });
        Ok(Probability {
            services: services.collect(),
            entries: entries.collect(),
            rests_on: self.rests_on.and(assumptions(figures)),
        })
    }

    /// The layout of some services' ready replicas, and the weakest grade of its figures and roles.
    fn layout(
        &self,
        group: &[usize],
        ready: &[bool],
        figures: &Figures,
    ) -> (Layout, Option<Provenance>) {
        let mut grade = None;
        let mut value = |figure: Option<&Figure>| {
            grade = grade.max(figure.map(|figure| figure.provenance));
            figure.map_or(1.0, |figure| figure.availability)
        };
        let mut on: BTreeMap<NodeId, Vec<(usize, f64)>> = BTreeMap::new();
        for (number, &at) in group.iter().enumerate() {
            let service = &self.services[at];
            for &pod in service.pods.iter().filter(|&&pod| ready[pod]) {
                if let Some(node) = self.node_of(pod) {
                    let figure = figures.of_pod(&service.id);
                    on.entry(node).or_default().push((number, value(figure)));
                }
            }
        }
        let mut zones: BTreeMap<Option<&str>, ZoneOfHosts> = BTreeMap::new();
        for (node, replicas) in on {
            let Some(site) = self.sites.of.get(&node) else {
                continue;
            };
            let zone = site.zone.as_deref();
            let host = Host {
                availability: value(figures.of_node(&site.name)),
                replicas,
            };
            let of_zone = zone.and_then(|zone| figures.of_zone(zone));
            let entry = zones.entry(zone).or_insert_with(|| ZoneOfHosts {
                availability: value(of_zone),
                hosts: Vec::new(),
            });
            entry.hosts.push(host);
        }
        let roles = group
            .iter()
            .filter_map(|&at| self.services[at].role.as_ref());
        let layout = Layout {
            zones: zones.into_values().collect(),
            needed: group.iter().map(|&at| self.services[at].needed()).collect(),
        };
        (layout, grade.max(roles.map(|role| role.provenance).max()))
    }
}

fn computed(
    layout: &Layout,
    sampling: &Sampling,
    purpose: &str,
    grade: Option<Provenance>,
) -> Estimate {
    if let Some(availability) = layout.exact(sampling.most_states) {
        return Estimate {
            availability,
            method: Method::Exact,
            grade,
        };
    }
    let sampled = layout.sample(sampling.seed, purpose, sampling.samples);
    Estimate {
        availability: sampled.value(),
        method: Method::MonteCarlo {
            samples: sampled.samples,
            low: sampled.low,
            high: sampled.high,
        },
        grade,
    }
}

fn assumptions(figures: &Figures) -> Vec<String> {
    let mut list = vec![
        "zones, nodes and pods fail independently of each other, but for what stands on them".to_owned(),
        "replicas stay where they are: what is made anew elsewhere meanwhile is not counted".to_owned(),
        "a service works for reads and writes alike while enough replicas are up: failovers of a primary are not counted"
            .to_owned(),
    ];
    let none = "no availability was given";
    let missing = [
        ("zones", figures.zone.is_some(), figures.zones.is_empty()),
        ("nodes", figures.node.is_some(), figures.nodes.is_empty()),
        ("pods", figures.pod.is_some(), figures.pods.is_empty()),
    ];
    for (what, all, no_one) in missing {
        if !all {
            let which = if no_one { "" } else { "other " };
            list.push(format!("{which}{what} are taken as never failing: {none}"));
        }
    }
    list
}
