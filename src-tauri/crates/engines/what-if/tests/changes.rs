//! One table a change: a small world, what is asked, and which pods are then elsewhere.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod common;

use common::{
    ask, budget, changes, daemon_set, deployment, moves, node, pending, pod, pods, shop, with,
    workload, world,
};
use drydock_what_if::{Baseline, Change, what_if};
use serde_json::{Value, json};

/// Asks, and expects these moves and these pods pending. The fork, opened again, shows what the answer showed.
fn check(objects: &[Value], asked: Value, moved: &[&str], waiting: &[&str]) {
    let (outcome, fork) = ask(objects, asked.clone()).unwrap();
    assert_eq!(moves(&outcome), moved, "{asked}");
    assert_eq!(pending(&outcome), waiting, "{asked}");
    let again = Baseline::of(&fork).unwrap();
    assert_eq!(again.placement().nodes, outcome.after.nodes, "{asked}");
    assert_eq!(again.placement().pods, outcome.after.pods, "{asked}");
}

#[test]
fn nothing() {
    check(&shop(), json!([]), &[], &[]);
    let world = world(&shop());
    let (_, fork) = what_if(&world, &[]).unwrap();
    assert_eq!(fork, world);
}

#[test]
fn add_nodes() {
    let mut full = shop();
    full.push(deployment("big", 3, "3500m"));
    let big = ["shop/big-1", "shop/big-2"];
    check(&full, json!([]), &[], &big);
    check(
        &full,
        json!([{"type": "addNodes", "count": 2, "like": "n1"}]),
        &[
            "shop/big-1 - > main-new-1 Rescheduled",
            "shop/big-2 - > main-new-2 Rescheduled",
            "shop/log-0 - > main-new-1 Added",
            "shop/log-1 - > main-new-2 Added",
        ],
        &[],
    );
    check(
        &full,
        json!([{"type": "addNodes", "count": 1, "instanceType": "m5.xlarge", "pool": "more"}]),
        &[
            "shop/big-1 - > more-new-1 Rescheduled",
            "shop/log-0 - > more-new-1 Added",
        ],
        &big[1..],
    );
    check(
        &full,
        json!([{"type": "addNodes", "count": 1, "capacity": {"cpu": "2", "memory": "4Gi"},
            "taints": [{"key": "only", "effect": "NoSchedule"}]}]),
        &[],
        &big,
    );
    check(
        &full,
        json!([{"type": "addNodes", "count": 1, "pool": "main"}]),
        &[
            "shop/big-1 - > main-new-1 Rescheduled",
            "shop/log-0 - > main-new-1 Added",
        ],
        &big[1..],
    );
}

#[test]
fn added_nodes_say_what_they_are() {
    let asked =
        json!([{"type": "addNodes", "count": 3, "instanceType": "m5.large", "pool": "new"}]);
    let (outcome, _) = ask(&shop(), asked).unwrap();
    let new: Vec<_> = outcome
        .after
        .nodes
        .iter()
        .filter(|node| node.pool.as_deref() == Some("new"))
        .map(|node| {
            (
                node.zone.as_deref().unwrap(),
                node.instance_type.as_deref().unwrap(),
                node.cpu_allocatable,
                node.max_pods,
                node.per_hour.unwrap().to_string(),
            )
        })
        .collect();
    assert_eq!(
        new,
        [
            ("us-east-1a", "m5.large", 1930, 29, "0.096".to_owned()),
            ("us-east-1b", "m5.large", 1930, 29, "0.096".to_owned()),
            ("us-east-1a", "m5.large", 1930, 29, "0.096".to_owned()),
        ]
    );
    assert!(
        outcome
            .assumptions
            .iter()
            .any(|text| text.contains("a new m5.large in aws us-east-1"))
    );
    let cost =
        |placement: &drydock_what_if::Placement| placement.cost_per_hour.unwrap().to_string();
    assert_eq!(
        (cost(&outcome.before), cost(&outcome.after)),
        ("0.384".to_owned(), "0.672".to_owned())
    );
}

