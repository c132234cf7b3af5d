//! What was decided against what the record says.

use std::collections::{BTreeMap, BTreeSet};

use drydock_scheduler::{Cluster, Decision, Explanation, PodKey, Preemption, Verdict};
use serde_json::Value;

const EXCLUDED: &str = "node(s) didn't satisfy plugin(s) [NodeAffinity]";

/// How many agree, of how many.
#[derive(Default, Clone, Copy)]
pub struct Total {
    pub agree: u32,
    pub all: u32,
}

impl Total {
    fn count(&mut self, agrees: bool) {
        self.all += 1;
        self.agree += u32::from(agrees);
    }

    fn add(&mut self, other: Self) {
        self.agree += other.agree;
        self.all += other.all;
    }
}

#[derive(Default, Clone, Copy)]
pub struct Tally {
    pub decisions: Total,
    pub rejections: Total,
    pub scores: Total,
    pub preemptions: Total,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.decisions.add(other.decisions);
        self.rejections.add(other.rejections);
        self.scores.add(other.scores);
        self.preemptions.add(other.preemptions);
    }
}

fn words(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|word| word.as_str().unwrap())
        .collect()
}

/// Compares an attempt: the choice, every rejection and every score.
pub fn attempt(
    cluster: &Cluster,
    got: &Explanation,
    decision: Decision,
    expected: &Value,
    tally: &mut Tally,
) -> Vec<String> {
    let mut wrong = Vec::new();
    tally.decisions.all += 1;
    decided(cluster, got, decision, expected, &mut wrong);
    tally.decisions.agree += u32::from(wrong.is_empty());
    if let Some(message) = expected["preFilterMessage"].as_str() {
        at_once(got, message, expected, tally, &mut wrong);
    } else if expected["rejected"].is_object() || expected["scores"].is_object() {
        rejections(got, expected, tally, &mut wrong);
    } else {
        counts(got, expected, tally, &mut wrong);
    }
    scores(got, expected, tally, &mut wrong);
    if let Some(message) = expected["message"].as_str()
        && !message.starts_with(&got.message)
    {
        wrong.push(format!("message {:?}, expected {message:?}", got.message));
    }
    wrong
}

fn decided(
    cluster: &Cluster,
    got: &Explanation,
    decision: Decision,
    expected: &Value,
    wrong: &mut Vec<String>,
) {
    if expected["feasibleCount"].as_u64() != Some(got.feasible.into()) {
        wrong.push(format!(
            "{} feasible, expected {}",
            got.feasible, expected["feasibleCount"]
        ));
    }
    if got.chosen.as_deref() != expected["chosen"].as_str() {
        wrong.push(format!(
            "chose {:?}, expected {}",
            got.chosen, expected["chosen"]
        ));
    }
    let top: BTreeSet<_> = got
        .nodes
        .iter()
        .filter(|node| match &node.verdict {
            Verdict::Feasible { total, .. } => Some(*total) == got.max_score,
            Verdict::Rejected { .. } => false,
        })
        .map(|node| node.node.as_str())
        .collect();
    if top != words(&expected["maxScoreNodes"]) || top.len() != got.ties as usize {
        wrong.push(format!(
            "best {top:?}, expected {}",
            expected["maxScoreNodes"]
        ));
    }
    if got.max_score != expected["maxScore"].as_i64() {
        wrong.push(format!(
            "best score {:?}, expected {}",
            got.max_score, expected["maxScore"]
        ));
    }
    let same = match decision {
        Decision::Placed {
            node,
            score,
            ties,
            feasible,
        } => {
            Some(cluster.node_name(node)) == got.chosen.as_deref()
                && (Some(score), ties, feasible) == (got.max_score, got.ties, got.feasible)
        }
        Decision::Unschedulable(_) => got.chosen.is_none(),
    };
    if !same {
        wrong.push(format!("{decision:?} differs from its explanation"));
    }
}

/// A rejection by PreFilter, the same for every node.
fn at_once(
    got: &Explanation,
    message: &str,
    expected: &Value,
    tally: &mut Tally,
    wrong: &mut Vec<String>,
) {
    let plugins = words(&expected["preFilterPlugins"]);
    let agrees = got.nodes.iter().all(|node| match &node.verdict {
        Verdict::Rejected {
            plugin, reasons, ..
        } => plugins.contains(plugin.name()) && reasons == &[message],
        Verdict::Feasible { .. } => false,
    });
    tally.rejections.count(agrees);
    if !agrees {
        wrong.push(format!("not every node is rejected with {message:?}"));
    }
}

