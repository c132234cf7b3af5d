//! What was acknowledged survives `kill -9` at 200 seeded moments, and nothing half-written is ever visible.
//!
//! The test runs itself as a child that writes and prints an acknowledgement after each write; the parent kills it,
//! opens the lab and looks. Every write comprises rows of several tables and one audit entry with the write's token,
//! so that a token in the log has to have all its rows, and all rows have to have their token in the log.

#![allow(clippy::unwrap_used)] // helpers of the test fail it

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use chrono::{DateTime, Utc};
use drydock_model::{ClusterObject, Provenance, World};
use drydock_store::{
    AuditEntry, AuditFilter, AuditOutcome, LabPath, Opened, Reader, RunRow, SettingRow,
    SettingSource, Store, StoreError, Writer, new_id,
};
use serde_json::{Value, json};

const LAB: &str = "DRYDOCK_KILL_LAB";
const ROUND: &str = "DRYDOCK_KILL_ROUND";
const LABS: u64 = 40;
const KILLS_PER_LAB: u64 = 5;
const PAIR: [&str; 2] = ["pair.left", "pair.right"];

#[test]
fn acknowledged_writes_survive_kill_9() {
    if let (Ok(lab), Ok(round)) = (std::env::var(LAB), std::env::var(ROUND)) {
        write_until_killed(Path::new(&lab), &round);
    }
    let labs = AtomicU64::new(0);
    let (acknowledged, unacknowledged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let lab = labs.fetch_add(1, Relaxed);
                    if lab >= LABS {
                        break;
                    }
                    let (acks, surplus) = kill_repeatedly(lab);
                    acknowledged.fetch_add(acks, Relaxed);
                    unacknowledged.fetch_add(surplus, Relaxed);
                }
            });
        }
    });
    // The moments have to lie among the writes, else this shows nothing.
    let (acknowledged, unacknowledged) = (acknowledged.into_inner(), unacknowledged.into_inner());
    assert!(acknowledged > 500, "{acknowledged} writes acknowledged");
    assert!(
        unacknowledged > 0,
        "no kill came between a commit and its acknowledgement"
    );
}

/// Kills the writers of one lab one after the other; answers how many writes were acknowledged, and how many were there
/// without.
fn kill_repeatedly(lab: u64) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = LabPath::new(folder.path().join("killed.lab"));
    let mut random = lab;
    let (mut acknowledged, mut unacknowledged) = (0, 0);
    let mut expected = BTreeSet::new();
    for round in 0..KILLS_PER_LAB {
        let acks = kill_one(&path, &format!("{lab}.{round}"), &mut random);
        acknowledged += acks.len();
        expected.extend(acks);
        let survived = check(&path, &expected);
        unacknowledged += survived.len() - expected.len();
        // What survived unacknowledged once has to stay from now on.
        expected = survived;
    }
    (acknowledged, unacknowledged)
}

/// Starts a child, lets it write, kills it at a seeded moment, and answers what it acknowledged.
fn kill_one(path: &LabPath, round: &str, random: &mut u64) -> BTreeSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "acknowledged_writes_survive_kill_9",
            "--nocapture",
        ])
        .env(LAB, path.file())
        .env(ROUND, round)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut acks = BTreeSet::new();
    let wanted = (next(random) % 12) as usize;
    while acks.len() < wanted {
        assert!(read_ack(&mut lines, &mut acks), "the child ended by itself");
    }
    if wanted > 0 {
        assert!(
            matches!(Store::open(path).unwrap(), Opened::OwnedByOther { .. }),
            "two processes own the lab"
        );
    }
    for _ in 0..next(random) % 1_000_000 {
        std::hint::spin_loop();
    }
    kill(&mut child);
    while read_ack(&mut lines, &mut acks) {}
    acks
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Reads a line; false where the pipe has ended. A line without its end was not acknowledged.
fn read_ack(lines: &mut BufReader<ChildStdout>, acks: &mut BTreeSet<String>) -> bool {
    let mut line = String::new();
    if lines.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
        return false;
    }
    if let Some(token) = line.trim_end().strip_prefix("ack ") {
        acks.insert(token.to_owned());
    }
    true
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn owner(path: &LabPath) -> Store {
    match Store::open(path).unwrap() {
        Opened::Owner(store) => store,
        Opened::OwnedByOther { .. } => panic!("the lock outlived its owner"),
    }
}

// What the child does.

fn write_until_killed(lab: &Path, round: &str) -> ! {
    let store = owner(&LabPath::new(lab));
    for number in 0_u64.. {
        let token = format!("{round}.{number}");
        let artifact = store.artifacts().put(&telemetry(&token)).unwrap();
        let written = token.clone();
        store
            .write::<_, StoreError>(move |w| {
                match number % 4 {
                    0 => create(w, &written)?,
                    1 => edit(w, &written)?,
                    2 => w.save_run(&run(w, &written, artifact)?)?,
                    _ => set_pair(w, &written)?,
                }
                w.append_audit(&audit(&written, number)).map(|_| ())
            })
            .unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {token}").unwrap();
        out.flush().unwrap();
    }
    unreachable!("the loop has no end")
}

fn contents(token: &str) -> World {
    let mut world = World {
        objects: (0..4)
            .map(|index| {
                let json = json!({"kind": "ConfigMap", "apiVersion": "v1", "data": {"token": token},
                    "metadata": {"namespace": "n", "name": format!("object-{index}")}});
                ClusterObject::new(json, Provenance::Measured)
            })
            .collect(),
        ..World::default()
    };
    world.definition.report = Some(drydock_model::ImportReport {
        files: vec![token.to_owned()],
        ..drydock_model::ImportReport::default()
    });
    world
}

