//! Claims and volumes, case by case, by what the volume plugins of 1.34 say.
#![allow(clippy::unwrap_used, reason = "a test")]

use drydock_scheduler::{Cluster, Decision, PodKey, Profile, ShapeId, Verdict};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn typed<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// Nodes a1 and a2 in zone a, b1 in zone b.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Profile::default());
    for (name, zone) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        let labels = json!({"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name});
        cluster
            .add_node(&typed(json!({
                "metadata": {"name": name, "labels": labels},
                "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "20"}},
            })))
            .unwrap();
    }
    cluster
}

fn class(cluster: &mut Cluster, name: &str, provisioner: &str, mode: &str, zones: Value) {
    let mut json =
        json!({"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode});
    if zones.is_array() {
        json["allowedTopologies"] = json!([{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": zones}]}]);
    }
    cluster.set_storage_class(&typed(json));
}

fn within(zone: &str) -> Value {
    json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}})
}

fn volume(cluster: &mut Cluster, name: &str, spec: Value, phase: &str, labels: Value) {
    let mut json = json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}},
        "status": {"phase": phase},
    });
    for (key, value) in spec.as_object().unwrap() {
        json["spec"][key] = value.clone();
    }
    cluster.set_persistent_volume(&typed(json)).unwrap();
}

/// A claim of 5 GiB; with a volume it is bound.
fn claim(cluster: &mut Cluster, name: &str, spec: Value) {
    let mut json = json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
        "status": {"phase": if spec["volumeName"].is_string() { "Bound" } else { "Pending" }},
    });
    for (key, value) in spec.as_object().unwrap() {
        json["spec"][key] = value.clone();
    }
    cluster.set_claim(&typed(json)).unwrap();
}

fn pod(cluster: &mut Cluster, claims: &[&str]) -> ShapeId {
    let volumes: Vec<_> = claims
        .iter()
        .map(|claim| json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}}))
        .collect();
    with_volumes(cluster, json!(volumes))
}

fn with_volumes(cluster: &mut Cluster, volumes: Value) -> ShapeId {
    let spec = json!({"containers": [{"name": "c"}], "volumes": volumes});
    let pod = typed(json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec}));
    cluster.intern(&pod).unwrap()
}

/// For each node in name order, its reasons, or `ok`.
fn check(cluster: &mut Cluster, shape: ShapeId, expect: [&str; 3]) {
    let why = cluster.explain(shape);
    let got: Vec<_> = why
        .nodes
        .iter()
        .map(|node| match &node.verdict {
            Verdict::Feasible { .. } => "ok".to_owned(),
            Verdict::Rejected {
                plugin,
                code,
                reasons,
            } => format!("{} {}: {}", plugin.name(), code.name(), reasons.join("; ")),
        })
        .collect();
    assert_eq!(got, expect);
    let placed = match cluster.decide(shape) {
        Decision::Placed { node, .. } => Some(cluster.node_name(node).to_owned()),
        Decision::Unschedulable(_) => None,
    };
    assert_eq!(placed, why.chosen);
}

const ELSEWHERE: &str =
    "VolumeBinding UnschedulableAndUnresolvable: node(s) had volume node affinity conflict";
const UNMATCHED: &str = "VolumeBinding UnschedulableAndUnresolvable: node(s) didn't find available persistent volumes to bind";
const ZONE: &str = "VolumeZone UnschedulableAndUnresolvable: node(s) had no available volume zone";

#[test]
fn a_bound_volume_is_reached_from_where_it_says() {
    let mut cluster = cluster();
    volume(
        &mut cluster,
        "v",
        json!({"nodeAffinity": within("b")}),
        "Bound",
        json!({}),
    );
    claim(&mut cluster, "data", json!({"volumeName": "v"}));
    let shape = pod(&mut cluster, &["data"]);
    check(&mut cluster, shape, [ELSEWHERE, ELSEWHERE, "ok"]);
}

#[test]
fn zone_labels_of_a_volume() {
    let mut cluster = cluster();
    let labels = json!({"failure-domain.beta.kubernetes.io/zone": "b__c"});
    volume(&mut cluster, "v", json!({}), "Bound", labels);
    claim(&mut cluster, "data", json!({"volumeName": "v"}));
    let shape = pod(&mut cluster, &["data"]);
    check(&mut cluster, shape, [ZONE, ZONE, "ok"]);
}

