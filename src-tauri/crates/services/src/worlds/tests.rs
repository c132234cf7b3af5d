//! What an import refuses: one error with object, field and reason, and nothing stored.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::*;
use crate::jobs::JobState;
use crate::lab::Lab;
use crate::session::tests::{caller, command, lab};
use crate::settings::{self, SetSettingInput};

/// The message of a refused import; the lab holds what it held.
fn refusal(path: &str, bytes: &[u8]) -> String {
    refusal_in(lab(), path, bytes)
}

fn refusal_in((_folder, lab): (tempfile::TempDir, Arc<Lab>), path: &str, bytes: &[u8]) -> String {
    let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
    let input = json!({"name": "bad", "files": [{"path": path, "base64": base64}]});
    let input: ImportInput = serde_json::from_value(input).unwrap();
    let inside = lab.clone();
    let id = lab.jobs.start("import", lab.now(), move |context| {
        let done = import_world(&inside, &caller(), context, input)?;
        serde_json::to_value(done).map_err(crate::Error::internal)
    });
    let done = lab
        .jobs
        .wait(&id, Duration::from_mins(1), &mut |_| ())
        .unwrap();
    assert_eq!(done.state, JobState::Failed, "{:?}", done.result);
    let names: Vec<String> = worlds(&lab, serde_json::from_value(json!({})).unwrap())
        .unwrap()
        .into_iter()
        .map(|world| world.name)
        .collect();
    assert_eq!(names, ["shop"]);
    done.error.unwrap().message
}

fn refuse(objects: Value, expect: &str) {
    let bytes = json!({"kind": "List", "apiVersion": "v1", "items": objects}).to_string();
    assert_eq!(refusal("x.json", bytes.as_bytes()), expect);
}

fn node(status: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": status})
}

fn good() -> Value {
    node(json!({"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}))
}

fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}, "spec": spec})
}

#[test]
fn objects_that_cannot_be_placed() {
    refuse(
        json!([node(json!({}))]),
        "files: Node n1: status.allocatable is missing, expected amounts of cpu, memory and pods",
    );
    refuse(
        json!([
            good(),
            pod(json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "-1"}}}]}))
        ]),
        "files: Pod shop/p: spec.containers[0].resources.requests[cpu] is \"-1\", expected a quantity that is not negative",
    );
    let term = json!({"matchExpressions": [{"key": "a", "operator": "Near"}]});
    refuse(
        json!([
            good(),
            pod(json!({"containers": [], "affinity": {"nodeAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}}))
        ]),
        "files: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator is \"Near\", expected In, NotIn, Exists, DoesNotExist, Gt or Lt",
    );
    refuse(
        json!([good(), {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "profiles": 3}]),
        "files: KubeSchedulerConfiguration: profiles is 3, expected a list",
    );
}

#[test]
fn archives_that_are_cut_off() {
    let message = refusal("cluster.tar.gz", &[31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 1]);
    assert!(
        message.starts_with(
            "files: cluster.tar.gz is damaged or cut off, and nothing of it was taken"
        ),
        "{message}"
    );
}

#[test]
fn input_above_the_configured_limit() {
    let lab = lab();
    let (key, value) = (settings::IMPORT_LIMIT.to_owned(), json!(1));
    command(&lab.1, |change| {
        settings::set_setting(change, SetSettingInput { key, value })
    })
    .unwrap();
    let message = refusal_in(lab, "big.yaml", &vec![b' '; (1 << 20) + 1]);
    assert_eq!(
        message,
        "files: what was given, up to big.yaml, holds more than 1 MiB: import a part of it, or raise the setting import.limit_mib"
    );
}
