//! A run along its way: what is stored is its end and its telemetry, so that a state before the end is played again from
//! the world revision, the scenario and the seed. The same engine gives the same states; another one is refused.

use drydock_model::{Scenario, SimTime};
use drydock_simulation::{ENGINE_VERSION, Simulation};

use super::cache::LoadedRun;
use crate::session::core::{Core, Playbill};
use crate::{Error, Lab};

impl LoadedRun {
    /// Answers of the simulation at an instant of the run. What was played is kept, with checkpoints, for the next question.
    ///
    /// # Errors
    /// The run is of another engine version; its world or scenario no longer reads.
    pub(crate) fn replayed<T>(
        &self,
        lab: &Lab,
        at_ns: SimTime,
        answer: impl FnOnce(&Simulation) -> T,
    ) -> Result<T, Error> {
        let mut kept = self.replay();
        let core = match &mut *kept {
            Some(core) => core,
            none => none.insert(self.begin(lab)?),
        };
        if core.end() < at_ns {
            core.advance(at_ns);
        }
        core.cursor = at_ns;
        core.at_cursor()
            .map(|(simulation, _)| answer(simulation))
            .ok_or_else(|| Error::internal(format!("run {} does not play again", self.row.id)))
    }

    fn begin(&self, lab: &Lab) -> Result<Core, Error> {
        if self.row.engine_version != ENGINE_VERSION {
            let message = format!(
                "run {} is of engine {} and this is {ENGINE_VERSION}: it can be looked at only at its end, without atNs",
                self.row.id, self.row.engine_version
            );
            return Err(Error::refused(message));
        }
        let (world, definition) = lab.store.read(|reader| {
            let world = reader.world_row(&self.row.world)?;
            let definition = reader.load_world(&self.row.world, Some(self.row.revision))?;
            Ok::<_, Error>((world, definition))
        })?;
        let scenario: Scenario =
            serde_json::from_value(self.row.scenario.clone()).map_err(Error::internal)?;
        let bill = Playbill::of(&world, self.row.seed, &definition);
        if let Err(reason) = &bill.plan {
            return Err(Error::refused(reason.clone()));
        }
        let mut core = Core::empty();
        core.begin(Some(bill), scenario.acts, 0);
        Ok(core)
    }
}
