//! PodDisruptionBudgets as the disruption controller counts them and the eviction API asks them: from their specs and
//! the pods as they stand, not from a status that an old dump shows.
//!
//! Source: `pkg/controller/disruption/disruption.go` and `pkg/registry/core/pod/storage/eviction.go`. A pod that has been
//! placed again counts as healthy.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{ServiceId, WorkloadKind};
use drydock_scheduler::PodKey;
use drydock_scheduler::disruption::{selects, share};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::pod_traits::{foreign_controller, is_starting, is_unready};
use crate::rehearsal::Rehearsal;

type Labels = BTreeMap<String, String>;

static NO_LABELS: Labels = BTreeMap::new();

/// What the eviction API answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Evicted; the budget that was asked, if any.
    Allowed(Option<String>),
    /// Not now: the budget, and why.
    Blocked(String, String),
}

/// A budget and the pods it covers.
#[derive(Clone, Debug)]
struct Budget {
    /// `namespace/name`.
    name: String,
    members: Vec<PodKey>,
    /// Healthy pods wanted and pods expected, or why the controller cannot say.
    wanted: Result<(i64, i64), String>,
    /// Whether pods that are not ready go without being counted.
    always: bool,
}

/// The budgets of a world with their pods. Which pods those are does not change while nodes are drained.
#[derive(Clone, Debug)]
pub(crate) struct Budgets {
    budgets: Vec<Budget>,
    /// By pod, the budgets that cover it.
    of: BTreeMap<PodKey, Vec<usize>>,
}

/// The budgets of one round, each with what it still allows.
#[derive(Clone, Debug)]
pub(crate) struct Round<'a> {
    budgets: &'a Budgets,
    /// Healthy pods and disruptions that are left, counted when a budget is first asked.
    left: Vec<Option<(i64, i64)>>,
}

impl Budgets {
    pub fn of(rehearsal: &Rehearsal) -> Self {
        // Pods of one workload share their labels: each set of labels is judged once.
        let mut by_labels: BTreeMap<&str, BTreeMap<&Labels, Vec<PodKey>>> = BTreeMap::new();
        for (key, pod) in rehearsal.there() {
            by_labels
                .entry(pod.owner.namespace())
                .or_default()
                .entry(pod.pod.metadata.labels.as_ref().unwrap_or(&NO_LABELS))
                .or_default()
                .push(key);
        }
        let mut all = Self {
            budgets: Vec::new(),
            of: BTreeMap::new(),
        };
        for budget in &rehearsal.inventory.cluster.budgets {
            let namespace = budget.metadata.namespace.as_deref().unwrap_or("default");
            all.add(rehearsal, budget, namespace, by_labels.get(namespace));
        }
        all
    }

    fn add(
        &mut self,
        rehearsal: &Rehearsal,
        budget: &PodDisruptionBudget,
        namespace: &str,
        pods: Option<&BTreeMap<&Labels, Vec<PodKey>>>,
    ) {
        let name = budget.metadata.name.as_deref().unwrap_or_default();
        let spec = budget.spec.as_ref();
        let Some(selector) = spec.and_then(|spec| spec.selector.as_ref()) else {
            return;
        };
        let members: Vec<PodKey> = pods
            .into_iter()
            .flatten()
            .filter(|(labels, _)| selects(selector, labels))
            .flat_map(|(_, keys)| keys.iter().copied())
            .collect();
        let at = self.budgets.len();
        for &key in &members {
            self.of.entry(key).or_default().push(at);
        }
        let min = spec.and_then(|spec| spec.min_available.as_ref());
        let max = spec.and_then(|spec| spec.max_unavailable.as_ref());
        self.budgets.push(Budget {
            name: format!("{namespace}/{name}"),
            wanted: wanted(rehearsal, &members, min, max),
            always: spec.and_then(|spec| spec.unhealthy_pod_eviction_policy.as_deref())
                == Some("AlwaysAllow"),
            members,
        });
    }

    /// The budgets as they stand now.
    pub fn round(&self) -> Round<'_> {
        Round {
            left: vec![None; self.budgets.len()],
            budgets: self,
        }
    }
}

impl Budget {
    /// Healthy pods, and disruptions that are allowed.
    fn standing(&self, rehearsal: &Rehearsal) -> (i64, i64) {
        let members = self.members.iter();
        let healthy = members.filter(|&&key| is_healthy(rehearsal, key)).count() as i64;
        let allowed = match self.wanted {
            Ok((wanted, expected)) if expected > 0 => (healthy - wanted).max(0),
            _ => 0,
        };
        (healthy, allowed)
    }
}

