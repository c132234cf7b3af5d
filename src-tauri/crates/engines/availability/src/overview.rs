//! The structure itself, to look at: services with pods, roles and calls, and where requests come in.

use drydock_model::{Provenance, ServiceId, WorkloadKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::rests_on::RestsOn;
use crate::role::RoleTaken;
use crate::structure::Structure;
use crate::verdict::Condition;
use crate::wiring::EntryBasis;

/// A pod of a service and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodSite {
    /// `namespace/name`.
    pub pod: String,
    /// Its node; absent where it waits for one.
    pub node: Option<String>,
    /// The node's zone; absent where it is not known.
    pub zone: Option<String>,
    /// The node's region; absent where it is not known.
    pub region: Option<String>,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether the world shows it; otherwise its workload asks for it.
    pub shown: bool,
}

/// A call of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// The called.
    pub to: ServiceId,
    /// Whether the caller can do without.
    pub soft: bool,
    /// How the call is known.
    pub provenance: Provenance,
    /// What it was read off, or who entered it.
    pub source: String,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// The service.
    pub service: ServiceId,
    /// Kind of the workload behind it.
    pub kind: WorkloadKind,
    /// Replicas wanted; of a DaemonSet the nodes that take one.
    pub wanted: u32,
    /// How it is.
    pub condition: Condition,
    /// What it needs of its replicas; absent where any one will do and nobody said so.
    pub role: Option<RoleTaken>,
    /// Its pods.
    pub pods: Vec<PodSite>,
    /// What it calls, in order; empty where nothing is known of what it needs.
    pub calls: Vec<CallView>,
}

/// A service at which requests come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// The service.
    pub service: ServiceId,
    /// Names of the request classes that arrive there; empty where none is known.
    pub classes: Vec<String>,
    /// Every service that it needs, directly or not, in order of name.
    pub needs: Vec<ServiceId>,
}

/// The structure of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Every service, in order of name.
    pub services: Vec<ServiceView>,
    /// Where requests come in, in order of name.
    pub entries: Vec<EntryView>,
    /// Why those are taken for entries.
    pub entry_basis: EntryBasis,
    /// What this rests on.
    pub rests_on: RestsOn,
}

impl Structure {
    /// The structure, to look at.
    pub fn overview(&self) -> Overview {
        let verdict = self.verdict_before();
        let ready = self.ready_now();
        let services = self.services.iter().enumerate().map(|(at, service)| {
            let mut calls: Vec<CallView> = self
                .wiring
                .wires
                .iter()
                .filter(|wire| wire.from == at)
                .map(|wire| CallView {
                    to: self.id(wire.to),
                    soft: wire.soft,
                    provenance: wire.provenance,
                    source: wire.source.clone(),
                })
                .collect();
            calls.sort_by(|a, b| a.to.cmp(&b.to));
            ServiceView {
                service: service.id.clone(),
                kind: service.kind,
                wanted: service.wanted,
                condition: verdict.condition(self, at),
                role: service.role.clone(),
                pods: service
                    .pods
                    .iter()
                    .map(|&pod| self.site(pod, ready[pod]))
                    .collect(),
                calls,
            }
        });
        let entries = self.entries.iter().map(|entry| {
            let mut needs = self.needs.closure(entry.service);
            needs.retain(|&at| at != entry.service);
            EntryView {
                service: self.id(entry.service),
                classes: entry.classes.clone(),
                needs: needs.into_iter().map(|at| self.id(at)).collect(),
            }
        });
        Overview {
            services: services.collect(),
            entries: entries.collect(),
            entry_basis: self.entry_basis,
            rests_on: self.rests_on.clone(),
        }
    }

    fn site(&self, pod: usize, ready: bool) -> PodSite {
        let standing = &self.replicas[pod].standing;
        let node = self.node_of(pod);
        let site = node.and_then(|node| self.sites.of.get(&node));
        PodSite {
            pod: standing.name.clone(),
            node: site.map(|site| site.name.clone()),
            zone: site.and_then(|site| site.zone.clone()),
            region: site.and_then(|site| site.region.clone()),
            ready,
            shown: standing.from_dump,
        }
    }
}
