//! Drains as tables: what is evicted in which round, what is left alone, what is refused and what blocks.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod common;

use common::{ask, budget, deployment, moves, node, pod, pods, steps, with, workload};
use serde_json::{Value, json};

fn nodes(count: usize) -> Vec<Value> {
    (1..=count).map(|at| node(&format!("n{at}"), "a")).collect()
}

/// A world of nodes and these objects, n1 drained with these orders.
fn drained(
    count: usize,
    objects: &[Value],
    orders: &Value,
) -> (drydock_what_if::Outcome, drydock_model::World) {
    let mut all = nodes(count);
    all.extend_from_slice(objects);
    let mut change = json!({"type": "drainNodes", "nodes": ["n1"]});
    for (name, value) in orders.as_object().unwrap() {
        change[name] = value.clone();
    }
    ask(&all, json!([change])).unwrap()
}

fn check(count: usize, objects: &[Value], orders: Value, done: bool, expect: &[&str]) {
    let (outcome, _) = drained(count, objects, &orders);
    assert_eq!(steps(&outcome), expect, "{:?}", outcome.drains);
    assert_eq!(outcome.drains[0].done, done);
    assert!(outcome.after.nodes[0].unschedulable);
}

fn web(replicas: u32, on: &[&str], field: &str, value: Value) -> Vec<Value> {
    let mut objects = vec![
        deployment("web", replicas, "1"),
        budget("web", field, value),
    ];
    objects.extend(pods("web", on, "1"));
    objects
}

#[test]
fn budgets_pace() {
    let three = ["n1", "n1", "n1"];
    let paced = [
        "1 shop/web-0 evicted",
        "2 shop/web-1 evicted",
        "3 shop/web-2 evicted",
    ];
    let at_once = [
        "1 shop/web-0 evicted",
        "1 shop/web-1 evicted",
        "1 shop/web-2 evicted",
    ];
    let two = [
        "1 shop/web-0 evicted",
        "1 shop/web-1 evicted",
        "2 shop/web-2 evicted",
    ];
    for (field, value, expect) in [
        ("minAvailable", json!(2), paced),
        ("minAvailable", json!(1), two),
        ("minAvailable", json!(0), at_once),
        // 51 % of 3 is 1.53, rounded up to 2 healthy ones.
        ("minAvailable", json!("51%"), paced),
        ("minAvailable", json!("33%"), two),
        ("maxUnavailable", json!(1), paced),
        ("maxUnavailable", json!(3), at_once),
        // 10 % of 3 is 0.3, rounded up to 1 unavailable one.
        ("maxUnavailable", json!("10%"), paced),
        ("maxUnavailable", json!("34%"), two),
    ] {
        check(2, &web(3, &three, field, value), json!({}), true, &expect);
    }
}

#[test]
fn the_longest_grace_of_each_round_counts() {
    let three = ["n1", "n1", "n1"];
    let mut uneven = web(3, &three, "minAvailable", json!(1));
    uneven[2]["spec"]["terminationGracePeriodSeconds"] = json!(5);
    uneven[3]["spec"]["terminationGracePeriodSeconds"] = json!(40);
    for (objects, orders, expect) in [
        // 30 s is the default of the API.
        (web(3, &three, "minAvailable", json!(2)), json!({}), 90),
        (web(3, &three, "minAvailable", json!(0)), json!({}), 30),
        (
            web(3, &three, "minAvailable", json!(2)),
            json!({"gracePeriodSeconds": 7}),
            21,
        ),
        (web(3, &three, "minAvailable", json!(3)), json!({}), 0),
        (uneven, json!({}), 70),
    ] {
        let (outcome, _) = drained(2, &objects, &orders);
        let drain = &outcome.drains[0];
        assert_eq!(drain.grace_seconds, expect, "{drain:?}");
    }
}

