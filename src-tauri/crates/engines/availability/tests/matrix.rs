//! Each thing failing on its own, single points of failure, and room to spare.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::*;
use drydock_availability::{Each, Failure, Fate, Structure};
use drydock_model::World;
use serde_json::{Value, json};

const ALL: [Each; 4] = [Each::Node, Each::Zone, Each::Region, Each::Service];

/// Four nodes in two zones. web is spread, api is in one zone, admin on one node; both classes need the database.
fn shop() -> World {
    let mut objects = vec![
        node("n1", "eu-1a"),
        node("n2", "eu-1a"),
        node("n3", "eu-1b"),
        with(node("n4", "eu-1b"), "status/allocatable/cpu", json!("6")),
    ];
    objects.extend(deployed("web", &["n1", "n3"]));
    objects.extend(deployed("api", &["n1", "n2"]));
    objects.extend(deployed("admin", &["n4"]));
    objects.extend(stateful("db", "postgres:17", &["n2"]));
    objects.push(running("DaemonSet", "agent", "own/image", 0, "50m"));
    let calls = [("web", "api"), ("api", "db"), ("admin", "db")];
    world(&objects, &calls, &["web", "admin"])
}

fn name(failure: &Failure) -> String {
    match failure {
        Failure::Node { node } => node.clone(),
        Failure::Zone { zone } => zone.clone(),
        Failure::Region { region } => region.clone(),
        Failure::Service { service } => service.name().to_owned(),
    }
}

/// A matrix says of each failure what a question about it alone says.
fn agrees(structure: &Structure) {
    let matrix = structure.matrix(&ALL).unwrap();
    assert_eq!(matrix.rows.len(), 4 + 2 + 1 + 5);
    for row in &matrix.rows {
        let loss = structure.lose(&row.failures).unwrap();
        let services: Vec<_> = loss.services.iter().map(|it| it.service.clone()).collect();
        assert_eq!(services, matrix.services);
        let states = |of: fn(&drydock_availability::ServiceLoss) -> _| -> Vec<_> {
            loss.services.iter().map(of).collect()
        };
        assert_eq!(row.immediately.states, states(|it| it.immediately.state));
        assert_eq!(
            row.after_replacement.states,
            states(|it| it.after_replacement.state)
        );
        assert_eq!(matrix.before.states, states(|it| it.before.state));
        let down: Vec<_> = loss
            .services
            .iter()
            .filter(|it| it.entry && it.immediately.state.fails())
            .map(|it| it.service.clone())
            .collect();
        assert_eq!(row.immediately.entries_down, down);
        let count = |fate: Fate| loss.pods.iter().filter(|pod| pod.fate == fate).count() as u32;
        assert_eq!(row.replaced, count(Fate::Replaced));
        assert_eq!(row.unplaced, count(Fate::Unplaced));
        assert_eq!(row.waiting_for_node, count(Fate::WaitsForNode));
    }
}

#[test]
fn a_matrix_says_what_single_questions_say() {
    agrees(&structure(&shop()));
    let options = serde_json::from_value(json!({"lostNodes": "deleted",
        "softCalls": [{"from": "shop/api", "to": "shop/db"}]}))
    .unwrap();
    agrees(&Structure::of(&shop(), &options).unwrap());
}

#[test]
fn rows_may_lose_several_things() {
    let structure = structure(&shop());
    let set = vec![on_node("n1"), on_service("admin")];
    let matrix = structure.matrix_of(&[set.clone(), Vec::new()]).unwrap();
    assert_eq!(matrix.rows[0].failures, set);
    assert_eq!(matrix.rows[1].immediately, matrix.before);
    assert_eq!(matrix.rows[1].after_replacement, matrix.before);
}

#[test]
fn single_points_are_ranked() {
    let summary = structure(&shop()).summary().unwrap();
    let points: Vec<_> = summary
        .single_points
        .iter()
        .map(|point| {
            (
                name(&point.failure),
                point.entries_down.len(),
                point.entries_still_down.len(),
            )
        })
        .collect();
    let expect = [
        // The database waits for its node, and with it both entries.
        ("n2", 2, 2),
        ("eu-1a", 2, 2),
        ("db", 2, 2),
        ("admin", 1, 1),
        ("api", 1, 1),
        ("web", 1, 1),
        ("n4", 1, 0),
        ("eu-1b", 1, 0),
    ];
    let expect = expect.map(|(name, down, still)| (name.to_owned(), down, still));
    assert_eq!(points, expect);
}