impl Round<'_> {
    /// Asks for the eviction of a pod, and counts it where it is allowed.
    pub fn ask(&mut self, rehearsal: &Rehearsal, key: PodKey) -> Answer {
        let covering = self.budgets.of.get(&key).map_or(&[][..], Vec::as_slice);
        let pod = rehearsal.pod(key);
        // What has not started yet, or is on its way out, is deleted without asking.
        if as_in_dump(rehearsal, key) && (is_starting(pod) || pod.is_terminating()) {
            return Answer::Allowed(None);
        }
        let (&at, budget) = match covering {
            [] => return Answer::Allowed(None),
            [at] => (at, &self.budgets.budgets[*at]),
            [first, ..] => {
                let names: Vec<&str> = covering
                    .iter()
                    .map(|&at| self.budgets.budgets[at].name.as_str())
                    .collect();
                return Answer::Blocked(
                    self.budgets.budgets[*first].name.clone(),
                    format!(
                        "more than one budget covers it, which the eviction API does not support: {}",
                        names.join(", ")
                    ),
                );
            }
        };
        let (healthy, left) = self.left[at].unwrap_or_else(|| budget.standing(rehearsal));
        let wanted = budget.wanted.as_ref().map_or(0, |&(wanted, _)| wanted);
        self.left[at] = Some((healthy, left));
        if !is_healthy(rehearsal, key) && (budget.always || (wanted > 0 && healthy >= wanted)) {
            return Answer::Allowed(Some(budget.name.clone()));
        }
        if left <= 0 {
            let reason = match &budget.wanted {
                Ok((wanted, _)) => {
                    format!("its budget needs {wanted} healthy pods and has {healthy}")
                }
                Err(reason) => format!("its budget allows no disruption: {reason}"),
            };
            return Answer::Blocked(budget.name.clone(), reason);
        }
        self.left[at] = Some((healthy - 1, left - 1));
        Answer::Allowed(Some(budget.name.clone()))
    }
}

/// Whether the status that the dump shows of a pod is still its own.
fn as_in_dump(rehearsal: &Rehearsal, key: PodKey) -> bool {
    let pod = rehearsal.pod(key);
    pod.from_dump && !rehearsal.replaced.contains(&pod.name)
}

fn is_healthy(rehearsal: &Rehearsal, key: PodKey) -> bool {
    rehearsal.is_there(key)
        && rehearsal
            .cluster
            .node_of(key)
            .is_some_and(|node| rehearsal.facts(node).is_some_and(|facts| facts.ready))
        && !(as_in_dump(rehearsal, key) && is_unready(rehearsal.pod(key)))
}

/// `getExpectedPodCount`: healthy pods wanted, pods expected.
fn wanted(
    rehearsal: &Rehearsal,
    members: &[PodKey],
    min: Option<&IntOrString>,
    max: Option<&IntOrString>,
) -> Result<(i64, i64), String> {
    match (max, min) {
        (Some(max), _) => {
            let expected = scale(rehearsal, members)?;
            let unavailable = share(max, expected, "maxUnavailable")?;
            Ok(((expected - unavailable).max(0), expected))
        }
        (None, Some(IntOrString::Int(min))) => Ok((i64::from(*min), members.len() as i64)),
        (None, Some(min)) => {
            let expected = scale(rehearsal, members)?;
            Ok((share(min, expected, "minAvailable")?, expected))
        }
        (None, None) => Ok((0, 0)),
    }
}

/// `getExpectedScale`: the replicas of the controllers of these pods, each once.
fn scale(rehearsal: &Rehearsal, members: &[PodKey]) -> Result<i64, String> {
    let mut owners: BTreeSet<&ServiceId> = BTreeSet::new();
    let mut foreign: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut sum = 0;
    for &key in members {
        let pod = rehearsal.pod(key);
        match pod.kind {
            WorkloadKind::DaemonSet | WorkloadKind::Job => {
                return Err(format!(
                    "{} is of {:?} {}, which has no scale",
                    pod.name, pod.kind, pod.owner
                ));
            }
            // Of an unknown controller the pods that are there count; one without any does not.
            WorkloadKind::Pod => {
                if let Some(controller) = foreign_controller(pod) {
                    *foreign.entry(controller).or_insert(0) += 1;
                }
            }
            _ if owners.insert(&pod.owner) => {
                sum += rehearsal
                    .inventory
                    .workload(&pod.owner)
                    .map_or(0, |workload| i64::from(workload.replicas));
            }
            _ => {}
        }
    }
    Ok(sum + foreign.values().sum::<i64>())
}
