//! Two runs, figure by figure.

use std::collections::BTreeSet;

use drydock_model::NANOS_PER_SECOND;
use drydock_simulation::Summary;

use super::list::row_of;
use super::{CompareInput, Comparison, Difference};
use crate::{Error, Lab};

/// `compare_runs`: two runs figure by figure; a figure one of them lacks has no change.
pub fn compare_runs(lab: &Lab, input: CompareInput) -> Result<Comparison, Error> {
    let (a, b) = (lab.runs.get(lab, &input.a)?, lab.runs.get(lab, &input.b)?);
    Ok(Comparison {
        differences: differences(&a.summary, &b.summary),
        a: row_of(&a.row, a.world.clone())?,
        b: row_of(&b.row, b.world.clone())?,
    })
}

type Figure = (&'static str, &'static str, fn(&Summary) -> Option<f64>);

const FIGURES: [Figure; 14] = [
    ("duration", "s", |s| {
        Some(s.duration_ns as f64 / NANOS_PER_SECOND as f64)
    }),
    ("requests", "requests", |s| Some(s.requests as f64)),
    ("answered", "requests", |s| Some(s.completed as f64)),
    ("failed", "requests", |s| Some(s.failed as f64)),
    ("error rate", "ratio", |s| s.error_rate),
    ("latency, mean", "ms", |s| Some(s.latency?.mean_ms)),
    ("latency, p50", "ms", |s| Some(s.latency?.p50_ms)),
    ("latency, p90", "ms", |s| Some(s.latency?.p90_ms)),
    ("latency, p95", "ms", |s| Some(s.latency?.p95_ms)),
    ("latency, p99", "ms", |s| Some(s.latency?.p99_ms)),
    ("latency, largest", "ms", |s| Some(s.latency?.max_ms)),
    ("cost per hour at the end", "USD/h", |s| {
        Some(s.cost.per_hour.approximate()).filter(|cost| *cost > 0.0)
    }),
    ("cost of the run", "USD", |s| {
        Some(s.cost.total.approximate()).filter(|cost| *cost > 0.0)
    }),
    ("parameters assumed", "parameters", |s| {
        Some(s.assumed.len() as f64)
    }),
];

fn differences(a: &Summary, b: &Summary) -> Vec<Difference> {
    let mut all: Vec<Difference> = FIGURES
        .iter()
        .map(|(figure, unit, of)| difference(*figure, unit, of(a), of(b)))
        .collect();
    let causes: BTreeSet<&String> = a.lost.keys().chain(b.lost.keys()).collect();
    for cause in causes {
        // A cause that is not listed did not occur: that is known to be none.
        let of = |summary: &Summary| Some(summary.lost.get(cause).copied().unwrap_or(0) as f64);
        all.push(difference(
            format!("failed, {cause}"),
            "requests",
            of(a),
            of(b),
        ));
    }
    let services: BTreeSet<&str> = a
        .services
        .iter()
        .chain(&b.services)
        .map(|service| service.id.as_str())
        .collect();
    for id in services {
        let (a, b) = (service(a, id), service(b, id));
        let p99 =
            |service: Option<&drydock_simulation::ServiceSummary>| Some(service?.latency?.p99_ms);
        let cpu = |service: Option<&drydock_simulation::ServiceSummary>| service?.cpu_cores;
        let most = |service: Option<&drydock_simulation::ServiceSummary>| {
            Some(f64::from(service?.replicas_max))
        };
        all.push(difference(
            format!("{id}, latency p99"),
            "ms",
            p99(a),
            p99(b),
        ));
        all.push(difference(format!("{id}, CPU"), "cores", cpu(a), cpu(b)));
        all.push(difference(
            format!("{id}, most ready pods"),
            "pods",
            most(a),
            most(b),
        ));
    }
    all
}

fn service<'a>(summary: &'a Summary, id: &str) -> Option<&'a drydock_simulation::ServiceSummary> {
    summary
        .services
        .iter()
        .find(|service| service.id.as_str() == id)
}

fn difference(figure: impl Into<String>, unit: &str, a: Option<f64>, b: Option<f64>) -> Difference {
    Difference {
        figure: figure.into(),
        unit: unit.to_owned(),
        a,
        b,
        change: a.zip(b).map(|(a, b)| b - a),
    }
}
