//! PodTopologySpread: keeps the counts of matching pods even between domains.
//!
//! Source: `plugins/podtopologyspread`. This file compiles constraints; the others filter and score by them.

pub(crate) mod filter;
pub(crate) mod score;

use k8s_openapi::api::core::v1::{Pod, PodSpec, TopologySpreadConstraint};

use crate::error::Fault;
use crate::label_keys::merged;
use crate::labels::{LabelSelector, LabelSetId};
use crate::pod_selector::{PodSelector, Scope, SelectorId};
use crate::profile::SpreadDefaults;
use crate::shape::Tables;
use crate::symbol::Symbol;
use crate::topology::TopologyId;

pub(crate) const SKEWED: &str = "node(s) didn't match pod topology spread constraints";
pub(crate) const NO_LABEL: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// A compiled constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constraint {
    pub topology: TopologyId,
    /// Whether the domains are the nodes themselves: the score then counts the node's own pods.
    pub by_host: bool,
    pub selector: SelectorId,
    /// Whether pods are counted at all: an empty selector matches everything and yet counts nothing.
    pub counts: bool,
    /// Whether the pod itself will be counted.
    pub self_match: bool,
    pub max_skew: i64,
    pub min_domains: i64,
    pub honours_affinity: bool,
    pub honours_taints: bool,
}

/// The constraints of a shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spread {
    /// `DoNotSchedule`.
    pub hard: Vec<Constraint>,
    /// `ScheduleAnyway`.
    pub soft: Vec<Constraint>,
    /// Whether a node has to have every soft constraint's label to be scored.
    pub all_labels: bool,
}

/// Compiles the constraints of a pod, or the defaults where it brings none.
pub(crate) fn compile(
    pod: &Pod,
    spec: &PodSpec,
    namespace: Symbol,
    set: LabelSetId,
    tables: &mut Tables<'_>,
) -> Result<Spread, Fault> {
    let own = spec
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    let mut spread = Spread {
        all_labels: true,
        ..Spread::default()
    };
    if own.is_empty() {
        return Ok(defaults(pod, namespace, set, tables));
    }
    for (at, from) in own.iter().enumerate() {
        let path = format!("spec.topologySpreadConstraints[{at}]");
        let hard = match from.when_unsatisfiable.as_str() {
            "DoNotSchedule" => true,
            "ScheduleAnyway" => false,
            other => {
                return Err(Fault::new(
                    format!("{path}.whenUnsatisfiable"),
                    format!("{other:?}"),
                    "DoNotSchedule or ScheduleAnyway",
                ));
            }
        };
        let constraint = explicit(from, &path, pod, namespace, set, tables)?;
        if hard {
            spread.hard.push(constraint);
        } else {
            spread.soft.push(constraint);
        }
    }
    Ok(spread)
}

fn explicit(
    from: &TopologySpreadConstraint,
    path: &str,
    pod: &Pod,
    namespace: Symbol,
    set: LabelSetId,
    tables: &mut Tables<'_>,
) -> Result<Constraint, Fault> {
    let at_least_one = |field: &str, value: i32| {
        (value >= 1)
            .then_some(i64::from(value))
            .ok_or_else(|| Fault::new(format!("{path}.{field}"), value.to_string(), "at least 1"))
    };
    let policy = |field: &str, policy: Option<&str>, absent: bool| match policy {
        None => Ok(absent),
        Some("Honor") => Ok(true),
        Some("Ignore") => Ok(false),
        Some(other) => Err(Fault::new(
            format!("{path}.{field}"),
            format!("{other:?}"),
            "Honor or Ignore",
        )),
    };
    let max_skew = at_least_one("maxSkew", from.max_skew)?;
    let min_domains = at_least_one("minDomains", from.min_domains.unwrap_or(1))?;
    let selector = merged(
        from.label_selector.as_ref(),
        from.match_label_keys.as_deref().unwrap_or_default(),
        &[],
        pod.metadata.labels.as_ref(),
    );
    let labels = LabelSelector::compile(
        selector.as_ref(),
        &format!("{path}.labelSelector"),
        tables.symbols,
    )?;
    let mut constraint = new(&from.topology_key, labels, max_skew, namespace, set, tables);
    constraint.min_domains = min_domains;
    constraint.honours_affinity = policy(
        "nodeAffinityPolicy",
        from.node_affinity_policy.as_deref(),
        true,
    )?;
    constraint.honours_taints = policy(
        "nodeTaintsPolicy",
        from.node_taints_policy.as_deref(),
        false,
    )?;
    Ok(constraint)
}

fn new(
    key: &str,
    labels: LabelSelector,
    max_skew: i64,
    namespace: Symbol,
    set: LabelSetId,
    tables: &mut Tables<'_>,
) -> Constraint {
    let key_symbol = tables.symbols.intern(key);
    let counts = !labels.is_empty();
    let self_match = labels.matches(&tables.label_sets.get(set).labels, tables.symbols);
    let selector = PodSelector(vec![(Scope::only(namespace), labels)]);
    Constraint {
        topology: tables.topologies.intern(key_symbol, tables.traits),
        by_host: key == HOSTNAME,
        selector: tables.selectors.intern(
            selector,
            tables.label_sets,
            tables.namespaces,
            tables.symbols,
        ),
        counts,
        self_match,
        max_skew,
        min_domains: 1,
        honours_affinity: true,
        honours_taints: false,
    }
}

/// The constraints of a pod that brings none: only where a Service or a controller selects it.
fn defaults(pod: &Pod, namespace: Symbol, set: LabelSetId, tables: &mut Tables<'_>) -> Spread {
    let listed = match &tables.profile.spread_defaults {
        SpreadDefaults::System => vec![(HOSTNAME, 3, false), (ZONE, 5, false)],
        SpreadDefaults::List(list) => list
            .iter()
            .map(|entry| {
                (
                    entry.topology_key.as_str(),
                    i64::from(entry.max_skew),
                    entry.hard,
                )
            })
            .collect(),
    };
    let mut spread = Spread {
        all_labels: tables.profile.spread_defaults != SpreadDefaults::System,
        ..Spread::default()
    };
    let Some(labels) = tables
        .owners
        .default_selector(pod, namespace, tables.symbols)
    else {
        return spread;
    };
    for (key, max_skew, hard) in listed {
        let constraint = new(key, labels.clone(), max_skew, namespace, set, tables);
        if hard {
            spread.hard.push(constraint);
        } else {
            spread.soft.push(constraint);
        }
    }
    spread
}
