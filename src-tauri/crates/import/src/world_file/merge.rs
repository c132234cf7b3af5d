//! Merges world files over what was inferred, checking every field against the catalogue and the workloads.

mod conduct;

use std::collections::BTreeSet;

use drydock_model::{
    Call, Definition, Inventory, Mode, Provenance, RequestClass, ServiceId, Setting, spec,
};
use serde_json::{Map, Value};

use super::API_VERSION;
use crate::ImportError;

/// Merges documents in order and returns the name the last of them gives the world.
pub(crate) fn merge(
    documents: &[(String, Value)],
    inventory: &Inventory,
    definition: &mut Definition,
) -> Result<Option<String>, ImportError> {
    let workloads: BTreeSet<ServiceId> = inventory
        .serving()
        .map(|workload| workload.id.clone())
        .collect();
    let mut name = None;
    let mut readers = Vec::new();
    for (place, document) in documents {
        let reader = Reader {
            place,
            workloads: &workloads,
            namespace: text_at(document, "/metadata/namespace"),
        };
        let spec = reader.spec(document)?;
        name = text_at(document, "/metadata/name")
            .map(str::to_owned)
            .or(name);
        reader.graph(spec, definition)?;
        readers.push((reader, spec));
    }
    // Parameters come last: one file may speak of a call that another adds.
    for (reader, spec) in readers {
        reader.conduct(spec, definition)?;
        reader.parameters(spec, definition)?;
    }
    definition.calls.sort();
    definition.classes.sort();
    refuse_circle(documents, definition)?;
    Ok(name)
}

/// Inferred calls never close a circle; with entered ones among them they may.
fn refuse_circle(
    documents: &[(String, Value)],
    definition: &Definition,
) -> Result<(), ImportError> {
    let mut calls = definition
        .calls
        .iter()
        .map(|call| ((call.from.clone(), call.to.clone()), String::new()))
        .collect();
    match (
        crate::calls::break_circles(&mut calls, &[]).first(),
        documents.last(),
    ) {
        (Some((from, to)), Some((place, _))) => Err(ImportError::WorldFile {
            place: place.clone(),
            field: "spec.calls".to_owned(),
            problem: format!(
                "{from} calling {to} closes a circle, in which no request would end: leave one of its calls out"
            ),
        }),
        _ => Ok(()),
    }
}

struct Reader<'a> {
    place: &'a str,
    workloads: &'a BTreeSet<ServiceId>,
    namespace: Option<&'a str>,
}

