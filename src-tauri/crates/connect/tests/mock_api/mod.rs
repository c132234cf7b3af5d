//! A mock API server: serves recorded documents and a small cluster that changes, pages its lists, plays its watches, breaks
//! as it is told, and records every request. It refuses everything but GET.
#![allow(dead_code, reason = "not every test needs all of it")]

mod fault;
mod serve;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use drydock_connect::kubernetes::{Config, Connection, Snapshot, Source, State, Timing};
use drydock_model::{ClusterObject, ObjectKey, Provenance};
use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;

use fault::Planned;
pub use fault::{Fault, On};
pub use store::Store;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// What stands for a credential in the fixtures.
const CREDENTIAL: &str = "hunter2";

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Counts all requests to all servers.
    pub number: u64,
    pub method: String,
    pub path: String,
    pub parameters: BTreeMap<String, String>,
    pub authorization: Option<String>,
    pub accept: Option<String>,
}

impl Request {
    fn parse(head: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut lines = head.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let method = first.next().unwrap_or_default().to_owned();
        let target = first.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((decode(name), decode(value)))
        });
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            method,
            path: path.to_owned(),
            parameters: parameters.collect(),
            authorization: headers.get("authorization").cloned(),
            accept: headers.get("accept").cloned(),
        }
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.parameters.get(name).cloned()
    }
}

/// A part of a query without its escapes.
fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        plain.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        plain.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(plain).expect("text")
}

/// Something that happens to the objects between two requests.
type Meanwhile = Box<dyn FnOnce(&mut Store) + Send>;

struct MockState {
    store: Store,
    /// Recorded answers by path.
    documents: BTreeMap<String, Value>,
    faults: Vec<Planned>,
    requests: Vec<Request>,
    /// Watches that are to end, by the number of their request.
    ended: BTreeSet<u64>,
    /// The only token that counts, where one is wanted.
    token: Option<String>,
    /// Whether connections are cut off, and new ones too.
    down: bool,
    connections: usize,
    /// What happens to the cluster while a list is forgotten.
    meanwhile: Option<Meanwhile>,
}

impl MockState {
    /// The collection of a path, and the namespace it is narrowed to.
    fn collection(&self, path: &str) -> Option<(String, Option<String>)> {
        let (collection, namespace) = match path.split_once("/namespaces/") {
            Some((base, rest)) => {
                let (namespace, plural) = rest.split_once('/')?;
                (format!("{base}/{plural}"), Some(namespace.to_owned()))
            }
            None => (path.to_owned(), None),
        };
        let (base, plural) = collection.rsplit_once('/')?;
        let served = self.documents.get(base)?["resources"].as_array()?;
        served
            .iter()
            .any(|resource| resource["name"] == plural)
            .then_some((collection, namespace))
    }

    fn meanwhile(&mut self) {
        if let Some(happens) = self.meanwhile.take() {
            happens(&mut self.store);
        }
        self.store.compact();
    }
}

struct Shared {
    state: Mutex<MockState>,
    /// For the connections.
    changed: watch::Sender<()>,
    /// For the tests.
    noticed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, MockState> {
        self.state.lock().expect("the mock is whole")
    }

    fn tell(&self) {
        self.changed.send_replace(());
        self.noticed.notify_all();
    }
}

