//! One way to ask through any door: a role, an operation and an input in, an envelope out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;

use drydock::doors::attach::Client;
use drydock::house::House;
use drydock_operations::{Kind, Method, operation};
use drydock_services::http_door::Given;
use drydock_services::{Caller, Door, Role};
use drydock_store::LabPath;
use serde_json::{Value, json};

use super::server::Server;
use super::{Bench, program};

/// A door to a lab of its own that holds the sample.
pub trait Asks {
    /// A fresh one.
    fn fresh() -> Self;
    /// Asks, and answers the envelope; of bytes, one whose data is their text.
    fn ask(&mut self, role: Role, name: &str, input: &Value) -> Value;
}

pub struct ThroughHttp(Server);

impl Asks for ThroughHttp {
    fn fresh() -> Self {
        Self(Server::start(Given::default()))
    }

    fn ask(&mut self, role: Role, name: &str, input: &Value) -> Value {
        let row = operation(name).unwrap_or_else(|| panic!("{name} is in the table"));
        let mut fields = input.as_object().expect("an object").clone();
        let mut path = format!("/api/monitoring{}", row.path);
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (field, after) = rest.split_once('}').expect("a closing brace");
            let value = fields
                .remove(field)
                .unwrap_or_else(|| panic!("{name}: {field} is in the path"));
            path = format!("{before}{}{after}", escaped(&plain(&value)));
        }
        let method = row.method.name().parse().expect("a method");
        let mut request = self
            .0
            .client
            .request(method, self.0.url(&path))
            .bearer_auth(self.0.token(role.name()));
        if matches!(row.method, Method::Get | Method::Delete) {
            let query: Vec<(String, String)> = fields
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect();
            request = request.query(&query);
        } else {
            request = request.json(&fields);
        }
        let answer = self.0.send(request);
        if row.kind() == Kind::Bytes && answer.status < 400 {
            return json!({ "success": true, "data": answer.text() });
        }
        let envelope = answer.json();
        assert_eq!(
            envelope["success"],
            json!(answer.status < 400),
            "{name}: {} {envelope}",
            answer.status
        );
        let statuses = [
            ("bad_input", 400),
            ("forbidden", 403),
            ("unauthorized", 401),
            ("not_found", 404),
        ];
        for (code, status) in statuses {
            assert_eq!(
                envelope["code"] == json!(code),
                answer.status == status,
                "{name}: {} {envelope}",
                answer.status
            );
        }
        envelope
    }
}

pub struct ThroughCommandLine {
    bench: Bench,
    _house: Arc<House>,
}

impl Asks for ThroughCommandLine {
    // Another process owns the lab, as the window does while its user types: what is not stored lives there.
    fn fresh() -> Self {
        let bench = Bench::with_sample();
        let house = bench.open();
        Self {
            bench,
            _house: house,
        }
    }

    fn ask(&mut self, role: Role, name: &str, input: &Value) -> Value {
        let input = input.to_string();
        let done = program::drydock(
            &self.bench.lab(),
            &["--role", role.name(), "--json", "call", name, &input],
        );
        if !done.success() {
            assert_eq!(
                done.stderr.lines().count(),
                1,
                "an error is one line: {}",
                done.stderr
            );
            assert!(
                done.stdout.is_empty(),
                "an error leaves standard output alone: {}",
                done.text()
            );
            let envelope: Value = serde_json::from_str(&done.stderr).expect("the error is JSON");
            assert_eq!(
                done.code,
                if envelope["code"] == json!("bad_input") {
                    2
                } else {
                    1
                },
                "{envelope}"
            );
            return envelope;
        }
        if operation(name).is_some_and(|row| row.kind() == Kind::Bytes) {
            return json!({ "success": true, "data": done.text() });
        }
        done.json()
    }
}

pub struct ThroughSocket {
    client: Client,
    _house: Arc<House>,
    _bench: Bench,
}

impl Asks for ThroughSocket {
    fn fresh() -> Self {
        let bench = Bench::with_sample();
        let house = bench.open();
        let lab = bench
            .path()
            .canonicalize()
            .expect("a folder")
            .join("test.lab");
        Self {
            client: Client::connect(&LabPath::new(lab)).expect("the owner listens"),
            _house: house,
            _bench: bench,
        }
    }

    fn ask(&mut self, role: Role, name: &str, input: &Value) -> Value {
        let caller = Caller {
            name: "test".to_owned(),
            role,
            door: Door::Window,
        };
        self.client
            .call(&caller, name, input.clone(), Some(&mut |_| ()))
            .envelope()
    }
}

pub struct ThroughMcp {
    bench: Bench,
    _house: Arc<House>,
    talks: Vec<(Role, Talk)>,
}

/// A conversation with `drydock mcp`.
pub struct Talk {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    id: u64,
}

impl Talk {
    pub fn start(bench: &Bench, role: Role) -> Self {
        let mut command = program::command(&bench.lab(), &["--role", role.name(), "mcp"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (to, from) = (
            child.stdin.take().expect("stdin"),
            BufReader::new(child.stdout.take().expect("stdout")),
        );
        let mut talk = Self {
            child,
            to,
            from,
            id: 0,
        };
        let client = json!({ "name": "test", "version": "1" });
        let hello =
            json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        let welcome = talk.request("initialize", &hello);
        assert_eq!(
            welcome["result"]["serverInfo"]["name"],
            json!("drydock"),
            "{welcome}"
        );
        talk.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        talk
    }

    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        self.id += 1;
        self.write(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }));
        loop {
            let mut line = String::new();
            assert!(
                self.from.read_line(&mut line).expect("a line") > 0,
                "the server ended"
            );
            let message: Value = serde_json::from_str(&line).expect("JSON");
            if message["id"] == json!(self.id) {
                return message;
            }
        }
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.to, "{message}").expect("the server reads");
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Asks for ThroughMcp {
    fn fresh() -> Self {
        let bench = Bench::with_sample();
        let house = bench.open();
        Self {
            bench,
            _house: house,
            talks: Vec::new(),
        }
    }

    fn ask(&mut self, role: Role, name: &str, input: &Value) -> Value {
        let at = self
            .talks
            .iter()
            .position(|(known, _)| *known == role)
            .unwrap_or_else(|| {
                self.talks.push((role, Talk::start(&self.bench, role)));
                self.talks.len() - 1
            });
        let answer = self.talks[at]
            .1
            .request("tools/call", &json!({ "name": name, "arguments": input }));
        let result = &answer["result"];
        assert!(result.is_object(), "{name}: {answer}");
        if let Some(envelope) = result.get("structuredContent") {
            assert_eq!(
                result["isError"] == json!(true),
                envelope["success"] == json!(false),
                "{name}: {result}"
            );
            return envelope.clone();
        }
        let resource = &result["content"][0]["resource"];
        let data = resource
            .get("text")
            .or_else(|| resource.get("blob"))
            .cloned()
            .unwrap_or_default();
        json!({ "success": true, "data": data })
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
