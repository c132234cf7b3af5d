//! Ranges of time in pieces that a server answers, and the pieces of the answer joined.

use std::collections::BTreeMap;

use drydock_import::series::{MatrixSeries, QueryData, QueryResult};

use super::{PrometheusError, setting};

/// Most points of a series that a server answers at once (Prometheus, web/api/v1/api.go: 11,000 points per series).
pub const MOST_POINTS_A_REQUEST: i64 = 11_000;
/// Most requests that one range is asked in: 1,100,000 points a series are more than a chart or a replay needs.
pub const MOST_REQUESTS: i64 = 100;
/// The latest time that is asked for, in Unix seconds: the year 33658.
const LATEST_UNIX_S: f64 = 1e12;

/// A range of time with a step. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeRange {
    /// Unix seconds.
    pub from_unix_s: f64,
    /// Unix seconds.
    pub to_unix_s: f64,
    /// Seconds between two points.
    pub step_s: f64,
}

/// The result of a range query.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeResult {
    /// Series by their labels, each in the order of time.
    pub series: Vec<MatrixSeries>,
    /// What Prometheus warns of, or thinks worth saying.
    pub warnings: Vec<String>,
    /// Series with native histograms, which are not read.
    pub not_read: Vec<String>,
}

/// What one request asks for, in milliseconds, the finest that the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    from: i64,
    to: i64,
    step: i64,
}

impl TimeRange {
    /// Pieces of the range, none longer than a server answers at once, on the same steps as the whole.
    pub(super) fn pieces(&self) -> Result<Vec<Piece>, PrometheusError> {
        let (from, to) = self.bounds()?;
        let step = (self.step_s * 1000.0).round();
        if !(1.0..LATEST_UNIX_S).contains(&step) {
            let problem = format!("{}: 0.001 or more seconds are right", self.step_s);
            return Err(setting("step_s", &problem));
        }
        let step = step as i64;
        let steps = (to - from) / step;
        let most = MOST_POINTS_A_REQUEST * MOST_REQUESTS;
        if steps >= most {
            let least = (to - from) as f64 / 1000.0 / most as f64;
            return Err(setting(
                "step_s",
                &format!(
                    "{} gives {} points a series: at most {most}, with steps of at least {least:.3} s, are right",
                    self.step_s,
                    steps + 1
                ),
            ));
        }
        let firsts = (0..=steps).step_by(MOST_POINTS_A_REQUEST as usize);
        Ok(firsts
            .map(|first| Piece {
                from: from + first * step,
                to: from + steps.min(first + MOST_POINTS_A_REQUEST - 1) * step,
                step,
            })
            .collect())
    }

    /// Both ends as parameters.
    pub(super) fn ends(&self) -> Result<Vec<(&'static str, String)>, PrometheusError> {
        let (from, to) = self.bounds()?;
        Ok(vec![("start", decimal(from)), ("end", decimal(to))])
    }

    fn bounds(&self) -> Result<(i64, i64), PrometheusError> {
        for (field, at) in [
            ("from_unix_s", self.from_unix_s),
            ("to_unix_s", self.to_unix_s),
        ] {
            if !(0.0..LATEST_UNIX_S).contains(&at) {
                return Err(setting(
                    field,
                    &format!("{at} is no time: Unix seconds are right"),
                ));
            }
        }
        if self.to_unix_s < self.from_unix_s {
            let problem = format!(
                "{} is before from_unix_s {}: a range goes forward",
                self.to_unix_s, self.from_unix_s
            );
            return Err(setting("to_unix_s", &problem));
        }
        let milliseconds = |at: f64| (at * 1000.0).round() as i64;
        Ok((milliseconds(self.from_unix_s), milliseconds(self.to_unix_s)))
    }
}

impl Piece {
    pub(super) fn start(&self) -> String {
        decimal(self.from)
    }

    pub(super) fn end(&self) -> String {
        decimal(self.to)
    }

