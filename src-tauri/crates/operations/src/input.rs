//! Reading an input: one object, every field known, an error that names the field.

use serde::de::DeserializeOwned;
use serde_json::Value;

use drydock_services::{Code, Error};

/// Reads an input, or says which field is wrong.
pub(crate) fn read<I: DeserializeOwned>(input: Value) -> Result<I, Error> {
    let input = if input.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        input
    };
    if !input.is_object() {
        return Err(Error::new(
            Code::BadInput,
            format!("the input is {}, not an object", kind(&input)),
        ));
    }
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        // serde names unknown and missing fields in its text, and the object they are in as the path.
        let named = message.split('`').nth(1).filter(|_| {
            message.starts_with("unknown field") || message.starts_with("missing field")
        });
        let field = match (path.as_str(), named) {
            ("." | "", Some(name)) => name.to_owned(),
            // The path of an unknown field already ends in its name.
            (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
            (path, _) => path.to_owned(),
        };
        Error::bad_input(&field, message)
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        #[allow(dead_code)]
        world: String,
        #[allow(dead_code)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        count: u32,
    }

    #[test]
    fn errors_name_the_field() {
        let check = |input: Value, field: &str| {
            let error = read::<Input>(input.clone()).unwrap_err();
            assert_eq!(
                error.details,
                Some(json!({ "field": field })),
                "{input}: {error}"
            );
        };
        check(json!({}), "world");
        check(json!({"world": 3}), "world");
        check(json!({"world": "a", "junk": 1}), "junk");
        check(
            json!({"world": "a", "inner": {"count": "x"}}),
            "inner.count",
        );
        check(
            json!({"world": "a", "inner": {"count": 1, "junk": 1}}),
            "inner.junk",
        );
        assert!(
            read::<Input>(json!([]))
                .unwrap_err()
                .message
                .contains("an array")
        );
    }
}
