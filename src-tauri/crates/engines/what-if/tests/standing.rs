//! Worlds as the scheduler finds them: which pods are there, which wait, and where what waits goes.
#![allow(clippy::unwrap_used, reason = "a test")]

use drydock_model::{ClusterObject, Inventory, Provenance, World};
use drydock_scheduler::Profile;
use drydock_what_if::Standing;
use serde_json::{Value, json};

fn inventory(objects: &[Value]) -> Inventory {
    let mut world = World {
        objects: objects
            .iter()
            .map(|object| ClusterObject::new(object.clone(), Provenance::Measured))
            .collect(),
        ..World::default()
    };
    world.sort_objects();
    Inventory::of(&world)
}

fn standing(objects: &[Value]) -> Standing {
    Standing::of(&inventory(objects), Profile::default()).unwrap()
}

fn node(name: &str, cpu: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"name": name, "kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}}})
}

fn container(cpu: &str) -> Value {
    json!([{"name": "main", "resources": {"requests": {"cpu": cpu}}}])
}

fn workload(kind: &str, name: &str, replicas: u32, cpu: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": container(cpu)}}}})
}

fn pod(name: &str, owner: Option<(&str, &str)>, node: Option<&str>) -> Value {
    let owners: Vec<Value> = owner
        .into_iter()
        .map(|(kind, name)| json!({"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "u", "controller": true}))
        .collect();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners},
        "spec": {"nodeName": node, "priority": 0, "containers": container("500m")}, "status": {"phase": "Running"}})
}

/// Every pod, `+` where its workload asks for it, with its node.
fn check(standing: &Standing, pods: &[(&str, Option<&str>)], warnings: &[&str]) {
    let got: Vec<_> = standing
        .pods
        .iter()
        .map(|pod| {
            let mark = if pod.from_dump { "" } else { "+" };
            let node = pod.node.map(|node| standing.cluster.node_name(node));
            (format!("{mark}{}", pod.name), node)
        })
        .collect();
    let got: Vec<_> = got
        .iter()
        .map(|(name, node)| (name.as_str(), *node))
        .collect();
    assert_eq!(got, pods);
    assert_eq!(standing.warnings, warnings);
    for (at, pod) in standing.pods.iter().enumerate() {
        let key = drydock_scheduler::PodKey(at as u64);
        assert_eq!(standing.cluster.node_of(key), pod.node);
    }
}

#[test]
fn replicas_that_lack_wait() {
    let set = Some(("StatefulSet", "db"));
    let mut standing = standing(&[
        node("n1", "2"),
        workload("StatefulSet", "db", 3, "500m"),
        workload("Deployment", "web", 2, "500m"),
        workload("Job", "never", 2, "500m"),
        pod("db-1", set, Some("n1")),
    ]);
    check(
        &standing,
        &[
            ("shop/db-1", Some("n1")),
            ("+shop/db-0", None),
            ("+shop/db-2", None),
            ("+shop/web-0", None),
            ("+shop/web-1", None),
        ],
        &[],
    );
    assert_eq!(standing.waiting().len(), 4);
    let schedule = standing.settle();
    assert_eq!(schedule.decisions().len(), 4);
    check(
        &standing,
        &[
            ("shop/db-1", Some("n1")),
            ("+shop/db-0", Some("n1")),
            ("+shop/db-2", Some("n1")),
            ("+shop/web-0", Some("n1")),
            ("+shop/web-1", None),
        ],
        &[],
    );
    assert_eq!(standing.waiting().len(), 1);
}

#[test]
fn pods_of_a_dump() {
    let mut going = pod("going", Some(("ReplicaSet", "web")), Some("n1"));
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let mut done = pod("done", None, Some("n1"));
    done["status"]["phase"] = json!("Succeeded");
    check(
        &standing(&[
            node("n1", "4"),
            workload("ReplicaSet", "web", 1, "500m"),
            going,
            done,
            pod("lost", None, Some("n9")),
            pod("waits", None, None),
        ]),
        &[
            ("shop/going", Some("n1")),
            ("shop/lost", None),
            ("shop/waits", None),
            ("+shop/web-0", None),
        ],
        &["pod shop/lost is bound to n9, which is no node of the world; it is placed anew"],
    );
}

#[test]
fn daemons_cover_the_nodes_that_take_them() {
    let mut tainted = node("n3", "1");
    tainted["spec"] = json!({"taints": [{"key": "k", "effect": "NoSchedule"}]});
    let mut cordoned = node("n2", "1");
    cordoned["spec"] = json!({"unschedulable": true});
    let mut standing = standing(&[
        node("n1", "1"),
        cordoned,
        tainted,
        workload("DaemonSet", "agent", 0, "100m"),
        pod("agent-x", Some(("DaemonSet", "agent")), Some("n1")),
    ]);
    standing.settle();
    check(
        &standing,
        &[("shop/agent-x", Some("n1")), ("+shop/agent-0", Some("n2"))],
        &[],
    );
}