    pub(super) fn step(&self) -> String {
        decimal(self.step)
    }
}

/// Milliseconds as decimal seconds, exactly.
fn decimal(milliseconds: i64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// The pieces of an answer as one, each series in the order of time. `None` where a piece is no matrix.
pub(super) fn joined(pieces: Vec<QueryResult>) -> Option<RangeResult> {
    let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
    let (mut warnings, mut not_read) = (Vec::new(), Vec::new());
    for piece in pieces {
        let QueryData::Matrix(matrix) = piece.data else {
            return None;
        };
        for one in matrix {
            series.entry(one.labels).or_default().extend(one.values);
        }
        add_new(&mut warnings, piece.warnings);
        add_new(&mut not_read, piece.not_read);
    }
    let series = series
        .into_iter()
        .map(|(labels, values)| MatrixSeries { labels, values })
        .collect();
    Some(RangeResult {
        series,
        warnings,
        not_read,
    })
}

/// Adds what is not there yet: every piece warns of the same.
fn add_new(known: &mut Vec<String>, said: Vec<String>) {
    for one in said {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn pieces(from: f64, to: f64, step: f64) -> Vec<(String, String, String)> {
        let range = TimeRange {
            from_unix_s: from,
            to_unix_s: to,
            step_s: step,
        };
        let pieces = range.pieces().unwrap();
        pieces
            .iter()
            .map(|piece| (piece.start(), piece.end(), piece.step()))
            .collect()
    }

    #[test]
    fn ranges_in_pieces() {
        let text =
            |from: &str, to: &str, step: &str| (from.to_owned(), to.to_owned(), step.to_owned());
        for ((from, to, step), expect) in [
            ((10.0, 10.0, 1.0), vec![text("10.000", "10.000", "1.000")]),
            // The end is on a step.
            ((10.5, 12.4, 0.5), vec![text("10.500", "12.000", "0.500")]),
            (
                (0.0, 10_999.0, 1.0),
                vec![text("0.000", "10999.000", "1.000")],
            ),
            (
                (0.0, 11_000.0, 1.0),
                vec![
                    text("0.000", "10999.000", "1.000"),
                    text("11000.000", "11000.000", "1.000"),
                ],
            ),
            (
                (1.001, 50_000.0, 3.0),
                vec![
                    text("1.001", "32998.001", "3.000"),
                    text("33001.001", "49999.001", "3.000"),
                ],
            ),
        ] {
            assert_eq!(pieces(from, to, step), expect, "{from} {to} {step}");
        }
        assert_eq!(pieces(0.0, 1_099_999.0, 1.0).len(), 100);
    }

    #[test]
    fn ranges_that_cannot_be() {
        for (from, to, step, expect) in [
            (
                5.0,
                4.0,
                1.0,
                "to_unix_s: 4 is before from_unix_s 5: a range goes forward",
            ),
            (
                f64::NAN,
                4.0,
                1.0,
                "from_unix_s: NaN is no time: Unix seconds are right",
            ),
            (
                0.0,
                1e15,
                1.0,
                "to_unix_s: 1000000000000000 is no time: Unix seconds are right",
            ),
            (0.0, 1.0, 0.0, "step_s: 0: 0.001 or more seconds are right"),
            (
                0.0,
                1.0,
                -1.0,
                "step_s: -1: 0.001 or more seconds are right",
            ),
            (
                0.0,
                1.0,
                f64::NAN,
                "step_s: NaN: 0.001 or more seconds are right",
            ),
            (
                0.0,
                1_100_000.0,
                1.0,
                "step_s: 1 gives 1100001 points a series: at most 1100000, with steps of at least 1.000 s, are right",
            ),
        ] {
            let range = TimeRange {
                from_unix_s: from,
                to_unix_s: to,
                step_s: step,
            };
            assert_eq!(range.pieces().unwrap_err().to_string(), expect);
        }
    }
}
