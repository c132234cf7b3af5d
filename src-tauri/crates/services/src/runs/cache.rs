//! Runs looked at lately, decoded.

use std::sync::{Arc, Mutex, PoisonError};

use drydock_model::{Inventory, SimTime};
use drydock_simulation::{Event, State, Summary, Telemetry};
use drydock_store::RunRow as StoredRow;

use super::artifact;
use crate::session::core::Core;
use crate::shapes::{Basis, BasisKind};
use crate::{Error, Lab};

/// Runs kept.
const KEPT: usize = 4;

/// A run with all of its results.
pub(crate) struct LoadedRun {
    /// Its row in the store.
    pub row: StoredRow,
    /// Name of its world.
    pub world: String,
    /// The objects of the world revision.
    pub inventory: Inventory,
    /// Its figures.
    pub summary: Summary,
    /// What happened.
    pub events: Vec<Event>,
    /// What was so at its end.
    pub state: State,
    /// What was measured.
    pub telemetry: Telemetry,
    /// The run played again, as far as somebody asked for a state along the way.
    replay: Mutex<Option<Core>>,
}

impl LoadedRun {
    /// The replay; alone, since it is brought to where it is asked for.
    pub(super) fn replay(&self) -> std::sync::MutexGuard<'_, Option<Core>> {
        // A replay is brought forward in whole steps: it is good to go on from whatever happened to who held the lock.
        self.replay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its figures come from, as of an instant.
    pub fn basis(&self, as_of_ns: SimTime) -> Basis {
        Basis {
            kind: BasisKind::Simulated,
            grade: self.summary.grade,
            run: Some(self.row.id.clone()),
            world: self.world.clone(),
            revision: self.row.revision,
            seed: self.row.seed,
            as_of_ns: as_of_ns.to_string(),
        }
    }
}

/// The last few runs looked at, least lately used first.
#[derive(Default)]
pub struct RunCache {
    runs: Mutex<Vec<Arc<LoadedRun>>>,
}

impl RunCache {
    /// A run that is not in the bin.
    pub(crate) fn get(&self, lab: &Lab, id: &str) -> Result<Arc<LoadedRun>, Error> {
        // The row is read each time: a deleted run is not found, and its world may have another name by now.
        let (row, world) = lab.store.read(|reader| {
            let row = reader.run(id)?;
            let world = reader.world_row(&row.world)?.name;
            Ok::<_, Error>((row, world))
        })?;
        {
            let mut runs = self.lock();
            if let Some(at) = runs
                .iter()
                .position(|run| run.row.id == id && run.world == world)
            {
                let run = runs.remove(at);
                runs.push(Arc::clone(&run));
                return Ok(run);
            }
        }
        let definition = lab
            .store
            .read(|reader| reader.load_world(&row.world, Some(row.revision)))?;
        let stored = artifact::decode(id, &lab.store.artifacts().get(&row.artifact)?)?;
        let run = Arc::new(LoadedRun {
            summary: summary(&row)?,
            inventory: Inventory::of(&definition),
            world,
            events: stored.events,
            state: stored.state,
            telemetry: stored.telemetry,
            replay: Mutex::default(),
            row,
        });
        let mut runs = self.lock();
        runs.retain(|other| other.row.id != id);
        runs.push(Arc::clone(&run));
        if runs.len() > KEPT {
            runs.remove(0);
        }
        Ok(run)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<LoadedRun>>> {
        // Runs are put in whole: whatever happened to the thread that held the lock, they are good to read.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The figures of a stored run.
pub(super) fn summary(row: &StoredRow) -> Result<Summary, Error> {
    serde_json::from_value(row.summary.clone()).map_err(|error| {
        Error::internal(format!(
            "the summary of run {} does not read: {error}",
            row.id
        ))
    })
}
