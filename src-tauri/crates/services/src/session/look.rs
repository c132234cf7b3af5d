//! What a query looks at: the session at its cursor, or a stored run at its end. The same answers come of both.

use drydock_model::{Inventory, SimTime};
use drydock_simulation::{Event, INTERVAL_NS, Simulation, State, Telemetry};

use super::act::nothing_plays;
use super::core::Playbill;
use crate::shapes::{Basis, BasisKind};
use crate::{Error, Lab};

/// A world at an instant, with what happened up to it.
pub(crate) struct Look<'a> {
    /// Where the figures come from.
    pub basis: Basis,
    /// The world's objects.
    pub inventory: &'a Inventory,
    /// What is so.
    pub state: State,
    /// What happened up to the instant.
    pub events: &'a [Event],
    /// The instant.
    pub now: SimTime,
}

/// Where telemetry is looked at from: as [`Look`], without the state.
pub(crate) struct LookBack<'a> {
    /// Where the figures come from.
    pub basis: Basis,
    /// What was measured; only the first `intervals` count.
    pub telemetry: &'a Telemetry,
    /// Closed intervals up to the instant.
    pub intervals: usize,
    /// What happened up to the instant.
    pub events: &'a [Event],
    /// The instant.
    pub now: SimTime,
    /// The world's objects.
    pub inventory: &'a Inventory,
    /// Ranges over sampled worlds, of a run.
    pub ranges: Option<&'a drydock_simulation::Ranges>,
}

fn basis(bill: &Playbill, at: SimTime) -> Basis {
    Basis {
        kind: BasisKind::Simulated,
        grade: bill.grade,
        run: None,
        world: bill.world.clone(),
        revision: bill.revision,
        seed: bill.seed,
        as_of_ns: at.to_string(),
    }
}

impl<'a> Look<'a> {
    /// The session, in a state of it.
    pub fn of(bill: &'a Playbill, simulation: &'a Simulation, state: State) -> Self {
        Self {
            basis: basis(bill, simulation.now()),
            inventory: &bill.inventory,
            state,
            events: simulation.events(),
            now: simulation.now(),
        }
    }
}

/// Events up to an instant; they are in order of time.
pub(crate) fn until(events: &[Event], at: SimTime) -> &[Event] {
    &events[..events.partition_point(|event| event.at_ns <= at)]
}

/// Looks at the state of a run at its end, or of the session at its cursor.
pub(crate) fn look<T>(
    lab: &Lab,
    run: Option<&str>,
    answer: impl FnOnce(&Look<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(id) = run {
        let run = lab.runs.get(lab, id)?;
        return answer(&Look {
            basis: run.basis(),
            inventory: &run.inventory,
            state: run.state.clone(),
            events: &run.events,
            now: run.summary.duration_ns,
        });
    }
    lab.session.with(|core| {
        let bill = core.bill.clone().ok_or_else(nothing_plays)?;
        let (simulation, _) = core.at_cursor().ok_or_else(nothing_plays)?;
        let state = simulation.state();
        answer(&Look::of(&bill, simulation, state))
    })
}

/// Looks at the telemetry of a run, or of the session up to its cursor: needs no state, so that scrubbing is quick.
pub(crate) fn look_back<T>(
    lab: &Lab,
    run: Option<&str>,
    answer: impl FnOnce(&LookBack<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(id) = run {
        let run = lab.runs.get(lab, id)?;
        return answer(&LookBack {
            basis: run.basis(),
            telemetry: &run.telemetry,
            intervals: run.telemetry.len(),
            events: &run.events,
            now: run.summary.duration_ns,
            inventory: &run.inventory,
            ranges: run.summary.ranges.as_ref(),
        });
    }
    lab.session.with(|core| {
        let bill = core.bill.as_ref().ok_or_else(nothing_plays)?;
        let simulation = core.simulation.as_ref().ok_or_else(nothing_plays)?;
        let telemetry = simulation.telemetry();
        answer(&LookBack {
            basis: basis(bill, core.cursor),
            telemetry,
            intervals: telemetry.len().min((core.cursor / INTERVAL_NS) as usize),
            events: until(simulation.events(), core.cursor),
            now: core.cursor,
            inventory: &bill.inventory,
            ranges: None,
        })
    })
}