#[test]
fn claims_that_no_node_can_serve() {
    let check_all = |claims: &[&str], setup: &dyn Fn(&mut Cluster), expect: &str| {
        let mut cluster = cluster();
        class(
            &mut cluster,
            "now",
            "csi.example.com",
            "Immediate",
            Value::Null,
        );
        setup(&mut cluster);
        let shape = pod(&mut cluster, claims);
        check(&mut cluster, shape, [expect; 3]);
        let message = expect.split(": ").nth(1).unwrap();
        assert_eq!(
            cluster.explain(shape).message,
            format!("0/3 nodes are available: {message}.")
        );
    };
    check_all(
        &["data"],
        &|_| {},
        "VolumeRestrictions UnschedulableAndUnresolvable: persistentvolumeclaim \"data\" not found",
    );
    check_all(
        &["data"],
        &|cluster| claim(cluster, "data", json!({"storageClassName": "now"})),
        "VolumeBinding UnschedulableAndUnresolvable: pod has unbound immediate PersistentVolumeClaims",
    );
    check_all(
        &["data"],
        &|cluster| claim(cluster, "data", json!({"volumeName": "gone"})),
        "VolumeZone UnschedulableAndUnresolvable: persistentvolume \"gone\" not found",
    );
}

#[test]
fn the_first_consumer_has_a_volume_provisioned() {
    let mut cluster = cluster();
    class(
        &mut cluster,
        "wait",
        "csi.example.com",
        "WaitForFirstConsumer",
        json!(["b"]),
    );
    claim(&mut cluster, "data", json!({"storageClassName": "wait"}));
    let shape = pod(&mut cluster, &["data"]);
    check(&mut cluster, shape, [UNMATCHED, UNMATCHED, "ok"]);
}

#[test]
fn without_provisioner_a_volume_has_to_match() {
    let mut cluster = cluster();
    let local = "kubernetes.io/no-provisioner";
    class(
        &mut cluster,
        "local",
        local,
        "WaitForFirstConsumer",
        Value::Null,
    );
    claim(&mut cluster, "data", json!({"storageClassName": "local"}));
    claim(&mut cluster, "more", json!({"storageClassName": "local"}));
    let one = pod(&mut cluster, &["data"]);
    check(&mut cluster, one, [UNMATCHED; 3]);
    let spec = |size: &str, zone: &str| json!({"storageClassName": "local", "capacity": {"storage": size}, "nodeAffinity": within(zone)});
    volume(
        &mut cluster,
        "small",
        spec("1Gi", "a"),
        "Available",
        json!({}),
    );
    check(&mut cluster, one, [UNMATCHED; 3]);
    volume(
        &mut cluster,
        "fits",
        spec("5Gi", "a"),
        "Available",
        json!({}),
    );
    check(&mut cluster, one, ["ok", "ok", UNMATCHED]);
    volume(&mut cluster, "taken", spec("5Gi", "b"), "Bound", json!({}));
    check(&mut cluster, one, ["ok", "ok", UNMATCHED]);
    // Two claims need two volumes.
    let both = pod(&mut cluster, &["data", "more"]);
    check(&mut cluster, both, [UNMATCHED; 3]);
    volume(
        &mut cluster,
        "other",
        spec("9Gi", "a"),
        "Available",
        json!({}),
    );
    check(&mut cluster, both, ["ok", "ok", UNMATCHED]);
}

#[test]
fn a_claim_follows_its_first_consumer_until_the_last_is_gone() {
    let mut cluster = cluster();
    class(
        &mut cluster,
        "wait",
        "csi.example.com",
        "WaitForFirstConsumer",
        Value::Null,
    );
    claim(&mut cluster, "data", json!({"storageClassName": "wait"}));
    let shape = pod(&mut cluster, &["data"]);
    let before = format!("{cluster:?}");
    let node = cluster.node_id("b1").unwrap();
    cluster.bind(PodKey(1), shape, node);
    check(&mut cluster, shape, [ELSEWHERE, ELSEWHERE, "ok"]);
    cluster.unbind(PodKey(1));
    check(&mut cluster, shape, ["ok"; 3]);
    assert_eq!(format!("{cluster:?}"), before);
}

