//! A cluster that does nothing wrong: all of it is read, as it is, by nothing but GET.

use std::io::{Read, Write};
use std::net::TcpStream;

use drydock_connect::kubernetes::{
    Cluster, Config, Connection, KindState, KindStatus, Resource, Snapshot, State, Timing,
};
use drydock_model::ClusterObject;
use serde_json::{Value, json};

use crate::mock_api::{MockApi, PATIENCE, objects};

#[test]
fn a_cluster_is_read_whole() {
    let mock = MockApi::start();
    let connection = mock.follow();
    let snapshot = connection.snapshot();

    assert_eq!(objects(&snapshot), mock.expected());
    assert_eq!(snapshot.server.as_deref(), Some("v1.34.1"));
    assert_eq!(snapshot.warnings, []);
    assert!(snapshot.as_of.is_some() && snapshot.as_of <= snapshot.last_contact);
    assert_eq!(
        (connection.place(), connection.url()),
        ("the given address", mock.url().as_str())
    );
    let synced = |kind: &KindStatus| kind.resource_version.is_some();
    assert!(snapshot.kinds.iter().all(synced));
}

#[test]
fn unknown_fields_and_numbers_stay() {
    let mock = MockApi::start();
    let snapshot = mock.follow().snapshot();
    let find = |kind: &str, name: &str| {
        let object = snapshot
            .objects
            .values()
            .find(|o| o.kind() == kind && o.name() == name);
        object.expect("an object").json.clone()
    };
    let node = find("Node", "node-a");
    let later = json!({"share": 0.1, "small": 2.5e-7, "huge": u64::MAX});
    assert_eq!(node["spec"]["laterField"], later);
    assert!(node["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"].is_object());
    let pod = find("Pod", "web-6f7d9c-4kx2p");
    assert_eq!(pod["laterSection"], json!([1, {"deep": null}]));
    assert_eq!(pod["metadata"]["laterMeta"], json!({"epoch": 7}));
}

#[test]
fn secrets_are_not_asked_for_and_credentials_are_dropped() {
    let mock = MockApi::start();
    let snapshot = mock.follow().snapshot();
    assert!(
        !mock
            .requests()
            .iter()
            .any(|request| request.path.contains("secrets"))
    );
    let text = format!("{:?}", snapshot.objects);
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"));
    let dropped: Vec<_> = snapshot
        .dropped
        .iter()
        .map(|(key, fields)| format!("{key}: {}", fields.join(", ")))
        .collect();
    assert_eq!(
        dropped,
        [
            "Pod shop/web-6f7d9c-4kx2p: spec.containers[0].env[DB_PASSWORD]",
            "Pod shop/web-6f7d9c-b7t5q: spec.containers[0].env[DB_PASSWORD]",
            "Pod shop/web-6f7d9c-zz9m8: spec.containers[0].env[DB_PASSWORD]",
            "Deployment shop/web: spec.template.spec.containers[0].env[DB_PASSWORD]",
            "ReplicaSet shop/web-6f7d9c: spec.template.spec.containers[0].env[DB_PASSWORD]",
        ]
    );
}

#[test]
fn requests_are_those_of_the_protocol() {
    let mock = MockApi::start();
    let connection = mock.follow();
    let pods = "/api/v1/pods";
    mock.wait_for("a watch", |mock| mock.watches(pods).len() == 1);
    let lists = mock.lists(pods);
    assert_eq!(lists.len(), 2, "four pods in pages of two");
    assert_eq!(lists[0].query("limit").as_deref(), Some("2"));
    assert_eq!(lists[0].query("continue"), None);
    assert_eq!(
        lists[0].query("resourceVersion"),
        None,
        "the newest there is"
    );
    assert!(lists[1].query("continue").expect("a token").ends_with("=="));
    let watch = &mock.watches(pods)[0];
    let version = |name: &str| watch.query(name).unwrap_or_default();
    assert_eq!(version("watch"), "true");
    assert_eq!(version("allowWatchBookmarks"), "true");
    assert_eq!(version("timeoutSeconds"), "60");
    assert_eq!(version("resourceVersion"), mock.version().to_string());
    let kind = |snapshot: &Snapshot| {
        let pods = snapshot
            .kinds
            .iter()
            .find(|kind| kind.resource.kind == "Pod");
        pods.expect("pods").clone()
    };
    let watching = connection.wait_for(PATIENCE, |s| kind(s).state == KindState::Watching);
    let pods = kind(&watching.expect("a watch"));
    assert_eq!((pods.relists, pods.reconnects, pods.events), (0, 0, 0));
    let requests = mock.requests();
    assert!(
        requests
            .iter()
            .all(|r| r.accept.as_deref() == Some("application/json"))
    );
    // Of two versions of autoscaling the one with all metrics is read, whichever the server prefers.
    assert_eq!(
        mock.lists("/apis/autoscaling/v1/horizontalpodautoscalers")
            .len(),
        0
    );
    assert_eq!(
        mock.lists("/apis/autoscaling/v2/horizontalpodautoscalers")
            .len(),
        1
    );
}

