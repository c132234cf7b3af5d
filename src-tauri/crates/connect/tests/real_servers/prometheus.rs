//! A real Prometheus that scrapes itself every second.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use drydock_connect::prometheus::{
    Auth, Prometheus, PrometheusError, PrometheusSettings, TimeRange,
};
use drydock_import::exposition::{Buckets, Format, Kind, parse};
use drydock_import::series::{QueryData, VectorSample, series_name};
use reqwest::blocking::Client;

use super::start::{Server, certificates, program, until};

/// A password, and its hash as Prometheus wants it (bcrypt).
const PASSWORD: (&str, &str) = (
    "rehearsal",
    "$2b$04$HwN31LZikTAFEZ3MtlVd/OjEoON3mEaWURSvlolhs52OTQXbdnw7i",
);

/// Starts Prometheus, which scrapes itself by these settings, and asks it by this client.
fn start(binary: &Path, scrape: &str, arguments: &[String], http: &Client, scheme: &str) -> Server {
    Server::start(
        |folder, port| {
            let config = format!(
                "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n- job_name: itself\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n{scrape}"
            );
            std::fs::write(folder.join("prometheus.yml"), config).unwrap();
            let mut command = Command::new(binary);
            command
                .arg(format!(
                    "--config.file={}",
                    folder.join("prometheus.yml").display()
                ))
                .arg(format!(
                    "--storage.tsdb.path={}",
                    folder.join("data").display()
                ))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .args(arguments);
            command
        },
        |server| {
            let get = |path: &str| {
                let url = format!("{scheme}://127.0.0.1:{}{path}", server.port);
                let request = http.get(url).basic_auth("reader", Some(PASSWORD.0));
                let response = request
                    .send()
                    .ok()
                    .filter(|response| response.status().is_success());
                response.and_then(|response| response.text().ok())
            };
            // The folder is what tells this process from another at the same port.
            let folder = server.folder.path().display().to_string();
            get("/-/ready").is_some()
                && get("/api/v1/status/flags").is_some_and(|flags| flags.contains(&folder))
        },
    )
}

fn http(ca: Option<&[u8]>) -> Client {
    let mut builder = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10));
    if let Some(ca) = ca {
        builder = builder.add_root_certificate(reqwest::Certificate::from_pem(ca).unwrap());
    }
    builder.build().unwrap()
}

fn now() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().as_secs_f64()
}