#[test]
fn what_the_api_server_refuses() {
    let mut unknown = pod("unknown", None, None);
    unknown["spec"]["priorityClassName"] = json!("none");
    unknown["spec"]["priority"] = Value::Null;
    let mut running = unknown.clone();
    running["metadata"]["name"] = json!("running");
    running["spec"]["nodeName"] = json!("n1");
    let mut web = workload("Deployment", "web", 2, "1");
    web["spec"]["template"]["spec"]["priorityClassName"] = json!("none");
    let refusal = |pod: &str| {
        format!(
            "Pod shop/{pod}: spec.priorityClassName is \"none\", expected the name of a PriorityClass"
        )
    };
    check(
        &standing(&[node("n1", "4"), unknown, running, web]),
        &[("shop/running", Some("n1"))],
        &[
            &format!(
                "pod shop/running counts with priority 0: {}",
                refusal("running")
            ),
            &format!("pod shop/unknown is left out: {}", refusal("unknown")),
            &format!(
                "2 pods of shop/web are left out: {}",
                "Deployment shop/web: spec.template.spec.priorityClassName is \"none\", expected the name of a PriorityClass"
            ),
        ],
    );
}

#[test]
fn more_important_pods_come_first_and_evict() {
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9});
    let mut web = workload("Deployment", "web", 1, "800m");
    web["spec"]["template"]["spec"]["priorityClassName"] = json!("high");
    let mut standing = standing(&[node("n1", "1"), class, web, pod("batch", None, Some("n1"))]);
    standing.settle();
    check(
        &standing,
        &[("shop/batch", None), ("+shop/web-0", Some("n1"))],
        &[],
    );
}

/// The nodes of the waiting pods once they are placed.
fn placed(objects: &[Value]) -> Vec<String> {
    let mut standing = standing(objects);
    let waiting: Vec<_> = standing
        .waiting()
        .iter()
        .map(|a| a.queued.key.0 as usize)
        .collect();
    standing.settle();
    waiting
        .into_iter()
        .map(|at| match standing.pods[at].node {
            Some(node) => standing.cluster.node_name(node).to_owned(),
            None => "-".to_owned(),
        })
        .collect()
}

#[test]
fn pods_of_a_deployment_spread_by_the_replica_set_they_would_have() {
    let mut full = pod("web-abc-1", Some(("ReplicaSet", "web-abc")), Some("n1"));
    full["metadata"]["labels"] = json!({"app": "web", "pod-template-hash": "abc"});
    full["spec"]["containers"] = container("0");
    // Without the pod's company n1, with the smaller name, would win.
    let others = [
        node("n1", "4"),
        node("n2", "4"),
        full,
        workload("Deployment", "web", 2, "0"),
    ];
    assert_eq!(placed(&others), ["n2"]);
}

#[test]
fn a_node_that_is_not_ready_takes_nobody() {
    let mut lost = node("n1", "4");
    lost["status"]["conditions"] = json!([{"type": "Ready", "status": "Unknown"}]);
    let mut objects = vec![lost, workload("Deployment", "web", 1, "1")];
    assert_eq!(placed(&objects), ["-"]);
    objects.push(node("n2", "1"));
    assert_eq!(placed(&objects), ["n2"]);
}

#[test]
fn replicas_of_a_stateful_set_bring_their_claims() {
    let class = |mode: &str| {
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p", "volumeBindingMode": mode,
            "metadata": {"name": "usual", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}})
    };
    let mut db = workload("StatefulSet", "db", 1, "1");
    db["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    let check = |storage: Vec<Value>, expect: &str| {
        let mut objects = vec![node("n1", "4"), db.clone()];
        objects.extend(storage);
        assert_eq!(placed(&objects), [expect]);
    };
    // Where nothing is known of the storage, the pod is judged without.
    check(vec![], "n1");
    check(vec![class("WaitForFirstConsumer")], "n1");
    check(vec![class("Immediate")], "n1");
    let bound = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-db-0", "namespace": "shop"},
        "spec": {"volumeName": "v", "accessModes": ["ReadWriteOnce"]}, "status": {"phase": "Bound"}});
    let volume = |name: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": {"capacity": {"storage": "1Gi"},
            "claimRef": {"namespace": "shop", "name": "data-db-0"}, "accessModes": ["ReadWriteOnce"],
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "name", "operator": "In", "values": [name]}]}]}}}})
    };
    check(vec![bound.clone(), volume("n1")], "n1");
    check(vec![bound, volume("n2")], "-");
}

#[test]
fn the_profile_in_force() {
    let configuration = json!({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
        "metadata": {"name": "kube-scheduler"}, "profiles": [{"schedulerName": "first"}, {"schedulerName": "second"}]});
    let name = |objects: &[Value]| {
        Standing::profile_of(&inventory(objects))
            .unwrap()
            .scheduler_name
    };
    assert_eq!(name(&[]), "default-scheduler");
    assert_eq!(name(&[configuration]), "first");
}
