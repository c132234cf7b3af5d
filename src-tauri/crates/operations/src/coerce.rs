//! Path and query strings become values of the types that an operation's schema names.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::operation::Operation;

/// Texts as typed values. A text that does not read as its field's type stays text, so that reading the input names
/// the field.
pub fn coerce(operation: &Operation, texts: BTreeMap<String, String>) -> Map<String, Value> {
    let schema = operation.input_schema();
    texts
        .into_iter()
        .map(|(field, text)| {
            let value = typed(&schema["properties"][&field], &text);
            (field, value)
        })
        .collect()
}

fn typed(schema: &Value, text: &str) -> Value {
    let wants = |kind: &str| match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => false,
    };
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    match parsed {
        Some(value @ Value::Number(_)) if wants("integer") || wants("number") => value,
        Some(value @ Value::Bool(_)) if wants("boolean") => value,
        Some(value @ (Value::Array(_) | Value::Object(_))) if !wants("string") => value,
        _ => Value::String(text.to_owned()),
    }
}
