//! Doing something to the session at its cursor, and taking it back where it could not be written down.

use drydock_model::{Act, SimTime, TimedAct};
use drydock_simulation::ActError;

use super::core::Core;
use crate::{Code, Error};

/// What an act did.
pub(crate) struct Acted {
    /// Simulated time of the acts.
    pub at: SimTime,
    /// Whether the session was forked: acts after the cursor were dropped.
    pub forked: bool,
    /// The session as it was before.
    pub before: Box<Core>,
}

impl Core {
    /// Does things at the cursor, all or none. With the cursor back in time the session goes on from there, and what was
    /// simulated after it is dropped.
    pub fn act(&mut self, acts: &[Act]) -> Result<Acted, Error> {
        self.catch_up();
        let (at, end) = (self.cursor, self.end());
        let (simulation, applied) = self.at_cursor().ok_or_else(nothing_plays)?;
        let mut simulation = simulation.clone();
        for act in acts {
            simulation.act(act).map_err(refused)?;
        }
        let forked = at < end && self.acts.len() > applied;
        let before = Box::new(self.clone());
        self.acts.truncate(applied);
        self.acts.extend(acts.iter().map(|act| TimedAct {
            at_ns: at,
            act: act.clone(),
        }));
        self.applied = self.acts.len();
        self.simulation = Some(simulation);
        self.checkpoints.forget_after(at);
        // A checkpoint of this very instant lacks the acts but knows how many it has had: it is still right.
        self.past = None;
        self.goal = at;
        self.generation += 1;
        Ok(Acted { at, forked, before })
    }

    /// Puts back the session as it was before an act that came to nothing, unless it plays something else by now.
    pub fn take_back(&mut self, before: Core, generation: u64) {
        if self.generation == generation {
            *self = before;
            self.generation = generation + 1;
        }
    }
}

/// No world, or one that does not compile.
pub(super) fn nothing_plays() -> Error {
    Error::new(
        Code::Conflict,
        "no session plays: open a world that can be simulated first",
    )
}

/// What is not there is not found; what is so already conflicts; the rest the world refuses.
fn refused(error: ActError) -> Error {
    let code = match &error {
        ActError::UnknownNode(_)
        | ActError::UnknownPod(_)
        | ActError::UnknownService(_)
        | ActError::UnknownClass(_)
        | ActError::UnknownZone(_)
        | ActError::UnknownRegion(_)
        | ActError::UnknownEnd(_)
        | ActError::UnknownFault(_) => Code::NotFound,
        ActError::AlreadyDown(_)
        | ActError::NotDown(_)
        | ActError::NothingUp
        | ActError::NoPrimary(_)
        | ActError::NameTaken(_) => Code::Conflict,
        ActError::Impossible(_) => Code::BadInput,
        ActError::NotScalable { .. } | ActError::TooMany { .. } | ActError::WrongKind { .. } => {
            Code::Refused
        }
    };
    Error::new(code, error.to_string())
}
