//! Watches, and all that can become of them: what is shown in the end is the cluster as it is.

use std::time::Duration;

use drydock_connect::kubernetes::{
    Config, Connection, KindState, KindStatus, Snapshot, State, Timing,
};
use serde_json::{Value, json};

use crate::mock_api::{Fault, MockApi, On, PATIENCE, objects};

const PODS: &str = "/api/v1/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";

fn status(snapshot: &Snapshot, kind: &str) -> KindStatus {
    let status = snapshot
        .kinds
        .iter()
        .find(|status| status.resource.kind == kind);
    status.expect("a kind").clone()
}

/// Waits until a kind is watched for the nth time.
fn watched(mock: &MockApi, connection: &Connection, times: usize) {
    mock.wait_for("a watch", |mock| mock.watches(PODS).len() >= times);
    let watching = |snapshot: &Snapshot| status(snapshot, "Pod").state == KindState::Watching;
    connection.wait_for(PATIENCE, watching).expect("a watch");
}

fn with(mock: &MockApi, change: impl FnOnce(&mut Timing)) -> Connection {
    let mut config: Config = mock.config();
    change(&mut config.timing);
    Connection::open(config).expect("connected")
}

fn new_pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {"containers": []}})
}

fn add_edit_delete(mock: &MockApi) {
    mock.put(new_pod("web-6f7d9c-new01"));
    mock.edit(PODS, "shop", "web-6f7d9c-4kx2p", |pod| {
        pod["status"]["phase"] = json!("Failed");
    });
    mock.delete(PODS, "shop", "web-6f7d9c-b7t5q");
}

fn version_of(request: &crate::mock_api::Request) -> u64 {
    let version = request.query("resourceVersion").unwrap_or_default();
    version.parse().expect("a version")
}

#[test]
fn what_happens_is_followed() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    let before = connection.snapshot();
    add_edit_delete(&mock);
    let snapshot = mock.settle(&connection);
    let pods = status(&snapshot, "Pod");
    assert_eq!((pods.events, pods.relists, pods.reconnects), (3, 0, 0));
    assert_eq!(pods.resource_version, Some(mock.version().to_string()));
    assert!(
        objects(&before) != objects(&snapshot),
        "an earlier snapshot stays as it was"
    );
    // A name that comes back is another object.
    mock.put(new_pod("web-6f7d9c-b7t5q"));
    mock.settle(&connection);
}

#[test]
fn credentials_are_dropped_from_events_too() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    mock.edit(DEPLOYMENTS, "shop", "web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["env"][1]["name"] = json!("API_TOKEN");
    });
    let snapshot = mock.settle(&connection);
    let fields: Vec<_> = snapshot
        .dropped
        .iter()
        .filter(|(key, _)| key.kind == "Deployment")
        .flat_map(|(_, fields)| fields)
        .collect();
    assert_eq!(fields, ["spec.template.spec.containers[0].env[API_TOKEN]"]);
}

#[test]
fn a_watch_goes_on_from_a_bookmark() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    mock.bookmark(PODS, "v1", "Pod");
    let marked = connection.wait_for(PATIENCE, |snapshot| status(snapshot, "Pod").bookmarks == 1);
    assert_eq!(status(&marked.expect("a bookmark"), "Pod").events, 0);
    mock.end_watches(PODS);
    watched(&mock, &connection, 2);
    assert_eq!(version_of(&mock.watches(PODS)[1]), mock.version());
    add_edit_delete(&mock);
    let pods = status(&mock.settle(&connection), "Pod");
    assert_eq!((pods.relists, pods.reconnects), (0, 1));
    assert_eq!(mock.lists(PODS).len(), 2, "the pages of the first list");
}

#[test]
fn what_happens_between_two_watches_is_not_missed() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    let known = mock.version();
    mock.fault(
        On::Watch,
        PODS,
        3,
        Fault::status(503, "ServiceUnavailable", "starting"),
    );
    mock.end_watches(PODS);
    mock.wait_for("a refused watch", |mock| mock.watches(PODS).len() >= 2);
    add_edit_delete(&mock);
    mock.wait_for("a watch", |mock| mock.watches(PODS).len() >= 5);
    mock.settle(&connection);
    assert!(
        mock.watches(PODS)
            .iter()
            .all(|watch| version_of(watch) >= known)
    );
}

