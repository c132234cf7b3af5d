//! Quorums and primaries: what services need of their replicas beyond one.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::*;
use drydock_availability::{AvailabilityError, Options, Role, Structure};
use drydock_model::{Provenance, World};
use serde_json::{Value, json};

fn nodes(count: usize) -> Vec<Value> {
    (1..=count)
        .map(|at| node(&format!("n{at}"), "eu-1a"))
        .collect()
}

/// A StatefulSet of an image with a replica on each of its nodes, called by web, which is on a node of its own.
fn called(image: &str, replicas: usize) -> World {
    let mut objects = nodes(replicas);
    objects.push(node("own", "eu-1a"));
    let on: Vec<String> = (1..=replicas).map(|at| format!("n{at}")).collect();
    let on: Vec<&str> = on.iter().map(String::as_str).collect();
    objects.extend(stateful("store", image, &on));
    objects.extend(deployed("web", &["own"]));
    world(&objects, &[("web", "store")], &["web"])
}

fn said(world: &World, role: Value) -> Result<Structure, AvailabilityError> {
    let options = json!({"roles": {"shop/store": role}});
    let options: Options = serde_json::from_value(options).unwrap();
    Structure::of(world, &options)
}

#[test]
fn a_quorum_of_three_and_of_five() {
    let three = structure(&called("quay.io/coreos/etcd:v3.5", 3));
    let one = [on_node("n1")];
    check(
        &three,
        &one,
        &["store: degraded 2/3 > degraded 2/3", "web: up 1/1 > up 1/1"],
    );
    let two = [on_node("n1"), on_node("n3")];
    let loss = check(
        &three,
        &two,
        &["store: down 1/3 > down 1/3", "web: broken 1/1 > broken 1/1"],
    );
    let [store, web] = &loss.services[..] else {
        panic!("two services")
    };
    assert_eq!(
        store.immediately.reason.as_deref(),
        Some("quorum lost: 1 of 3 replicas are ready, 2 are needed (etcd, inferred)")
    );
    assert_eq!(
        web.immediately.reason.as_deref(),
        Some("shop/web needs shop/store: down, its quorum is lost")
    );
    let says = "shop/store needs 2 of 3 replicas (etcd, inferred: image quay.io/coreos/etcd:v3.5)";
    assert!(loss.rests_on.assumptions.iter().any(|it| it == says));

    let five = structure(&called("zookeeper:3.9", 5));
    let store = |failures: &[_]| lines(&five.lose(failures).unwrap()).remove(0);
    assert_eq!(store(&two), "store: degraded 3/5 > degraded 3/5");
    let three_nodes = [on_node("n1"), on_node("n2"), on_node("n3")];
    assert_eq!(store(&three_nodes), "store: down 2/5 > down 2/5");
    // Of three copies of each piece, two lost may be a majority somewhere.
    let ranges = structure(&called("cockroachdb/cockroach:v25.2", 5));
    let store = |failures: &[_]| lines(&ranges.lose(failures).unwrap()).remove(0);
    assert_eq!(store(&one), "store: degraded 4/5 > degraded 4/5");
    assert_eq!(store(&two), "store: down 3/5 > down 3/5");
}

#[test]
fn a_role_that_is_said_counts_before_what_is_inferred() {
    let world = called("quay.io/coreos/etcd:v3.5", 3);
    let two = [on_node("n1"), on_node("n2")];
    let free = said(&world, json!({"type": "independent"})).unwrap();
    check(
        &free,
        &two,
        &["store: degraded 1/3 > degraded 1/3", "web: up 1/1 > up 1/1"],
    );
    let all = said(&world, json!({"type": "atLeast", "needed": 3})).unwrap();
    let loss = check(
        &all,
        &[on_node("n1")],
        &["store: down 2/3 > down 2/3", "web: broken 1/1 > broken 1/1"],
    );
    let chain = loss.services[1].immediately.lacks.as_ref().unwrap();
    assert_eq!(chain.grade, Some(Provenance::Entered));
    let role = all.overview().services[0].role.clone().unwrap();
    assert_eq!(role.role, Role::AtLeast { needed: 3 });
    assert_eq!(
        (role.provenance, role.software),
        (Provenance::Entered, None)
    );
}

