//! The OpenAPI 3.1 document, made from the table.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::operation::{Kind, Operation, table};

const PREFIX: &str = "/api/monitoring";

/// The document. Equal tables give equal bytes.
pub fn openapi() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = Map::new();
    for operation in table() {
        let described = describe(operation, &mut generator);
        let path = paths
            .entry(format!("{PREFIX}{}", operation.path))
            .or_insert_with(|| json!({}));
        path[operation.method.name().to_lowercase()] = described;
    }
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.sort_keys();
    schemas.insert("Failure".to_owned(), failure());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Drydock",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Everything that can be asked of a lab.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:3001"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "drydock_session"},
            },
        },
    })
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let input = (operation.input_schema)(generator).to_value();
    let empty = Map::new();
    let fields = input["properties"].as_object().unwrap_or(&empty);
    let required = |field: &str| {
        input["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|name| name == field))
    };
    let in_path = |field: &str| operation.path.contains(&format!("{{{field}}}"));
    let bodiless = matches!(operation.method.name(), "GET" | "DELETE");
    let mut parameters = Vec::new();
    let mut body = Map::new();
    let mut body_required = Vec::new();
    for (field, schema) in fields {
        if in_path(field) || bodiless {
            parameters.push(json!({
                "name": field,
                "in": if in_path(field) { "path" } else { "query" },
                "required": in_path(field) || required(field),
                "description": schema["description"],
                "schema": schema,
            }));
        } else {
            if required(field) {
                body_required.push(field.clone());
            }
            body.insert(field.clone(), schema.clone());
        }
    }
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "x-role": operation.role.name(),
        "x-kind": operation.kind(),
        "parameters": parameters,
        "responses": responses(operation, generator),
    });
    if !bodiless {
        described["requestBody"] = json!({
            "required": !body_required.is_empty(),
            "content": {"application/json": {"schema": {
                "type": "object", "properties": body, "required": body_required, "additionalProperties": false,
            }}},
        });
    }
    described
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let failure = json!({
        "description": "Refused or failed.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    });
    let success = match (operation.output_schema, operation.kind()) {
        (Some(output), _) => {
            let mut properties =
                json!({"success": {"const": true}, "data": output(generator).to_value()});
            if operation.list {
                properties["next"] =
                    json!({"type": "string", "description": "Cursor of the next page."});
            }
            json!({"description": "Done.", "content": {"application/json": {"schema": {
                "type": "object", "required": ["success", "data"], "properties": properties,
            }}}})
        }
        (None, Kind::Stream) => json!({"description": "A WebSocket opens."}),
        (None, _) => {
            json!({"description": "The bytes.", "content": {"application/octet-stream": {}}})
        }
    };
    let status = if operation.kind() == Kind::Stream {
        "101".to_owned()
    } else {
        operation.status.to_string()
    };
    let mut all = json!({ status: success, "default": failure });
    if operation.kind() == Kind::Job {
        all["202"] = json!({"description": "Still at work: ask for the job.", "content": {"application/json": {"schema": {
            "type": "object", "required": ["success", "data"],
            "properties": {"success": {"const": true}, "data": {"type": "object", "required": ["job"], "properties": {"job": {"type": "string"}}}},
        }}}});
    }
    all
}

fn failure() -> Value {
    json!({
        "type": "object",
        "required": ["success", "error", "code"],
        "properties": {
            "success": {"const": false},
            "error": {"type": "string", "description": "What happened, to what, and what would be right."},
            "code": {"enum": ["bad_input", "unauthorized", "forbidden", "not_found", "conflict", "too_large", "refused", "rate_limited", "cancelled", "internal"]},
            "details": {"description": "The field at fault, the place in a file, the seconds to wait."},
        },
    })
}
