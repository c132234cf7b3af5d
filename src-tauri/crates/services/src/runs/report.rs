//! The report of a run: its figures in the shape the report is drawn from.

use drydock_report::{Figure, Heatmap, Line, MarkLine, ReportInput, Row};
use drydock_simulation::{
    Cause, ClassColumn, EventKind, INTERVAL_NS, LatencyOf, ServiceColumn, Summary,
};

use super::RunName;
use super::cache::LoadedRun;
use super::list::telling;
use crate::metrics::{Resource, RowBy, Share, rows};
use crate::session::look::LookBack;
use crate::shapes::Blob;
use crate::{Error, Lab};

/// `run_report`: the report of a run as one self-contained page.
pub fn run_report(lab: &Lab, input: RunName) -> Result<Blob, Error> {
    let run = lab.runs.get(lab, &input.run)?;
    let definition = lab
        .store
        .read(|reader| reader.load_world(&run.row.world, Some(run.row.revision)))?;
    let parameters = definition.parameters(&run.inventory);
    let html = drydock_report::html(&input_of(&run, parameters)).map_err(Error::internal)?;
    Ok(Blob {
        media_type: "text/html; charset=utf-8".to_owned(),
        file_name: Some(format!(
            "{}-{}.html",
            run.world,
            &run.row.digest[..run.row.digest.len().min(8)]
        )),
        bytes: html.into_bytes(),
    })
}

fn input_of(run: &LoadedRun, parameters: Vec<drydock_model::Parameter>) -> ReportInput {
    let telemetry = &run.telemetry;
    let name = run
        .row
        .settings
        .get("name")
        .and_then(serde_json::Value::as_str);
    let count = telemetry.len();
    let times: Vec<f64> = (0..count)
        .map(|at| at as f64 * INTERVAL_NS as f64 / 1e9)
        .collect();
    let latencies: Vec<_> = (0..count)
        .map(|at| telemetry.latency(LatencyOf::All, at, at + 1).percentiles())
        .collect();
    let latency = |name: &str, of: fn(&drydock_simulation::Percentiles) -> f64| Line {
        name: name.to_owned(),
        values: latencies
            .iter()
            .map(|figures| figures.as_ref().map(of))
            .collect(),
    };
    let classes = 0..telemetry.classes().len();
    let sum = |columns: Vec<&[f32]>| -> Vec<Option<f64>> {
        (0..count)
            .map(|at| Some(columns.iter().map(|column| f64::from(column[at])).sum()))
            .collect()
    };
    let arrived = sum(classes
        .clone()
        .map(|class| telemetry.class(class, ClassColumn::Arrivals))
        .collect());
    let lost = sum(classes
        .flat_map(|class| {
            Cause::ALL.map(|cause| telemetry.class(class, ClassColumn::Failed(cause)))
        })
        .collect());
    let back = LookBack {
        basis: run.basis(run.summary.duration_ns),
        telemetry,
        intervals: count,
        events: &run.events,
        now: run.summary.duration_ns,
        inventory: &run.inventory,
        ranges: None,
    };
    let heat = rows(&back, Resource::Cpu, RowBy::Service, Share::Usage);
    ReportInput {
        title: name.map_or_else(|| format!("Run of {}", run.world), str::to_owned),
        world: run.world.clone(),
        revision: run.row.revision,
        seed: run.row.seed,
        engine_version: run.row.engine_version.clone(),
        digest: run.row.digest.clone(),
        duration_s: run.summary.duration_ns as f64 / 1e9,
        grade: run.summary.grade,
        figures: figures(&run.summary),
        parameters,
        warnings: run.summary.warnings.clone(),
        times_s: times,
        latency: vec![
            latency("p50", |figures| figures.p50_ms),
            latency("p95", |figures| figures.p95_ms),
            latency("p99", |figures| figures.p99_ms),
        ],
        requests: vec![
            Line {
                name: "arrived".to_owned(),
                values: arrived,
            },
            Line {
                name: "failed".to_owned(),
                values: lost,
            },
        ],
        cpu: Heatmap {
            unit: "cores".to_owned(),
            rows: heat
                .into_iter()
                .map(|row| Row {
                    name: row.id,
                    values: row
                        .values
                        .iter()
                        .map(|value| Some(f64::from(*value)).filter(|v| !v.is_nan()))
                        .collect(),
                })
                .collect(),
        },
        replicas: telemetry
            .services()
            .iter()
            .enumerate()
            .map(|(at, id)| Line {
                name: id.clone(),
                values: telemetry
                    .service(at, ServiceColumn::ReadyReplicas)
                    .iter()
                    .map(|v| Some(f64::from(*v)))
                    .collect(),
            })
            .collect(),
        costs: run
            .summary
            .cost
            .services
            .iter()
            .map(|(id, cost)| (id.clone(), *cost))
            .chain(std::iter::once(("idle".to_owned(), run.summary.cost.idle)))
            .collect(),
        marks: run
            .events
            .iter()
            .filter(|event| {
                matches!(
                    event.kind,
                    EventKind::Kill | EventKind::Heal | EventKind::NodeLost
                )
            })
            .map(|event| MarkLine {
                at_s: event.at_ns as f64 / 1e9,
                label: format!("{}: {}", event.subject, event.message),
            })
            .collect(),
        events: telling(&run.events),
    }
}

/// The figures that matter first, each with the range that says how far it may be off.
fn figures(summary: &Summary) -> Vec<Figure> {
    let ranges = summary.ranges.as_ref();
    let range = |range: Option<drydock_simulation::Range>, scale: f64| {
        range.map(|r| (r.low * scale, r.high * scale))
    };
    let figure = |name: &str, unit: &str, value: Option<f64>, range: Option<(f64, f64)>| Figure {
        name: name.to_owned(),
        unit: unit.to_owned(),
        value,
        range,
        because: ranges
            .filter(|_| range.is_some())
            .map(|ranges| ranges.because.clone()),
    };
    let latency = summary.latency;
    let money =
        |amount: drydock_model::Money| Some(amount.approximate()).filter(|amount| *amount > 0.0);
    vec![
        figure("Requests", "", Some(summary.requests as f64), None),
        figure("Answered", "", Some(summary.completed as f64), None),
        figure("Failed", "", Some(summary.failed as f64), None),
        figure(
            "Error rate",
            "%",
            summary.error_rate.map(|rate| rate * 100.0),
            range(ranges.and_then(|r| r.error_rate), 100.0),
        ),
        figure(
            "Latency p50",
            "ms",
            latency.map(|l| l.p50_ms),
            range(ranges.and_then(|r| r.p50_ms), 1.0),
        ),
        figure(
            "Latency p95",
            "ms",
            latency.map(|l| l.p95_ms),
            range(ranges.and_then(|r| r.p95_ms), 1.0),
        ),
        figure(
            "Latency p99",
            "ms",
            latency.map(|l| l.p99_ms),
            range(ranges.and_then(|r| r.p99_ms), 1.0),
        ),
        figure("Cost per hour", "USD/h", money(summary.cost.per_hour), None),
        figure("Cost of the run", "USD", money(summary.cost.total), None),
    ]
}
