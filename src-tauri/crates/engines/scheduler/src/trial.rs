//! A node as it would be with some pods taken off it or put on it, without touching the cluster: what preemption and
//! nominated pods are judged by.

use crate::cluster::PodKey;
use crate::outlook::Outlook;
use crate::plugins::inter_pod_affinity::filter::{Changes, Required};
use crate::plugins::node_ports::UsedPorts;
use crate::plugins::pod_topology_spread::filter::counts_node;
use crate::shape::Shape;
use crate::topology::NOWHERE;

/// Amounts that pods of a trial give back (negative) or take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    /// By resource column, as far as the pod to be placed asks for it.
    pub resources: Vec<(usize, i64)>,
    pub pods: i64,
}

impl Taken {
    pub(crate) fn of(&self, resource: usize) -> i64 {
        self.resources
            .iter()
            .find(|&&(column, _)| column == resource)
            .map_or(0, |&(_, amount)| amount)
    }
}

/// Changes on one node, as far as the filters of one pod look at them.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub slot: usize,
    pub taken: Taken,
    pub ports: UsedPorts,
    /// By hard spread constraint of the pod.
    pub spread: Vec<i64>,
    pub terms: Changes,
    /// Added pods with an anti-affinity to the pod that no bound pod has.
    pub strangers: i64,
    /// Pods taken off and put on, for the filters of volumes.
    pub gone: Vec<PodKey>,
}

impl Trial {
    pub(crate) fn new(outlook: &Outlook<'_>, slot: usize) -> Self {
        let demand = &outlook.cluster.appetites[outlook.shape.appetite].demand;
        Self {
            slot,
            taken: Taken {
                resources: demand.iter().map(|&(column, _)| (column, 0)).collect(),
                pods: 0,
            },
            ports: outlook.cluster.ports[slot].clone(),
            spread: vec![0; outlook.spread.len()],
            terms: outlook
                .required
                .as_ref()
                .map(Required::unchanged)
                .unwrap_or_default(),
            strangers: 0,
            gone: Vec::new(),
        }
    }

    /// Takes a bound pod off the node.
    pub(crate) fn remove(&mut self, outlook: &Outlook<'_>, pod: PodKey, shape: &Shape) {
        self.ports.release(&shape.ports);
        self.gone.push(pod);
        self.apply(outlook, shape, -1);
    }

    /// Puts a pod back that was taken off.
    pub(crate) fn restore(&mut self, outlook: &Outlook<'_>, pod: PodKey, shape: &Shape) {
        self.gone.retain(|&other| other != pod);
        self.add(outlook, shape);
    }

    /// Puts a pod on the node that is not bound there.
    pub(crate) fn add(&mut self, outlook: &Outlook<'_>, shape: &Shape) {
        self.ports.take(&shape.ports);
        self.apply(outlook, shape, 1);
    }

    fn apply(&mut self, outlook: &Outlook<'_>, other: &Shape, count: i64) {
        let Outlook { cluster, shape, .. } = outlook;
        let selectors = &cluster.selectors;
        self.taken.pods += count;
        for (column, amount) in &mut self.taken.resources {
            let asked = other
                .demand
                .iter()
                .find(|&&(other, _)| other == *column)
                .map_or(0, |&(_, amount)| amount);
            *amount += asked * count;
        }
        let hard = &shape.spread.hard;
        for (change, constraint) in self.spread.iter_mut().zip(hard) {
            // Here the original counts pods that are being deleted and pods that an empty selector matches, which it
            // leaves out of its first count.
            if selectors.matches(constraint.selector, other.label_set)
                && counts_node(cluster, shape, hard, constraint, self.slot)
            {
                *change += count;
            }
        }
        let Some(required) = &outlook.required else {
            self.strangers += count * i64::from(self.is_stranger(outlook, other));
            return;
        };
        let here = |topology| cluster.topologies.get(topology).domain[self.slot] != NOWHERE;
        if shape
            .terms
            .near_all
            .is_some_and(|all| selectors.matches(all, other.label_set))
        {
            for (change, matching) in self.terms.near.iter_mut().zip(&required.near) {
                *change += count * i64::from(here(matching.topology));
            }
        }
        for ((change, matching), &term) in self
            .terms
            .apart
            .iter_mut()
            .zip(&required.apart)
            .zip(&shape.terms.apart)
        {
            let selector = cluster.terms.get(term).selector;
            if selectors.matches(selector, other.label_set) {
                *change += count * i64::from(here(matching.topology));
            }
        }
        for (change, (term, matching)) in self.terms.unwelcome.iter_mut().zip(&required.unwelcome) {
            let carried = other.terms.apart.iter().filter(|other| *other == term);
            *change += count * carried.count() as i64 * i64::from(here(matching.topology));
        }
        self.strangers += count * i64::from(self.is_stranger(outlook, other));
    }

    /// Whether a pod has an anti-affinity to the pod to be placed that no bound pod has.
    fn is_stranger(&self, outlook: &Outlook<'_>, other: &Shape) -> bool {
        let cluster = outlook.cluster;
        other.terms.apart.iter().any(|&id| {
            let term = cluster.terms.get(id);
            let known = outlook
                .required
                .iter()
                .any(|required| required.unwelcome.iter().any(|&(known, _)| known == id));
            !known
                && cluster
                    .selectors
                    .matches(term.selector, outlook.shape.label_set)
                && cluster.topologies.get(term.topology).domain[self.slot] != NOWHERE
        })
    }
}