/// The server. Dropped, it stops, and fails the test where anything but GET was asked.
pub struct MockApi {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MockApi {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    pub fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let fixture = |text: &str| serde_json::from_str(text).expect("a fixture");
        let mut documents: BTreeMap<String, Value> =
            serde_json::from_str(include_str!("discovery.json")).expect("a fixture");
        let metrics: Value = fixture(include_str!("metrics.json"));
        for (path, answer) in metrics.as_object().expect("answers by path") {
            documents.insert(path.clone(), answer.clone());
        }
        let objects: Vec<Value> =
            serde_json::from_str(include_str!("cluster.json")).expect("a fixture");
        let state = MockState {
            store: Store::new(objects),
            documents,
            faults: Vec::new(),
            requests: Vec::new(),
            ended: BTreeSet::new(),
            token: None,
            down: false,
            connections: 0,
            meanwhile: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            noticed: Condvar::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let thread = {
            let shared = shared.clone();
            std::thread::spawn(move || run(listener, tls, shared, stopped))
        };
        Self {
            shared,
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A configuration that does not make a test wait.
    pub fn config(&self) -> Config {
        Config {
            source: Source::Url {
                url: self.url(),
                token: None,
            },
            namespace: None,
            timing: quick(),
        }
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.config()).expect("the mock answers")
    }

    /// Connects, and waits until everything is there.
    pub fn follow(&self) -> Connection {
        let connection = self.connect();
        self.settle(&connection);
        connection
    }

    /// Plans a fault for a number of requests.
    pub fn fault(&self, on: On, path: &str, times: usize, fault: Fault) {
        self.plan(on, path, Some(times), fault);
    }

    /// Plans a fault for all requests from now on.
    pub fn always(&self, on: On, path: &str, fault: Fault) {
        self.plan(on, path, None, fault);
    }

    fn plan(&self, on: On, path: &str, times: Option<usize>, fault: Fault) {
        let path = path.to_owned();
        self.shared.state().faults.push(Planned {
            on,
            path,
            times,
            fault,
        });
    }

    /// Takes all planned faults back.
    pub fn heal(&self) {
        self.shared.state().faults.clear();
    }

    pub fn put(&self, object: Value) {
        self.change(|state| state.store.put(object));
    }

    /// Changes an object that is there.
    pub fn edit(&self, path: &str, namespace: &str, name: &str, edit: impl FnOnce(&mut Value)) {
        self.change(|state| {
            let mut object = state.store.object(path, namespace, name);
            edit(&mut object);
            state.store.put(object);
        });
    }

    pub fn delete(&self, path: &str, namespace: &str, name: &str) {
        self.change(|state| state.store.delete(path, namespace, name));
    }

    pub fn bookmark(&self, path: &str, api_version: &str, kind: &str) {
        self.change(|state| state.store.bookmark(path, api_version, kind));
    }

    pub fn compact(&self) {
        self.change(|state| state.store.compact());
    }

    /// What happens the next time a list is forgotten.
    pub fn meanwhile(&self, happens: impl FnOnce(&mut Store) + Send + 'static) {
        self.shared.state().meanwhile = Some(Box::new(happens));
    }

    pub fn document(&self, path: &str, answer: Option<Value>) {
        let mut state = self.shared.state();
        match answer {
            Some(answer) => state.documents.insert(path.to_owned(), answer),
            None => state.documents.remove(path),
        };
    }

    pub fn recorded(&self, path: &str) -> Value {
        self.shared.state().documents[path].clone()
    }

    pub fn want_token(&self, token: Option<&str>) {
        self.shared.state().token = token.map(str::to_owned);
    }

    /// Ends the watches of a path, as a server does after a while.
    pub fn end_watches(&self, path: &str) {
        self.change(|state| {
            let of_path = state.requests.iter().filter(|request| request.path == path);
            let numbers: Vec<u64> = of_path.map(|request| request.number).collect();
            state.ended.extend(numbers);
        });
    }

    /// Cuts all connections off, and refuses new ones until it is up again.
    pub fn set_down(&self, down: bool) {
        self.change(|state| state.down = down);
    }

    fn change(&self, change: impl FnOnce(&mut MockState)) {
        change(&mut self.shared.state());
        self.shared.tell();
    }

    pub fn version(&self) -> u64 {
        self.shared.state().store.version()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    pub fn watches(&self, path: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.path == path && request.query("watch").is_some());
        requests
    }

    pub fn lists(&self, path: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.path == path && request.query("watch").is_none());
        requests
    }

