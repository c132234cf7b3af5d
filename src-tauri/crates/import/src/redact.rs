//! Drops what must not enter a lab: values of Secrets, and whatever looks like a credential anywhere in an object.
//!
//! Changes values only, never the shape: typed views of a redacted object read as before.

use std::collections::BTreeMap;
use std::fmt;

use drydock_model::Dropped;
use serde_json::{Map, Value};

use crate::credential::{
    holds_credential, is_credential_field, is_credential_name, is_credential_shaped, is_literal,
};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Redacts objects, one after the other.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Whether a field of this name holds a credential: the same few names stand in every object.
    fields: BTreeMap<String, bool>,
}

impl Redactor {
    /// Redacts one object in place and says what went.
    pub fn redact(&mut self, object: &str, json: &mut Value, dropped: &mut Vec<Dropped>) {
        let mut walk = Walk {
            object,
            dropped,
            fields: &mut self.fields,
        };
        match json.get("kind").and_then(Value::as_str) {
            Some("Secret") => walk.maps(json, &["data", "stringData"], |_, _| true),
            Some("ConfigMap") => walk.maps(json, &["data", "binaryData"], |key, value| {
                is_credential_name(key) || value.as_str().is_some_and(holds_credential)
            }),
            _ => {}
        }
        walk.value(Path::Root, json);
    }
}

/// Where a value stands; written out only where something is dropped.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// Whether it is a map of free keys to texts.
    fn is_string_map(self) -> bool {
        matches!(self, Self::Field(_, name) if name.ends_with("annotations") || name.ends_with("abels"))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(above, name) => write!(f, "{above}.{name}"),
            Self::Item(list, at) => write!(f, "{list}[{at}]"),
        }
    }
}

/// Whether a variable's value must go.
pub(crate) fn is_secret_variable(name: &str, value: &str) -> bool {
    is_literal(value) && (is_credential_name(name) || holds_credential(value))
}

struct Walk<'a> {
    object: &'a str,
    dropped: &'a mut Vec<Dropped>,
    fields: &'a mut BTreeMap<String, bool>,
}

