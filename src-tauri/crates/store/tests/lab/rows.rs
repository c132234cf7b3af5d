//! Runs, the session, settings and scenarios come back as they went in.

use drydock_store::{ArtifactId, Reader, SessionRow, SettingRow, SettingSource, StoreError};
use serde_json::json;

use crate::{Lab, at, contents, run};

#[test]
fn runs_come_back_in_pages() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    let other = lab.world("other", &contents(1));
    let mut saved = Vec::new();
    for number in 0..5_u8 {
        let run = run(&lab, if number == 2 { &other } else { &world }, &[number]);
        saved.insert(0, run.clone());
        lab.write(move |w| w.save_run(&run));
    }
    let page = |world: Option<&str>, cursor: Option<&str>| {
        lab.store
            .read(|reader| reader.runs(world, 2, cursor))
            .unwrap()
    };
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let part = page(None, next.as_deref());
        found.extend(part.items);
        next = part.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(found, saved);
    assert_eq!(page(Some(&other), None).items, [saved[2].clone()]);
    assert_eq!(page(Some(&other), None).next, None);
    assert_eq!(
        lab.store.read(|reader| reader.run(&saved[0].id)).unwrap(),
        saved[0]
    );
    let refused = lab
        .store
        .read(|reader| reader.runs(None, 2, Some("x")))
        .unwrap_err();
    assert!(refused.to_string().starts_with("cursor: "), "{refused}");
}

#[test]
fn a_run_needs_what_it_refers_to() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    let good = run(&lab, &world, b"bytes");
    let check = |edit: &dyn Fn(&mut drydock_store::RunRow), expect: &str| {
        let mut bad = good.clone();
        edit(&mut bad);
        let refused = lab.refused(move |w| w.save_run(&bad));
        assert!(refused.contains(expect), "{refused}");
    };
    check(
        &|run| run.world = "absent".to_owned(),
        "no world \"absent\"",
    );
    check(&|run| run.world = "shop".to_owned(), "is a name");
    check(&|run| run.revision = 2, "no revision");
    check(
        &|run| run.artifact = ArtifactId::of(b"never put"),
        "no artifact",
    );
    let stored = good.clone();
    lab.write(move |w| w.save_run(&stored));
    check(&|_| {}, "already");
}

#[test]
fn the_session_grows_by_acts() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    let none = lab.refused(|w| w.append_act(&json!({"act": "kill_node"})));
    assert!(none.starts_with("no session"), "{none}");
    let mut session = SessionRow {
        world,
        revision: 1,
        seed: 1 << 63,
        acts: vec![json!({"atNs": 1})],
        position_ns: 0,
        speed: "10x".to_owned(),
    };
    let stored = session.clone();
    lab.write(move |w| {
        w.save_session(&stored)?;
        assert_eq!(w.append_act(&json!({"atNs": 2}))?, 2);
        w.save_session_position(3_600_000_000_000, "pause")
    });
    session.acts.push(json!({"atNs": 2}));
    session.position_ns = 3_600_000_000_000;
    session.speed = "pause".to_owned();
    let lab = lab.reopened(|_| {});
    let read = || lab.store.read(Reader::session).unwrap();
    assert_eq!(read(), Some(session));
    lab.write(|w| {
        w.clear_session()?;
        w.clear_session()
    });
    assert_eq!(read(), None);
    assert_eq!(lab.count("session_acts"), 0);
}

#[test]
fn settings_say_where_they_come_from() {
    let lab = Lab::new();
    let row = |value, source| SettingRow {
        key: "ha.enabled".to_owned(),
        value,
        source,
        at: at(5),
    };
    let (first, second) = (
        row(json!(true), SettingSource::Environment),
        row(json!({"a": 0.1}), SettingSource::Entered),
    );
    let expect = second.clone();
    lab.write(move |w| {
        w.set_setting(&first)?;
        assert_eq!(w.setting("ha.enabled")?, Some(first));
        w.set_setting(&second)
    });
    let read = || lab.store.read(Reader::settings).unwrap();
    assert_eq!(read(), [expect]);
    assert!(lab.write(|w| w.clear_setting("ha.enabled")));
    assert!(!lab.write(|w| w.clear_setting("ha.enabled")));
    assert!(read().is_empty());
}

#[test]
fn scenarios_belong_to_a_world_and_go_along_with_a_fork() {
    let lab = Lab::new();
    let world = lab.world("shop", &contents(1));
    lab.write(|w| {
        w.save_scenario("shop", "storm", &json!({"acts": []}), at(1))?;
        w.save_scenario("shop", "storm", &json!({"acts": [1]}), at(2))?;
        w.save_scenario("shop", "calm", &json!({}), at(3))?;
        w.fork_world("shop", 1, "fork", "ada", at(4))?;
        w.delete_scenario("shop", "calm")
    });
    let names = |world: &str| {
        let rows = lab.store.read(|reader| reader.scenarios(world)).unwrap();
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&world), ["storm"]);
    assert_eq!(names("fork"), ["calm", "storm"]);
    let storm = lab
        .store
        .read(|reader| reader.scenario("fork", "storm"))
        .unwrap();
    assert_eq!((storm.scenario, storm.at), (json!({"acts": [1]}), at(2)));
    let absent = lab.store.read(|reader| reader.scenario("shop", "calm"));
    assert!(matches!(absent, Err(StoreError::NotFound { .. })));
}
