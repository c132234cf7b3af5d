//! What the tests of the doors share: labs with the sample world, and one way to ask through any door.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod asks;
pub mod program;
pub mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use drydock::doors::http::{self, Switch};
use drydock::house::{self, House};
use drydock_services::http_door::{Given, Holder};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A folder with a lab in it, gone when the test ends.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    /// An empty folder.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::Builder::new()
                .prefix("drydock-")
                .tempdir()
                .expect("a folder for the test"),
        }
    }

    /// A lab that holds the sample world.
    pub fn with_sample() -> Self {
        let bench = Self::empty();
        copy(template().path(), bench.path());
        bench
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn lab(&self) -> PathBuf {
        self.path().join("test.lab")
    }

    /// Opens the lab in this process.
    pub fn open(&self) -> Arc<House> {
        self.open_with(Given::default()).0
    }

    /// Opens the lab in this process, which can then open its HTTP door, at a free port where nothing else is said.
    pub fn open_with(&self, given: Given) -> (Arc<House>, Arc<Switch>) {
        let house = house::open(&self.lab(), &BTreeMap::new()).expect("the lab opens");
        let gate = house.gate().expect("the lab is open elsewhere");
        let given = Given {
            port: given.port.or(Some(0)),
            ..given
        };
        let switch = http::offer(gate, runtime().handle().clone(), Holder::Window, given)
            .expect("the first of its lab");
        (Arc::new(house), switch)
    }
}

/// What the doors of all tests are served on.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("runtime")
    })
}

// The sample is imported once and copied, for every row wants a lab of its own.
fn template() -> &'static Bench {
    static TEMPLATE: OnceLock<Bench> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let bench = Bench::empty();
        let done = program::drydock(&bench.lab(), &["call", "open_sample"]);
        assert!(done.success(), "open_sample: {}", done.stderr);
        bench
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("template") {
        let entry = entry.expect("entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else if !entry.file_name().to_string_lossy().ends_with(".sock") {
            std::fs::copy(&path, &to).expect("copied");
        }
    }
}

/// The folder of real input beside the project, or a line that says what was skipped.
pub fn shared(test: &str, path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {test} needs ../shared/{path}");
    None
}