#[test]
fn budgets_block() {
    let one = ["n1"];
    let blocked = ["1 shop/web-0 blocked"];
    for (field, value) in [
        ("minAvailable", json!(1)),
        ("minAvailable", json!("100%")),
        ("maxUnavailable", json!(0)),
        ("maxUnavailable", json!("0%")),
    ] {
        check(2, &web(1, &one, field, value), json!({}), false, &blocked);
    }
    let (outcome, _) = drained(2, &web(1, &one, "minAvailable", json!(1)), &json!({}));
    let step = &outcome.drains[0].steps[0];
    assert_eq!(step.budget.as_deref(), Some("shop/web"));
    assert_eq!(step.reason, "its budget needs 1 healthy pods and has 1");
    assert_eq!(step.grace_seconds, None);
    assert_eq!(moves(&outcome), [""; 0]);
}

#[test]
fn without_room_the_first_eviction_is_the_last() {
    // The node that is left takes one pod more; the second eviction would leave one healthy pod of two wanted.
    let mut objects = web(3, &["n1", "n1", "n1"], "minAvailable", json!(2));
    objects.push(pod("filler", None, "n2", "2500m"));
    check(
        2,
        &objects,
        json!({}),
        false,
        &[
            "1 shop/web-0 evicted",
            "2 shop/web-1 evicted",
            "3 shop/web-2 blocked",
        ],
    );
}

#[test]
fn a_budget_counts_what_its_controllers_want() {
    // Four wanted, three there: maxUnavailable 1 is used up by the one that has no node.
    let mut objects = web(4, &["n1", "n1", "n1"], "maxUnavailable", json!(1));
    objects.push(pod("filler", None, "n2", "3500m"));
    objects.push(pod("filler-2", None, "n1", "500m"));
    check(
        2,
        &objects,
        json!({"force": true}),
        false,
        &[
            "1 shop/filler-2 evicted",
            "2 shop/web-0 blocked",
            "2 shop/web-1 blocked",
            "2 shop/web-2 blocked",
        ],
    );
}

#[test]
fn what_the_budget_does_not_count() {
    let status = |phase: &str, ready: &str| json!({"phase": phase, "conditions": [{"type": "Ready", "status": ready}]});
    let pod_in = |phase: &str, ready: &str| {
        let mut objects = web(1, &["n1"], "minAvailable", json!(1));
        objects[2]["status"] = status(phase, ready);
        objects
    };
    check(
        2,
        &pod_in("Pending", "False"),
        json!({}),
        true,
        &["1 shop/web-0 evicted"],
    );
    check(
        2,
        &pod_in("Running", "False"),
        json!({}),
        false,
        &["1 shop/web-0 blocked"],
    );
    let mut always = pod_in("Running", "False");
    always[1]["spec"]["unhealthyPodEvictionPolicy"] = json!("AlwaysAllow");
    check(2, &always, json!({}), true, &["1 shop/web-0 evicted"]);
    // Two budgets over one pod are more than the eviction API takes.
    let mut twice = web(1, &["n1"], "maxUnavailable", json!(1));
    let mut second = twice[1].clone();
    second["metadata"]["name"] = json!("other");
    twice.push(second);
    check(2, &twice, json!({}), false, &["1 shop/web-0 blocked"]);
    // An empty selector covers the namespace, an absent one nothing.
    let mut all = web(1, &["n1"], "minAvailable", json!(1));
    all[1]["spec"]["selector"] = json!({});
    check(2, &all, json!({}), false, &["1 shop/web-0 blocked"]);
    all[1]["spec"]["selector"] = Value::Null;
    check(2, &all, json!({}), true, &["1 shop/web-0 evicted"]);
}