#[test]
fn lost_writes_rank_after_lost_entries() {
    let mut objects = vec![
        node("n1", "eu-1a"),
        node("n2", "eu-1b"),
        node("n3", "eu-1c"),
    ];
    objects.extend(stateful("db", "postgres:17", &["n1", "n2"]));
    objects.extend(deployed("web", &["n3"]));
    let world = world(&objects, &[("web", "db")], &["web"]);
    let points = structure(&world).summary().unwrap().single_points;
    let said = points.iter().map(|point| {
        let down = point.entries_down.len();
        (
            name(&point.failure),
            down,
            point.entries_without_writes.len(),
        )
    });
    let expect = [("db", 1, 0), ("web", 1, 0), ("n3", 1, 0), ("eu-1c", 1, 0)];
    let writes = [("n1", 0, 1), ("eu-1a", 0, 1)];
    let expect = expect.into_iter().chain(writes);
    let expect: Vec<_> = expect.map(|(name, a, b)| (name.to_owned(), a, b)).collect();
    assert_eq!(said.collect::<Vec<_>>(), expect);
}

#[test]
fn what_is_down_before_is_nobodys_fault() {
    let mut objects = vec![node("n1", "eu-1a"), node("n2", "eu-1a")];
    objects.extend(deployed("web", &["n1"]));
    objects.push(deployment("off", 0));
    let summary = structure(&world(&objects, &[], &["web", "off"]))
        .summary()
        .unwrap();
    let names: Vec<_> = summary
        .single_points
        .iter()
        .map(|it| name(&it.failure))
        .collect();
    assert_eq!(names, ["eu-1a", "web", "n1"]);
}

#[test]
fn room_to_spare() {
    let full = |cpu: &str| {
        let mut objects = vec![
            node("n1", "eu-1a"),
            with(node("n2", "eu-1a"), "status/allocatable/cpu", json!("6")),
            with(
                node("n3", "eu-1b"),
                "status/allocatable/memory",
                json!("16Gi"),
            ),
        ];
        for (name, on) in [("a", "n1"), ("b", "n2"), ("c", "n3")] {
            objects.push(running("StatefulSet", name, "own/image", 1, cpu));
            objects.extend(pods("StatefulSet", name, cpu, &[on]));
        }
        structure(&world(&objects, &[], &[])).summary().unwrap()
    };
    let said = |cpu: &str| -> Vec<(String, String, bool, Vec<String>)> {
        let spare = full(cpu).spare.into_iter().map(|it| {
            let unplaced: Vec<String> = it.unplaced.iter().map(|pod| pod.pod.clone()).collect();
            (name(&it.failure), it.because, it.fits, unplaced)
        });
        spare.collect()
    };
    let row = |name: &str, because: &str, unplaced: &[&str]| {
        let unplaced: Vec<String> = unplaced.iter().map(|it| (*it).to_owned()).collect();
        (
            name.to_owned(),
            because.to_owned(),
            unplaced.is_empty(),
            unplaced,
        )
    };
    assert_eq!(
        said("1"),
        [
            row("n2", "most CPU of all nodes", &[]),
            row("n3", "most memory of all nodes", &[]),
            row("eu-1a", "a zone", &[]),
            row("eu-1b", "a zone", &[]),
        ]
    );
    assert_eq!(full("1").fits_after_any, Some(true));
    assert_eq!(
        said("3"),
        [
            row("n2", "most CPU of all nodes", &["shop/b-0"]),
            row("n3", "most memory of all nodes", &[]),
            row("eu-1a", "a zone", &["shop/a-0", "shop/b-0"]),
            row("eu-1b", "a zone", &[]),
        ]
    );
    let tight = full("3");
    assert_eq!(tight.fits_after_any, Some(false));
    let why = tight.spare[0].unplaced[0].why.as_deref().unwrap();
    assert!(why.contains("Insufficient cpu"), "{why}");
    let nothing = structure(&world(&[deployment("web", 1)], &[], &[]))
        .summary()
        .unwrap();
    assert_eq!(nothing.fits_after_any, None);
}

#[test]
fn shapes_are_camel_case() {
    let structure = structure(&shop());
    let row = &structure.matrix(&[Each::Zone]).unwrap().rows[0];
    let json: Value = serde_json::to_value(row).unwrap();
    assert_eq!(json["failures"], json!([{"type": "zone", "zone": "eu-1a"}]));
    assert_eq!(
        json["immediately"]["entriesDown"],
        json!(["shop/admin", "shop/web"])
    );
    assert_eq!(json["afterReplacement"]["states"][0], json!("broken"));
}
