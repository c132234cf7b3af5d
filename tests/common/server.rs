//! The HTTP door of a lab, open on a free port.

use std::sync::Arc;

use drydock::doors::http::{self, HttpDoor, Options};
use drydock::house::House;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::Bench;

pub struct Server {
    pub bench: Bench,
    pub house: Arc<House>,
    pub runtime: Runtime,
    pub door: HttpDoor,
    pub client: reqwest::Client,
    tokens: Value,
}

impl Server {
    pub fn start(options: Options) -> Self {
        let bench = Bench::with_sample();
        let house = bench.open();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("runtime");
        let gate = house.gate().expect("owner").clone();
        let door = runtime
            .block_on(http::open(gate, Options { port: 0, ..options }))
            .expect("the door opens");
        let file = std::fs::read(bench.path().join("test.lab.tokens")).expect("tokens");
        let tokens = serde_json::from_slice(&file).expect("tokens are JSON");
        Self {
            bench,
            house,
            runtime,
            door,
            client: reqwest::Client::new(),
            tokens,
        }
    }

    pub fn token(&self, role: &str) -> String {
        self.tokens[role].as_str().expect("a token").to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.door.address())
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
