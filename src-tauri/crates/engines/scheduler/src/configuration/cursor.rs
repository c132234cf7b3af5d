//! A place in a configuration: its value and its path, so that whatever is wrong there can be named. Knows no field.

use serde_json::Value;

use super::InvalidConfiguration;
use crate::error::Fault;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    path: String,
    pub value: &'a Value,
}

impl<'a> At<'a> {
    /// The document itself.
    pub fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value,
        }
    }

    /// The path of a field.
    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A field, where it is given.
    pub fn field(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self {
            path: self.path_of(name),
            value,
        })
    }

    /// A field that has to be there.
    pub fn required(&self, name: &str) -> Result<Self, InvalidConfiguration> {
        self.field(name)
            .ok_or_else(|| self.missing(name, "a value"))
    }

    /// An error about a field that is not there.
    pub fn missing(&self, name: &str, expected: &str) -> InvalidConfiguration {
        InvalidConfiguration {
            field: self.path_of(name),
            value: "missing".to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// An error about this value.
    pub fn fail(&self, expected: impl Into<String>) -> InvalidConfiguration {
        let field = if self.path.is_empty() {
            "the document".to_owned()
        } else {
            self.path.clone()
        };
        InvalidConfiguration {
            field,
            value: self.value.to_string(),
            expected: expected.into(),
        }
    }

    /// An error about something inside of this value, whose path there starts with `prefix`.
    pub fn fault(&self, fault: &Fault, prefix: &str) -> InvalidConfiguration {
        let inner = fault.field.strip_prefix(prefix).unwrap_or_default();
        InvalidConfiguration {
            field: format!("{}{inner}", self.path),
            value: fault.value.clone(),
            expected: fault.expected.to_owned(),
        }
    }

    /// Holds an object to these fields.
    pub fn only(&self, names: &[&str]) -> Result<(), InvalidConfiguration> {
        let Some(map) = self.value.as_object() else {
            return Err(self.fail("an object"));
        };
        match map.keys().find(|key| !names.contains(&key.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(InvalidConfiguration {
                field: self.path_of(unknown),
                value: "no field".to_owned(),
                expected: format!("one of {}", names.join(", ")),
            }),
        }
    }

    /// Holds a field to a text.
    pub fn is_text(&self, name: &str, expected: &str) -> Result<(), InvalidConfiguration> {
        match self.field(name) {
            None => Err(self.missing(name, expected)),
            Some(at) if at.value.as_str() == Some(expected) => Ok(()),
            Some(at) => Err(at.fail(expected)),
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Result<Vec<Self>, InvalidConfiguration> {
        let Some(list) = self.value.as_array() else {
            return Err(self.fail("a list"));
        };
        Ok(list
            .iter()
            .enumerate()
            .map(|(at, value)| Self {
                path: format!("{}[{at}]", self.path),
                value,
            })
            .collect())
    }

    /// The items of a field that may be absent.
    pub fn items_of(&self, name: &str) -> Result<Vec<Self>, InvalidConfiguration> {
        self.field(name).map_or(Ok(Vec::new()), |list| list.items())
    }

    /// A text.
    pub fn text(&self) -> Result<&'a str, InvalidConfiguration> {
        self.value.as_str().ok_or_else(|| self.fail("a text"))
    }

    /// One of these texts.
    pub fn one_of(&self, texts: &[&str]) -> Result<&'a str, InvalidConfiguration> {
        self.value
            .as_str()
            .filter(|text| texts.contains(text))
            .ok_or_else(|| self.fail(texts.join(" or ")))
    }

    /// A whole number within these bounds.
    pub fn integer(&self, least: i64, most: i64) -> Result<i64, InvalidConfiguration> {
        self.value
            .as_i64()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.fail(format!("a whole number from {least} to {most}")))
    }

    /// A truth value.
    pub fn flag(&self) -> Result<bool, InvalidConfiguration> {
        self.value
            .as_bool()
            .ok_or_else(|| self.fail("true or false"))
    }
}
