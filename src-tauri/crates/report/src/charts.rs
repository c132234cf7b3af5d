//! Line and bar charts as SVG, drawn by plotters onto a string. Text is SVG text: no font is measured or embedded.

use plotters::coord::ranged1d::AsRangedCoord;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use crate::escape::{clock, number};
use crate::{Line, MarkLine, ReportError};

/// Size of a chart, pixels.
const SIZE: (u32, u32) = (960, 260);
/// A colour-blind-safe set of eight (Okabe and Ito 2008, yellow darkened for white ground).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(150, 140, 0),
    RGBColor(60, 60, 60),
];
const MARK: RGBColor = RGBColor(180, 30, 30);

/// What a line chart shows.
pub(crate) struct Lines<'a> {
    pub title: &'a str,
    pub unit: &'a str,
    pub times: &'a [f64],
    pub of: &'a [Line],
    pub marks: &'a [MarkLine],
    /// Whether the value axis is logarithmic; else it starts at zero.
    pub logarithmic: bool,
}

/// Draws lines over time, or nothing where there is no value.
pub(crate) fn lines(chart: &Lines<'_>) -> Result<Option<String>, ReportError> {
    let values = || {
        chart
            .of
            .iter()
            .flat_map(|line| line.values.iter().flatten().copied())
    };
    let positive = || values().filter(|value| *value > 0.0);
    let most = values().fold(f64::NEG_INFINITY, f64::max);
    let end = chart.times.last().copied().unwrap_or(0.0);
    let step = chart
        .times
        .get(1)
        .map_or(1.0, |second| second - chart.times[0]);
    if !most.is_finite() {
        return Ok(None);
    }
    let times = 0.0..end + step;
    if chart.logarithmic && positive().next().is_some() {
        let least = positive().fold(f64::INFINITY, f64::min);
        draw_lines(chart, times, ((least * 0.8)..(most * 1.25)).log_scale()).map(Some)
    } else {
        draw_lines(chart, times, 0.0..(most * 1.1).max(1e-9)).map(Some)
    }
}

fn draw_lines<Y>(
    chart: &Lines<'_>,
    times: std::ops::Range<f64>,
    range: Y,
) -> Result<String, ReportError>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let failed = |problem: String| ReportError {
        chart: chart.title.to_owned(),
        problem,
    };
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut context = ChartBuilder::on(&area)
            .margin(8)
            .x_label_area_size(28)
            .y_label_area_size(64)
            .build_cartesian_2d(times, range)
            .map_err(|error| failed(error.to_string()))?;
        context
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RGBColor(225, 225, 225))
            .x_label_formatter(&|seconds| clock(*seconds))
            .y_label_formatter(&|value| number(*value))
            .y_desc(chart.unit)
            .draw()
            .map_err(|error| failed(error.to_string()))?;
        let (bottom, top) = {
            let range = context.y_range();
            (range.start, range.end)
        };
        for mark in chart.marks {
            let line = PathElement::new(
                vec![(mark.at_s, bottom), (mark.at_s, top)],
                MARK.stroke_width(1),
            );
            context
                .draw_series(std::iter::once(line))
                .map_err(|error| failed(error.to_string()))?;
        }
        for (at, line) in chart.of.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let series = segments(chart.times, &line.values, chart.logarithmic)
                .into_iter()
                .map(|points| PathElement::new(points, colour.stroke_width(2)));
            let name = line.name.clone();
            context
                .draw_series(series)
                .map_err(|error| failed(error.to_string()))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new(vec![(x, y), (x + 16, y)], colour.stroke_width(2))
                });
        }
        if chart.of.len() > 1 && chart.of.len() <= COLOURS.len() {
            context
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .background_style(WHITE.mix(0.8))
                .draw()
                .map_err(|error| failed(error.to_string()))?;
        }
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    Ok(svg)
}

/// A line as its unbroken stretches: a missing value is a gap, and so is a value that a logarithmic axis does not have. A
/// stretch of one value becomes a dash.
fn segments(times: &[f64], values: &[Option<f64>], logarithmic: bool) -> Vec<Vec<(f64, f64)>> {
    let mut all: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut open = false;
    for (time, value) in times.iter().zip(values) {
        match value.filter(|value| !logarithmic || *value > 0.0) {
            Some(value) if open => {
                if let Some(last) = all.last_mut() {
                    last.push((*time, value));
                }
            }
            Some(value) => {
                all.push(vec![(*time, value)]);
                open = true;
            }
            None => open = false,
        }
    }
    let step = times.get(1).map_or(1.0, |second| second - times[0]);
    for stretch in &mut all {
        if let [(time, value)] = stretch.as_slice() {
            let dash = (time + step * 0.8, *value);
            stretch.push(dash);
        }
    }
    all
}

/// Horizontal bars, the longest first, or nothing where there is none.
pub(crate) fn bars(
    title: &str,
    unit: &str,
    bars: &[(String, f64)],
) -> Result<Option<String>, ReportError> {
    let failed = |problem: String| ReportError {
        chart: title.to_owned(),
        problem,
    };
    let most = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    if bars.is_empty() || most <= 0.0 {
        return Ok(None);
    }
    let mut bars: Vec<&(String, f64)> = bars.iter().collect();
    bars.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let count = bars.len() as i32;
    let mut svg = String::new();
    {
        let size = (SIZE.0, 48 + 22 * bars.len() as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut context = ChartBuilder::on(&area)
            .margin(8)
            .x_label_area_size(28)
            .y_label_area_size(220)
            .build_cartesian_2d(0.0..most * 1.05, (0..count).into_segmented())
            .map_err(|error| failed(error.to_string()))?;
        context
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RGBColor(225, 225, 225))
            .disable_y_mesh()
            .y_labels(bars.len())
            .x_desc(unit)
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|segment| match segment {
                SegmentValue::CenterOf(at) => bars
                    .get((count - 1 - at).max(0) as usize)
                    .map(|(name, _)| name.clone())
                    .unwrap_or_default(),
                _ => String::new(),
            })
            .draw()
            .map_err(|error| failed(error.to_string()))?;
        let boxes = bars.iter().enumerate().map(|(at, (_, value))| {
            let row = count - 1 - at as i32;
            let mut bar = Rectangle::new(
                [
                    (0.0, SegmentValue::Exact(row)),
                    (*value, SegmentValue::Exact(row + 1)),
                ],
                COLOURS[0].filled(),
            );
            bar.set_margin(3, 3, 0, 0);
            bar
        });
        context
            .draw_series(boxes)
            .map_err(|error| failed(error.to_string()))?;
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    Ok(Some(svg))
}