#[test]
fn what_kubectl_leaves_alone_or_refuses() {
    let daemon = pod("log-0", Some(("DaemonSet", "log")), "n1", "1");
    let mirror = with(
        pod("etcd-n1", Some(("Node", "n1")), "n1", "1"),
        "metadata/annotations",
        json!({"kubernetes.io/config.mirror": "x"}),
    );
    let alone = pod("alone", None, "n1", "1");
    let local = with(
        pod("web-0", Some(("Deployment", "web")), "n1", "1"),
        "spec/volumes",
        json!([{"name": "tmp", "emptyDir": {}}]),
    );
    let one = |object: &Value| vec![object.clone()];
    check(2, &one(&daemon), json!({}), true, &["0 shop/log-0 skipped"]);
    check(
        2,
        &one(&daemon),
        json!({"ignoreDaemonSets": false}),
        false,
        &["0 shop/log-0 refused"],
    );
    check(
        2,
        &one(&mirror),
        json!({}),
        true,
        &["0 shop/etcd-n1 skipped"],
    );
    check(2, &one(&alone), json!({}), false, &["0 shop/alone refused"]);
    check(
        2,
        &one(&alone),
        json!({"force": true}),
        true,
        &["1 shop/alone evicted"],
    );
    check(2, &one(&local), json!({}), false, &["0 shop/web-0 refused"]);
    check(
        2,
        &one(&local),
        json!({"deleteEmptyDirData": true}),
        true,
        &["1 shop/web-0 evicted"],
    );
    // What is refused keeps the rest of the node from being evicted; the node stays cordoned.
    let mut both = one(&alone);
    both.extend(pods("web", &["n1"], "1"));
    check(2, &both, json!({}), false, &["0 shop/alone refused"]);
    // Nobody makes a lone pod anew: it is gone from the fork.
    let (outcome, fork) = drained(2, &one(&alone), &json!({"force": true}));
    assert_eq!(moves(&outcome), ["shop/alone n1 > - Drained"]);
    assert!(fork.objects.iter().all(|object| object.kind() != "Pod"));
}

#[test]
fn grace() {
    let check = |own: Value, asked: Value, expect: i64| {
        let pod = with(
            pod("web-0", Some(("Deployment", "web")), "n1", "1"),
            "spec/terminationGracePeriodSeconds",
            own,
        );
        let (outcome, _) = drained(2, &[pod], &json!({"gracePeriodSeconds": asked}));
        assert_eq!(outcome.drains[0].steps[0].grace_seconds, Some(expect));
    };
    check(Value::Null, Value::Null, 30);
    check(json!(90), Value::Null, 90);
    check(json!(90), json!(5), 5);
    check(json!(90), json!(0), 0);
    check(json!(90), json!(-1), 90);
}

#[test]
fn nodes_are_cordoned_before_the_first_is_drained() {
    let mut objects = nodes(3);
    objects.push(deployment("web", 2, "1"));
    objects.extend(pods("web", &["n1", "n2"], "1"));
    let asked = json!([{"type": "drainNodes", "nodes": ["n1", "n2"]}]);
    let (outcome, fork) = ask(&objects, asked).unwrap();
    assert_eq!(
        moves(&outcome),
        ["shop/web-0 n1 > n3 Drained", "shop/web-1 n2 > n3 Drained"]
    );
    let bound: Vec<_> = fork
        .objects
        .iter()
        .filter(|object| object.kind() == "Pod")
        .map(|object| object.json["spec"]["nodeName"].as_str().unwrap())
        .collect();
    assert_eq!(bound, ["n3", "n3"]);
}

#[test]
fn who_tolerates_the_cordon_may_come_back() {
    let tolerant = with(
        pod("web-0", Some(("Deployment", "web")), "n1", "1"),
        "spec/tolerations",
        json!([{"operator": "Exists"}]),
    );
    let filler = pod("filler", None, "n2", "3500m");
    let (outcome, _) = drained(2, &[tolerant, filler], &json!({}));
    assert!(outcome.drains[0].done);
    assert_eq!(moves(&outcome), [""; 0]);
    assert_eq!(
        outcome.warnings,
        ["pod shop/web-0 tolerates the cordon of n1 and is back there after its eviction"]
    );
}

#[test]
fn stateful_sets_keep_their_names() {
    let mut objects = nodes(2);
    objects.push(workload("StatefulSet", "db", 2, "1"));
    objects.push(pod("db-0", Some(("StatefulSet", "db")), "n1", "1"));
    objects.push(pod("db-1", Some(("StatefulSet", "db")), "n1", "1"));
    objects.push(budget("db", "maxUnavailable", json!(1)));
    let (outcome, _) = ask(&objects, json!([{"type": "drainNodes", "nodes": ["n1"]}])).unwrap();
    assert_eq!(
        steps(&outcome),
        ["1 shop/db-0 evicted", "2 shop/db-1 evicted"]
    );
    assert_eq!(
        moves(&outcome),
        ["shop/db-0 n1 > n2 Drained", "shop/db-1 n1 > n2 Drained"]
    );
}
