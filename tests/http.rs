//! The HTTP door: who is let in, what is refused before the table, the bundle, and the stream.

mod common;

use common::server::{Answer, Server};
use drydock_services::http_door::Given;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const WORLDS: &str = "/api/monitoring/worlds";

fn server() -> Server {
    Server::start(Given::default())
}

fn code(answer: &Answer) -> String {
    answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Signs in as a browser does; answers the cookie.
fn sign_in(server: &Server) -> String {
    let url = server.sign_in_url();
    let (_, code) = url.split_once("?code=").expect("a code in the address");
    let answer = server.send(
        server
            .client
            .post(server.url("/api/monitoring/auth/exchange"))
            .json(&json!({ "code": code })),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("set-cookie").to_owned()
}

#[test]
fn host_is_looked_at_first() {
    let server = server();
    let port = server.address.port();
    let check = |host: &str, status: u16| {
        let request = server
            .client
            .get(server.url(WORLDS))
            .bearer_auth(server.token("viewer"))
            .header("host", host);
        let answer = server.send(request);
        assert_eq!(answer.status, status, "{host}: {}", answer.text());
    };
    check(&format!("127.0.0.1:{port}"), 200);
    check(&format!("localhost:{port}"), 200);
    check(&format!("LOCALHOST:{port}"), 200);
    check(&format!("[::1]:{port}"), 200);
    check("127.0.0.1", 403);
    check(&format!("127.0.0.1:{}", port ^ 1), 403);
    check(&format!("evil.example:{port}"), 403);
    check(&format!("127.0.0.1.evil.example:{port}"), 403);
    // The page too: only then is an answer about the host before all else.
    let answer = server.send(
        server
            .client
            .get(server.url("/"))
            .header("host", "evil.example"),
    );
    assert_eq!(answer.status, 403);
}

#[test]
fn tokens_let_in_and_are_private() {
    let server = server();
    let check = |authorization: Option<String>, status: u16| {
        let mut request = server.client.get(server.url(WORLDS));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        assert_eq!(server.send(request).status, status);
    };
    for role in ["viewer", "operator", "admin"] {
        check(Some(format!("Bearer {}", server.token(role))), 200);
        check(Some(format!("bearer {}", server.token(role))), 200);
    }
    check(None, 401);
    check(Some("Bearer".to_owned()), 401);
    check(Some(format!("Bearer {}0", server.token("admin"))), 401);
    check(Some(format!("Basic {}", server.token("admin"))), 401);
    assert_eq!(server.token("viewer").len(), 64);
    assert_ne!(server.token("viewer"), server.token("admin"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in ["test.lab.tokens", "test.lab.sock"] {
            let mode = std::fs::metadata(server.bench.path().join(file))
                .expect(file)
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

#[test]
fn refusals_at_the_door_are_audited() {
    let server = server();
    server.send(server.client.get(server.url(WORLDS)));
    let request = server
        .client
        .get(server.url("/api/monitoring/audit"))
        .query(&[("limit", "1")]);
    let answer = server
        .send(request.bearer_auth(server.token("operator")))
        .json();
    let entry = &answer["data"][0];
    assert_eq!(entry["operation"], json!("worlds"), "{answer}");
    assert_eq!(entry["outcome"], json!("refused"), "{answer}");
    assert_eq!(entry["code"], json!("unauthorized"), "{answer}");
}

#[test]
fn a_code_becomes_a_cookie_once() {
    let server = server();
    let url = server.sign_in_url();
    let (_, secret) = url.split_once("?code=").expect("a code in the address");
    assert_eq!(secret.len(), 32, "128 bits");
    let exchange = |code: &str| {
        server.send(
            server
                .client
                .post(server.url("/api/monitoring/auth/exchange"))
                .json(&json!({ "code": code })),
        )
    };
    assert_eq!(exchange("0").status, 401);
    let cookie = exchange(secret).header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(exchange(secret).status, 401, "a second time");
    let get = |cookie: &str| {
        server
            .send(
                server
                    .client
                    .get(server.url(WORLDS))
                    .header("cookie", cookie),
            )
            .status
    };
    let pair = cookie.split(';').next().expect("a pair");
    assert_eq!(get(pair), 200);
    assert_eq!(get(&format!("other=1; {pair}")), 200);
    assert_eq!(get(&format!("{pair}0")), 401);
}

#[test]
fn a_cookie_changes_things_only_from_its_own_page() {
    let server = server();
    let cookie = sign_in(&server);
    let pair = cookie.split(';').next().expect("a pair");
    let own = format!("http://{}", server.address);
    let check = |origin: Option<&str>, status: u16| {
        let mut request = server
            .client
            .post(server.url("/api/monitoring/session/pause"))
            .header("cookie", pair)
            .json(&json!({}));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = server.send(request);
        assert_eq!(answer.status, status, "{origin:?}: {}", answer.text());
        assert!(
            answer.header("access-control-allow-origin").is_empty(),
            "no CORS"
        );
    };
    check(Some(&own), 200);
    check(None, 403);
    check(Some("null"), 403);
    check(Some("http://127.0.0.1:1"), 403);
    check(Some("https://evil.example"), 403);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let server = Server::start(Given {
        body_limit: Some(1000),
        ..Given::default()
    });
    let check = |length: usize, status: u16| {
        let body = json!({ "name": "a".repeat(length) }).to_string();
        let request = server
            .client
            .post(server.url("/api/monitoring/worlds/current/rename"));
        let request = request
            .bearer_auth(server.token("admin"))
            .header("content-type", "application/json")
            .body(body);
        let answer = server.send(request);
        assert_eq!(answer.status, status, "{length}: {}", answer.text());
    };
    check(10, 200);
    check(2000, 413);
}

#[test]
fn a_body_has_to_be_one_json_object() {
    let server = server();
    let check = |kind: &str, body: &str, query: &str, names: &str| {
        let request = server
            .client
            .put(server.url(&format!("/api/monitoring/settings/session.seed{query}")));
        let request = request
            .bearer_auth(server.token("admin"))
            .header("content-type", kind)
            .body(body.to_owned());
        let answer = server.send(request);
        assert_eq!(
            (answer.status, code(&answer)),
            (400, "bad_input".to_owned()),
            "{}",
            answer.text()
        );
        assert!(answer.text().contains(names), "{names}: {}", answer.text());
    };
    check("text/plain", r#"{"value": 3}"#, "", "application/json");
    check("application/json", "[1]", "", "object");
    check("application/json", "{", "", "not JSON");
    check(
        "application/json",
        r#"{"value": 3, "key": "x"}"#,
        "",
        "key: given more than once",
    );
    check(
        "application/json",
        r#"{"value": 3}"#,
        "?value=4",
        "value: given more than once",
    );
    check(
        "application/json",
        "",
        "?value=4&value=5",
        "value: given more than once",
    );
}

#[test]
fn other_paths_are_the_window_or_nothing() {
    let server = server();
    let get = |path: &str| server.send(server.client.get(server.url(path)));
    for page in ["/", "/index.html", "/heatmaps", "/some/deep/page"] {
        let answer = get(page);
        assert_eq!(answer.status, 200, "{page}");
        assert_eq!(answer.header("content-type"), "text/html", "{page}");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'self';"),
            "{page}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{page}");
    }
    assert_eq!(get("/assets/of-another-build.js").status, 404);
    for path in ["/api", "/api/monitoring/nothing", "/api/other"] {
        let answer = get(path);
        assert_eq!(
            (answer.status, code(&answer)),
            (404, "not_found".to_owned()),
            "{path}"
        );
    }
    let answer = server.send(server.client.delete(server.url("/api/monitoring/lab")));
    assert_eq!(
        (answer.status, code(&answer)),
        (404, "not_found".to_owned())
    );
}

#[test]
fn replies_are_compressed_when_asked() {
    let server = server();
    let request = server
        .client
        .get(server.url("/api/monitoring/operations"))
        .bearer_auth(server.token("viewer"));
    assert_eq!(
        server
            .send(request.header("accept-encoding", "gzip"))
            .header("content-encoding"),
        "gzip"
    );
}

#[test]
fn heatmap_cells_are_raw_and_fill_their_grid() {
    let server = server();
    let step = server
        .client
        .post(server.url("/api/monitoring/session/step"))
        .json(&json!({ "seconds": 120 }));
    assert_eq!(
        server
            .send(step.bearer_auth(server.token("operator")))
            .status,
        200
    );
    let get = |path: &str| {
        server.send(
            server
                .client
                .get(server.url(path))
                .bearer_auth(server.token("viewer")),
        )
    };
    let cells = get("/api/monitoring/metrics/heatmap/cpu/cells?step=10");
    assert_eq!(cells.header("content-type"), "application/octet-stream");
    let word = |at: usize| {
        u32::from_le_bytes(cells.bytes[at..at + 4].try_into().expect("four bytes")) as usize
    };
    let named = get("/api/monitoring/metrics/heatmap/cpu?step=10").json();
    assert_eq!(
        word(0),
        named["data"]["services"].as_array().expect("rows").len()
    );
    assert_eq!(
        word(4),
        named["data"]["timestamps"]
            .as_array()
            .expect("columns")
            .len()
    );
    assert!(word(0) > 0 && word(4) > 0);
    assert_eq!(cells.bytes.len(), 8 + 4 * word(0) * word(4));
}

/// Opens the stream, and answers the frames until one that `enough` accepts, with it.
fn listen(server: &Server, first: &Value, enough: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut request = format!("ws://{}/api/monitoring/stream", server.address)
        .into_client_request()
        .expect("an address");
    let bearer = format!("Bearer {}", server.token("viewer"))
        .parse()
        .expect("a header");
    request.headers_mut().insert("authorization", bearer);
    server.runtime.block_on(async {
        let (mut socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("a WebSocket");
        socket
            .send(Message::text(first.to_string()))
            .await
            .expect("sent");
        let mut frames = Vec::new();
        while let Some(message) = socket.next().await {
            let Message::Text(text) = message.expect("a message") else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            let last = enough(&frame);
            frames.push(frame);
            if last {
                break;
            }
        }
        frames
    })
}

#[test]
fn the_stream_gives_snapshot_delta_and_goes_on() {
    let server = server();
    let hub = server.house.gate().expect("owner").lab().hub.clone();
    hub.publish("test", json!({ "a": 1, "b": 2 }));
    let frames = listen(&server, &json!({ "subscribe": ["test"] }), |frame| {
        frame["kind"] == json!("snapshot")
    });
    let snapshot = frames.last().expect("a frame").clone();
    assert_eq!(
        (&snapshot["topic"], &snapshot["data"]),
        (&json!("test"), &json!({ "a": 1, "b": 2 }))
    );

    hub.publish("test", json!({ "a": 1, "b": 3 }));
    let resume = json!({ "epoch": snapshot["epoch"], "offset": snapshot["offset"] });
    let wanted = json!({ "subscribe": ["test"], "resume": resume });
    let frames = listen(&server, &wanted, |frame| {
        frame["kind"] != json!("heartbeat")
    });
    let delta = frames.last().expect("a frame").clone();
    assert_eq!(
        (&delta["kind"], &delta["data"]),
        (&json!("delta"), &json!({ "b": 3 })),
        "resumed"
    );

    let stale = json!({ "subscribe": ["test"], "resume": { "epoch": "another", "offset": 1 } });
    let frames = listen(&server, &stale, |frame| frame["kind"] != json!("heartbeat"));
    assert_eq!(
        frames.last().expect("a frame")["kind"],
        json!("snapshot"),
        "another epoch cannot be resumed"
    );

    let refused = listen(&server, &json!({ "subscribe": [] }), |_| true);
    assert_eq!(refused[0]["code"], json!("bad_input"));
}

#[test]
fn the_stream_wants_to_know_who_listens() {
    let server = server();
    let cookie = sign_in(&server);
    let pair = cookie.split(';').next().expect("a pair");
    let own = format!("http://{}", server.address);
    let check = |headers: &[(&'static str, &str)], opens: bool| {
        let mut request = format!("ws://{}/api/monitoring/stream", server.address)
            .into_client_request()
            .expect("an address");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, value.parse().expect("a header"));
        }
        let opened = server
            .runtime
            .block_on(tokio_tungstenite::connect_async(request))
            .is_ok();
        assert_eq!(opened, opens, "{headers:?}");
    };
    check(&[], false);
    check(&[("cookie", pair)], false);
    check(&[("cookie", pair), ("origin", "http://127.0.0.1:1")], false);
    check(&[("cookie", pair), ("origin", &own)], true);
}
