//! Expositions of both formats, from tables and from real processes.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "exposition/openmetrics.rs"]
mod openmetrics;
#[path = "exposition/text.rs"]
mod text;

use std::path::PathBuf;

use drydock_import::exposition::{Exposition, Format, Increase, MetricFamily, parse};
use proptest::prelude::*;

fn data(test: &str, path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../shared/data/observability/openmetrics"
    ))
    .join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {test} needs ../shared/data/observability/openmetrics/{path}");
    None
}

/// What a text is read as, or the error, on one line.
fn outcome(text: &str, format: Format) -> String {
    match parse(text, format) {
        Ok(exposition) => brief(&exposition),
        Err(error) => error.to_string(),
    }
}

fn brief(exposition: &Exposition) -> String {
    let family = |family: &MetricFamily| {
        let samples: Vec<String> = family
            .series
            .iter()
            .map(|sample| {
                let at = sample.at_ms.map_or(String::new(), |at| format!(" @{at}"));
                let seen = sample.exemplar.as_ref().map_or(String::new(), |exemplar| {
                    format!(
                        " # {:?} {} {:?}",
                        exemplar.labels, exemplar.value, exemplar.at_ms
                    )
                });
                let labels = if sample.labels.is_empty() {
                    String::new()
                } else {
                    format!("{:?}", sample.labels)
                };
                format!(
                    "{}{labels} {}{at}{seen}",
                    family.sample_name(sample),
                    sample.value
                )
            })
            .collect();
        let unit = family
            .unit
            .as_ref()
            .map_or(String::new(), |unit| format!(" in {unit}"));
        let help = family
            .help
            .as_ref()
            .map_or(String::new(), |help| format!(" ({help})"));
        format!(
            "{} {}{unit}{help}: {}",
            family.kind.word(),
            family.name,
            samples.join(", ")
        )
    };
    let mut parts: Vec<String> = exposition.families.iter().map(family).collect();
    parts.extend(
        exposition
            .remarks
            .iter()
            .map(|remark| format!("remark {}: {}", remark.line, remark.text)),
    );
    parts.join(" | ")
}

fn check(format: Format, cases: &[(&str, &str)]) {
    for (text, expect) in cases {
        let got = outcome(text, format);
        let agrees = match expect.strip_suffix("..") {
            Some(start) => got.starts_with(start),
            None => got == *expect,
        };
        assert!(agrees, "{text}\n  got    {got}\n  expect {expect}");
    }
}

#[test]
fn every_case_of_openmetrics_agrees() {
    let Some(folder) = data("every_case_of_openmetrics_agrees", "parsers") else {
        return;
    };
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let about: serde_json::Value =
            serde_json::from_slice(&std::fs::read(case.join("test.json")).unwrap()).unwrap();
        let text = std::fs::read_to_string(case.join("metrics")).unwrap();
        let got = parse(&text, Format::OpenMetrics);
        if Some(got.is_ok()) != about["shouldParse"].as_bool() {
            wrong.push(format!("{}: {got:?}", case.display()));
        }
    }
    println!("{} of {} agree", cases.len() - wrong.len(), cases.len());
    assert!(cases.len() >= 110, "{}", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_real_processes_show() {
    // Families, samples and histograms as grep counts them.
    for (file, format, families, samples, histograms) in [
        ("1histogram.om.txt", Format::OpenMetrics, 1, 42, 3),
        ("alltypes.237mfs.prom.txt", Format::Text, 237, 1857, 105),
        (
            "netdata-traefik_testdata_v2.2.1_metrics.txt",
            Format::Text,
            3,
            1164,
            77,
        ),
        (
            "netdata-haproxy_testdata_v2.3.10_metrics.txt",
            Format::Text,
            74,
            234,
            0,
        ),
        (
            "prometheus-2.42-self-generated-here.om.txt",
            Format::Text,
            169,
            355,
            9,
        ),
    ] {
        let Some(path) = data("what_real_processes_show", file) else {
            continue;
        };
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(Format::of_text(&text), format, "{file}");
        let read = parse(&text, format).unwrap_or_else(|error| panic!("{file}: {error}"));
        let points: usize = read
            .families
            .iter()
            .map(|family| family.histograms().unwrap().len())
            .sum();
        let series: usize = read.families.iter().map(|family| family.series.len()).sum();
        assert_eq!(
            (read.families.len(), series, points),
            (families, samples, histograms),
            "{file}"
        );
    }
}

#[test]
fn histograms_of_a_proxy() {
    let file = "netdata-traefik_testdata_v2.2.1_metrics.txt";
    let Some(path) = data("histograms_of_a_proxy", file) else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let read = parse(&text, Format::Text).unwrap();
    let family = read
        .family("traefik_entrypoint_request_duration_seconds")
        .unwrap();
    let histograms = family.histograms().unwrap();
    let web = histograms
        .iter()
        .find(|point| {
            ["200", "web", "GET", "http"]
                .iter()
                .zip(["code", "entrypoint", "method", "protocol"])
                .all(|(value, label)| point.labels.get(label).is_some_and(|had| had == value))
        })
        .unwrap();
    assert_eq!(web.buckets.count(), 787_262_719.0);
    assert_eq!(web.buckets.bounds()[..3], [0.1, 0.2, 0.3]);
    // The median lies in the lowest bucket: 0.1 s * (787262719 / 2) / 677133599.
    assert_eq!(
        web.buckets.quantile(0.5),
        Some(0.1 * (393_631_359.5 / 677_133_599.0))
    );
    let mut all = histograms[0].buckets.clone();
    for point in &histograms[1..] {
        all.add(&point.buckets).unwrap();
    }
    let counts: f64 = histograms.iter().map(|point| point.buckets.count()).sum();
    assert_eq!(all.count(), counts);
    let Increase { by, reset } = web.since(web).unwrap();
    assert_eq!((by.count(), by.quantile(0.5), reset), (0.0, None, false));
}

#[test]
fn another_created_is_a_reset() {
    let at = |created: u32, count: u32| {
        let text = format!(
            "# TYPE h histogram\nh_bucket{{le=\"+Inf\"}} {count}\nh_created {created}\n# EOF\n"
        );
        let read = parse(&text, Format::OpenMetrics).unwrap();
        read.families[0].histograms().unwrap().remove(0)
    };
    let (first, same, anew) = (at(1, 5), at(1, 7), at(2, 7));
    assert_eq!(first.created_s, Some(1.0));
    let grown = same.since(&first).unwrap();
    assert_eq!((grown.by.count(), grown.reset), (2.0, false));
    let grown = anew.since(&first).unwrap();
    assert_eq!((grown.by.count(), grown.reset), (7.0, true));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_stops_the_reader(text in "([a-c_#{}=\",\\\\ .+0-9\n]|# TYPE |# EOF|le=|_bucket|histogram){0,60}") {
        for format in [Format::Text, Format::OpenMetrics] {
            if let Ok(read) = parse(&text, format) {
                for family in &read.families {
                    prop_assert!(family.histograms().is_ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn label_values_come_back(value in "[^\r]{0,30}", number in prop::num::f64::ANY) {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let number = if number.is_nan() { f64::NAN } else { number };
        let written = number.to_string().replace("inf", "Inf");
        let text = format!("a{{b=\"{escaped}\"}} {written}\n# EOF\n");
        for format in [Format::Text, Format::OpenMetrics] {
            let read = parse(&text, format).unwrap();
            let sample = &read.families[0].series[0];
            prop_assert_eq!(&sample.labels["b"], &value);
            prop_assert_eq!(sample.value.to_bits(), number.to_bits());
        }
    }
}
