//! The command line on labs of its own: the main job from files to a report, exit codes, errors of one line.

mod common;

use std::path::Path;

use common::program::{Done, drydock};
use common::{Bench, shared};
use serde_json::{Value, json};

fn good(bench: &Bench, arguments: &[&str]) -> Done {
    let done = drydock(&bench.lab(), arguments);
    assert!(done.success(), "{arguments:?}: {}", done.stderr);
    done
}

/// Imports a folder, runs it twice with equal output, and writes a report. Traffic is there where the input says how it
/// comes in; it is not made up where the input does not.
fn main_job(folder: &Path, simulated: &str, traffic: bool) -> Bench {
    let bench = Bench::empty();
    let folder = folder.to_str().expect("a path of text");
    let imported = good(&bench, &["import", folder, "--world", "main-job", "--json"]).json();
    assert_eq!(imported["world"]["name"], json!("main-job"));
    assert!(
        imported["report"]["taken"]
            .as_array()
            .is_some_and(|taken| !taken.is_empty()),
        "{imported}"
    );

    let run = ["run", "--for", simulated, "--seed", "7", "--json"];
    let (first, second) = (good(&bench, &run), good(&bench, &run));
    assert_eq!(
        first.text(),
        second.text(),
        "the same world, scenario, seed and engine"
    );
    assert_eq!(
        first.json()["headline"]["requests"]
            .as_u64()
            .map(|requests| requests > 0),
        Some(traffic),
        "{}",
        first.text()
    );

    let told: Value = serde_json::from_str(first.stderr.trim()).expect("the id is told apart");
    let out = bench.path().join("report.html");
    good(
        &bench,
        &[
            "report",
            told["run"].as_str().expect("an id"),
            "--out",
            out.to_str().expect("a path of text"),
        ],
    );
    let page = std::fs::read_to_string(out).expect("a report");
    assert!(
        page.contains("<svg") && page.contains("main-job"),
        "a report with charts"
    );
    bench
}

