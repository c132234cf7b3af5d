//! What is down when something fails, world by world.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::*;
use drydock_availability::{LostNodes, Options, Structure};
use drydock_model::Provenance;
use serde_json::{Value, json};

fn objects(parts: Vec<Vec<Value>>) -> Vec<Value> {
    parts.into_iter().flatten().collect()
}

fn deleted() -> Options {
    Options {
        lost_nodes: LostNodes::Deleted,
        ..Options::default()
    }
}

/// Two nodes in zone a, one in b.
fn nodes() -> Vec<Value> {
    vec![
        node("n1", "eu-1a"),
        node("n2", "eu-1a"),
        node("n3", "eu-1b"),
    ]
}

#[test]
fn a_chain_names_what_is_at_fault() {
    let world = world(
        &objects(vec![
            nodes(),
            deployed("web", &["n1", "n3"]),
            deployed("cart", &["n2", "n3"]),
            deployed("redis", &["n2"]),
        ]),
        &[("web", "cart"), ("cart", "redis")],
        &["web"],
    );
    let structure = structure(&world);
    let loss = check(
        &structure,
        &[on_node("n2")],
        &[
            "cart: broken 1/2 > up 2/2",
            "redis: down 0/1 > up 1/1",
            "web: broken 2/2 > up 2/2",
        ],
    );
    let web = &loss.services[2].immediately;
    let chain = web.lacks.as_ref().unwrap();
    assert_eq!(
        chain.text,
        "shop/web needs shop/cart needs shop/redis: down"
    );
    assert_eq!(web.reason.as_ref(), Some(&chain.text));
    assert_eq!(chain.services, [id("web"), id("cart"), id("redis")]);
    assert_eq!(chain.grade, Some(Provenance::Inferred));
    let redis = &loss.services[1].immediately;
    assert_eq!(redis.reason.as_deref(), Some("none of 1 replicas is ready"));
    assert!(loss.services[2].entry && !loss.services[0].entry);
    assert_eq!(loss.lost_nodes, ["n2"]);

    // A service that fails stays down, and its own pods do not help.
    let loss = check(
        &structure,
        &[on_service("cart")],
        &[
            "cart: down 0/2 > down 0/2",
            "redis: up 1/1 > up 1/1",
            "web: broken 2/2 > broken 2/2",
        ],
    );
    let reason = loss.services[0].immediately.reason.as_deref();
    assert_eq!(reason, Some("it is what failed"));
    // No failure is the world as it is.
    check(
        &structure,
        &[],
        &[
            "cart: up 2/2 > up 2/2",
            "redis: up 1/1 > up 1/1",
            "web: up 2/2 > up 2/2",
        ],
    );
}

#[test]
fn a_diamond_breaks_over_the_shorter_way() {
    let world = world(
        &objects(vec![
            nodes(),
            deployed("web", &["n1"]),
            deployed("a", &["n1"]),
            deployed("b", &["n3"]),
            deployed("c", &["n1"]),
            deployed("db", &["n2"]),
        ]),
        &[
            ("web", "a"),
            ("web", "b"),
            ("a", "c"),
            ("c", "db"),
            ("b", "db"),
        ],
        &["web"],
    );
    let loss = structure(&world).lose(&[on_service("db")]).unwrap();
    let web = &loss.services[4].immediately;
    assert_eq!(
        web.reason.as_deref(),
        Some("shop/web needs shop/b needs shop/db: down")
    );
}

#[test]
fn a_soft_call_takes_nobody_down() {
    let parts = objects(vec![
        nodes(),
        deployed("web", &["n1"]),
        deployed("ads", &["n2"]),
    ]);
    let world = world(&parts, &[("web", "ads")], &["web"]);
    let hard = ["ads: down 0/1 > up 1/1", "web: broken 1/1 > up 1/1"];
    let loss = check(&structure(&world), &[on_node("n2")], &hard);
    let says = |loss: &drydock_availability::Loss, text: &str| {
        loss.rests_on.assumptions.iter().any(|it| it == text)
    };
    assert!(says(&loss, "a service needs every service that it calls"));
    assert_eq!(
        (loss.rests_on.needed_calls, loss.rests_on.soft_calls),
        (1, 0)
    );

    let options: Options =
        serde_json::from_value(json!({"softCalls": [{"from": "shop/web", "to": "shop/ads"}]}))
            .unwrap();
    let soft = Structure::of(&world, &options).unwrap();
    let expect = ["ads: down 0/1 > up 1/1", "web: up 1/1 > up 1/1"];
    let loss = check(&soft, &[on_node("n2")], &expect);
    assert!(says(
        &loss,
        "a service needs every service that it calls, but for the calls named soft: shop/web -> shop/ads"
    ));
    assert_eq!(
        (loss.rests_on.needed_calls, loss.rests_on.soft_calls),
        (0, 1)
    );
}

