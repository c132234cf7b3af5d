//! YAML to JSON values, document by document, with merge keys applied.
//!
//! Documents are told apart by their `---` lines before they are parsed, so that an error in one costs none of the others.

use serde::Deserialize;
use serde_json::{Map, Number, Value};
use serde_yaml_ng::Value as Yaml;

/// A document or why it does not read: line and column count from the start of the file.
pub(crate) fn documents(text: &str) -> Vec<Result<Value, String>> {
    let mut all = Vec::new();
    for (first_line, chunk) in chunks(text) {
        for document in serde_yaml_ng::Deserializer::from_str(chunk) {
            let read = Yaml::deserialize(document).and_then(|mut value| {
                value.apply_merge()?;
                Ok(value)
            });
            let failed = read.is_err();
            all.push(read.map(json).map_err(|error| place(&error, first_line)));
            if failed {
                break;
            }
        }
    }
    all
}

/// The text cut at lines that begin a document, each with the number of lines before it. A `---` at the start of a line
/// begins a document wherever it stands, inside a block scalar too (YAML 1.2, rule c-forbidden).
fn chunks(text: &str) -> Vec<(usize, &str)> {
    let mut cuts = vec![(0, 0)];
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let begins = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if begins && offset > 0 {
            cuts.push((number, offset));
        }
        offset += line.len();
    }
    let ends = cuts.iter().skip(1).map(|cut| cut.1).chain([text.len()]);
    let pieces = cuts
        .iter()
        .zip(ends)
        .map(|(&(line, from), to)| (line, &text[from..to]));
    // Directives, comments and blank lines before the first document are none themselves.
    pieces
        .filter(|(_, piece)| {
            piece
                .lines()
                .any(|line| !matches!(line.trim_start().chars().next(), None | Some('#' | '%')))
        })
        .collect()
}

fn place(error: &serde_yaml_ng::Error, first_line: usize) -> String {
    let text = error.to_string();
    match error.location() {
        Some(at) => {
            // The library ends its message with the place inside the document.
            let message = text.split(" at line ").next().unwrap_or(&text);
            format!(
                "line {}, column {}: {message}",
                at.line() + first_line,
                at.column()
            )
        }
        None => text,
    }
}

fn json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => number_value(&number),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(json).collect()),
        Yaml::Mapping(mapping) => {
            let mut map = Map::new();
            for (key, value) in mapping {
                let key = key_text(key);
                let value = file_mode(&key, json(value));
                map.insert(key, value);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => json(tagged.value),
    }
}

fn number_value(number: &serde_yaml_ng::Number) -> Value {
    if let Some(value) = number.as_i64() {
        return Value::from(value);
    }
    if let Some(value) = number.as_u64() {
        return Value::from(value);
    }
    number
        .as_f64()
        .and_then(Number::from_f64)
        .map_or_else(|| Value::String(number.to_string()), Value::Number)
}

fn key_text(key: Yaml) -> String {
    match json(key) {
        Value::String(text) => text,
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

/// File modes are written as `0644`, an octal number in the YAML 1.1 that Kubernetes reads and a string in YAML 1.2.
fn file_mode(key: &str, value: Value) -> Value {
    match (&value, key) {
        (Value::String(text), "defaultMode" | "mode") if text.starts_with('0') => {
            i64::from_str_radix(text, 8).map_or(value, Value::from)
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expect: &[Result<Value, &str>]) {
        let got = documents(text);
        let got: Vec<_> = got
            .iter()
            .map(|d| d.as_ref().map_err(String::as_str).cloned())
            .collect();
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn documents_and_merge_keys() {
        check("", &[]);
        check("# only\n---\n# comments\n", &[Ok(Value::Null)]);
        check(
            "%YAML 1.2\n---\na: 1\n---\nb: 2\n",
            &[Ok(json!({"a": 1})), Ok(json!({"b": 2}))],
        );
        check(
            "base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}",
            &[Ok(
                json!({"base": {"x": 1, "y": 2}, "use": {"y": 3, "x": 1}}),
            )],
        );
        check(
            "8080: yes\ntrue: 1.5\nmode: 0644\nbig: 18446744073709551615",
            &[Ok(
                json!({"8080": "yes", "true": 1.5, "mode": 420, "big": u64::MAX}),
            )],
        );
        check("t: !tag 2024-01-01", &[Ok(json!({"t": "2024-01-01"}))]);
    }

    #[test]
    fn an_error_costs_one_document() {
        let text = "a: 1\n---\nb: [1, 2\nc: 3\n---\nd: 4\n";
        let got = documents(text);
        assert_eq!(got[0], Ok(json!({"a": 1})));
        let error = got[1].as_ref().unwrap_err();
        assert!(error.starts_with("line 4, column 2: "), "{error}");
        assert_eq!(got[2], Ok(json!({"d": 4})));
    }
}
