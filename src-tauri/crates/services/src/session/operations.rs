//! The session's operations: every one that changes it writes it down in its own transaction.

use drydock_model::{Act, NANOS_PER_SECOND};

use super::act::nothing_plays;
use super::core::{Core, PLAY_LIMIT_NS};
use super::view::fault_id;
use super::{
    FaultKind, HealInput, Healed, KillInput, Killed, Nanos, PlayInput, RestartInput, Scaled,
    SeekInput, Session, SessionScaleInput, StepInput, saver,
};
use crate::lab::{Change, Lab};
use crate::shapes::Nothing;
use crate::{Error, runs::DAY_NS};

/// Longest step, seconds.
const LONGEST_STEP_S: f64 = 3600.0;
/// Most pods a service is scaled to.
const MOST_REPLICAS: u32 = 10_000;

/// `session`: where the playing session is.
pub fn session(lab: &Lab, _: Nothing) -> Result<Session, Error> {
    Ok((*lab.session.view()).clone())
}

/// Changes the session outside of its simulated world, writes down where it is, and shows it.
fn control(
    change: &mut Change<'_, '_>,
    f: impl FnOnce(&mut Core) -> Result<(), Error>,
) -> Result<Session, Error> {
    let row = change.lab.session.change(|core| {
        if core.simulation.is_none() {
            return Err(nothing_plays());
        }
        f(core)?;
        Ok(saver::row_of(core))
    })?;
    saver::write(change.writer, row.as_ref(), false)?;
    Ok((*change.lab.session.view()).clone())
}

/// `session_play`: lets it play, at the last speed where none is given. Stops by itself after 24 simulated hours.
pub fn session_play(change: &mut Change<'_, '_>, input: PlayInput) -> Result<Session, Error> {
    control(change, |core| {
        if core.end() >= PLAY_LIMIT_NS && core.cursor >= core.end() {
            let hours = PLAY_LIMIT_NS / (DAY_NS / 24);
            return Err(Error::refused(format!(
                "the session has played {hours} hours, as far as it goes: restart it"
            )));
        }
        core.speed = input.speed.unwrap_or(core.speed);
        core.playing = true;
        Ok(())
    })
}

/// `session_pause`: holds it.
pub fn session_pause(change: &mut Change<'_, '_>, _: Nothing) -> Result<Session, Error> {
    control(change, |core| {
        core.playing = false;
        Ok(())
    })
}

/// `session_step`: plays some simulated seconds from the cursor on and holds.
pub fn session_step(change: &mut Change<'_, '_>, input: StepInput) -> Result<Session, Error> {
    if !(input.seconds > 0.0 && input.seconds <= LONGEST_STEP_S) {
        let message = format!(
            "{} is not a step: more than 0 and at most {LONGEST_STEP_S} seconds",
            input.seconds
        );
        return Err(Error::bad_input("seconds", message));
    }
    control(change, |core| {
        core.catch_up();
        core.playing = false;
        let step = (input.seconds * NANOS_PER_SECOND as f64).round() as u64;
        let target = core.cursor.saturating_add(step).min(PLAY_LIMIT_NS);
        if target > core.end() {
            core.advance(target);
        }
        core.cursor = target;
        Ok(())
    })
}

/// `session_restart`: begins anew at 0, without what was done; playing if it played.
pub fn session_restart(change: &mut Change<'_, '_>, input: RestartInput) -> Result<Session, Error> {
    let (before, generation) = change.lab.session.change(|core| {
        if core.simulation.is_none() {
            return Err(nothing_plays());
        }
        let before = core.clone();
        let mut bill = core.bill.clone();
        if let (Some(bill), Some(seed)) = (&mut bill, input.seed) {
            bill.seed = seed;
        }
        core.begin(bill, Vec::new(), 0);
        Ok((before, core.generation))
    })?;
    change.after_rollback(move |lab| {
        lab.session
            .change(|core| core.take_back(before, generation));
    });
    let row = change.lab.session.with(|core| saver::row_of(core));
    saver::write(change.writer, row.as_ref(), true)?;
    Ok((*change.lab.session.view()).clone())
}

/// `session_seek`: moves the view cursor.
pub fn session_seek(change: &mut Change<'_, '_>, input: SeekInput) -> Result<Session, Error> {
    control(change, |core| {
        core.catch_up();
        let end = core.end();
        if input.time_ns.0 > end {
            return Err(Error::bad_input(
                "timeNs",
                format!(
                    "{} is beyond what is simulated: at most {end}",
                    input.time_ns
                ),
            ));
        }
        core.cursor = input.time_ns.0;
        Ok(())
    })
}