#[test]
fn a_connection_that_breaks_in_the_midst_of_a_line_loses_nothing() {
    let mock = MockApi::start();
    mock.fault(On::Watch, PODS, 1, Fault::BreaksMidLine);
    let connection = mock.follow();
    mock.wait_for("a watch", |mock| mock.watches(PODS).len() == 1);
    let known = mock.version();
    add_edit_delete(&mock);
    let pods = status(&mock.settle(&connection), "Pod");
    assert_eq!((pods.relists, pods.reconnects, pods.events), (0, 1, 3));
    let versions: Vec<u64> = mock.watches(PODS).iter().map(version_of).collect();
    assert_eq!(
        versions,
        [known, known],
        "from the last version that was understood"
    );
}

#[test]
fn a_line_that_does_not_read_loses_nothing() {
    let lines = [
        "<html>",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"99999\"}}}",
        "{\"type\":\"TELEPORTED\",\"object\":{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"99999\"}}}",
        "[]",
    ];
    for line in lines {
        let mock = MockApi::start();
        mock.fault(On::Watch, PODS, 1, Fault::Garbles(line.to_owned()));
        let connection = mock.follow();
        mock.wait_for("a watch", |mock| mock.watches(PODS).len() == 1);
        add_edit_delete(&mock);
        let pods = status(&mock.settle(&connection), "Pod");
        assert_eq!((pods.relists, pods.events), (0, 3), "{line}");
    }
}

#[test]
fn a_version_that_only_makes_nonsense_is_given_up() {
    let garbage = || Fault::Lines(vec!["{\"type\":".to_owned()]);
    for fault in [
        Fault::error_event(500, "InternalError"),
        Fault::Lines(vec!["nonsense".to_owned()]),
        Fault::status(
            504,
            "Timeout",
            "Too large resource version: 9999, current: 1020",
        ),
    ] {
        let mock = MockApi::start();
        mock.fault(On::Watch, PODS, 3, fault);
        let connection = mock.follow();
        watched(&mock, &connection, 4);
        add_edit_delete(&mock);
        let pods = status(&mock.settle(&connection), "Pod");
        assert_eq!((pods.relists, pods.reconnects), (1, 2));
    }
    // Half a line is a broken connection, not nonsense.
    let mock = MockApi::start();
    mock.fault(On::Watch, PODS, 3, garbage());
    let connection = mock.follow();
    watched(&mock, &connection, 4);
    add_edit_delete(&mock);
    mock.settle(&connection);
}

#[test]
fn a_version_that_is_gone_means_to_list_anew() {
    for fault in [
        Fault::error_event(410, "Expired"),
        Fault::error_event(410, "Gone"),
        Fault::expired(),
        Fault::Answer(410, Vec::new(), "gone".to_owned()),
    ] {
        let mock = MockApi::start();
        let connection = mock.follow();
        watched(&mock, &connection, 1);
        // What happens now is told by no watch: neither the new pod, nor that one is gone.
        mock.fault(On::Watch, PODS, 1, fault);
        mock.end_watches(PODS);
        mock.compact();
        add_edit_delete(&mock);
        mock.compact();
        let pods = status(&mock.settle(&connection), "Pod");
        assert!(pods.relists >= 1, "{pods:?}");
    }
}

#[test]
fn one_that_is_always_told_gone_comes_through() {
    for fault in [Fault::error_event(410, "Expired"), Fault::expired()] {
        let mock = MockApi::start();
        mock.always(On::Watch, PODS, fault);
        let connection = mock.follow();
        add_edit_delete(&mock);
        mock.settle(&connection);
        mock.heal();
        add_again(&mock);
        mock.settle(&connection);
    }
}

fn add_again(mock: &MockApi) {
    mock.put(new_pod("web-6f7d9c-again"));
}

