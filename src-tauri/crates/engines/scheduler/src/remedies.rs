//! What would make a pod fit: single changes of the pod, of a node or of the pool, each tried before it is named.

use k8s_openapi::api::core::v1::{Pod, Toleration};

use crate::cluster::{Cluster, NodeId};
use crate::constraints::Standing;
use crate::decide::Decision;
use crate::error::InvalidObject;
use crate::outlook::{Outlook, Rejection};
use crate::plugins::node_resources_fit::{self, Shortage};
use crate::relaxations::relaxations;
use crate::shape::Shape;
use crate::taint::{Effect, Taint};
use crate::trial::Trial;

/// Nodes named for one kind of change, at most.
const NODES: usize = 5;

/// An amount that is missing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Short {
    /// `cpu` (thousandths), `memory`, `ephemeral-storage` (bytes), `pods`, or an extended resource.
    pub resource: String,
    /// How much has to be freed.
    pub amount: i64,
}

/// A change that places the pod, on its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Remedy {
    /// Free this much on a node.
    #[serde(rename_all = "camelCase")]
    Free {
        /// The node.
        node: String,
        /// What is short there.
        short: Vec<Short>,
    },
    /// Uncordon a node.
    Uncordon {
        /// The node.
        node: String,
    },
    /// Take a taint off a node.
    #[serde(rename_all = "camelCase")]
    DropTaint {
        /// The node.
        node: String,
        /// The taint as `key=value:Effect`.
        taint: String,
    },
    /// Tolerate a taint.
    #[serde(rename_all = "camelCase")]
    Tolerate {
        /// The taint as `key=value:Effect`.
        taint: String,
        /// The node the pod then goes to.
        node: String,
    },
    /// Relax a constraint of the pod.
    #[serde(rename_all = "camelCase")]
    Relax {
        /// Path of the field that goes.
        field: String,
        /// The node the pod then goes to.
        node: String,
    },
    /// Add an empty node like this one. DaemonSets that it would run are not on it.
    #[serde(rename_all = "camelCase")]
    AddNode {
        /// The node that is copied.
        like: String,
    },
}

impl Cluster {
    /// Single changes after which the pod is placed, the smallest first within a kind. None where it is placed anyway.
    ///
    /// # Errors
    /// A pod that cannot be judged, see [`Cluster::intern`].
    pub fn remedies(&self, pod: &Pod) -> Result<Vec<Remedy>, InvalidObject> {
        let mut bench = self.clone();
        let shape = bench.intern(pod)?;
        if matches!(bench.decide(shape), Decision::Placed { .. }) {
            return Ok(Vec::new());
        }
        let mut remedies = bench.freeing(bench.shape(shape));
        remedies.extend(bench.uncordoning(pod)?);
        remedies.extend(bench.taints(pod)?);
        remedies.extend(bench.relaxing(pod)?);
        remedies.extend(bench.adding(pod)?);
        Ok(remedies)
    }

    /// Where a pod would go.
    fn target(&mut self, pod: &Pod) -> Result<Option<NodeId>, InvalidObject> {
        let shape = self.intern(pod)?;
        Ok(match self.decide(shape) {
            Decision::Placed { node, .. } => Some(node),
            Decision::Unschedulable(_) => None,
        })
    }

