//! The client of Prometheus against a server that plays scenarios.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "prometheus/mock.rs"]
mod mock;

use std::collections::BTreeMap;
use std::time::Duration;

use drydock_connect::prometheus::{
    Auth, Prometheus, PrometheusError, PrometheusSettings, TimeRange,
};
use drydock_import::series::QueryData;
use mock::{Mock, Reply, Request};

fn client(mock: &Mock) -> Prometheus {
    Prometheus::new(PrometheusSettings::new(&mock.url)).unwrap()
}

fn ok(data: &str) -> Reply {
    Reply::Http(200, format!(r#"{{"status":"success","data":{data}}}"#))
}

fn vector(result: &str) -> String {
    format!(r#"{{"resultType":"vector","result":[{result}]}}"#)
}

/// Answers a range query as Prometheus does: two series whose values are their times, with the second one only in its first
/// hour, and a refusal of too many points.
fn range_query(request: &Request) -> Reply {
    let number = |name: &str| request.parameter(name).parse::<f64>().unwrap();
    let (start, end, step) = (number("start"), number("end"), number("step"));
    if (end - start) / step > 11_000.0 {
        return Reply::Http(
            400,
            r#"{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}"#.to_owned(),
        );
    }
    let steps = ((end - start) / step).round() as u32;
    let times: Vec<f64> = (0..=steps).map(|at| start + f64::from(at) * step).collect();
    let series = |name: &str, times: &[f64]| {
        let values: Vec<String> = times
            .iter()
            .map(|at| match *at as i64 {
                5000 => format!("[{at},\"NaN\"]"),
                5001 => format!("[{at},\"+Inf\"]"),
                _ => format!("[{at},\"{at}\"]"),
            })
            .collect();
        let values = values.join(",");
        format!(r#"{{"metric":{{"__name__":"t","of":"{name}"}},"values":[{values}]}}"#)
    };
    let early: Vec<f64> = times.iter().copied().filter(|at| *at < 3600.0).collect();
    let mut all = vec![series("whole", &times)];
    if !early.is_empty() {
        all.push(series("early", &early));
    }
    let result = all.join(",");
    Reply::Http(
        200,
        format!(
            r#"{{"status":"success","warnings":["slow"],"data":{{"resultType":"matrix","result":[{result}]}}}}"#
        ),
    )
}

#[test]
fn a_long_range_is_asked_in_pieces() {
    let mock = Mock::start(range_query);
    let range = TimeRange {
        from_unix_s: 1000.0,
        to_unix_s: 30_999.5,
        step_s: 1.0,
    };
    let result = client(&mock).query_range("t", &range).unwrap();
    let asked: Vec<_> = mock
        .asked()
        .iter()
        .map(|request| {
            assert_eq!(request.path, "/api/v1/query_range");
            ["query", "start", "end", "step"].map(|name| request.parameter(name).to_owned())
        })
        .collect();
    assert_eq!(
        asked,
        [
            ["t", "1000.000", "11999.000", "1.000"],
            ["t", "12000.000", "22999.000", "1.000"],
            ["t", "23000.000", "30999.000", "1.000"],
        ]
    );
    assert_eq!(result.warnings, ["slow"], "said once");
    let [early, whole] = result.series.as_slice() else {
        panic!("{:?}", result.series.len())
    };
    assert_eq!(
        (early.labels["of"].as_str(), early.values.len()),
        ("early", 2600)
    );
    assert_eq!(whole.values.len(), 30_000);
    for (at, (time, value)) in whole.values.iter().enumerate() {
        assert_eq!(*time, 1000.0 + at as f64);
        match *time as i64 {
            5000 => assert!(value.is_nan()),
            5001 => assert_eq!(*value, f64::INFINITY),
            _ => assert_eq!(value, time),
        }
    }
}

#[test]
fn one_series_of_a_range() {
    let mock = Mock::start(range_query);
    let client = client(&mock);
    let range = TimeRange {
        from_unix_s: 0.0,
        to_unix_s: 7200.0,
        step_s: 1800.0,
    };
    let of =
        |name: &str| -> BTreeMap<String, String> { [("of".to_owned(), name.to_owned())].into() };
    let early = client.one_series("t", &range, of("early"), false).unwrap();
    assert_eq!((early.start_unix_s, early.step_s), (0.0, 1800.0));
    assert_eq!(early.values, [Some(0.0), Some(1800.0)]);
    let both = client
        .one_series("t", &range, BTreeMap::new(), true)
        .unwrap();
    let (step, rates) = both.into_rates(true).unwrap();
    assert_eq!(
        (step, rates),
        (1800.0, vec![0.0, 3600.0, 3600.0, 5400.0, 7200.0])
    );
    let error = client
        .one_series("t", &range, BTreeMap::new(), false)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} t: 2 series, where one is read: choose by labels, or add them up: t{{of=\"early\"}}, t{{of=\"whole\"}}",
            mock.url
        )
    );
    // One point has no step of its own; it is that of the range.
    let range = TimeRange {
        to_unix_s: 0.0,
        ..range
    };
    let one = client.one_series("t", &range, of("whole"), false).unwrap();
    assert_eq!((one.step_s, one.values.len()), (1800.0, 1));
}

#[test]
fn queries_at_one_time() {
    let mock = Mock::start(|request| match request.parameter("query") {
        "scalar" => ok(r#"{"resultType":"scalar","result":[1.5,"-Inf"]}"#),
        "native" => ok(&vector(
            r#"{"metric":{"__name__":"h"},"histogram":[1,{"count":"1","sum":"1","buckets":[]}]}"#,
        )),
        _ => ok(&vector(r#"{"metric":{"__name__":"up"},"value":[1.5,"1"]}"#)),
    });
    let client = client(&mock);
    let scalar = client.query("scalar", None).unwrap();
    assert_eq!(
        scalar.data,
        QueryData::Scalar {
            at_unix_s: 1.5,
            value: f64::NEG_INFINITY
        }
    );
    let native = client.query("native", None).unwrap();
    assert_eq!(native.not_read, ["h{}"]);
    assert_eq!(native.data, QueryData::Vector(Vec::new()));
    let query = "sum by (job) (rate(up{a=\"b c\"}[5m])) + 1 & 2";
    let QueryData::Vector(samples) = client.query(query, Some(1.5)).unwrap().data else {
        panic!("a vector")
    };
    assert_eq!((samples.len(), samples[0].value), (1, 1.0));
    let last = mock.asked().pop().unwrap();
    assert_eq!(
        (last.parameter("query"), last.parameter("time")),
        (query, "1.500")
    );
    let error = client.query("up", Some(f64::NAN)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at_unix_s: NaN is no time: Unix seconds are right"
    );
    // A range query that is answered with something else than a matrix.
    let range = TimeRange {
        from_unix_s: 0.0,
        to_unix_s: 1.0,
        step_s: 1.0,
    };
    let error = client.query_range("up", &range).unwrap_err();
    assert!(
        matches!(error, PrometheusError::NotPrometheus { .. }),
        "{error}"
    );
}

#[test]
fn only_native_histograms_are_no_series() {
    let mock = Mock::start(|_| {
        ok(
            r#"{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"histograms":[[1,{"count":"1","sum":"1"}]]}]}"#,
        )
    });
    let range = TimeRange {
        from_unix_s: 0.0,
        to_unix_s: 1.0,
        step_s: 1.0,
    };
    let error = client(&mock)
        .one_series("h", &range, BTreeMap::new(), false)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("h{} are native histograms, which are not read"),
        "{error}"
    );
}

#[test]
fn series_labels_and_build() {
    let mock = Mock::start(|request| match request.path.as_str() {
        "/prefix/api/v1/series" => ok(r#"[{"__name__":"up","job":"a"}]"#),
        "/prefix/api/v1/labels" => ok(r#"["__name__","job"]"#),
        "/prefix/api/v1/label/job/values" => ok(r#"["a"]"#),
        "/prefix/api/v1/status/buildinfo" => {
            ok(r#"{"version":"2.42.0","revision":"abc","goVersion":"go"}"#)
        }
        path => Reply::Http(404, format!("no {path}")),
    });
    let client = Prometheus::new(PrometheusSettings::new(format!("{}/prefix/", mock.url))).unwrap();
    let range = TimeRange {
        from_unix_s: 1.0,
        to_unix_s: 2.0,
        step_s: 1.0,
    };
    let series = client.series(&["up", "{job=\"a\"}"], &range).unwrap().data;
    assert_eq!(series[0]["job"], "a");
    let parameters = mock.asked().pop().unwrap().parameters;
    let expect = [
        ("start", "1.000"),
        ("end", "2.000"),
        ("match[]", "up"),
        ("match[]", "{job=\"a\"}"),
    ];
    assert_eq!(
        parameters,
        expect.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(client.labels().unwrap().data, ["__name__", "job"]);
    assert_eq!(client.label_values("job").unwrap().data, ["a"]);
    let build = client.build_info().unwrap();
    assert_eq!(
        (build.version.as_str(), build.revision.as_str()),
        ("2.42.0", "abc")
    );
    let error = client.label_values("../query").unwrap_err();
    assert_eq!(
        error.to_string(),
        "label: \"../query\" is no label: letters, digits and _ are right"
    );
}

#[test]
fn who_asks_is_said_and_never_shown() {
    let mock = Mock::start(|_| ok("[]"));
    let with = |auth: Auth| {
        let settings = PrometheusSettings {
            auth,
            ..PrometheusSettings::new(&mock.url)
        };
        assert!(!format!("{settings:?}").contains("hush"), "{settings:?}");
        let client = Prometheus::new(settings).unwrap();
        assert!(!format!("{client:?}").contains("hush"), "{client:?}");
        client.labels().unwrap();
        mock.asked().pop().unwrap().authorization
    };
    assert_eq!(with(Auth::None), None);
    assert_eq!(
        with(Auth::Bearer("hush".to_owned())).as_deref(),
        Some("Bearer hush")
    );
    let basic = Auth::Basic {
        user: "me".to_owned(),
        password: "hush".to_owned(),
    };
    // printf me:hush | base64
    assert_eq!(with(basic).as_deref(), Some("Basic bWU6aHVzaA=="));
}

#[test]
fn failures_are_told_apart() {
    let mock = Mock::start(|request| match request.parameter("query") {
        "bad" => Reply::Http(
            400,
            r#"{"status":"error","errorType":"bad_data","error":"parse error at char 4"}"#
                .to_owned(),
        ),
        "heavy" => Reply::Http(
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out","data":{}}"#
                .to_owned(),
        ),
        "who" => Reply::Http(401, "Unauthorized".to_owned()),
        "not you" => Reply::Http(403, "{}".to_owned()),
        "gateway" => Reply::Http(502, "<html>Bad Gateway</html>\n".to_owned()),
        "nothing" => Reply::Http(404, "404 page not found\n".to_owned()),
        "login" => Reply::Http(200, "<html>Please log in</html>".to_owned()),
        "large" => ok(&vector(&" ".repeat(2000))),
        "cut" => Reply::CutOff,
        _ => Reply::Silence,
    });
    let url = mock.url.clone();
    let client = Prometheus::new(PrometheusSettings {
        timeout: Duration::from_millis(500),
        limit_bytes: 1000,
        ..PrometheusSettings::new(&url)
    })
    .unwrap();
    for (query, expect) in [
        (
            "bad",
            "URL refuses the question with HTTP 400: bad_data: parse error at char 4",
        ),
        (
            "heavy",
            "URL refuses the question with HTTP 503: timeout: query timed out",
        ),
        (
            "who",
            "URL refuses access with HTTP 401: check the token, or user and password",
        ),
        (
            "not you",
            "URL refuses access with HTTP 403: check the token, or user and password",
        ),
        (
            "gateway",
            "URL answers with HTTP 502, and not as Prometheus does: <html>Bad Gateway</html>",
        ),
        (
            "nothing",
            "URL answers with HTTP 404, and not as Prometheus does: 404 page not found",
        ),
        (
            "login",
            "URL does not answer as Prometheus does: expected value at line 1 column 1",
        ),
        (
            "large",
            "URL answers with more than 1000 bytes: ask for fewer series or a longer step",
        ),
        ("cut", "URL cannot be reached: .."),
        (
            "silence",
            "URL has not answered within 0.5 s: ask for less, or give it more time",
        ),
    ] {
        let got = client.query(query, None).unwrap_err().to_string();
        let got = got.replace(&url, "URL");
        match expect.strip_suffix("..") {
            Some(start) => assert!(got.starts_with(start), "{query}: {got}"),
            None => assert_eq!(got, expect, "{query}"),
        }
    }
    drop(mock);
    let error = client.query("up", None).unwrap_err();
    assert!(
        matches!(error, PrometheusError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[test]
fn one_failing_piece_fails_the_range() {
    let mock = Mock::start(|request| {
        if request.parameter("start") == "11000.000" {
            Reply::Http(503, String::new())
        } else {
            range_query(request)
        }
    });
    let range = TimeRange {
        from_unix_s: 0.0,
        to_unix_s: 30_000.0,
        step_s: 1.0,
    };
    let error = client(&mock).query_range("t", &range).unwrap_err();
    assert!(
        matches!(error, PrometheusError::Status { status: 503, .. }),
        "{error}"
    );
    assert_eq!(mock.asked().len(), 2);
}

#[test]
fn settings_that_cannot_be() {
    for (url, expect) in [
        (
            "",
            "url: relative URL without a base: an address such as http://localhost:9090 is right",
        ),
        ("localhost:9090", "url: localhost: http or https is right"),
        ("ftp://a", "url: ftp: http or https is right"),
        (
            "http://me:hush@a",
            "url: a user or password in the address: they belong into auth",
        ),
        (
            "http://a/graph?g0.expr=up",
            "url: a ? or # in the address: what is before /api/v1 is right",
        ),
    ] {
        let error = Prometheus::new(PrometheusSettings::new(url)).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }
    for pem in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = Prometheus::new(PrometheusSettings {
            ca_pem: Some(pem.as_bytes().to_vec()),
            ..PrometheusSettings::new("https://a")
        })
        .unwrap_err();
        assert!(error.to_string().starts_with("ca_pem: "), "{error}");
    }
    let error = Prometheus::new(PrometheusSettings {
        timeout: Duration::ZERO,
        ..PrometheusSettings::new("http://a")
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "timeout: 0 s: a time above 0 is right");
}
