//! The definition of a world: parameters, who calls whom, what arrives from outside, replicas, mode. Each change is one
//! revision that undo takes back.

mod replicas;
mod wiring;

pub use replicas::*;
pub use wiring::*;

use drydock_model::{Inventory, Mode, Parameter, Provenance, Setting, World, spec};
use drydock_store::WorldRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lab::{Change, Lab};
use crate::{Code, Error};

/// Which parameters to list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParametersInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Only with this text in key, meaning or source.
    pub search: Option<String>,
    /// Only of this grade.
    pub provenance: Option<Provenance>,
}

/// `parameters`: every figure a world rests on, assumed ones included.
pub fn parameters(lab: &Lab, input: ParametersInput) -> Result<Vec<Parameter>, Error> {
    let row = lab.world_row(&input.world)?;
    let world = lab.store.read(|reader| reader.load_world(&row.id, None))?;
    let text = input.search.unwrap_or_default().to_lowercase();
    Ok(world
        .parameters(&Inventory::of(&world))
        .into_iter()
        .filter(|p| input.provenance.is_none_or(|grade| p.provenance == grade))
        .filter(|p| {
            [&p.key, &p.meaning, &p.source]
                .iter()
                .any(|field| field.to_lowercase().contains(&text))
        })
        .collect())
}

/// A new value of a parameter.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetParameterInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Key of the parameter.
    pub key: String,
    /// Its value, in its unit.
    pub value: f64,
}

/// Names one parameter.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Key of the parameter.
    pub key: String,
}

/// A parameter after a change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParameterOutcome {
    /// The new revision.
    pub revision: u64,
    /// The parameter as it is now.
    pub parameter: Parameter,
}

/// `set_parameter`: enter a value.
pub fn set_parameter(
    change: &mut Change<'_, '_>,
    input: SetParameterInput,
) -> Result<ParameterOutcome, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    let known = parameter_of(&world, &input.key)?;
    check_value(&known, input.value)?;
    world
        .definition
        .settings
        .insert(input.key.clone(), entered(change, input.value));
    let reason = format!(
        "{} {} -> {} {}",
        input.key, known.value, input.value, known.unit
    );
    let revision = change.commit(&row, &world, &reason)?;
    Ok(ParameterOutcome {
        revision,
        parameter: parameter_of(&world, &input.key)?,
    })
}

/// `reset_parameter`: forget an entered value; what is assumed or was imported with the world holds again.
pub fn reset_parameter(
    change: &mut Change<'_, '_>,
    input: ParameterInput,
) -> Result<ParameterOutcome, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    parameter_of(&world, &input.key)?;
    if world.definition.settings.remove(&input.key).is_none() {
        return Err(Error::refused(format!(
            "{} has no value of its own to forget: it is assumed already",
            input.key
        )));
    }
    let revision = change.commit(&row, &world, &format!("reset {}", input.key))?;
    Ok(ParameterOutcome {
        revision,
        parameter: parameter_of(&world, &input.key)?,
    })
}

/// Development or production.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetModeInput {
    /// World: name, id or `current`.
    pub world: String,
    /// The mode.
    pub mode: Mode,
}

/// The revision a change made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revised {
    /// Its number.
    pub revision: u64,
}

/// `set_mode`: mark a world as development or production.
pub fn set_mode(change: &mut Change<'_, '_>, input: SetModeInput) -> Result<Revised, Error> {
    let (row, mut world) = loaded(change, &input.world)?;
    world.definition.mode = input.mode;
    let name = if input.mode == Mode::Production {
        "production"
    } else {
        "development"
    };
    let revision = change.commit(&row, &world, &format!("mode {name}"))?;
    Ok(Revised { revision })
}

pub(crate) fn loaded(change: &Change<'_, '_>, world: &str) -> Result<(WorldRow, World), Error> {
    let row = change.world_row(world)?;
    let world = change.writer.load_world(&row.id, None)?;
    Ok((row, world))
}

fn entered(change: &Change<'_, '_>, value: f64) -> Setting {
    Setting {
        value,
        provenance: Provenance::Entered,
        source: change.caller.name.clone(),
        as_of: Some(change.lab.now().format("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}

fn parameter_of(world: &World, key: &str) -> Result<Parameter, Error> {
    let found = world
        .parameters(&Inventory::of(world))
        .into_iter()
        .find(|p| p.key == key);
    found.ok_or_else(|| {
        let message = match spec(key) {
            Some(_) => format!(
                "there is no parameter {key:?}: the world has no such service, call or class"
            ),
            None => format!("there is no parameter {key:?}: the list of parameters has the keys"),
        };
        Error::new(Code::NotFound, message)
    })
}

fn check_value(parameter: &Parameter, value: f64) -> Result<(), Error> {
    if value.is_finite() && (parameter.minimum..=parameter.maximum).contains(&value) {
        return Ok(());
    }
    Err(Error::bad_input(
        "value",
        format!(
            "{value} is out of range for {}: write {} to {} {}",
            parameter.key, parameter.minimum, parameter.maximum, parameter.unit
        ),
    ))
}
