//! Series of CSV files and of Prometheus' JSON.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "series/prometheus.rs"]
mod prometheus;

use std::fmt::Write;
use std::path::PathBuf;

use drydock_import::series::{Series, SeriesOptions, read};
use proptest::prelude::*;

fn data(test: &str, path: &str) -> Option<String> {
    let full = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../shared/data/observability"
    ))
    .join(path);
    if full.exists() {
        return Some(std::fs::read_to_string(full).unwrap());
    }
    eprintln!("skipped: {test} needs ../shared/data/observability/{path}");
    None
}

fn options() -> SeriesOptions {
    SeriesOptions {
        source: "x.csv".to_owned(),
        ..SeriesOptions::default()
    }
}

/// A series on one line: start, step, values, gaps, remarks and irregular steps.
fn brief(series: &Series) -> String {
    let values: Vec<String> = series
        .values
        .iter()
        .map(|value| value.map_or("-".to_owned(), |value| value.to_string()))
        .collect();
    let mut text = format!(
        "{}+{}: {}",
        series.start_unix_s,
        series.step_s,
        values.join(" ")
    );
    for gap in &series.gaps {
        write!(
            text,
            "; gap {} x{} near {}",
            gap.from_unix_s, gap.values, gap.near
        )
        .unwrap();
    }
    for remark in &series.remarks {
        write!(text, "; {:?} at {}", remark.what, remark.place).unwrap();
    }
    if series.irregular_steps > 0 {
        write!(text, "; {} irregular", series.irregular_steps).unwrap();
    }
    text
}

fn check(options: &SeriesOptions, cases: &[(&str, &str)]) {
    for (text, expect) in cases {
        let got = read(text, options).map_or_else(|error| error.to_string(), |read| brief(&read));
        match expect.strip_suffix("..") {
            Some(start) => assert!(got.starts_with(start), "{text}\n  got    {got}"),
            None => assert_eq!(&got, expect, "{text}"),
        }
    }
}

#[test]
fn times_and_columns() {
    check(
        &options(),
        &[
            (
                "timestamp,value\n2014-02-14 14:30:00,1\n2014-02-14 14:35:00,2.5\n",
                "1392388200+300: 1 2.5",
            ),
            (
                "\u{feff}Time,\"rps\"\r\n2014-02-14T15:30:00+01:00,1\r\n2014-02-14T14:30:10Z,2\r\n",
                "1392388200+10: 1 2",
            ),
            (
                "value,ts\n1,1392388200\n2,1392388201.5\n3,1392388203\n",
                "1392388200+1.5: 1 2 3",
            ),
            (
                "when,value\n1392388200000,1\n1392388200250,2\n",
                "1392388200+0.25: 1 2",
            ),
            (
                "",
                "x.csv line 1: the header is \"\": two columns between commas, such as timestamp,value, are right",
            ),
            (
                "timestamp;value\n1;2\n",
                "x.csv line 1: the header is \"timestamp;value\": two columns between commas..",
            ),
            (
                "2014-02-14 14:30:00,1\n",
                "x.csv line 1: \"2014-02-14 14:30:00,1\" is no header: a first line such as timestamp,value is right",
            ),
            (
                "time,a,b\n1,2,3\n",
                "x.csv line 1: 2 columns of values in \"time,a,b\": choose one by its name",
            ),
            (
                "timestamp,value\n",
                "x.csv: no values: at least two lines are right",
            ),
            (
                "timestamp,value\n1,2\n",
                "x.csv: one value has no step: give step_s, or two values",
            ),
            (
                "timestamp,value\n14/02/2014,1\n",
                "x.csv line 2: timestamp: \"14/02/2014\" is no time: RFC 3339, YYYY-MM-DD HH:MM:SS or Unix seconds or milliseconds are right",
            ),
            (
                "timestamp,value\n1392388200,1\n2014-02-14 14:35:00,2\n",
                "x.csv line 3: timestamp: \"2014-02-14 14:35:00\" is not Unix seconds, which the lines before are",
            ),
            (
                "timestamp,value\n1392388200,1\n1392388300000,2\n",
                "x.csv line 3: timestamp: \"1392388300000\" is not Unix seconds, which the lines before are",
            ),
            (
                "timestamp,value\n1,2\n2,3,4\n",
                "x.csv line 3: 3 columns, where the header has 2",
            ),
            (
                "timestamp,value\n1,a\n",
                "x.csv line 2: value: \"a\" is no number: digits with a decimal point are right",
            ),
            (
                "timestamp,value\n1,1\n1,2\n",
                "x.csv line 3: timestamp: the same time as x.csv line 2: each stands once",
            ),
            (
                "timestamp,value\n5,1\n6,1\n3,2\n",
                "x.csv line 4: timestamp: the time is before that of x.csv line 3: times go up",
            ),
            (
                "timestamp,value\n0,1\n1,1\n99999999999,1\n",
                "x.csv: 100000000000 values at a step of 1 s between the first and the last time: 10000000 are the most",
            ),
        ],
    );
    let column = SeriesOptions {
        column: Some("b".to_owned()),
        ..options()
    };
    check(
        &column,
        &[
            ("time,a,b\n1,2,3\n2,4,5\n", "1+1: 3 5"),
            (
                "time,a\n1,2\n",
                "x.csv line 1: no column \"b\" of values in \"time,a\"",
            ),
        ],
    );
    for step_s in [0.0, -1.0, f64::NAN] {
        let options = SeriesOptions {
            step_s: Some(step_s),
            ..options()
        };
        check(
            &options,
            &[(
                "t,v\n1,2\n2,3\n",
                &format!("x.csv: step_s: {step_s} is no step.."),
            )],
        );
    }
    let step = SeriesOptions {
        step_s: Some(5.0),
        ..options()
    };
    check(
        &step,
        &[
            ("timestamp,value\n10,2\n", "10+5: 2"),
            (
                "timestamp,value\n10,2\n20,3\n",
                "10+5: 2 - 3; gap 15 x1 near x.csv line 2; 1 irregular",
            ),
        ],
    );
}