    /// Nodes where nothing but resources is missing, those first where the largest share of the node that is missing is
    /// the smallest.
    fn freeing(&self, shape: &Shape) -> Vec<Remedy> {
        let outlook = Outlook::new(self, shape);
        let demand = &self.appetites[shape.appetite].demand;
        let mut found = Vec::new();
        for &slot in &self.order {
            let at = slot as usize;
            let resources = matches!(outlook.rejection(at, None), Some(Rejection::Resources(_)));
            if !resources {
                continue;
            }
            let mut trial = Trial::new(&outlook, at);
            let (mut short, mut share) = (Vec::new(), 0.0_f64);
            node_resources_fit::shortages(&self.columns, demand, at, None, |shortage| {
                let (resource, amount, whole) = match shortage {
                    Shortage::Pods => {
                        let amount = self.columns.pods[at] + 1 - self.columns.max_pods[at];
                        trial.taken.pods -= amount;
                        ("pods", amount, self.columns.max_pods[at])
                    }
                    Shortage::Resource { resource, .. } => {
                        let asked = demand.iter().find(|&&(column, _)| column == resource);
                        let amount = asked.map_or(0, |&(_, amount)| amount)
                            - self.columns.left(resource, at);
                        for (column, taken) in &mut trial.taken.resources {
                            *taken -= if *column == resource { amount } else { 0 };
                        }
                        let whole = self.columns.allocatable[resource][at];
                        (self.resources.name(resource), amount, whole)
                    }
                };
                share = share.max(amount as f64 / whole.max(1) as f64);
                let resource = resource.to_owned();
                short.push(Short { resource, amount });
            });
            // No more can be freed than there is.
            let possible = !node_resources_fit::beyond(&self.columns, demand, at);
            if possible && outlook.rejection(at, Some(&trial)).is_none() {
                found.push((share, self.rank[at], short));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
            .into_iter()
            .take(NODES)
            .map(|(_, rank, short)| Remedy::Free {
                node: self.names[self.order[rank as usize] as usize].to_string(),
                short,
            })
            .collect()
    }

    fn uncordoning(&mut self, pod: &Pod) -> Result<Vec<Remedy>, InvalidObject> {
        let mut found = Vec::new();
        for node in self.nodes().collect::<Vec<_>>() {
            if found.len() == NODES || !self.is_unschedulable(node) {
                continue;
            }
            self.set_unschedulable(node, false);
            if self.target(pod)? == Some(node) {
                let node = self.node_name(node).to_owned();
                found.push(Remedy::Uncordon { node });
            }
            self.set_unschedulable(node, true);
        }
        Ok(found)
    }

    /// Each taint that keeps the pod away: tolerated by the pod, or taken off one node.
    fn taints(&mut self, pod: &Pod) -> Result<Vec<Remedy>, InvalidObject> {
        let shape = self.intern(pod)?;
        let constraints = self.shape(shape).constraints;
        let mut taints: Vec<Taint> = Vec::new();
        for &slot in &self.order {
            if self.standing(constraints, slot as usize) == Standing::UntoleratedTaint {
                let hard = |taint: &&Taint| taint.effect != Effect::PreferNoSchedule;
                taints.extend(self.traits[slot as usize].taints.iter().filter(hard));
            }
        }
        taints.sort_unstable();
        taints.dedup();
        let mut found = Vec::new();
        for taint in taints {
            let words = format!(
                "{}={}:{}",
                self.symbols.text(taint.key),
                self.symbols.text(taint.value),
                taint.effect.name()
            );
            let mut tolerant = pod.clone();
            if let Some(spec) = &mut tolerant.spec {
                spec.tolerations.get_or_insert_default().push(Toleration {
                    key: Some(self.symbols.text(taint.key).to_owned()),
                    operator: Some("Equal".to_owned()),
                    value: Some(self.symbols.text(taint.value).to_owned()),
                    effect: Some(taint.effect.name().to_owned()),
                    toleration_seconds: None,
                });
            }
            if let Some(node) = self.target(&tolerant)? {
                let node = self.node_name(node).to_owned();
                found.push(Remedy::Tolerate {
                    taint: words.clone(),
                    node,
                });
                found.extend(self.dropping(pod, taint, words)?);
            }
        }
        Ok(found)
    }

    fn dropping(
        &mut self,
        pod: &Pod,
        taint: Taint,
        words: String,
    ) -> Result<Option<Remedy>, InvalidObject> {
        for slot in self.order.clone() {
            let taints = self.traits[slot as usize].taints.clone();
            if !taints.contains(&taint) {
                continue;
            }
            let left = taints.iter().filter(|&&other| other != taint).copied();
            self.set_taints(slot as usize, left.collect());
            let target = self.target(pod)?;
            self.set_taints(slot as usize, taints);
            if target == Some(NodeId(slot)) {
                return Ok(Some(Remedy::DropTaint {
                    node: self.names[slot as usize].to_string(),
                    taint: words,
                }));
            }
        }
        Ok(None)
    }

    fn relaxing(&mut self, pod: &Pod) -> Result<Vec<Remedy>, InvalidObject> {
        let mut found = Vec::new();
        for (field, relaxed) in relaxations(pod) {
            if let Some(node) = self.target(&relaxed)? {
                let node = self.node_name(node).to_owned();
                found.push(Remedy::Relax { field, node });
            }
        }
        Ok(found)
    }

    /// One more node of each kind: the same labels but for its name, the same taints and amounts.
    fn adding(&mut self, pod: &Pod) -> Result<Vec<Remedy>, InvalidObject> {
        let mut found = Vec::new();
        for slot in self.kinds() {
            let name = format!("{}-added", self.names[slot as usize]);
            let added = self.add_like(slot as usize, &name);
            if self.target(pod)? == Some(added) {
                let like = self.names[slot as usize].to_string();
                found.push(Remedy::AddNode { like });
            }
            self.remove_node(added);
        }
        Ok(found)
    }
}