/// Acts at the cursor, writes the acts down, and takes them back if that fails.
fn act(
    change: &mut Change<'_, '_>,
    acts: impl FnOnce(&mut Core) -> Result<Vec<Act>, Error>,
) -> Result<Nanos, Error> {
    let acted = change.lab.session.change(|core| {
        core.catch_up();
        let acts = acts(core)?;
        let acted = core.act(&acts)?;
        Ok::<_, Error>((acted, core.generation, saver::row_of(core)))
    })?;
    let (acted, generation, row) = acted;
    let before = acted.before;
    change.after_rollback(move |lab| {
        lab.session
            .change(|core| core.take_back(*before, generation));
    });
    let Some(row) = row else {
        return Ok(Nanos(acted.at));
    };
    // Acts already written down, where they are the first of these: only the rest is added then.
    let kept = change.writer.session()?.filter(|kept| {
        (kept.world.as_str(), kept.revision, kept.seed)
            == (row.world.as_str(), row.revision, row.seed)
            && row.acts.starts_with(&kept.acts)
    });
    match kept.filter(|_| !acted.forked) {
        Some(kept) => {
            for act in &row.acts[kept.acts.len()..] {
                change.writer.append_act(act)?;
            }
            change
                .writer
                .save_session_position(row.position_ns, &row.speed)?;
        }
        None => change.writer.save_session(&row)?,
    }
    Ok(Nanos(acted.at))
}

/// `session_kill`: kills a node or a pod at the cursor.
pub fn session_kill(change: &mut Change<'_, '_>, input: KillInput) -> Result<Killed, Error> {
    let (kind, target, what) = match (input.node, input.pod) {
        (Some(node), None) => (FaultKind::Node, node.clone(), Act::KillNode { node }),
        (None, Some(pod)) => (FaultKind::Pod, pod.clone(), Act::KillPod { pod }),
        _ => {
            return Err(Error::bad_input(
                "node",
                "name a node or a pod, one of the two",
            ));
        }
    };
    let at = act(change, |_| Ok(vec![what]))?;
    Ok(Killed {
        at_ns: at,
        fault: fault_id(kind, &target, at.0),
    })
}

/// `session_heal`: ends one fault at the cursor, or all that can be healed; none in force is no error.
pub fn session_heal(change: &mut Change<'_, '_>, input: HealInput) -> Result<Healed, Error> {
    let mut healed = Vec::new();
    let wanted = input.fault;
    let found = change.lab.session.with(|core| {
        core.catch_up();
        let (simulation, _) = core.at_cursor().ok_or_else(nothing_plays)?;
        Ok::<_, Error>(super::view::active(
            &simulation.state(),
            simulation.events(),
        ))
    })?;
    let mut acts = Vec::new();
    for fault in found {
        if wanted.as_ref().is_some_and(|wanted| *wanted != fault.id) {
            continue;
        }
        if fault.healable {
            acts.push(Act::HealNode { node: fault.target });
            healed.push(fault.id);
        } else if wanted.is_some() {
            return Err(Error::refused(format!(
                "fault {}: a killed pod is not healed, its controller makes another",
                fault.id
            )));
        }
    }
    if let (Some(wanted), true) = (&wanted, acts.is_empty()) {
        return Err(Error::not_found("fault in force", wanted));
    }
    if !acts.is_empty() {
        act(change, |_| Ok(acts))?;
    }
    Ok(Healed { healed })
}

/// `session_scale`: asks for other replicas at the cursor; an autoscaler may decide otherwise later.
pub fn session_scale(
    change: &mut Change<'_, '_>,
    input: SessionScaleInput,
) -> Result<Scaled, Error> {
    if input.replicas > MOST_REPLICAS {
        let message = format!("{} is more than {MOST_REPLICAS}", input.replicas);
        return Err(Error::bad_input("replicas", message));
    }
    let at = act(change, |core| {
        let bill = core.bill.as_ref().ok_or_else(nothing_plays)?;
        let service = Lab::service_id(&bill.inventory, &input.service)?;
        Ok(vec![Act::Scale {
            service,
            replicas: input.replicas,
        }])
    })?;
    Ok(Scaled { at_ns: at })
}
