//! One line of a watch, read.

use serde_json::Value;

use super::kinds::Resource;
use super::pager::complete;
use super::read_error::{ReadError, Refusal, quote};

/// What a line of a watch says.
#[derive(Debug, PartialEq)]
pub(crate) enum WatchEvent {
    /// `ADDED` or `MODIFIED`: this is how the object is now.
    Put(Value),
    /// `DELETED`: this is how it was last.
    Deleted(Value),
    /// `BOOKMARK`: nothing happened, but the version is a later one.
    Bookmark,
}

/// Reads a line, and the resource version it takes the watch to.
///
/// # Errors
/// What an `ERROR` event says, or why the line does not read: then what happened is not known.
pub(crate) fn parse(line: &[u8], resource: &Resource) -> Result<(WatchEvent, String), ReadError> {
    let garbage = |problem: &str| {
        let start = quote(&String::from_utf8_lossy(&line[..line.len().min(80)]));
        // Values of environment variables stand deep in an object, not at the start of a line.
        ReadError::Garbage(format!("{problem} in the watch line {start:?}"))
    };
    let mut event: Value =
        serde_json::from_slice(line).map_err(|error| garbage(&error.to_string()))?;
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    let mut object = event.get_mut("object").map(Value::take).unwrap_or_default();
    if kind == "ERROR" {
        return Err(ReadError::Refused(Refusal::of_status(&object)));
    }
    // What an API server says where it fails in the midst of a watch.
    if kind.is_empty() && event["kind"] == "Status" {
        return Err(ReadError::Refused(Refusal::of_status(&event)));
    }
    let version = object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default();
    let version = version.to_owned();
    if version.is_empty() {
        return Err(garbage("no object.metadata.resourceVersion"));
    }
    if kind == "BOOKMARK" {
        return Ok((WatchEvent::Bookmark, version));
    }
    complete(&mut object, resource).map_err(|problem| garbage(&problem))?;
    let event = match kind.as_str() {
        "ADDED" | "MODIFIED" => WatchEvent::Put(object),
        "DELETED" => WatchEvent::Deleted(object),
        _ => return Err(garbage("unknown type")),
    };
    Ok((event, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(line: &str) -> Result<(WatchEvent, String), ReadError> {
        let nodes = Resource {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Node".to_owned(),
            plural: "nodes".to_owned(),
            namespaced: false,
        };
        super::parse(line.as_bytes(), &nodes)
    }

    #[test]
    fn every_type() {
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "resourceVersion": "8"}});
        let line = |kind: &str| json!({"type": kind, "object": object}).to_string();
        let at = |event: WatchEvent| Ok((event, "8".to_owned()));
        assert_eq!(parse(&line("ADDED")), at(WatchEvent::Put(object.clone())));
        assert_eq!(
            parse(&line("MODIFIED")),
            at(WatchEvent::Put(object.clone()))
        );
        assert_eq!(
            parse(&line("DELETED")),
            at(WatchEvent::Deleted(object.clone()))
        );
        let mark = json!({"type": "BOOKMARK", "object": {"kind": "Node", "metadata": {"resourceVersion": "8"}}});
        assert_eq!(parse(&mark.to_string()), at(WatchEvent::Bookmark));
    }

    #[test]
    fn errors() {
        let expired = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}});
        assert!(parse(&expired.to_string()).unwrap_err().is_expired());
        let bare = json!({"kind": "Status", "code": 500, "message": "etcd"}).to_string();
        assert_eq!(parse(&bare).unwrap_err().code(), Some(500));
        let check = |line: &str, expect: &str| {
            let error = parse(line).unwrap_err();
            assert!(matches!(error, ReadError::Garbage(_)), "{error:?}");
            assert!(error.to_string().contains(expect), "{error}");
        };
        check("<html>", "expected value");
        check("{}", "no object.metadata.resourceVersion");
        check(r#"{"type":"ADDED"}"#, "no object.metadata.resourceVersion");
        let nameless = r#"{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}"#;
        check(nameless, "no metadata.name");
        let strange =
            r#"{"type":"MOVED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}"#;
        check(strange, "unknown type");
    }
}
