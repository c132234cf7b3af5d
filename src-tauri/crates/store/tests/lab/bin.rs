//! The bin: out of sight, back again, or gone with all that only it referred to.

use chrono::Duration;
use drydock_model::World;
use drydock_store::{BinKind, Purged, SessionRow, StoreError};

use crate::{Lab, at, contents, object, run};

#[test]
fn what_is_deleted_is_out_of_sight_and_comes_back() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(2));
    let saved = run(&lab, &world, b"bytes");
    let id = saved.id.clone();
    lab.write(move |w| {
        w.save_run(&saved)?;
        w.delete_run(&saved.id, at(1))?;
        w.delete_world("shop", at(2))
    });
    lab.store
        .read(|reader| {
            assert!(reader.worlds()?.is_empty());
            assert!(reader.runs(None, 9, None)?.items.is_empty());
            assert!(reader.load_world(&world, None).is_err());
            let bin = reader.bin()?;
            let told: Vec<_> = bin
                .iter()
                .map(|e| (e.kind, e.id.as_str(), e.name.as_str(), e.expires))
                .collect();
            let days = Duration::days(30);
            assert_eq!(
                told,
                [
                    (BinKind::World, world.as_str(), "shop", at(2) + days),
                    (BinKind::Run, id.as_str(), "shop", at(1) + days),
                ]
            );
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let run_id = id.clone();
    let refused = lab.refused(move |w| w.restore(&run_id));
    assert!(refused.contains("restore that first"), "{refused}");
    let (world_id, run_id) = (world.clone(), id.clone());
    lab.write(move |w| {
        w.restore(&world_id)?;
        w.restore(&run_id)
    });
    let (found, bin) = lab
        .store
        .read(|reader| Ok::<_, StoreError>((reader.run(&id)?, reader.bin()?)))
        .unwrap();
    assert_eq!(found.world, world);
    assert!(bin.is_empty());
}

#[test]
fn a_world_does_not_come_back_under_a_taken_name() {
    let lab = Lab::new();
    let old = lab.world("shop", &contents(1));
    lab.write(|w| w.delete_world("shop", at(1)));
    lab.world("shop", &contents(1));
    let id = old.clone();
    let refused = lab.refused(move |w| w.restore(&id));
    assert!(refused.contains("choose another name"), "{refused}");
    lab.write(|w| w.rename_world("shop", "new shop"));
    assert_eq!(lab.write(move |w| w.restore(&old)), BinKind::World);
}

#[test]
fn a_world_that_plays_is_not_deleted() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    lab.write(move |w| {
        w.save_session(&SessionRow {
            world,
            revision: 1,
            seed: 7,
            acts: vec![],
            position_ns: 0,
            speed: "1x".to_owned(),
        })
    });
    let refused = lab.refused(|w| w.delete_world("shop", at(1)));
    assert!(refused.contains("end it before"), "{refused}");
    lab.write(|w| {
        w.clear_session()?;
        w.delete_world("shop", at(1))
    });
}

#[test]
fn a_purge_takes_what_nothing_else_refers_to() {
    let lab = Lab::new();
    let parent = lab.world("parent", &contents(20));
    let child = lab.write(|w| {
        let child = w.fork_world("parent", 1, "child", "ada", at(0))?;
        let mut edited = contents(20);
        edited.objects[0] = object("service-0000", 9);
        w.commit_revision("child", 1, &edited, "scale", "ada", at(0))?;
        let mut other = contents(20);
        other.objects[1] = object("service-0001", 9);
        w.commit_revision("parent", 1, &other, "scale", "ada", at(0))?;
        Ok(child.id)
    });
    let shared = run(&lab, &parent, b"shared");
    let alone = run(&lab, &parent, b"alone");
    let kept = run(&lab, &child, b"shared");
    let artifacts = [alone.artifact.clone(), shared.artifact.clone()];
    lab.write(move |w| {
        w.save_run(&shared)?;
        w.save_run(&alone)?;
        w.save_run(&kept)?;
        w.delete_world("parent", at(0))
    });
    let month = Duration::days(30);
    let early = lab.write(move |w| w.purge_expired(at(0) + month - Duration::milliseconds(1)));
    assert_eq!(early, Purged::default());
    let purged = lab.write(move |w| w.purge_expired(at(0) + month));
    assert_eq!(purged, Purged { worlds: 1, runs: 2 });

    // The child still stands on the manifest it was forked from.
    let mut edited = contents(20);
    edited.objects[0] = object("service-0000", 9);
    let load = |revision| -> World {
        lab.store
            .read(|reader| reader.load_world(&child, revision))
            .unwrap()
    };
    assert_eq!(load(None), edited);
    assert_eq!(load(Some(1)), contents(20));
    assert_eq!((lab.count("objects"), lab.count("manifests")), (21, 2));
    let [alone, shared] = artifacts;
    assert!(lab.store.artifacts().get(&alone).is_err());
    assert_eq!(lab.store.artifacts().get(&shared).unwrap(), b"shared");

    lab.write(|w| w.delete_world("child", at(0)));
    lab.write(move |w| w.purge_expired(at(0) + month));
    for table in [
        "objects",
        "documents",
        "manifests",
        "manifest_members",
        "revisions",
        "runs",
    ] {
        assert_eq!(lab.count(table), 0, "{table}");
    }
    assert!(lab.store.artifacts().get(&shared).is_err());
}
