//! An HTTP server that answers as a scenario says, one request a connection, and keeps what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use reqwest::Url;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub parameters: Vec<(String, String)>,
    pub authorization: Option<String>,
}

impl Request {
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

/// What is answered.
pub enum Reply {
    /// A status and a body.
    Http(u16, String),
    /// A body that ends before the length that was announced.
    CutOff,
    /// Nothing, until the client gives up.
    Silence,
}

pub struct Mock {
    pub url: String,
    asked: Arc<Mutex<Vec<Request>>>,
    stop: Arc<Mutex<bool>>,
    server: Option<JoinHandle<()>>,
}

impl Mock {
    pub fn start(scenario: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(Mutex::new(false)),
        );
        let (keep, over) = (Arc::clone(&asked), Arc::clone(&stop));
        let server = std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                if *over.lock().unwrap() {
                    return;
                }
                let stream = stream.unwrap();
                let Some(request) = read(&stream) else {
                    continue;
                };
                let reply = scenario(&request);
                keep.lock().unwrap().push(request);
                match reply {
                    Reply::Silence => silent.push(stream),
                    reply => write(stream, &reply),
                }
            }
        });
        Self {
            url,
            asked,
            stop,
            server: Some(server),
        }
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        if let Ok(mut stop) = self.stop.lock() {
            *stop = true;
        }
        let address = self.url.trim_start_matches("http://");
        if TcpStream::connect(address).is_ok()
            && let Some(server) = self.server.take()
        {
            drop(server.join());
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let target = first.split(' ').nth(1)?;
    let url = Url::parse("http://mock").ok()?.join(target).ok()?;
    let mut authorization = None;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = Some(value.to_owned());
        }
    }
    Some(Request {
        path: url.path().to_owned(),
        parameters: url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        authorization,
    })
}

fn write(mut stream: TcpStream, reply: &Reply) {
    let (status, body, length) = match reply {
        Reply::Http(status, body) => (*status, body.as_str(), body.len()),
        Reply::CutOff => (200, "{\"status\":", 1000),
        Reply::Silence => return,
    };
    // A client that gave up does not read this.
    drop(write!(
        stream,
        "HTTP/1.1 {status} Mock\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ));
}
