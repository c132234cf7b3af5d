//! Replies as text: JSON where it is asked for, else a table or a few lines with units.

use std::fmt::Write;

use serde_json::Value;

use super::arguments::Verb;

/// Fields of a run that tell one from its equal. They are told apart from the result, which is the same for the same
/// world, scenario, seed and engine.
const OF_ONE_RUN: [&str; 3] = ["id", "started", "finished"];

/// What is printed of a success.
pub fn text(verb: &Verb, envelope: &Value, json: bool) -> String {
    let data = &envelope["data"];
    match verb {
        Verb::Call { .. } if json => format!("{envelope}\n"),
        Verb::Run { .. } if json => format!("{}\n", result(data)),
        _ if json => format!("{data}\n"),
        Verb::Import { .. } => import(data),
        Verb::Run { .. } => run(data),
        Verb::Runs => table(
            data,
            &[
                "id",
                "name",
                "world",
                "revision",
                "seed",
                "durationNs",
                "started",
            ],
        ),
        Verb::Worlds => table(data, &["name", "revision", "current", "created", "id"]),
        Verb::Operations => table(data, &["name", "kind", "role", "method", "path", "summary"]),
        Verb::Compare { .. } => table(
            &data["differences"],
            &["figure", "unit", "a", "b", "change"],
        ),
        _ => format!("{data:#}\n"),
    }
}

fn result(data: &Value) -> Value {
    match data {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !OF_ONE_RUN.contains(&key.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        other => other.clone(),
    }
}

fn import(data: &Value) -> String {
    let report = &data["report"];
    let mut out = format!(
        "world {} @ r{}\n",
        plain(&data["world"]["name"]),
        plain(&data["world"]["revision"])
    );
    let mut part = |title: &str, rows: &Value, columns: &[&str]| {
        if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
            let _ = write!(out, "\n{title}\n{}", table(rows, columns));
        }
    };
    part("taken", &report["taken"], &["kind", "count", "understood"]);
    part("skipped", &report["skipped"], &["place", "kind", "reason"]);
    part(
        "dropped: secrets never enter a lab",
        &report["dropped"],
        &["object", "field"],
    );
    part("inferred", &report["inferred"], &["what", "from"]);
    part(
        "names without a workload",
        &report["unresolved"],
        &["name", "from"],
    );
    part("assumed", &report["assumed"], &["what", "why"]);
    out
}

fn run(data: &Value) -> String {
    let figures = &data["headline"];
    let simulated = data["durationNs"]
        .as_str()
        .and_then(|ns| ns.parse::<f64>().ok())
        .map(|ns| ns / 1e9);
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<14}{value}");
    };
    line(
        "world",
        format!(
            "{} @ r{}, seed {}",
            plain(&data["world"]),
            plain(&data["revision"]),
            plain(&data["seed"])
        ),
    );
    line(
        "simulated",
        simulated.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds} s")),
    );
    line(
        "requests",
        format!(
            "{}, {} completed, {} failed",
            plain(&figures["requests"]),
            plain(&figures["completed"]),
            plain(&figures["failed"])
        ),
    );
    let range = &figures["range"];
    for (name, field) in [("p50", "p50Ms"), ("p95", "p95Ms"), ("p99", "p99Ms")] {
        let between = match range[field].as_array().map(Vec::as_slice) {
            Some([low, high]) => format!(
                ", {} to {} over what is assumed",
                milliseconds(low),
                milliseconds(high)
            ),
            _ => String::new(),
        };
        line(name, format!("{}{between}", milliseconds(&figures[field])));
    }
    if let Some(because) = range["because"].as_str() {
        line("range", because.to_owned());
    }
    let cost = &figures["costPerHour"];
    let cost = if cost.is_null() {
        "-".to_owned()
    } else {
        format!("{} {}/h", plain(&cost["amount"]), plain(&cost["currency"]))
    };
    line("cost", cost);
    line("digest", plain(&data["digest"]));
    out
}

fn milliseconds(value: &Value) -> String {
    value
        .as_f64()
        .map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2} ms"))
}

/// Rows of an array, with the named fields as columns.
fn table(rows: &Value, columns: &[&str]) -> String {
    let empty = Vec::new();
    let rows: Vec<Vec<String>> = rows
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|row| columns.iter().map(|column| plain(&row[*column])).collect())
        .collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            rows.iter()
                .map(|row| row[at].chars().count())
                .chain([columns[at].len()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let head = columns.iter().map(|column| (*column).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    out
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
