//! The HTTP door as the lab sees it: whether it is open, and the switch that the process owning the lab puts in.
//!
//! Knows no HTTP: it asks whatever the process registered, and says what to do where nothing is.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::lab::{Change, Lab};
use crate::settings::{HTTP_BODY_LIMIT, HTTP_HOSTS, HTTP_ORIGINS, HTTP_PORT, http_terms};
use crate::shapes::Nothing;
use crate::{Caller, Code, Door, Error};

/// What a process that cannot open the door says.
const CANNOT: &str = "the process that owns the lab has no HTTP door: open the lab in the window, or start drydock serve";

/// A time on the wall, for whoever implements the switch.
pub type Moment = DateTime<Utc>;

/// On what terms the door is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTerms {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Names it answers to besides the machine's own, in small letters.
    pub hosts: Vec<String>,
    /// Origins whose pages may read its answers.
    pub origins: Vec<String>,
    /// Largest body, in bytes.
    pub body_limit: u64,
}

/// What the process was told when it started; it wins over the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: Option<u16>,
    /// Largest body, in bytes.
    pub body_limit: Option<u64>,
}

impl Given {
    /// What is given in the place of a setting; a body limit in bytes is not, since its setting counts MiB.
    pub fn value_of(&self, key: &str) -> Option<Value> {
        match key {
            HTTP_PORT => self.port.map(|port| json!(port)),
            _ => None,
        }
    }

    fn over(&self, mut terms: HttpTerms) -> HttpTerms {
        terms.port = self.port.unwrap_or(terms.port);
        terms.body_limit = self.body_limit.unwrap_or(terms.body_limit);
        terms
    }
}

/// What holds the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// The desktop window, which goes on when the door closes.
    Window,
    /// `drydock serve`, which ends with it.
    Serve,
}

/// A door that stands open.
#[derive(Clone, Debug)]
pub struct OpenDoor {
    /// The port it listens at.
    pub port: u16,
    /// The terms it was opened on; a port of 0 stands for any free one.
    pub terms: HttpTerms,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who opened it.
    pub by: Caller,
}

/// An address that signs a browser in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The address with its code, which works once.
    pub url: String,
    /// When the code is too old.
    pub expires: DateTime<Utc>,
}

/// What a process registers that can open the door. No method may wait for a write of the lab.
pub trait HttpSwitch: Send + Sync {
    /// What holds the door.
    fn holder(&self) -> Holder;
    /// What the process was told when it started.
    fn given(&self) -> &Given;
    /// The door, where it is open.
    fn door(&self) -> Option<OpenDoor>;
    /// Why it did not open when it last was to.
    fn failure(&self) -> Option<String>;
    /// Opens it, whole or not at all.
    fn open(&self, terms: &HttpTerms, by: &Caller, now: Moment) -> Result<OpenDoor, Error>;
    /// Closes it: requests under way are answered, streams end. With `wait` it comes back once that is done.
    fn close(&self, wait: bool);
    /// An address that signs a browser in; nothing where the door is closed.
    fn sign_in(&self, now: Moment) -> Result<Option<SignIn>, Error>;
}

/// The HTTP door.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpDoor {
    /// Whether it is open.
    pub open: bool,
    /// Whether the process that owns the lab can open it.
    pub switchable: bool,
    /// What to do where it cannot, or why the door did not open when it last was to.
    pub problem: Option<String>,
    /// What holds it.
    pub holder: Option<Holder>,
    /// Its address.
    pub address: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// Since when it is open.
    pub since: Option<DateTime<Utc>>,
    /// Who opened it.
    pub by: Option<String>,
    /// The way they came in.
    pub through: Option<Door>,
    /// Names it answers to besides the machine's own.
    pub hosts: Vec<String>,
    /// Origins whose pages may read its answers.
    pub origins: Vec<String>,
    /// Largest body it takes, in bytes.
    pub body_limit_bytes: Option<u64>,
    /// Settings that were changed since, and count from the next opening on.
    pub pending: Vec<String>,
}

