//! From what was typed to the input of an operation.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drydock_services::Error;
use serde_json::{Map, Value, json};

use super::Asked;
use super::arguments::Verb;

/// What a verb asks for.
pub fn of(verb: &Verb) -> Result<Asked, Error> {
    let asked = |operation: &str, input: Value, out: Option<&PathBuf>| Asked {
        operation: operation.to_owned(),
        input,
        out: out.cloned(),
    };
    Ok(match verb {
        Verb::Import { paths, world } => {
            let mut input = json!({ "files": files(paths)? });
            if let Some(world) = world {
                input["name"] = json!(world);
            }
            asked("import_world", input, None)
        }
        Verb::Run {
            world,
            duration,
            seed,
            kill_node,
            kill_pod,
            replications,
            name,
        } => {
            let mut kills = Vec::new();
            for (field, texts) in [("node", kill_node), ("pod", kill_pod)] {
                for text in texts {
                    kills.push(kill(field, text)?);
                }
            }
            let mut input = Map::new();
            input.insert("for".to_owned(), json!(duration));
            input.insert("seed".to_owned(), json!(seed));
            if !kills.is_empty() {
                input.insert("kills".to_owned(), json!(kills));
            }
            let given = [
                ("world", json!(world)),
                ("replications", json!(replications)),
                ("name", json!(name)),
            ];
            input.extend(
                given
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.to_owned(), value)),
            );
            asked("run", Value::Object(input), None)
        }
        Verb::Runs => asked("runs", json!({}), None),
        Verb::Compare { a, b } => asked("compare_runs", json!({ "a": a, "b": b }), None),
        Verb::Report { run, out } => asked("run_report", json!({ "run": run }), Some(out)),
        Verb::Worlds => asked("worlds", json!({}), None),
        Verb::Export { world, out } => {
            asked("export_world", json!({ "world": world }), out.as_ref())
        }
        Verb::Call {
            operation,
            input,
            out,
        } => asked(operation, read(input)?, out.as_ref()),
        Verb::Operations => asked("operations", json!({}), None),
        Verb::Serve { .. } | Verb::Schedule(_) | Verb::Mcp => {
            return Err(Error::internal("not an operation"));
        }
    })
}

fn kill(field: &str, text: &str) -> Result<Value, Error> {
    match text.rsplit_once('@') {
        Some((name, at)) if !name.is_empty() && !at.is_empty() => {
            Ok(json!({ "at": at, field: name }))
        }
        _ => Err(Error::bad_input(
            &format!("--kill-{field}"),
            format!("{text:?}: write NAME@TIME, such as worker-1@30m"),
        )),
    }
}

fn read(input: &str) -> Result<Value, Error> {
    let (place, text) = if input == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Error::bad_input("input", error))?;
        ("standard input", text)
    } else if let Some(path) = input.strip_prefix('@') {
        (
            path,
            std::fs::read_to_string(path)
                .map_err(|error| Error::bad_input("input", format!("{path}: {error}")))?,
        )
    } else {
        ("input", input.to_owned())
    };
    serde_json::from_str(&text)
        .map_err(|error| Error::bad_input(place, format!("not JSON: {error}")))
}

/// The files at these paths and below them, in the order of their names. Hidden ones and links are passed over.
fn files(paths: &[PathBuf]) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).map_err(|error| at(path, &error))?;
        if about.is_dir() {
            // Named from the folder that was given, so that a report reads the same wherever it lies.
            let name = path.canonicalize().map_err(|error| at(path, &error))?;
            walk(
                path,
                Path::new(name.file_name().unwrap_or_default()),
                &mut found,
            )?;
        } else {
            found.push((
                path.clone(),
                PathBuf::from(path.file_name().unwrap_or_default()),
            ));
        }
    }
    if found.is_empty() {
        return Err(Error::bad_input("paths", "no file in there"));
    }
    found
        .iter()
        .map(|(path, name)| {
            let bytes = std::fs::read(path).map_err(|error| at(path, &error))?;
            Ok(json!({ "path": name.to_string_lossy().replace('\\', "/"), "base64": STANDARD.encode(bytes) }))
        })
        .collect()
}

fn walk(folder: &Path, name: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> Result<(), Error> {
    let mut entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| at(folder, &error))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        let kind = entry.file_type().map_err(|error| at(&path, &error))?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() {
            walk(&path, &name, found)?;
        } else if kind.is_file() {
            found.push((path, name));
        }
    }
    Ok(())
}

fn at(path: &Path, error: &std::io::Error) -> Error {
    Error::bad_input("paths", format!("{}: {error}", path.display()))
}
