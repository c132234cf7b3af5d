//! Points in time to values on an even grid: the step is the median of theirs, each point goes to the nearest place, and places
//! without one are gaps.

use super::{Gap, MOST_POINTS, Oddity, Point, Series, SeriesError, SeriesOptions, ValueRemark};

/// What rounding to whole milliseconds may move a point by.
const TOLERANCE_MS: i64 = 1;

/// Puts points on the grid. `place` says where in the input the point of that number stands.
pub(super) fn series(
    points: Vec<Point>,
    options: &SeriesOptions,
    place: &dyn Fn(usize) -> String,
) -> Result<Series, SeriesError> {
    let wrong = |at: usize, problem: String| SeriesError::Value {
        place: place(at),
        field: "timestamp".to_owned(),
        problem,
    };
    let Some(first) = points.first() else {
        return Err(input(options, "no values: at least two lines are right"));
    };
    for pair in points.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        if after.at_ms == before.at_ms {
            let problem = format!("the same time as {}: each stands once", place(before.at));
            return Err(wrong(after.at, problem));
        }
        if after.at_ms < before.at_ms {
            let problem = format!(
                "the time is before that of {}: times go up",
                place(before.at)
            );
            return Err(wrong(after.at, problem));
        }
    }
    let step = step_ms(&points, options)?;
    let irregular = |pair: &&[Point]| (pair[1].at_ms - pair[0].at_ms - step).abs() > TOLERANCE_MS;
    if options.strict
        && let Some(pair) = points.windows(2).find(irregular)
    {
        return Err(wrong(
            pair[1].at,
            format!(
                "{} s after the value before, where the step is {} s: one step throughout is right",
                seconds(pair[1].at_ms - pair[0].at_ms),
                seconds(step)
            ),
        ));
    }
    let irregular_steps = points.windows(2).filter(irregular).count();
    let slot = |at_ms: i64| (((at_ms - first.at_ms) * 2 + step) / (step * 2)) as usize;
    let slots = slot(points[points.len() - 1].at_ms) + 1;
    if slots > MOST_POINTS {
        return Err(input(
            options,
            &format!(
                "{slots} values at a step of {} s between the first and the last time: {MOST_POINTS} are the most",
                seconds(step)
            ),
        ));
    }
    let mut sums = vec![(0.0, 0_u32); slots];
    let mut remarks = Vec::new();
    for point in &points {
        let oddity = oddity(point.value);
        if let Some(what) = oddity {
            remarks.push(ValueRemark {
                place: place(point.at),
                what,
            });
        }
        if let (Some(value), None | Some(Oddity::Negative)) = (point.value, oddity) {
            let (sum, count) = &mut sums[slot(point.at_ms)];
            *sum += value;
            *count += 1;
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    let values: Vec<Option<f64>> = sums.into_iter().map(mean).collect();
    let mut series = Series {
        start_unix_s: seconds(first.at_ms),
        step_s: seconds(step),
        values,
        gaps: Vec::new(),
        remarks,
        irregular_steps,
        source: options.source.clone(),
    };
    series.gaps = gaps(&series, &points, &slot, place);
    Ok(series)
}

fn step_ms(points: &[Point], options: &SeriesOptions) -> Result<i64, SeriesError> {
    if let Some(step_s) = options.step_s {
        let step = (step_s * 1000.0).round();
        if !(1.0..1e15).contains(&step) {
            let problem =
                format!("step_s: {step_s} is no step: a number of seconds above 0 is right");
            return Err(input(options, &problem));
        }
        return Ok(step as i64);
    }
    let mut steps: Vec<i64> = points
        .windows(2)
        .map(|pair| pair[1].at_ms - pair[0].at_ms)
        .collect();
    steps.sort_unstable();
    // The lower median is a step that is there.
    steps
        .get(steps.len().saturating_sub(1) / 2)
        .copied()
        .ok_or_else(|| input(options, "one value has no step: give step_s, or two values"))
}

fn oddity(value: Option<f64>) -> Option<Oddity> {
    match value {
        None => Some(Oddity::Empty),
        Some(value) if value.is_nan() => Some(Oddity::NotANumber),
        Some(value) if value.is_infinite() => Some(Oddity::Infinite),
        Some(value) if value < 0.0 => Some(Oddity::Negative),
        Some(_) => None,
    }
}

/// Runs of missing values, each with the last point at or before it.
fn gaps(
    series: &Series,
    points: &[Point],
    slot: &dyn Fn(i64) -> usize,
    place: &dyn Fn(usize) -> String,
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let (mut next, mut last) = (0, points[0].at);
    let mut open = false;
    for (at, value) in series.values.iter().enumerate() {
        if value.is_none() && !open {
            gaps.push(Gap {
                from_unix_s: series.start_unix_s + at as f64 * series.step_s,
                values: 0,
                near: place(last),
            });
        }
        open = value.is_none();
        if let (true, Some(gap)) = (open, gaps.last_mut()) {
            gap.values += 1;
        }
        while next < points.len() && slot(points[next].at_ms) <= at {
            last = points[next].at;
            next += 1;
        }
    }
    gaps
}

pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

pub(super) fn input(options: &SeriesOptions, problem: &str) -> SeriesError {
    SeriesError::Input {
        origin: options.source.clone(),
        problem: problem.to_owned(),
    }
}
