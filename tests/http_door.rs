//! The switch of the HTTP door: open and close from inside and outside, ports, hosts, origins, and who may not.

mod common;

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use common::server::{Server, admin};
use common::{Bench, program, runtime};
use drydock::house::{self, House};
use drydock_services::http_door::Given;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const WORLDS: &str = "/api/monitoring/worlds";
const DOOR: &str = "/api/monitoring/http-door";

/// Asks as the window does; answers status and envelope.
fn ask(house: &House, name: &str, input: Value) -> (u16, Value) {
    let reply = house.call(&admin(), name, input);
    (reply.status(), reply.envelope())
}

fn data(house: &House, name: &str, input: Value) -> Value {
    let (status, envelope) = ask(house, name, input);
    assert!(status < 400, "{name}: {envelope}");
    envelope["data"].clone()
}

fn is_refused(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_err()
}

/// Status of a request, with a role's token, under a name of this machine.
fn status(server: &Server, role: Option<&str>, host: &str) -> u16 {
    let mut request = server
        .client
        .get(server.url(WORLDS))
        .header("host", format!("{host}:{}", server.address.port()));
    if let Some(role) = role {
        request = request.bearer_auth(server.token(role));
    }
    server.send(request).status
}

#[test]
fn it_opens_for_tokens_and_own_hosts_and_closes_for_all() {
    let server = Server::start(Given::default());
    let port = server.address.port();
    let door = data(&server.house, "http_door", json!({}));
    for (at, value) in [
        ("open", json!(true)),
        ("switchable", json!(true)),
        ("holder", json!("window")),
        ("port", json!(port)),
        ("address", json!(format!("http://127.0.0.1:{port}"))),
        ("by", json!("tester")),
        ("through", json!("window")),
        ("bodyLimitBytes", json!(64 * 1024 * 1024)),
        ("pending", json!([])),
    ] {
        assert_eq!(door[at], value, "{at}: {door}");
    }
    assert_eq!(status(&server, Some("viewer"), "127.0.0.1"), 200);
    assert_eq!(status(&server, None, "127.0.0.1"), 401);
    assert_eq!(status(&server, Some("viewer"), "evil.example"), 403);

    let closed = data(&server.house, "set_http_door", json!({ "open": false }));
    assert_eq!(closed["open"], json!(false), "{closed}");
    assert!(is_refused(port), "a closed door refuses connections");
    let door = data(&server.house, "http_door", json!({}));
    assert_eq!(
        (&door["open"], &door["address"]),
        (&json!(false), &Value::Null)
    );
    let again = data(&server.house, "set_http_door", json!({ "open": false }));
    assert_eq!(again["open"], json!(false), "closing what is closed");
    let (code, refused) = ask(&server.house, "http_sign_in", json!({}));
    assert_eq!(
        (code, &refused["code"]),
        (422, &json!("refused")),
        "{refused}"
    );

    // The port is free at once, and the tokens are the lab's and not the door's.
    let input = json!({ "open": true, "port": port });
    data(&server.house, "set_http_door", input);
    assert_eq!(status(&server, Some("admin"), "localhost"), 200);

    let audit = data(&server.house, "audit", json!({ "limit": 20 }));
    let switched: Vec<(&Value, &Value)> = audit
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["operation"] == json!("set_http_door"))
        .map(|entry| (&entry["input"]["open"], &entry["outcome"]))
        .collect();
    let (ok, yes, no) = (json!("ok"), json!(true), json!(false));
    assert_eq!(
        switched,
        [(&yes, &ok), (&no, &ok), (&no, &ok), (&yes, &ok)],
        "{audit}"
    );
}

#[test]
fn closed_through_itself_it_answers_first() {
    let server = Server::start(Given::default());
    let request = server
        .client
        .put(server.url(DOOR))
        .bearer_auth(server.token("admin"))
        .json(&json!({ "open": false }));
    let answer = server.send(request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["data"]["open"], json!(false));
    server.runtime.block_on(server.switch.closed());
    assert!(is_refused(server.address.port()));
}

