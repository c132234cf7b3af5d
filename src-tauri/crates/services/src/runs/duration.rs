//! Durations as a person types them: `90s`, `10m`, `1h30m`.

use drydock_model::{NANOS_PER_SECOND, SimTime};

use crate::Error;

/// Nanoseconds in a day.
pub const DAY_NS: SimTime = 24 * 3600 * NANOS_PER_SECOND;
/// Longest run.
const LONGEST_NS: SimTime = 7 * DAY_NS;

/// Reads a duration: whole numbers with `d`, `h`, `m` or `s`, each unit at most once and the larger first, at most 7 days.
/// `field` is named in the error.
pub fn parse_duration(field: &str, text: &str) -> Result<SimTime, Error> {
    let wrong = || {
        let message = format!("{text:?} is not a duration: write it as 90s, 10m, 1h or 1h30m");
        Error::bad_input(field, message)
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: SimTime = 0;
    let mut units = [
        ("d", DAY_NS),
        ("h", DAY_NS / 24),
        ("m", 60 * NANOS_PER_SECOND),
        ("s", NANOS_PER_SECOND),
    ]
    .iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let number: SimTime = number.parse().map_err(|_| wrong())?;
        let (unit, scale) = units
            .by_ref()
            .find(|(unit, _)| after.starts_with(unit))
            .ok_or_else(wrong)?;
        rest = &after[unit.len()..];
        total = number
            .checked_mul(*scale)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= LONGEST_NS)
            .ok_or_else(|| Error::bad_input(field, format!("{text:?} is more than 7 days")))?;
    }
    Ok(total)
}