/// Plugin and code of every rejected node.
fn rejections(got: &Explanation, expected: &Value, tally: &mut Tally, wrong: &mut Vec<String>) {
    for node in &got.nodes {
        let theirs = &expected["rejected"][&node.node];
        let Verdict::Rejected {
            plugin,
            code,
            reasons,
        } = &node.verdict
        else {
            if !theirs.is_null() {
                tally.rejections.count(false);
                wrong.push(format!("{} is feasible, expected {theirs}", node.node));
            }
            continue;
        };
        let ours: BTreeSet<_> = reasons.iter().map(String::as_str).collect();
        let by = theirs["plugin"].as_str();
        let same_plugin = by == Some(plugin.name()) || (by == Some("") && ours.contains(EXCLUDED));
        let agrees = same_plugin
            && theirs["code"].as_str() == Some(code.name())
            && words(&theirs["reasons"]) == ours;
        tally.rejections.count(agrees);
        if !agrees {
            wrong.push(format!(
                "{} is rejected by {} {} {ours:?}, expected {theirs}",
                node.node,
                plugin.name(),
                code.name()
            ));
        }
    }
}

/// Number of rejected nodes by plugin and reason, where the record is a summary.
fn counts(got: &Explanation, expected: &Value, tally: &mut Tally, wrong: &mut Vec<String>) {
    let mut ours: BTreeMap<String, u64> = BTreeMap::new();
    for node in &got.nodes {
        if let Verdict::Rejected {
            plugin, reasons, ..
        } = &node.verdict
        {
            for reason in reasons {
                let plugin = if reason == EXCLUDED {
                    "-"
                } else {
                    plugin.name()
                };
                *ours.entry(format!("{plugin}: {reason}")).or_default() += 1;
            }
        }
    }
    let theirs: BTreeMap<String, u64> = expected["rejectedCounts"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, count)| (key.clone(), count.as_u64().unwrap()))
        .collect();
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let agrees = ours.get(key) == theirs.get(key);
        tally.rejections.count(agrees);
        if !agrees {
            wrong.push(format!(
                "{key}: {:?} nodes, expected {:?}",
                ours.get(key),
                theirs.get(key)
            ));
        }
    }
}

fn scores(got: &Explanation, expected: &Value, tally: &mut Tally, wrong: &mut Vec<String>) {
    for node in &got.nodes {
        let Verdict::Feasible { total, plugins } = &node.verdict else {
            continue;
        };
        if expected["totals"].is_object() {
            let theirs = expected["totals"][&node.node].as_i64();
            tally.scores.count(theirs == Some(*total));
            if theirs != Some(*total) {
                wrong.push(format!("{} totals {total}, expected {theirs:?}", node.node));
            }
            continue;
        }
        let theirs = &expected["scores"][&node.node];
        let listed: BTreeMap<&str, i64> = theirs["plugins"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(plugin, score)| (plugin.as_str(), score.as_i64().unwrap()))
            .collect();
        let ours: BTreeMap<&str, i64> = plugins
            .iter()
            .map(|(plugin, score)| (plugin.name(), *score))
            .collect();
        let names: BTreeSet<_> = ours.keys().chain(listed.keys()).collect();
        for name in names {
            tally.scores.count(ours.get(name) == listed.get(name));
        }
        if ours != listed || theirs["total"].as_i64() != Some(*total) {
            wrong.push(format!("{} scores {ours:?}, expected {theirs}", node.node));
        }
    }
}

/// Candidates with their victims, the best of them, and the nomination.
pub fn preemption(
    cluster: &Cluster,
    got: &Preemption,
    names: &BTreeMap<PodKey, String>,
    expected: &Value,
    tally: &mut Tally,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let nominated = got.nominated.map(|node| cluster.node_name(node));
    if nominated != expected["nominatedNode"].as_str() {
        wrong.push(format!(
            "nominates {nominated:?}, expected {}",
            expected["nominatedNode"]
        ));
    }
    let best: BTreeSet<_> = got
        .best
        .iter()
        .map(|&node| cluster.node_name(node))
        .collect();
    if best != words(&expected["bestNodes"]) {
        wrong.push(format!(
            "best nodes {best:?}, expected {}",
            expected["bestNodes"]
        ));
    }
    let list = |pods: &[PodKey]| {
        pods.iter()
            .map(|pod| names[pod].clone())
            .collect::<Vec<_>>()
    };
    let ours: Vec<_> = got
        .candidates
        .iter()
        .map(|candidate| {
            serde_json::json!({
                "node": cluster.node_name(candidate.node),
                "victims": list(&candidate.victims),
                "pdbViolations": candidate.budget_violations,
            })
        })
        .collect();
    let theirs = expected["candidates"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if ours != theirs {
        wrong.push(format!("candidates {ours:?}, expected {theirs:?}"));
    }
    if let Some(message) = expected["message"].as_str() {
        let ours = format!("no new claims to deallocate, preemption: {}", got.message);
        if !ours.ends_with(message) {
            wrong.push(format!("message {ours:?}, expected {message:?}"));
        }
    }
    tally.preemptions.count(wrong.is_empty());
    wrong
}