#[test]
fn a_role_that_cannot_be_is_refused() {
    let world = called("own/image", 3);
    let refusal = |role: Value| said(&world, role).unwrap_err().to_string();
    assert_eq!(
        refusal(json!({"type": "atLeast", "needed": 4})),
        "roles[shop/store].needed is 4, expected 1 to 3, the replicas wanted"
    );
    assert_eq!(
        refusal(json!({"type": "replicated", "factor": 0})),
        "roles[shop/store].factor is 0, expected at least 1"
    );
    let options = json!({"roles": {"shop/none": {"type": "majority"}}});
    let options: Options = serde_json::from_value(options).unwrap();
    assert_eq!(
        Structure::of(&world, &options).unwrap_err().to_string(),
        "roles is \"shop/none\", expected a workload of this world that serves: shop/store, shop/web"
    );
}

#[test]
fn a_lost_primary_takes_the_writes_along() {
    let plain = structure(&called("postgres:17", 2));
    let loss = check(
        &plain,
        &[on_node("n1")],
        &[
            "store: degraded 1/2 read-only > degraded 1/2 read-only",
            "web: up 1/1 read-only > up 1/1 read-only",
        ],
    );
    let chain = loss.services[1].immediately.no_writes.as_ref().unwrap();
    assert_eq!(
        chain.text,
        "shop/web needs shop/store: its primary shop/store-0 is lost"
    );
    assert_eq!(chain.grade, Some(Provenance::Inferred));
    check(
        &plain,
        &[on_node("n2")],
        &["store: degraded 1/2 > degraded 1/2", "web: up 1/1 > up 1/1"],
    );
    // Down is down, whatever becomes of the writes.
    check(
        &plain,
        &[on_node("n1"), on_node("n2")],
        &["store: down 0/2 > down 0/2", "web: broken 1/1 > broken 1/1"],
    );
    let alone = structure(&called("postgres:17", 1));
    assert_eq!(
        alone.overview().services[0].role.clone().unwrap().primary,
        None
    );

    let patroni = structure(&called("ghcr.io/zalando/spilo-15:3.0", 2));
    check(
        &patroni,
        &[on_node("n1")],
        &[
            "store: degraded 1/2 read-only > degraded 1/2",
            "web: up 1/1 read-only > up 1/1",
        ],
    );
}

#[test]
fn the_label_says_which_pod_is_the_primary() {
    let mut objects = nodes(2);
    let mut list = stateful("store", "ghcr.io/zalando/spilo-15:3.0", &["n1", "n2"]);
    list[1]["metadata"]["labels"]["spilo-role"] = json!("replica");
    list[2]["metadata"]["labels"]["spilo-role"] = json!("master");
    objects.extend(list);
    let structure = structure(&world(&objects, &[], &[]));
    let role = structure.overview().services[0].role.clone().unwrap();
    assert_eq!(role.primary.as_deref(), Some("shop/store-1"));
    check(
        &structure,
        &[on_node("n1")],
        &["store: degraded 1/2 > degraded 1/2"],
    );
}

#[test]
fn what_is_not_known_of_a_role_is_said() {
    let sharded = structure(&called("confluentinc/cp-kafka:7.6", 3));
    let loss = sharded.lose(&[on_node("n1"), on_node("n2")]).unwrap();
    assert_eq!(lines(&loss)[0], "store: degraded 1/3 > degraded 1/3");
    assert_eq!(
        loss.rests_on.unknown,
        [
            "shop/store divides its data among its replicas (Kafka): what a lost one takes with it is not known, it counts as up while one is ready"
        ]
    );
    let world = called("own/image", 2);
    let role = json!({"type": "singlePrimary", "automaticFailover": false});
    let options = json!({"roles": {"shop/store": role, "shop/web": role}});
    let options: Options = serde_json::from_value(options).unwrap();
    let structure = Structure::of(&world, &options).unwrap();
    assert!(structure.overview().rests_on.unknown.is_empty());
    let mut objects = nodes(2);
    objects.extend(pods("Deployment", "store", "100m", &["n1", "n2"]));
    for (pod, name) in objects[2..].iter_mut().zip(["store-x", "store-y"]) {
        pod["metadata"]["name"] = json!(name);
    }
    let hashed = said(&common::world(&objects, &[], &[]), role).unwrap();
    let unknown = hashed.overview().rests_on.unknown;
    assert_eq!(
        unknown[1],
        "which replica of shop/store takes the writes is not known"
    );
}
