//! Labs of every older version open; labs of a newer one are refused and left alone.
//!
//! `tests/fixtures/v<N>.sql` is a lab as version N wrote it: its schema and a little of everything. It is never edited.

use drydock_store::{AuditFilter, LabPath, Store, StoreError};
use serde_json::json;

use crate::{Lab, at, owner, raw};

/// One fixture per schema version, the oldest first.
const FIXTURES: [(&str, &str); 1] = [(
    include_str!("../fixtures/v1.sql"),
    include_str!("../fixtures/v1.head"),
)];

fn version(path: &LabPath) -> i64 {
    raw(path)
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn schema(path: &LabPath) -> Vec<String> {
    let connection = raw(path);
    let mut statement = connection
        .prepare(
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name",
        )
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            let sql: String = row.get(2)?;
            let sql: Vec<_> = sql
                .lines()
                .map(|line| line.split("--").next().unwrap_or(""))
                .flat_map(str::split_whitespace)
                .collect();
            Ok(sql.join(" "))
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_version_has_a_fixture() {
    assert_eq!(version(&Lab::new().path), FIXTURES.len() as i64);
}

#[test]
fn labs_of_every_older_version_open_whole() {
    let newest = schema(&Lab::new().path);
    for (index, (fixture, head)) in FIXTURES.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = LabPath::new(folder.path().join("old.lab"));
        raw(&path).execute_batch(fixture).unwrap();
        std::fs::write(path.head(), head).unwrap();
        assert_eq!(version(&path), index as i64 + 1);

        let store = owner(&path);
        assert_eq!(version(&path), FIXTURES.len() as i64);
        assert_eq!(schema(&path), newest);
        store.read(check_contents).unwrap();
        let audit = store.verify_audit().unwrap();
        assert!(audit.ok && audit.entries == 2, "{audit:?}");
        store
            .write::<_, StoreError>(|w| w.undo("shop", "ada", at(9)))
            .unwrap();
    }
}

/// What the fixture of every version holds.
fn check_contents(reader: &drydock_store::Reader) -> Result<(), StoreError> {
    let names: Vec<_> = reader
        .worlds()?
        .into_iter()
        .map(|world| (world.name, world.revision))
        .collect();
    assert_eq!(names, [("fork".to_owned(), 1), ("shop".to_owned(), 2)]);
    let world = reader.load_world("shop", None)?;
    let replicas: Vec<_> = world
        .objects
        .iter()
        .map(|object| object.json["spec"]["replicas"].as_i64())
        .collect();
    assert_eq!(replicas, [Some(1), Some(5)]);
    assert_eq!(world.definition.settings["world/rate"].value, 0.1);
    assert_eq!(reader.undo_state("shop")?.undo.unwrap().reason, "scale");
    let runs = reader.runs(None, 9, None)?.items;
    assert_eq!((runs.len(), runs[0].seed), (1, u64::MAX));
    assert_eq!(
        reader.session()?.unwrap().acts,
        [json!({"act": "kill_node"})]
    );
    assert_eq!(reader.setting("theme")?.unwrap().value, json!("dark"));
    assert_eq!(
        reader.scenario("shop", "storm")?.scenario,
        json!({"acts": []})
    );
    assert_eq!(reader.bin()?.len(), 1);
    assert_eq!(
        reader.audit(9, None, &AuditFilter::default())?.items.len(),
        2
    );
    Ok(())
}

#[test]
fn a_lab_of_a_newer_drydock_is_refused_and_left_alone() {
    let lab = Lab::new();
    let path = lab.path.clone();
    let _closed = {
        let Lab { store, folder, .. } = lab;
        drop(store);
        folder
    };
    raw(&path).pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(path.file()).unwrap();
    let Err(refused) = Store::open(&path) else {
        panic!("opened")
    };
    let told = refused.to_string();
    assert!(
        told.contains("schema version 99") && told.contains("a newer Drydock"),
        "{told}"
    );
    assert_eq!(std::fs::read(path.file()).unwrap(), before);
}
