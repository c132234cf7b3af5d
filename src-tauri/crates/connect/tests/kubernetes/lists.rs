//! Lists that go wrong in the midst: what comes out is the cluster at one moment, whole.

use std::time::Duration;

use drydock_connect::kubernetes::{Config, Connection, KindState, State, Timing};
use serde_json::json;

use crate::mock_api::{Fault, MockApi, On, PATIENCE, objects};

const PODS: &str = "/api/v1/pods";
const NODES: &str = "/api/v1/nodes";

/// A pod that sorts before all others: a list that mixes two moments shows the later pods and not this one.
fn first_pod() -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "aaa", "namespace": "default"}, "spec": {"containers": []}})
}

#[test]
fn a_list_that_is_forgotten_between_pages_begins_anew() {
    let mock = MockApi::start();
    mock.meanwhile(|store| {
        store.put(first_pod());
        store.delete(PODS, "kube-system", "coredns-5d78c");
    });
    mock.fault(On::Continue, PODS, 1, Fault::ForgetsList);
    let connection = mock.follow();
    let lists = mock.lists(PODS);
    let continued: Vec<bool> = lists
        .iter()
        .map(|list| list.query("continue").is_some())
        .collect();
    assert_eq!(continued, [false, true, false, true], "from the start");
    // The pod of the first page that is gone since is in no list and no watch, and may not stay.
    assert_eq!(objects(&connection.snapshot()), mock.expected());
}

#[test]
fn a_list_that_is_forgotten_again_and_again_is_asked_for_at_once() {
    let mock = MockApi::start();
    mock.always(On::Continue, PODS, Fault::expired());
    mock.follow();
    let limits: Vec<_> = mock
        .lists(PODS)
        .iter()
        .filter(|list| list.query("continue").is_none())
        .map(|list| list.query("limit"))
        .collect();
    let two = || Some("2".to_owned());
    assert_eq!(limits, [two(), two(), None]);
}

#[test]
fn a_page_that_fails_is_asked_for_again_and_not_the_list() {
    for (code, reason) in [
        (500, "InternalError"),
        (429, "TooManyRequests"),
        (503, "ServiceUnavailable"),
    ] {
        let mock = MockApi::start();
        mock.fault(
            On::Continue,
            PODS,
            2,
            Fault::status(code, reason, "not now"),
        );
        mock.follow();
        let lists = mock.lists(PODS);
        let continued: Vec<bool> = lists
            .iter()
            .map(|list| list.query("continue").is_some())
            .collect();
        assert_eq!(continued, [false, true, true, true], "{code}");
    }
}

#[test]
fn whatever_a_list_meets_it_comes_through() {
    let text = |code, body: &str| Fault::Answer(code, Vec::new(), body.to_owned());
    let faults = [
        ("500", Fault::status(500, "InternalError", "etcd is away")),
        ("503 in words", text(503, "no healthy upstream")),
        (
            "401 for a moment",
            Fault::status(401, "Unauthorized", "Unauthorized"),
        ),
        (
            "a page of a proxy",
            text(200, "<html><body>Sign in</body></html>"),
        ),
        (
            "cut off JSON",
            text(200, "{\"kind\":\"PodList\",\"items\":[{\"metadata\":"),
        ),
        ("no list", text(200, "{\"kind\":\"Pod\"}")),
        (
            "no version",
            text(200, "{\"kind\":\"PodList\",\"items\":[]}"),
        ),
        (
            "a Status that says 200",
            text(200, "{\"kind\":\"Status\",\"code\":500}"),
        ),
        ("nothing", text(200, "")),
        ("an odd redirect", text(302, "")),
        ("a stale list", Fault::expired()),
        (
            "too old to go on",
            Fault::status(400, "BadRequest", "continue key is not valid"),
        ),
    ];
    for (name, fault) in faults {
        for on in [On::List, On::Continue] {
            let mock = MockApi::start();
            mock.fault(on, PODS, 2, fault.clone());
            let connection = mock.connect();
            mock.wait_for(name, |mock| mock.lists(PODS).len() >= 3);
            mock.settle(&connection);
        }
    }
}

#[test]
fn a_slow_server_is_waited_for() {
    let mock = MockApi::start();
    for path in [PODS, NODES] {
        mock.always(On::List, path, Fault::Slow);
    }
    let connection = mock.follow();
    assert_eq!(mock.lists(NODES).len(), 1, "asked once");
    let nodes = connection
        .snapshot()
        .objects
        .values()
        .filter(|o| o.kind() == "Node")
        .count();
    assert_eq!(nodes, 2);
}

#[test]
fn a_server_that_does_not_answer_is_asked_again() {
    let mock = MockApi::start();
    mock.fault(On::List, PODS, 1, Fault::Hangs);
    let timing = Timing {
        answer: Duration::from_millis(500),
        ..mock.config().timing
    };
    let config = Config {
        timing,
        ..mock.config()
    };
    let connection = Connection::open(config).expect("connected");
    mock.settle(&connection);
    assert!(
        mock.lists(PODS).len() >= 3,
        "two pages, and the one that hung"
    );
}

#[test]
fn failures_are_shown_while_they_last_and_the_rest_goes_on() {
    let mock = MockApi::start();
    mock.always(
        On::List,
        PODS,
        Fault::status(500, "InternalError", "etcd is away"),
    );
    let connection = mock.connect();
    let failing = connection.wait_for(PATIENCE, |snapshot| {
        let nodes = snapshot
            .objects
            .values()
            .filter(|o| o.kind() == "Node")
            .count();
        nodes == 2 && matches!(snapshot.state, State::Reconnecting { .. })
    });
    let failing = failing.expect("the failure shows");
    let State::Reconnecting { since, error } = &failing.state else {
        panic!("{:?}", failing.state)
    };
    assert_eq!(error, "v1 Pod: 500 etcd is away");
    assert_eq!(failing.as_of, None, "pods were never there");

    mock.wait_for("more attempts", |mock| mock.lists(PODS).len() >= 5);
    let State::Reconnecting { since: still, .. } = connection.snapshot().state else {
        panic!("still failing")
    };
    assert_eq!(still, *since, "since the first failure");
    mock.heal();
    assert!(mock.settle(&connection).as_of.is_some());
}

/// Both kinds fail for ever, and only one is told to wait. Were the header not heard, both would be asked alike.
#[test]
fn retry_after_is_heard() {
    let mock = MockApi::start();
    let wait = vec![("Retry-After", "3600".to_owned())];
    let body = "Too many requests, please try again later.".to_owned();
    mock.always(On::List, PODS, Fault::Answer(429, wait, body));
    mock.always(
        On::List,
        NODES,
        Fault::status(429, "TooManyRequests", "no header"),
    );
    let connection = mock.connect();
    mock.wait_for("attempts", |mock| mock.lists(NODES).len() >= 20);
    assert_eq!(mock.lists(PODS).len(), 1);
    let snapshot = connection.snapshot();
    let pods = snapshot
        .kinds
        .iter()
        .find(|kind| kind.resource.kind == "Pod")
        .expect("pods");
    let KindState::Reconnecting { error, .. } = &pods.state else {
        panic!("{:?}", pods.state)
    };
    assert_eq!(error, "429 Too many requests, please try again later.");
}
