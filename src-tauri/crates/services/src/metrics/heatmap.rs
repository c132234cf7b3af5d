//! Heatmaps: as JSON for tables and scripts, and as raw cells for the canvas.

use super::cells::{mean, rows};
use super::window::{self, Window};
use super::{CellUnit, Heatmap, HeatmapInput, Resource, Share};
use crate::session::look::{Sight, look_back};
use crate::session::marks_of;
use crate::shapes::Blob;
use crate::{Error, Lab};

/// Seconds a column is wide where nobody says.
const DEFAULT_STEP_S: u32 = 60;

/// `heatmap`: CPU or memory by service or node over time.
pub fn heatmap(lab: &Lab, input: HeatmapInput) -> Result<Heatmap, Error> {
    let minutes = window::minutes(input.window)?;
    let step_seconds = window::step(input.step, DEFAULT_STEP_S)?;
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        let window = Window::of(back, minutes, step_seconds);
        let rows = rows(back, input.resource, input.by, input.of);
        let mut marks = marks_of(back.events);
        marks.retain(|mark| mark.at_ns.0 >= window.start());
        Ok(Heatmap {
            basis: back.basis.clone(),
            timestamps: window.timestamps(),
            values: rows
                .iter()
                .map(|row| {
                    window
                        .columns()
                        .map(|column| {
                            Some(f64::from(mean(&row.values[column])))
                                .filter(|value| !value.is_nan())
                        })
                        .collect()
                })
                .collect(),
            services: rows.into_iter().map(|row| row.id).collect(),
            unit: match (input.of, input.resource) {
                (Share::Request, _) => CellUnit::Ratio,
                (Share::Usage, Resource::Cpu) => CellUnit::Cores,
                (Share::Usage, Resource::Memory) => CellUnit::Bytes,
            },
            by: input.by,
            step_seconds,
            marks,
        })
    })
}

/// `heatmap_cells`: the same cells as bytes: rows and columns as little-endian `u32`, then each row's cells as
/// little-endian `f32`, NaN where there is no value.
pub fn heatmap_cells(lab: &Lab, input: HeatmapInput) -> Result<Blob, Error> {
    let minutes = window::minutes(input.window)?;
    let step_seconds = window::step(input.step, DEFAULT_STEP_S)?;
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        let window = Window::of(back, minutes, step_seconds);
        let rows = rows(back, input.resource, input.by, input.of);
        let columns = window.columns().count();
        let mut bytes = Vec::with_capacity(8 + rows.len() * columns * 4);
        bytes.extend((rows.len() as u32).to_le_bytes());
        bytes.extend((columns as u32).to_le_bytes());
        for row in &rows {
            for column in window.columns() {
                bytes.extend(mean(&row.values[column]).to_le_bytes());
            }
        }
        Ok(Blob {
            media_type: "application/octet-stream".to_owned(),
            file_name: None,
            bytes,
        })
    })
}
