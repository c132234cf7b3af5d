//! A grid of changes, each cell a what-if of its own, over the cores.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use drydock_what_if::{Axis, AxisValue, sweep};

use super::{SweepInput, SweepReport, SweptAxis, changes};
use crate::caller::Caller;
use crate::jobs::JobContext;
use crate::{Error, Lab};

/// Axes, at most.
const AXES: usize = 4;

/// `scheduler_sweep`: a table over a grid of changes.
pub fn scheduler_sweep(
    lab: &Arc<Lab>,
    _: &Caller,
    context: &JobContext,
    input: SweepInput,
) -> Result<SweepReport, Error> {
    let axes = axes(input.axes)?;
    context.progress(0.0, "reading the world");
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let told = Mutex::new(0);
    let swept = sweep(world.baseline(), &axes, |done, total| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        // Cells end in any order.
        if done > *told {
            *told = done;
            let note = format!("{done} of {total} cells");
            context.progress(done as f64 / total.max(1) as f64, &note);
        }
        !context.is_cancelled()
    })
    .map_err(changes::refused)?;
    Ok(SweepReport {
        basis: world.basis(),
        axes: axes
            .into_iter()
            .map(|axis| SweptAxis {
                name: axis.name,
                labels: axis.values.into_iter().map(|value| value.label).collect(),
            })
            .collect(),
        sweep: swept,
    })
}

fn axes(given: Vec<super::SweepAxis>) -> Result<Vec<Axis>, Error> {
    if given.is_empty() || given.len() > AXES {
        let count = given.len();
        return Err(Error::bad_input(
            "axes",
            format!("{count} axes: write 1 to {AXES}"),
        ));
    }
    let mut names = BTreeSet::new();
    let axes = given.into_iter().enumerate().map(|(at, axis)| {
        if axis.name.is_empty() || !names.insert(axis.name.clone()) {
            return Err(Error::bad_input(
                &format!("axes[{at}].name"),
                format!("{:?}: every axis has to have a name of its own", axis.name),
            ));
        }
        if axis.values.is_empty() {
            return Err(Error::bad_input(
                &format!("axes[{at}].values"),
                "is empty: an axis has to have at least one value",
            ));
        }
        let values = axis.values.into_iter().enumerate().map(|(value, given)| {
            let field = format!("axes[{at}].values[{value}].changes");
            Ok(AxisValue {
                label: given.label,
                changes: changes::parsed(&field, given.changes)?,
            })
        });
        Ok(Axis {
            name: axis.name,
            values: values.collect::<Result<_, Error>>()?,
        })
    });
    axes.collect()
}
