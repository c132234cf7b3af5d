//! The lab itself: the table, settings, audit, bin, jobs, the stream.

use drydock_services::shapes::{Blob, Nothing};
use drydock_services::{Error, Lab, Role, audit, bin, jobs, lab, settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::example::{
    Example,
    Expect::{Filled, Holds, Is, There},
};
use crate::operation::{
    Head, Kind,
    Method::{Get, Post, Put},
    Operation, bytes, command, list, query, stream, table,
};

/// An operation as the doors list it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct OperationRow {
    /// Its name.
    name: String,
    /// HTTP method.
    method: String,
    /// Path under `/api/monitoring`.
    path: String,
    /// query, command, job, bytes or stream.
    #[schemars(with = "String")]
    kind: Kind,
    /// Smallest role that may.
    role: Role,
    /// What it does.
    summary: String,
    /// JSON Schema of its input.
    input: Value,
}

#[allow(clippy::unnecessary_wraps)] // the shape of every handler
fn operations(_: &Lab, _: Nothing) -> Result<Vec<OperationRow>, Error> {
    Ok(table()
        .iter()
        .map(|operation| OperationRow {
            name: operation.name.to_owned(),
            method: operation.method.name().to_owned(),
            path: operation.path.to_owned(),
            kind: operation.kind(),
            role: operation.role,
            summary: operation.summary.to_owned(),
            input: operation.input_schema().clone(),
        })
        .collect())
}

fn openapi(_: &Lab, _: Nothing) -> Result<Blob, Error> {
    let bytes = serde_json::to_vec(&crate::openapi()).map_err(Error::internal)?;
    Ok(Blob {
        media_type: "application/json".to_owned(),
        file_name: None,
        bytes,
    })
}

/// What to listen to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamInput {
    /// Topics: `session`, `cluster`, `jobs`.
    #[allow(dead_code)]
    subscribe: Option<Vec<String>>,
}

pub(super) fn rows() -> Vec<Operation> {
    use Role::{Admin, Operator, Viewer};
    let none = || json!({});
    vec![
        query(
            Head(
                Get,
                "/operations",
                "operations",
                Viewer,
                "List every operation with its input.",
            ),
            operations,
        )
        .shown(Example::new(none()).gives("/data", Filled)),
        bytes(
            Head(
                Get,
                "/openapi.json",
                "openapi",
                Viewer,
                "Give the OpenAPI 3.1 document.",
            ),
            openapi,
        )
        .shown(Example::new(none()).gives("", Holds("\"openapi\":\"3.1.0\""))),
        stream::<StreamInput>(Head(
            Get,
            "/stream",
            "stream",
            Viewer,
            "Hear what changes, as it changes.",
        )),
        query(
            Head(
                Get,
                "/lab",
                "lab",
                Viewer,
                "Say which lab is open and which world it is at.",
            ),
            lab::lab,
        )
        .shown(Example::new(none()).gives("/data/currentWorld", Is(json!("researchflow")))),
        query(
            Head(
                Get,
                "/settings",
                "settings",
                Viewer,
                "List the settings and where each value comes from.",
            ),
            settings::settings,
        )
        .shown(Example::new(none()).gives("/data/0/key", Is(json!("cloud.provider")))),
        command(
            Head(
                Put,
                "/settings/{key}",
                "set_setting",
                Admin,
                "Give a setting a value.",
            ),
            settings::set_setting,
        )
        .shown(
            Example::new(json!({"key": "session.seed", "value": 9}))
                .gives("/data/source", Is(json!("entered")))
                .then("settings", none(), "/data/2/value", Is(json!(9))),
        ),
        list(
            Head(
                Get,
                "/audit",
                "audit",
                Operator,
                "List writes and refusals, newest first.",
            ),
            audit::audit,
        )
        .shown(Example::new(json!({"limit": 1})).gives("/data/0/hash", Filled)),
        query(
            Head(
                Get,
                "/audit/verify",
                "audit_verify",
                Operator,
                "Check that the audit log is whole.",
            ),
            audit::audit_verify,
        )
        .shown(Example::new(none()).gives("/data/ok", Is(json!(true)))),
        query(
            Head(
                Get,
                "/bin",
                "bin",
                Viewer,
                "List what was deleted in the last 30 days.",
            ),
            bin::bin,
        )
        .shown(
            Example::new(none())
                .after("delete_world", json!({"world": "current"}))
                .gives("/data/0/name", Is(json!("researchflow"))),
        ),
        command(
            Head(
                Post,
                "/bin/{id}/restore",
                "restore",
                Operator,
                "Bring something back from the bin.",
            ),
            bin::restore,
        )
        .shown(
            Example::new(json!({"id": "$0/data/binned"}))
                .after("delete_world", json!({"world": "current"}))
                .gives("/data/name", Is(json!("researchflow")))
                .then("worlds", none(), "/data/0/name", Is(json!("researchflow"))),
        ),
        query(
            Head(
                Get,
                "/jobs",
                "jobs",
                Viewer,
                "List running and lately ended jobs.",
            ),
            jobs::jobs,
        )
        .shown(
            Example::new(none())
                .after("run", json!({"for": "1m", "seed": 7}))
                .gives("/data/0/operation", Is(json!("run"))),
        ),
        query(
            Head(
                Get,
                "/jobs/{job}",
                "job",
                Viewer,
                "Show one job with its progress and result.",
            ),
            jobs::job,
        )
        .shown(
            Example::new(json!({"job": "$1/data/0/id"}))
                .after("run", json!({"for": "1m", "seed": 7}))
                .after("jobs", none())
                .gives("/data/operation", Is(json!("run"))),
        ),
        command(
            Head(
                Post,
                "/jobs/{job}/cancel",
                "cancel_job",
                Operator,
                "Ask a job to stop.",
            ),
            jobs::cancel_job,
        )
        .shown(
            Example::new(json!({"job": "$1/data/0/id"}))
                .after("run", json!({"for": "1m", "seed": 7}))
                .after("jobs", none())
                .gives("/data/state", There),
        ),
    ]
}