#[test]
fn a_namespace_narrows_what_is_read() {
    let mock = MockApi::start();
    let config = Config {
        namespace: Some("shop".to_owned()),
        ..mock.config()
    };
    let connection = Connection::open(config).expect("connected");
    let snapshot = connection.wait_until_synced(PATIENCE).expect("synced");
    let mut expected = mock.expected();
    expected.retain(|key, _| match key.kind.as_str() {
        "Namespace" => key.name == "shop",
        _ => key.namespace.is_empty() || key.namespace == "shop",
    });
    assert_eq!(objects(&snapshot), expected);
    assert_eq!(snapshot.namespace.as_deref(), Some("shop"));
    assert_eq!(mock.lists("/api/v1/pods").len(), 0);
    assert_eq!(
        mock.lists("/api/v1/nodes").len(),
        1,
        "nodes are the cluster's"
    );
    let namespaces = &mock.lists("/api/v1/namespaces")[0];
    assert_eq!(
        namespaces.query("fieldSelector").as_deref(),
        Some("metadata.name=shop")
    );

    mock.edit("/apis/apps/v1/deployments", "shop", "web", |web| {
        web["spec"]["replicas"] = json!(4);
    });
    let changed = connection.wait_for(PATIENCE, |snapshot| {
        snapshot
            .objects
            .values()
            .any(|o| o.kind() == "Deployment" && o.json["spec"]["replicas"] == 4)
    });
    assert!(changed.is_some());
}

#[test]
fn a_namespace_that_is_not_there_is_named() {
    let mock = MockApi::start();
    let config = Config {
        namespace: Some("shp".to_owned()),
        ..mock.config()
    };
    let connection = Connection::open(config).expect("connected");
    let snapshot = connection.wait_until_synced(PATIENCE).expect("synced");
    let warning = &snapshot.warnings[0];
    assert!(
        warning.message.contains("no namespace \"shp\""),
        "{warning:?}"
    );
}

#[test]
fn discovery_and_lists_by_themselves() {
    let mock = MockApi::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let cluster = Cluster::connect(&mock.config()).await.expect("a client");
        let found = cluster.discover().await.expect("an answer");
        let titles: Vec<_> = found.resources.iter().map(Resource::title).collect();
        assert_eq!(
            titles,
            [
                "v1 ConfigMap",
                "v1 Event",
                "v1 Namespace",
                "v1 Node",
                "v1 PersistentVolumeClaim",
                "v1 Pod",
                "v1 Service",
                "apps/v1 Deployment",
                "apps/v1 ReplicaSet",
                "autoscaling/v2 HorizontalPodAutoscaler",
                "policy/v1 PodDisruptionBudget",
                "scheduling.k8s.io/v1 PriorityClass",
            ]
        );
        assert_eq!(found.metrics.as_deref(), Ok("v1beta1"));
        let pods = found
            .resources
            .iter()
            .find(|r| r.kind == "Pod")
            .expect("pods");
        let listing = cluster.list(pods).await.expect("a list");
        let names: Vec<_> = listing.objects.iter().map(ClusterObject::name).collect();
        assert_eq!(
            names,
            [
                "coredns-5d78c",
                "web-6f7d9c-4kx2p",
                "web-6f7d9c-b7t5q",
                "web-6f7d9c-zz9m8"
            ]
        );
        assert_eq!(listing.resource_version, mock.version().to_string());
        assert_eq!(listing.objects[0].group(), "");
    });
}

#[test]
fn what_is_served_later_is_read_too_and_what_is_no_more_is_forgotten() {
    let mock = MockApi::start();
    let apps = mock.recorded("/apis/apps/v1");
    mock.document("/apis/apps/v1", None);
    let timing = Timing {
        discovery: std::time::Duration::from_millis(20),
        ..mock.config().timing
    };
    let config = Config {
        timing,
        ..mock.config()
    };
    let connection = Connection::open(config).expect("connected");
    let without = connection.wait_until_synced(PATIENCE).expect("synced");
    assert!(
        without
            .objects
            .values()
            .all(|object| object.group() != "apps")
    );
    assert_eq!(without.warnings[0].subject, "apps/v1");

    mock.document("/apis/apps/v1", Some(apps));
    mock.settle(&connection);

    mock.document("/apis/policy/v1", None);
    mock.end_watches("/apis/policy/v1/poddisruptionbudgets");
    let gone = connection.wait_for(PATIENCE, |snapshot| {
        snapshot
            .objects
            .values()
            .all(|object| object.group() != "policy")
    });
    let gone = gone.expect("the budget goes");
    let named = gone
        .warnings
        .iter()
        .any(|w| w.subject == "policy/v1 PodDisruptionBudget");
    assert!(named, "{:?}", gone.warnings);
    assert_eq!(gone.state, State::Connected);
}

/// The tests hold that nothing but GET is asked by what the mock records: so it has to record, and to refuse.
#[test]
fn the_mock_refuses_to_be_written_to() {
    let mock = MockApi::start();
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let mut stream = TcpStream::connect(("127.0.0.1", mock.port())).expect("a connection");
        let request = format!("{method} /api/v1/pods HTTP/1.1\r\nHost: h\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 405");
    }
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(mock)));
    assert!(
        dropped.is_err(),
        "a mock that was written to fails its test"
    );
}

#[test]
fn values_of_any_shape_pass_through_watches() {
    let mock = MockApi::start();
    let connection = mock.follow();
    let odd = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd", "namespace": "shop",
        "annotations": {"note": "a line\nand \"another\" \\ äöü 🚢"}},
        "data": {"a": ""}, "more": [null, true, -1, 1e300, {"": {"": []}}, Value::Null]});
    mock.put(odd);
    mock.settle(&connection);
}
