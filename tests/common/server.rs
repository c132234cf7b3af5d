//! The HTTP door of a lab, open on a free port.

use std::net::SocketAddr;
use std::sync::Arc;

use drydock::doors::http::Switch;
use drydock::house::House;
use drydock_services::http_door::{Given, HttpSwitch};
use drydock_services::{Caller, Door, Role};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::Bench;

pub struct Server {
    pub bench: Bench,
    pub house: Arc<House>,
    pub runtime: &'static Runtime,
    pub switch: Arc<Switch>,
    pub address: SocketAddr,
    pub client: reqwest::Client,
    tokens: Value,
}

/// The user at the window.
pub fn admin() -> Caller {
    Caller {
        name: "tester".to_owned(),
        role: Role::Admin,
        door: Door::Window,
    }
}

impl Server {
    pub fn start(given: Given) -> Self {
        Self::start_on(Bench::with_sample(), given, &[])
    }

    /// Opens the door of a lab that was given settings first.
    pub fn start_with(settings: &[(&str, Value)]) -> Self {
        Self::start_on(Bench::with_sample(), Given::default(), settings)
    }

    fn start_on(bench: Bench, given: Given, settings: &[(&str, Value)]) -> Self {
        let (house, switch) = bench.open_with(given);
        let ask = |name: &str, input: Value| {
            let reply = house.call(&admin(), name, input);
            assert!(reply.is_success(), "{name}: {}", reply.envelope());
        };
        for (key, value) in settings {
            ask("set_setting", json!({ "key": key, "value": value }));
        }
        ask("set_http_door", json!({ "open": true }));
        let file = std::fs::read(bench.path().join("test.lab.tokens")).expect("tokens");
        let tokens = serde_json::from_slice(&file).expect("tokens are JSON");
        Self {
            address: switch.address().expect("the door is open"),
            bench,
            house,
            runtime: super::runtime(),
            switch,
            client: reqwest::Client::new(),
            tokens,
        }
    }

    /// An address that signs a browser in.
    pub fn sign_in_url(&self) -> String {
        let now = self.house.gate().expect("owner").lab().now();
        let sign_in = self.switch.sign_in(now).expect("chance");
        sign_in.expect("the door is open").url
    }

    pub fn token(&self, role: &str) -> String {
        self.tokens[role].as_str().expect("a token").to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.runtime.block_on(async {
            let response = request.send().await.expect("an answer");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer {
                status,
                headers,
                bytes: response.bytes().await.expect("a body").to_vec(),
            }
        })
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a text"))
    }
}
