//! Stored runs: the list, one, deleting.

use drydock_simulation::{Event, EventKind};
use drydock_store::RunRow as StoredRow;

use super::cache::summary;
use super::{Headline, HeadlineRange, RunBinned, RunName, RunResult, RunRow, RunsInput};
use crate::Error;
use crate::lab::{Change, Lab};
use crate::session::Nanos;
use crate::shapes::{HourlyCost, Page};

/// Runs of a page where nobody says, and at most.
const RUNS: (u32, u32) = (100, 500);
/// Events of an answer.
const EVENTS: usize = 500;

/// A stored run as the list shows it.
pub(super) fn row_of(row: &StoredRow, world: String) -> Result<RunRow, Error> {
    let summary = summary(row)?;
    let unreadable =
        |what: &str| Error::internal(format!("{what} of run {} does not read", row.id));
    let text = |key: &str| row.settings.get(key).and_then(serde_json::Value::as_str);
    let latency = summary.latency;
    Ok(RunRow {
        id: row.id.clone(),
        name: text("name").map(str::to_owned),
        world,
        revision: row.revision,
        seed: row.seed,
        duration_ns: Nanos(summary.duration_ns),
        engine_version: row.engine_version.clone(),
        digest: row.digest.clone(),
        started: row.started,
        finished: row.finished,
        scenario: serde_json::from_value(row.scenario.clone())
            .map_err(|_| unreadable("the scenario"))?,
        headline: Headline {
            requests: summary.requests,
            completed: summary.completed,
            failed: summary.failed,
            p50_ms: latency.map(|latency| latency.p50_ms),
            p95_ms: latency.map(|latency| latency.p95_ms),
            p99_ms: latency.map(|latency| latency.p99_ms),
            range: summary.ranges.as_ref().map(|ranges| HeadlineRange {
                because: ranges.because.clone(),
                worlds: ranges.replications,
                p50_ms: ranges.p50_ms.into(),
                p95_ms: ranges.p95_ms.into(),
                p99_ms: ranges.p99_ms.into(),
                error_rate: ranges.error_rate.into(),
            }),
            // A world in which no node has a price costs nobody knows what.
            cost_per_hour: (summary.cost.per_hour > drydock_model::Money::ZERO)
                .then(|| HourlyCost::usd(summary.cost.per_hour)),
        },
    })
}

/// `runs`: the runs of the lab or of a world, newest first.
pub fn runs(lab: &Lab, input: RunsInput) -> Result<Page<RunRow>, Error> {
    let limit = input.limit.unwrap_or(RUNS.0);
    if !(1..=RUNS.1).contains(&limit) {
        return Err(Error::bad_input(
            "limit",
            format!("{limit} is not a number from 1 to {}", RUNS.1),
        ));
    }
    let world = input.world.map(|world| lab.world_row(&world)).transpose()?;
    lab.store.read(|reader| {
        let page = reader.runs(
            world.as_ref().map(|world| world.id.as_str()),
            limit,
            input.cursor.as_deref(),
        )?;
        let items = page
            .items
            .iter()
            .map(|row| row_of(row, reader.world_row(&row.world)?.name));
        Ok(Page {
            items: items.collect::<Result<_, Error>>()?,
            next: page.next,
        })
    })
}

/// `run_result`: one run with its figures and events.
pub fn run_result(lab: &Lab, input: RunName) -> Result<RunResult, Error> {
    let run = lab.runs.get(lab, &input.run)?;
    Ok(RunResult {
        row: row_of(&run.row, run.world.clone())?,
        summary: run.summary.clone(),
        events: telling(&run.events),
    })
}

/// At most 500 events in order of time. Where there are more, ordinary comings and goings of pods give way first, then the
/// later ones: what set things off comes first.
pub(super) fn telling(events: &[Event]) -> Vec<Event> {
    let routine = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Ready | EventKind::Schedule | EventKind::Terminate
        )
    };
    let mut kept: Vec<&Event> = events
        .iter()
        .filter(|event| !routine(event))
        .take(EVENTS)
        .collect();
    let room = EVENTS - kept.len();
    kept.extend(events.iter().filter(|event| routine(event)).take(room));
    // Stable: events of one instant stay in their order within each of the two.
    kept.sort_by_key(|event| event.at_ns);
    kept.into_iter().cloned().collect()
}

/// `delete_run`: puts a run into the bin for 30 days.
pub fn delete_run(change: &mut Change<'_, '_>, input: RunName) -> Result<RunBinned, Error> {
    let now = change.lab.now();
    change.writer.delete_run(&input.run, now)?;
    Ok(RunBinned { binned: input.run })
}
