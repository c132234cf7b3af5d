//! Who calls whom and where requests come in, of a world's definition: what of it is needed, and what names no service.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{Definition, Provenance, ServiceId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::calls::{Need, Needs};
use crate::error::AvailabilityError;
use crate::options::Options;

/// Why the entry services are taken for such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntryBasis {
    /// Request classes arrive at them.
    Classes,
    /// No request class is known: every service that nothing calls is taken for an entry.
    NotCalled,
}

/// A service at which requests come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub service: usize,
    /// Names of the classes that arrive there.
    pub classes: Vec<String>,
}

/// A call between services of the world.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub from: usize,
    pub to: usize,
    pub provenance: Provenance,
    pub source: String,
    pub soft: bool,
}

/// What a definition says of calls and classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wiring {
    pub wires: Vec<Wire>,
    /// By service, the classes that arrive, and the weakest grade of those.
    classes: BTreeMap<usize, Vec<String>>,
    /// The weakest grade of the classes.
    pub class_grade: Option<Provenance>,
    /// Calls and classes that name no service of the world, in words.
    pub unknown: Vec<String>,
}

impl Wiring {
    pub fn of(
        definition: &Definition,
        index: &BTreeMap<ServiceId, usize>,
        options: &Options,
    ) -> Result<Self, AvailabilityError> {
        let mut wiring = Self::default();
        let mut soft_left: BTreeSet<(&ServiceId, &ServiceId)> = options
            .soft_calls
            .iter()
            .map(|soft| (&soft.from, &soft.to))
            .collect();
        for call in &definition.calls {
            let soft = soft_left.contains(&(&call.from, &call.to));
            match (index.get(&call.from), index.get(&call.to)) {
                (Some(&from), Some(&to)) => wiring.wires.push(Wire {
                    from,
                    to,
                    provenance: call.provenance,
                    source: call.source.clone(),
                    soft,
                }),
                (Some(_), None) => wiring.unknown.push(format!(
                    "{} calls {}, which is no service of this world: taken as up",
                    call.from, call.to
                )),
                (None, _) => wiring.unknown.push(format!(
                    "the call of {} to {} is left out: the caller is no service of this world",
                    call.from, call.to
                )),
            }
        }
        for call in &definition.calls {
            soft_left.remove(&(&call.from, &call.to));
        }
        if let Some((from, to)) = soft_left.first() {
            return Err(AvailabilityError::field(
                "softCalls",
                format!("{from} -> {to}"),
                "calls of this world",
            ));
        }
        for class in &definition.classes {
            match index.get(&class.entry) {
                Some(&at) => {
                    let names = wiring.classes.entry(at).or_default();
                    names.push(class.name.clone());
                    let grade = wiring.class_grade.unwrap_or(class.provenance);
                    wiring.class_grade = Some(grade.weaker(class.provenance));
                }
                None => wiring.unknown.push(format!(
                    "class {:?} arrives at {}, which is no service of this world",
                    class.name, class.entry
                )),
            }
        }
        Ok(wiring)
    }

    /// The calls that are needed. A service does not need itself.
    pub fn needs(&self, services: usize) -> Needs {
        let needed = self.wires.iter().filter(|wire| !wire.soft);
        let needs = needed.filter(|wire| wire.from != wire.to).map(|wire| Need {
            from: wire.from,
            to: wire.to,
            provenance: wire.provenance,
        });
        Needs::new(services, needs.collect())
    }

    /// Where requests come in: at the classes' services, or else at every service that nothing calls.
    pub fn entries(&self, services: usize) -> (Vec<Entry>, EntryBasis) {
        if self.classes.is_empty() {
            let called: BTreeSet<usize> = self
                .wires
                .iter()
                .filter(|wire| wire.from != wire.to)
                .map(|wire| wire.to)
                .collect();
            let entries = (0..services).filter(|at| !called.contains(at));
            let entries = entries.map(|service| Entry {
                service,
                classes: Vec::new(),
            });
            return (entries.collect(), EntryBasis::NotCalled);
        }
        let entries = self.classes.iter().map(|(&service, classes)| Entry {
            service,
            classes: classes.clone(),
        });
        (entries.collect(), EntryBasis::Classes)
    }

    /// Services with no call of their own that is known.
    pub fn without_calls(&self, services: usize) -> Vec<usize> {
        let callers: BTreeSet<usize> = self.wires.iter().map(|wire| wire.from).collect();
        (0..services).filter(|at| !callers.contains(at)).collect()
    }
}
