//! Money as fixed point, so that sums are exact: never a float, never rounded but where a ratio is taken.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimal places kept: bills carry up to fifteen, and the range left is 1.7e20 of the currency.
const PLACES: usize = 18;
const ONE: i128 = 1_000_000_000_000_000_000;

/// An amount of money: a whole number of 1e-18 of its currency. Travels as decimal text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    units: i128,
}

/// Text that is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an amount: write a decimal number of at most 18 places, such as 12.40")]
pub struct ParseMoneyError(String);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0 };

    /// An amount given in 1e-18 of the currency.
    pub const fn from_units(units: i128) -> Self {
        Self { units }
    }

    /// The amount in 1e-18 of the currency.
    pub const fn units(self) -> i128 {
        self.units
    }

    /// `self * numerator / denominator`, rounded half to even at 1e-18.
    /// `None` where the denominator is zero or the product leaves the range of `i128`.
    pub fn times_ratio(self, numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let Some(product) = self.units.checked_mul(numerator) else {
            return self.times_reduced(numerator, denominator);
        };
        Some(Self::from_units(divide_half_even(product, denominator)))
    }

    // Splits off the whole part first, so that a large amount times a fraction near one still fits.
    fn times_reduced(self, numerator: i128, denominator: i128) -> Option<Self> {
        let whole = (self.units / denominator).checked_mul(numerator)?;
        let rest = (self.units % denominator).checked_mul(numerator)?;
        Some(Self::from_units(
            whole.checked_add(divide_half_even(rest, denominator))?,
        ))
    }

    /// The amount as a float, for charts and ratios only; never added up.
    pub fn approximate(self) -> f64 {
        self.units as f64 / ONE as f64
    }
}

fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (
        numerator.div_euclid(denominator),
        numerator.rem_euclid(denominator),
    );
    let half = denominator.abs() - rest;
    let up = rest > half || (rest == half && quotient % 2 != 0);
    quotient + i128::from(up) * denominator.signum()
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .map(Self::from_units)
            .ok_or_else(|| ParseMoneyError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<i128> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty())
        || !digits(whole)
        || !digits(fraction)
        || fraction.len() > PLACES
    {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction: i128 = format!("{fraction:0<PLACES$}").parse().ok()?;
    let units = whole.checked_mul(ONE)?.checked_add(fraction)?;
    Some(if negative { -units } else { units })
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.units.unsigned_abs();
        let one = ONE.unsigned_abs();
        let fraction = format!("{:0PLACES$}", magnitude % one);
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.units < 0 { "-" } else { "" };
        write!(f, "{sign}{}", magnitude / one)?;
        if fraction.is_empty() {
            Ok(())
        } else {
            write!(f, ".{fraction}")
        }
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_units(self.units + other.units)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.units += other.units;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::from_units(self.units - other.units)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self::from_units(-self.units)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]*(\\.[0-9]{1,18})?$",
            "description": "An amount of money as decimal text, exact to 18 places."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_both_ways() {
        for (text, back) in [
            ("12.40", "12.4"),
            ("0", "0"),
            ("-0.000000000000000001", "-0.000000000000000001"),
            (".5", "0.5"),
            ("100000000000000000000", "100000000000000000000"),
        ] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), back);
        }
        for bad in [
            "",
            ".",
            "-",
            "1e3",
            "1,0",
            "1.2.3",
            "+1",
            "0.0000000000000000001",
            "NaN",
        ] {
            assert!(bad.parse::<Money>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ratios_round_half_to_even() {
        let check = |units: i128, n: i128, d: i128, expect: Option<i128>| {
            assert_eq!(
                Money::from_units(units).times_ratio(n, d).map(Money::units),
                expect,
                "{units} * {n} / {d}"
            );
        };
        check(5, 1, 2, Some(2));
        check(7, 1, 2, Some(4));
        check(-5, 1, 2, Some(-2));
        check(5, 1, -2, Some(-2));
        check(10, 1, 3, Some(3));
        check(1, 1, 0, None);
        check(i128::MAX / 2, 3, 3, Some(i128::MAX / 2));
        check(i128::MAX, 2, 1, None);
    }

    proptest! {
        #[test]
        fn display_parses_back(units in any::<i64>().prop_map(|n| i128::from(n) * 1_000_003)) {
            let money = Money::from_units(units);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        }
    }
}
