//! A heatmap as plain SVG rectangles: square-root steps of a perceptually even scale, missing cells hatched.

use std::fmt::Write as _;

use crate::escape::{clock, escape, number};
use crate::{Heatmap, Row};

/// Most columns drawn; more are averaged together.
const COLUMNS: usize = 240;
const LEFT: usize = 220;
const WIDTH: usize = 960;
const ROW: usize = 18;

/// Nine anchors of viridis (van der Walt and Smith 2015).
const SCALE: [(u8, u8, u8); 9] = [
    (68, 1, 84),
    (71, 45, 123),
    (59, 82, 139),
    (44, 114, 142),
    (33, 145, 140),
    (40, 174, 128),
    (94, 201, 98),
    (173, 220, 48),
    (253, 231, 37),
];

/// Draws it, or nothing where there is no value.
pub(crate) fn draw(map: &Heatmap, times: &[f64]) -> Option<String> {
    let most = map
        .rows
        .iter()
        .flat_map(|row| row.values.iter().flatten().copied())
        .fold(0.0, f64::max);
    let columns = times.len().min(COLUMNS);
    if columns == 0 || map.rows.is_empty() || most <= 0.0 {
        return None;
    }
    let height = map.rows.len() * ROW + 44;
    let cell = (WIDTH - LEFT - 8) as f64 / columns as f64;
    let mut svg = format!(
        "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\
         <defs><pattern id=\"missing\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
         <path d=\"M0 6L6 0\" stroke=\"#bbb\"/></pattern></defs>\n"
    );
    for (at, row) in map.rows.iter().enumerate() {
        let y = at * ROW;
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"12\">{}</text>",
            LEFT - 8,
            y + 13,
            escape(&row.name)
        );
        for column in 0..columns {
            let value = cell_of(row, column, columns, times.len());
            let fill =
                value.map_or_else(|| "url(#missing)".to_owned(), |value| colour(value / most));
            let _ = write!(
                svg,
                "<rect x=\"{:.2}\" y=\"{y}\" width=\"{:.2}\" height=\"{}\" fill=\"{fill}\"/>",
                LEFT as f64 + column as f64 * cell,
                cell + 0.3,
                ROW - 1
            );
        }
        svg.push('\n');
    }
    let y = map.rows.len() * ROW + 16;
    let end = times.last().copied().unwrap_or(0.0);
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{y}\" font-size=\"12\">{}</text><text x=\"{}\" y=\"{y}\" font-size=\"12\" text-anchor=\"end\">{}</text>",
        clock(0.0),
        WIDTH - 8,
        clock(end)
    );
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" font-size=\"12\">0 (dark) to {} {} (light), square-root steps; hatched where nothing was measured</text>\n</svg>",
        y + 18,
        number(most),
        escape(&map.unit)
    );
    Some(svg)
}

/// The mean of the values present that fall into a column.
fn cell_of(row: &Row, column: usize, columns: usize, count: usize) -> Option<f64> {
    let (from, to) = (column * count / columns, (column + 1) * count / columns);
    let present: Vec<f64> = row
        .values
        .get(from..to)?
        .iter()
        .flatten()
        .copied()
        .collect();
    (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64)
}

fn colour(share: f64) -> String {
    let place = share.clamp(0.0, 1.0).sqrt() * (SCALE.len() - 1) as f64;
    let below = (place as usize).min(SCALE.len() - 2);
    let between = place - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * between).round() as u8;
    let (a, b) = (SCALE[below], SCALE[below + 1]);
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(a.0, b.0),
        mix(a.1, b.1),
        mix(a.2, b.2)
    )
}
