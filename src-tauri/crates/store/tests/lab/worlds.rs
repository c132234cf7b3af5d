//! Worlds, revisions, forks: what comes back, what is shared, what is refused.

use drydock_model::{ClusterObject, ImportReport, Provenance, World};
use drydock_store::StoreError;
use serde_json::json;

use crate::{Lab, at, contents, object, setting};

fn load(lab: &Lab, world: &str, revision: Option<u64>) -> World {
    lab.store
        .read(|reader| reader.load_world(world, revision))
        .unwrap()
}

#[test]
fn contents_come_back_to_the_byte() {
    let lab = Lab::new();
    let mut world = contents(3);
    world.objects.push(ClusterObject::new(
        json!({"zeta": 1, "kind": "Widget", "apiVersion": "example.com/v1", "alpha": [0.1, 1e300, -0.0, null, "\u{0}"],
               "metadata": {"name": "w"}}),
        Provenance::Assumed,
    ));
    world.sort_objects();
    for value in [0.1, 1.0 / 3.0, 5e-324, 1.797_693_134_862_315_7e308] {
        world
            .definition
            .settings
            .insert(format!("world/{value}"), setting(value));
    }
    world.definition.report = Some(ImportReport {
        files: vec!["a.yaml".to_owned()],
        ..ImportReport::default()
    });
    let id = lab.world("shop", &world);
    assert_eq!(load(&lab, &id, None), world);
    // Export gives back the order of keys that import took.
    let loaded = load(&lab, "shop", Some(1));
    for (loaded, original) in loaded.objects.iter().zip(&world.objects) {
        assert_eq!(loaded.json.to_string(), original.json.to_string());
    }
    let lab = lab.reopened(|_| {});
    assert_eq!(load(&lab, &id, None), world);
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let lab = Lab::new();
    let check = |world: World, expect: &str| {
        let refused = lab.refused(move |w| w.create_world("bad", &world, "import", "ada", at(0)));
        assert!(refused.contains(expect), "{refused}");
    };
    let mut twice = contents(2);
    twice.objects.push(object("service-0000", 9));
    check(twice, "Deployment shop/service-0000 stands twice");
    let mut infinite = contents(1);
    infinite
        .definition
        .settings
        .insert("world/rate".to_owned(), setting(f64::NAN));
    check(infinite, "world/rate is NaN");
    for name in ["", " ", " shop"] {
        let refused =
            lab.refused(move |w| w.create_world(name, &contents(1), "import", "ada", at(0)));
        assert!(refused.starts_with("name: "), "{refused}");
    }
    assert_eq!(lab.count("worlds"), 0);
}

#[test]
fn names_are_unique() {
    let lab = Lab::new();
    lab.world("shop", &contents(1));
    let other = lab.world("other", &contents(1));
    let refused = lab.refused(move |w| w.rename_world(&other, "shop"));
    assert!(
        refused.contains(r#"there is a world "shop" already"#),
        "{refused}"
    );
    let renamed = lab.write(|w| w.rename_world("shop", "market"));
    assert_eq!(renamed.name, "market");
    lab.world("shop", &contents(1));
}

#[test]
fn a_change_built_on_an_older_revision_is_refused() {
    let lab = Lab::new();
    let id = lab.world("shop", &contents(1));
    let world = id.clone();
    lab.write(move |w| w.commit_revision(&world, 1, &contents(2), "scale", "ada", at(1)));
    let world = id.clone();
    let refused = lab
        .store
        .write(move |w| w.commit_revision(&world, 1, &contents(3), "scale", "bob", at(2)))
        .unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::RevisionConflict {
                expected: 1,
                found: 2,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(load(&lab, &id, None), contents(2));
    assert!(
        lab.refused(move |w| w.load_world(&id, Some(9)))
            .contains("@9")
    );
}

#[test]
fn revisions_say_what_changed() {
    let lab = Lab::new();
    lab.world("shop", &contents(3));
    let mut edited = contents(4);
    edited.objects[0] = object("service-0000", 5);
    edited.objects.remove(1);
    edited.objects[2].provenance = Provenance::Inferred;
    lab.write(move |w| w.commit_revision("shop", 1, &edited, "scale", "bob", at(7)));
    lab.write(|w| w.undo("shop", "ada", at(8)));
    let revisions = lab.store.read(|reader| reader.revisions("shop")).unwrap();
    let told: Vec<_> = revisions
        .iter()
        .map(|r| {
            (
                r.number,
                r.reason.as_str(),
                r.author.as_str(),
                r.at,
                r.undo_of,
                r.objects_changed,
            )
        })
        .collect();
    // Changed, removed, and added with another grade.
    assert_eq!(
        told,
        [
            (3, "undo: scale", "ada", at(8), Some(2), 3),
            (2, "scale", "bob", at(7), None, 3),
            (1, "import", "ada", at(0), None, 3),
        ]
    );
}

#[test]
fn forks_share_what_they_do_not_change() {
    let lab = Lab::new();
    let parent = lab.world("shop", &contents(500));
    let rows = |lab: &Lab| {
        ["objects", "documents", "manifests", "manifest_members"].map(|table| lab.count(table))
    };
    let before = rows(&lab);
    assert_eq!(before, [500, 1, 1, 500]);

    let from = parent.clone();
    let fork = lab.write(move |w| w.fork_world(&from, 1, "what-if", "ada", at(1)));
    assert_eq!(fork.parent, Some((parent.clone(), 1)));
    assert_eq!(rows(&lab), before);

    let mut edited = contents(500);
    edited.objects[250] = object("service-0250", 7);
    let stored = edited.clone();
    lab.write(move |w| w.commit_revision("what-if", 1, &stored, "scale", "ada", at(2)));
    assert_eq!(rows(&lab), [501, 1, 2, 502]);
    assert_eq!(load(&lab, &fork.id, None), edited);
    assert_eq!(load(&lab, &parent, None), contents(500));

    lab.write(|w| w.undo("what-if", "ada", at(3)));
    assert_eq!(rows(&lab), [501, 1, 2, 502]);
}

#[test]
fn long_chains_of_changes_are_cut() {
    let lab = Lab::new();
    lab.world("shop", &contents(10));
    lab.write(|w| {
        for step in 1..=100_u64 {
            let mut world = contents(10);
            world.objects[(step % 10) as usize] =
                object(&format!("service-{:04}", step % 10), step as i64 + 10);
            w.commit_revision("shop", step, &world, "scale", "ada", at(0))?;
            assert_eq!(w.load_world("shop", None)?, world);
        }
        Ok(())
    });
    let deepest: i64 = crate::raw(&lab.path)
        .query_row("SELECT max(depth) FROM manifests", [], |row| row.get(0))
        .unwrap();
    assert_eq!(deepest, 31);
}
