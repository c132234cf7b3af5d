//! Every dump and manifest of the shared data is imported, placed anew, and survives the drain of every node in turn.
//! The data lies beside the repository; where it is absent, each test says so.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drydock_import::{import, read_paths};
use drydock_model::{Inventory, ObjectKey, WorkloadKind, World};
use drydock_scheduler::{PodKey, Verdict};
use drydock_simulation::{Plan, Simulation, State};
use drydock_what_if::{Baseline, Capacity, Change, DrainAction, Outcome, Standing, what_if};

fn data(test: &str, path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/data/cluster")
        .join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {test} needs ../shared/data/cluster/{path}");
    None
}

/// A folder, the folders in it and all files below, each an import of its own.
fn inputs(root: &Path) -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        found.insert(folder.to_owned());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else {
                found.insert(path);
            }
        }
    }
    let mut found = BTreeSet::new();
    below(root, &mut found);
    found.remove(root);
    found.into_iter().collect()
}

fn imported(path: &Path) -> Option<World> {
    let files = read_paths(&[path.to_owned()], 1 << 30).unwrap();
    import(files).ok().map(|imported| imported.world)
}

/// The world with nodes: its own, or three that are added as a change.
fn with_nodes(world: World) -> World {
    if !Inventory::of(&world).nodes.is_empty() {
        return world;
    }
    let zones = ["a", "b", "c"].map(|zone| Change::AddNodes {
        count: 1,
        like: None,
        instance_type: None,
        provider: None,
        region: None,
        zone: Some(zone.to_owned()),
        pool: Some("added".to_owned()),
        labels: BTreeMap::new(),
        taints: Vec::new(),
        capacity: Some(Capacity {
            cpu: "4".to_owned(),
            memory: "16Gi".to_owned(),
            pods: None,
            extended: BTreeMap::new(),
        }),
    });
    what_if(&world, &zones).unwrap().1
}

fn drain(node: &str) -> Change {
    Change::DrainNodes {
        nodes: vec![node.to_owned()],
        grace_period_seconds: None,
        force: true,
        delete_empty_dir_data: true,
        ignore_daemon_sets: true,
    }
}

/// Each pod of a dump stands in the cluster or is named among the warnings, and each object that does not read is named.
fn nothing_is_dropped_in_silence(place: &str, inventory: &Inventory, standing: &Standing) {
    let named = |name: &str| {
        standing
            .warnings
            .iter()
            .any(|warning| warning.contains(name))
    };
    let there: BTreeSet<&str> = standing.pods.iter().map(|pod| pod.name.as_str()).collect();
    for live in inventory.pods.iter().filter(|live| !live.ended) {
        let known = there.contains(live.name.as_str()) || named(&live.name);
        assert!(known, "{place}: {} is gone", live.name);
    }
    for unread in &inventory.unread {
        assert!(named(&unread.key.to_string()), "{place}: {}", unread.key);
    }
}

/// What is still on a drained node is named, with why; what was evicted may come back where it tolerates the cordon.
fn what_stays_is_named(place: &str, node: &str, outcome: &Outcome, fork: &World) {
    let drain = &outcome.drains[0];
    assert_eq!(drain.node, node, "{place}");
    let stays: BTreeSet<&str> = drain.steps.iter().map(|step| step.pod.as_str()).collect();
    for live in Inventory::of(fork).pods {
        if !live.ended && live.node.as_deref() == Some(node) {
            assert!(
                stays.contains(live.name.as_str()),
                "{place}: {} stays on {node}",
                live.name
            );
        }
    }
    let blocked = drain
        .steps
        .iter()
        .any(|step| matches!(step.action, DrainAction::Blocked | DrainAction::Refused));
    assert_eq!(drain.done, !blocked, "{place}: {node}");
}

