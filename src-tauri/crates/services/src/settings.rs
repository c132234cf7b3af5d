//! Settings of the lab: one table of what can be set, and where each value comes from.
//!
//! A setting stands here only if something reads it. A variable of the environment gives a new lab its first value;
//! later the lab's own value rules.

use chrono::{DateTime, Utc};
use drydock_pricing::{PriceBook, Provider};
use drydock_store::{Reader, SettingSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Error;
use crate::lab::{Change, Lab};
use crate::shapes::Nothing;

/// Provider that proposed nodes are priced at.
pub const CLOUD_PROVIDER: &str = "cloud.provider";
/// Region that proposed nodes are priced in.
pub const CLOUD_REGION: &str = "cloud.region";
/// Seed of a session that was given none.
pub const SESSION_SEED: &str = "session.seed";
/// Worlds sampled where assumptions dominate a run.
pub const RUN_REPLICATIONS: &str = "run.replications";
/// The world the lab is at; kept among the settings, but set by `select_world`.
pub(crate) const CURRENT_WORLD: &str = "lab.currentWorld";

struct Spec {
    key: &'static str,
    kind: &'static str,
    meaning: &'static str,
    environment: Option<&'static str>,
    default: fn() -> Value,
    check: fn(&Value) -> Result<Value, String>,
}

const SPECS: &[Spec] = &[
    Spec {
        key: CLOUD_PROVIDER,
        kind: "aws | azure | gcp",
        meaning: "Provider whose prices a proposed node pool takes, where manifests come without nodes",
        environment: Some("PRIMARY_CLOUD_PROVIDER"),
        default: || json!("aws"),
        check: |value| {
            let text = value.as_str().unwrap_or_default();
            text.parse::<Provider>()
                .map(|provider| json!(provider.as_str()))
                .map_err(|error| error.to_string())
        },
    },
    Spec {
        key: CLOUD_REGION,
        kind: "region",
        meaning: "Region whose prices a proposed node pool takes",
        environment: Some("PRIMARY_CLOUD_REGION"),
        default: || json!("us-west-2"),
        check: |value| {
            let region = value.as_str().unwrap_or_default();
            let known = Provider::ALL.iter().any(|provider| {
                PriceBook::builtin()
                    .in_region(*provider, region)
                    .next()
                    .is_some()
            });
            if known {
                Ok(value.clone())
            } else {
                Err(format!(
                    "{value} is no region of the price book: write one such as us-west-2"
                ))
            }
        },
    },
    Spec {
        key: SESSION_SEED,
        kind: "whole number",
        meaning: "Seed of a session that was given none",
        environment: None,
        default: || json!(1),
        check: |value| whole(value, 0, u64::from(u32::MAX)),
    },
    Spec {
        key: RUN_REPLICATIONS,
        kind: "whole number",
        meaning: "Worlds sampled from the assumed ranges where assumptions dominate a run",
        environment: None,
        default: || json!(16),
        check: |value| whole(value, 4, 256),
    },
    Spec {
        key: "hint.first",
        kind: "true | false",
        meaning: "Whether the hint of the first start was dismissed",
        environment: None,
        default: || json!(false),
        check: |value| {
            value
                .as_bool()
                .map(|_| value.clone())
                .ok_or_else(|| format!("{value} is neither true nor false"))
        },
    },
];

fn whole(value: &Value, low: u64, high: u64) -> Result<Value, String> {
    match value.as_u64() {
        Some(number) if (low..=high).contains(&number) => Ok(value.clone()),
        _ => Err(format!(
            "{value} is out of range: write a whole number from {low} to {high}"
        )),
    }
}

/// Where the value of a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Built in.
    Default,
    /// A variable of the environment when the lab was made.
    Environment,
    /// The user.
    Entered,
}

/// A setting.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingRow {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// What it is where nobody sets it.
    pub default: Value,
    /// What it may be.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub meaning: String,
    /// Where the value comes from.
    pub source: Source,
    /// The variable that gives a new lab its first value.
    pub environment: Option<String>,
    /// When it was set.
    pub at: Option<DateTime<Utc>>,
}

fn row(spec: &Spec, reader: &Reader) -> Result<SettingRow, Error> {
    let stored = reader.setting(spec.key)?;
    let source = match stored.as_ref().map(|s| s.source) {
        None | Some(SettingSource::Default) => Source::Default,
        Some(SettingSource::Environment) => Source::Environment,
        Some(SettingSource::Entered) => Source::Entered,
    };
    Ok(SettingRow {
        key: spec.key.to_owned(),
        value: stored
            .as_ref()
            .map_or_else(spec.default, |s| s.value.clone()),
        default: (spec.default)(),
        kind: spec.kind.to_owned(),
        meaning: spec.meaning.to_owned(),
        source,
        environment: spec.environment.map(str::to_owned),
        at: stored.map(|s| s.at),
    })
}

/// `settings`: every setting with its value and where it comes from.
pub fn settings(lab: &Lab, _: Nothing) -> Result<Vec<SettingRow>, Error> {
    lab.store
        .read(|reader| SPECS.iter().map(|spec| row(spec, reader)).collect())
}

/// A new value of a setting.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettingInput {
    /// Name of the setting.
    pub key: String,
    /// Its value; nothing brings the default back.
    pub value: Value,
}

/// `set_setting`: give a setting a value.
pub fn set_setting(
    change: &mut Change<'_, '_>,
    input: SetSettingInput,
) -> Result<SettingRow, Error> {
    let spec = SPECS
        .iter()
        .find(|spec| spec.key == input.key)
        .ok_or_else(|| Error::not_found("setting", &input.key))?;
    if input.value.is_null() {
        change.writer.clear_setting(spec.key)?;
    } else {
        let value = (spec.check)(&input.value).map_err(|error| Error::bad_input("value", error))?;
        change.writer.set_setting(&drydock_store::SettingRow {
            key: spec.key.to_owned(),
            value,
            source: SettingSource::Entered,
            at: change.lab.now(),
        })?;
    }
    row(spec, change.writer)
}

/// The value of a setting, as a transaction or snapshot sees it.
pub(crate) fn value(reader: &Reader, key: &str) -> Result<Value, Error> {
    let spec = SPECS
        .iter()
        .find(|spec| spec.key == key)
        .ok_or_else(|| Error::not_found("setting", key))?;
    Ok(reader
        .setting(key)?
        .map_or_else(spec.default, |stored| stored.value))
}

/// Gives a new lab its first settings from the environment. A variable with a value that cannot be is named, not taken.
pub(crate) fn first(lab: &Lab) -> Result<(), Error> {
    let mut rows = Vec::new();
    for spec in SPECS {
        let Some(text) = spec.environment.and_then(|name| lab.environment.get(name)) else {
            continue;
        };
        let value = (spec.check)(&json!(text))
            .map_err(|error| Error::bad_input(spec.environment.unwrap_or(spec.key), error))?;
        rows.push(drydock_store::SettingRow {
            key: spec.key.to_owned(),
            value,
            source: SettingSource::Environment,
            at: lab.now(),
        });
    }
    lab.store.write(move |writer| {
        for row in &rows {
            if writer.setting(&row.key)?.is_none() {
                writer.set_setting(row)?;
            }
        }
        Ok::<_, Error>(())
    })
}
