//! What an answer rests on: the grade of the calls, what is not known, what is assumed.

use drydock_model::{Inventory, Provenance, ServiceId, World};
use drydock_scheduler::NodeId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::some_of;
use crate::role::Role;
use crate::structure::Structure;
use crate::wiring::EntryBasis;

/// What an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestsOn {
    /// The weakest grade of the needed calls, request classes and roles; absent where there are none of them.
    pub grade: Option<Provenance>,
    /// Calls that their callers need.
    pub needed_calls: u32,
    /// Calls that their callers can do without.
    pub soft_calls: u32,
    /// Services whose own calls are not known: nothing is known of what they need.
    pub unknown_needs: Vec<ServiceId>,
    /// What else is not known, and what is done about it.
    pub unknown: Vec<String>,
    /// What is assumed.
    pub assumptions: Vec<String>,
    /// Objects of the world that could not be taken as they stand.
    pub warnings: Vec<String>,
}

impl RestsOn {
    /// `shown`: by pod, the node that the world shows it on.
    pub(crate) fn of(
        structure: &Structure,
        world: &World,
        inventory: &Inventory,
        shown: &[Option<NodeId>],
        warnings: Vec<String>,
    ) -> Self {
        let services = &structure.services;
        let without = structure.wiring.without_calls(services.len());
        let roles = services.iter().filter_map(|service| service.role.as_ref());
        let grade = structure
            .wiring
            .wires
            .iter()
            .filter(|wire| !wire.soft)
            .map(|wire| wire.provenance)
            .chain(structure.wiring.class_grade)
            .chain(roles.map(|role| role.provenance))
            .max();
        let soft = structure.wiring.wires.iter().filter(|wire| wire.soft);
        Self {
            grade,
            needed_calls: structure.needs.len() as u32,
            soft_calls: soft.count() as u32,
            unknown_needs: without.iter().map(|&at| services[at].id.clone()).collect(),
            unknown: unknown(structure, world),
            assumptions: assumptions(structure, inventory, shown),
            warnings,
        }
    }

    /// The same with more assumptions.
    pub(crate) fn and(&self, assumptions: impl IntoIterator<Item = String>) -> Self {
        let mut more = self.clone();
        more.assumptions.extend(assumptions);
        more
    }
}

fn unknown(structure: &Structure, world: &World) -> Vec<String> {
    let mut unknown = structure.wiring.unknown.clone();
    if structure.wiring.wires.is_empty() {
        unknown.push(
            "no call between services is known: what takes what down with it is not known"
                .to_owned(),
        );
    }
    for name in world
        .definition
        .report
        .iter()
        .flat_map(|report| &report.unresolved)
    {
        unknown.push(format!(
            "{} ({}) is called and is no service of this world: taken as up",
            name.name, name.from
        ));
    }
    let nowhere: Vec<&str> = structure
        .sites
        .of
        .values()
        .filter(|site| site.zone.is_none())
        .map(|site| site.name.as_str())
        .collect();
    if !nowhere.is_empty() {
        unknown.push(format!(
            "nodes that name no zone are lost with none ({}): {}",
            nowhere.len(),
            some_of(nowhere)
        ));
    }
    for service in &structure.services {
        let Some(taken) = &service.role else {
            continue;
        };
        let software = taken.software.as_deref().unwrap_or("as said");
        match taken.role {
            Role::Sharded => unknown.push(format!(
                "{} divides its data among its replicas ({software}): what a lost one takes with it is not known, it counts as up while one is ready",
                service.id
            )),
            Role::SinglePrimary { .. } if taken.primary.is_none() && service.wanted > 1 => unknown.push(
                format!("which replica of {} takes the writes is not known", service.id),
            ),
            _ => {}
        }
    }
    unknown
}

fn assumptions(
    structure: &Structure,
    inventory: &Inventory,
    shown: &[Option<NodeId>],
) -> Vec<String> {
    let mut list = Vec::new();
    let mut say = |text: String| list.push(text);
    let soft: Vec<String> = structure
        .wiring
        .wires
        .iter()
        .filter(|wire| wire.soft)
        .map(|wire| {
            let id = |at: usize| &structure.services[at].id;
            format!("{} -> {}", id(wire.from), id(wire.to))
        })
        .collect();
    if soft.is_empty() {
        say("a service needs every service that it calls".to_owned());
    } else {
        say(format!(
            "a service needs every service that it calls, but for the calls named soft: {}",
            soft.join(", ")
        ));
    }
    if structure.entry_basis == EntryBasis::NotCalled {
        say(
            "no request class is known: every service that nothing calls is taken for an entry"
                .to_owned(),
        );
    }
    for service in &structure.services {
        if let Some(role) = &service.role {
            say(role_text(service.id.as_str(), service.wanted, role));
        }
    }
    let count =
        |of: &dyn Fn(usize) -> bool| (0..structure.replicas.len()).filter(|&at| of(at)).count();
    let placed = count(&|at| shown[at].is_none() && structure.node_of(at).is_some());
    if placed > 0 {
        say(format!(
            "pods on no node in the world are where the scheduler places them, and ready ({placed} of {})",
            structure.replicas.len()
        ));
    }
    let unready = count(&|at| {
        let replica = &structure.replicas[at];
        replica.service.is_some() && !replica.able && structure.node_of(at).is_some()
    });
    if unready > 0 {
        say(format!(
            "pods that the world shows not ready, or being deleted, stay so ({unready})"
        ));
    }
    let dark: Vec<&str> = structure
        .sites
        .of
        .values()
        .filter(|site| !site.ready)
        .map(|site| site.name.as_str())
        .collect();
    if !dark.is_empty() {
        say(format!(
            "nodes that the world shows not ready count as lost from the start, with what is on them ({}): {}",
            dark.len(),
            some_of(dark)
        ));
    }
    if !inventory.autoscalers.is_empty() {
        say("replicas are those asked for: autoscalers do not act".to_owned());
    }
    list
}

fn role_text(id: &str, wanted: u32, taken: &crate::role::RoleTaken) -> String {
    let what = match taken.role {
        Role::Independent => "is up while any replica is ready".to_owned(),
        Role::Majority | Role::AtLeast { .. } | Role::Replicated { .. } => {
            format!("needs {} of {wanted} replicas", taken.needed)
        }
        Role::SinglePrimary { automatic_failover } => {
            let after = if automatic_failover {
                "until another takes over"
            } else {
                "until somebody promotes another"
            };
            match &taken.primary {
                Some(primary) => format!("takes no writes without {primary}, {after}"),
                None => "has one primary".to_owned(),
            }
        }
        Role::Sharded => "divides its data among its replicas".to_owned(),
    };
    let software = taken
        .software
        .as_ref()
        .map_or_else(String::new, |software| format!("{software}, "));
    let provenance = taken.provenance.as_str();
    format!("{id} {what} ({software}{provenance}: {})", taken.source)
}
