//! The handle to the session: its lock, its snapshot, opening and changing what it plays.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use drydock_model::TimedAct;
use drydock_store::SessionRow;

use super::core::{Core, Playbill};
use super::{Session, player, saver, view};
use crate::stream::Hub;
use crate::{Error, Lab, settings};

/// What the handle, the player and the saver share.
pub(super) struct Shared {
    core: Mutex<Core>,
    /// Callers that wait for the lock: the player lets them by.
    waiting: AtomicUsize,
    /// Tells the player that there may be something to do.
    pub wake: Condvar,
    pub closed: AtomicBool,
    shown: Mutex<Arc<Session>>,
    hub: Arc<Hub>,
}

impl Shared {
    /// The lock, ahead of the player.
    pub fn lock(&self) -> MutexGuard<'_, Core> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let core = self.lock_last();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        core
    }

    /// The lock, behind everybody else.
    pub fn lock_last(&self) -> MutexGuard<'_, Core> {
        // A panic while it was held may have left half an answer, but never half a simulation: queries do not change it.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody waits for the lock.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Shows what is so now: the snapshot, and the topics `session` and `cluster`.
    pub fn show(&self, core: &mut Core) -> Arc<Session> {
        let (session, status) = view::view(core);
        let session = Arc::new(session);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&session);
        // Plain values with text keys always become JSON.
        self.hub.publish(
            "session",
            serde_json::to_value(&*session).unwrap_or_default(),
        );
        self.hub
            .publish("cluster", serde_json::to_value(status).unwrap_or_default());
        session
    }
}

/// The session of a lab. Dropping it ends the thread that plays it.
pub struct SessionHandle {
    shared: Arc<Shared>,
    player: Option<JoinHandle<()>>,
}

impl SessionHandle {
    /// Starts the thread, with nothing to play yet. Where the machine gives no thread, commands still step the session.
    pub fn start(hub: Arc<Hub>) -> Self {
        let shared = Arc::new(Shared {
            core: Mutex::new(Core::empty()),
            waiting: AtomicUsize::new(0),
            wake: Condvar::new(),
            closed: AtomicBool::new(false),
            shown: Mutex::default(),
            hub,
        });
        let played = Arc::clone(&shared);
        let player = std::thread::Builder::new()
            .name("lab-session".to_owned())
            .spawn(move || player::play(&played));
        if let Err(error) = &player {
            tracing::error!("the session cannot play by itself: {error}");
        }
        Self {
            shared,
            player: player.ok(),
        }
    }

    /// The session as it was last shown, at most a tenth of a second ago. Never waits for the simulation.
    pub fn view(&self) -> Arc<Session> {
        Arc::clone(
            &self
                .shared
                .shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Takes the session as it was written down: the same acts on the way to the same position, paused. One of another
    /// world or revision than the current one begins anew. Called once, when the lab is opened.
    pub fn restore(&self, lab: &Arc<Lab>) -> Result<(), Error> {
        let row = lab.store.read(drydock_store::Reader::session)?;
        self.open(lab, row)?;
        saver::start(&self.shared, lab);
        Ok(())
    }

    /// Begins anew with the current world as it is in the store now: paused if it was paused, playing if it played. A
    /// world that cannot be read leaves an empty session and a line in the log.
    pub fn reload(&self, lab: &Arc<Lab>) {
        if let Err(error) = self.open(lab, None) {
            tracing::error!("the session cannot play the current world: {error}");
            self.change(|core| core.begin(None, Vec::new(), 0));
        }
    }

    /// Tells the session that a world has another name.
    pub fn rename(&self, world_id: &str, name: &str) {
        self.change(|core| {
            if let Some(bill) = core.bill.as_mut().filter(|bill| bill.world_id == world_id) {
                name.clone_into(&mut bill.world);
            }
        });
    }

    fn open(&self, lab: &Lab, row: Option<SessionRow>) -> Result<(), Error> {
        let seed_before = self.with(|core| {
            core.bill
                .as_ref()
                .map(|bill| (bill.world_id.clone(), bill.seed))
        });
        let read = lab.store.read(|reader| {
            let Some(world) = crate::lab::current_world(reader)? else {
                return Ok::<_, Error>(None);
            };
            let seed = settings::whole(reader, settings::SESSION_SEED)?;
            let definition = reader.load_world(&world.id, Some(world.revision))?;
            Ok(Some((world, definition, seed)))
        })?;
        let Some((world, definition, seed)) = read else {
            self.change(|core| core.begin(None, Vec::new(), 0));
            return Ok(());
        };
        let row = row.filter(|row| row.world == world.id && row.revision == world.revision);
        let seed = match (&row, seed_before) {
            (Some(row), _) => row.seed,
            (None, Some((id, before))) if id == world.id => before,
            (None, _) => seed,
        };
        let bill = Playbill::of(&world, seed, &definition);
        let (acts, position, speed) = match row {
            None => (Vec::new(), 0, None),
            Some(row) => {
                let acts: Result<Vec<TimedAct>, _> =
                    row.acts.into_iter().map(serde_json::from_value).collect();
                let acts = acts.map_err(|error| {
                    Error::internal(format!("an act of the session does not read: {error}"))
                })?;
                (acts, row.position_ns, row.speed.parse().ok())
            }
        };
        self.change(|core| {
            core.begin(Some(bill), acts, position);
            core.speed = speed.unwrap_or(core.speed);
        });
        Ok(())
    }

    /// Looks at the session, or changes what does not show.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Core) -> T) -> T {
        look(&mut self.shared.lock())
    }

    /// Changes the session, shows it, and wakes the player.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Core) -> T) -> T {
        let mut core = self.shared.lock();
        let answer = change(&mut core);
        self.shared.show(&mut core);
        drop(core);
        self.shared.wake.notify_all();
        answer
    }

    /// Whether the session is where it was written down: false while a lab that was just opened is still on the way.
    pub fn is_restored(&self) -> bool {
        self.with(|core| !core.is_restoring())
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Taken once, so that the player is either before its look at `closed` or already waiting.
        drop(self.shared.lock());
        self.shared.wake.notify_all();
        if let Some(player) = self.player.take()
            && player.thread().id() != std::thread::current().id()
        {
            // A panic of the player has been logged by the runtime; the session ends here anyway.
            let _ = player.join();
        }
    }
}
