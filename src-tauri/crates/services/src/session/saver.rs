//! Writes down how far the session has played, every few seconds, off the thread that plays it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use drydock_store::{SessionRow, Writer};

use super::core::Core;
use super::handle::Shared;
use crate::{Error, Lab};

/// Time between two writes: what a crash can take from a playing session.
const PAUSE: Duration = Duration::from_secs(5);
/// Time between two looks at whether the lab is still open.
const LOOK: Duration = Duration::from_millis(200);

/// Starts the thread; it ends by itself soon after the lab is closed.
pub(super) fn start(shared: &Arc<Shared>, lab: &Arc<Lab>) {
    let (shared, lab) = (Arc::clone(shared), Arc::downgrade(lab));
    let saver = std::thread::Builder::new()
        .name("lab-session-saver".to_owned())
        .spawn(move || keep_saving(&shared, &lab));
    if let Err(error) = saver {
        tracing::error!("how far the session plays is not written down meanwhile: {error}");
    }
}

fn keep_saving(shared: &Shared, lab: &Weak<Lab>) {
    let mut saved = None;
    let mut last = Instant::now();
    while !shared.closed.load(Ordering::SeqCst) {
        std::thread::sleep(LOOK);
        if last.elapsed() < PAUSE {
            continue;
        }
        last = Instant::now();
        let at = {
            let core = shared.lock();
            (!core.is_restoring()).then(|| (core.generation, core.end()))
        };
        if at.is_none() || at == saved {
            continue;
        }
        let Some(lab) = lab.upgrade() else { return };
        let inside = Arc::clone(&lab);
        // The position is read inside the transaction, where no command is half done.
        let written = lab.store.write(move |writer| {
            write(
                writer,
                inside.session.with(|core| row_of(core)).as_ref(),
                false,
            )
        });
        match written {
            Ok(()) => saved = at,
            Err(error) => {
                tracing::warn!("how far the session played could not be written down: {error}");
            }
        }
    }
}

/// The session as the store keeps it; nothing where nothing plays.
pub(super) fn row_of(core: &Core) -> Option<SessionRow> {
    let bill = core.bill.as_ref().filter(|bill| bill.plan.is_ok())?;
    Some(SessionRow {
        world: bill.world_id.clone(),
        revision: bill.revision,
        seed: bill.seed,
        acts: core
            .acts
            .iter()
            .filter_map(|act| serde_json::to_value(act).ok())
            .collect(),
        position_ns: core.end().max(core.goal),
        speed: core.speed.to_string(),
    })
}

/// Writes a session down: acts and position where `whole`, the position alone where the row is of the same session
/// already.
pub(super) fn write(
    writer: &mut Writer<'_>,
    row: Option<&SessionRow>,
    whole: bool,
) -> Result<(), Error> {
    let Some(row) = row else { return Ok(()) };
    let kept = writer.session()?;
    let same = kept.is_some_and(|kept| {
        (kept.world, kept.revision, kept.seed, kept.acts.len())
            == (row.world.clone(), row.revision, row.seed, row.acts.len())
    });
    if same && !whole {
        writer.save_session_position(row.position_ns, &row.speed)?;
    } else {
        writer.save_session(row)?;
    }
    Ok(())
}
