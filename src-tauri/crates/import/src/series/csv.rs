//! A CSV with a header: a column of times and a column of values.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::time::TimeFormat;
use super::{Point, Series, SeriesError, SeriesOptions, grid};
use crate::exposition::scan::number;

/// Names of the column of times; where none is there, the first column is it.
const TIME_COLUMNS: [&str; 6] = ["timestamp", "time", "date", "datetime", "ts", "at"];

pub(super) fn read(text: &str, options: &SeriesOptions) -> Result<Series, SeriesError> {
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| unreadable(options, &error))?
        .clone();
    let columns = Columns::of(&header, options)?;
    let mut points = Vec::new();
    let mut format = None;
    let mut record = StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| unreadable(options, &error))?
    {
        let line = record.position().map_or(0, csv::Position::line) as usize;
        let wrong = |field: &str, problem: String| SeriesError::Value {
            place: place(options, line),
            field: field.to_owned(),
            problem,
        };
        // A line that is too short or too long did not get here.
        let time = &record[columns.time];
        let format = *match &mut format {
            Some(format) => format,
            none => none.insert(TimeFormat::of(time).ok_or_else(|| {
                wrong(
                    &header[columns.time],
                    format!("{time:?} is no time: RFC 3339, YYYY-MM-DD HH:MM:SS or Unix seconds or milliseconds are right"),
                )
            })?),
        };
        let at_ms = format.milliseconds(time).ok_or_else(|| {
            wrong(
                &header[columns.time],
                format!(
                    "{time:?} is not {}, which the lines before are",
                    format.describe()
                ),
            )
        })?;
        let value = match &record[columns.value] {
            "" | "null" => None,
            value => Some(number(value).ok_or_else(|| {
                wrong(
                    &header[columns.value],
                    format!("{value:?} is no number: digits with a decimal point are right"),
                )
            })?),
        };
        points.push(Point {
            at_ms,
            value,
            at: line,
        });
    }
    grid::series(points, options, &|line| place(options, line))
}

struct Columns {
    time: usize,
    value: usize,
}

impl Columns {
    fn of(header: &StringRecord, options: &SeriesOptions) -> Result<Self, SeriesError> {
        let wrong = |problem: String| SeriesError::Input {
            origin: place(options, 1),
            problem,
        };
        let shown = header.iter().collect::<Vec<_>>().join(",");
        if header.len() < 2 {
            return Err(wrong(format!(
                "the header is {shown:?}: two columns between commas, such as timestamp,value, are right"
            )));
        }
        if TimeFormat::of(&header[0]).is_some() {
            return Err(wrong(format!(
                "{shown:?} is no header: a first line such as timestamp,value is right"
            )));
        }
        let time = header
            .iter()
            .position(|name| {
                TIME_COLUMNS
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known))
            })
            .unwrap_or(0);
        let others: Vec<usize> = (0..header.len()).filter(|&at| at != time).collect();
        let value = match (&options.column, others.as_slice()) {
            (Some(column), _) => others
                .iter()
                .copied()
                .find(|&at| header[at] == **column)
                .ok_or_else(|| wrong(format!("no column {column:?} of values in {shown:?}")))?,
            (None, [only]) => *only,
            (None, _) => {
                return Err(wrong(format!(
                    "{} columns of values in {shown:?}: choose one by its name",
                    others.len()
                )));
            }
        };
        Ok(Self { time, value })
    }
}

fn place(options: &SeriesOptions, line: usize) -> String {
    format!("{} line {line}", options.source)
}

fn unreadable(options: &SeriesOptions, error: &csv::Error) -> SeriesError {
    let line = error.position().map(csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{len} columns, where the header has {expected_len}"),
        _ => error.to_string(),
    };
    SeriesError::Input {
        origin: line.map_or_else(
            || options.source.clone(),
            |line| place(options, line as usize),
        ),
        problem,
    }
}
