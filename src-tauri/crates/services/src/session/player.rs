//! The thread that plays: slices of a few milliseconds, between which commands and queries have their turn.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use drydock_model::{NANOS_PER_SECOND, SimTime};

use super::core::{Core, PLAY_LIMIT_NS};
use super::handle::Shared;

/// Longest time the lock is held for playing: commands wait no longer than about this.
const SLICE: Duration = Duration::from_millis(15);
/// Time between slices where the speed leaves some.
const REST: Duration = Duration::from_millis(20);
/// Least time between two showings while it plays.
const SHOW_PAUSE: Duration = Duration::from_millis(100);
/// Time that is caught up with at most, where the thread was kept from playing.
const MOST_BEHIND: Duration = Duration::from_millis(250);

/// Plays until the handle is dropped.
pub(super) fn play(shared: &Shared) {
    let mut chunk: SimTime = NANOS_PER_SECOND / 10;
    let mut last = Instant::now();
    let mut shown = Instant::now();
    let mut core = shared.lock_last();
    while !shared.closed.load(Ordering::SeqCst) {
        if !core.playing && !core.is_restoring() {
            core = shared
                .wake
                .wait(core)
                .unwrap_or_else(PoisonError::into_inner);
            last = Instant::now();
            continue;
        }
        let passed = last.elapsed().min(MOST_BEHIND);
        last = Instant::now();
        let was_restoring = core.is_restoring();
        let full = slice(&mut core, passed, &mut chunk);
        let stopped = !core.playing && !core.is_restoring();
        if stopped || was_restoring != core.is_restoring() || shown.elapsed() >= SHOW_PAUSE {
            shared.show(&mut core);
            shown = Instant::now();
        }
        if full {
            drop(core);
            while shared.is_wanted() {
                std::thread::sleep(Duration::from_micros(50));
            }
            core = shared.lock_last();
        } else {
            core = shared
                .wake
                .wait_timeout(core, REST)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Plays for one slice; says whether all of it was used and there is more to do at once.
fn slice(core: &mut Core, passed: Duration, chunk: &mut SimTime) -> bool {
    let began = Instant::now();
    let restoring = core.is_restoring();
    let target = if restoring {
        core.goal
    } else {
        let ahead = core.speed.factor().map_or(SimTime::MAX, |factor| {
            passed.as_nanos() as SimTime * SimTime::from(factor)
        });
        let most = if core.cursor < core.end() && ahead == SimTime::MAX {
            // As fast as possible over what is simulated already means to be at its end.
            core.end()
        } else {
            PLAY_LIMIT_NS
        };
        core.cursor.saturating_add(ahead).min(most)
    };
    while core.end() < target && began.elapsed() < SLICE {
        let before = Instant::now();
        let until = core.end().saturating_add(*chunk).min(target);
        core.advance(until);
        // Chunks of about a millisecond, so that a slice ends when it should in a world of any size.
        let took = before.elapsed().as_micros().max(1) as u64;
        *chunk = (*chunk * 1000 / took)
            .clamp(*chunk / 2 + 1, *chunk * 2)
            .clamp(100_000, 60 * NANOS_PER_SECOND);
    }
    let reached = core.end() >= target;
    core.cursor = target.min(core.end());
    if !restoring && core.cursor >= PLAY_LIMIT_NS {
        core.playing = false;
    }
    !reached || (core.playing && core.speed.factor().is_none())
}