impl Reader<'_> {
    fn spec<'v>(&self, document: &'v Value) -> Result<&'v Map<String, Value>, ImportError> {
        let version = text_at(document, "/apiVersion").unwrap_or("");
        if version != API_VERSION {
            return self.fail(
                "apiVersion",
                &format!("is {version:?}: this Drydock reads {API_VERSION}"),
            );
        }
        let kind = text_at(document, "/kind").unwrap_or("");
        if kind != "World" {
            return self.fail("kind", &format!("is {kind:?}: {API_VERSION} has World"));
        }
        let top = self.object("document", document)?;
        self.only("document", top, &["apiVersion", "kind", "metadata", "spec"])?;
        match document.get("spec") {
            Some(spec) => {
                let spec = self.object("spec", spec)?;
                self.only(
                    "spec",
                    spec,
                    &[
                        "mode",
                        "complete",
                        "calls",
                        "classes",
                        "traffic",
                        "policies",
                        "behaviours",
                        "parameters",
                    ],
                )?;
                Ok(spec)
            }
            None => self.fail("spec", "is missing"),
        }
    }

    fn graph(
        &self,
        spec: &Map<String, Value>,
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        match spec.get("mode").map(|mode| mode.as_str().unwrap_or("")) {
            None => {}
            Some("development") => definition.mode = Mode::Development,
            Some("production") => definition.mode = Mode::Production,
            Some(_) => {
                return self.fail(
                    "spec.mode",
                    &format!("is {}: write development or production", spec["mode"]),
                );
            }
        }
        match spec.get("complete") {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                definition.calls.clear();
                definition.classes.clear();
                definition.traffic.clear();
                definition.policies.clear();
                definition.behaviours.clear();
            }
            Some(other) => {
                return self.fail(
                    "spec.complete",
                    &format!("is {other}: write true (infer nothing) or false"),
                );
            }
        }
        for (at, item) in self.list(spec, "calls")?.iter().enumerate() {
            self.call(&format!("spec.calls[{at}]"), item, definition)?;
        }
        for (at, item) in self.list(spec, "classes")?.iter().enumerate() {
            self.class(&format!("spec.classes[{at}]"), item, definition)?;
        }
        Ok(())
    }

    fn call(
        &self,
        field: &str,
        item: &Value,
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        let item = self.object(field, item)?;
        let call = Call {
            from: self.workload(&format!("{field}.from"), item.get("from"))?,
            to: self.workload(&format!("{field}.to"), item.get("to"))?,
            provenance: self.provenance(field, item)?,
            source: self.source(field, item)?,
        };
        if call.from == call.to {
            return self.fail(
                &format!("{field}.to"),
                &format!("is {} itself: a service calls another", call.to),
            );
        }
        let subject = call.subject();
        definition
            .calls
            .retain(|other| (&other.from, &other.to) != (&call.from, &call.to));
        definition.calls.push(call);
        self.own_parameters(
            field,
            item,
            &subject,
            &["from", "to", "provenance", "source"],
            definition,
        )
    }

    fn class(
        &self,
        field: &str,
        item: &Value,
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        let item = self.object(field, item)?;
        let entry = self.workload(&format!("{field}.entry"), item.get("entry"))?;
        let name = match item.get("name") {
            None => entry.name().to_owned(),
            Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
            Some(other) => {
                return self.fail(
                    &format!("{field}.name"),
                    &format!("is {other}: write a name"),
                );
            }
        };
        let class = RequestClass {
            name,
            entry,
            provenance: self.provenance(field, item)?,
            source: self.source(field, item)?,
        };
        let subject = format!("class/{}", class.name);
        // What is entered for an entry stands instead of what was inferred for it.
        definition.classes.retain(|other| {
            other.name != class.name
                && (other.provenance != Provenance::Inferred || other.entry != class.entry)
        });
        definition.classes.push(class);
        self.own_parameters(
            field,
            item,
            &subject,
            &["name", "entry", "provenance", "source"],
            definition,
        )
    }

    fn own_parameters(
        &self,
        field: &str,
        item: &Map<String, Value>,
        subject: &str,
        known: &[&str],
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        for (name, value) in item
            .iter()
            .filter(|(name, _)| !known.contains(&name.as_str()))
        {
            let setting = self.setting(
                &format!("{field}.{name}"),
                &format!("{subject}/{name}"),
                value,
            )?;
            definition
                .settings
                .insert(format!("{subject}/{name}"), setting);
        }
        Ok(())
    }

    fn parameters(
        &self,
        spec: &Map<String, Value>,
        definition: &mut Definition,
    ) -> Result<(), ImportError> {
        let Some(parameters) = spec.get("parameters").filter(|value| !value.is_null()) else {
            return Ok(());
        };
        for (key, value) in self.object("spec.parameters", parameters)? {
            let field = format!("spec.parameters[{key}]");
            let setting = self.setting(&field, key, value)?;
            let subject = key.rsplit_once('/').map_or("", |(subject, _)| subject);
            let exists = match subject.split_once('/') {
                Some(("service", id)) => self
                    .workloads
                    .iter()
                    .any(|workload| workload.as_str() == id),
                Some(("class", name)) => definition.classes.iter().any(|class| class.name == name),
                Some(("call", _)) => definition
                    .calls
                    .iter()
                    .any(|call| call.subject() == subject),
                _ => subject == "world",
            };
            if !exists {
                return self.fail(
                    &field,
                    &format!("{subject} is not in this world: write {}", forms()),
                );
            }
            definition.settings.insert(key.clone(), setting);
        }
        Ok(())
    }

    fn setting(&self, field: &str, key: &str, value: &Value) -> Result<Setting, ImportError> {
        let Some(row) = spec(key) else {
            return self.fail(field, &format!("{key} is no parameter: write {}", forms()));
        };
        let (number, details) = match value {
            Value::Object(map) => {
                self.only(field, map, &["value", "provenance", "source", "asOf"])?;
                (map.get("value").unwrap_or(&Value::Null), Some(map))
            }
            other => (other, None),
        };
        let (low, high) = row.limits;
        let Some(number) = number
            .as_f64()
            .filter(|number| (low..=high).contains(number))
        else {
            return self.fail(
                field,
                &format!(
                    "is {number}: write a number between {low} and {high} ({})",
                    row.unit
                ),
            );
        };
        let none = Map::new();
        let details = details.unwrap_or(&none);
        let as_of = match details.get("asOf") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if is_time(text) => Some(text.clone()),
            Some(other) => {
                return self.fail(
                    &format!("{field}.asOf"),
                    &format!("is {other}: write a date such as 2026-01-31 or an ISO 8601 time"),
                );
            }
        };
        Ok(Setting {
            value: number,
            provenance: self.provenance(field, details)?,
            source: self.source(field, details)?,
            as_of,
        })
    }

    fn provenance(&self, field: &str, map: &Map<String, Value>) -> Result<Provenance, ImportError> {
        match map.get("provenance") {
            None => Ok(Provenance::Entered),
            Some(value) => serde_json::from_value(value.clone()).or_else(|_| {
                let problem = format!(
                    "is {value}: write measured, fitted, inferred, entered, estimated or assumed"
                );
                self.fail(&format!("{field}.provenance"), &problem)
            }),
        }
    }

    fn source(&self, field: &str, map: &Map<String, Value>) -> Result<String, ImportError> {
        match map.get("source") {
            None => Ok(self.place.to_owned()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => self.fail(
                &format!("{field}.source"),
                &format!("is {other}: write text"),
            ),
        }
    }

    fn workload(&self, field: &str, value: Option<&Value>) -> Result<ServiceId, ImportError> {
        let Some(Value::String(text)) = value else {
            return self.fail(field, "is missing: write the workload as namespace/name");
        };
        let id = if text.contains('/') {
            text.parse()
                .or_else(|problem: String| self.fail(field, &problem))?
        } else {
            ServiceId::new(self.namespace.unwrap_or(""), text)
        };
        if self.workloads.contains(&id) {
            return Ok(id);
        }
        let known: Vec<_> = self
            .workloads
            .iter()
            .take(8)
            .map(ServiceId::as_str)
            .collect();
        let more = if self.workloads.len() > known.len() {
            ", ..."
        } else {
            ""
        };
        self.fail(
            field,
            &format!(
                "{id} is no workload of this import: it has {}{more}",
                known.join(", ")
            ),
        )
    }

    fn list<'v>(
        &self,
        spec: &'v Map<String, Value>,
        name: &str,
    ) -> Result<&'v [Value], ImportError> {
        match spec.get(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => self.fail(&format!("spec.{name}"), "is no list"),
        }
    }

    fn object<'v>(
        &self,
        field: &str,
        value: &'v Value,
    ) -> Result<&'v Map<String, Value>, ImportError> {
        value
            .as_object()
            .map_or_else(|| self.fail(field, "is no map of fields"), Ok)
    }

    fn only(
        &self,
        field: &str,
        map: &Map<String, Value>,
        known: &[&str],
    ) -> Result<(), ImportError> {
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) => self.fail(
                field,
                &format!("has no field {unknown:?}: it has {}", known.join(", ")),
            ),
            None => Ok(()),
        }
    }

    fn fail<T>(&self, field: &str, problem: &str) -> Result<T, ImportError> {
        Err(ImportError::WorldFile {
            place: self.place.to_owned(),
            field: field.to_owned(),
            problem: problem.to_owned(),
        })
    }
}

fn forms() -> &'static str {
    "service/<namespace>/<name>/<parameter>, call/<namespace>/<name>-><namespace>/<name>/<parameter>, class/<name>/<parameter> or \
     world/<parameter>"
}

fn is_time(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        || chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn text_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
