//! Carrying commands through: replacements first, then the nodes they replace; and nodes that are
//! too old or never came. After `disruption/queue.go`, `nodeclaim/expiration` and
//! `nodeclaim/lifecycle/liveness.go`.

use drydock_model::Money;

use super::candidates::Candidate;
use super::decision::{Command, Disrupted, Launch, RolledBack, Terminate};
use super::memory::Memory;
use super::methods::Plan;
use super::seen::{Node, Seen};
use super::settings::Settings;
use crate::nodes::{PodRef, seconds};

impl Memory {
    /// Ends the commands whose replacements are up, and undoes those that are hopeless.
    pub(super) fn carry_on(
        &mut self,
        settings: &Settings,
        seen: &Seen<'_>,
        outcome: &mut Disrupted,
    ) {
        let mut still = Vec::new();
        for (command, since_ns) in std::mem::take(&mut self.active) {
            let (mut missing, mut waiting) = (0, 0);
            for launch in &command.replacements {
                let claim = Some(launch.claim);
                match seen.nodes.iter().find(|node| node.claim == claim) {
                    None => missing += 1,
                    Some(node) if node.initialized_ns.is_none() => waiting += 1,
                    Some(_) => {}
                }
            }
            let too_late = since_ns + seconds(settings.command_timeout_seconds) < seen.now_ns;
            let why = if missing > 0 {
                Some("a replacement failed")
            } else if waiting > 0 && too_late {
                Some("the replacements took too long")
            } else {
                None
            };
            if let Some(why) = why {
                outcome.rolled_back.push(RolledBack {
                    command: command.id,
                    nodes: command.nodes,
                    why: why.to_owned(),
                });
            } else if waiting > 0 {
                still.push((command, since_ns));
            } else {
                outcome.terminate.push(Terminate {
                    command: command.id,
                    nodes: command.nodes,
                });
            }
        }
        self.active = still;
    }

    /// Begins a command; without replacements its nodes go at once.
    /// Nodes that take the pods are spared for a while.
    pub(super) fn start(
        &mut self,
        plan: Plan<'_>,
        settings: &Settings,
        seen: &Seen<'_>,
        outcome: &mut Disrupted,
    ) {
        let id = self.next_command();
        self.nominate(plan.onto.iter().copied(), settings, seen.now_ns);
        let price_before: Money = plan.nodes.iter().map(Candidate::price).sum();
        let replacements: Vec<Launch> = plan
            .replacements
            .iter()
            .map(|(claim, offer)| Launch::of(claim, *offer, seen, self))
            .collect();
        let command = Command {
            id,
            method: plan.method,
            nodes: plan.nodes.iter().map(|node| node.id).collect(),
            pods: plan
                .nodes
                .iter()
                .flat_map(|node| node.pods.iter().copied())
                .collect(),
            price_before,
            price_after: replacements
                .iter()
                .map(|launch| launch.price_per_hour)
                .sum(),
            replacements,
        };
        if command.replacements.is_empty() {
            outcome.terminate.push(Terminate {
                command: id,
                nodes: command.nodes.clone(),
            });
        } else {
            self.active.push((command.clone(), seen.now_ns));
        }
        outcome.started.push(command);
    }
}

/// Nodes that are older than their pool lets them be, and launches that took too long.
pub(super) fn overdue(settings: &Settings, seen: &Seen<'_>, outcome: &mut Disrupted) {
    for node in seen.nodes.iter().filter(|node| !node.deleting) {
        let Some(pool) = node.pool else { continue };
        let timeout = seconds(settings.registration_timeout_seconds);
        match (node.id, node.claim) {
            (None, Some(claim)) if node.created_ns + timeout < seen.now_ns => {
                outcome.given_up.push(claim);
            }
            (Some(id), _) => {
                let expires = seen.pools[pool].expire_after_seconds;
                if expires.is_some_and(|after| node.created_ns + seconds(after) <= seen.now_ns) {
                    outcome.expired.push(id);
                }
            }
            _ => {}
        }
    }
}

/// Pods that a node which is being deleted waits for (`IsWaitingEviction`): once there are none, its
/// machine goes. Mirror pods are not waited for, nor what should have ended more than a minute ago;
/// nor are daemons in the original that tolerate the taint `karpenter.sh/disrupted`, which are the
/// caller's to leave out.
pub fn awaiting_eviction(node: &Node, seen: &Seen<'_>) -> Vec<PodRef> {
    let waits_for = |pod: &PodRef| {
        let pod = &seen.pods[pod];
        let stuck = pod.deleted_ns.is_some_and(|deleted| {
            deleted + seconds(pod.grace_seconds) + seconds(60) < seen.now_ns
        });
        !pod.finished && !stuck && !pod.is_mirror()
    };
    node.pods.iter().copied().filter(waits_for).collect()
}
