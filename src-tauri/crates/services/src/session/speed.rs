//! How fast a session plays: simulated seconds per second on the wall.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The speeds a session plays at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// As the clock on the wall.
    #[default]
    Real,
    /// Ten times that.
    Ten,
    /// A simulated minute a second.
    Sixty,
    /// As fast as the machine can.
    Max,
}

impl Speed {
    /// Simulated seconds per second; nothing for as fast as possible.
    pub fn factor(self) -> Option<u32> {
        match self {
            Self::Real => Some(1),
            Self::Ten => Some(10),
            Self::Sixty => Some(60),
            Self::Max => None,
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.factor() {
            Some(factor) => write!(f, "{factor}"),
            None => f.write_str("max"),
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1" => Ok(Self::Real),
            "10" => Ok(Self::Ten),
            "60" => Ok(Self::Sixty),
            "max" => Ok(Self::Max),
            _ => Err(format!("{text} is not a speed: write 1, 10, 60 or \"max\"")),
        }
    }
}

impl Serialize for Speed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.factor() {
            Some(factor) => serializer.serialize_u32(factor),
            None => serializer.serialize_str("max"),
        }
    }
}

impl<'de> Deserialize<'de> for Speed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Speed {
    fn schema_name() -> Cow<'static, str> {
        "Speed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "enum": [1, 10, 60, "max"],
            "description": "Simulated seconds per second; max is as fast as the machine can."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let check = |json: &str, expect: Option<Speed>| {
            assert_eq!(serde_json::from_str::<Speed>(json).ok(), expect, "{json}");
        };
        check("1", Some(Speed::Real));
        check("10", Some(Speed::Ten));
        check("\"60\"", Some(Speed::Sixty));
        check("\"max\"", Some(Speed::Max));
        check("2", None);
        check("null", None);
        assert_eq!(serde_json::to_string(&Speed::Sixty).unwrap(), "60");
        assert_eq!(serde_json::to_string(&Speed::Max).unwrap(), "\"max\"");
    }
}
