//! Settings of the lab, each with where its value comes from.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::content::{millis, parse, text, time};
use crate::{Reader, StoreError, Writer};

/// Where the value of a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingSource {
    /// Built in.
    Default,
    /// An environment variable, when the lab was made.
    Environment,
    /// The user.
    Entered,
}

impl SettingSource {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Environment => "environment",
            Self::Entered => "entered",
        }
    }
}

impl FromStr for SettingSource {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        [Self::Default, Self::Environment, Self::Entered]
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| {
                StoreError::invalid(
                    "source",
                    format!("{text:?} is none of default, environment, entered"),
                )
            })
    }
}

/// A setting.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRow {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Where the value comes from.
    pub source: SettingSource,
    /// When it was set.
    pub at: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT key, value, source, at FROM settings";

type RawSetting = (String, String, String, i64);

fn read(row: &Row<'_>) -> rusqlite::Result<RawSetting> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn finish((key, value, source, at): RawSetting) -> Result<SettingRow, StoreError> {
    Ok(SettingRow {
        value: parse(&value, || format!("setting {key}"))?,
        key,
        source: source.parse()?,
        at: time(at)?,
    })
}

impl Reader {
    /// The settings that were set, by key.
    pub fn settings(&self) -> Result<Vec<SettingRow>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{COLUMNS} ORDER BY key"))?;
        let rows = statement.query_map([], read)?;
        rows.map(|row| finish(row?)).collect()
    }

    /// A setting; nothing where it was never set.
    pub fn setting(&self, key: &str) -> Result<Option<SettingRow>, StoreError> {
        self.connection
            .prepare_cached(&format!("{COLUMNS} WHERE key = ?1"))?
            .query_row([key], read)
            .optional()?
            .map(finish)
            .transpose()
    }
}

impl Writer<'_> {
    /// Sets a setting.
    pub fn set_setting(&mut self, setting: &SettingRow) -> Result<(), StoreError> {
        if setting.key.is_empty() {
            return Err(StoreError::invalid("key", "a setting needs a name"));
        }
        self.connection
            .prepare_cached(
                "INSERT INTO settings (key, value, source, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, source = excluded.source, at = excluded.at",
            )?
            .execute((
                &setting.key,
                text(&setting.value)?,
                setting.source.as_str(),
                millis(setting.at),
            ))?;
        Ok(())
    }

    /// Forgets a setting; answers whether it was set.
    pub fn clear_setting(&mut self, key: &str) -> Result<bool, StoreError> {
        let cleared = self
            .connection
            .prepare_cached("DELETE FROM settings WHERE key = ?1")?
            .execute([key])?;
        Ok(cleared > 0)
    }
}
