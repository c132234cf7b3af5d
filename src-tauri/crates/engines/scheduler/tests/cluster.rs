//! The cluster's interface, case by case.
#![allow(clippy::unwrap_used, reason = "a test")]

use drydock_scheduler::{Cluster, Decision, NodeId, Plugin, PodKey, Profile, Reason, Resources};
use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

fn node(name: &str, cpu: &str) -> Node {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "status": {"allocatable": {"cpu": cpu, "memory": "4Gi", "pods": "10"}},
    }))
    .unwrap()
}

fn pod(cpu: &str, more: Value) -> Pod {
    let mut spec = json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    serde_json::from_value(json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": spec}))
        .unwrap()
}

fn cluster(nodes: &[Node]) -> Cluster {
    let mut cluster = Cluster::new(Profile::default());
    for node in nodes {
        cluster.add_node(node).unwrap();
    }
    cluster
}

fn placed(cluster: &mut Cluster, pod: &Pod) -> Option<String> {
    let shape = cluster.intern(pod).unwrap();
    match cluster.decide(shape) {
        Decision::Placed { node, .. } => Some(cluster.node_name(node).to_owned()),
        Decision::Unschedulable(_) => None,
    }
}

#[test]
fn ties_go_to_the_smallest_name() {
    let mut cluster = cluster(&[
        node("node-10", "4"),
        node("node-9", "4"),
        node("Node-9", "4"),
        node("z", "5"),
    ]);
    assert_eq!(
        placed(&mut cluster, &pod("4500m", json!({}))).as_deref(),
        Some("z")
    );
    cluster.remove_node(cluster.node_id("z").unwrap());
    assert_eq!(
        placed(&mut cluster, &pod("1", json!({}))).as_deref(),
        Some("Node-9")
    );
    let names: Vec<_> = cluster
        .nodes()
        .map(|id| cluster.node_name(id).to_owned())
        .collect();
    assert_eq!(names, ["Node-9", "node-10", "node-9"]);
}

#[test]
fn a_replaced_node_keeps_its_id_and_its_pods() {
    let mut cluster = cluster(&[node("a", "4"), node("b", "1")]);
    let a = cluster.node_id("a").unwrap();
    let shape = cluster.intern(&pod("3", json!({}))).unwrap();
    assert!(cluster.bind(PodKey(7), shape, a));
    assert_eq!(cluster.add_node(&node("a", "2")).unwrap(), a);
    assert_eq!(cluster.allocatable(a).milli_cpu, 2000);
    assert_eq!(
        cluster.requested(a),
        Resources {
            milli_cpu: 3000,
            memory_bytes: 0,
            ephemeral_bytes: 0,
            pods: 1
        }
    );
    assert_eq!(cluster.node_of(PodKey(7)), Some(a));
}

#[test]
fn a_removed_node_gives_its_pods_back() {
    let mut cluster = cluster(&[node("a", "4"), node("b", "4")]);
    let shape = cluster.intern(&pod("1", json!({}))).unwrap();
    let a = cluster.node_id("a").unwrap();
    for key in [9, 3, 5] {
        cluster.bind(PodKey(key), shape, a);
    }
    assert_eq!(cluster.remove_node(a), [PodKey(3), PodKey(5), PodKey(9)]);
    assert_eq!(cluster.remove_node(a), []);
    assert_eq!(
        (
            cluster.node_id("a"),
            cluster.node_of(PodKey(3)),
            cluster.node_name(a)
        ),
        (None, None, "a")
    );
    assert!(!cluster.bind(PodKey(3), shape, a));
    assert!(!cluster.bind(PodKey(3), shape, a));
    let again = cluster.add_node(&node("a", "4")).unwrap();
    assert_ne!(again, a);
    assert_eq!(cluster.requested(again).pods, 0);
}

#[test]
fn binding_twice_moves() {
    let mut cluster = cluster(&[node("a", "4"), node("b", "4")]);
    let shape = cluster.intern(&pod("1", json!({}))).unwrap();
    let ids: Vec<NodeId> = cluster.nodes().collect();
    cluster.bind(PodKey(1), shape, ids[0]);
    cluster.bind(PodKey(1), shape, ids[1]);
    assert_eq!(
        (
            cluster.requested(ids[0]).pods,
            cluster.requested(ids[1]).pods
        ),
        (0, 1)
    );
    assert_eq!(cluster.unbind(PodKey(1)), Some(ids[1]));
    assert_eq!(cluster.unbind(PodKey(1)), None);
}

#[test]
fn a_shape_is_what_the_spec_means() {
    let mut cluster = cluster(&[]);
    let base = cluster.intern(&pod("1", json!({}))).unwrap();
    let mut same = pod("1000m", json!({"nodeName": "a"}));
    same.metadata.name = Some("other".into());
    same.metadata.uid = Some("u".into());
    assert_eq!(cluster.intern(&same).unwrap(), base);
    for other in [
        json!({"priority": 5}),
        json!({"nodeSelector": {"a": "b"}}),
        json!({"tolerations": [{"operator": "Exists"}]}),
        json!({"overhead": {"cpu": "1m"}}),
    ] {
        assert_ne!(cluster.intern(&pod("1", other)).unwrap(), base);
    }
    assert_eq!(cluster.shape(base).requests().milli_cpu, 1000);
}

#[test]
fn cordon_and_uncordon() {
    let mut cluster = cluster(&[node("a", "4")]);
    let a = cluster.node_id("a").unwrap();
    cluster.set_unschedulable(a, true);
    assert_eq!(placed(&mut cluster, &pod("1", json!({}))), None);
    cluster.set_unschedulable(a, false);
    assert_eq!(
        placed(&mut cluster, &pod("1", json!({}))).as_deref(),
        Some("a")
    );
}

#[test]
fn messages() {
    let check = |nodes: &[Node], pod: Pod, message: &str| {
        let mut cluster = cluster(nodes);
        let shape = cluster.intern(&pod).unwrap();
        assert_eq!(cluster.explain(shape).message, message);
    };
    let mut tainted = node("c", "9");
    tainted.spec = serde_json::from_value(
        json!({"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}),
    )
    .unwrap();
    check(
        &[node("a", "1"), node("b", "1"), tainted],
        pod("2", json!({})),
        "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu.",
    );
    check(
        &[],
        pod("2", json!({})),
        "no nodes available to schedule pods",
    );
    check(&[node("a", "4")], pod("2", json!({})), "assigned to a");
    check(
        &[node("a", "4")],
        pod(
            "2",
            json!({"schedulingGates": [{"name": "x"}, {"name": "y"}]}),
        ),
        "waiting for scheduling gates: [x y]",
    );
    let named = |name: &str| json!({"key": "metadata.name", "operator": "In", "values": [name]});
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [named("a"), named("b")]}]}}});
    check(
        &[node("a", "4"), node("b", "4")],
        pod("2", json!({"affinity": affinity})),
        "0/2 nodes are available: pod affinity terms conflict.",
    );
}

