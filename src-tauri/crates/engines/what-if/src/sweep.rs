//! A grid of changes, every combination tried on its own, over the cores. The result does not depend on how many there
//! are.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use drydock_model::Money;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::error::WhatIfError;
use crate::outcome::Placement;
use crate::what_if::Baseline;

/// Most cells of a sweep.
pub const MOST_CELLS: usize = 10_000;

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AxisValue {
    /// What it is called.
    pub label: String,
    /// What it changes; nothing is a value too.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// An axis of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Axis {
    /// What it is called.
    pub name: String,
    /// Its values.
    pub values: Vec<AxisValue>,
}

/// What one combination comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// Index of the value on each axis.
    pub at: Vec<usize>,
    /// Pods without a node.
    pub pending: u32,
    /// Pods that are not where they were.
    pub moved: u32,
    /// Pods evicted for more important ones.
    pub preempted: u32,
    /// US dollars per hour; absent where no node has a price.
    pub cost_per_hour: Option<Money>,
    /// CPU asked for, percent of what all nodes offer; absent without nodes.
    pub cpu_percent: Option<f64>,
    /// Memory asked for, percent of what all nodes offer; absent without nodes.
    pub memory_percent: Option<f64>,
    /// Nodes.
    pub nodes: u32,
    /// Why this combination cannot be; nothing else is said of it then.
    pub error: Option<String>,
}

/// Every combination, the last axis fastest.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// The cells.
    pub cells: Vec<Cell>,
}

/// Tries every combination of the axes' values: the changes of the first axis, then of the second, and so on. `on_cell`
/// hears how many are done, of how many; it answers false to stop.
///
/// # Errors
/// No cell or more than [`MOST_CELLS`], or a stop. A combination that cannot be is a cell
/// with an error.
pub fn sweep(
    baseline: &Baseline,
    axes: &[Axis],
    on_cell: impl Fn(usize, usize) -> bool + Sync,
) -> Result<Sweep, WhatIfError> {
    let total = axes
        .iter()
        .try_fold(1usize, |cells, axis| cells.checked_mul(axis.values.len()))
        .unwrap_or(usize::MAX);
    if axes.is_empty() || total == 0 || total > MOST_CELLS {
        return Err(WhatIfError::Grid {
            cells: if axes.is_empty() { 0 } else { total },
            most: MOST_CELLS,
        });
    }
    let (done, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let cells: Vec<Option<Cell>> = (0..total)
        .into_par_iter()
        .map(|number| {
            if stopped.load(Ordering::Relaxed) {
                return None;
            }
            let cell = cell(baseline, axes, number);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if !on_cell(done, total) {
                stopped.store(true, Ordering::Relaxed);
            }
            Some(cell)
        })
        .collect();
    match cells.into_iter().collect::<Option<Vec<Cell>>>() {
        Some(cells) => Ok(Sweep { cells }),
        None => Err(WhatIfError::Cancelled {
            done: done.into_inner(),
            total,
        }),
    }
}

/// The place of a cell on each axis.
fn place(axes: &[Axis], mut number: usize) -> Vec<usize> {
    let mut at: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let index = number % axis.values.len();
            number /= axis.values.len();
            index
        })
        .collect();
    at.reverse();
    at
}

fn cell(baseline: &Baseline, axes: &[Axis], number: usize) -> Cell {
    let at = place(axes, number);
    let changes: Vec<Change> = axes
        .iter()
        .zip(&at)
        .flat_map(|(axis, &at)| axis.values[at].changes.iter().cloned())
        .collect();
    match baseline.what_if(&changes) {
        Ok((outcome, _)) => {
            let after = &outcome.after;
            Cell {
                at,
                pending: after.pending.len() as u32,
                moved: outcome.moved.len() as u32,
                preempted: outcome.preempted.len() as u32,
                cost_per_hour: after.cost_per_hour,
                cpu_percent: percent(after, |node| (node.cpu_requested, node.cpu_allocatable)),
                memory_percent: percent(after, |node| {
                    (node.memory_requested, node.memory_allocatable)
                }),
                nodes: after.nodes.len() as u32,
                error: None,
            }
        }
        Err(error) => Cell {
            at,
            error: Some(error.to_string()),
            ..Cell::default()
        },
    }
}

fn percent(
    placement: &Placement,
    of: impl Fn(&crate::outcome::NodeFill) -> (i64, i64),
) -> Option<f64> {
    let (asked, offered) = placement
        .nodes
        .iter()
        .map(of)
        .fold((0i64, 0i64), |sum, node| (sum.0 + node.0, sum.1 + node.1));
    (offered > 0).then(|| asked as f64 * 100.0 / offered as f64)
}
