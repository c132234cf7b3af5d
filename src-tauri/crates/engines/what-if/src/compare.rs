//! Two worlds side by side. Neither is changed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::outcome::{Cause, Move, Placement};
use crate::rehearsal::identity;
use crate::what_if::Baseline;
use drydock_scheduler::PodKey;

/// Two worlds side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The one.
    pub a: Placement,
    /// The other.
    pub b: Placement,
    /// Pods of both that are not on the same node, by name.
    pub moved: Vec<Move>,
    /// Pods of the one alone, by name.
    pub only_a: Vec<String>,
    /// Pods of the other alone, by name.
    pub only_b: Vec<String>,
}

/// Compares where the pods of two worlds are.
pub fn compare(a: &Baseline, b: &Baseline) -> Comparison {
    let (in_a, in_b) = (pods(a), pods(b));
    let alone = |one: &BTreeMap<String, Found>, other: &BTreeMap<String, Found>| {
        one.iter()
            .filter(|(identity, _)| !other.contains_key(*identity))
            .map(|(_, found)| found.pod.clone())
            .collect()
    };
    let moved = in_a
        .iter()
        .filter_map(|(identity, from)| {
            let to = in_b.get(identity)?;
            (from.node != to.node).then(|| Move {
                pod: from.pod.clone(),
                owner: from.owner.clone(),
                from: from.node.clone(),
                to: to.node.clone(),
                cause: Cause::Rescheduled,
            })
        })
        .collect();
    Comparison {
        moved,
        only_a: alone(&in_a, &in_b),
        only_b: alone(&in_b, &in_a),
        a: a.placement().clone(),
        b: b.placement().clone(),
    }
}

struct Found {
    pod: String,
    owner: String,
    node: Option<String>,
}

fn pods(world: &Baseline) -> BTreeMap<String, Found> {
    let cluster = world.cluster();
    let pods = world.pods().iter().enumerate();
    pods.map(|(at, pod)| {
        let node = cluster
            .node_of(PodKey(at as u64))
            .map(|node| cluster.node_name(node));
        let found = Found {
            pod: pod.name.clone(),
            owner: pod.owner.to_string(),
            node: node.map(str::to_owned),
        };
        (identity(pod, node), found)
    })
    .collect()
}