impl Walk<'_> {
    fn maps(&mut self, json: &mut Value, fields: &[&str], secret: fn(&str, &Value) -> bool) {
        for field in fields {
            let Some(map) = json.get_mut(*field).and_then(Value::as_object_mut) else {
                continue;
            };
            for (key, value) in map.iter_mut() {
                if !value.is_null() && secret(key, value) {
                    *value = Value::Null;
                    self.note(format!("{field}[{key}]"));
                }
            }
        }
    }

    fn value(&mut self, path: Path<'_>, value: &mut Value) {
        match value {
            Value::Object(map) => self.object(path, map),
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    let path = Path::Item(&path, at);
                    match item {
                        // null would not read as an item of a typed list.
                        Value::String(text) if is_credential_shaped(text) => {
                            text.clear();
                            self.note(path.to_string());
                        }
                        other => self.value(path, other),
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, path: Path<'_>, map: &mut Map<String, Value>) {
        let variable = match (map.get("name"), map.get("value")) {
            (Some(Value::String(name)), Some(Value::String(value)))
                if is_secret_variable(name, value) =>
            {
                Some(name.clone())
            }
            _ => None,
        };
        if let Some(name) = variable {
            map.insert("value".to_owned(), Value::Null);
            self.note(match path {
                Path::Item(list, _) => format!("{list}[{name}]"),
                other => format!("{other}[{name}]"),
            });
        }
        let string_map = path.is_string_map();
        let mut gone = Vec::new();
        for (key, value) in map.iter_mut() {
            let below = Path::Field(&path, key);
            match value {
                Value::String(_) if string_map && key == LAST_APPLIED => gone.push(key.clone()),
                Value::String(text)
                    if is_credential_shaped(text)
                        || (is_literal(text) && self.is_credential_field(key)) =>
                {
                    if string_map {
                        gone.push(key.clone());
                    } else {
                        *value = Value::Null;
                        self.note(below.to_string());
                    }
                }
                Value::Array(items) if matches!(key.as_str(), "args" | "command") => {
                    self.command(below, items);
                }
                other => self.value(below, other),
            }
        }
        for key in gone {
            // Keeps the order of the others.
            map.shift_remove(&key);
            self.note(format!("{path}[{key}]"));
        }
    }

    fn is_credential_field(&mut self, name: &str) -> bool {
        if let Some(&known) = self.fields.get(name) {
            return known;
        }
        let holds = is_credential_field(name);
        self.fields.insert(name.to_owned(), holds);
        holds
    }

    fn command(&mut self, path: Path<'_>, items: &mut [Value]) {
        let mut value_of_credential = false;
        for (at, item) in items.iter_mut().enumerate() {
            let Value::String(text) = item else { continue };
            let scrubbed = if value_of_credential && !text.starts_with('-') {
                String::new()
            } else {
                scrub(text)
            };
            value_of_credential = is_credential_option(text);
            if scrubbed != *text {
                *text = scrubbed;
                self.note(format!("{path}[{at}]"));
            }
        }
    }

    fn note(&mut self, field: String) {
        self.dropped.push(Dropped {
            object: self.object.to_owned(),
            field,
        });
    }
}

/// `--password`, whose value is the word after it.
fn is_credential_option(word: &str) -> bool {
    word.starts_with('-') && !word.contains(['=', ' ', '/']) && is_credential_name(word)
}

/// A word or a whole shell line without its credentials; names of options and variables stay.
fn scrub(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return String::new();
    }
    let mut clean = String::with_capacity(text.len());
    let mut value_of_credential = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let space = &word[bare.len()..];
        if bare.is_empty() {
            clean.push_str(space);
            continue;
        }
        if value_of_credential
            && !bare.starts_with('-')
            && is_literal(bare.trim_matches(['"', '\'']))
        {
            value_of_credential = false;
        } else {
            value_of_credential =
                is_credential_option(bare) || bare == "-p" && text.contains("mysql");
            match bare.split_once('=') {
                // The sign may belong to the query of a URL, and the credential stand before it.
                Some((name, _)) if is_credential_shaped(name) => {}
                Some((name, value))
                    if is_literal(value)
                        && (is_credential_name(name) || holds_credential(value)) =>
                {
                    clean.push_str(name);
                    clean.push('=');
                }
                _ if holds_credential(bare) => {}
                // Authorization: Bearer abc, as curl -H takes it.
                _ if bare.ends_with(':') && is_credential_name(bare) => {
                    clean.push_str(bare);
                    value_of_credential = true;
                }
                _ => clean.push_str(bare),
            }
        }
        if bare.eq_ignore_ascii_case("bearer") || bare.eq_ignore_ascii_case("basic") {
            value_of_credential = true;
        }
        clean.push_str(space);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(mut object: Value, expect: Value, fields: &[&str]) {
        let mut dropped = Vec::new();
        Redactor::default().redact("x", &mut object, &mut dropped);
        assert_eq!(object, expect);
        assert_eq!(
            dropped.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(),
            fields
        );
    }

    #[test]
    fn secrets_and_config_maps() {
        check(
            json!({"kind": "Secret", "data": {"a": "aHVudGVyMg=="}, "stringData": {"b": "hunter2"}}),
            json!({"kind": "Secret", "data": {"a": null}, "stringData": {"b": null}}),
            &["data[a]", "stringData[b]"],
        );
        check(
            json!({"kind": "ConfigMap", "data": {"host": "db", "db.password": "hunter2", "app.ini": "[db]\npassword = hunter2\n"}}),
            json!({"kind": "ConfigMap", "data": {"host": "db", "db.password": null, "app.ini": null}}),
            &["data[db.password]", "data[app.ini]"],
        );
    }

    #[test]
    fn variables_and_annotations() {
        check(
            json!({"spec": {"containers": [{"env": [{"name": "A", "value": "1"}, {"name": "DB_PASSWORD", "value": "x"}, {"name": "U", "value": "redis://:x@r"}]}]}}),
            json!({"spec": {"containers": [{"env": [{"name": "A", "value": "1"}, {"name": "DB_PASSWORD", "value": null}, {"name": "U", "value": null}]}]}}),
            &[
                "spec.containers[0].env[DB_PASSWORD]",
                "spec.containers[0].env[U]",
            ],
        );
        check(
            json!({"metadata": {"annotations": {LAST_APPLIED: "{}", "b": "c"}}, "spec": {"adminPassword": "x", "volumes": [{"secret": {"secretName": "s"}}]}}),
            json!({"metadata": {"annotations": {"b": "c"}}, "spec": {"adminPassword": null, "volumes": [{"secret": {"secretName": "s"}}]}}),
            &[
                "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
                "spec.adminPassword",
            ],
        );
    }

    #[test]
    fn commands() {
        let check = |args: &[&str], expect: &[&str]| {
            let mut object = json!({"args": args});
            Redactor::default().redact("x", &mut object, &mut Vec::new());
            assert_eq!(object, json!({"args": expect}));
        };
        check(&["--password=hunter2", "--v=2"], &["--password=", "--v=2"]);
        check(
            &["--password", "hunter2", "--v"],
            &["--password", "", "--v"],
        );
        check(
            &["redis-server --requirepass hunter2 --port 1"],
            &["redis-server --requirepass  --port 1"],
        );
        check(
            &[
                "--db=postgres://u:hunter2@db/x",
                "postgres://u:hunter2@db/x",
            ],
            &["--db=", ""],
        );
        check(
            &["--uri", "postgres://u:hunter2@db/x?sslmode=disable"],
            &["--uri", ""],
        );
        check(
            &["export API_TOKEN=hunter2; run"],
            &["export API_TOKEN= run"],
        );
        check(
            &["curl -H 'Authorization: Bearer hunter2' svc"],
            &["curl -H 'Authorization:   svc"],
        );
        check(
            &["--password=$(DB_PASSWORD)", "--token-file=/x"],
            &["--password=$(DB_PASSWORD)", "--token-file=/x"],
        );
    }
}
