//! The loop of the disruption controller, one round of it, after `disruption/controller.go`.

use super::candidates::candidates;
use super::decision::{Abandoned, Disrupted, Kept, Method, Why};
use super::fingerprint::Fingerprint;
use super::memory::{Memory, Validating};
use super::methods::{Found, Look, Plan};
use super::orchestrate::overdue;
use super::seen::Seen;
use super::settings::Settings;
use crate::nodes::{Placement, seconds};

/// One look for nodes to disrupt: carries on what is under way, and begins at most one thing more.
///
/// A consolidation that is found is not begun: [`Disrupted::next_ns`] is then the time at which it
/// is looked for again, and begun if it is still there. The controller looks for nothing else until
/// then, as the original sleeps.
pub fn disrupt<P: Placement>(
    settings: &Settings,
    memory: &mut Memory,
    seen: &Seen<'_>,
    placement: &P,
) -> Disrupted {
    let mut outcome = Disrupted {
        next_ns: seen.now_ns + seconds(settings.polling_seconds),
        ..Disrupted::default()
    };
    memory.carry_on(settings, seen, &mut outcome);
    overdue(settings, seen, &mut outcome);
    if let Some(validating) = &memory.validating
        && validating.due_ns > seen.now_ns
    {
        outcome.next_ns = validating.due_ns;
        outcome.kept.clone_from(&memory.kept);
        return outcome;
    }

    let (candidates, mut kept) = candidates(seen, memory);
    let mut methods = &Method::ALL[..];
    if let Some(found) = memory.validating.take() {
        let plan = Look {
            settings,
            seen,
            memory,
            placement,
            candidates: &candidates,
        }
        .validate(&found);
        match plan {
            Ok(plan) => {
                memory.start(plan, settings, seen, &mut outcome);
                outcome.next_ns = seen.now_ns;
                outcome.kept.clone_from(&memory.kept);
                return outcome;
            }
            Err(why) => {
                methods = &Method::ALL[found.method as usize + 1..];
                outcome.abandoned.push(Abandoned {
                    method: found.method,
                    nodes: found.nodes,
                    why,
                });
            }
        }
    }
    let print = Fingerprint::of(seen, memory, &candidates);
    memory.settle_down(print, seen.now_ns, seconds(settings.reconsider_seconds));
    for &method in methods {
        if memory.is_fruitless(method) {
            // What kept the nodes then keeps them now.
            for known in &memory.kept {
                kept.entry(known.node).or_insert_with(|| known.why.clone());
            }
            continue;
        }
        let found = Look {
            settings,
            seen,
            memory,
            placement,
            candidates: &candidates,
        }
        .find(method, &mut kept);
        match found {
            Found::Nothing { held_back: true } => {}
            Found::Nothing { held_back: false } => memory.note_fruitless(method),
            Found::Plan(plan) if method == Method::Drift => {
                memory.start(plan, settings, seen, &mut outcome);
                outcome.next_ns = seen.now_ns;
                break;
            }
            Found::Plan(plan) => {
                let due_ns = seen.now_ns + seconds(settings.validation_seconds);
                for node in &plan.nodes {
                    kept.insert(node.id, Why::Validating);
                }
                memory.validating = Some(remember(&plan, due_ns));
                outcome.next_ns = due_ns;
                break;
            }
        }
    }
    memory.kept = kept
        .into_iter()
        .map(|(node, why)| Kept { node, why })
        .collect();
    outcome.kept.clone_from(&memory.kept);
    outcome
}

fn remember(plan: &Plan<'_>, due_ns: u64) -> Validating {
    let replacement = plan.replacements.first();
    Validating {
        method: plan.method,
        nodes: plan.nodes.iter().map(|node| node.id).collect(),
        replacement: replacement
            .map(|(claim, offer)| (claim.pool, *offer, plan.cheap_enough.clone())),
        due_ns,
    }
}
