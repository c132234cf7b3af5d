//! Every row's example, played straight through the gate on a fresh lab with the sample world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drydock_operations::{Check, Example, Gate, Kind, table};
use drydock_services::http_door::{Given, Holder, HttpSwitch, HttpTerms, Moment, OpenDoor, SignIn};
use drydock_services::{Caller, Door, Error, Lab, OpenedLab, Role};
use drydock_store::LabPath;
use serde_json::{Value, json};

/// A switch to a door that nobody can walk through: what a process with an HTTP door puts in is tested with that door.
#[derive(Default)]
struct Pretend(Given, Mutex<Option<OpenDoor>>);

impl Pretend {
    fn lock(&self) -> MutexGuard<'_, Option<OpenDoor>> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpSwitch for Pretend {
    fn holder(&self) -> Holder {
        Holder::Window
    }

    fn given(&self) -> &Given {
        &self.0
    }

    fn door(&self) -> Option<OpenDoor> {
        self.lock().clone()
    }

    fn failure(&self) -> Option<String> {
        None
    }

    fn open(&self, terms: &HttpTerms, by: &Caller, now: Moment) -> Result<OpenDoor, Error> {
        let door = OpenDoor {
            port: 1,
            terms: terms.clone(),
            since: now,
            by: by.clone(),
        };
        *self.lock() = Some(door.clone());
        Ok(door)
    }

    fn close(&self, _: bool) {
        *self.lock() = None;
    }

    fn sign_in(&self, now: Moment) -> Result<Option<SignIn>, Error> {
        Ok(self.lock().as_ref().map(|door| SignIn {
            url: format!("http://127.0.0.1:{}/?code=0", door.port),
            expires: now,
        }))
    }
}

fn play(example: &Example, name: &'static str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = LabPath::new(folder.path().join("test.lab"));
    let OpenedLab::Owner(lab) =
        Lab::open(&path, &BTreeMap::new()).map_err(|error| error.to_string())?
    else {
        return Err("somebody else owns the lab".to_owned());
    };
    lab.offer_http(Arc::new(Pretend::default()))
        .map_err(|error| error.to_string())?;
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