#[test]
fn two_zones() {
    let world = world(
        &objects(vec![
            nodes(),
            vec![node("far", "us-1a")],
            deployed("web", &["n1", "n3"]),
            deployed("one-sided", &["n1", "n2"]),
        ]),
        &[],
        &["web", "one-sided"],
    );
    let structure = structure(&world);
    check(
        &structure,
        &[on_zone("eu-1a")],
        &["one-sided: down 0/2 > up 2/2", "web: degraded 1/2 > up 2/2"],
    );
    check(
        &structure,
        &[on_region("eu-1")],
        &["one-sided: down 0/2 > up 2/2", "web: down 0/2 > up 2/2"],
    );
    check(
        &structure,
        &[on_region("eu-1"), on_node("far")],
        &["one-sided: down 0/2 > down 0/2", "web: down 0/2 > down 0/2"],
    );
}

#[test]
fn what_has_no_room_stays_without_a_node() {
    let big = |name: &str, on: &[&str]| {
        let mut list = vec![running(
            "Deployment",
            name,
            "own/image",
            on.len() as u32,
            "3",
        )];
        list.extend(pods("Deployment", name, "3", on));
        list
    };
    let world = world(
        &objects(vec![
            nodes(),
            big("a", &["n1"]),
            big("b", &["n2"]),
            big("c", &["n3"]),
        ]),
        &[],
        &[],
    );
    let loss = check(
        &structure(&world),
        &[on_node("n1")],
        &[
            "a: down 0/1 > down 0/1",
            "b: up 1/1 > up 1/1",
            "c: up 1/1 > up 1/1",
        ],
    );
    assert_eq!(fates(&loss), ["a-0 n1 > - Unplaced"]);
    assert_eq!(
        loss.pods[0].why.as_deref(),
        Some(
            "0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 Insufficient cpu."
        )
    );
}

#[test]
fn important_pods_take_the_room_of_others() {
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {"name": "high"}, "value": 1000});
    let set = |name: &str, on: &str, priority: Option<&str>| {
        let of = |object: Value, path: &str| match priority {
            Some(class) => with(object, path, json!(class)),
            None => object,
        };
        let path = "spec/template/spec/priorityClassName";
        let mut list = vec![of(running("Deployment", name, "own/image", 1, "3"), path)];
        let pods = pods("Deployment", name, "3", &[on]);
        list.extend(
            pods.into_iter()
                .map(|pod| of(pod, "spec/priorityClassName")),
        );
        list
    };
    let world = world(
        &objects(vec![
            vec![node("n1", "eu-1a"), node("n2", "eu-1a"), class],
            set("first", "n1", Some("high")),
            set("second", "n2", None),
        ]),
        &[],
        &[],
    );
    let loss = check(
        &structure(&world),
        &[on_node("n1")],
        &["first: down 0/1 > up 1/1", "second: up 1/1 > down 0/1"],
    );
    assert_eq!(
        fates(&loss),
        ["first-0 n1 > n2 Replaced", "second-0 n2 > - Unplaced"]
    );
    assert!(!loss.pods[0].preempted && loss.pods[1].preempted);
}

#[test]
fn stateful_sets_wait_for_their_node_unless_it_is_deleted() {
    let world = world(
        &objects(vec![nodes(), stateful("store", "own/image", &["n1", "n3"])]),
        &[],
        &[],
    );
    let loss = check(
        &structure(&world),
        &[on_node("n1")],
        &["store: degraded 1/2 > degraded 1/2"],
    );
    assert_eq!(fates(&loss), ["store-0 n1 > - WaitsForNode"]);
    let loss = check(
        &Structure::of(&world, &deleted()).unwrap(),
        &[on_node("n1")],
        &["store: degraded 1/2 > up 2/2"],
    );
    assert_eq!(fates(&loss), ["store-0 n1 > n2 Replaced"]);
}

/// A StatefulSet of two with a volume in each zone.
fn volumes() -> Vec<Value> {
    let mut list = stateful("store", "own/image", &["n1", "n3"]);
    for (at, zone) in ["eu-1a", "eu-1b"].iter().enumerate() {
        let claim = format!("data-store-{at}");
        list[at + 1]["spec"]["volumes"] =
            json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]);
        list.push(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": "shop"},
            "spec": {"accessModes": ["ReadWriteOnce"], "volumeName": format!("pv-{at}"),
                "resources": {"requests": {"storage": "1Gi"}}},
            "status": {"phase": "Bound"}}));
        list.push(json!({"apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": format!("pv-{at}")},
            "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
                "claimRef": {"name": claim, "namespace": "shop"},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}}},
            "status": {"phase": "Bound"}}));
    }
    list
}

