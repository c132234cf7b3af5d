//! Transactions: whole or not at all, one at a time, readers on a snapshot.

use std::sync::Arc;

use drydock_store::{Reader, StoreError};

use crate::{Lab, at, contents};

fn names(reader: &Reader) -> Vec<String> {
    reader
        .worlds()
        .unwrap()
        .into_iter()
        .map(|world| world.name)
        .collect()
}

fn all_names(lab: &Lab) -> Vec<String> {
    lab.store
        .read(|reader| Ok::<_, StoreError>(names(reader)))
        .unwrap()
}

#[test]
fn an_error_undoes_the_whole_write() {
    let lab = Lab::new();
    let refused = lab.refused(|w| {
        w.create_world("half", &contents(2), "import", "ada", at(0))?;
        w.world_row("absent")
    });
    assert_eq!(refused, r#"there is no world "absent" in this lab"#);
    assert!(all_names(&lab).is_empty());
    assert_eq!(lab.count("objects"), 0);
}

#[test]
fn a_panic_undoes_the_whole_write_and_the_next_goes_on() {
    let lab = Lab::new();
    let refused = lab.refused(|w| -> Result<(), StoreError> {
        w.create_world("half", &contents(2), "import", "ada", at(0))?;
        panic!("a bug");
    });
    assert!(refused.ends_with("a bug"), "{refused}");
    lab.world("whole", &contents(1));
    assert_eq!(all_names(&lab), ["whole"]);
}

#[test]
fn a_write_within_a_write_is_refused() {
    let lab = Lab::new();
    let store = Arc::new(lab.store);
    let inner = Arc::clone(&store);
    let refused = store
        .write::<(), StoreError>(move |_| inner.write(|_| Ok(())))
        .unwrap_err();
    assert!(matches!(refused, StoreError::Nested), "{refused}");
}

#[test]
fn a_read_stays_on_its_snapshot_and_a_writer_sees_its_own() {
    let lab = Lab::new();
    lab.world("one", &contents(1));
    lab.store
        .read(|reader| {
            assert_eq!(names(reader), ["one"]);
            lab.world("two", &contents(1));
            assert_eq!(names(reader), ["one"]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(all_names(&lab), ["one", "two"]);
    lab.write(|w| {
        w.create_world("three", &contents(1), "import", "ada", at(0))?;
        assert_eq!(names(w), ["one", "three", "two"]);
        Ok(())
    });
}

#[test]
fn writes_of_many_threads_all_land() {
    let lab = Lab::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &lab.store;
            scope.spawn(move || {
                for number in 0..5 {
                    store
                        .write::<_, StoreError>(move |w| {
                            w.create_world(
                                &format!("{thread}-{number}"),
                                &contents(2),
                                "import",
                                "ada",
                                at(0),
                            )
                        })
                        .unwrap();
                    store.read(Reader::worlds).unwrap();
                }
            });
        }
    });
    assert_eq!(all_names(&lab).len(), 20);
    assert_eq!(lab.count("objects"), 2);
}
