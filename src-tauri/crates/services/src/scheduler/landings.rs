//! Luck: the real scheduler looks at a part of a large cluster and breaks ties at random. Played over many seeds this
//! shows how often each pod lands where.

use std::sync::Arc;

use drydock_model::WorkloadKind;
use drydock_scheduler::{Arrival, Cluster, Evicted, Landings, NodeId, PodKey};
use drydock_what_if::Standing;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

use super::bindings::limit;
use super::board::is_static;
use super::settled::Settled;
use super::{Landing, LandingRow, LandingsInput, LandingsReport};
use crate::caller::Caller;
use crate::jobs::JobContext;
use crate::{Code, Error, Lab};

/// Plays where nobody says, and at most.
const PLAYS: (u32, u32) = (100, 1000);
/// Outcomes listed of a pod.
const OUTCOMES: usize = 20;
/// Plays between two looks at whether somebody wants it to stop, for each thread.
const STRIDE: usize = 2;

const METHOD: &str = "Each play places the pods once in queue order as kube-scheduler does it: it looks for feasible nodes \
                      zone by zone from where it stopped before, stops when there are enough (all of them below 100 nodes), \
                      and takes one of the best at random. Evicted pods are gone in a play. All nodes scored and ties to \
                      the smallest name give `decided`.";

/// `scheduler_landings`: how often each pod lands where.
pub fn scheduler_landings(
    lab: &Arc<Lab>,
    _: &Caller,
    context: &JobContext,
    input: LandingsInput,
) -> Result<LandingsReport, Error> {
    let seeds = input.seeds.unwrap_or(PLAYS.0);
    if !(1..=PLAYS.1).contains(&seeds) {
        return Err(Error::bad_input(
            "seeds",
            format!("{seeds} is out of range: write 1 to {}", PLAYS.1),
        ));
    }
    let limit = limit(input.limit)?;
    context.progress(0.0, "reading the world");
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let (cluster, arrivals) = queue(&world.found, input.anew);
    let mut decided = cluster.clone();
    decided.schedule(arrivals.clone(), Evicted::Return);
    let landings = play(context, &cluster, &arrivals, seeds)?;
    Ok(report(&world, &cluster, &decided, &landings, limit))
}

/// What is to be placed, and the cluster without it. Placed anew, all pods wait but those that stay where they are.
pub(super) fn queue(found: &Standing, anew: bool) -> (Cluster, Vec<Arrival>) {
    let mut found = found.clone();
    if anew {
        for (at, pod) in found.pods.iter_mut().enumerate() {
            if pod.kind != WorkloadKind::DaemonSet && !is_static(pod) && pod.node.take().is_some() {
                found.cluster.unbind(PodKey(at as u64));
            }
        }
    }
    let waiting = found.waiting();
    (found.cluster, waiting)
}

fn play(
    context: &JobContext,
    cluster: &Cluster,
    arrivals: &[Arrival],
    seeds: u32,
) -> Result<Landings, Error> {
    let all: Vec<u64> = (1..=u64::from(seeds)).collect();
    let mut landings = Landings::default();
    for some in all.chunks(STRIDE * rayon::current_num_threads()) {
        if context.is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the plays were cancelled"));
        }
        let played: Vec<Landings> = some
            .par_iter()
            .map(|&seed| cluster.landings(arrivals, [Pcg64Mcg::seed_from_u64(seed)]))
            .collect();
        for one in played {
            landings.add(one);
        }
        context.progress(f64::from(landings.plays) / f64::from(seeds), "playing");
    }
    Ok(landings)
}

fn report(
    world: &Settled,
    cluster: &Cluster,
    decided: &Cluster,
    landings: &Landings,
    limit: usize,
) -> LandingsReport {
    let name = |node: NodeId| cluster.node_name(node).to_owned();
    let mut rows: Vec<LandingRow> = landings
        .counts
        .iter()
        .map(|(key, counts)| {
            let pod = &world.found.pods[key.0 as usize];
            let mut list: Vec<Landing> = counts
                .iter()
                .map(|(node, &plays)| Landing {
                    node: node.map(name),
                    plays,
                    share: f64::from(plays) / f64::from(landings.plays.max(1)),
                })
                .collect();
            list.sort_by(|a, b| (b.plays, &a.node).cmp(&(a.plays, &b.node)));
            LandingRow {
                pod: pod.name.clone(),
                service: pod.owner.to_string(),
                decided: decided.node_of(*key).map(name),
                outcomes: list.len() as u32,
                landings: list,
            }
        })
        .collect();
    let pods = rows.len() as u32;
    let always_same = rows.iter().filter(|row| row.outcomes == 1).count() as u32;
    let ever_pending = rows
        .iter()
        .filter(|row| row.landings.iter().any(|landing| landing.node.is_none()))
        .count() as u32;
    let top = |row: &LandingRow| row.landings.first().map_or(0, |landing| landing.plays);
    rows.sort_by(|a, b| (top(a), &a.pod).cmp(&(top(b), &b.pod)));
    rows.truncate(limit);
    for row in &mut rows {
        row.landings.truncate(OUTCOMES);
    }
    LandingsReport {
        basis: world.basis(),
        plays: landings.plays,
        pods,
        always_same,
        ever_pending,
        rows,
        method: METHOD.to_owned(),
    }
}
