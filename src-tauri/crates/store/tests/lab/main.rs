//! The store through its interface: ownership, worlds, runs, session, settings, bin, audit, older and newer files.

#![allow(clippy::unwrap_used)] // helpers of the tests fail them

mod audit;
mod bin;
mod migrations;
mod opening;
mod rows;
mod undo;
mod worlds;
mod writing;

use chrono::{DateTime, TimeZone, Utc};
use drydock_model::{ClusterObject, Mode, Provenance, Setting, World};
use drydock_store::{LabPath, Opened, RunRow, Store, StoreError, Writer, new_id};
use serde_json::json;
use tempfile::TempDir;

/// A lab in a folder of its own.
struct Lab {
    store: Store,
    path: LabPath,
    folder: TempDir,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = LabPath::new(folder.path().join("test.lab"));
        Self {
            store: owner(&path),
            path,
            folder,
        }
    }

    /// Writes, and expects it to be done.
    fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(write).unwrap()
    }

    /// Writes, and expects the message of a refusal.
    fn refused<T: Send + std::fmt::Debug + 'static>(
        &self,
        write: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> String {
        self.store.write(write).unwrap_err().to_string()
    }

    fn world(&self, name: &'static str, contents: &World) -> String {
        let contents = contents.clone();
        self.write(move |w| w.create_world(name, &contents, "import", "ada", at(0)))
            .id
    }

    /// Closes the lab, does something to its files, and opens it again.
    fn reopened(self, tamper: impl FnOnce(&LabPath)) -> Self {
        let Self {
            store,
            path,
            folder,
        } = self;
        drop(store);
        tamper(&path);
        Self {
            store: owner(&path),
            path,
            folder,
        }
    }

    /// Looks behind the interface.
    fn count(&self, table: &str) -> i64 {
        raw(&self.path)
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap()
    }
}

fn owner(path: &LabPath) -> Store {
    match Store::open(path).unwrap() {
        Opened::Owner(store) => store,
        Opened::OwnedByOther { socket } => {
            panic!("owned by whoever listens at {}", socket.display())
        }
    }
}

fn raw(path: &LabPath) -> rusqlite::Connection {
    rusqlite::Connection::open(path.file()).unwrap()
}

/// Milliseconds after some noon.
fn at(millis: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1_700_000_000_000 + millis)
        .unwrap()
}

fn object(name: &str, replicas: i64) -> ClusterObject {
    ClusterObject::new(
        json!({
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"replicas": replicas}
        }),
        Provenance::Measured,
    )
}

/// A world of `count` objects, in order.
fn contents(count: usize) -> World {
    let mut world = World {
        objects: (0..count)
            .map(|index| object(&format!("service-{index:04}"), 1))
            .collect(),
        ..World::default()
    };
    world.definition.mode = Mode::Production;
    world
        .definition
        .settings
        .insert("world/rate".to_owned(), setting(0.1));
    world
}

fn setting(value: f64) -> Setting {
    Setting {
        value,
        provenance: Provenance::Entered,
        source: "ada".to_owned(),
        as_of: None,
    }
}

fn run(lab: &Lab, world: &str, bytes: &[u8]) -> RunRow {
    RunRow {
        id: new_id(),
        world: world.to_owned(),
        revision: 1,
        seed: u64::MAX,
        engine_version: "0.1.0".to_owned(),
        scenario: json!({"name": "calm", "acts": []}),
        settings: json!({"for": 3600}),
        summary: json!({"p99_ms": 12.345678901234567, "cost": "1.20"}),
        digest: "d1".to_owned(),
        artifact: lab.store.artifacts().put(bytes).unwrap(),
        started: at(1),
        finished: at(2),
    }
}
