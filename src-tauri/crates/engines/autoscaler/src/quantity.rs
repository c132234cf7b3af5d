//! A quantity as the controller's float, for tolerances. Everything else reads quantities exactly,
//! through the model.

use drydock_model::Quantity;

/// Thousandths of a quantity, rounded up; `None` if the text is no quantity.
pub fn milli(text: &str) -> Option<i64> {
    text.parse().ok().map(Quantity::milli_ceil)
}

/// The quantity as a float in the way of apimachinery's `AsApproximateFloat64`: the shortest
/// mantissa times a power of ten, which may differ in the last bit from the nearest float.
pub fn approximate(text: &str) -> Option<f64> {
    let mut mantissa = text.parse::<Quantity>().ok()?.nano();
    let mut exponent = -9;
    while exponent < 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        exponent += 1;
    }
    // The API stores quantities with the exponents of its suffixes: 0.05 comes back as 50m.
    while exponent % 3 != 0 {
        mantissa *= 10;
        exponent -= 1;
    }
    let power: f64 = format!("1e{exponent}").parse().ok()?;
    Some(mantissa as f64 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances() {
        for (text, expect) in [
            ("50m", Some(0.05)),
            ("0.05", Some(0.05)),
            ("0.1", Some(0.1)),
            ("0", Some(0.0)),
            ("1", Some(1.0)),
            // One unit in the last place under 0.0125.
            ("12500u", Some(12500.0 * 1e-6)),
            ("x", None),
        ] {
            assert_eq!(approximate(text), expect, "{text}");
        }
    }
}
