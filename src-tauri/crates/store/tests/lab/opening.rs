//! Who owns a lab, and which files are refused.

use drydock_store::{LabPath, Opened, Store, StoreError};

use crate::{Lab, contents, raw};

#[test]
fn a_lab_has_one_owner() {
    let lab = Lab::new();
    let Opened::OwnedByOther { socket } = Store::open(&lab.path).unwrap() else {
        panic!("two owners");
    };
    assert_eq!(socket, lab.path.socket());
    let again = lab.reopened(|_| {});
    assert!(matches!(
        Store::open(&again.path).unwrap(),
        Opened::OwnedByOther { .. }
    ));
}

#[test]
#[cfg(unix)]
fn only_its_owner_may_read_a_lab() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    lab.world("shop", &contents(1));
    lab.store.artifacts().put(b"result").unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let wal = lab.path.file().with_extension("lab-wal");
    let artifact = std::fs::read_dir(lab.path.artifacts())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for file in [
        lab.path.file(),
        &lab.path.lock(),
        &lab.path.head(),
        &wal,
        &artifact,
    ] {
        assert_eq!(mode(file), 0o600, "{file:?}");
    }
    assert_eq!(mode(&lab.path.artifacts()), 0o700);
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let refused = |make: &dyn Fn(&LabPath)| {
        let folder = tempfile::tempdir().unwrap();
        let path = LabPath::new(folder.path().join("a.lab"));
        make(&path);
        let before = std::fs::read(path.file()).unwrap();
        let Err(error) = Store::open(&path) else {
            panic!("opened {before:?}")
        };
        assert_eq!(std::fs::read(path.file()).unwrap(), before);
        error
    };
    let text = refused(&|path| std::fs::write(path.file(), "a".repeat(4096)).unwrap());
    assert!(matches!(text, StoreError::NotALab { .. }), "{text}");

    let other = refused(&|path| raw(path).execute_batch("CREATE TABLE t (a)").unwrap());
    assert!(matches!(other, StoreError::NotALab { .. }), "{other}");
}

#[test]
fn leftovers_are_swept_when_a_lab_opens() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    let run = crate::run(&lab, &world, b"kept");
    let kept = run.artifact.clone();
    lab.write(move |w| w.save_run(&run));
    let lost = lab.store.artifacts().put(b"never saved").unwrap();
    let lab = lab.reopened(|path| {
        std::fs::write(path.artifacts().join(".tmp-half"), b"half").unwrap();
    });
    assert_eq!(lab.store.artifacts().get(&kept).unwrap(), b"kept");
    assert!(lab.store.artifacts().get(&lost).is_err());
    assert_eq!(std::fs::read_dir(lab.path.artifacts()).unwrap().count(), 1);
}
