//! What would be if: changes applied to a world that stays as it is, and the result kept as a fork where that is wanted.

use std::sync::Arc;

use drydock_model::World;
use drydock_what_if::{Cause, Outcome, Placement};

use super::settled::Settled;
use super::{KeepInput, KeptFork, Schedulability, WhatIfInput, WhatIfReport, changes};
use crate::caller::Caller;
use crate::jobs::JobContext;
use crate::worlds::checked_name;
use crate::{Change as Transaction, Code, Error, Lab};

/// `scheduler_what_if`: what changes of a world would do. Nothing is kept.
pub fn scheduler_what_if(lab: &Lab, input: WhatIfInput) -> Result<WhatIfReport, Error> {
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let asked = changes::read(&world, input.changes, input.scenario.as_ref())?;
    Ok(ask(&world, &asked)?.0)
}

/// `scheduler_keep`: the same, kept as a fork of the world. Deleting the fork puts it into the bin.
pub fn scheduler_keep(
    lab: &Arc<Lab>,
    caller: &Caller,
    context: &JobContext,
    input: KeepInput,
) -> Result<KeptFork, Error> {
    let name = checked_name(&input.name)?;
    context.progress(0.0, "reading the world");
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let asked = changes::read(&world, input.changes, input.scenario.as_ref())?;
    context.progress(0.2, "applying the changes");
    let (report, after) = ask(&world, &asked)?;
    if context.is_cancelled() {
        return Err(Error::new(
            Code::Cancelled,
            "keeping was cancelled; nothing was stored",
        ));
    }
    context.progress(0.9, "storing the fork");
    let kinds: Vec<&str> = asked
        .changes
        .iter()
        .map(drydock_what_if::Change::kind)
        .collect();
    let reason = format!("what-if: {}", kinds.join(", "));
    let (of, caller, select) = (lab.clone(), caller.clone(), input.select);
    let (fork, aftermath) = lab.store.write(move |writer| {
        let mut change = Transaction::new(&of, &caller, writer);
        let (now, author) = (of.now(), &caller.name);
        let fork = change
            .writer
            .fork_world(&world.id, world.revision, &name, author, now)?;
        change
            .writer
            .commit_revision(&fork.id, fork.revision, &after, &reason, author, now)?;
        let fork = change.writer.world_row(&fork.id)?;
        if select {
            change.make_current(&fork)?;
        }
        let listed = change.listed(&fork, select);
        Ok::<_, Error>((listed, change.finish()))
    })?;
    aftermath.settle(lab, true);
    Ok(KeptFork { fork, report })
}

/// Applies what is asked for.
pub(super) fn ask(world: &Settled, asked: &changes::Asked) -> Result<(WhatIfReport, World), Error> {
    let (mut outcome, after) = world
        .baseline()
        .what_if(&asked.changes)
        .map_err(changes::refused)?;
    outcome.warnings.extend(asked.warnings.iter().cloned());
    let report = WhatIfReport {
        basis: world.basis(),
        original_state: schedulability(&outcome.before),
        new_state: schedulability(&outcome.after),
        impact: impact(&outcome),
        outcome,
    };
    Ok((report, after))
}

fn schedulability(placement: &Placement) -> Schedulability {
    Schedulability {
        schedulable: placement.placed,
        unschedulable: placement
            .pending
            .iter()
            .map(|pending| pending.pod.clone())
            .collect(),
    }
}

/// The difference in one line: pods that move, that wait, what it costs.
fn impact(outcome: &Outcome) -> String {
    let Outcome { before, after, .. } = outcome;
    let count = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        more => format!("{more} {word}s"),
    };
    let elsewhere = outcome
        .moved
        .iter()
        .filter(|moved| moved.from.is_some() && moved.to.is_some() && moved.cause != Cause::Added)
        .count();
    let waits: Vec<&str> = after
        .pending
        .iter()
        .map(|pending| pending.pod.as_str())
        .filter(|pod| !before.pending.iter().any(|waited| waited.pod == *pod))
        .collect();
    let mut parts = vec![
        format!("{} on another node", count(elsewhere, "pod")),
        format!(
            "{} pending, {} of them newly so",
            count(after.pending.len(), "pod"),
            waits.len()
        ),
    ];
    if !outcome.preempted.is_empty() {
        parts.push(format!(
            "{} evicted for more important ones",
            count(outcome.preempted.len(), "pod")
        ));
    }
    let stuck = outcome.drains.iter().filter(|drain| !drain.done).count();
    if stuck > 0 {
        parts.push(format!("{} not done", count(stuck, "drain")));
    }
    if let (Some(from), Some(to)) = (before.cost_per_hour, after.cost_per_hour) {
        parts.push(if from == to {
            format!("{to} USD per hour as before")
        } else {
            format!("{to} USD per hour instead of {from}")
        });
    }
    parts.join("; ")
}
