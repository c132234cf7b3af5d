//! Resource quantities of pods and nodes as exact nano units, within what placement can count with.

use drydock_model::Quantity;

use crate::error::Fault;

const NANO: i128 = 1_000_000_000;
const EXPECTED: &str = "a quantity such as 250m, 2, 1.5Gi or 1e3";

/// The largest amount (milli cores, bytes or items) a pod may ask for or a node may offer, 2^56: beyond it the
/// percentages of the score plugins overflow 64 bits.
const LIMIT: i128 = 1 << 56;

/// Parses an amount of `resource` to nano units; what is finer than a nano is rounded up, as the original does.
/// Negative is refused.
pub(crate) fn parse(resource: &str, text: &str, field: impl Fn() -> String) -> Result<i128, Fault> {
    let quantity: Quantity = text
        .parse()
        .map_err(|_| Fault::new(field(), format!("{text:?}"), EXPECTED))?;
    let nano = quantity.nano();
    if nano < 0 {
        return Err(Fault::new(
            field(),
            format!("{text:?}"),
            "a quantity that is not negative",
        ));
    }
    let unit = if resource == "cpu" { NANO / 1000 } else { NANO };
    if nano / unit > LIMIT {
        return Err(Fault::new(
            field(),
            format!("{text:?}"),
            "a quantity of at most 2^56 milli cores, bytes or items",
        ));
    }
    Ok(nano)
}

/// Thousandths, rounded up, as `Quantity.MilliValue` gives them.
pub(crate) fn milli_ceil(nano: i128) -> i64 {
    Quantity::from_nano(nano).milli_ceil()
}

/// Whole units, rounded up, as `Quantity.Value` gives them.
pub(crate) fn value_ceil(nano: i128) -> i64 {
    Quantity::from_nano(nano).value_ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, milli: Option<i64>) {
        let got = parse("cpu", text, || "f".into()).ok().map(milli_ceil);
        assert_eq!(got, milli, "{text}");
    }

    #[test]
    fn spellings() {
        check("250m", Some(250));
        check("0.25", Some(250));
        check(".5", Some(500));
        check("2.", Some(2000));
        check("+1", Some(1000));
        check("1Gi", Some(1_073_741_824_000));
        check("1.5Ki", Some(1_536_000));
        check("1e3", Some(1_000_000));
        check("1E", None);
        check("1E1", Some(10_000));
        check("100u", Some(1));
        check("1n", Some(1));
        check("0.0000000001", Some(1));
        check("0", Some(0));
        check("123456789", Some(123_456_789_000));
        for bad in [
            "", "m", "1 Gi", "1gi", "1KI", "1.2.3", "-1", "1e", "--1", "0x10", "1e999", "9Ei",
            "NaN",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn whole_units_round_up() {
        assert_eq!(
            value_ceil(parse("memory", "1500m", || "f".into()).unwrap()),
            2
        );
    }
}
