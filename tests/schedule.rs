//! `drydock schedule` on files: what it prints, by which code it ends, and that it makes no lab.

mod common;

use common::Bench;
use common::program::drydock;
use serde_json::json;

/// A folder of files by name.
fn folder(bench: &Bench, files: &[(&str, &str)]) -> std::path::PathBuf {
    let folder = bench.path().join("files");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("written");
    }
    folder
}

const CLUSTER: &str = r#"
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {topology.kubernetes.io/zone: z2}}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, resources: {requests: {cpu: "1500m"}}}]}
"#;

#[test]
fn a_snapshot_is_scheduled_without_a_lab() {
    let bench = Bench::empty();
    let deployment = CLUSTER.rsplit("---").next().expect("a document");
    let more = deployment.replace("web", "api").replace("1500m", "400m");
    let files = folder(
        &bench,
        &[
            ("cluster.yaml", CLUSTER),
            ("api.yaml", &more),
            ("drain.yaml", "- {type: drainNodes, nodes: [n1]}"),
            ("wrong.yaml", "- {type: drainNodes, nodes: [n9]}"),
            (
                "config.yaml",
                "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: packing}]\n",
            ),
        ],
    );
    let path = |name: &str| files.join(name).to_str().expect("text").to_owned();
    let cluster = path("cluster.yaml");
    let check = |more: &[&str], code: i32, says: &[&str]| {
        let mut arguments = vec!["schedule", "--snapshot", &cluster];
        arguments.extend(more);
        let done = drydock(&bench.lab(), &arguments);
        let text = format!("{}{}", done.text(), done.stderr);
        assert_eq!(done.code, code, "{more:?}: {text}");
        for part in says {
            assert!(text.contains(part), "{more:?}: {part:?} is not in {text}");
        }
        done
    };
    check(&[], 0, &["default-scheduler", "n1", "75.0 %"]);
    check(
        &["--pods", &path("api.yaml")],
        0,
        &["shop/api-0", "added", "before"],
    );
    let drained = check(
        &["--what-if", &path("drain.yaml"), "--json"],
        1,
        &["Insufficient cpu"],
    );
    assert_eq!(drained.json()["drains"][0]["done"], json!(true));
    assert_eq!(
        drained.json()["newState"]["unschedulable"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    check(
        &[
            "--what-if",
            &path("drain.yaml"),
            "--markdown",
            "--explain",
            "shop/web-0",
        ],
        1,
        &["## pending", "| pod | CPU |", "## why shop/web-0"],
    );
    check(
        &["--config", &path("config.yaml")],
        0,
        &["scheduled by packing"],
    );
    check(&["--explain", "nobody"], 2, &["--explain", "nobody"]);
    check(
        &["--what-if", &path("wrong.yaml")],
        2,
        &["--what-if [0].nodes[0]", "n9"],
    );
    check(
        &["--what-if", &cluster],
        2,
        &["--what-if", "list of changes"],
    );
    check(&["--config", &cluster], 2, &["--config"]);
    check(&["--pods", "/no/such/file"], 2, &["/no/such/file"]);
    check(&["--json", "--markdown"], 2, &["--markdown"]);
    check(&["--limit-mib", "0"], 2, &["--limit-mib"]);
    assert!(!bench.lab().exists(), "no lab was made");

    let none = drydock(&bench.lab(), &["schedule", "--snapshot", &path("api.yaml")]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    assert!(none.stderr.contains("no node"), "{}", none.stderr);
}

#[test]
fn a_snapshot_above_the_limit_is_refused() {
    let bench = Bench::empty();
    let padding = format!("# {}\n", "x".repeat(1 << 20));
    let files = folder(&bench, &[("cluster.yaml", &format!("{CLUSTER}{padding}"))]);
    let cluster = files.join("cluster.yaml");
    let cluster = cluster.to_str().expect("text");
    let small = ["schedule", "--snapshot", cluster, "--limit-mib", "1"];
    let refused = drydock(&bench.lab(), &small);
    assert_eq!(refused.code, 2, "{}", refused.text());
    assert!(
        refused
            .stderr
            .contains("cluster.yaml, holds more than 1 MiB"),
        "{}",
        refused.stderr
    );
    assert_eq!(drydock(&bench.lab(), &small[..3]).code, 0);
}
