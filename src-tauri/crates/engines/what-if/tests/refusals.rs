//! What cannot be asked: one error each, with the number of the change, the field and what would be right.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod common;

use common::{ask, shop, template};
use drydock_what_if::Change;
use serde_json::{Value, json};

#[test]
fn refusals() {
    let check = |asked: Value, expect: &str| {
        let error = ask(
            &shop(),
            json!([{"type": "cordonNodes", "nodes": ["n1"]}, asked]),
        )
        .unwrap_err();
        assert_eq!(error.to_string(), format!("change 2 {expect}"));
    };
    check(
        json!({"type": "removeNodes", "nodes": ["n1", "n9"]}),
        "(removeNodes): nodes[1] is \"n9\", expected the name of a node: n1, n2",
    );
    check(
        json!({"type": "drainNodes", "nodes": []}),
        "(drainNodes): nodes is empty, expected the name of at least one node",
    );
    check(
        json!({"type": "failZone", "zone": "z"}),
        "(failZone): zone is \"z\", expected the name of a zone with nodes: us-east-1a, us-east-1b",
    );
    check(
        json!({"type": "resizePool", "pool": "p", "count": 1}),
        "(resizePool): pool is \"p\", expected the name of a pool: main",
    );
    check(
        json!({"type": "addNodes", "count": 1}),
        "(addNodes): like is missing, expected one of like, instanceType, capacity or a pool that has nodes",
    );
    check(
        json!({"type": "addNodes", "count": 1, "instanceType": "m5.huge"}),
        "(addNodes): instanceType is \"m5.huge\", expected a machine type of the price book, or a capacity in its place",
    );
    check(
        json!({"type": "addNodes", "count": 1, "capacity": {"cpu": "lots", "memory": "1Gi"}}),
        "(addNodes): Node node-new-1: status.allocatable[cpu] is \"lots\", expected a quantity such as 250m, 2, 1.5Gi or 1e3",
    );
    check(
        json!({"type": "taintNodes", "nodes": ["n1"], "remove": ["gpu"]}),
        "(taintNodes): remove[0] is \"gpu\", expected a taint that one of the nodes has, as key or key:Effect",
    );
    check(
        json!({"type": "labelNodes", "nodes": ["n1"], "set": {"a b": "c"}}),
        "(labelNodes): set is \"a b\", expected a key such as dedicated or example.com/dedicated",
    );
    check(
        json!({"type": "scaleWorkload", "workload": "nobody", "replicas": 1}),
        "(scaleWorkload): workload is \"nobody\", expected namespace/name of a workload: shop/log, shop/web",
    );
    check(
        json!({"type": "scaleWorkload", "workload": "log", "replicas": 1}),
        "(scaleWorkload): workload is DaemonSet shop/log, expected a workload with replicas: a Deployment, ReplicaSet, StatefulSet or ReplicationController",
    );
    check(
        json!({"type": "editWorkload", "workload": "web", "patch": {"spec": {"replicas": "three"}}}),
        "(editWorkload): Deployment shop/web: spec.replicas is \"three\", not a count",
    );
    check(
        json!({"type": "editWorkload", "workload": "web", "patch": {"metadata": {"name": "w"}}}),
        "(editWorkload): patch.metadata.name is \"w\", expected no change: it is what names the object",
    );
    check(
        json!({"type": "editWorkload", "workload": "web", "patch": {"spec": {"template": template("web", "x")}}}),
        "(editWorkload): Deployment shop/web: spec.template.spec.containers[0].resources.requests[cpu] is \"x\", expected a quantity such as 250m, 2, 1.5Gi or 1e3",
    );
    check(
        json!({"type": "setScheduler"}),
        "(setScheduler): configuration is missing, expected a preset or a KubeSchedulerConfiguration",
    );
    for unknown in [
        json!({"type": "explode"}),
        json!({"type": "cordonNodes", "nodes": [], "off": true}),
    ] {
        assert!(serde_json::from_value::<Change>(unknown).is_err());
    }
}
