//! Keeps secrets out: every object passes the importer's redaction before anything else sees it.

use drydock_import::{InputFile, import};
use serde_json::Value;

/// An object without what must not enter a lab.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Redacted {
    /// The object.
    pub json: Value,
    /// Fields whose values were dropped, such as `spec.containers[0].env[DB_PASSWORD]`.
    pub dropped: Vec<String>,
}

/// Drops the values of Secrets and what looks like a credential.
///
/// # Errors
/// Where the importer does not take the object: then nothing of it may be kept.
pub(crate) fn redact(json: &Value) -> Result<Redacted, String> {
    let file = InputFile {
        path: "object.json".to_owned(),
        bytes: json.to_string().into_bytes(),
    };
    let mut imported = import(vec![file]).map_err(|error| error.to_string())?;
    let object = imported.world.objects.pop().ok_or("it is no object")?;
    let dropped = imported.report.dropped.into_iter();
    Ok(Redacted {
        json: std::sync::Arc::unwrap_or_clone(object.json),
        dropped: dropped.map(|dropped| dropped.field).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn credentials_go_and_all_else_stays() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "futureField": [1, 2.5e-7, 0.1]},
            "spec": {"containers": [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "A", "value": "1"}]}]},
            "newSection": {"x": null}});
        let redacted = redact(&pod).unwrap();
        let mut expect = pod.clone();
        expect["spec"]["containers"][0]["env"][0]["value"] = Value::Null;
        assert_eq!(redacted.json.to_string(), expect.to_string());
        assert_eq!(redacted.dropped, ["spec.containers[0].env[DB_PASSWORD]"]);
    }
}
