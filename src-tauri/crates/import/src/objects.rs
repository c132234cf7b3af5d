//! Documents to cluster objects: lists of every shape taken apart, kinds filled in, the rest reported.

use std::collections::BTreeMap;

use drydock_model::{ClusterObject, ObjectKey, Provenance, Skipped};
use serde_json::Value;

/// What documents hold.
#[derive(Default)]
pub(crate) struct Collected {
    /// Objects by key, each with where it stands.
    pub objects: BTreeMap<ObjectKey, (String, Value)>,
    /// World files with where they stand.
    pub worlds: Vec<(String, Value)>,
    /// The rest.
    pub skipped: Vec<Skipped>,
}

/// Kind and API version that a typed list gives its items.
#[derive(Clone, Default)]
struct ListType {
    kind: Option<String>,
    api_version: Option<String>,
}

impl Collected {
    /// Takes one document.
    pub fn take(&mut self, place: &str, document: Value) {
        if !document.is_null() {
            self.value(place, document, &ListType::default());
        }
    }

    /// Reports something that is not taken.
    pub fn skip(&mut self, place: &str, kind: Option<&str>, reason: &str) {
        self.skipped.push(Skipped {
            place: place.to_owned(),
            kind: kind.map(str::to_owned),
            reason: reason.to_owned(),
        });
    }

    fn value(&mut self, place: &str, value: Value, of: &ListType) {
        match value {
            Value::Array(items) => self.items(place, items, of),
            Value::Object(_) if is_list(&value) => {
                let kind = text(&value, "kind")
                    .and_then(|kind| kind.strip_suffix("List"))
                    .filter(|kind| !kind.is_empty());
                let of = ListType {
                    kind: kind.map(str::to_owned),
                    api_version: kind
                        .and_then(|_| text(&value, "apiVersion"))
                        .map(str::to_owned),
                };
                if let Value::Object(mut list) = value
                    && let Some(Value::Array(items)) = list.remove("items")
                {
                    self.items(place, items, &of);
                }
            }
            Value::Object(_) => self.object(place, value, of),
            other => self.skip(
                place,
                None,
                &format!(
                    "is {}, not an object with apiVersion and kind",
                    name_of(&other)
                ),
            ),
        }
    }

    fn items(&mut self, place: &str, items: Vec<Value>, of: &ListType) {
        // A foreign document (traces, metrics) is one line in the report, not one a record.
        let foreign =
            |item: &Value| !item.is_array() && !is_list(item) && text(item, "kind").is_none();
        if of.kind.is_none() && !items.is_empty() && items.iter().all(foreign) {
            let count = items.len();
            self.skip(
                place,
                None,
                &format!("{count} records without kind: not Kubernetes objects"),
            );
            return;
        }
        for (at, item) in items.into_iter().enumerate() {
            self.value(&format!("{place} item {}", at + 1), item, of);
        }
    }

    fn object(&mut self, place: &str, mut value: Value, of: &ListType) {
        if let Value::Object(map) = &mut value {
            for (field, given) in [("apiVersion", &of.api_version), ("kind", &of.kind)] {
                if !matches!(map.get(field), Some(Value::String(text)) if !text.is_empty())
                    && let Some(given) = given
                {
                    map.insert(field.to_owned(), Value::String(given.clone()));
                }
            }
        }
        let Some(kind) = text(&value, "kind").map(str::to_owned) else {
            return self.skip(place, None, "has no kind: not a Kubernetes object");
        };
        let Some(version) = text(&value, "apiVersion") else {
            return self.skip(
                place,
                Some(&kind),
                "apiVersion is missing: write it as v1 or apps/v1",
            );
        };
        if version.starts_with("drydock.dev/") {
            self.worlds.push((place.to_owned(), value));
            return;
        }
        if kind == "Status" && version == "v1" {
            return self.skip(
                place,
                Some(&kind),
                "the answer to a failed request, not an object",
            );
        }
        if is_configuration(&kind, version) {
            name_configuration(&mut value);
        }
        if value
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return self.skip(place, Some(&kind), "metadata.name is missing");
        }
        let object = ClusterObject::new(value, Provenance::Measured);
        let key = object.key();
        let json = std::sync::Arc::unwrap_or_clone(object.json);
        if let Some((earlier, _)) = self.objects.insert(key.clone(), (place.to_owned(), json)) {
            let reason = format!("{key} is given again in {place}; the later one stays");
            self.skip(&earlier, Some(&kind), &reason);
        }
    }
}

