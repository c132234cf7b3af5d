//! `drydock schedule`: a dump scheduled at once, as text, Markdown or JSON. Decides nothing and stores nothing.

use std::fmt::Write;
use std::process::ExitCode;

use drydock_services::Error;
use drydock_services::scheduler::{SnapshotInput, SnapshotReport, schedule_snapshot};
use serde_json::{Value, json};

use super::arguments::Schedule;
use super::print;

/// Rows of a table for a reader; `--json` has them all.
const ROWS: usize = 50;

/// Schedules, prints, and says by the exit code whether every pod has a node.
pub fn run(asked: &Schedule, json: bool) -> Result<ExitCode, Error> {
    let report = schedule_snapshot(SnapshotInput {
        snapshot: asked.snapshot.clone(),
        pods: asked.pods.clone(),
        configuration: asked.config.clone(),
        what_if: asked.what_if.clone(),
        explain: asked.explain.clone(),
        limit_mib: asked.limit_mib,
    })?;
    let pending = !report.report.outcome.after.pending.is_empty();
    let value = serde_json::to_value(&report).map_err(Error::internal)?;
    if json {
        print(&format!("{value}\n"))?;
    } else {
        let changed = asked.what_if.is_some() || !asked.pods.is_empty();
        print(&text(&report, &value, changed, asked.markdown))?;
    }
    Ok(ExitCode::from(u8::from(pending)))
}

/// Text that is put together part by part, in one of two dresses.
struct Page {
    out: String,
    markdown: bool,
}

impl Page {
    fn heading(&mut self, title: &str) {
        let _ = if self.markdown {
            writeln!(self.out, "\n## {title}\n")
        } else {
            writeln!(self.out, "\n{title}")
        };
    }

    /// A table with a heading; nothing where it has no rows.
    fn table(&mut self, title: &str, columns: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.heading(title);
        let shown = &rows[..rows.len().min(ROWS)];
        let head: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        if self.markdown {
            let line = |cells: &[String]| {
                let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            self.out.push_str(&line(&head));
            let rule = vec!["---".to_owned(); columns.len()];
            self.out.push_str(&line(&rule));
            for row in shown {
                self.out.push_str(&line(row));
            }
        } else {
            let widths: Vec<usize> = (0..columns.len())
                .map(|at| {
                    let cells = shown.iter().map(|row| row[at].chars().count());
                    cells.chain([columns[at].len()]).max().unwrap_or(0)
                })
                .collect();
            for row in std::iter::once(&head).chain(shown) {
                let cells: Vec<String> = row
                    .iter()
                    .zip(&widths)
                    .map(|(cell, width)| format!("{cell:<width$}"))
                    .collect();
                let _ = writeln!(self.out, "{}", cells.join("  ").trim_end());
            }
        }
        if rows.len() > ROWS {
            let left = rows.len() - ROWS;
            let _ = writeln!(self.out, "\n{left} more; --json has all of them");
        }
    }

    /// The objects of a JSON array as a table.
    fn objects(&mut self, title: &str, list: &Value, columns: &[&str]) {
        let rows: Vec<Vec<String>> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| columns.iter().map(|column| plain(&row[*column])).collect())
            .collect();
        self.table(title, columns, &rows);
    }

    fn list(&mut self, title: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.heading(title);
        for item in items {
            let _ = writeln!(self.out, "- {item}");
        }
    }
}

fn text(report: &SnapshotReport, value: &Value, changed: bool, markdown: bool) -> String {
    let outcome = &report.report.outcome;
    let mut page = Page {
        out: String::new(),
        markdown,
    };
    let title = format!(
        "{}, scheduled by {}",
        value["basis"]["world"].as_str().unwrap_or_default(),
        outcome.profile
    );
    let _ = writeln!(page.out, "{}{title}", if markdown { "# " } else { "" });
    let sums = |placement: &Value| {
        let of = |name: &str| -> i64 {
            let nodes = placement["nodes"].as_array().into_iter().flatten();
            nodes.filter_map(|node| node[name].as_i64()).sum()
        };
        let cost = &placement["costPerHour"];
        vec![
            plain(&placement["pods"]),
            plain(&placement["placed"]),
            placement["pending"]
                .as_array()
                .map_or(0, Vec::len)
                .to_string(),
            placement["nodes"]
                .as_array()
                .map_or(0, Vec::len)
                .to_string(),
            share(of("cpuRequested"), of("cpuAllocatable")),
            share(of("memoryRequested"), of("memoryAllocatable")),
            if cost.is_null() {
                "-".to_owned()
            } else {
                format!("{} USD/h", plain(cost))
            },
        ]
    };
    let mut rows = Vec::new();
    let mut row = |name: &str, placement: &Value| {
        let mut cells = vec![name.to_owned()];
        cells.extend(sums(placement));
        rows.push(cells);
    };
    if changed {
        row("before", &value["before"]);
    }
    row(if changed { "after" } else { "now" }, &value["after"]);
    page.table(
        "placement",
        &[
            "", "pods", "placed", "pending", "nodes", "CPU", "memory", "cost",
        ],
        &rows,
    );
    if changed {
        let _ = writeln!(page.out, "\n{}", report.report.impact);
    }

    let pending = outcome.after.pending.iter().map(|pod| {
        vec![
            pod.pod.clone(),
            format!("{}m", pod.cpu),
            mebibytes(pod.memory),
            pod.message.clone(),
        ]
    });
    page.table(
        "pending",
        &["pod", "CPU", "memory", "why"],
        &pending.collect::<Vec<_>>(),
    );
    if changed {
        page.objects("moved", &value["moved"], &["pod", "from", "to", "cause"]);
    }
    page.objects(
        "evicted for more important pods",
        &value["preempted"],
        &["pod", "by", "node"],
    );
    for drain in &outcome.drains {
        let word = if drain.done { "done" } else { "not done" };
        let title = format!(
            "drain of {}: {word} in {} rounds, up to {} s of grace",
            drain.node, drain.rounds, drain.grace_seconds
        );
        let steps = serde_json::to_value(&drain.steps).unwrap_or_else(|_| json!([]));
        page.objects(
            &title,
            &steps,
            &["round", "pod", "action", "reason", "budget", "graceSeconds"],
        );
    }
    let nodes = outcome.after.nodes.iter().map(|node| {
        vec![
            node.name.clone(),
            node.zone.clone().unwrap_or_else(dash),
            node.pool.clone().unwrap_or_else(dash),
            share(node.cpu_requested, node.cpu_allocatable),
            share(node.memory_requested, node.memory_allocatable),
            format!("{}/{}", node.pods, node.max_pods),
            match (node.ready, node.unschedulable) {
                (false, _) => "not ready",
                (true, true) => "cordoned",
                (true, false) => "ready",
            }
            .to_owned(),
        ]
    });
    page.table(
        "nodes",
        &["node", "zone", "pool", "CPU", "memory", "pods", "state"],
        &nodes.collect::<Vec<_>>(),
    );
    explanation(&mut page, report, value);
    page.list("not considered", &outcome.not_considered);
    page.list("assumed", &outcome.assumptions);
    page.list("warnings", &outcome.warnings);
    page.out
}