#[test]
fn nodes_lost() {
    let gone = [
        "shop/log-0 n1 > - NodeLost",
        "shop/web-0 n1 > n2 NodeLost",
        "shop/web-1 n1 > n2 NodeLost",
    ];
    check(
        &shop(),
        json!([{"type": "removeNodes", "nodes": ["n1"]}]),
        &gone,
        &[],
    );
    // A DaemonSet's pod stays with a node that does not answer.
    check(
        &shop(),
        json!([{"type": "failNodes", "nodes": ["n1"]}]),
        &gone[1..],
        &[],
    );
    check(
        &shop(),
        json!([{"type": "failZone", "zone": "us-east-1a"}]),
        &gone[1..],
        &[],
    );
    let (outcome, _) = ask(&shop(), json!([{"type": "failNodes", "nodes": ["n1"]}])).unwrap();
    let ready: Vec<bool> = outcome.after.nodes.iter().map(|node| node.ready).collect();
    assert_eq!(ready, [false, true]);

    let forever = json!([{"operator": "Exists"}]);
    let a_while = json!([{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]);
    let alone = |tolerations: Value| {
        let alone = with(
            pod("alone", None, "n1", "1"),
            "spec/tolerations",
            tolerations,
        );
        vec![node("n1", "a"), node("n2", "a"), alone]
    };
    let fail = json!([{"type": "failNodes", "nodes": ["n1"]}]);
    check(&alone(forever), fail.clone(), &[], &[]);
    check(&alone(a_while), fail, &["shop/alone n1 > - NodeLost"], &[]);
}

#[test]
fn cordon() {
    let scale = json!({"type": "scaleWorkload", "workload": "web", "replicas": 3});
    let cordoned = json!([{"type": "cordonNodes", "nodes": ["n1", "n2"]}, scale]);
    check(&shop(), cordoned.clone(), &[], &["shop/web-2"]);
    let mut back = cordoned.as_array().unwrap().clone();
    back.push(json!({"type": "cordonNodes", "nodes": ["n2"], "on": false}));
    check(&shop(), json!(back), &["shop/web-2 - > n2 Scaled"], &[]);
}

#[test]
fn pools() {
    check(
        &shop(),
        json!([{"type": "resizePool", "pool": "main", "count": 3}]),
        &["shop/log-0 - > main-new-1 Added"],
        &[],
    );
    // The emptier node of two zones of one node each goes.
    check(
        &shop(),
        json!([{"type": "resizePool", "pool": "main", "count": 1}]),
        &["shop/log-1 n2 > - NodeLost"],
        &[],
    );
    let (outcome, _) = ask(
        &shop(),
        json!([{"type": "replacePool", "pool": "main", "instanceType": "m5.large", "count": 3}]),
    )
    .unwrap();
    let names: Vec<_> = outcome
        .after
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(names, ["main-new-1", "main-new-2", "main-new-3"]);
    assert_eq!(pending(&outcome), [""; 0]);
    assert_eq!(outcome.after.pods, 5, "{:?}", moves(&outcome));
    let drained: Vec<_> = outcome
        .drains
        .iter()
        .map(|drain| (drain.node.as_str(), drain.done))
        .collect();
    assert_eq!(drained, [("n1", true), ("n2", true)]);
}

#[test]
fn a_pool_is_replaced_in_its_region() {
    let change = |region: &str| json!([{"type": "replacePool", "pool": "main", "instanceType": "m5.large", "region": region}]);
    let error = ask(&shop(), change("eu-west-1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "change 1 (replacePool): region is \"eu-west-1\", expected the region of the pool's nodes: us-east-1"
    );
    let mut unlabelled = shop();
    for object in &mut unlabelled {
        if object["kind"] == "Node" {
            let labels = object["metadata"]["labels"].as_object_mut().unwrap();
            labels.remove("topology.kubernetes.io/region");
        }
    }
    for (objects, region) in [(shop(), "us-east-1"), (unlabelled, "eu-west-1")] {
        let (_, fork) = ask(&objects, change(region)).unwrap();
        let node = |name: &str| fork.objects.iter().find(|object| object.name() == name);
        let labels = &node("main-new-1").unwrap().json["metadata"]["labels"];
        assert_eq!(labels["topology.kubernetes.io/region"], region);
    }
}

#[test]
fn new_nodes_take_as_many_pods_as_their_pool_is_set_to() {
    // An m5.xlarge has addresses for 58 pods: nodes that show it are as their machine makes them, others were set.
    for (shown, expected) in [("58", 29), ("110", 110), ("20", 20)] {
        let objects: Vec<Value> = shop()
            .into_iter()
            .map(|object| {
                if object["kind"] == "Node" {
                    with(object, "status/allocatable/pods", json!(shown))
                } else {
                    object
                }
            })
            .collect();
        let asked = json!([{"type": "replacePool", "pool": "main", "instanceType": "m5.large"}]);
        let (outcome, _) = ask(&objects, asked).unwrap();
        let taken: Vec<i64> = outcome
            .after
            .nodes
            .iter()
            .map(|node| node.max_pods)
            .collect();
        assert_eq!(taken, [expected; 2], "{shown}");
    }
}

#[test]
fn a_pool_keeps_what_a_budget_holds() {
    let mut objects = shop();
    objects.push(budget("web", "minAvailable", json!(2)));
    for asked in [
        json!([{"type": "replacePool", "pool": "main", "instanceType": "m5.large", "maxSurge": 2}]),
        json!([{"type": "resizePool", "pool": "main", "count": 0}]),
    ] {
        let (outcome, _) = ask(&objects, asked).unwrap();
        let kept = outcome
            .after
            .nodes
            .iter()
            .find(|node| node.name == "n1")
            .unwrap();
        assert!(kept.unschedulable);
        assert!(outcome.after.nodes.iter().all(|node| node.name != "n2"));
        assert_eq!(
            outcome.warnings,
            ["node n1 of pool main stays, cordoned: its drain is blocked"]
        );
    }
}

#[test]
fn taints() {
    let dedicated = |effect: &str| json!([{"type": "taintNodes", "nodes": ["n1"], "add": [{"key": "dedicated", "value": "x", "effect": effect}]}]);
    check(&shop(), dedicated("NoSchedule"), &[], &[]);
    check(
        &shop(),
        dedicated("NoExecute"),
        &[
            "shop/log-0 n1 > - Evicted",
            "shop/web-0 n1 > n2 Evicted",
            "shop/web-1 n1 > n2 Evicted",
        ],
        &[],
    );
    let tainted = with(
        node("n3", "us-east-1c"),
        "spec/taints",
        json!([{"key": "dedicated", "effect": "NoSchedule"}]),
    );
    let mut objects = shop();
    objects.extend([tainted, deployment("big", 1, "3700m")]);
    let freed = ["shop/big-0 - > n3 Rescheduled", "shop/log-2 - > n3 Added"];
    for named in ["dedicated", "dedicated:NoSchedule"] {
        let asked = json!([{"type": "taintNodes", "nodes": ["n3"], "remove": [named]}, {"type": "cordonNodes", "nodes": ["n1"]}]);
        let mut objects = objects.clone();
        objects.push(pod("filler", None, "n2", "3"));
        check(&objects, asked, &freed, &[]);
    }
}

#[test]
fn labels() {
    let fast = |object: Value| {
        with(
            object,
            "spec/template/spec/nodeSelector",
            json!({"disk": "fast"}),
        )
    };
    let objects = [
        node("n1", "us-east-1a"),
        fast(deployment("web", 1, "1")),
        fast(daemon_set("log", "1")),
    ];
    check(&objects, json!([]), &[], &["shop/web-0"]);
    check(
        &objects,
        json!([{"type": "labelNodes", "pool": "main", "set": {"disk": "fast"}}]),
        &["shop/log-0 - > n1 Added", "shop/web-0 - > n1 Rescheduled"],
        &[],
    );
    // Without the label the DaemonSet's pod goes and the other stays.
    check(
        &objects,
        json!([{"type": "labelNodes", "pool": "main", "set": {"disk": "fast"}},
            {"type": "labelNodes", "nodes": ["n1"], "remove": ["disk"]}]),
        &["shop/web-0 - > n1 Rescheduled"],
        &[],
    );
}

#[test]
fn scaling() {
    let scale = |replicas: u32| json!([{"type": "scaleWorkload", "workload": "shop/web", "replicas": replicas}]);
    check(&shop(), scale(2), &[], &[]);
    check(&shop(), scale(3), &["shop/web-2 - > n2 Scaled"], &[]);
    check(&shop(), scale(1), &["shop/web-1 n1 > - Scaled"], &[]);
    check(
        &shop(),
        scale(0),
        &["shop/web-0 n1 > - Scaled", "shop/web-1 n1 > - Scaled"],
        &[],
    );
    // The highest ordinal of a StatefulSet goes; of others the one whose node holds more of them.
    let stateful = [node("n1", "a"), workload("StatefulSet", "db", 3, "1")];
    let down = |name: &str| json!([{"type": "scaleWorkload", "workload": name, "replicas": 2}]);
    check(&stateful, down("db"), &["shop/db-2 n1 > - Scaled"], &[]);
    let mut uneven = vec![node("n1", "a"), node("n2", "a"), deployment("web", 3, "1")];
    uneven.extend(pods("web", &["n1", "n2", "n2"], "1"));
    check(&uneven, down("web"), &["shop/web-2 n2 > - Scaled"], &[]);
    // A workload of which only pods are known.
    let mut inferred = vec![node("n1", "a")];
    inferred.extend(pods("web", &["n1"], "1"));
    check(&inferred, down("web"), &["shop/web-1 - > n1 Scaled"], &[]);
}

#[test]
fn edits() {
    let patch = |patch: Value| json!([{"type": "editWorkload", "workload": "web", "patch": patch}]);
    check(
        &shop(),
        patch(json!({"metadata": {"labels": {"a": "b"}}})),
        &[],
        &[],
    );
    check(
        &shop(),
        patch(json!({"spec": {"replicas": 1}})),
        &["shop/web-1 n1 > - Scaled"],
        &[],
    );
    let asked = patch(
        json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "n2"}}}}}),
    );
    let (outcome, _) = ask(&shop(), asked).unwrap();
    let web: Vec<_> = outcome
        .after
        .nodes
        .iter()
        .map(|node| node.cpu_requested)
        .collect();
    assert_eq!(web, [100, 2100]);
    check(
        &shop(),
        json!([{"type": "removeWorkload", "workload": "web"}]),
        &["shop/web-0 n1 > - Removed", "shop/web-1 n1 > - Removed"],
        &[],
    );
}