/// A configuration of kube-scheduler: a file of its own, which has no name, but decides as objects do.
fn is_configuration(kind: &str, version: &str) -> bool {
    kind == "KubeSchedulerConfiguration" && version.starts_with("kubescheduler.config.k8s.io/")
}

/// Names a configuration that has no name, so that it can stand among objects.
fn name_configuration(value: &mut Value) {
    if let Value::Object(map) = value {
        let metadata = map
            .entry("metadata")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Value::Object(metadata) = metadata {
            metadata
                .entry("name")
                .or_insert_with(|| Value::String("kube-scheduler".to_owned()));
        }
    }
}

/// A list: `items`, and a kind that ends in List or none. A list of nothing may have `items: null` or leave it out.
fn is_list(value: &Value) -> bool {
    let items = value
        .get("items")
        .is_some_and(|items| items.is_array() || items.is_null());
    match text(value, "kind") {
        Some(kind) => {
            kind.ends_with("List") && (items || value.pointer("/metadata/name").is_none())
        }
        None => items,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(document: Value, keys: &[&str], skipped: &[&str]) {
        let mut collected = Collected::default();
        collected.take("f", document.clone());
        let got: Vec<_> = collected
            .objects
            .iter()
            .map(|(key, (_, json))| format!("{} {key}", json["apiVersion"].as_str().unwrap()))
            .collect();
        assert_eq!(got, keys, "{document}");
        let got: Vec<_> = collected
            .skipped
            .iter()
            .map(|s| format!("{}: {}", s.place, s.reason))
            .collect();
        assert_eq!(got, skipped, "{document}");
    }

    fn pod(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"}})
    }

    #[test]
    fn lists_of_every_shape() {
        check(pod("a"), &["v1 Pod n/a"], &[]);
        check(
            json!({"kind": "List", "apiVersion": "v1", "items": [pod("a"), pod("b")]}),
            &["v1 Pod n/a", "v1 Pod n/b"],
            &[],
        );
        check(json!({"items": [pod("a")]}), &["v1 Pod n/a"], &[]);
        check(
            json!([pod("a"), [pod("b")]]),
            &["v1 Pod n/a", "v1 Pod n/b"],
            &[],
        );
        check(
            json!({"kind": "List", "items": [{"kind": "List", "items": [pod("a")]}]}),
            &["v1 Pod n/a"],
            &[],
        );
        check(
            json!({"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "a", "namespace": "n"}}]}),
            &["v1 Pod n/a"],
            &[],
        );
        check(
            json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": null}),
            &[],
            &[],
        );
        check(
            json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}}),
            &[],
            &[],
        );
        check(Value::Null, &[], &[]);
    }

    #[test]
    fn a_configuration_of_the_scheduler_has_a_name() {
        let version = "kubescheduler.config.k8s.io/v1";
        let configuration = |metadata: Value| {
            let mut configuration =
                json!({"apiVersion": version, "kind": "KubeSchedulerConfiguration"});
            if !metadata.is_null() {
                configuration["metadata"] = metadata;
            }
            configuration
        };
        check(
            configuration(Value::Null),
            &["kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration kube-scheduler"],
            &[],
        );
        check(
            configuration(json!({"name": "packing"})),
            &["kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration packing"],
            &[],
        );
    }

    #[test]
    fn the_rest_is_reported() {
        check(
            json!("text"),
            &[],
            &["f: is text, not an object with apiVersion and kind"],
        );
        check(
            json!({"a": 1}),
            &[],
            &["f: has no kind: not a Kubernetes object"],
        );
        check(
            json!([{"traceId": 1}, {"traceId": 2}]),
            &[],
            &["f: 2 records without kind: not Kubernetes objects"],
        );
        check(
            json!({"kind": "Pod"}),
            &[],
            &["f: apiVersion is missing: write it as v1 or apps/v1"],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Pod"}),
            &[],
            &["f: metadata.name is missing"],
        );
        check(
            json!([pod("a"), {"x": 1}]),
            &["v1 Pod n/a"],
            &["f item 2: has no kind: not a Kubernetes object"],
        );
        check(
            json!([pod("a"), pod("a")]),
            &["v1 Pod n/a"],
            &["f item 1: Pod n/a is given again in f item 2; the later one stays"],
        );
    }
}