#[test]
fn refused_watches_are_begun_again() {
    let wait = |seconds: &str| vec![("Retry-After", seconds.to_owned())];
    for fault in [
        Fault::status(500, "InternalError", "etcd is away"),
        Fault::Answer(429, wait("0"), "Too many requests".to_owned()),
        Fault::status(401, "Unauthorized", "Unauthorized"),
        Fault::status(400, "BadRequest", "invalid resource version"),
        Fault::Answer(502, Vec::new(), "<html>bad gateway</html>".to_owned()),
    ] {
        let mock = MockApi::start();
        mock.fault(On::Watch, PODS, 2, fault);
        let connection = mock.follow();
        watched(&mock, &connection, 3);
        add_edit_delete(&mock);
        mock.settle(&connection);
    }
}

#[test]
fn a_slow_watch_is_followed() {
    let mock = MockApi::start();
    mock.always(On::Watch, PODS, Fault::Slow);
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    add_edit_delete(&mock);
    let pods = status(&mock.settle(&connection), "Pod");
    assert_eq!((pods.events, pods.relists, pods.reconnects), (3, 0, 0));
}

#[test]
fn a_watch_that_falls_silent_is_given_up() {
    let mock = MockApi::start();
    mock.fault(On::Watch, PODS, 1, Fault::Mute);
    let connection = with(&mock, |timing| timing.stall = Duration::from_millis(200));
    mock.wait_for("a watch", |mock| mock.watches(PODS).len() == 1);
    add_edit_delete(&mock);
    mock.settle(&connection);
    assert!(mock.watches(PODS).len() >= 2);
}

/// The wait is an hour: were there none, the watch would begin again at once and be seen.
#[test]
fn a_watch_that_ends_at_once_is_not_begun_again_at_once() {
    let mock = MockApi::start();
    mock.always(On::Watch, PODS, Fault::Lines(Vec::new()));
    mock.always(On::Watch, "/api/v1/nodes", Fault::expired());
    let connection = with(&mock, |timing| {
        timing.first_backoff = Duration::from_hours(1);
        timing.longest_backoff = Duration::from_hours(1);
    });
    let waiting = connection.wait_for(PATIENCE, |snapshot| {
        let waits = |kind| status(snapshot, kind).state == KindState::Waiting;
        waits("Pod") && waits("Node") && snapshot.state == State::Connected
    });
    assert_eq!(objects(&waiting.expect("it waits")), mock.expected());
    // Time for many more, were there no wait.
    for replicas in 0..20 {
        mock.edit(DEPLOYMENTS, "shop", "web", |web| {
            web["spec"]["replicas"] = json!(replicas);
        });
        mock.settle(&connection);
    }
    assert_eq!(mock.watches(PODS).len(), 1);
    assert_eq!(mock.watches("/api/v1/nodes").len(), 1);
}

#[test]
fn a_server_that_goes_away_is_waited_for() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    let before = connection.snapshot();
    mock.set_down(true);
    let down = connection.wait_for(PATIENCE, |snapshot| {
        let failing = |kind: &KindStatus| matches!(kind.state, KindState::Reconnecting { .. });
        snapshot.kinds.iter().all(failing)
    });
    let down = down.expect("it shows");
    let State::Reconnecting { since, error } = &down.state else {
        panic!("{:?}", down.state)
    };
    assert!(error.starts_with("v1 ") || error.contains('/'), "{error}");
    assert!(down.as_of.is_some_and(|as_of| as_of <= *since));
    assert_eq!(objects(&down), objects(&before), "what was known stays");

    add_edit_delete(&mock);
    mock.set_down(false);
    let up = mock.settle(&connection);
    let pods = status(&up, "Pod");
    assert_eq!(pods.relists, 0, "it goes on where it stood");
    assert!(pods.reconnects >= 1 && up.as_of > down.as_of);
}

#[test]
fn versions_forgotten_while_the_server_is_away_mean_to_list_anew() {
    let mock = MockApi::start();
    let connection = mock.follow();
    watched(&mock, &connection, 1);
    mock.set_down(true);
    connection
        .wait_for(PATIENCE, |s| matches!(s.state, State::Reconnecting { .. }))
        .expect("it shows");
    add_edit_delete(&mock);
    mock.compact();
    mock.set_down(false);
    let listed = |snapshot: &Snapshot| snapshot.kinds.iter().all(|kind| kind.relists >= 1);
    connection.wait_for(PATIENCE, listed).expect("every kind");
    mock.settle(&connection);
}
