//! InterPodAffinity: pods that have to be, or would like to be, near or apart from other pods; and what the pods
//! already bound ask of a newcomer.
//!
//! Source: `plugins/interpodaffinity`. This file compiles terms; the others filter and score by them.

pub(crate) mod filter;
pub(crate) mod score;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodSpec, WeightedPodAffinityTerm};

use crate::error::Fault;
use crate::label_keys::merged;
use crate::labels::LabelSelector;
use crate::pod_selector::{PodSelector, Scope};
use crate::shape::Tables;
use crate::symbol::Symbol;
use crate::terms::{AffinityTerm, PodTerms, TermId};

pub(crate) const NOT_NEAR: &str = "node(s) didn't match pod affinity rules";
pub(crate) const NOT_APART: &str = "node(s) didn't match pod anti-affinity rules";
pub(crate) const UNWELCOME: &str = "node(s) didn't satisfy existing pods anti-affinity rules";

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Compiles the affinity and anti-affinity of a pod.
pub(crate) fn compile(
    pod: &Pod,
    spec: &PodSpec,
    namespace: Symbol,
    tables: &mut Tables<'_>,
) -> Result<PodTerms, Fault> {
    let mut terms = PodTerms::default();
    let Some(affinity) = &spec.affinity else {
        return Ok(terms);
    };
    let mut compiler = Compiler {
        pod,
        namespace,
        tables,
    };
    if let Some(near) = &affinity.pod_affinity {
        let path = format!("spec.affinity.podAffinity.{REQUIRED}");
        let required = near
            .required_during_scheduling_ignored_during_execution
            .as_deref()
            .unwrap_or_default();
        let mut all = Vec::new();
        for (at, term) in required.iter().enumerate() {
            let (scope, labels) = compiler.selector(term, &format!("{path}[{at}]"))?;
            all.push((scope.clone(), labels.clone()));
            terms.near.push(compiler.term(term, scope, labels));
        }
        if !all.is_empty() {
            all.sort_unstable();
            all.dedup();
            terms.near_all = Some(compiler.intern(PodSelector(all)));
        }
        let list = near
            .preferred_during_scheduling_ignored_during_execution
            .as_deref();
        let path = format!("spec.affinity.podAffinity.{PREFERRED}");
        compiler.preferred(list, &path, 1, &mut terms)?;
    }
    if let Some(apart) = &affinity.pod_anti_affinity {
        let path = format!("spec.affinity.podAntiAffinity.{REQUIRED}");
        let required = apart
            .required_during_scheduling_ignored_during_execution
            .as_deref()
            .unwrap_or_default();
        for (at, term) in required.iter().enumerate() {
            let (scope, labels) = compiler.selector(term, &format!("{path}[{at}]"))?;
            terms.apart.push(compiler.term(term, scope, labels));
        }
        let list = apart
            .preferred_during_scheduling_ignored_during_execution
            .as_deref();
        let path = format!("spec.affinity.podAntiAffinity.{PREFERRED}");
        compiler.preferred(list, &path, -1, &mut terms)?;
    }
    Ok(terms)
}

struct Compiler<'a, 'b> {
    pod: &'a Pod,
    namespace: Symbol,
    tables: &'a mut Tables<'b>,
}

impl Compiler<'_, '_> {
    fn preferred(
        &mut self,
        list: Option<&[WeightedPodAffinityTerm]>,
        path: &str,
        sign: i64,
        terms: &mut PodTerms,
    ) -> Result<(), Fault> {
        for (at, weighted) in list.unwrap_or_default().iter().enumerate() {
            if !(1..=100).contains(&weighted.weight) {
                return Err(Fault::new(
                    format!("{path}[{at}].weight"),
                    weighted.weight.to_string(),
                    "a weight from 1 to 100",
                ));
            }
            let term = &weighted.pod_affinity_term;
            let (scope, labels) = self.selector(term, &format!("{path}[{at}].podAffinityTerm"))?;
            let id = self.term(term, scope, labels);
            terms
                .preferred
                .push((id, sign * i64::from(weighted.weight)));
        }
        Ok(())
    }

    /// Whom a term means. Without namespaces and namespaceSelector that is the pod's own namespace.
    fn selector(
        &mut self,
        term: &PodAffinityTerm,
        path: &str,
    ) -> Result<(Scope, LabelSelector), Fault> {
        let symbols = &mut *self.tables.symbols;
        let selector = merged(
            term.label_selector.as_ref(),
            term.match_label_keys.as_deref().unwrap_or_default(),
            term.mismatch_label_keys.as_deref().unwrap_or_default(),
            self.pod.metadata.labels.as_ref(),
        );
        let labels =
            LabelSelector::compile(selector.as_ref(), &format!("{path}.labelSelector"), symbols)?;
        let by_labels = LabelSelector::compile(
            term.namespace_selector.as_ref(),
            &format!("{path}.namespaceSelector"),
            symbols,
        )?;
        let mut names: Vec<_> = term
            .namespaces
            .iter()
            .flatten()
            .map(|name| symbols.intern(name))
            .collect();
        if names.is_empty() && term.namespace_selector.is_none() {
            names.push(self.namespace);
        }
        names.sort_unstable();
        names.dedup();
        let scope = Scope {
            names,
            labels: by_labels,
        };
        Ok((scope, labels))
    }

    fn intern(&mut self, selector: PodSelector) -> crate::pod_selector::SelectorId {
        let Tables {
            symbols,
            selectors,
            label_sets,
            namespaces,
            ..
        } = &mut *self.tables;
        selectors.intern(selector, label_sets, namespaces, symbols)
    }

    fn term(&mut self, from: &PodAffinityTerm, scope: Scope, labels: LabelSelector) -> TermId {
        let selector = self.intern(PodSelector(vec![(scope, labels)]));
        let key = self.tables.symbols.intern(&from.topology_key);
        let topology = self.tables.topologies.intern(key, self.tables.traits);
        self.tables
            .terms
            .intern(AffinityTerm { selector, topology })
    }
}
