//! What a session is made of: the world it plays, the simulation, the acts, the checkpoints and the cursor.

use std::sync::Arc;

use drydock_model::{Inventory, Provenance, SimTime, TimedAct, World};
use drydock_simulation::{Plan, Simulation};
use drydock_store::WorldRow;

use super::past::Checkpoints;
use super::{ParameterCount, Speed};

/// Simulated time after which playing stops: 24 hours.
pub const PLAY_LIMIT_NS: SimTime = 24 * 3600 * drydock_model::NANOS_PER_SECOND;

/// What is played.
#[derive(Clone, Debug)]
pub(crate) struct Playbill {
    /// Id of the world.
    pub world_id: String,
    /// Its name.
    pub world: String,
    /// The revision.
    pub revision: u64,
    /// Seed of all luck.
    pub seed: u64,
    /// The weakest grade among what the figures rest on.
    pub grade: Provenance,
    /// The world's objects, read.
    pub inventory: Arc<Inventory>,
    /// How much of it is assumed.
    pub parameters: ParameterCount,
    /// The world compiled, or why it does not compile.
    pub plan: Result<Arc<Plan>, String>,
}

impl Playbill {
    /// Reads and compiles a world.
    pub fn of(row: &WorldRow, seed: u64, world: &World) -> Self {
        let inventory = Inventory::of(world);
        let all = world.parameters(&inventory);
        let assumed = all
            .iter()
            .filter(|parameter| parameter.provenance == Provenance::Assumed)
            .count();
        let plan = Plan::compile(world)
            .map(Arc::new)
            .map_err(|error| error.to_string());
        let moving = plan
            .as_ref()
            .map(|plan| plan.moving_parameters())
            .unwrap_or_default();
        let grade = moving
            .iter()
            .map(|parameter| parameter.provenance)
            .chain(inventory.nodes.iter().map(|(_, provenance)| *provenance))
            .chain(world.definition.calls.iter().map(|call| call.provenance))
            .chain(
                world
                    .definition
                    .classes
                    .iter()
                    .map(|class| class.provenance),
            )
            .fold(Provenance::Measured, Provenance::weaker);
        Self {
            world_id: row.id.clone(),
            world: row.name.clone(),
            revision: row.revision,
            seed,
            grade,
            parameters: ParameterCount {
                assumed: assumed as u32,
                total: all.len() as u32,
            },
            inventory: Arc::new(inventory),
            plan,
        }
    }
}

/// A session.
#[derive(Clone)]
pub(crate) struct Core {
    /// What is played; nothing in a lab without worlds.
    pub bill: Option<Playbill>,
    /// The furthest state; nothing where nothing can be played.
    pub simulation: Option<Simulation>,
    /// What was done, in order of time.
    pub acts: Vec<TimedAct>,
    /// How many of the acts the simulation has had.
    pub applied: usize,
    /// Earlier states to go back to.
    pub checkpoints: Checkpoints,
    /// The state at the cursor, where the cursor is back in time.
    pub past: Option<Arc<(Simulation, usize)>>,
    /// The view cursor, at most the simulation's time.
    pub cursor: SimTime,
    /// The simulation is brought here first: where the session was when it was written down.
    pub goal: SimTime,
    /// Whether it moves.
    pub playing: bool,
    /// How fast, when it moves.
    pub speed: Speed,
    /// What replaying could not do.
    pub troubles: Vec<String>,
    /// Grows with each change of what is played.
    pub generation: u64,
}

impl Core {
    /// No world.
    pub fn empty() -> Self {
        Self {
            bill: None,
            simulation: None,
            acts: Vec::new(),
            applied: 0,
            checkpoints: Checkpoints::default(),
            past: None,
            cursor: 0,
            goal: 0,
            playing: false,
            speed: Speed::default(),
            troubles: Vec::new(),
            generation: 0,
        }
    }

    /// Plays something from the start, to be brought to `goal` with `acts` on the way.
    pub fn begin(&mut self, bill: Option<Playbill>, acts: Vec<TimedAct>, goal: SimTime) {
        self.generation += 1;
        self.simulation = bill.as_ref().and_then(|bill| {
            Some(Simulation::new(
                Arc::clone(bill.plan.as_ref().ok()?),
                bill.seed,
            ))
        });
        self.playing &= self.simulation.is_some();
        self.bill = bill;
        self.acts = acts;
        self.applied = 0;
        self.checkpoints = Checkpoints::default();
        self.past = None;
        self.cursor = 0;
        self.goal = goal.min(PLAY_LIMIT_NS);
        self.troubles.clear();
        // Acts of the very start are part of the state at 0.
        self.advance(0);
    }

    /// Furthest simulated.
    pub fn end(&self) -> SimTime {
        self.simulation.as_ref().map_or(0, Simulation::now)
    }

    /// Whether it is still on the way to where it was.
    pub fn is_restoring(&self) -> bool {
        self.simulation
            .as_ref()
            .is_some_and(|simulation| simulation.now() < self.goal)
    }

    /// Brings the simulation to `until`, recorded acts on the way, and keeps checkpoints.
    pub fn advance(&mut self, until: SimTime) {
        let Some(simulation) = &mut self.simulation else {
            return;
        };
        loop {
            let next = self.checkpoints.due().min(until);
            advance_with(
                simulation,
                &self.acts,
                &mut self.applied,
                next,
                &mut self.troubles,
            );
            self.checkpoints.keep(simulation, self.applied);
            if next >= until {
                return;
            }
        }
    }

    /// Finishes the way to where it was.
    pub fn catch_up(&mut self) {
        if self.is_restoring() {
            self.advance(self.goal);
            self.cursor = self.end();
        }
    }
}

/// Brings a simulation to `until` with the recorded acts on the way. What is due at the instant of an act comes before it.
pub(super) fn advance_with(
    simulation: &mut Simulation,
    acts: &[TimedAct],
    applied: &mut usize,
    until: SimTime,
    troubles: &mut Vec<String>,
) {
    while let Some(timed) = acts.get(*applied).filter(|timed| timed.at_ns <= until) {
        simulation.advance(timed.at_ns);
        if let Err(error) = simulation.act(&timed.act) {
            // The acts were accepted when they were made: only another engine version can refuse them now.
            troubles.push(format!("an act of the session is refused now: {error}"));
        }
        *applied += 1;
    }
    simulation.advance(until);
}
