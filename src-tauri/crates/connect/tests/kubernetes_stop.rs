//! A connection that is stopped or dropped leaves nothing behind: no thread, no connection to the server.

mod mock_api;

use drydock_connect::kubernetes::{Connection, State};
use mock_api::{Fault, MockApi, On, objects};

/// Threads of this process that belong to a connection.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("tasks");
    tasks
        .filter(|task| {
            let name = task.as_ref().expect("a task").path().join("comm");
            std::fs::read_to_string(name).is_ok_and(|name| name.trim() == "drydock-k8s")
        })
        .count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    0
}

/// One test, since threads are counted in the whole process.
#[test]
fn nothing_is_left_behind() {
    let mock = MockApi::start();
    let mut connection = mock.follow();
    mock.wait_for("connections", |mock| mock.connections() > 0);
    #[cfg(target_os = "linux")]
    assert_eq!(threads(), 1);
    connection.stop();
    assert_eq!(threads(), 0);
    mock.wait_for("the end of all connections", |mock| mock.connections() == 0);
    let last = connection.snapshot();
    assert_eq!(last.state, State::Stopped);
    assert_eq!(objects(&last), mock.expected(), "what was known stays");
    connection.stop();

    // While it fails, lists and waits, too.
    mock.always(On::List, "/api/v1/pods", Fault::Hangs);
    mock.always(On::List, "/api/v1/nodes", Fault::status(500, "", ""));
    let connection = mock.connect();
    mock.wait_for("a list that hangs", |mock| mock.connections() > 0);
    drop(connection);
    assert_eq!(threads(), 0);
    mock.wait_for("the end of all connections", |mock| mock.connections() == 0);

    // And where there was no connection to begin with.
    mock.always(On::List, "/api/v1", Fault::status(401, "", ""));
    assert!(Connection::open(mock.config()).is_err());
    mock.wait_for("the end of all connections", |mock| mock.connections() == 0);
    let gone = |_: &MockApi| threads() == 0;
    mock.wait_for("the end of the thread", gone);
}