#[test]
fn streams_end_with_the_door() {
    let server = Server::start(Given::default());
    let mut request = format!("ws://{}/api/monitoring/stream", server.address)
        .into_client_request()
        .expect("an address");
    let bearer = format!("Bearer {}", server.token("viewer"));
    request
        .headers_mut()
        .insert("authorization", bearer.parse().expect("a header"));
    let (mut socket, _) = runtime()
        .block_on(tokio_tungstenite::connect_async(request))
        .expect("a WebSocket");
    data(&server.house, "set_http_door", json!({ "open": false }));
    // It comes back only when the stream has ended.
    runtime().block_on(async { while let Some(Ok(_)) = socket.next().await {} });
}

#[test]
fn a_port_in_use_is_named_and_nothing_opens() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port();
    let bench = Bench::with_sample();
    let (house, switch) = bench.open_with(Given::default());
    let (status, refused) = ask(
        &house,
        "set_http_door",
        json!({ "open": true, "port": port }),
    );
    assert_eq!(
        (status, &refused["code"], &refused["details"]["port"]),
        (409, &json!("conflict"), &json!(port)),
        "{refused}"
    );
    let said = refused["error"].as_str().expect("a message");
    assert!(said.contains(&port.to_string()), "{said}");
    assert!(switch.address().is_none());
    let door = data(&house, "http_door", json!({}));
    assert_eq!(
        (&door["open"], &door["problem"]),
        (&json!(false), &json!(said))
    );

    let door = data(&house, "set_http_door", json!({ "open": true }));
    assert_eq!(
        (&door["open"], &door["problem"]),
        (&json!(true), &Value::Null)
    );
    let (status, refused) = ask(
        &house,
        "set_http_door",
        json!({ "open": true, "port": port }),
    );
    assert_eq!(status, 409, "it is open elsewhere: {refused}");
    let (status, refused) = ask(&house, "set_http_door", json!({ "open": false, "port": 1 }));
    assert_eq!(
        (status, &refused["details"]["field"]),
        (400, &json!("port")),
        "{refused}"
    );
}

