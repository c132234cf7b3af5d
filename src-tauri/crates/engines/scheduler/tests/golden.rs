//! Decisions recorded from kube-scheduler 1.34.1, played again: after each attempt the pod is bound where the record
//! says, so that one difference does not spoil the rest. `GOLDEN` names another folder of such files.
//!
//! Plugins that this crate does not have are told apart: an attempt that PodTopologySpread or InterPodAffinity took
//! part in, or that preempted, is compared only in what the covered plugins rejected.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that prints a table"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use drydock_scheduler::{Cluster, Code, Decision, Explanation, PodKey, Profile, ShapeId, Verdict};
use flate2::read::GzDecoder;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

const COVERED: [&str; 7] = [
    "NodeUnschedulable",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "NodeResourcesBalancedAllocation",
    "ImageLocality",
];
const EXCLUDED: &str = "node(s) didn't satisfy plugin(s) [NodeAffinity]";

#[derive(Default, Clone, Copy)]
struct Tally {
    decisions: u32,
    agree: u32,
    rejections: u32,
    scores: u32,
    beyond: u32,
}

fn folder() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("GOLDEN").map_or_else(
        || manifest.join("../../../../tests/golden/scheduler"),
        PathBuf::from,
    )
}

fn read(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    serde_json::from_str(&text).unwrap()
}

fn pod(json: &Value) -> Pod {
    serde_json::from_value(json.clone()).unwrap()
}

fn name(pod: &Pod) -> String {
    format!(
        "{}/{}",
        pod.metadata.namespace.as_deref().unwrap_or(""),
        pod.metadata.name.as_deref().unwrap()
    )
}

/// One file, from the pods as stored or, with `manifests`, as their authors wrote them.
struct Play {
    cluster: Cluster,
    keys: BTreeMap<String, PodKey>,
    /// No object selects pods, so that the default spread constraints apply to none.
    without_services: bool,
    tally: Tally,
    differences: Vec<String>,
}

impl Play {
    fn bind(&mut self, name: String, shape: ShapeId, node: &str) {
        let key = PodKey(self.keys.len() as u64);
        self.keys.insert(name, key);
        let node = self.cluster.node_id(node).unwrap();
        assert!(self.cluster.bind(key, shape, node));
    }

    fn attempt(&mut self, label: &str, shape: ShapeId, expected: &Value) {
        let explanation = self.cluster.explain(shape);
        let decision = self.cluster.decide(shape);
        let mut differences = Vec::new();
        let whole = self.compare(&explanation, decision, expected, &mut differences);
        if whole {
            self.tally.decisions += 1;
            self.tally.agree += u32::from(differences.is_empty());
        } else {
            self.tally.beyond += 1;
        }
        self.differences.extend(
            differences
                .into_iter()
                .map(|difference| format!("{label}: {difference}")),
        );
    }

    /// Whether no plugin beyond the covered ones can have had a say.
    fn alone(&self, got: &Explanation) -> bool {
        let asked =
            |entry: &&String| !(self.without_services && entry.contains("default constraints"));
        got.not_considered.iter().find(asked).is_none()
    }

