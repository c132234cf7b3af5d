//! Cost over time: an hourly price held for a stretch of simulated time. Keeps no running state.

use drydock_model::Money;

/// Nanoseconds in an hour.
const HOUR_NS: i128 = 3_600_000_000_000;

/// What `per_hour` comes to over `nanoseconds` of simulated time, rounded half to even at the last
/// unit of [`Money`]; `None` only where the amount leaves its range. Add up time first and accrue once where the sum must be exact.
pub fn accrue(per_hour: Money, nanoseconds: u64) -> Option<Money> {
    per_hour.times_ratio(i128::from(nanoseconds), HOUR_NS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(per_hour: &str, nanoseconds: u64, expect: &str) {
        let got = accrue(per_hour.parse().unwrap(), nanoseconds);
        assert_eq!(
            got,
            Some(expect.parse().unwrap()),
            "{per_hour} for {nanoseconds} ns"
        );
    }

    #[test]
    fn price_over_time() {
        check("0.096", 3_600_000_000_000, "0.096");
        check("0.096", 1_800_000_000_000, "0.048");
        check("3.6", 10_000_000_000, "0.01");
        check("0.096", 0, "0");
    }
}
