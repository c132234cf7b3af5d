//! The catalogue of parameters: what a world can have, and what is assumed of it where nobody says.
//!
//! One table: a row names a parameter, its unit, its default with a plausible range, and where default and range come from.

mod table;

use std::collections::BTreeMap;

use table::CATALOGUE;

use crate::{Parameter, Provenance, Setting};

/// What a parameter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A service: `service/<namespace>/<name>`.
    Service,
    /// A call: `call/<namespace>/<name>-><namespace>/<name>`.
    Call,
    /// A service that is a cache, beside what it has as a service.
    Cache,
    /// A service that is a database, beside what it has as a service.
    Database,
    /// A class of requests from outside that arrives at a rate: `class/<name>`.
    Class,
    /// A class of requests of users in a closed loop: `class/<name>`.
    Users,
    /// The world as a whole: `world`.
    World,
}

/// One row of the catalogue.
#[derive(Debug)]
pub struct ParameterSpec {
    /// What it is about.
    pub subject: Subject,
    /// Name, unit included.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// One line on what it means.
    pub meaning: &'static str,
    /// What is assumed where nobody says.
    pub default: f64,
    /// Plausible range of the default.
    pub range: (f64, f64),
    /// Values that are accepted at all.
    pub limits: (f64, f64),
    /// Where default and range come from.
    pub source: &'static str,
}

/// The row behind a key, or nothing where the key names no parameter.
pub fn spec(key: &str) -> Option<&'static ParameterSpec> {
    let (subject, name) = key.rsplit_once('/')?;
    let kinds: &[Subject] = match subject.split_once('/').map_or(subject, |(kind, _)| kind) {
        "service" => &[Subject::Service, Subject::Cache, Subject::Database],
        "call" => &[Subject::Call],
        "class" => &[Subject::Class, Subject::Users],
        "world" => &[Subject::World],
        _ => return None,
    };
    CATALOGUE
        .iter()
        .find(|row| kinds.contains(&row.subject) && row.name == name)
}

/// Every parameter of a world in the order of its subjects and of the catalogue.
/// `subjects` are the full subjects (`service/shop/cart`); what `settings` does not hold is assumed.
pub fn parameters(
    subjects: &[(Subject, String)],
    settings: &BTreeMap<String, Setting>,
) -> Vec<Parameter> {
    let mut all = Vec::new();
    for (kind, subject) in subjects {
        for row in CATALOGUE.iter().filter(|row| row.subject == *kind) {
            all.push(parameter(row, subject, settings));
        }
    }
    all
}

fn parameter(
    row: &ParameterSpec,
    subject: &str,
    settings: &BTreeMap<String, Setting>,
) -> Parameter {
    let key = format!("{subject}/{}", row.name);
    let given = settings.get(&key);
    let value = given.map_or(row.default, |setting| setting.value);
    let assumed = given.is_none_or(|setting| setting.provenance == Provenance::Assumed);
    // An assumption with a value of its own keeps the catalogue's spread around it.
    let (low, high) = if assumed {
        let scale = value / row.default;
        (row.range.0 * scale, row.range.1 * scale)
    } else {
        (value, value)
    };
    Parameter {
        subject: subject.to_owned(),
        name: row.name.to_owned(),
        meaning: row.meaning.to_owned(),
        unit: row.unit.to_owned(),
        value,
        low,
        high,
        minimum: row.limits.0,
        maximum: row.limits.1,
        provenance: given.map_or(Provenance::Assumed, |setting| setting.provenance),
        source: given.map_or_else(|| row.source.to_owned(), |setting| setting.source.clone()),
        as_of: given.and_then(|setting| setting.as_of.clone()),
        key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sound() {
        for (at, row) in CATALOGUE.iter().enumerate() {
            assert!(
                row.range.0 <= row.default && row.default <= row.range.1,
                "{}",
                row.name
            );
            assert!(
                row.limits.0 <= row.range.0 && row.range.1 <= row.limits.1,
                "{}",
                row.name
            );
            assert!(
                row.default > 0.0,
                "{}: ranges scale with the value",
                row.name
            );
            assert!(
                CATALOGUE[..at]
                    .iter()
                    .all(|other| (other.subject, other.name) != (row.subject, row.name)),
                "{} is listed twice",
                row.name
            );
        }
    }

    #[test]
    fn keys() {
        assert_eq!(spec("service/shop/cart/demand_ms").unwrap().unit, "ms");
        assert_eq!(
            spec("call/shop/a->shop/b/calls_per_request")
                .unwrap()
                .default,
            1.0
        );
        assert_eq!(spec("world/cross_zone_ms").unwrap().subject, Subject::World);
        for bad in [
            "demand_ms",
            "service/shop/cart/rate_per_s",
            "pod/x/demand_ms",
            "",
        ] {
            assert!(spec(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn given_values_have_no_spread_and_assumed_ones_do() {
        let settings = BTreeMap::from([
            (
                "class/a/rate_per_s".to_owned(),
                setting(50.0, Provenance::Entered),
            ),
            (
                "class/b/rate_per_s".to_owned(),
                setting(40.0, Provenance::Assumed),
            ),
        ]);
        let subjects: Vec<_> = ["class/a", "class/b", "class/c"]
            .map(|s| (Subject::Class, s.to_owned()))
            .into();
        let got: Vec<_> = parameters(&subjects, &settings)
            .iter()
            .map(|p| (p.value, p.low, p.high))
            .collect();
        assert_eq!(
            got,
            [(50.0, 50.0, 50.0), (40.0, 12.0, 120.0), (10.0, 3.0, 30.0)]
        );
    }

    fn setting(value: f64, provenance: Provenance) -> Setting {
        Setting {
            value,
            provenance,
            source: "test".to_owned(),
            as_of: None,
        }
    }
}
