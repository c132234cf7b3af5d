//! How well the model fits a cluster: is the node each pod of the dump runs on feasible, and among the best? Each pod is
//! judged as if it came now, all others where they are; what it saw when it came is not in a dump.

use drydock_scheduler::{Examined, PodKey};
use drydock_what_if::Standing;
use rayon::prelude::*;

use super::board::is_static;
use super::{BindingFilter, BindingRow, Bindings, BindingsInput};
use crate::{Error, Lab};

/// Rows answered where nobody says, and at most.
const ROWS: (u32, u32) = (200, 10_000);
/// Pods that one thread judges on one copy of the cluster.
const CHUNK: usize = 512;

/// `scheduler_bindings`: check the bindings of a dump against the model.
pub fn scheduler_bindings(lab: &Lab, input: BindingsInput) -> Result<Bindings, Error> {
    let limit = limit(input.limit)?;
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let found = &world.found;
    let bound: Vec<usize> = (0..found.pods.len())
        .filter(|&at| found.pods[at].from_dump && found.pods[at].node.is_some())
        .collect();
    let mut rows: Vec<BindingRow> = bound
        .par_chunks(CHUNK)
        .flat_map_iter(|chunk| {
            let mut standing = found.clone();
            chunk
                .iter()
                .filter_map(|&at| row(&mut standing, at))
                .collect::<Vec<_>>()
        })
        .collect();
    let feasible = rows.iter().filter(|row| row.feasible).count() as u32;
    let best = rows.iter().filter(|row| row.best == Some(true)).count() as u32;
    let pods = rows.len() as u32;
    let only = input.only.unwrap_or_default();
    rows.retain(|row| match only {
        BindingFilter::All => true,
        BindingFilter::Infeasible => !row.feasible,
        BindingFilter::NotBest => row.best == Some(false),
    });
    rows.sort_by(|a, b| (a.feasible, a.best, &a.pod).cmp(&(b.feasible, b.best, &b.pod)));
    let matching = rows.len() as u32;
    rows.truncate(limit);
    Ok(Bindings {
        basis: world.basis(),
        pods,
        feasible,
        best,
        matching,
        rows,
        warnings: found.warnings.clone(),
    })
}

/// How many rows an input asks for.
pub(super) fn limit(asked: Option<u32>) -> Result<usize, Error> {
    match asked.unwrap_or(ROWS.0) {
        limit if (1..=ROWS.1).contains(&limit) => Ok(limit as usize),
        limit => Err(Error::bad_input(
            "limit",
            format!("{limit} is out of range: write 1 to {}", ROWS.1),
        )),
    }
}

fn row(standing: &mut Standing, at: usize) -> Option<BindingRow> {
    let Standing { cluster, pods, .. } = standing;
    let (pod, key) = (&pods[at], PodKey(at as u64));
    let node = pod.node?;
    let facts = cluster.facts_of(key).cloned().unwrap_or_default();
    cluster.unbind(key);
    let examined: Examined = cluster.examine(Some(key), pod.shape, node);
    cluster.bind_with(key, pod.shape, node, facts);
    let (plugin, reasons) = examined
        .rejected
        .clone()
        .map_or((None, Vec::new()), |(plugin, reasons)| {
            (Some(plugin), reasons)
        });
    let feasible = plugin.is_none();
    Some(BindingRow {
        pod: pod.name.clone(),
        service: pod.owner.to_string(),
        node: cluster.node_name(node).to_owned(),
        feasible,
        best: feasible.then(|| examined.is_best()),
        score: examined.score,
        max_score: examined.max_score,
        chosen: examined
            .chosen
            .map(|node| cluster.node_name(node).to_owned()),
        plugin,
        reasons,
        is_static: is_static(pod),
    })
}