#[test]
fn volumes_hold_pods_in_their_zone() {
    let world = world(&objects(vec![nodes(), volumes()]), &[], &[]);
    let structure = Structure::of(&world, &deleted()).unwrap();
    let loss = check(
        &structure,
        &[on_node("n1")],
        &["store: degraded 1/2 > up 2/2"],
    );
    assert_eq!(fates(&loss), ["store-0 n1 > n2 Replaced"]);
    let loss = check(
        &structure,
        &[on_zone("eu-1b")],
        &["store: degraded 1/2 > degraded 1/2"],
    );
    assert_eq!(fates(&loss), ["store-1 n3 > - Unplaced"]);
    let why = loss.pods[0].why.as_deref().unwrap();
    assert!(why.contains("volume node affinity conflict"), "{why}");
}

#[test]
fn spread_constraints_count_the_zones_of_nodes_that_stay() {
    let spread = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]);
    let mut list = deployed("web", &["n1", "n3"]);
    list[0] = with(
        list[0].clone(),
        "spec/template/spec/topologySpreadConstraints",
        spread.clone(),
    );
    for pod in &mut list[1..] {
        *pod = with(
            pod.clone(),
            "spec/topologySpreadConstraints",
            spread.clone(),
        );
    }
    let world = world(&objects(vec![nodes(), list]), &[], &[]);
    let zone = [on_zone("eu-1b")];
    check(
        &structure(&world),
        &zone,
        &["web: degraded 1/2 > degraded 1/2"],
    );
    let deleted = Structure::of(&world, &deleted()).unwrap();
    check(&deleted, &zone, &["web: degraded 1/2 > up 2/2"]);
}

#[test]
fn pods_of_nodes_go_with_them() {
    let mut alone = pods("ReplicaSet", "alone", "100m", &["n1"]);
    alone[0]["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("ownerReferences");
    let mut fixed = pods("ReplicaSet", "fixed", "100m", &["n1"]);
    fixed[0]["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    fixed[0]["metadata"]["ownerReferences"][0]["kind"] = json!("Node");
    let patient = json!([{"operator": "Exists"}]);
    let mut stays = deployed("stays", &["n1"]);
    stays[0] = with(
        stays[0].clone(),
        "spec/template/spec/tolerations",
        patient.clone(),
    );
    stays[1] = with(stays[1].clone(), "spec/tolerations", patient);
    let mut agents = vec![running("DaemonSet", "agent", "own/image", 0, "100m")];
    agents.extend(pods("DaemonSet", "agent", "100m", &["n1", "n2", "n3"]));
    let world = world(
        &objects(vec![nodes(), alone, fixed, stays, agents]),
        &[],
        &[],
    );
    let loss = check(
        &structure(&world),
        &[on_node("n1")],
        &[
            "agent: degraded 2/3 > degraded 2/3",
            "alone-0: down 0/1 > down 0/1",
            "fixed-0: down 0/1 > down 0/1",
            "stays: down 0/1 > down 0/1",
        ],
    );
    assert_eq!(
        fates(&loss),
        [
            "agent-0 n1 > - BelongsToNode",
            "alone-0 n1 > - Gone",
            "fixed-0 n1 > - BelongsToNode",
            "stays-0 n1 > - Tolerates",
        ]
    );
    let deleted = Structure::of(&world, &deleted()).unwrap();
    let loss = deleted.lose(&[on_node("n1")]).unwrap();
    assert_eq!(fates(&loss)[3], "stays-0 n1 > n2 Replaced");
}

#[test]
fn taints_and_selectors_decide_where_pods_may_go() {
    let mut tainted = node("n2", "eu-1a");
    tainted["spec"]["taints"] = json!([{"key": "dedicated", "effect": "NoSchedule"}]);
    let disk = |node: Value| with(node, "metadata/labels/disk", json!("fast"));
    let mut list = deployed("db", &["n1"]);
    let selector = json!({"disk": "fast"});
    list[0] = with(
        list[0].clone(),
        "spec/template/spec/nodeSelector",
        selector.clone(),
    );
    list[1] = with(list[1].clone(), "spec/nodeSelector", selector);
    let world = world(
        &objects(vec![
            vec![disk(node("n1", "eu-1a")), tainted, node("n3", "eu-1b")],
            list,
            deployed("web", &["n1"]),
        ]),
        &[],
        &[],
    );
    let loss = check(
        &structure(&world),
        &[on_node("n1")],
        &["db: down 0/1 > down 0/1", "web: down 0/1 > up 1/1"],
    );
    assert_eq!(
        fates(&loss),
        ["db-0 n1 > - Unplaced", "web-0 n1 > n3 Replaced"]
    );
}