/// `http_door`: whether the HTTP door is open, where, since when and by whom.
pub fn http_door(lab: &Lab, _: Nothing) -> Result<HttpDoor, Error> {
    let Some(switch) = lab.http_switch() else {
        return Ok(HttpDoor {
            problem: Some(CANNOT.to_owned()),
            ..HttpDoor::default()
        });
    };
    let terms = lab.store.read(http_terms)?;
    Ok(described(
        &**switch,
        switch.door(),
        &switch.given().over(terms),
    ))
}

fn described(switch: &dyn HttpSwitch, door: Option<OpenDoor>, now: &HttpTerms) -> HttpDoor {
    let closed = HttpDoor {
        switchable: true,
        holder: Some(switch.holder()),
        ..HttpDoor::default()
    };
    let Some(door) = door else {
        return HttpDoor {
            problem: switch.failure(),
            ..closed
        };
    };
    let then = &door.terms;
    let changed = [
        (HTTP_PORT, then.port != now.port && door.port != now.port),
        (HTTP_HOSTS, then.hosts != now.hosts),
        (HTTP_ORIGINS, then.origins != now.origins),
        (HTTP_BODY_LIMIT, then.body_limit != now.body_limit),
    ];
    HttpDoor {
        open: true,
        address: Some(format!("http://127.0.0.1:{}", door.port)),
        port: Some(door.port),
        since: Some(door.since),
        by: Some(door.by.name),
        through: Some(door.by.door),
        body_limit_bytes: Some(then.body_limit),
        pending: changed
            .iter()
            .filter(|(_, differs)| *differs)
            .map(|(key, _)| (*key).to_owned())
            .collect(),
        hosts: door.terms.hosts,
        origins: door.terms.origins,
        ..closed
    }
}

/// Whether the door is to be open.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHttpDoorInput {
    /// Open or closed.
    pub open: bool,
    /// Port for this time, in the place of the setting's; 0 takes a free one.
    pub port: Option<u16>,
}

/// `set_http_door`: open or close it. Asked through the door itself, the answer comes before it closes.
pub fn set_http_door(
    change: &mut Change<'_, '_>,
    input: SetHttpDoorInput,
) -> Result<HttpDoor, Error> {
    let switch = switch_of(change.lab)?.clone();
    let mut terms = switch.given().over(http_terms(change.writer)?);
    if !input.open {
        if input.port.is_some() {
            return Err(Error::bad_input("port", "a door that closes takes none"));
        }
        let closed = described(&*switch, None, &terms);
        // A request that closes its own door is one of those the door waits for.
        let wait = change.caller.door != Door::Http;
        change.after_commit(move |_| switch.close(wait));
        return Ok(HttpDoor {
            problem: None,
            ..closed
        });
    }
    terms.port = input.port.unwrap_or(terms.port);
    if let Some(door) = switch.door() {
        return match input.port {
            Some(port) if port != 0 && port != door.port => Err(Error::new(
                Code::Conflict,
                format!(
                    "the HTTP door is open at port {}: close it before it opens at {port}",
                    door.port
                ),
            )),
            _ => Ok(described(&*switch, Some(door), &terms)),
        };
    }
    let door = switch.open(&terms, change.caller, change.lab.now())?;
    let undone = switch.clone();
    change.after_rollback(move |_| undone.close(false));
    Ok(described(&*switch, Some(door), &terms))
}

/// `http_sign_in`: an address that signs one browser in as admin.
pub fn http_sign_in(change: &mut Change<'_, '_>, _: Nothing) -> Result<SignIn, Error> {
    switch_of(change.lab)?
        .sign_in(change.lab.now())?
        .ok_or_else(|| {
            Error::refused(
                "the HTTP door is closed: open it first, in the settings or with set_http_door",
            )
        })
}

fn switch_of(lab: &Lab) -> Result<&Arc<dyn HttpSwitch>, Error> {
    lab.http_switch().ok_or_else(|| Error::refused(CANNOT))
}