#[test]
fn the_main_job_on_the_sample() {
    let bench = main_job(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/researchflow"),
        "10m",
        true,
    );
    let runs = good(&bench, &["runs", "--json"]).json();
    let ids: Vec<&str> = runs
        .as_array()
        .expect("runs")
        .iter()
        .filter_map(|run| run["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 2);
    let compared = good(&bench, &["compare", ids[0], ids[1], "--json"]).json();
    for difference in compared["differences"].as_array().expect("differences") {
        assert!(
            matches!(difference["change"].as_f64(), None | Some(0.0)),
            "{difference}"
        );
    }
    let text = good(&bench, &["worlds"]).text();
    assert!(
        text.starts_with("name") && text.contains("main-job"),
        "{text}"
    );
}

#[test]
fn the_main_job_on_online_boutique() {
    if let Some(folder) = shared(
        "the_main_job_on_online_boutique",
        "data/cluster/online-boutique",
    ) {
        main_job(&folder, "1h", true);
    }
}

#[test]
fn the_main_job_on_the_nri_cluster() {
    let Some(folder) = shared(
        "the_main_job_on_the_nri_cluster",
        "data/cluster/nri-cluster/1_35",
    ) else {
        return;
    };
    let bench = main_job(&folder, "1h", false);
    // The dump names no way in; entered, it carries traffic.
    good(
        &bench,
        &[
            "call",
            "set_class",
            r#"{"world": "current", "name": "lookups", "entry": "kube-system/coredns", "ratePerS": 5}"#,
        ],
    );
    let entered = good(&bench, &["run", "--for", "1h", "--seed", "7", "--json"]).json();
    let requests = entered["headline"]["requests"].as_u64().expect("a count");
    // Five a second for an hour, give or take five standard deviations of a Poisson count.
    assert!((17_329..=18_671).contains(&requests), "{requests}");
    // As its kube-state-metrics count them: what the containers of every pod ask for, ended pods too.
    let pods = good(
        &bench,
        &[
            "call",
            "objects",
            r#"{"world": "current", "kind": "Pod", "limit": 500}"#,
        ],
    )
    .json();
    let mut requested = 0.0;
    for key in pods.as_array().expect("pods").iter().map(|pod| &pod["key"]) {
        let input = json!({ "world": "current", "kind": "Pod", "namespace": key["namespace"], "name": key["name"] });
        let pod = good(&bench, &["call", "object", &input.to_string()]).json();
        for container in pod["json"]["spec"]["containers"]
            .as_array()
            .expect("containers")
        {
            requested += container["resources"]["requests"]["cpu"]
                .as_str()
                .map_or(0.0, millicores);
        }
    }
    assert_eq!(requested, 1435.0, "millicores");
}

fn millicores(quantity: &str) -> f64 {
    let number = |text: &str| {
        text.parse::<f64>()
            .unwrap_or_else(|error| panic!("{quantity:?}: {error}"))
    };
    quantity
        .strip_suffix('m')
        .map_or_else(|| 1000.0 * number(quantity), number)
}

#[test]
fn a_kill_is_part_of_the_scenario() {
    let bench = Bench::with_sample();
    let node = good(
        &bench,
        &[
            "call",
            "objects",
            r#"{"world": "current", "kind": "Node", "limit": 1}"#,
        ],
    )
    .json();
    let node = node[0]["key"]["name"].as_str().expect("a node").to_owned();
    let plain = good(&bench, &["run", "--for", "2m", "--seed", "7", "--json"]).json();
    let killed = good(
        &bench,
        &[
            "run",
            "--for",
            "2m",
            "--seed",
            "7",
            "--kill-node",
            &format!("{node}@1m"),
            "--json",
        ],
    )
    .json();
    assert_ne!(plain["digest"], killed["digest"]);
}

#[test]
fn exit_codes_and_errors_of_one_line() {
    let bench = Bench::with_sample();
    let check = |arguments: &[&str], code: i32, says: &str| {
        let done = drydock(&bench.lab(), arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}", done.stderr);
        assert!(done.stdout.is_empty(), "{arguments:?}: {}", done.text());
        assert_eq!(
            done.stderr.lines().count(),
            1,
            "{arguments:?}: {}",
            done.stderr
        );
        assert!(done.stderr.contains(says), "{arguments:?}: {}", done.stderr);
    };
    check(&["call", "nothing_like_it"], 1, "nothing_like_it");
    check(&["call", "world", r#"{"world": "absent"}"#], 1, "absent");
    check(&["call", "world", "{"], 2, "not JSON");
    check(&["call", "world", "@/no/such/file"], 2, "/no/such/file");
    check(&["call", "world", r#"{"wrld": "current"}"#], 2, "wrld");
    check(&["--role", "viewer", "call", "open_sample"], 1, "operator");
    check(&["import", "/no/such/folder"], 2, "/no/such/folder");
    check(&["run", "--for", "soon"], 2, "soon");
    check(
        &["run", "--for", "1m", "--kill-node", "unsaid"],
        2,
        "NAME@TIME",
    );
    check(&["report", "absent", "--out", "/dev/null"], 1, "absent");
    check(
        &["--json", "call", "world", r#"{"world": "absent"}"#],
        1,
        r#""code":"not_found""#,
    );

    let usage = drydock(&bench.lab(), &["sail"]);
    assert_eq!(usage.code, 2, "usage");
    let help = drydock(&bench.lab(), &["--help"]);
    assert!(
        help.success() && help.text().contains("import"),
        "{}",
        help.text()
    );
}

/// A simulation that no machine finishes while a test waits.
#[cfg(unix)]
const LONG_RUN: [&str; 6] = ["run", "--for", "7d", "--seed", "7", "--json"];

#[cfg(unix)]
fn interrupt(child: &std::process::Child) {
    // The shell's own: not every system has it as a program.
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_the_job_an_attached_command_waits_for() {
    use std::process::Stdio;

    let bench = Bench::with_sample();
    let house = bench.open();
    let child = common::program::command(&bench.lab(), &LONG_RUN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let jobs = || {
        house
            .call(&common::server::admin(), "jobs", json!({}))
            .envelope()["data"]
            .clone()
    };
    // The command listens for signals before it asks for the job.
    while jobs()[0]["state"] != json!("running") {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().expect("ended");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let envelope: Value = serde_json::from_str(&told).expect("one error as JSON");
    assert_eq!(envelope["code"], json!("cancelled"), "{envelope}");
    assert!(output.stdout.is_empty());
    assert_eq!(jobs()[0]["state"], json!("cancelled"), "{}", jobs());
}

/// An owner of the test's own, which hears the request to cancel and never answers.
#[cfg(unix)]
#[test]
fn a_second_ctrl_c_leaves_at_once() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::process::Stdio;

    let bench = Bench::with_sample();
    let folder = bench.path().canonicalize().expect("a folder");
    let path = drydock_store::LabPath::new(folder.join("test.lab"));
    let _owned = drydock_store::Store::open(&path).expect("the lab opens");
    let socket = UnixListener::bind(path.socket()).expect("the socket opens");
    let mut child = common::program::command(&bench.lab(), &LONG_RUN)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A connection that only looks whether somebody listens says nothing.
    let next_request = || -> (UnixStream, Value) {
        loop {
            let (stream, _) = socket.accept().expect("a connection");
            let mut line = String::new();
            BufReader::new(&stream)
                .read_line(&mut line)
                .expect("a line");
            if let Ok(request) = serde_json::from_str(&line) {
                return (stream, request);
            }
        }
    };
    let (mut run, asked) = next_request();
    assert_eq!(asked["call"], json!("run"), "{asked}");
    interrupt(&child);
    writeln!(run, r#"{{"progress": ["job-1", 0.5, "simulating"]}}"#).expect("the command reads");
    let (_cancel, asked) = next_request();
    assert_eq!(
        (&asked["call"], &asked["input"]),
        (&json!("cancel_job"), &json!({ "job": "job-1" })),
        "{asked}"
    );
    interrupt(&child);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
}

#[test]
fn operations_lists_the_table() {
    let bench = Bench::with_sample();
    let listed = good(&bench, &["operations", "--json"]).json();
    let names: Vec<&str> = listed
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(
        names,
        drydock_operations::table()
            .iter()
            .map(|row| row.name)
            .collect::<Vec<_>>()
    );
}

#[test]
fn input_comes_from_a_file_or_standard_input() {
    use std::io::Write;
    use std::process::Stdio;

    let bench = Bench::with_sample();
    let file = bench.path().join("input.json");
    std::fs::write(&file, r#"{"world": "current"}"#).expect("written");
    let shown = good(&bench, &["call", "world", &format!("@{}", file.display())]).json();
    assert_eq!(shown["name"], json!("researchflow"));

    let mut command = common::program::command(&bench.lab(), &["call", "world", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(br#"{"world": "current"}"#)
        .expect("written");
    let output = child.wait_with_output().expect("ended");
    assert!(output.status.success());
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")["name"],
        json!("researchflow")
    );
}

#[test]
fn a_lab_with_a_long_path_is_reached_too() {
    let bench = Bench::empty();
    let folder = bench.path().join("a".repeat(60)).join("b".repeat(60));
    let lab = folder.join("deep.lab");
    let house =
        drydock::house::open(&lab, &std::collections::BTreeMap::new()).expect("the lab opens");
    let done = drydock(&lab, &["call", "worlds"]);
    assert!(done.success(), "{}", done.stderr);
    drop(house);
}