    /// Answers whether the covered plugins alone took this decision.
    fn compare(
        &mut self,
        got: &Explanation,
        decision: Decision,
        expected: &Value,
        wrong: &mut Vec<String>,
    ) -> bool {
        let rejected = expected["rejected"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let counts = expected["rejectedCounts"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let scores = expected["scores"].as_object().cloned().unwrap_or_default();
        let covers = |plugin: &str| COVERED.contains(&plugin) || plugin.is_empty() || plugin == "-";
        let whole = counts.keys().all(|key| covers(key.split(": ").next().unwrap()))
            && scores.values().all(|s| s["plugins"].as_object().unwrap().keys().all(|plugin| covers(plugin)))
            && expected["preFilterPlugins"].is_null()
            // A summary does not list plugins: there only a pod that asks for nothing else is compared whole.
            && (expected["totals"].is_null() || self.alone(got));
        let mut ours = BTreeMap::new();
        let mut feasible = 0;
        for node in &got.nodes {
            let name = node.node.as_str();
            match &node.verdict {
                Verdict::Rejected {
                    plugin,
                    code,
                    reasons,
                } => {
                    self.tally.rejections += 1;
                    for reason in reasons {
                        let plugin = if reason == EXCLUDED {
                            "-"
                        } else {
                            plugin.name()
                        };
                        *ours.entry(format!("{plugin}: {reason}")).or_insert(0_u64) += 1;
                    }
                    if expected["rejected"].is_object() || !scores.is_empty() {
                        compare_rejection(
                            name,
                            plugin.name(),
                            *code,
                            reasons,
                            rejected.get(name),
                            wrong,
                        );
                    }
                }
                Verdict::Feasible { total, plugins } => {
                    feasible += 1;
                    if let Some(rejection) = rejected.get(name) {
                        if covers(rejection["plugin"].as_str().unwrap()) {
                            wrong.push(format!("{name} is feasible, expected {rejection}"));
                        }
                    } else if whole && !scores.is_empty() {
                        let mine: BTreeMap<_, _> = plugins
                            .iter()
                            .map(|(plugin, score)| (plugin.name(), *score))
                            .collect();
                        let theirs = &scores[name];
                        let listed: BTreeMap<_, _> = theirs["plugins"]
                            .as_object()
                            .unwrap()
                            .iter()
                            .map(|(plugin, score)| (plugin.as_str(), score.as_i64().unwrap()))
                            .collect();
                        self.tally.scores += listed.len() as u32;
                        if mine != listed || Some(*total) != theirs["total"].as_i64() {
                            wrong.push(format!("{name} scores {mine:?}, expected {theirs}"));
                        }
                    } else if let Some(totals) = expected["totals"].as_object().filter(|_| whole) {
                        self.tally.scores += 1;
                        if totals.get(name).and_then(Value::as_i64) != Some(*total) {
                            wrong.push(format!(
                                "{name} totals {total}, expected {:?}",
                                totals.get(name)
                            ));
                        }
                    }
                }
            }
        }
        if !whole {
            return false;
        }
        let theirs: BTreeMap<_, _> = counts
            .iter()
            .map(|(key, n)| (key.clone(), n.as_u64().unwrap()))
            .collect();
        if ours != theirs {
            wrong.push(format!("rejections {ours:?}, expected {theirs:?}"));
        }
        if expected["feasibleCount"].as_u64() != Some(feasible)
            || u64::from(got.feasible) != feasible
        {
            wrong.push(format!(
                "{feasible} feasible, expected {}",
                expected["feasibleCount"]
            ));
        }
        if got.chosen.as_deref() != expected["chosen"].as_str() {
            wrong.push(format!(
                "chose {:?}, expected {}",
                got.chosen, expected["chosen"]
            ));
        }
        let ties = expected["maxScoreNodes"].as_array().map_or(0, Vec::len);
        if got.ties as usize != ties || got.max_score != expected["maxScore"].as_i64() {
            wrong.push(format!(
                "{:?} shared by {}, expected {} by {ties}",
                got.max_score, got.ties, expected["maxScore"]
            ));
        }
        if let Some(message) = expected["message"]
            .as_str()
            .filter(|message| !message.starts_with(&got.message))
        {
            wrong.push(format!("message {:?}, expected {message:?}", got.message));
        }
        match decision {
            Decision::Placed {
                node,
                score,
                ties,
                feasible,
            } => {
                let same = Some(self.cluster.node_name(node)) == got.chosen.as_deref()
                    && (Some(score), ties, feasible) == (got.max_score, got.ties, got.feasible);
                if !same {
                    wrong.push(format!("{decision:?} differs from its explanation"));
                }
            }
            Decision::Unschedulable(_) if got.chosen.is_some() => {
                wrong.push("not placed, but explained as placed".into());
            }
            Decision::Unschedulable(_) => {}
        }
        true
    }
}

fn compare_rejection(
    node: &str,
    plugin: &str,
    code: Code,
    reasons: &[String],
    expected: Option<&Value>,
    wrong: &mut Vec<String>,
) {
    let Some(expected) = expected else {
        wrong.push(format!(
            "{node} is rejected by {plugin} {reasons:?}, expected feasible"
        ));
        return;
    };
    let set: BTreeSet<_> = reasons.iter().map(String::as_str).collect();
    let theirs: BTreeSet<_> = expected["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r.as_str().unwrap())
        .collect();
    let named = expected["plugin"].as_str().unwrap();
    let same_plugin = named == plugin || (named.is_empty() && set.contains(EXCLUDED));
    if !same_plugin || expected["code"].as_str() != Some(code.name()) || set != theirs {
        wrong.push(format!(
            "{node} is rejected by {plugin} {} {set:?}, expected {expected}",
            code.name()
        ));
    }
}

fn play(file: &Value, manifests: bool) -> (Tally, Vec<String>) {
    let mut play = Play {
        cluster: Cluster::new(Profile::default()),
        keys: BTreeMap::new(),
        without_services: [
            "services",
            "replicaSets",
            "statefulSets",
            "replicationControllers",
        ]
        .iter()
        .all(|kind| file["cluster"][kind].as_array().is_none_or(Vec::is_empty)),
        tally: Tally::default(),
        differences: Vec::new(),
    };
    for node in file["cluster"]["nodes"].as_array().unwrap() {
        play.cluster
            .add_node(&serde_json::from_value(node.clone()).unwrap())
            .unwrap();
    }
    for json in file["cluster"]["boundPods"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let pod = pod(json);
        let shape = play.cluster.intern(&pod).unwrap();
        play.bind(
            name(&pod),
            shape,
            json["spec"]["nodeName"].as_str().unwrap(),
        );
    }
    for (json, expected) in file["pods"]
        .as_array()
        .unwrap()
        .iter()
        .zip(file["expected"].as_array().unwrap())
    {
        let stored = pod(json);
        let name = name(&stored);
        let mut written = if manifests {
            file["manifests"].get(&name).map_or(stored.clone(), pod)
        } else {
            stored.clone()
        };
        if let (Some(written), Some(stored)) = (&mut written.spec, &stored.spec) {
            // Resolving a priority class takes the class objects, which placement does not see.
            written.priority = stored.priority;
            written
                .preemption_policy
                .clone_from(&stored.preemption_policy);
        }
        let shape = play.cluster.intern(&written).unwrap();
        if expected["outcome"] != "preassigned" && expected["outcome"] != "gated" {
            play.attempt(&name, shape, &expected["attempt"]);
        }
        if expected["outcome"] == "gated" {
            assert!(!play.cluster.shape(shape).gates().is_empty(), "{name}");
            assert!(
                matches!(play.cluster.decide(shape), Decision::Unschedulable(_)),
                "{name}"
            );
        }
        if expected["preemption"]["nominatedNode"].is_string() {
            for victim in expected["preemption"]["victims"].as_array().unwrap() {
                let key = play.keys[victim.as_str().unwrap()];
                play.cluster.unbind(key).unwrap();
            }
        }
        let node = expected["node"]
            .as_str()
            .or(json["spec"]["nodeName"].as_str());
        if let Some(node) = node {
            play.bind(name, shape, node);
        }
    }
    (play.tally, play.differences)
}

#[test]
fn recorded_decisions_are_repeated() {
    let folder = folder();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".json"))
        .collect();
    files.sort();
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    let mut differences = Vec::new();
    for path in &files {
        let file = read(path);
        if !file["pods"].is_array() {
            continue;
        }
        let label = path.file_name().unwrap().to_string_lossy().into_owned();
        let cut = ["-tiny", "-small", "-mid", "-medium"]
            .iter()
            .find_map(|size| label.find(size));
        for manifests in [false, true] {
            if manifests && !file["manifests"].is_object() {
                continue;
            }
            let (tally, wrong) = play(&file, manifests);
            let family = format!(
                "{}{}",
                &label[..cut.unwrap_or(label.len())],
                if manifests { " (manifests)" } else { "" }
            );
            for sum in [families.entry(family).or_default(), &mut all] {
                sum.decisions += tally.decisions;
                sum.agree += tally.agree;
                sum.rejections += tally.rejections;
                sum.scores += tally.scores;
                sum.beyond += tally.beyond;
            }
            differences.extend(
                wrong
                    .into_iter()
                    .map(|wrong| format!("{label} manifests={manifests} {wrong}")),
            );
        }
    }
    println!(
        "{:<28} {:>9} {:>9} {:>11} {:>9} {:>12}",
        "family", "decisions", "agree", "rejections", "scores", "beyond scope"
    );
    for (family, t) in &families {
        println!(
            "{family:<28} {:>9} {:>9} {:>11} {:>9} {:>12}",
            t.decisions, t.agree, t.rejections, t.scores, t.beyond
        );
    }
    println!(
        "golden scheduler: {} decisions, {} agree (target 100 %)",
        all.decisions, all.agree
    );
    for difference in differences.iter().take(40) {
        println!("differs: {difference}");
    }
    assert!(all.decisions > 0, "no decision in {}", folder.display());
    assert!(differences.is_empty(), "{} differences", differences.len());
    assert_eq!(all.agree, all.decisions);
}