fn explanation(page: &mut Page, report: &SnapshotReport, value: &Value) {
    let Some(told) = &report.explanation else {
        return;
    };
    page.heading(&format!("why {}", told.pod));
    let _ = writeln!(page.out, "{}", told.explanation.message);
    let explained = &value["explanation"];
    page.objects(
        "why not elsewhere",
        &explained["reasons"],
        &["plugin", "code", "reason", "nodes"],
    );
    let rows: Vec<Vec<String>> = explained["explanation"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| {
            let verdict = &node["verdict"];
            let list = |name: &str| verdict[name].as_array().cloned().unwrap_or_default();
            if verdict["outcome"] == json!("feasible") {
                let parts = list("plugins");
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| format!("{} {}", plain(&part[0]), plain(&part[1])))
                    .collect();
                vec![
                    plain(&node["node"]),
                    plain(&verdict["total"]),
                    parts.join(", "),
                ]
            } else {
                let reasons: Vec<_> = list("reasons").iter().map(plain).collect();
                vec![
                    plain(&node["node"]),
                    "-".to_owned(),
                    format!("{}: {}", plain(&verdict["plugin"]), reasons.join(", ")),
                ]
            }
        })
        .collect();
    page.table("nodes for it", &["node", "score", "why"], &rows);
    let candidates = &explained["preemption"]["candidates"];
    let rows: Vec<Vec<String>> = candidates
        .as_array()
        .into_iter()
        .flatten()
        .map(|candidate| {
            let victims = candidate["victims"].as_array().cloned().unwrap_or_default();
            let victims: Vec<_> = victims.iter().map(|victim| plain(&victim["pod"])).collect();
            vec![
                plain(&candidate["node"]),
                victims.join(", "),
                plain(&candidate["budgetViolations"]),
                plain(&candidate["best"]),
            ]
        })
        .collect();
    page.table(
        "eviction",
        &["node", "victims", "budgets broken", "best"],
        &rows,
    );
    let remedies = explained["remedies"].as_array().into_iter().flatten();
    let remedies: Vec<String> = remedies.map(remedy).collect();
    page.list("what would make it fit", &remedies);
}

fn remedy(remedy: &Value) -> String {
    let of = |name: &str| plain(&remedy[name]);
    match remedy["change"].as_str().unwrap_or_default() {
        "free" => {
            let short = remedy["short"].as_array().cloned().unwrap_or_default();
            let short: Vec<_> = short
                .iter()
                .map(|short| format!("{} {}", plain(&short["amount"]), plain(&short["resource"])))
                .collect();
            format!("free {} on {}", short.join(" and "), of("node"))
        }
        "uncordon" => format!("uncordon {}", of("node")),
        "dropTaint" => format!("take the taint {} off {}", of("taint"), of("node")),
        "tolerate" => format!("tolerate {}: it then goes to {}", of("taint"), of("node")),
        "relax" => format!("relax {}: it then goes to {}", of("field"), of("node")),
        "addNode" => format!("add a node like {}", of("like")),
        other => other.to_owned(),
    }
}

fn dash() -> String {
    "-".to_owned()
}

fn share(asked: i64, offered: i64) -> String {
    if offered > 0 {
        format!("{:.1} %", asked as f64 / offered as f64 * 100.0)
    } else {
        dash()
    }
}

fn mebibytes(bytes: i64) -> String {
    format!("{:.0}Mi", bytes as f64 / f64::from(1 << 20))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => dash(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
