//! Simulated time as it travels: nanoseconds as decimal text, since a JavaScript number holds only 2^53 of them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use drydock_model::SimTime;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds since the start of a run or session; decimal text in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub SimTime);

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Nanos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && let Ok(nanoseconds) = text.parse()
        {
            return Ok(Self(nanoseconds));
        }
        Err(format!(
            "{text:?} is not a time: write nanoseconds as decimal text, such as \"60000000000\""
        ))
    }
}

impl Serialize for Nanos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nanos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Nanos {
    fn schema_name() -> Cow<'static, str> {
        "Nanos".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
            "description": "Nanoseconds since the start, as decimal text."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_text() {
        let check = |json: &str, expect: Option<u64>| {
            let got = serde_json::from_str::<Nanos>(json).ok().map(|n| n.0);
            assert_eq!(got, expect, "{json}");
        };
        check("\"60000000000\"", Some(60_000_000_000));
        check("\"18446744073709551615\"", Some(u64::MAX));
        check("\"18446744073709551616\"", None);
        check("\"-1\"", None);
        check("\"+1\"", None);
        check("\"\"", None);
        check("60", None);
        assert_eq!(serde_json::to_string(&Nanos(7)).unwrap(), "\"7\"");
    }
}