fn vector(client: &Prometheus, query: &str, at: f64) -> Vec<VectorSample> {
    match client.query(query, Some(at)).unwrap().data {
        QueryData::Vector(samples) => samples,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn prometheus_reads_itself() {
    let Some(binary) = program("prometheus_reads_itself", "prometheus") else {
        return;
    };
    let server = start(&binary, "", &[], &http(None), "http");
    let url = format!("http://127.0.0.1:{}", server.port);
    let client = Prometheus::new(PrometheusSettings::new(&url)).unwrap();
    assert!(!client.build_info().unwrap().version.is_empty());

    // Ten seconds of scrapes that all went well, of which the later ones know of the requests before. They lie far enough
    // back that no scrape of that time is still under way.
    let good = "min_over_time(up[10s]) == 1 and count_over_time(up[1m]) >= 5";
    let last = until("five good scrapes", || {
        let samples = vector(&client, good, now() - 2.0);
        samples.first().map(|sample| sample.at_unix_s)
    });
    let range = TimeRange {
        from_unix_s: last - 3.0,
        to_unix_s: last,
        step_s: 1.0,
    };
    let up = client.query_range("up", &range).unwrap();
    assert_eq!(up.series.len(), 1);
    assert_eq!(up.series[0].labels["job"], "itself");
    assert!(up.series[0].values.iter().all(|(_, value)| *value == 1.0));
    let series = client
        .one_series("up", &range, BTreeMap::new(), false)
        .unwrap();
    let (step, rates) = series.into_rates(true).unwrap();
    assert_eq!((step, rates), (1.0, vec![1.0; 4]));

    requests_are_counted(&client, last);
    quantiles_agree(&client, last);
    names_are_found(&client, last);
    what_it_exposes_is_read(&url);

    // More points than are answered at once: most of them from before there was anything.
    let long = TimeRange {
        from_unix_s: last - 12_000.0,
        ..range
    };
    let up = client.query_range("up", &long).unwrap();
    assert!(up.series[0].values.is_sorted_by(|one, next| one.0 < next.0));
    let short = client.query_range("up", &range).unwrap();
    assert!(up.series[0].values.ends_with(&short.series[0].values));

    match client.query("up{", None).unwrap_err() {
        PrometheusError::Refused {
            status,
            kind,
            message,
            ..
        } => {
            assert_eq!((status, kind.as_str()), (400, "bad_data"));
            assert!(message.contains("parse error"), "{message}");
        }
        other => panic!("{other}"),
    }
    let text = client.query("\"words\"", None).unwrap().data;
    assert!(matches!(text, QueryData::Text { value, .. } if value == "words"));
    let scalar = client.query("0 / 0", Some(last)).unwrap().data;
    assert!(matches!(scalar, QueryData::Scalar { value, .. } if value.is_nan()));
    let elsewhere = Prometheus::new(PrometheusSettings::new(format!("{url}/no"))).unwrap();
    let error = elsewhere.build_info().unwrap_err();
    assert!(
        matches!(error, PrometheusError::Status { status: 404, .. }),
        "{error}"
    );
}

fn requests_are_counted(client: &Prometheus, last: f64) {
    let range = TimeRange {
        from_unix_s: last - 3.0,
        to_unix_s: last,
        step_s: 1.0,
    };
    let query = "prometheus_http_requests_total";
    let counted = client.query_range(query, &range).unwrap();
    assert!(counted.series.len() > 1, "{:?}", counted.series);
    let error = client
        .one_series(query, &range, BTreeMap::new(), false)
        .unwrap_err();
    assert!(error.to_string().contains("choose by labels"), "{error}");
    let sum = client
        .one_series(query, &range, BTreeMap::new(), true)
        .unwrap();
    let theirs = client
        .query_range(&format!("sum({query})"), &range)
        .unwrap();
    let theirs: Vec<f64> = theirs.series[0]
        .values
        .iter()
        .map(|(_, value)| *value)
        .collect();
    let ours: Vec<f64> = sum.values.into_iter().flatten().collect();
    assert_eq!(ours, theirs, "our sum is that of PromQL");
    let handler = [("handler".to_owned(), "/metrics".to_owned())].into();
    let one = client.one_series(query, &range, handler, false).unwrap();
    assert!(one.values.iter().flatten().is_sorted());
}

/// Quantiles of our buckets are those that the server computes of them.
fn quantiles_agree(client: &Prometheus, at: f64) {
    let name = "prometheus_http_request_duration_seconds_bucket";
    let mut histograms: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for mut sample in vector(client, name, at) {
        sample.labels.remove("__name__");
        let le = sample.labels.remove("le").unwrap();
        let bound = if le == "+Inf" {
            f64::INFINITY
        } else {
            le.parse().unwrap()
        };
        let pairs = histograms.entry(series_name(&sample.labels)).or_default();
        pairs.push((bound, sample.value));
    }
    let mut compared = 0;
    for q in [0.01, 0.25, 0.5, 0.9, 0.99, 1.0] {
        for theirs in vector(client, &format!("histogram_quantile({q}, {name})"), at) {
            let pairs = histograms.get_mut(&series_name(&theirs.labels)).unwrap();
            pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
            let ours = Buckets::of(pairs.iter().copied(), None)
                .unwrap()
                .quantile(q);
            match ours {
                None => assert!(theirs.value.is_nan(), "{theirs:?}"),
                Some(ours) => assert_eq!(ours, theirs.value, "{q} of {theirs:?}"),
            }
            compared += 1;
        }
    }
    assert!(compared >= 6, "{compared}");
}

fn names_are_found(client: &Prometheus, last: f64) {
    let labels = client.labels().unwrap().data;
    assert!(labels.iter().any(|label| label == "job"), "{labels:?}");
    assert_eq!(client.label_values("job").unwrap().data, ["itself"]);
    let range = TimeRange {
        from_unix_s: last - 60.0,
        to_unix_s: last,
        step_s: 1.0,
    };
    let found = client.series(&["up{job=\"itself\"}"], &range).unwrap().data;
    assert_eq!((found.len(), found[0]["__name__"].as_str()), (1, "up"));
    let none = client.series(&["nobody_has_this"], &range).unwrap().data;
    assert_eq!(none.len(), 0);
}

fn what_it_exposes_is_read(url: &str) {
    let response = http(None).get(format!("{url}/metrics")).send().unwrap();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let format = Format::of_content_type(&kind).unwrap();
    let read = parse(&response.text().unwrap(), format).unwrap();
    let durations = read
        .family("prometheus_http_request_duration_seconds")
        .unwrap();
    assert_eq!(durations.kind, Kind::Histogram);
    let ready = durations.histograms().unwrap();
    let ready = ready
        .iter()
        .find(|point| point.labels["handler"] == "/-/ready")
        .unwrap();
    assert!(ready.buckets.count() >= 1.0);
    assert!(ready.buckets.quantile(0.5).unwrap() > 0.0);
    assert!(read.remarks.is_empty(), "{:?}", read.remarks);
}

#[test]
fn prometheus_over_tls_asks_who_reads() {
    let Some(binary) = program("prometheus_over_tls_asks_who_reads", "prometheus") else {
        return;
    };
    let trusted = tempfile::tempdir().unwrap();
    let ca = certificates(trusted.path());
    let file = |name: &str| trusted.path().join(name).display().to_string();
    let (password, hash) = PASSWORD;
    let web = format!(
        "tls_server_config: {{cert_file: '{}', key_file: '{}'}}\nbasic_auth_users: {{reader: '{hash}'}}\n",
        file("cert.pem"),
        file("key.pem")
    );
    std::fs::write(file("web.yml"), web).unwrap();
    let scrape = format!(
        "  scheme: https\n  tls_config: {{ca_file: '{}'}}\n  basic_auth: {{username: reader, password: {password}}}\n",
        file("ca.pem")
    );
    let arguments = [format!("--web.config.file={}", file("web.yml"))];
    let server = start(&binary, &scrape, &arguments, &http(Some(&ca)), "https");
    let with = |auth: Auth, ca_pem: Option<Vec<u8>>| {
        let settings = PrometheusSettings {
            auth,
            ca_pem,
            ..PrometheusSettings::new(format!("https://127.0.0.1:{}", server.port))
        };
        Prometheus::new(settings).unwrap().build_info()
    };
    let basic = |password: &str| Auth::Basic {
        user: "reader".to_owned(),
        password: password.to_owned(),
    };
    assert!(with(basic(password), Some(ca.clone())).is_ok());
    for auth in [
        Auth::None,
        basic("wrong"),
        Auth::Bearer(password.to_owned()),
    ] {
        let error = with(auth, Some(ca.clone())).unwrap_err();
        assert!(
            matches!(error, PrometheusError::Denied { status: 401, .. }),
            "{error}"
        );
        assert!(!error.to_string().contains(password), "{error}");
    }
    let error = with(basic(password), None).unwrap_err();
    assert!(
        matches!(error, PrometheusError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("certificate"), "{error}");
}