#[test]
fn what_is_missing_or_odd_is_said() {
    check(
        &options(),
        &[
            (
                "t,v\n0,1\n10,2\n40,3\n50,4\n",
                "0+10: 1 2 - - 3 4; gap 20 x2 near x.csv line 3; 1 irregular",
            ),
            // A little early and late: each point goes to the nearest place.
            (
                "t,v\n0,1\n10,2\n19,3\n30,4\n40,5\n",
                "0+10: 1 2 3 4 5; 2 irregular",
            ),
            // Two points within one step are averaged.
            (
                "t,v\n0,1\n10,2\n12,4\n20,5\n30,6\n40,7\n",
                "0+10: 1 3 5 6 7; 2 irregular",
            ),
            (
                "t,v\n0,NaN\n1,\n2,+Inf\n3,-2\n4,null\n5,5\n",
                "0+1: - - - -2 - 5; gap 0 x3 near x.csv line 2; gap 4 x1 near x.csv line 5; NotANumber at x.csv line 2; Empty at x.csv line 3; Infinite at x.csv line 4; Negative at x.csv line 5; Empty at x.csv line 6",
            ),
        ],
    );
    let strict = SeriesOptions {
        strict: true,
        ..options()
    };
    check(
        &strict,
        &[
            ("t,v\n0,1\n10,2\n20,3\n", "0+10: 1 2 3"),
            (
                "t,v\n0,1\n10,2\n40,3\n50,4\n",
                "x.csv line 4: timestamp: 30 s after the value before, where the step is 10 s: one step throughout is right",
            ),
            (
                "t,v\n0,1\n10,2\n19,3\n30,4\n40,5\n50,6\n",
                "x.csv line 4: timestamp: 9 s after the value before..",
            ),
        ],
    );
}