#[test]
fn manifests() {
    let applied = |objects: Vec<Value>| {
        let change = Change::AddWorkloads {
            manifests: "...".to_owned(),
            objects,
        };
        what_if(&world(&shop()), &[change])
    };
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [deployment("api", 1, "2"), pod("job", None, "", "9")]});
    let (outcome, _) = applied(vec![list]).unwrap();
    assert_eq!(moves(&outcome), ["shop/api-0 - > n2 Added"]);
    assert_eq!(pending(&outcome), ["shop/job"]);
    assert_eq!(
        outcome.after.pending[0].message,
        "0/2 nodes are available: 2 Insufficient cpu."
    );
    let (outcome, _) = applied(vec![deployment("web", 1, "1")]).unwrap();
    assert_eq!(moves(&outcome), ["shop/web-1 n1 > - Scaled"]);
    let error = applied(vec![json!({"apiVersion": "v1", "kind": "Pod"})]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "change 1 (addWorkloads): manifests[0].metadata.name is missing, expected a text that names the object"
    );
}

#[test]
fn scheduler() {
    let mut objects = shop();
    objects.push(deployment("api", 0, "500m"));
    let grow =
        |replicas: u32| json!({"type": "scaleWorkload", "workload": "api", "replicas": replicas});
    check(
        &objects,
        json!([grow(1)]),
        &["shop/api-0 - > n2 Scaled"],
        &[],
    );
    let packed = json!([{"type": "setScheduler", "preset": "optimizeUtilization"}, grow(1)]);
    check(&objects, packed.clone(), &["shop/api-0 - > n1 Scaled"], &[]);
    let (outcome, fork) = ask(&objects, packed).unwrap();
    assert_eq!(outcome.profile, "gke.io/optimize-utilization-scheduler");
    let (again, _) = what_if(&fork, &changes(json!([grow(2)]))).unwrap();
    assert_eq!(again.profile, outcome.profile);
}

#[test]
fn preemption() {
    let urgent = |cpu: &str| {
        with(
            deployment("urgent", 1, cpu),
            "spec/template/spec/priorityClassName",
            json!("high"),
        )
    };
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000});
    let mut objects = vec![node("n1", "a"), node("n2", "a"), class, urgent("3")];
    objects.push(deployment("web", 2, "3"));
    objects.extend(pods("web", &["n1"], "3"));
    objects.push(with(
        pod("urgent-0", Some(("Deployment", "urgent")), "n2", "3"),
        "spec/priority",
        json!(1000),
    ));
    let (outcome, _) = ask(&objects, json!([{"type": "removeNodes", "nodes": ["n2"]}])).unwrap();
    assert_eq!(
        moves(&outcome),
        [
            "shop/urgent-0 n2 > n1 NodeLost",
            "shop/web-0 n1 > - Preempted"
        ]
    );
    let preempted = &outcome.preempted[0];
    assert_eq!(
        (&*preempted.pod, &*preempted.by, &*preempted.node),
        ("shop/web-0", "shop/urgent-0", "n1")
    );
}
