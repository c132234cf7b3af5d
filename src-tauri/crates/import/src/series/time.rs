//! Times as a CSV has them. One file has one way of writing them, which its first row shows.

use chrono::{DateTime, NaiveDateTime};

/// From here on a number is milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973.
const MILLISECONDS_FROM: f64 = 1e11;

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// `2014-02-14T14:30:00Z`, with any offset.
    Rfc3339,
    /// `2014-02-14 14:30:00`, taken as UTC.
    Plain,
    /// Unix seconds, fractions too.
    Seconds,
    /// Unix milliseconds.
    Milliseconds,
}

impl TimeFormat {
    /// The format of a time; `None` where it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        if let Some(number) = unix(text) {
            return Some(if number.abs() >= MILLISECONDS_FROM {
                Self::Milliseconds
            } else {
                Self::Seconds
            });
        }
        [Self::Rfc3339, Self::Plain]
            .into_iter()
            .find(|format| format.milliseconds(text).is_some())
    }

    /// Milliseconds since 1970 UTC; `None` where the text is not in this format.
    pub(super) fn milliseconds(self, text: &str) -> Option<i64> {
        match self {
            Self::Rfc3339 => DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|at| at.timestamp_millis()),
            Self::Plain => ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|at| at.and_utc().timestamp_millis()),
            Self::Seconds => unix(text)
                .filter(|number| number.abs() < MILLISECONDS_FROM)
                .map(|seconds| (seconds * 1000.0).round() as i64),
            Self::Milliseconds => unix(text)
                .filter(|number| (MILLISECONDS_FROM..1e15).contains(&number.abs()))
                .map(|milliseconds| milliseconds.round() as i64),
        }
    }

    /// The format as a person reads it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Rfc3339 => "RFC 3339 (2014-02-14T14:30:00Z)",
            Self::Plain => "YYYY-MM-DD HH:MM:SS (UTC)",
            Self::Seconds => "Unix seconds",
            Self::Milliseconds => "Unix milliseconds",
        }
    }
}

fn unix(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (text, expect) in [
            (
                "2014-02-14T14:30:00Z",
                Some((TimeFormat::Rfc3339, 1_392_388_200_000)),
            ),
            (
                "2014-02-14T15:30:00.5+01:00",
                Some((TimeFormat::Rfc3339, 1_392_388_200_500)),
            ),
            (
                "2014-02-14 14:30:00",
                Some((TimeFormat::Plain, 1_392_388_200_000)),
            ),
            (
                "2014-02-14T14:30:00.250",
                Some((TimeFormat::Plain, 1_392_388_200_250)),
            ),
            ("1392388200", Some((TimeFormat::Seconds, 1_392_388_200_000))),
            (
                "1392388200.781",
                Some((TimeFormat::Seconds, 1_392_388_200_781)),
            ),
            (
                "1392388200000",
                Some((TimeFormat::Milliseconds, 1_392_388_200_000)),
            ),
            ("14/02/2014 14:30", None),
            ("2014-02-30 00:00:00", None),
            ("NaN", None),
            ("", None),
        ] {
            let got = TimeFormat::of(text);
            assert_eq!(
                got.map(|format| (format, format.milliseconds(text).unwrap_or_default())),
                expect,
                "{text}"
            );
        }
        assert_eq!(TimeFormat::Seconds.milliseconds("1392388200000"), None);
        assert_eq!(TimeFormat::Milliseconds.milliseconds("1392388200"), None);
    }
}
