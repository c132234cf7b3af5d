//! A dump scheduled at once, without a lab: what the command line and a pipeline ask.

use std::path::PathBuf;

use drydock_import::{DEFAULT_LIMIT_BYTES, InputFile, import_within, read_paths};
use drydock_what_if::Change;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::settled::Settled;
use super::{ExplainInput, PodExplanation, WhatIfReport, changes, explain, what_if};
use crate::Error;

/// What is to be scheduled.
#[derive(Clone, Debug)]
pub struct SnapshotInput {
    /// Dumps, manifests, folders and archives of them: the cluster.
    pub snapshot: Vec<PathBuf>,
    /// Manifests to be scheduled besides.
    pub pods: Vec<PathBuf>,
    /// A KubeSchedulerConfiguration.
    pub configuration: Option<PathBuf>,
    /// A list of changes, as YAML or JSON.
    pub what_if: Option<PathBuf>,
    /// A pod to be explained.
    pub explain: Option<String>,
    /// MiB that the files of the cluster may have together, unpacked.
    pub limit_mib: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotReport {
    /// Before and after the changes; without any, both show the snapshot with what waited placed.
    #[serde(flatten)]
    pub report: WhatIfReport,
    /// Why the pod asked for is where it is.
    pub explanation: Option<PodExplanation>,
}

/// Schedules a snapshot: reads the files, applies the changes, explains a pod. Writes nothing.
pub fn schedule_snapshot(input: SnapshotInput) -> Result<SnapshotReport, Error> {
    let limit = input.limit_mib.saturating_mul(1 << 20);
    let files = read("--snapshot", &input.snapshot, limit)?;
    let imported =
        import_within(files, limit).map_err(|error| Error::bad_input("--snapshot", error))?;
    if imported.needs_nodes && input.what_if.is_none() {
        return Err(Error::bad_input(
            "--snapshot",
            "holds no node: `kubectl get nodes,pods -A -o yaml` writes them, or --what-if adds some",
        ));
    }
    let mut world =
        Settled::of(imported.world, None).map_err(|error| Error::bad_input("--snapshot", error))?;
    world.name.clone_from(&imported.suggested_name);

    let mut asked = Vec::new();
    if let Some(path) = &input.configuration {
        let text = text("--config", path)?;
        asked.push(Change::SetScheduler {
            preset: None,
            parsed: Some(changes::configuration("--config", &text)?),
            configuration: Some(text),
        });
    }
    if !input.pods.is_empty() {
        let mut objects = Vec::new();
        for file in read("--pods", &input.pods, DEFAULT_LIMIT_BYTES)? {
            let text = utf8("--pods", &file)?;
            objects.extend(changes::manifests("--pods", &file.path, text)?);
        }
        asked.push(Change::AddWorkloads {
            manifests: String::new(),
            objects,
        });
    }
    let before = asked.len();
    if let Some(path) = &input.what_if {
        asked.extend(changes::parsed("--what-if", listed(path)?)?);
    }
    let asked = changes::Asked {
        changes: asked,
        warnings: imported
            .report
            .skipped
            .iter()
            .map(|skipped| format!("{}: {}", skipped.place, skipped.reason))
            .collect(),
    };
    let (report, after) =
        what_if::ask(&world, &asked).map_err(|error| named(error, before, &input))?;
    let explanation = input
        .explain
        .map(|pod| {
            let mut after = Settled::of(after, None)?;
            after.name.clone_from(&world.name);
            let asked = ExplainInput {
                pod,
                ..ExplainInput::default()
            };
            explain::in_world(&after, &asked).map_err(|error| Error::bad_input("--explain", error))
        })
        .transpose()?;
    Ok(SnapshotReport {
        report,
        explanation,
    })
}

/// Says in which file a change at fault stands: `config` and `pods` come first in the list.
fn named(mut error: Error, before: usize, input: &SnapshotInput) -> Error {
    let field = error
        .details
        .as_ref()
        .and_then(|details| details["field"].as_str())
        .and_then(|field| field.strip_prefix("changes[")?.split_once(']'))
        .and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest.to_owned())));
    let Some((number, rest)) = field else {
        return error;
    };
    let option = match number.checked_sub(before) {
        Some(at) => format!("--what-if [{at}]{rest}"),
        None if number == 0 && input.configuration.is_some() => "--config".to_owned(),
        None => "--pods".to_owned(),
    };
    let old = format!("changes[{number}]{rest}");
    error.message = error.message.replacen(&old, &option, 1);
    error.details = Some(serde_json::json!({ "field": option }));
    error
}

fn read(option: &str, paths: &[PathBuf], limit_bytes: u64) -> Result<Vec<InputFile>, Error> {
    read_paths(paths, limit_bytes).map_err(|error| Error::bad_input(option, error))
}

fn utf8<'a>(option: &str, file: &'a InputFile) -> Result<&'a str, Error> {
    std::str::from_utf8(&file.bytes)
        .map_err(|error| Error::bad_input(option, format!("{}: {error}", file.path)))
}

fn text(option: &str, path: &PathBuf) -> Result<String, Error> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::bad_input(option, format!("{}: {error}", path.display())))
}

/// The changes of a file: a list, or documents of lists.
fn listed(path: &PathBuf) -> Result<Vec<Change>, Error> {
    let text = text("--what-if", path)?;
    let name = path.to_string_lossy();
    let wrong = |error: &dyn std::fmt::Display| {
        Error::bad_input("--what-if", format!("{}: {error}", path.display()))
    };
    let documents = drydock_import::documents(&name, text.as_bytes())
        .map_err(|error| Error::bad_input("--what-if", error))?;
    let mut all = Vec::new();
    for document in documents.into_iter().filter(|document| !document.is_null()) {
        // As an input of the operation has them, or the list alone.
        let list = match document {
            Value::Object(mut fields) if fields.contains_key("changes") => {
                fields.remove("changes").unwrap_or_default()
            }
            other => other,
        };
        let Value::Array(items) = list else {
            return Err(wrong(
                &"not a list of changes: write `- type: drainNodes` and so on",
            ));
        };
        for (at, item) in items.into_iter().enumerate() {
            let change = serde_json::from_value(item)
                .map_err(|error| wrong(&format!("change {}: {error}", at + 1)))?;
            all.push(change);
        }
    }
    Ok(all)
}
