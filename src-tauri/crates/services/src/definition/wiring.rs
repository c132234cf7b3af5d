//! Who calls whom, and what arrives from outside.

use drydock_model::{Call, Inventory, Provenance, RequestClass, ServiceId, World, spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Revised, entered, loaded};
use crate::lab::{Change, Lab};
use crate::{Code, Error};

/// A call to add or change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetCallInput {
    /// World: name, id or `current`.
    pub world: String,
    /// The calling service.
    pub from: String,
    /// The called service.
    pub to: String,
    /// Calls made for one request of the caller, mean; what is assumed where it is left out.
    pub calls_per_request: Option<f64>,
}

/// Names one call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallInput {
    /// World: name, id or `current`.
    pub world: String,
    /// The calling service.
    pub from: String,
    /// The called service.
    pub to: String,
}

/// A class of requests to add or change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetClassInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Its name.
    pub name: String,
    /// The service it arrives at.
    pub entry: String,
    /// Requests a second; what is assumed where it is left out.
    pub rate_per_s: Option<f64>,
}

/// Names one class of requests.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Its name.
    pub name: String,
}

/// `set_call`: say that one service calls another, and how often.
pub fn set_call(change: &mut Change<'_, '_>, input: SetCallInput) -> Result<Revised, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    let (from, to) = ends(&world, &input.from, &input.to)?;
    if from == to {
        return Err(Error::bad_input("to", format!("{to} cannot call itself")));
    }
    let call = Call {
        from,
        to,
        provenance: Provenance::Entered,
        source: change.caller.name.clone(),
    };
    let subject = call.subject();
    let calls = &mut world.definition.calls;
    if !calls.iter().any(|known| known.subject() == subject) {
        calls.push(call);
        calls.sort();
    }
    if let Some(value) = input.calls_per_request {
        set_value(
            change,
            &mut world,
            &format!("{subject}/calls_per_request"),
            "callsPerRequest",
            value,
        )?;
    }
    let revision = change.commit(&row, &world, &format!("set {subject}"))?;
    Ok(Revised { revision })
}

/// `remove_call`: say that one service does not call another.
pub fn remove_call(change: &mut Change<'_, '_>, input: CallInput) -> Result<Revised, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    let (from, to) = ends(&world, &input.from, &input.to)?;
    let before = world.definition.calls.len();
    world
        .definition
        .calls
        .retain(|call| call.from != from || call.to != to);
    if world.definition.calls.len() == before {
        return Err(Error::new(
            Code::NotFound,
            format!("{from} does not call {to}"),
        ));
    }
    forget(&mut world, &format!("call/{from}->{to}/"));
    let revision = change.commit(&row, &world, &format!("remove call/{from}->{to}"))?;
    Ok(Revised { revision })
}

/// `set_class`: say what arrives from outside, where, and how often.
pub fn set_class(change: &mut Change<'_, '_>, input: SetClassInput) -> Result<Revised, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    if input.name.trim().is_empty() || input.name.contains('/') {
        return Err(Error::bad_input(
            "name",
            format!(
                "{:?} is no name for a class: write one without slashes",
                input.name
            ),
        ));
    }
    let class = RequestClass {
        entry: Lab::service_id(&Inventory::of(&world), &input.entry)
            .map_err(|error| at("entry", error))?,
        provenance: Provenance::Entered,
        source: change.caller.name.clone(),
        name: input.name.clone(),
    };
    let classes = &mut world.definition.classes;
    classes.retain(|known| known.name != class.name);
    classes.push(class);
    classes.sort();
    if let Some(rate) = input.rate_per_s {
        set_value(
            change,
            &mut world,
            &format!("class/{}/rate_per_s", input.name),
            "ratePerS",
            rate,
        )?;
    }
    let revision = change.commit(&row, &world, &format!("set class/{}", input.name))?;
    Ok(Revised { revision })
}

/// `remove_class`: let a class of requests arrive no more.
pub fn remove_class(change: &mut Change<'_, '_>, input: ClassInput) -> Result<Revised, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    let before = world.definition.classes.len();
    world
        .definition
        .classes
        .retain(|class| class.name != input.name);
    if world.definition.classes.len() == before {
        return Err(Error::not_found("class", &input.name));
    }
    forget(&mut world, &format!("class/{}/", input.name));
    let revision = change.commit(&row, &world, &format!("remove class/{}", input.name))?;
    Ok(Revised { revision })
}

fn ends(world: &World, from: &str, to: &str) -> Result<(ServiceId, ServiceId), Error> {
    let inventory = Inventory::of(world);
    Ok((
        Lab::service_id(&inventory, from).map_err(|error| at("from", error))?,
        Lab::service_id(&inventory, to).map_err(|error| at("to", error))?,
    ))
}

fn at(field: &str, error: Error) -> Error {
    Error {
        message: format!("{field}: {}", error.message),
        ..error
    }
}

fn set_value(
    change: &Change<'_, '_>,
    world: &mut World,
    key: &str,
    field: &str,
    value: f64,
) -> Result<(), Error> {
    let (low, high) = spec(key).map_or((f64::NEG_INFINITY, f64::INFINITY), |row| row.limits);
    if !value.is_finite() || !(low..=high).contains(&value) {
        return Err(Error::bad_input(
            field,
            format!("{value} is out of range: write {low} to {high}"),
        ));
    }
    world
        .definition
        .settings
        .insert(key.to_owned(), entered(change, value));
    Ok(())
}

fn forget(world: &mut World, prefix: &str) {
    world
        .definition
        .settings
        .retain(|key, _| !key.starts_with(prefix));
}
