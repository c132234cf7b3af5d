//! Usage by the metrics API, and Events.

use std::collections::BTreeMap;
use std::time::Duration;

use drydock_connect::kubernetes::{Config, Connection, Snapshot};
use serde_json::json;

use crate::mock_api::{Fault, MockApi, On, PATIENCE};

const METRICS: &str = "/apis/metrics.k8s.io/v1beta1";
const EVENTS: &str = "/api/v1/events";

fn often(mock: &MockApi) -> Connection {
    let mut config: Config = mock.config();
    config.timing.usage = Duration::from_millis(10);
    Connection::open(config).expect("connected")
}

fn with_usage(connection: &Connection) -> Snapshot {
    let used = connection.wait_for(PATIENCE, |snapshot| snapshot.usage.is_ok());
    used.expect("usage")
}

#[test]
fn usage_of_nodes_and_pods() {
    let mock = MockApi::start();
    let snapshot = with_usage(&mock.connect());
    let usage = snapshot.usage.expect("usage");
    assert!(usage.problems.is_empty());
    let nodes: BTreeMap<_, _> = usage
        .nodes
        .iter()
        .map(|(name, node)| (name.as_str(), (node.used.milli_cpu, node.used.memory_bytes)))
        .collect();
    let expected = [
        ("node-a", (Some(412.137_293), Some(3_212_380 << 10))),
        ("node-b", (Some(730.0), Some(4 << 30))),
    ];
    assert_eq!(nodes, BTreeMap::from(expected));
    let node = usage.nodes["node-a"].measured;
    assert_eq!(node.window, Some(Duration::from_millis(20_039)));
    assert_eq!(
        node.at.expect("a time").to_rfc3339(),
        "2026-03-02T08:30:00+00:00"
    );
    let pod = &usage.pods["shop/web-6f7d9c-4kx2p"];
    let web = pod.containers["web"];
    assert_eq!(
        (web.milli_cpu, web.memory_bytes),
        (Some(145.0), Some(187 << 20))
    );
    assert_eq!(
        usage.pods.len(),
        1,
        "a pod without a measurement is missing, not at nought"
    );
}

#[test]
fn usage_of_a_namespace() {
    let mock = MockApi::start();
    let config = Config {
        namespace: Some("shop".to_owned()),
        ..mock.config()
    };
    with_usage(&Connection::open(config).expect("connected"));
    assert_eq!(mock.lists(&format!("{METRICS}/pods")).len(), 0);
    assert!(
        !mock
            .lists(&format!("{METRICS}/namespaces/shop/pods"))
            .is_empty()
    );
}

#[test]
fn no_usage_has_a_reason() {
    let mock = MockApi::start();
    let mut groups = mock.recorded("/apis");
    groups["groups"].as_array_mut().expect("groups").pop();
    mock.document("/apis", Some(groups));
    let connection = mock.follow();
    let reason = connection
        .wait_for(PATIENCE, |s| {
            s.usage
                .as_ref()
                .is_err_and(|reason| reason.contains("metrics"))
        })
        .expect("a reason")
        .usage
        .expect_err("no usage");
    assert!(reason.contains("metrics.k8s.io is not served"), "{reason}");
}

#[test]
fn a_metrics_server_that_is_down_has_a_reason_and_comes_back() {
    let mock = MockApi::start();
    let down = || {
        Fault::status(
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        )
    };
    mock.always(On::List, &format!("{METRICS}/nodes"), down());
    mock.always(On::List, &format!("{METRICS}/pods"), down());
    let connection = often(&mock);
    let reason = |snapshot: &Snapshot| {
        snapshot
            .usage
            .as_ref()
            .is_err_and(|reason| reason.contains("currently unable"))
    };
    connection.wait_for(PATIENCE, reason).expect("a reason");
    mock.settle(&connection);
    mock.heal();
    let usage = with_usage(&connection).usage.expect("usage");

    mock.always(On::List, &format!("{METRICS}/nodes"), down());
    mock.always(On::List, &format!("{METRICS}/pods"), down());
    let stale = connection.wait_for(PATIENCE, |snapshot| {
        snapshot
            .warnings
            .iter()
            .any(|warning| warning.subject == "usage")
    });
    let kept = stale.expect("a warning").usage.expect("the last reading");
    assert_eq!(kept.nodes, usage.nodes);
}

#[test]
fn nodes_may_be_kept_from_us() {
    let mock = MockApi::start();
    let forbidden = Fault::status(403, "Forbidden", "nodes.metrics.k8s.io is forbidden");
    mock.always(On::List, &format!("{METRICS}/nodes"), forbidden);
    let usage = with_usage(&mock.connect()).usage.expect("usage");
    assert!(usage.nodes.is_empty() && !usage.pods.is_empty());
    assert_eq!(
        usage.problems,
        ["nodes: 403 nodes.metrics.k8s.io is forbidden"]
    );
}

#[test]
fn events_of_scaling_are_told() {
    let mock = MockApi::start();
    let snapshot = mock.follow().snapshot();
    let told: Vec<_> = snapshot
        .events
        .iter()
        .map(|event| {
            let object = event.object.to_string();
            (
                event.reason.as_str(),
                object,
                event.from,
                event.to,
                event.count,
                event.warning,
            )
        })
        .collect();
    let web = |kind: &str| format!("{kind} shop/web");
    let pod = "Pod shop/web-6f7d9c-zz9m8".to_owned();
    assert_eq!(
        told,
        [
            (
                "SuccessfulRescale",
                web("HorizontalPodAutoscaler"),
                None,
                Some(3),
                1,
                false
            ),
            (
                "ScalingReplicaSet",
                web("Deployment"),
                Some(2),
                Some(3),
                1,
                false
            ),
            ("FailedScheduling", pod, None, None, 4, true),
        ]
    );
    let series = &snapshot.events[2];
    assert_eq!(series.at.to_rfc3339(), "2026-03-02T08:24:02.654321+00:00");
    assert_eq!(series.component.as_deref(), Some("default-scheduler"));
    assert!(
        snapshot
            .objects
            .values()
            .all(|object| object.kind() != "Event")
    );
}

#[test]
fn a_series_goes_on_and_ends() {
    let mock = MockApi::start();
    let connection = mock.follow();
    mock.wait_for("a watch", |mock| mock.watches(EVENTS).len() == 1);
    mock.edit(EVENTS, "shop", "web-6f7d9c-zz9m8.18c", |event| {
        event["series"] = json!({"count": 5, "lastObservedTime": "2026-03-02T08:29:02.000000Z"});
    });
    mock.edit(EVENTS, "shop", "web-6f7d9c-4kx2p.18d", |event| {
        event["count"] = json!(2);
    });
    let counted = connection.wait_for(PATIENCE, |s| s.events.iter().any(|event| event.count == 5));
    assert_eq!(counted.expect("a count").events.len(), 3);
    mock.delete(EVENTS, "shop", "web-6f7d9c-zz9m8.18c");
    let gone = connection.wait_for(PATIENCE, |snapshot| snapshot.events.len() == 2);
    assert!(gone.is_some());
    mock.compact();
    let relisted = connection.wait_for(PATIENCE, |snapshot| {
        snapshot
            .kinds
            .iter()
            .any(|kind| kind.resource.kind == "Event" && kind.relists == 1)
    });
    assert_eq!(relisted.expect("a list").events.len(), 2);
}
