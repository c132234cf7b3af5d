//! Kubernetes resource quantities as exact nano units.
//!
//! The grammar is that of `apimachinery/pkg/api/resource`: a decimal number and a decimal, binary or exponent suffix.

use std::str::FromStr;

const NANO: i128 = 1_000_000_000;

/// An amount of a resource (cores, bytes or items), exact to a nano unit; what is finer is rounded up, as the API does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

/// Text that is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a quantity: write it as 250m, 2, 1.5Gi or 1e3")]
pub struct ParseQuantityError(String);

impl Quantity {
    /// An amount given in nano units.
    pub const fn from_nano(nano: i128) -> Self {
        Self { nano }
    }

    /// The amount in nano units.
    pub fn nano(self) -> i128 {
        self.nano
    }

    /// Thousandths, rounded up (`Quantity.MilliValue` of apimachinery); saturates at the ends of `i64`.
    pub fn milli_ceil(self) -> i64 {
        ceil(self.nano, NANO / 1000)
    }

    /// Whole units, rounded up (`Quantity.Value` of apimachinery); saturates at the ends of `i64`.
    pub fn value_ceil(self) -> i64 {
        ceil(self.nano, NANO)
    }
}

impl FromStr for Quantity {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        nano(text)
            .map(|nano| Self { nano })
            .ok_or_else(|| ParseQuantityError(text.to_owned()))
    }
}

fn nano(text: &str) -> Option<i128> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = body
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(body.len());
    let (number, suffix) = body.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let mut digits: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        digits = digits
            .checked_mul(10)?
            .checked_add(i128::from(digit - b'0'))?;
    }
    // value = digits * multiplier * 10^power, in nano units.
    let (multiplier, exponent): (i128, i32) = match suffix {
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "" => (1, 0),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => (
            1,
            suffix.strip_prefix(['e', 'E'])?.parse::<i16>().ok()?.into(),
        ),
    };
    let power = exponent + 9 - i32::try_from(fraction.len()).ok()?;
    let scaled = digits.checked_mul(multiplier)?;
    let nano = if scaled == 0 {
        0
    } else if power >= 0 {
        scaled.checked_mul(10i128.checked_pow(power.unsigned_abs())?)?
    } else {
        match 10i128.checked_pow(power.unsigned_abs()) {
            Some(divisor) => {
                scaled.div_euclid(divisor) + i128::from(scaled.rem_euclid(divisor) != 0)
            }
            None => 1,
        }
    };
    Some(if negative { -nano } else { nano })
}

fn ceil(nano: i128, unit: i128) -> i64 {
    let value = nano.div_euclid(unit) + i128::from(nano.rem_euclid(unit) != 0);
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let check = |text: &str, milli: Option<i64>| {
            assert_eq!(text.parse().ok().map(Quantity::milli_ceil), milli, "{text}");
        };
        check("250m", Some(250));
        check(".5", Some(500));
        check("2.", Some(2000));
        check("-1", Some(-1000));
        check("1Gi", Some(1_073_741_824_000));
        check("1e3", Some(1_000_000));
        check("100u", Some(1));
        check("1n", Some(1));
        check("0.0000000001", Some(1));
        for bad in [
            "", "m", "1 Gi", "1gi", "1.2.3", "1e", "--1", "0x10", "1e999", "NaN",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn whole_units_round_up() {
        assert_eq!("1500m".parse::<Quantity>().unwrap().value_ceil(), 2);
        assert_eq!("1e25".parse::<Quantity>().unwrap().value_ceil(), i64::MAX);
    }
}