#[test]
fn what_is_not_judged_is_said() {
    let mut cluster = cluster(&[node("a", "1")]);
    let claims = json!({"resourceClaims": [{"name": "gpu"}], "schedulerName": "volcano"});
    let shape = cluster.intern(&pod("1", claims)).unwrap();
    let list = [
        "schedulerName: volcano (judged as default-scheduler)",
        "DynamicResources: resourceClaims[0]",
    ];
    assert_eq!(cluster.shape(shape).not_considered(), list);
    assert_eq!(cluster.explain(shape).not_considered, list);
}

#[test]
fn rejections_are_counted_by_reason() {
    let mut cluster = cluster(&[node("a", "1"), node("b", "3"), node("c", "1")]);
    let shape = cluster.intern(&pod("2", json!({}))).unwrap();
    let b = cluster.node_id("b").unwrap();
    cluster.bind(PodKey(0), shape, b);
    let Decision::Unschedulable(rejections) = cluster.decide(shape) else {
        panic!("placed")
    };
    let rows: Vec<_> = rejections
        .iter()
        .map(|(plugin, code, reason, nodes)| (plugin, code.name(), reason, nodes))
        .collect();
    assert_eq!(rejections.nodes, 3);
    assert_eq!(
        rows,
        [
            (
                Plugin::NodeResourcesFit,
                "Unschedulable",
                Reason::InsufficientCpu,
                1
            ),
            (
                Plugin::NodeResourcesFit,
                "UnschedulableAndUnresolvable",
                Reason::InsufficientCpu,
                2
            ),
        ]
    );
}

#[test]
fn the_explanation_in_json() {
    let mut cluster = cluster(&[node("a", "1"), node("b", "4")]);
    let shape = cluster.intern(&pod("2", json!({}))).unwrap();
    assert_eq!(
        serde_json::to_value(cluster.explain(shape)).unwrap(),
        json!({
            "nodes": [
                {"node": "a", "verdict": {"outcome": "rejected", "plugin": "NodeResourcesFit",
                    "code": "UnschedulableAndUnresolvable", "reasons": ["Insufficient cpu"]}},
                {"node": "b", "verdict": {"outcome": "feasible", "total": 300 + 72 + 75, "plugins": [
                    ["TaintToleration", 300], ["NodeResourcesFit", 72], ["NodeResourcesBalancedAllocation", 75],
                    ["ImageLocality", 0]]}},
            ],
            "feasible": 1, "maxScore": 300 + 72 + 75, "ties": 1, "chosen": "b", "notConsidered": [],
            "message": "assigned to b",
        })
    );
}

#[test]
fn bad_objects_are_refused_with_their_field() {
    let check = |json: Value, message: &str| {
        let mut cluster = cluster(&[]);
        let error = if json["kind"] == "Node" {
            cluster
                .add_node(&serde_json::from_value(json).unwrap())
                .unwrap_err()
        } else {
            cluster
                .intern(&serde_json::from_value(json).unwrap())
                .unwrap_err()
        };
        assert_eq!(error.to_string(), message);
        assert_eq!(cluster.nodes().count(), 0);
    };
    check(
        json!({"kind": "Node", "metadata": {}}),
        "Node : metadata.name is missing, expected a node name",
    );
    check(
        json!({"kind": "Node", "metadata": {"name": "a"}}),
        "Node a: status.allocatable is missing, expected amounts of cpu, memory and pods",
    );
    check(
        json!({"kind": "Node", "metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "-1"}}}),
        "Node a: status.allocatable[cpu] is \"-1\", expected a quantity that is not negative",
    );
    check(
        json!({"kind": "Pod", "metadata": {"name": "p"}}),
        "Pod default/p: spec is missing, expected a pod spec",
    );
    check(
        json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [], "overhead": {"cpu": "99999Ei"}}}),
        "Pod default/p: spec.overhead[cpu] is \"99999Ei\", expected a quantity of at most 2^56 milli cores, bytes or items",
    );
    let preferred = json!([{"weight": 0, "preference": {}}]);
    check(
        json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [],
            "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}}),
        "Pod default/p: spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight is 0, \
         expected a weight from 1 to 100",
    );
}
