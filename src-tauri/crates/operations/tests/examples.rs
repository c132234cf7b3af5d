//! Every row's example, played straight through the gate on a fresh lab with the sample world.

use std::collections::BTreeMap;

use drydock_operations::{Check, Example, Gate, Kind, table};
use drydock_services::{Caller, Door, Lab, OpenedLab, Role};
use drydock_store::LabPath;
use serde_json::{Value, json};

fn play(example: &Example, name: &'static str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = LabPath::new(folder.path().join("test.lab"));
    let OpenedLab::Owner(lab) =
        Lab::open(&path, &BTreeMap::new()).map_err(|error| error.to_string())?
    else {
        return Err("somebody else owns the lab".to_owned());
    };
    let gate = Gate::new(lab);
    let caller = Caller {
        name: "tester".to_owned(),
        role: Role::Admin,
        door: Door::CommandLine,
    };
    let call = |name: &str, input: Value| {
        let reply = gate.call_and_wait(&caller, name, input, &mut |_, _| ());
        if reply.is_success() {
            Ok(reply.envelope())
        } else {
            Err(format!("{name}: {}", reply.envelope()))
        }
    };
    call("open_sample", json!({}))?;
    let mut replies = Vec::new();
    for (name, input) in &example.before {
        replies.push(call(name, Example::fill(input, &replies))?);
    }
    let reply = call(name, Example::fill(&example.input, &replies))?;
    for Check { ask, at, expect } in &example.checks {
        let seen = match ask {
            Some((name, input)) => call(name, Example::fill(input, &replies))?,
            None => reply.clone(),
        };
        let found = if at.is_empty() {
            seen.get("data")
        } else {
            seen.pointer(at)
        };
        if let Some(problem) = expect.problem(found) {
            return Err(format!("{name} at {at}: {problem}"));
        }
    }
    Ok(())
}

#[test]
fn every_example_does_what_it_says() {
    let failures: Vec<String> = table()
        .iter()
        .filter(|operation| operation.kind() != Kind::Stream)
        .filter_map(|operation| play(&operation.example, operation.name).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
