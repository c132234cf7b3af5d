//! The gate on a lab with the sample world: role, input, audit, jobs, undo.

#![allow(clippy::unwrap_used)] // a test says what went wrong by panicking

use std::collections::BTreeMap;

use drydock_operations::{Gate, Reply};
use drydock_services::{Caller, Door, Lab, OpenedLab, Role};
use drydock_store::LabPath;
use serde_json::{Value, json};

struct House {
    gate: Gate,
    _folder: tempfile::TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let path = LabPath::new(folder.path().join("test.lab"));
    let OpenedLab::Owner(lab) = Lab::open(&path, &BTreeMap::new()).unwrap() else {
        panic!("somebody else owns it")
    };
    let house = House {
        gate: Gate::new(lab),
        _folder: folder,
    };
    house.data("open_sample", json!({}));
    house
}

impl House {
    fn call(&self, role: Role, name: &str, input: Value) -> Reply {
        let caller = Caller {
            name: "tester".to_owned(),
            role,
            door: Door::CommandLine,
        };
        self.gate
            .call_and_wait(&caller, name, input, &mut |_, _| ())
    }

    fn data(&self, name: &str, input: Value) -> Value {
        let reply = self.call(Role::Admin, name, input);
        assert!(reply.is_success(), "{name}: {reply:?}");
        reply.envelope()["data"].clone()
    }

    fn refused(&self, role: Role, name: &str, input: Value) -> (u16, Value) {
        let reply = self.call(role, name, input);
        assert!(!reply.is_success(), "{name} went through: {reply:?}");
        (reply.status(), reply.envelope())
    }

    fn last_entry(&self) -> Value {
        self.data("audit", json!({"limit": 1}))[0].clone()
    }
}

#[test]
fn a_change_is_audited_and_a_query_is_not() {
    let house = house();
    let before = house.data("audit_verify", json!({}))["entries"].clone();
    house.data("worlds", json!({}));
    assert_eq!(house.data("audit_verify", json!({}))["entries"], before);
    house.data(
        "scale_service",
        json!({"world": "current", "service": "web", "replicas": 5}),
    );
    let entry = house.last_entry();
    assert_eq!(
        (&entry["operation"], &entry["outcome"]),
        (&json!("scale_service"), &json!("ok"))
    );
    assert_eq!(house.data("audit_verify", json!({}))["ok"], true);
}

#[test]
fn refusals_are_audited_and_change_nothing() {
    let house = house();
    let (status, _) = house.refused(
        Role::Viewer,
        "set_setting",
        json!({"key": "session.seed", "value": 3}),
    );
    assert_eq!(status, 403);
    assert_eq!(house.last_entry()["code"], "forbidden");
    let (status, body) = house.refused(
        Role::Admin,
        "scale_service",
        json!({"world": "current", "service": "web", "replicas": 1, "junk": 1}),
    );
    assert_eq!((status, &body["details"]["field"]), (400, &json!("junk")));
    assert_eq!(house.last_entry()["code"], "bad_input");
    let (status, _) = house.refused(
        Role::Admin,
        "scale_service",
        json!({"world": "current", "service": "nobody", "replicas": 1}),
    );
    assert_eq!(status, 404);
    assert_eq!(
        house.data("world", json!({"world": "current"}))["revision"],
        1
    );
}

#[test]
fn undo_restores_and_redo_repeats() {
    let house = house();
    let value = || {
        house.data(
            "parameters",
            json!({"world": "current", "search": "world/cross_zone_ms"}),
        )[0]["value"]
            .clone()
    };
    let first = value();
    house.data(
        "set_parameter",
        json!({"world": "current", "key": "world/cross_zone_ms", "value": 3.25}),
    );
    house.data("undo", json!({"world": "current"}));
    assert_eq!(value(), first);
    house.data("redo", json!({"world": "current"}));
    assert_eq!(value(), json!(3.25));
    assert_eq!(
        house
            .refused(Role::Admin, "redo", json!({"world": "current"}))
            .0,
        422
    );
}

#[test]
fn values_out_of_range_name_the_range() {
    let house = house();
    let (status, body) = house.refused(
        Role::Admin,
        "set_parameter",
        json!({"world": "current", "key": "world/cross_zone_ms", "value": -1}),
    );
    assert_eq!((status, &body["details"]["field"]), (400, &json!("value")));
    assert!(
        body["error"]
            .as_str()
            .unwrap()
            .contains("write 0 to 10000 ms"),
        "{body}"
    );
}

#[test]
fn an_upload_leaves_no_contents_in_the_log() {
    let house = house();
    house.refused(
        Role::Admin,
        "import_world",
        json!({"files": [{"path": "x.yaml", "base64": "c2VjcmV0"}]}),
    );
    let entry = house.last_entry();
    assert_eq!(entry["operation"], "import_world");
    assert!(!entry.to_string().contains("c2VjcmV0"), "{entry}");
}

#[test]
fn a_deleted_world_comes_back() {
    let house = house();
    let binned = house.data("delete_world", json!({"world": "current"}))["binned"].clone();
    assert_eq!(
        house
            .refused(Role::Admin, "world", json!({"world": "researchflow"}))
            .0,
        404
    );
    house.data("restore", json!({"id": binned}));
    assert_eq!(
        house.data("world", json!({"world": "researchflow"}))["nodes"],
        6
    );
}
