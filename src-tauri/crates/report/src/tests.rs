//! A small report as it reads, and that no text of a world becomes markup.

use drydock_model::{Parameter, Provenance};
use drydock_simulation::{Event, EventKind};

use super::*;
use crate::escape::{clock, number};

fn line(name: &str, values: &[Option<f64>]) -> Line {
    Line {
        name: name.to_owned(),
        values: values.to_vec(),
    }
}

fn small(world: &str) -> ReportInput {
    ReportInput {
        title: format!("Run of {world}"),
        world: world.to_owned(),
        revision: 2,
        seed: 7,
        engine_version: "1".to_owned(),
        digest: "ab12".to_owned(),
        duration_s: 30.0,
        grade: Provenance::Assumed,
        figures: vec![
            Figure {
                name: "Latency p99".to_owned(),
                unit: "ms".to_owned(),
                value: Some(84.25),
                range: Some((40.0, 200.0)),
                because: Some("3 of 4 parameters that move it are assumed".to_owned()),
            },
            Figure {
                name: "Cost per hour".to_owned(),
                unit: "USD/h".to_owned(),
                value: None,
                range: None,
                because: None,
            },
        ],
        parameters: vec![Parameter {
            key: format!("service/{world}/web/demand_ms"),
            subject: String::new(),
            name: "demand_ms".to_owned(),
            meaning: String::new(),
            unit: "ms".to_owned(),
            value: 5.0,
            low: 1.0,
            high: 20.0,
            minimum: 0.001,
            maximum: 600_000.0,
            provenance: Provenance::Assumed,
            source: "nobody measured it".to_owned(),
            as_of: None,
        }],
        warnings: vec!["node a is not ready in the dump".to_owned()],
        times_s: vec![0.0, 10.0, 20.0],
        latency: vec![line("p50", &[Some(10.0), None, Some(12.0)])],
        requests: vec![line("arrived", &[Some(200.0), Some(210.0), Some(190.0)])],
        cpu: Heatmap {
            unit: "cores".to_owned(),
            rows: vec![Row {
                name: format!("{world}/web"),
                values: vec![Some(0.5), None, Some(1.0)],
            }],
        },
        replicas: vec![line("web", &[Some(2.0), Some(1.0), Some(2.0)])],
        costs: vec![
            ("web".to_owned(), "0.25".parse().unwrap()),
            ("idle".to_owned(), "0.5".parse().unwrap()),
        ],
        marks: vec![MarkLine {
            at_s: 12.0,
            label: "a: powered off".to_owned(),
        }],
        events: vec![Event {
            at_ns: 12_000_000_000,
            kind: EventKind::Kill,
            subject: format!("{world}-node"),
            message: "powered off with 2 pods".to_owned(),
            cause: "asked for".to_owned(),
        }],
    }
}

/// The page without its charts, which plotters may draw a little differently from version to version.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<svg") {
        text.push_str(before);
        text.push_str("[chart]");
        rest = after.split_once("</svg>").map_or("", |(_, after)| after);
    }
    text + rest
}

#[test]
fn a_small_report() {
    let page = html(&small("shop")).unwrap();
    assert_eq!(page.matches("<svg").count(), 5, "every chart is there");
    assert_eq!(page, html(&small("shop")).unwrap());
    insta::assert_snapshot!(text_of(&page).replace("</", "\n</"));
}

#[test]
fn no_text_becomes_markup() {
    let evil = "<script>alert('x')</script>";
    let mut input = small(evil);
    for line in [&mut input.latency, &mut input.requests, &mut input.replicas] {
        line[0].name = evil.to_owned();
        let other = line[0].clone();
        line.push(other);
    }
    input.costs[0].0 = evil.to_owned();
    let page = html(&input).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn a_report_of_nothing_says_so() {
    let mut empty = small("shop");
    empty.times_s.clear();
    empty.latency.clear();
    empty.requests.clear();
    empty.replicas.clear();
    empty.cpu.rows.clear();
    empty.costs.clear();
    empty.events.clear();
    let page = html(&empty).unwrap();
    assert_eq!(page.matches("Nothing was measured.").count(), 5);
    assert!(!page.contains("<svg"));
}

#[test]
fn numbers_and_times() {
    for (value, expect) in [
        (0.0, "0"),
        (3.0, "3"),
        (1234567.0, "1\u{202f}234\u{202f}567"),
        (84.25, "84.2"),
        (1.434, "1.43"),
        (0.05, "0.0500"),
    ] {
        assert_eq!(number(value), expect);
    }
    assert_eq!(clock(3725.9), "1:02:05");
}