    /// Waits for something that requests or connections show.
    pub fn wait_for(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < end, "{what} never came");
            // Looks again by itself too: what it waits for may not be the mock's doing.
            let state = self.shared.state();
            let woken = self.shared.noticed.wait_timeout(state, LOOK_AGAIN);
            drop(woken.expect("the mock is whole"));
        }
    }

    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// The cluster as a snapshot has to show it: without Secrets and Events, and without credentials.
    pub fn expected(&self) -> BTreeMap<ObjectKey, Value> {
        let state = self.shared.state();
        let shown = state
            .store
            .objects()
            .filter(|object| object["kind"] != "Event" && object["kind"] != "Secret");
        shown
            .map(|object| {
                let text = object.to_string();
                let clean = text.replace(&format!("\"{CREDENTIAL}\""), "null");
                let json: Value = serde_json::from_str(&clean).expect("JSON");
                let key = ClusterObject::new(json.clone(), Provenance::Measured).key();
                (key, json)
            })
            .collect()
    }

    /// Waits until a snapshot shows the cluster as it is, and all is well.
    pub fn settle(&self, connection: &Connection) -> Snapshot {
        let settled = connection.wait_for(PATIENCE, |snapshot| {
            snapshot.state == State::Connected && objects(snapshot) == self.expected()
        });
        if let Some(settled) = settled {
            return settled;
        }
        let snapshot = connection.snapshot();
        pretty_compare(&objects(&snapshot), &self.expected());
        panic!("{:?}; kinds: {:#?}", snapshot.state, snapshot.kinds);
    }
}

/// Objects of a snapshot as plain JSON.
pub fn objects(snapshot: &Snapshot) -> BTreeMap<ObjectKey, Value> {
    let objects = snapshot.objects.iter();
    objects
        .map(|(key, object)| (key.clone(), object.json.as_ref().clone()))
        .collect()
}

fn pretty_compare(got: &BTreeMap<ObjectKey, Value>, expected: &BTreeMap<ObjectKey, Value>) {
    let keys: BTreeSet<_> = got.keys().chain(expected.keys()).collect();
    for key in keys {
        if got.get(key) != expected.get(key) {
            eprintln!(
                "{key}:\n  got {:?}\n  not {:?}",
                got.get(key),
                expected.get(key)
            );
        }
    }
}

/// Short waits, for tests.
pub fn quick() -> Timing {
    let ms = Duration::from_millis;
    Timing {
        page_size: 2,
        open: PATIENCE,
        answer: PATIENCE,
        watch: PATIENCE,
        stall: PATIENCE,
        first_backoff: ms(2),
        longest_backoff: ms(20),
        refused: ms(20),
        discovery: Duration::from_hours(1),
        usage: Duration::from_hours(1),
    }
}

fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a listener");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.expect("a connection").0,
                _ = &mut stopped => return,
            };
            tokio::spawn(connection(stream, tls.clone(), shared.clone()));
        }
    });
}

async fn connection(stream: tokio::net::TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    shared.state().connections += 1;
    let mut changed = shared.changed.subscribe();
    let down = async {
        while !shared.state().down {
            changed.changed().await.expect("the mock lives");
        }
    };
    let served = async {
        match tls {
            Some(tls) => serve::serve(tls.accept(stream).await?, shared.clone()).await,
            None => serve::serve(stream, shared.clone()).await,
        }
    };
    tokio::select! {
        // How a connection ends is the business of the client.
        _ = served => {}
        () = down => {}
    }
    shared.state().connections -= 1;
    shared.tell();
}

impl Drop for MockApi {
    fn drop(&mut self) {
        self.stop.take();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.expect("a thread").expect("the mock did not fail");
            let methods: BTreeSet<String> = self.requests().into_iter().map(|r| r.method).collect();
            assert!(methods.iter().all(|method| method == "GET"), "{methods:?}");
        }
    }
}
