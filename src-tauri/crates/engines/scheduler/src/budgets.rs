//! PodDisruptionBudgets, as preemption reads them: what their status allows, not what their spec would.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::policy::v1::PodDisruptionBudget;

use crate::cluster::Cluster;
use crate::error::InvalidObject;
use crate::labels::{LabelSelector, LabelSetId};
use crate::pod_selector::{PodSelector, Scope, SelectorId};

#[derive(Debug, Clone)]
struct Budget {
    name: String,
    /// None where the selector is absent or empty: then the budget matches nothing.
    selector: Option<SelectorId>,
    allowed: i64,
    /// Pods whose eviction the API server is busy with.
    disrupted: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Budgets(Vec<Budget>);

impl Cluster {
    /// Adds a budget, or replaces the one of the same name.
    ///
    /// # Errors
    /// An illegal selector.
    pub fn set_budget(&mut self, budget: &PodDisruptionBudget) -> Result<(), InvalidObject> {
        let namespace = budget.metadata.namespace.as_deref().unwrap_or("default");
        let name = format!(
            "{namespace}/{}",
            budget.metadata.name.as_deref().unwrap_or_default()
        );
        let spec = budget.spec.as_ref();
        let labels = LabelSelector::compile(
            spec.and_then(|spec| spec.selector.as_ref()),
            "spec.selector",
            &mut self.symbols,
        )
        .map_err(|fault| fault.of(&format!("PodDisruptionBudget {name}")))?;
        let namespace = self.symbols.intern(namespace);
        let selects = !labels.is_empty() && labels != LabelSelector::Nothing;
        let selector = selects.then(|| {
            let selector = PodSelector(vec![(Scope::only(namespace), labels)]);
            self.selectors
                .intern(selector, &self.label_sets, &self.namespaces, &self.symbols)
        });
        let status = budget.status.as_ref();
        let new = Budget {
            selector,
            allowed: status.map_or(0, |status| i64::from(status.disruptions_allowed)),
            disrupted: status
                .and_then(|status| status.disrupted_pods.as_ref())
                .map(|pods| pods.keys().cloned().collect())
                .unwrap_or_default(),
            name,
        };
        let list = &mut self.budgets.0;
        match list.iter_mut().find(|budget| budget.name == new.name) {
            Some(budget) => *budget = new,
            None => list.push(new),
        }
        Ok(())
    }

    /// For pods from the most important to the least: whether evicting them all in this order breaks a budget at each.
    ///
    /// Source: `filterPodsWithPDBViolation` of `plugins/defaultpreemption`.
    pub(crate) fn breaks_budget(&self, pods: &[(LabelSetId, Option<Arc<str>>)]) -> Vec<bool> {
        let mut left: Vec<_> = self.budgets.0.iter().map(|budget| budget.allowed).collect();
        pods.iter()
            .map(|(set, name)| {
                let mut broken = false;
                for (budget, left) in self.budgets.0.iter().zip(&mut left) {
                    let matched = budget
                        .selector
                        .is_some_and(|selector| self.selectors.matches(selector, *set));
                    let under_way = name
                        .as_deref()
                        .is_some_and(|name| budget.disrupted.contains(name));
                    if matched && !under_way && !self.label_sets.get(*set).labels.is_empty() {
                        *left -= 1;
                        broken |= *left < 0;
                    }
                }
                broken
            })
            .collect()
    }
}