#[test]
fn a_process_without_the_door_says_what_to_do() {
    let bench = Bench::with_sample();
    // Nobody else owns the lab, so that the command does while it runs.
    let call =
        |name: &str, input: &str| program::drydock(&bench.lab(), &["--json", "call", name, input]);
    let door = call("http_door", "{}").json()["data"].clone();
    assert_eq!(
        (&door["open"], &door["switchable"]),
        (&json!(false), &json!(false)),
        "{door}"
    );
    for (name, input) in [
        ("set_http_door", r#"{"open": true}"#),
        ("http_sign_in", "{}"),
    ] {
        let refused = call(name, input);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        assert!(
            refused.stderr.contains(r#""code":"refused""#)
                && refused.stderr.contains("drydock serve"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn hosts_and_limits_are_the_settings_and_count_from_the_next_opening() {
    let server = Server::start_with(&[
        ("http.hosts", json!(["lab.example"])),
        ("http.body_limit_mib", json!(1)),
    ]);
    let door = data(&server.house, "http_door", json!({}));
    assert_eq!(
        (&door["hosts"], &door["bodyLimitBytes"]),
        (&json!(["lab.example"]), &json!(1024 * 1024))
    );
    assert_eq!(status(&server, Some("viewer"), "lab.example"), 200);
    assert_eq!(status(&server, Some("viewer"), "LAB.example"), 200);
    assert_eq!(status(&server, Some("viewer"), "desk"), 403);

    let input = json!({ "key": "http.hosts", "value": ["desk"] });
    data(&server.house, "set_setting", input);
    assert_eq!(status(&server, Some("viewer"), "desk"), 403, "not yet");
    let door = data(&server.house, "http_door", json!({}));
    assert_eq!(door["pending"], json!(["http.hosts"]), "{door}");

    let port = server.address.port();
    data(&server.house, "set_http_door", json!({ "open": false }));
    let input = json!({ "open": true, "port": port });
    let door = data(&server.house, "set_http_door", input);
    assert_eq!(door["pending"], json!([]), "{door}");
    assert_eq!(status(&server, Some("viewer"), "desk"), 200);
    assert_eq!(status(&server, Some("viewer"), "lab.example"), 403);
}

#[test]
fn origins_may_read_with_a_token_where_they_are_set() {
    let server = Server::start_with(&[("http.origins", json!(["http://localhost:5173"]))]);
    let read = |origin: &str| {
        let request = server
            .client
            .get(server.url(WORLDS))
            .bearer_auth(server.token("viewer"))
            .header("origin", origin);
        let answer = server.send(request);
        answer.header("access-control-allow-origin").to_owned()
    };
    assert_eq!(read("http://localhost:5173"), "http://localhost:5173");
    assert_eq!(read("http://localhost:5174"), "");
    let preflight = |host: Option<&str>| {
        let mut request = server
            .client
            .request(reqwest::Method::OPTIONS, server.url(WORLDS))
            .header("origin", "http://localhost:5173")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let answer = server.send(request);
        (
            answer.status,
            answer.header("access-control-allow-headers").to_owned(),
            answer.header("access-control-allow-credentials").to_owned(),
        )
    };
    let (status, allowed, credentials) = preflight(None);
    assert_eq!((status, credentials.as_str()), (200, ""));
    assert!(allowed.contains("authorization"), "{allowed}");
    assert_eq!(
        preflight(Some("evil.example")).0,
        403,
        "the Host is looked at first"
    );
}

#[test]
fn a_sign_in_address_works_once() {
    let server = Server::start(Given::default());
    let given = data(&server.house, "http_sign_in", json!({}));
    let url = given["url"].as_str().expect("an address");
    let (base, code) = url.split_once("/?code=").expect("a code");
    assert_eq!(base, server.url(""));
    let exchange = || {
        let request = server
            .client
            .post(server.url("/api/monitoring/auth/exchange"))
            .json(&json!({ "code": code }));
        server.send(request).status
    };
    assert_eq!((exchange(), exchange()), (200, 401));
    let audit = data(&server.house, "audit", json!({ "limit": 20 })).to_string();
    assert!(
        audit.contains("http_sign_in") && !audit.contains(code),
        "{audit}"
    );
}

#[test]
fn serve_goes_by_its_option_and_ends_with_its_door() {
    let bench = Bench::with_sample();
    let set = program::drydock(
        &bench.lab(),
        &[
            "call",
            "set_setting",
            r#"{"key": "http.port", "value": 4321}"#,
        ],
    );
    assert!(set.success(), "{}", set.stderr);
    let mut serving = program::command(&bench.lab(), &["--json", "serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(serving.stdout.take().expect("stdout"))
        .read_line(&mut line)
        .expect("a line");
    let printed: Value = serde_json::from_str(&line).expect("JSON");

    let attached = house::open(&bench.lab(), &std::collections::BTreeMap::new()).expect("attached");
    let door = data(&attached, "http_door", json!({}));
    assert_eq!(door["address"], printed["address"], "{door}");
    assert_eq!(
        (&door["holder"], &door["through"]),
        (&json!("serve"), &json!("command_line"))
    );
    assert_ne!(door["port"], json!(4321), "the option wins");
    let rows = data(&attached, "settings", json!({}));
    let row = rows
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["key"] == json!("http.port"))
        .expect("the port");
    assert_eq!(
        (&row["value"], &row["overruled"]),
        (&json!(4321), &json!(0))
    );

    data(&attached, "set_http_door", json!({ "open": false }));
    let ended = serving.wait().expect("ended");
    assert!(ended.success(), "{ended}");
}
