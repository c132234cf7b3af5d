//! Settings: what each may be, where a value comes from, and what the environment gives to a new lab alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use drydock_store::LabPath;
use serde_json::{Value, json};

use super::*;
use crate::session::tests::{command, lab};
use crate::{Code, OpenedLab};

#[test]
fn values_are_checked_by_name() {
    let (_folder, lab) = lab();
    let set = |key: &str, value: Value| {
        let input = SetSettingInput {
            key: key.to_owned(),
            value,
        };
        command(&lab, move |change| set_setting(change, input))
    };
    let takes = |key: &str, value: Value, kept: Value| {
        let row = set(key, value.clone()).unwrap_or_else(|error| panic!("{key} {value}: {error}"));
        assert_eq!((row.value, row.source), (kept, Source::Entered), "{key}");
    };
    let refuses = |key: &str, value: Value, says: &str| {
        let error = set(key, value.clone()).unwrap_err();
        assert_eq!(error.code, Code::BadInput, "{key} {value}");
        assert!(error.message.contains(says), "{key} {value}: {error}");
        assert_eq!(error.details, Some(json!({ "field": "value" })));
    };
    takes(HTTP_PORT, json!(8080), json!(8080));
    refuses(HTTP_PORT, json!(0), "from 1 to 65535");
    refuses(HTTP_PORT, json!(65536), "from 1 to 65535");
    refuses(HTTP_PORT, json!("8080"), "whole number");
    takes(HTTP_ENABLED, json!(true), json!(true));
    refuses(HTTP_ENABLED, json!(1), "true nor false");
    takes(HTTP_BODY_LIMIT, json!(1), json!(1));
    refuses(HTTP_BODY_LIMIT, json!(0), "from 1 to 1024");
    refuses(HTTP_BODY_LIMIT, json!(1025), "from 1 to 1024");
    takes(IMPORT_LIMIT, json!(4096), json!(4096));
    refuses(IMPORT_LIMIT, json!(0), "from 1 to 4096");
    takes(
        HTTP_HOSTS,
        json!(["Lab.Example", "lab.example", "desk"]),
        json!(["lab.example", "desk"]),
    );
    refuses(HTTP_HOSTS, json!("lab.example"), "no list");
    refuses(HTTP_HOSTS, json!(["desk", 3]), "entry 2");
    for bad in [
        "",
        "http://desk",
        "desk:80",
        "a b",
        "*",
        "-a",
        "a..b",
        "desk/x",
    ] {
        refuses(HTTP_HOSTS, json!([bad]), "no host name");
    }
    takes(
        HTTP_ORIGINS,
        json!(["http://localhost:5173", "HTTPS://Lab.example:443"]),
        json!(["http://localhost:5173", "https://lab.example"]),
    );
    for bad in [
        "*",
        "null",
        "localhost:5173",
        "http://localhost:5173/",
        "ftp://desk",
        "http://",
        "http://desk:0",
        "http://desk:99999",
    ] {
        refuses(HTTP_ORIGINS, json!([bad]), "no origin");
    }
}

#[test]
fn the_terms_of_the_door_are_the_settings() {
    let (_folder, lab) = lab();
    let terms = lab.store.read(http_terms).unwrap();
    assert_eq!((terms.port, terms.body_limit), (3001, 64 * 1024 * 1024));
    assert!(terms.hosts.is_empty() && terms.origins.is_empty());
    assert!(!http_enabled(&lab).unwrap());
    for (key, value) in [
        (HTTP_PORT, json!(4000)),
        (HTTP_HOSTS, json!(["desk"])),
        (HTTP_ORIGINS, json!(["http://desk:1"])),
        (HTTP_BODY_LIMIT, json!(2)),
        (HTTP_ENABLED, json!(true)),
    ] {
        let key = key.to_owned();
        command(&lab, |change| {
            set_setting(change, SetSettingInput { key, value })
        })
        .unwrap();
    }
    let terms = lab.store.read(http_terms).unwrap();
    assert_eq!((terms.port, terms.body_limit), (4000, 2 * 1024 * 1024));
    assert_eq!(terms.hosts, ["desk"]);
    assert_eq!(terms.origins, ["http://desk:1"]);
    assert!(http_enabled(&lab).unwrap());
}

/// Opens the lab in a folder with one variable in the environment.
fn open(folder: &tempfile::TempDir, region: Option<&str>) -> Result<Arc<Lab>, Error> {
    let path = LabPath::new(folder.path().join("test.lab"));
    let environment: BTreeMap<String, String> = region
        .map(|region| ("PRIMARY_CLOUD_REGION".to_owned(), region.to_owned()))
        .into_iter()
        .collect();
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match Lab::open(&path, &environment)? {
            OpenedLab::Owner(lab) => return Ok(lab),
            // A lab that was just dropped may still be held by the thread that writes down its session.
            OpenedLab::OwnedByOther { .. } => {
                assert!(Instant::now() < until, "the lab is never free");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

fn region(lab: &Lab) -> (Value, Source) {
    let rows = settings(lab, Nothing {}).unwrap();
    let row = rows
        .into_iter()
        .find(|row| row.key == CLOUD_REGION)
        .unwrap();
    (row.value, row.source)
}

#[test]
fn the_environment_gives_a_new_lab_its_first_settings_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let first = (json!("eu-west-1"), Source::Environment);
    let fresh = open(&folder, Some("eu-west-1")).unwrap();
    assert_eq!(region(&fresh), first);
    drop(fresh);
    assert_eq!(
        region(&open(&folder, Some("us-east-1")).unwrap()),
        first,
        "a second start"
    );
    assert_eq!(
        region(&open(&folder, None).unwrap()),
        first,
        "without the variable"
    );
    assert_eq!(
        region(&open(&folder, Some("nowhere")).unwrap()),
        first,
        "a value that cannot be does not lock a lab it is not for"
    );
}

#[test]
fn a_lab_made_without_the_environment_keeps_its_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let default = (json!("us-west-2"), Source::Default);
    assert_eq!(region(&open(&folder, None).unwrap()), default);
    assert_eq!(region(&open(&folder, Some("eu-west-1")).unwrap()), default);
}

#[test]
fn a_lab_from_before_the_mark_is_told_from_a_new_one() {
    let (folder, older) = lab();
    older
        .store
        .write(|writer| writer.clear_setting(BEGUN).map(drop))
        .unwrap();
    drop(older);
    let reopened = open(&folder, Some("eu-west-1")).unwrap();
    assert_eq!(region(&reopened), (json!("us-west-2"), Source::Default));
    let marked = reopened.store.read(|reader| reader.setting(BEGUN)).unwrap();
    assert!(marked.is_some(), "from now on it has the mark");
}

#[test]
fn a_new_lab_refuses_a_first_value_that_cannot_be_and_takes_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder, Some("nowhere")).map(drop).unwrap_err();
    assert_eq!(
        error.details,
        Some(json!({ "field": "PRIMARY_CLOUD_REGION" }))
    );
    assert_eq!(
        region(&open(&folder, Some("eu-west-1")).unwrap()),
        (json!("eu-west-1"), Source::Environment)
    );
}