#[test]
fn a_volume_taken_by_one_claim_is_not_there_for_another() {
    let mut cluster = cluster();
    let local = "kubernetes.io/no-provisioner";
    class(
        &mut cluster,
        "local",
        local,
        "WaitForFirstConsumer",
        Value::Null,
    );
    let spec = json!({"storageClassName": "local", "nodeAffinity": within("a")});
    volume(&mut cluster, "v", spec, "Available", json!({}));
    for name in ["one", "two"] {
        claim(&mut cluster, name, json!({"storageClassName": "local"}));
    }
    let (one, two) = (pod(&mut cluster, &["one"]), pod(&mut cluster, &["two"]));
    let node = cluster.node_id("a1").unwrap();
    cluster.bind(PodKey(1), one, node);
    check(&mut cluster, two, [UNMATCHED; 3]);
    check(&mut cluster, one, ["ok", "ok", ELSEWHERE]);
}

#[test]
fn one_pod_at_a_time() {
    let mut cluster = cluster();
    volume(&mut cluster, "v", json!({}), "Bound", json!({}));
    let spec = json!({"volumeName": "v", "accessModes": ["ReadWriteOncePod"]});
    claim(&mut cluster, "data", spec);
    let shape = pod(&mut cluster, &["data"]);
    check(&mut cluster, shape, ["ok"; 3]);
    let node = cluster.node_id("a1").unwrap();
    cluster.bind(PodKey(1), shape, node);
    let reason = "VolumeRestrictions Unschedulable: node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
    check(&mut cluster, shape, [reason; 3]);
}

#[test]
fn disks_in_the_pod() {
    let disk = |read_only: bool| json!([{"name": "d", "gcePersistentDisk": {"pdName": "x", "readOnly": read_only}}]);
    let conflict = "VolumeRestrictions Unschedulable: node(s) had no available disk";
    for (held, asked, expect) in [
        (disk(false), disk(true), conflict),
        (disk(true), disk(true), "ok"),
        (
            json!([{"name": "d", "awsElasticBlockStore": {"volumeID": "e", "readOnly": true}}]),
            json!([{"name": "d", "awsElasticBlockStore": {"volumeID": "e", "readOnly": true}}]),
            conflict,
        ),
        (
            json!([{"name": "d", "rbd": {"image": "i", "monitors": ["m1", "m2"]}}]),
            json!([{"name": "d", "rbd": {"image": "i", "monitors": ["m2"], "pool": "rbd"}}]),
            conflict,
        ),
        (
            json!([{"name": "d", "iscsi": {"iqn": "q", "lun": 0, "targetPortal": "t"}}]),
            json!([{"name": "d", "iscsi": {"iqn": "r", "lun": 0, "targetPortal": "t"}}]),
            "ok",
        ),
    ] {
        let mut cluster = cluster();
        let held = with_volumes(&mut cluster, held);
        let node = cluster.node_id("a1").unwrap();
        cluster.bind(PodKey(1), held, node);
        let asked = with_volumes(&mut cluster, asked);
        check(&mut cluster, asked, [expect, "ok", "ok"]);
    }
}

#[test]
fn drivers_attach_so_many_volumes_and_no_more() {
    let mut cluster = cluster();
    let driver = json!({"name": "csi.example.com", "nodeID": "n", "allocatable": {"count": 1}});
    let json = json!({"metadata": {"name": "a1"}, "spec": {"drivers": [driver]}});
    cluster.set_csi_node(&typed(json));
    for name in ["one", "two"] {
        let csi = json!({"csi": {"driver": "csi.example.com", "volumeHandle": name}});
        volume(&mut cluster, name, csi, "Bound", json!({}));
        claim(&mut cluster, name, json!({"volumeName": name}));
    }
    let (one, two) = (pod(&mut cluster, &["one"]), pod(&mut cluster, &["two"]));
    let node = cluster.node_id("a1").unwrap();
    cluster.bind(PodKey(1), one, node);
    let full = "NodeVolumeLimits Unschedulable: node(s) exceed max volume count";
    check(&mut cluster, two, [full, "ok", "ok"]);
    // A volume that is attached already is attached once.
    check(&mut cluster, one, ["ok"; 3]);
    let both = pod(&mut cluster, &["one", "two"]);
    check(&mut cluster, both, [full, "ok", "ok"]);
}

#[test]
fn where_no_storage_is_known_claims_are_named_and_not_judged() {
    let mut cluster = cluster();
    let shape = pod(&mut cluster, &["data"]);
    check(&mut cluster, shape, ["ok"; 3]);
    assert_eq!(
        cluster.explain(shape).not_considered,
        ["VolumeBinding: claim data (no claims, volumes or storage classes are known)"]
    );
}
