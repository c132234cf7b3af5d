//! Undo and redo, against an editor's two stacks.

use drydock_model::World;
use drydock_store::StoreError;
use proptest::prelude::*;

use crate::{Lab, at, contents, object, setting};

#[derive(Clone, Debug)]
enum Step {
    Scale(usize, i64),
    Remove(usize),
    Set(f64),
    Undo,
    Redo,
    Fork,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6_usize, 2..9_i64).prop_map(|(index, replicas)| Step::Scale(index, replicas)),
        1 => (0..6_usize).prop_map(Step::Remove),
        1 => any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Step::Set),
        4 => Just(Step::Undo),
        3 => Just(Step::Redo),
        1 => Just(Step::Fork),
    ]
}

/// What an editor keeps: what is before, what is shown, what redo brings back.
struct Editor {
    past: Vec<World>,
    now: World,
    future: Vec<World>,
}

impl Editor {
    fn edit(&mut self, edited: World) {
        self.past.push(std::mem::replace(&mut self.now, edited));
        self.future.clear();
    }

    fn undo(&mut self) -> bool {
        let Some(before) = self.past.pop() else {
            return false;
        };
        self.future.push(std::mem::replace(&mut self.now, before));
        true
    }

    fn redo(&mut self) -> bool {
        let Some(after) = self.future.pop() else {
            return false;
        };
        self.past.push(std::mem::replace(&mut self.now, after));
        true
    }
}

fn edited(world: &World, step: &Step) -> Option<World> {
    let mut world = world.clone();
    match step {
        Step::Scale(index, replicas) => {
            world
                .objects
                .push(object(&format!("service-{index:04}"), *replicas));
            world.sort_objects();
        }
        Step::Remove(index) if *index < world.objects.len() => {
            world.objects.remove(*index);
        }
        Step::Set(value) => {
            world
                .definition
                .settings
                .insert("world/rate".to_owned(), setting(*value));
        }
        _ => return None,
    }
    Some(world)
}

#[test]
fn any_sequence_restores_exactly() {
    let lab = Lab::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let steps = proptest::collection::vec(step(), 1..60);
    runner
        .run(&steps, |steps| {
            let played = lab.store.write::<(), StoreError>(move |w| {
                let mut world = w
                    .create_world(
                        &drydock_store::new_id(),
                        &contents(4),
                        "import",
                        "ada",
                        at(0),
                    )?
                    .id;
                let mut editor = Editor {
                    past: Vec::new(),
                    now: contents(4),
                    future: Vec::new(),
                };
                let mut history = vec![contents(4)];
                for step in steps {
                    let revision = history.len() as u64;
                    match &step {
                        Step::Undo => {
                            assert_eq!(w.undo(&world, "ada", at(0)).is_ok(), editor.undo());
                        }
                        Step::Redo => {
                            assert_eq!(w.redo(&world, "ada", at(0)).is_ok(), editor.redo());
                        }
                        Step::Fork => {
                            let name = drydock_store::new_id();
                            world = w.fork_world(&world, revision, &name, "ada", at(0))?.id;
                            editor.past.clear();
                            editor.future.clear();
                            history.clear();
                        }
                        edit => {
                            if let Some(contents) = edited(&editor.now, edit) {
                                w.commit_revision(
                                    &world,
                                    revision,
                                    &contents,
                                    "edit",
                                    "ada",
                                    at(0),
                                )?;
                                editor.edit(contents);
                            }
                        }
                    }
                    if w.world_row(&world)?.revision > history.len() as u64 {
                        history.push(editor.now.clone());
                    }
                    assert_eq!(w.load_world(&world, None)?, editor.now);
                    let state = w.undo_state(&world)?;
                    assert_eq!(state.undo.is_some(), !editor.past.is_empty());
                    assert_eq!(state.redo.is_some(), !editor.future.is_empty());
                }
                for (index, contents) in history.iter().enumerate() {
                    assert_eq!(&w.load_world(&world, Some(index as u64 + 1))?, contents);
                }
                Ok(())
            });
            prop_assert!(played.is_ok(), "{}", played.unwrap_err());
            Ok(())
        })
        .unwrap();
}

#[test]
fn undo_and_redo_name_the_change() {
    let lab = Lab::new();
    lab.world("shop", &contents(1));
    let told = lab.write(|w| {
        w.commit_revision("shop", 1, &contents(2), "second", "ada", at(1))?;
        w.commit_revision("shop", 2, &contents(3), "third", "ada", at(2))?;
        w.undo("shop", "ada", at(3))?;
        w.undo("shop", "ada", at(4))?;
        w.redo("shop", "ada", at(5))?;
        let state = w.undo_state("shop")?;
        let next = (state.undo.map(|r| r.number), state.redo.map(|r| r.number));
        let rows = w.revisions("shop")?;
        let told: Vec<_> = rows
            .into_iter()
            .map(|r| (r.reason, r.undo_of, r.redo_of))
            .collect();
        Ok((next, told))
    });
    assert_eq!(told.0, (Some(2), Some(3)));
    assert_eq!(
        told.1[..3],
        [
            ("redo: second".to_owned(), None, Some(2)),
            ("undo: second".to_owned(), Some(2), None),
            ("undo: third".to_owned(), Some(3), None),
        ]
    );
    let refused = lab.refused(|w| {
        w.commit_revision("shop", 6, &contents(4), "other", "ada", at(6))?;
        w.redo("shop", "ada", at(7))
    });
    assert_eq!(refused, r#"nothing to redo in world "shop""#);
}
