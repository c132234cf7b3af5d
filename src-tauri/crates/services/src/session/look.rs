//! What a query looks at: the session at its cursor, or a stored run at its end or along its way. The same answers come of all.

use std::sync::Arc;

use drydock_model::{Inventory, SimTime};
use drydock_simulation::{Event, INTERVAL_NS, Simulation, State, Telemetry};

use super::Nanos;
use super::act::nothing_plays;
use super::core::Playbill;
use crate::runs::LoadedRun;
use crate::shapes::{Basis, BasisKind};
use crate::{Error, Lab};

/// What is looked at, and when.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sight<'a> {
    /// Id of a stored run; the playing session where absent.
    run: Option<&'a str>,
    /// Instant of the run; its end where absent.
    at_ns: Option<Nanos>,
}

impl<'a> Sight<'a> {
    /// Of an input's `run` and `atNs`.
    pub fn of(run: Option<&'a str>, at_ns: Option<Nanos>) -> Self {
        Self { run, at_ns }
    }

    /// Answers of the simulation itself: the session's at its cursor, a run's played again up to the instant.
    pub fn simulation<T>(
        self,
        lab: &Lab,
        answer: impl FnOnce(&Simulation) -> T,
    ) -> Result<T, Error> {
        if let Some((run, at)) = self.of_run(lab)? {
            return run.replayed(lab, at, answer);
        }
        lab.session.with(|core| {
            core.at_cursor()
                .map(|(simulation, _)| answer(simulation))
                .ok_or_else(nothing_plays)
        })
    }

    /// The run and the instant; nothing for the session, which has a cursor of its own.
    fn of_run(self, lab: &Lab) -> Result<Option<(Arc<LoadedRun>, SimTime)>, Error> {
        let Some(id) = self.run else {
            return match self.at_ns {
                None => Ok(None),
                Some(_) => Err(Error::bad_input(
                    "atNs",
                    "only a run is looked at along its way: name it, or move the session with session_seek",
                )),
            };
        };
        let run = lab.runs.get(lab, id)?;
        let end = run.summary.duration_ns;
        let at = self.at_ns.map_or(end, |at| at.0.min(end));
        Ok(Some((run, at)))
    }
}

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
    /// Ranges over sampled worlds, of a run at its end.
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

/// Looks at the state of a run, or of the session at its cursor. A run before its end is played again up to there.
pub(crate) fn look<T>(
    lab: &Lab,
    sight: Sight<'_>,
    answer: impl FnOnce(&Look<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some((run, at)) = sight.of_run(lab)? {
        let state = if at < run.summary.duration_ns {
            run.replayed(lab, at, Simulation::state)?
        } else {
            run.state.clone()
        };
        return answer(&Look {
            basis: run.basis(at),
            inventory: &run.inventory,
            state,
            events: until(&run.events, at),
            now: at,
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
    sight: Sight<'_>,
    answer: impl FnOnce(&LookBack<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some((run, at)) = sight.of_run(lab)? {
        let ended = at == run.summary.duration_ns;
        return answer(&LookBack {
            basis: run.basis(at),
            telemetry: &run.telemetry,
            intervals: if ended {
                run.telemetry.len()
            } else {
                run.telemetry.len().min((at / INTERVAL_NS) as usize)
            },
            events: until(&run.events, at),
            now: at,
            inventory: &run.inventory,
            // Ranges are over whole runs.
            ranges: run.summary.ranges.as_ref().filter(|_| ended),
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
