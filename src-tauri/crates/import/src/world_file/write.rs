//! Writes a world's definition as a world file that reads back as the same.

use drydock_model::{Setting, World};
use serde_json::{Map, Value, json};

use super::API_VERSION;

/// The definition of a world as YAML: with the same manifests it imports as the same calls, classes and parameters.
pub fn world_file(world: &World) -> String {
    let definition = &world.definition;
    let calls: Vec<Value> = definition
        .calls
        .iter()
        .map(|call| json!({"from": call.from, "to": call.to, "provenance": call.provenance, "source": call.source}))
        .collect();
    let classes: Vec<Value> = definition
        .classes
        .iter()
        .map(|class| json!({"name": class.name, "entry": class.entry, "provenance": class.provenance, "source": class.source}))
        .collect();
    let parameters: Map<String, Value> = definition
        .settings
        .iter()
        .map(|(key, setting)| (key.clone(), value(setting)))
        .collect();
    let mut document = json!({
        "apiVersion": API_VERSION,
        "kind": "World",
        "spec": {"mode": definition.mode, "complete": true, "calls": calls, "classes": classes, "parameters": parameters},
    });
    for (field, map) in [
        ("traffic", json!(definition.traffic)),
        ("policies", json!(definition.policies)),
        ("behaviours", json!(definition.behaviours)),
    ] {
        if map.as_object().is_some_and(|map| !map.is_empty()) {
            document["spec"][field] = map;
        }
    }
    // A tree of strings and finite numbers always has a YAML form.
    serde_yaml_ng::to_string(&document).unwrap_or_default()
}

fn value(setting: &Setting) -> Value {
    let mut map =
        json!({"value": setting.value, "provenance": setting.provenance, "source": setting.source});
    if let (Some(as_of), Value::Object(map)) = (&setting.as_of, &mut map) {
        map.insert("asOf".to_owned(), json!(as_of));
    }
    map
}
