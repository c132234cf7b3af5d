//! Starts a server of its own on a free port, waits until it answers, and kills it when it goes out of scope, also in a panic.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What a machine under load may take; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a start is tried, where somebody else takes the free port first.
const STARTS: u32 = 5;

/// A running server.
pub struct Server {
    child: Child,
    pub port: u16,
    pub folder: TempDir,
}

impl Server {
    /// Starts a program. `prepare` gets its port and an empty folder, and makes the command; `ready` says whether this very
    /// process answers.
    pub fn start(prepare: impl Fn(&Path, u16) -> Command, ready: impl Fn(&Self) -> bool) -> Self {
        for _ in 0..STARTS {
            let folder = tempfile::tempdir().unwrap();
            let port = free_port();
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            let child = prepare(folder.path(), port)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            let mut server = Self {
                child,
                port,
                folder,
            };
            let begun = Instant::now();
            while server.runs() {
                if ready(&server) {
                    return server;
                }
                assert!(begun.elapsed() < PATIENCE, "not ready: {}", server.log());
                std::thread::sleep(Duration::from_millis(50));
            }
            eprintln!("started again, since it ended: {}", server.log());
        }
        panic!("the server ends by itself each time");
    }

    /// Number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where a program is, or a line that says the test is skipped for want of it.
pub fn program(test: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: {test} needs {name}");
    }
    found
}

/// A port that nobody listens at, at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An authority and a certificate of it for 127.0.0.1, as files: `ca.pem`, `cert.pem` and `key.pem`.
pub fn certificates(folder: &Path) -> Vec<u8> {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &issuer).unwrap().pem();
    for (file, text) in [
        ("ca.pem", &ca),
        ("cert.pem", &certificate),
        ("key.pem", &key.serialize_pem()),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    ca.into_bytes()
}
