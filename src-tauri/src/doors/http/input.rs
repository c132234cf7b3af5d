//! One input out of a request: fields of the path, of the query and of the body, each given once.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use drydock_operations::{Operation, coerce};
use drydock_services::{Code, Error};
use serde_json::{Map, Value};

/// The input of an operation, or which field is wrong.
pub fn merge(
    operation: &Operation,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Error> {
    let mut texts = BTreeMap::new();
    for (field, text) in path.into_iter().chain(query) {
        if texts.insert(field.clone(), text).is_some() {
            return Err(twice(&field));
        }
    }
    let mut input = coerce(operation, texts);
    for (field, value) in read(headers, body)? {
        if input.contains_key(&field) {
            return Err(twice(&field));
        }
        input.insert(field, value);
    }
    Ok(Value::Object(input))
}

/// The object in a body; none is an empty one.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Error> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    // A form on another page can send text, but not this type without asking first.
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Error::bad_input(
            "Content-Type",
            format!("{kind:?}: send application/json"),
        ));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::new(Code::BadInput, "the body is not a JSON object")),
        Err(error) => Err(Error::new(
            Code::BadInput,
            format!("the body is not JSON: {error}"),
        )),
    }
}

fn twice(field: &str) -> Error {
    Error::bad_input(field, "given more than once, in path, query or body")
}