/// A simulation starts with the pods where a what-if has them, but for pods of a dump that nobody asks for any more: a
/// controller deletes those at once.
fn starts_alike(place: &str, state: &State, baseline: &Baseline) {
    let played: BTreeSet<(&str, &str)> = state
        .nodes
        .iter()
        .flat_map(|node| {
            node.pods
                .iter()
                .map(|pod| (pod.as_str(), node.name.as_str()))
        })
        .collect();
    let mut stood = BTreeSet::new();
    for (at, pod) in baseline.pods().iter().enumerate() {
        if let Some(node) = baseline.cluster().node_of(PodKey(at as u64)) {
            let node = baseline.cluster().node_name(node);
            let at = (pod.name.as_str(), node);
            stood.insert(at);
            let both = pod.from_dump || played.contains(&at);
            assert!(
                both,
                "{place}: {} is on {node} in the what-if alone",
                pod.name
            );
        }
    }
    // Claims of a StatefulSet's new replicas are not played.
    let of_set = |pod: &str| {
        let known = baseline.pods().iter().find(|other| other.name == pod);
        known.is_some_and(|known| known.kind == WorkloadKind::StatefulSet)
    };
    let alone: Vec<_> = played
        .difference(&stood)
        .filter(|(pod, _)| !of_set(pod))
        .collect();
    assert!(
        alone.is_empty(),
        "{place}: {alone:?} in the simulation alone"
    );
}

#[test]
fn everything_is_placed_and_drained() {
    let Some(root) = data("everything_is_placed_and_drained", ".") else {
        return;
    };
    let (mut worlds, mut drains, mut pods) = (0, 0, 0);
    let mut seen: BTreeSet<Vec<ObjectKey>> = BTreeSet::new();
    for path in inputs(&root) {
        let place = path.strip_prefix(&root).unwrap().display().to_string();
        let Some(world) = imported(&path) else {
            continue;
        };
        // A folder of one folder is that folder.
        if !seen.insert(
            world
                .objects
                .iter()
                .map(drydock_model::ClusterObject::key)
                .collect(),
        ) {
            continue;
        }
        let inventory = Inventory::of(&world);
        let profile = Standing::profile_of(&inventory).unwrap();
        let mut standing =
            Standing::of(&inventory, profile).unwrap_or_else(|error| panic!("{place}: {error}"));
        nothing_is_dropped_in_silence(&place, &inventory, &standing);
        standing.settle();
        worlds += 1;
        if standing.pods.is_empty() && inventory.nodes.is_empty() {
            continue;
        }
        let world = with_nodes(world);
        let baseline = Baseline::of(&world).unwrap_or_else(|error| panic!("{place}: {error}"));
        let (unmoved, same) = baseline.what_if(&[]).unwrap();
        assert!(
            unmoved.moved.is_empty() && same == world,
            "{place}: moved without a change"
        );
        let nodes: Vec<String> = baseline
            .placement()
            .nodes
            .iter()
            .map(|n| n.name.clone())
            .collect();
        for node in &nodes {
            let (outcome, fork) = baseline
                .what_if(&[drain(node)])
                .unwrap_or_else(|error| panic!("{place}: {node}: {error}"));
            what_stays_is_named(&place, node, &outcome, &fork);
            drains += 1;
        }
        let plan = Plan::compile(&world).unwrap_or_else(|error| panic!("{place}: {error}"));
        let state = Simulation::new(Arc::new(plan), 1).state();
        starts_alike(&place, &state, &baseline);
        pods += baseline.placement().pods;
    }
    println!("{worlds} worlds, {pods} pods, {drains} drains");
    assert!(
        worlds > 200 && drains > 100,
        "{worlds} worlds, {drains} drains"
    );
}

#[test]
fn recorded_bindings_are_feasible() {
    let Some(path) = data("recorded_bindings_are_feasible", "nri-cluster/1_35") else {
        return;
    };
    let world = imported(&path).unwrap();
    let inventory = Inventory::of(&world);
    let profile = Standing::profile_of(&inventory).unwrap();
    let standing = Standing::of(&inventory, profile).unwrap();
    let mut checked = 0;
    for (at, pod) in standing.pods.iter().enumerate() {
        let (true, Some(node)) = (pod.from_dump, pod.node) else {
            continue;
        };
        let mut cluster = standing.cluster.clone();
        cluster.unbind(PodKey(at as u64));
        let explanation = cluster.explain(pod.shape);
        let name = cluster.node_name(node);
        let verdict = explanation
            .nodes
            .iter()
            .find(|verdict| verdict.node == name)
            .unwrap();
        assert!(
            matches!(verdict.verdict, Verdict::Feasible { .. }),
            "{} on {name}: {:?}",
            pod.name,
            verdict.verdict
        );
        checked += 1;
    }
    let bound = inventory
        .pods
        .iter()
        .filter(|pod| !pod.ended && pod.node.is_some());
    assert_eq!(checked, bound.count());
    assert!(checked > 0);
}
