//! A cluster that can be reached only through a proxy.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use drydock_connect::kubernetes::{Config, Connection, Source};
use tempfile::TempDir;

use crate::mock_api::{MockApi, quick};

/// A proxy that makes tunnels (`CONNECT`), and counts them. Gives its address.
fn proxy(tunnels: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, tunnels) = (client.expect("a connection"), tunnels.clone());
            // How a tunnel ends is the business of its ends.
            thread::spawn(move || tunnel(client, &tunnels).ok());
        }
    });
    address
}

fn tunnel(mut client: TcpStream, tunnels: &AtomicUsize) -> io::Result<()> {
    let mut head = BufReader::new(client.try_clone()?).lines();
    let first = head.next().expect("a request")?;
    while !head.next().expect("the end of a head")?.is_empty() {}
    let target = first
        .strip_prefix("CONNECT ")
        .expect("a tunnel is asked for");
    let target = target.split(' ').next().expect("a target");
    let mut server = TcpStream::connect(target)?;
    tunnels.fetch_add(1, Ordering::Relaxed);
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut server, &mut client)?;
    Ok(())
}

#[test]
fn a_proxy_that_is_named_is_used() {
    let mock = MockApi::start();
    let tunnels = Arc::new(AtomicUsize::new(0));
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("config");
    let text = format!(
        "kind: Config\ncurrent-context: test\n\
         clusters: [{{name: here, cluster: {{server: '{}', proxy-url: 'http://{}'}}}}]\n\
         contexts: [{{name: test, context: {{cluster: here}}}}]\n",
        mock.url(),
        proxy(tunnels.clone())
    );
    fs::write(&path, text).expect("written");
    let config = Config {
        source: Source::Kubeconfig {
            path: Some(path),
            context: None,
        },
        namespace: None,
        timing: quick(),
    };
    let connection = Connection::open(config).expect("connected");
    mock.settle(&connection);
    assert!(tunnels.load(Ordering::Relaxed) > 0);
}
