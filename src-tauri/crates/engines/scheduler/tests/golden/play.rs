//! One file played from its first pod to its last, from the pods as stored or, with `manifests`, as their authors wrote
//! them.

use std::collections::BTreeMap;

use drydock_scheduler::{Admission, Cluster, Decision, PodFacts, PodKey, Profile, ShapeId};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compare::{self, Tally};

/// 2025-01-01T00:00:00Z: where the record's clock starts.
const START: i64 = 1_735_689_600;

fn typed<T: DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn list<T: DeserializeOwned>(json: &Value) -> Vec<T> {
    json.as_array().into_iter().flatten().map(typed).collect()
}

fn name(json: &Value) -> String {
    let text = |field: &str| json["metadata"][field].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Unix seconds of `yyyy-mm-ddThh:mm:ssZ`.
fn seconds(text: &str) -> i64 {
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // Days since 1970-01-01, counting years from March.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    days * 86_400 + part(11, 13) * 3600 + part(14, 16) * 60 + part(17, 19)
}

struct Play {
    cluster: Cluster,
    keys: BTreeMap<String, PodKey>,
    names: BTreeMap<PodKey, String>,
    tally: Tally,
    differences: Vec<String>,
}

impl Play {
    fn key(&mut self, name: &str) -> PodKey {
        let key = PodKey(self.keys.len() as u64);
        self.keys.insert(name.to_owned(), key);
        self.names.insert(key, name.to_owned());
        key
    }

    fn bind(&mut self, key: PodKey, shape: ShapeId, node: &str, started: i64, terminating: bool) {
        let name = self.names[&key].rsplit('/').next().unwrap().into();
        let facts = PodFacts {
            name: Some(name),
            started: Some(started),
            terminating,
        };
        let node = self.cluster.node_id(node).unwrap();
        assert!(self.cluster.bind_with(key, shape, node, facts));
    }

    fn attempt(&mut self, label: &str, key: PodKey, shape: ShapeId, expected: &Value) {
        let explanation = self.cluster.explain_pod(Some(key), shape);
        let decision = self.cluster.decide_pod(Some(key), shape);
        let wrong = compare::attempt(
            &self.cluster,
            &explanation,
            decision,
            expected,
            &mut self.tally,
        );
        self.note(label, wrong);
    }

    fn note(&mut self, label: &str, wrong: Vec<String>) {
        self.differences
            .extend(wrong.into_iter().map(|wrong| format!("{label}: {wrong}")));
    }

    /// What eviction comes to, and the second attempt where a node is nominated.
    fn preempt(&mut self, label: &str, key: PodKey, shape: ShapeId, expected: &Value) {
        let theirs = &expected["preemption"];
        let got = self.cluster.preempt(Some(key), shape);
        let wrong = compare::preemption(&self.cluster, &got, &self.names, theirs, &mut self.tally);
        self.note(label, wrong);
        let Some(node) = theirs["nominatedNode"].as_str() else {
            return;
        };
        for victim in theirs["victims"].as_array().unwrap() {
            let victim = self.keys[victim.as_str().unwrap()];
            self.cluster.unbind(victim).unwrap();
        }
        let node = self.cluster.node_id(node).unwrap();
        self.cluster.nominate(key, shape, node);
        self.attempt(&format!("{label} again"), key, shape, &expected["retry"]);
        self.cluster.withdraw(key);
    }
}

fn cluster(objects: &Value) -> Cluster {
    let mut cluster = Cluster::new(Profile::default());
    for node in list(&objects["nodes"]) {
        cluster.add_node(&node).unwrap();
    }
    for namespace in list(&objects["namespaces"]) {
        cluster.set_namespace(&namespace);
    }
    for service in list(&objects["services"]) {
        cluster.set_service(&service);
    }
    for controller in list(&objects["replicationControllers"]) {
        cluster.set_replication_controller(&controller);
    }
    for set in list(&objects["replicaSets"]) {
        cluster.set_replica_set(&set).unwrap();
    }
    for set in list(&objects["statefulSets"]) {
        cluster.set_stateful_set(&set).unwrap();
    }
    for budget in list(&objects["podDisruptionBudgets"]) {
        cluster.set_budget(&budget).unwrap();
    }
    cluster
}

/// Plays a file and answers how much agrees, and every difference.
pub fn play(file: &Value, manifests: bool) -> (Tally, Vec<String>) {
    let objects = &file["cluster"];
    let classes: Vec<PriorityClass> = list(&objects["priorityClasses"]);
    let admission = Admission::new(&classes);
    let mut play = Play {
        cluster: cluster(objects),
        keys: BTreeMap::new(),
        names: BTreeMap::new(),
        tally: Tally::default(),
        differences: Vec::new(),
    };
    for json in objects["boundPods"].as_array().into_iter().flatten() {
        let shape = play.cluster.intern(&typed(json)).unwrap();
        let key = play.key(&name(json));
        let started = seconds(json["status"]["startTime"].as_str().unwrap());
        let node = json["spec"]["nodeName"].as_str().unwrap();
        let terminating = json["metadata"]["deletionTimestamp"].is_string();
        play.bind(key, shape, node, started, terminating);
    }
    let pods = file["pods"].as_array().unwrap();
    let expected = file["expected"].as_array().unwrap();
    assert_eq!(pods.len(), expected.len());
    for (at, (json, expected)) in pods.iter().zip(expected).enumerate() {
        let label = name(json);
        let written = Some(&file["manifests"][&label])
            .filter(|written| manifests && written.is_object())
            .unwrap_or(json);
        let pod: Pod = admission.admit(&typed(written)).unwrap();
        let stored: Pod = typed(json);
        assert_eq!(
            pod.spec.as_ref().unwrap().priority,
            stored.spec.as_ref().unwrap().priority.or(Some(0))
        );
        let shape = play.cluster.intern(&pod).unwrap();
        let key = play.key(&label);
        match expected["outcome"].as_str().unwrap() {
            "preassigned" => {}
            "gated" => {
                assert!(!play.cluster.shape(shape).gates().is_empty(), "{label}");
                let decision = play.cluster.decide(shape);
                assert!(matches!(decision, Decision::Unschedulable(_)), "{label}");
            }
            _ => play.attempt(&label, key, shape, &expected["attempt"]),
        }
        if expected["preemption"].is_object() {
            play.preempt(&label, key, shape, expected);
        }
        let node = expected["node"]
            .as_str()
            .or(json["spec"]["nodeName"].as_str());
        if let Some(node) = node {
            play.bind(key, shape, node, START + at as i64, false);
        }
    }
    (play.tally, play.differences)
}
