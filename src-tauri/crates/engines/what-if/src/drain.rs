//! Drain as the sequence it is: every node is cordoned, then one after the other is emptied by eviction in rounds. In a
//! round every pod that is left is asked for once; pods that may go end within their grace period and are placed again
//! before the next. When a round frees nothing, the drain is blocked.
//!
//! Source of what is drained and what is not: `k8s.io/kubectl/pkg/drain/filters.go`.

use drydock_model::WorkloadKind;
use drydock_scheduler::{NodeId, PodKey};

use crate::budgets::{Answer, Budgets};
use crate::error::Fault;
use crate::outcome::{Cause, Drain, DrainAction, DrainStep};
use crate::pod_traits::{grace_seconds, has_empty_dir, is_managed, is_static, returns};
use crate::rehearsal::Rehearsal;

/// What a drain is told, as `kubectl drain` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DrainOrders {
    pub grace_period_seconds: Option<i64>,
    pub force: bool,
    pub delete_empty_dir_data: bool,
    pub ignore_daemon_sets: bool,
}

/// What a drain makes of a pod before it asks.
enum Fate {
    Goes,
    Stays(DrainAction, String),
}

impl Rehearsal {
    /// Drains nodes in this order.
    pub fn drain_nodes(&mut self, nodes: &[NodeId], orders: &DrainOrders) -> Result<(), Fault> {
        self.cordon_nodes(nodes, true)?;
        let budgets = Budgets::of(self);
        for &node in nodes {
            let drain = self.drain(node, orders, &budgets);
            self.record.drains.push(drain);
        }
        self.record
            .assumptions
            .insert("a pod that was evicted and has a node again is ready before the next round of evictions".to_owned());
        Ok(())
    }

    fn drain(&mut self, node: NodeId, orders: &DrainOrders, budgets: &Budgets) -> Drain {
        let mut drain = Drain {
            node: self.cluster.node_name(node).to_owned(),
            done: false,
            rounds: 0,
            grace_seconds: 0,
            steps: Vec::new(),
        };
        let mut left = Vec::new();
        let mut refused = false;
        let mut pods = self.cluster.pods_on(node).to_vec();
        pods.sort_by(|&a, &b| self.pod(a).name.cmp(&self.pod(b).name));
        for key in pods {
            match self.fate(key, orders) {
                Fate::Goes => left.push(key),
                Fate::Stays(action, reason) => {
                    refused |= action == DrainAction::Refused;
                    drain.steps.push(self.step(0, key, action, reason, None));
                }
            }
        }
        if refused {
            return drain;
        }
        while !left.is_empty() {
            let (gone, kept) = self.round(left, orders, budgets, &mut drain);
            left = kept;
            if gone.is_empty() {
                return drain;
            }
            let waiting = gone
                .into_iter()
                .filter(|&key| {
                    self.displace(key, Cause::Drained);
                    self.is_there(key)
                })
                .collect();
            self.settle_these(waiting);
            // What was evicted for a more important pod may have been on this node.
            left.retain(|&key| self.cluster.node_of(key) == Some(node));
        }
        drain.done = true;
        self.warn_of_returns(node, &drain);
        drain
    }

    /// A pod that tolerates the cordon may be placed where it came from: the drain is done all the same.
    fn warn_of_returns(&mut self, node: NodeId, drain: &Drain) {
        for &key in self.cluster.pods_on(node) {
            let pod = &self.pods[key.0 as usize].name;
            let evicted =
                |step: &DrainStep| step.action == DrainAction::Evicted && step.pod == *pod;
            if drain.steps.iter().any(evicted) {
                self.record.warnings.insert(format!(
                    "pod {pod} tolerates the cordon of {} and is back there after its eviction",
                    drain.node
                ));
            }
        }
    }

    /// Asks for every pod that is left once. Answers those that go and those that are kept; where none goes, those that
    /// are kept are blocked.
    fn round(
        &self,
        left: Vec<PodKey>,
        orders: &DrainOrders,
        budgets: &Budgets,
        drain: &mut Drain,
    ) -> (Vec<PodKey>, Vec<PodKey>) {
        let mut round = budgets.round();
        let number = drain.rounds + 1;
        let (mut gone, mut kept, mut blocked) = (Vec::new(), Vec::new(), Vec::new());
        for key in left {
            match round.ask(self, key) {
                Answer::Allowed(budget) => {
                    let pod = self.pod(key);
                    let reason = if pod.is_terminating() {
                        "is on its way out already"
                    } else if returns(pod) {
                        "evicted; its controller makes it anew"
                    } else {
                        "deleted; no controller makes it anew"
                    };
                    let mut step =
                        self.step(number, key, DrainAction::Evicted, reason.to_owned(), budget);
                    step.grace_seconds = Some(
                        orders
                            .grace_period_seconds
                            .filter(|&seconds| seconds >= 0)
                            .unwrap_or_else(|| grace_seconds(pod)),
                    );
                    drain.steps.push(step);
                    gone.push(key);
                }
                Answer::Blocked(budget, reason) => {
                    blocked.push(self.step(
                        number,
                        key,
                        DrainAction::Blocked,
                        reason,
                        Some(budget),
                    ));
                    kept.push(key);
                }
            }
        }
        if gone.is_empty() {
            drain.steps.extend(blocked);
        } else {
            drain.rounds = number;
            let in_round = drain.steps.iter().filter(|step| step.round == number);
            drain.grace_seconds += in_round
                .filter_map(|step| step.grace_seconds)
                .max()
                .unwrap_or(0);
        }
        (gone, kept)
    }

    /// The filters of kubectl in their order.
    fn fate(&self, key: PodKey, orders: &DrainOrders) -> Fate {
        let pod = self.pod(key);
        let refuse = |reason: &str| Fate::Stays(DrainAction::Refused, reason.to_owned());
        let skip = |reason: &str| Fate::Stays(DrainAction::Skipped, reason.to_owned());
        if pod.kind == WorkloadKind::DaemonSet {
            return if orders.ignore_daemon_sets {
                skip("belongs to a DaemonSet")
            } else {
                refuse("belongs to a DaemonSet: set ignoreDaemonSets to leave it where it is")
            };
        }
        if is_static(pod) {
            return skip("is static: the kubelet of the node makes it");
        }
        if has_empty_dir(pod) && !orders.delete_empty_dir_data {
            return refuse("has local data in an emptyDir: set deleteEmptyDirData to lose it");
        }
        if !is_managed(pod) && !orders.force {
            return refuse("has no controller that makes it anew: set force to delete it");
        }
        Fate::Goes
    }

    fn step(
        &self,
        round: u32,
        key: PodKey,
        action: DrainAction,
        reason: String,
        budget: Option<String>,
    ) -> DrainStep {
        DrainStep {
            round,
            pod: self.pod(key).name.clone(),
            action,
            reason,
            budget,
            grace_seconds: None,
        }
    }
}