#[test]
fn rates_are_whole() {
    for (text, loose, strict) in [
        ("t,v\n0,1\n10,2\n", "[1.0, 2.0]", "[1.0, 2.0]"),
        (
            "t,v\n0,1\n10,2\n30,4\n40,5\n",
            "[1.0, 2.0, 2.0, 4.0, 5.0]",
            "x.csv line 3: value: 1 values are missing from the time 20 on, at a step of 10 s: every step needs a rate",
        ),
        (
            "t,v\n0,1\n10,NaN\n20,3\n",
            "[1.0, 1.0, 3.0]",
            "x.csv line 3: value: NaN, and every step needs a rate",
        ),
        (
            "t,v\n0,1\n10,\n20,3\n",
            "[1.0, 1.0, 3.0]",
            "x.csv line 3: value: empty, and every step needs a rate",
        ),
        (
            "t,v\n0,1\n10,Inf\n20,3\n",
            "[1.0, 1.0, 3.0]",
            "x.csv line 3: value: infinite, and a rate is finite",
        ),
        (
            "t,v\n0,1\n10,-2\n20,3\n",
            "x.csv line 3: value: below 0, and a rate is 0 or more",
            "x.csv line 3: value: below 0, and a rate is 0 or more",
        ),
        (
            "t,v\n0,\n10,2\n20,3\n",
            "x.csv line 2: value: 1 values are missing from the time 0 on..",
            "x.csv line 2: value: empty..",
        ),
    ] {
        for (flag, expect) in [(false, loose), (true, strict)] {
            let series = read(text, &options()).unwrap();
            let got = match series.into_rates(flag) {
                Ok((step_s, rates)) => {
                    assert_eq!(step_s, 10.0);
                    format!("{rates:?}")
                }
                Err(error) => error.to_string(),
            };
            match expect.strip_suffix("..") {
                Some(start) => assert!(got.starts_with(start), "{text}: {got}"),
                None => assert_eq!(got, expect, "{text}"),
            }
        }
    }
}

#[test]
fn recorded_metrics() {
    for (file, expect) in [
        (
            "ec2_cpu_utilization_24ae8d.csv",
            "4032 values, 0 gaps, 0 irregular",
        ),
        (
            "ec2_cpu_utilization_5f5533.csv",
            "4032 values, 0 gaps, 0 irregular",
        ),
        // One value is missing.
        (
            "rds_cpu_utilization_cc0c53.csv",
            "4033 values, 1 gaps, 1 irregular",
        ),
        // The clock was put forward in the night of 2014-03-09, and twelve lines have one time.
        (
            "ec2_request_latency_system_failure.csv",
            "ec2_request_latency_system_failure.csv line 559: timestamp: the same time as ec2_request_latency_system_failure.csv line 558: each stands once",
        ),
    ] {
        let Some(text) = data("recorded_metrics", &format!("metrics/{file}")) else {
            continue;
        };
        let options = SeriesOptions {
            source: file.to_owned(),
            ..SeriesOptions::default()
        };
        let got = match read(&text, &options) {
            Ok(series) => {
                assert_eq!(series.step_s, 300.0, "{file}");
                let missing: usize = series.gaps.iter().map(|gap| gap.values).sum();
                assert_eq!(
                    series.values.len() - missing,
                    text.lines().count() - 1,
                    "{file}"
                );
                format!(
                    "{} values, {} gaps, {} irregular",
                    series.values.len(),
                    series.gaps.len(),
                    series.irregular_steps
                )
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expect, "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every value lands somewhere: the mean of what was given and the number of places agree.
    #[test]
    fn an_even_series_comes_back(step in 1_u32..100_000, values in prop::collection::vec(0.0..1e9_f64, 2..50)) {
        let mut text = "timestamp,value\n".to_owned();
        for (at, value) in values.iter().enumerate() {
            writeln!(text, "{},{value}", at as f64 * f64::from(step)).unwrap();
        }
        let series = read(&text, &SeriesOptions { strict: true, ..options() }).unwrap();
        let (step_s, rates) = series.into_rates(true).unwrap();
        prop_assert_eq!(step_s, f64::from(step));
        prop_assert_eq!(rates, values);
    }

    /// Whatever the steps are, every point is within half a step of its place, and no value is outside of what was given.
    #[test]
    fn uneven_steps_keep_their_values(steps in prop::collection::vec(1_u32..500, 1..60)) {
        let mut text = "timestamp,value\n".to_owned();
        let mut at = 0;
        for (number, step) in [0].iter().chain(&steps).enumerate() {
            at += step;
            writeln!(text, "{at},{number}").unwrap();
        }
        let series = read(&text, &options()).unwrap();
        let given = series.values.iter().flatten();
        prop_assert!(given.clone().all(|&value| (0.0..=steps.len() as f64).contains(&value)));
        prop_assert!(given.is_sorted());
        let end = (series.values.len() - 1) as f64 * series.step_s;
        prop_assert!((end - f64::from(at)).abs() <= series.step_s / 2.0);
        let missing: usize = series.gaps.iter().map(|gap| gap.values).sum();
        prop_assert_eq!(missing, series.values.iter().filter(|value| value.is_none()).count());
    }

    #[test]
    fn no_text_stops_the_reader(text in "(t,v\n)?[0-9,\n.eNaT:{}\"\\[\\]-]{0,40}") {
        drop(read(&text, &options()));
    }
}