fn create(w: &mut Writer<'_>, token: &str) -> Result<(), StoreError> {
    w.create_world(token, &contents(token), token, "child", now())
        .map(|_| ())
}

/// Edits the world that came last, and leaves it under undo and redo, all in one write.
fn edit(w: &mut Writer<'_>, token: &str) -> Result<(), StoreError> {
    let world = last_world(w)?;
    let at = w.world_row(&world)?.revision;
    w.commit_revision(&world, at, &contents(token), token, "child", now())?;
    w.undo(&world, token, now())?;
    w.redo(&world, token, now()).map(|_| ())
}

fn run(r: &Reader, token: &str, artifact: drydock_store::ArtifactId) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        id: new_id(),
        world: last_world(r)?,
        revision: 1,
        seed: 7,
        engine_version: "0.1.0".to_owned(),
        scenario: Value::Null,
        settings: Value::Null,
        summary: json!({ "token": token }),
        digest: token.to_owned(),
        artifact,
        started: now(),
        finished: now(),
    })
}

fn last_world(r: &Reader) -> Result<String, StoreError> {
    let ids = r.worlds()?.into_iter().map(|world| world.id);
    Ok(ids.max().unwrap())
}

fn set_pair(w: &mut Writer<'_>, token: &str) -> Result<(), StoreError> {
    for key in PAIR {
        w.set_setting(&SettingRow {
            key: key.to_owned(),
            value: json!(token),
            source: SettingSource::Entered,
            at: now(),
        })?;
    }
    Ok(())
}

fn audit(token: &str, number: u64) -> AuditEntry {
    AuditEntry {
        at: now(),
        author: "child".to_owned(),
        role: "admin".to_owned(),
        door: "test".to_owned(),
        operation: ["create", "edit", "run", "pair"][(number % 4) as usize].to_owned(),
        input: Value::Null,
        outcome: AuditOutcome::Ok,
        code: None,
        target: Some(token.to_owned()),
    }
}

fn telemetry(token: &str) -> Vec<u8> {
    token.repeat(500).into_bytes()
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

// What the parent checks.

/// Token -> operation, of every entry of the log.
fn logged(reader: &Reader) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = reader.audit(100_000, None, &AuditFilter::default())?.items;
    Ok(rows
        .into_iter()
        .map(|row| (row.entry.target.unwrap(), row.entry.operation))
        .collect())
}

/// Opens the lab and looks; answers the tokens of the writes that are there, at most one of which was not acknowledged.
fn check(path: &LabPath, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let store = owner(path);
    let state = store.verify_audit().unwrap();
    assert!(state.ok, "{state:?}");
    let logged = store
        .read(|reader| {
            let logged = logged(reader)?;
            let visible = visible(&store, reader)?;
            let pair = PAIR.map(|key| reader.setting(key).unwrap().map(|row| row.value));
            assert_eq!(pair[0], pair[1], "half a write is visible");
            let last_pair = last_pair(reader)?;
            assert_eq!(
                pair[0].as_ref().and_then(Value::as_str),
                last_pair.as_deref()
            );
            let rows: BTreeMap<_, _> = logged
                .iter()
                .filter(|(_, operation)| *operation != "pair")
                .map(|(token, operation)| (token.clone(), operation.clone()))
                .collect();
            assert_eq!(visible, rows, "rows and log disagree");
            Ok::<_, StoreError>(logged)
        })
        .unwrap();
    for token in expected {
        assert!(
            logged.contains_key(token),
            "{token} was acknowledged and is gone"
        );
    }
    let surplus = logged.len() - expected.len();
    assert!(surplus <= 1, "{surplus} writes nobody was told of");
    logged.into_keys().collect()
}

/// Token -> operation of what the tables hold, each checked to be whole.
fn visible(store: &Store, reader: &Reader) -> Result<BTreeMap<String, String>, StoreError> {
    let mut visible = BTreeMap::new();
    let mut artifacts = BTreeSet::new();
    for world in reader.worlds()? {
        assert_eq!(world.revision as usize, reader.revisions(&world.id)?.len());
        for revision in reader.revisions(&world.id)? {
            let contents_then = reader.load_world(&world.id, Some(revision.number))?;
            if revision.undo_of.is_none() && revision.redo_of.is_none() {
                assert_eq!(contents_then, contents(&revision.reason));
                let operation = if revision.number == 1 {
                    "create"
                } else {
                    "edit"
                };
                visible.insert(revision.reason, operation.to_owned());
            }
        }
        // An edit leaves a change, its undo and its redo, or nothing.
        assert_eq!(world.revision % 3, 1);
    }
    for run in reader.runs(None, 100_000, None)?.items {
        assert_eq!(run.summary, json!({ "token": run.digest }));
        assert_eq!(
            store.artifacts().get(&run.artifact)?,
            telemetry(&run.digest)
        );
        artifacts.insert(run.artifact.to_string());
        visible.insert(run.digest, "run".to_owned());
    }
    let files: BTreeSet<_> = std::fs::read_dir(store.path().artifacts())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, artifacts, "orphans beside the lab");
    Ok(visible)
}

fn last_pair(reader: &Reader) -> Result<Option<String>, StoreError> {
    let filter = AuditFilter {
        operation: Some("pair".to_owned()),
        ..AuditFilter::default()
    };
    let last = reader.audit(1, None, &filter)?.items.pop();
    Ok(last.and_then(|row| row.entry.target))
}
