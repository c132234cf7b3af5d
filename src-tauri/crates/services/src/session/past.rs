//! Going back: checkpoints of the simulation, and the state at the cursor rebuilt from the nearest one.

use std::sync::Arc;

use drydock_model::{NANOS_PER_SECOND, SimTime};
use drydock_simulation::Simulation;

use super::core::{Core, advance_with};

/// Simulated time between checkpoints at first; doubled, and every other dropped, whenever there are too many.
const SPACING_NS: SimTime = 300 * NANOS_PER_SECOND;
/// Most checkpoints kept.
const MOST: usize = 48;

/// Earlier states, each with the number of acts it has had.
#[derive(Clone)]
pub(crate) struct Checkpoints {
    kept: Vec<Arc<(Simulation, usize)>>,
    spacing: SimTime,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            spacing: SPACING_NS,
        }
    }
}

impl Checkpoints {
    /// When the next is to be taken.
    pub fn due(&self) -> SimTime {
        self.kept.last().map_or(0, |last| last.0.now()) + self.spacing
    }

    /// Keeps a checkpoint if one is due.
    pub fn keep(&mut self, simulation: &Simulation, applied: usize) {
        if simulation.now() < self.due() {
            return;
        }
        self.kept.push(Arc::new((simulation.clone(), applied)));
        if self.kept.len() > MOST {
            self.spacing *= 2;
            let spacing = self.spacing;
            self.kept
                .retain(|checkpoint| checkpoint.0.now().is_multiple_of(spacing));
        }
    }

    /// Forgets what came after an instant.
    pub fn forget_after(&mut self, at: SimTime) {
        self.kept.retain(|checkpoint| checkpoint.0.now() <= at);
    }

    fn before(&self, at: SimTime) -> Option<&Arc<(Simulation, usize)>> {
        self.kept
            .iter()
            .rev()
            .find(|checkpoint| checkpoint.0.now() <= at)
    }
}

impl Core {
    /// The state at the cursor and the number of acts it has had; nothing where nothing can be played.
    pub fn at_cursor(&mut self) -> Option<(&Simulation, usize)> {
        if self.cursor >= self.end() {
            self.past = None;
            return Some((self.simulation.as_ref()?, self.applied));
        }
        if self
            .past
            .as_ref()
            .is_none_or(|past| past.0.now() != self.cursor)
        {
            let bill = self.bill.as_ref()?;
            let near = [
                self.past.take(),
                self.checkpoints.before(self.cursor).cloned(),
            ]
            .into_iter()
            .flatten()
            .filter(|checkpoint| checkpoint.0.now() <= self.cursor)
            .max_by_key(|checkpoint| checkpoint.0.now());
            let (mut simulation, mut applied) = match near {
                Some(near) => Arc::unwrap_or_clone(near),
                None => (
                    Simulation::new(Arc::clone(bill.plan.as_ref().ok()?), bill.seed),
                    0,
                ),
            };
            // Troubles of these acts were told when the session first passed them.
            advance_with(
                &mut simulation,
                &self.acts,
                &mut applied,
                self.cursor,
                &mut Vec::new(),
            );
            self.past = Some(Arc::new((simulation, applied)));
        }
        self.past
            .as_deref()
            .map(|(simulation, applied)| (simulation, *applied))
    }
}
