//! Settings of the lab: one table of what can be set, and where each value comes from.
//!
//! A setting stands here only if something reads it. A variable of the environment gives a new lab its first value;
//! later the lab's own value rules.

mod http;
mod table;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use drydock_store::{AuditFilter, Reader, SettingSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Error;
use crate::lab::{Change, Lab};
use crate::shapes::Nothing;
use table::{SPECS, Spec};

pub(crate) use http::terms as http_terms;

/// Provider that proposed nodes are priced at.
pub const CLOUD_PROVIDER: &str = "cloud.provider";
/// Region that proposed nodes are priced in.
pub const CLOUD_REGION: &str = "cloud.region";
/// Largest input of an import, in MiB.
pub const IMPORT_LIMIT: &str = "import.limit_mib";
/// What it is where nobody sets it.
pub const DEFAULT_IMPORT_LIMIT_MIB: u64 = drydock_import::DEFAULT_LIMIT_BYTES >> 20;
/// Seed of a session that was given none.
pub const SESSION_SEED: &str = "session.seed";
/// Worlds sampled where assumptions dominate a run.
pub const RUN_REPLICATIONS: &str = "run.replications";
/// Whether the window opens the HTTP door when it starts.
pub const HTTP_ENABLED: &str = "http.enabled";
/// Port of the HTTP door.
pub const HTTP_PORT: &str = "http.port";
/// The port of the HTTP door where nobody sets it.
pub const DEFAULT_HTTP_PORT: u16 = 3001;
/// Further names the HTTP door answers to.
pub const HTTP_HOSTS: &str = "http.hosts";
/// Origins whose pages may read the HTTP door's answers.
pub const HTTP_ORIGINS: &str = "http.origins";
/// Largest body of a request, in MiB.
pub const HTTP_BODY_LIMIT: &str = "http.body_limit_mib";
/// Says that the lab had its first settings; kept among them, and no setting itself.
const BEGUN: &str = "lab.begun";
/// The world the lab is at; kept among the settings, but set by `select_world`.
pub(crate) const CURRENT_WORLD: &str = "lab.currentWorld";

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
    /// What rules in its place while this process runs: an option it was started with.
    pub overruled: Option<Value>,
}

fn row(spec: &Spec, lab: &Lab, reader: &Reader) -> Result<SettingRow, Error> {
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
        overruled: lab
            .http_switch()
            .and_then(|switch| switch.given().value_of(spec.key)),
    })
}

/// `settings`: every setting with its value and where it comes from.
pub fn settings(lab: &Lab, _: Nothing) -> Result<Vec<SettingRow>, Error> {
    lab.store
        .read(|reader| SPECS.iter().map(|spec| row(spec, lab, reader)).collect())
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
    row(spec, change.lab, change.writer)
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

/// The value of a setting that is a whole number.
pub(crate) fn whole(reader: &Reader, key: &str) -> Result<u64, Error> {
    let found = value(reader, key)?;
    found
        .as_u64()
        .ok_or_else(|| Error::internal(format!("{key}: {found} is no whole number")))
}

/// Whether the window is to open the HTTP door when it starts.
pub fn http_enabled(lab: &Lab) -> Result<bool, Error> {
    lab.store
        .read(|reader| Ok(value(reader, HTTP_ENABLED)? == json!(true)))
}

/// Gives a new lab its first settings from the environment; a lab in which anything happened keeps what it has, so that
/// a variable set today cannot move the prices of last month's lab. A variable with a value that cannot be is named, not
/// taken, and the lab is still new when it is opened with a better one.
pub(crate) fn first(lab: &Lab) -> Result<(), Error> {
    let (begun, untouched) = lab.store.read(|reader| {
        let begun = reader.setting(BEGUN)?.is_some();
        Ok::<_, Error>((begun, is_untouched(reader)?))
    })?;
    if begun {
        return Ok(());
    }
    let mut rows = vec![drydock_store::SettingRow {
        key: BEGUN.to_owned(),
        value: json!(true),
        source: SettingSource::Default,
        at: lab.now(),
    }];
    for spec in SPECS.iter().filter(|_| untouched) {
        let Some((name, text)) = spec
            .environment
            .and_then(|name| Some((name, lab.environment.get(name)?)))
        else {
            continue;
        };
        let value = (spec.check)(&json!(text)).map_err(|error| Error::bad_input(name, error))?;
        rows.push(drydock_store::SettingRow {
            key: spec.key.to_owned(),
            value,
            source: SettingSource::Environment,
            at: lab.now(),
        });
    }
    lab.store.write(move |writer| {
        for row in &rows {
            writer.set_setting(row)?;
        }
        Ok::<_, Error>(())
    })
}

/// Whether nothing ever happened in a lab: it has no worlds, no settings, and nobody wrote to it. Labs made before the
/// mark was kept are told from new ones by it.
fn is_untouched(reader: &Reader) -> Result<bool, Error> {
    let entries = reader.audit(1, None, &AuditFilter::default())?;
    Ok(reader.settings()?.is_empty() && reader.worlds()?.is_empty() && entries.items.is_empty())
}
