//! Traffic of the classes, policies of the calls and behaviours of the services, each by what it is about.

use drydock_model::{Behaviour, CallPolicy, Definition, Impossible, ServiceId, Traffic};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Reader;
use crate::ImportError;

impl Reader<'_> {
    pub(super) fn conduct(
        &self,
        spec: &Map<String, Value>,
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        for (class, field, value) in self.entries(spec, "traffic")? {
            if !definition.classes.iter().any(|known| known.name == class) {
                return self.fail(&field, "is about no class of this world");
            }
            let traffic: Traffic = self.read(&field, value, Traffic::check)?;
            definition.traffic.insert(class, traffic);
        }
        for (subject, field, value) in self.entries(spec, "policies")? {
            let calls = definition.calls.iter();
            let classes = definition.classes.iter();
            let known = calls
                .map(drydock_model::Call::subject)
                .any(|known| known == subject)
                || classes
                    .map(|class| format!("class/{}", class.name))
                    .any(|known| known == subject);
            if !known {
                return self.fail(
                    &field,
                    "is about no call or class of this world: write call/<namespace>/<name>-><namespace>/<name> or class/<name>",
                );
            }
            let policy: CallPolicy = self.read(&field, value, CallPolicy::check)?;
            definition.policies.insert(subject, policy);
        }
        for (service, field, value) in self.entries(spec, "behaviours")? {
            let id: Option<&ServiceId> = self.workloads.iter().find(|id| id.as_str() == service);
            let Some(id) = id else {
                return self.fail(
                    &field,
                    "is no workload of this world that serves: write <namespace>/<name>",
                );
            };
            let behaviour: Behaviour = self.read(&field, value, Behaviour::check)?;
            definition.behaviours.insert(id.clone(), behaviour);
        }
        Ok(())
    }

    /// The entries of a map: key, field for errors, value.
    fn entries<'v>(
        &self,
        spec: &'v Map<String, Value>,
        name: &str,
    ) -> Result<Vec<(String, String, &'v Value)>, ImportError> {
        let Some(map) = spec.get(name).filter(|value| !value.is_null()) else {
            return Ok(Vec::new());
        };
        let map = self.object(&format!("spec.{name}"), map)?;
        let entries = map.iter();
        Ok(entries
            .map(|(key, value)| (key.clone(), format!("spec.{name}[{key}]"), value))
            .collect())
    }

    fn read<T: DeserializeOwned>(
        &self,
        field: &str,
        value: &Value,
        check: fn(&T) -> Result<(), Impossible>,
    ) -> Result<T, ImportError> {
        let read: T = match serde_json::from_value(value.clone()) {
            Ok(read) => read,
            Err(error) => return self.fail(field, &format!("does not read: {error}")),
        };
        match check(&read) {
            Ok(()) => Ok(read),
            Err(fault) => self.fail(
                &format!("{field}.{}", fault.field),
                &format!("is {}: write {}", fault.value, fault.expected),
            ),
        }
    }
}
