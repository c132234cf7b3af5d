//! What a user may not read is named, and the rest is read.

use drydock_connect::kubernetes::{ConnectError, Connection, State};
use serde_json::json;

use crate::mock_api::{Fault, MockApi, On, PATIENCE, objects};

const NODES: &str = "/api/v1/nodes";

fn forbidden(verb: &str) -> Fault {
    let message = format!(
        "nodes is forbidden: User \"jane\" cannot {verb} resource \"nodes\" in API group \"\" at the cluster scope"
    );
    Fault::status(403, "Forbidden", &message)
}

#[test]
fn a_kind_that_may_not_be_listed_is_a_warning() {
    let mock = MockApi::start();
    mock.always(On::List, NODES, forbidden("list"));
    let connection = mock.connect();
    let snapshot = connection
        .wait_until_synced(PATIENCE)
        .expect("the rest is there");
    let mut expected = mock.expected();
    expected.retain(|key, _| key.kind != "Node");
    assert_eq!(objects(&snapshot), expected);
    assert!(snapshot.as_of.is_some());
    let [warning] = snapshot.warnings.as_slice() else {
        panic!("{:?}", snapshot.warnings)
    };
    assert_eq!(warning.subject, "v1 Node");
    for part in [
        "may not be listed",
        "User \"jane\" cannot list",
        "grant list and watch on nodes",
    ] {
        assert!(warning.message.contains(part), "{warning:?}");
    }
    mock.heal();
    let granted = connection.wait_for(PATIENCE, |snapshot| snapshot.warnings.is_empty());
    assert_eq!(objects(&granted.expect("no warning")), mock.expected());
}

#[test]
fn a_kind_that_may_not_be_watched_is_listed_now_and_then() {
    let mock = MockApi::start();
    mock.always(On::Watch, NODES, forbidden("watch"));
    let connection = mock.connect();
    let refused = connection.wait_for(PATIENCE, |snapshot| !snapshot.warnings.is_empty());
    let refused = refused.expect("a warning");
    assert!(
        refused.warnings[0]
            .message
            .contains("may be listed but not watched")
    );
    mock.edit(NODES, "", "node-a", |node| {
        node["spec"]["unschedulable"] = json!(true);
    });
    mock.settle(&connection);
}

#[test]
fn a_right_that_is_taken_away_leaves_what_was_known() {
    let mock = MockApi::start();
    let connection = mock.follow();
    mock.wait_for("a watch", |mock| mock.watches(NODES).len() == 1);
    mock.always(On::List, NODES, forbidden("list"));
    mock.always(On::Watch, NODES, forbidden("watch"));
    mock.end_watches(NODES);
    let snapshot = connection.wait_for(PATIENCE, |snapshot| {
        snapshot
            .warnings
            .iter()
            .any(|warning| warning.message.contains("may not be listed"))
    });
    assert_eq!(objects(&snapshot.expect("a warning")), mock.expected());
}

#[test]
fn credentials_that_expire_are_shown_and_recovered_from() {
    let mock = MockApi::start();
    let connection = mock.follow();
    mock.wait_for("a watch", |mock| mock.watches(NODES).len() == 1);
    mock.want_token(Some("a new one"));
    mock.end_watches(NODES);
    let expired = connection.wait_for(PATIENCE, |s| matches!(s.state, State::Reconnecting { .. }));
    let expired = expired.expect("it shows");
    let State::Reconnecting { error, .. } = &expired.state else {
        unreachable!()
    };
    assert!(error.ends_with(": 401 Unauthorized"), "{error}");
    assert_eq!(objects(&expired), mock.expected());
    mock.want_token(None);
    mock.settle(&connection);
}

#[test]
fn a_server_that_lets_nothing_be_seen_is_an_error() {
    let check = |fault: Fault, is_right: fn(&ConnectError) -> bool, parts: &[&str]| {
        let mock = MockApi::start();
        mock.always(On::List, "/api/v1", fault);
        let error = Connection::open(mock.config())
            .err()
            .expect("no connection");
        assert!(is_right(&error), "{error:?}");
        let text = error.to_string();
        for part in parts.iter().chain(&["the given address", &mock.url()]) {
            assert!(text.contains(part), "{text} without {part}");
        }
    };
    check(
        Fault::status(401, "Unauthorized", "Unauthorized"),
        |error| matches!(error, ConnectError::Unauthorized { .. }),
        &["401", "log in again"],
    );
    check(
        Fault::status(
            403,
            "Forbidden",
            "forbidden: User \"jane\" cannot get path \"/api/v1\"",
        ),
        |error| matches!(error, ConnectError::Forbidden { .. }),
        &["403", "jane", "system:discovery"],
    );
    check(
        Fault::Answer(200, Vec::new(), "<html>Welcome to nginx!</html>".to_owned()),
        |error| matches!(error, ConnectError::NotAnApi { .. }),
        &["no JSON"],
    );
    check(
        Fault::status(
            404,
            "NotFound",
            "the server could not find the requested resource",
        ),
        |error| matches!(error, ConnectError::NotAnApi { .. }),
        &["404"],
    );
    check(
        Fault::status(500, "InternalError", "etcd is away"),
        |error| matches!(error, ConnectError::Failing { .. }),
        &["etcd is away", "try again later"],
    );
}

#[test]
fn a_server_that_fails_for_a_moment_is_no_error() {
    let mock = MockApi::start();
    mock.fault(
        On::List,
        "/api/v1",
        2,
        Fault::status(503, "ServiceUnavailable", "starting"),
    );
    mock.follow();
}

#[test]
fn a_group_that_does_not_answer_is_a_warning_and_asked_again() {
    let mock = MockApi::start();
    mock.fault(
        On::List,
        "/apis/apps/v1",
        1,
        Fault::status(503, "ServiceUnavailable", "starting"),
    );
    let connection = mock.connect();
    assert_eq!(mock.settle(&connection).warnings, []);
    assert!(mock.lists("/apis/apps/v1").len() >= 2);
}
