//! Changes of nodes there are: removed, failed, cordoned, tainted, labelled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_model::{ServiceId, WorkloadKind};
use drydock_scheduler::{NodeId, UNREACHABLE};
use serde_json::json;

use crate::change::TaintSpec;
use crate::error::{Fault, some_of};
use crate::names;
use crate::node_object;
use crate::outcome::Cause;
use crate::pod_traits::{is_static, stays_with};
use crate::rehearsal::Rehearsal;

impl Rehearsal {
    /// Deletes nodes. Their pods are made anew elsewhere where somebody makes them.
    pub fn remove_nodes(&mut self, nodes: &[NodeId], cause: Cause) {
        let mut names = BTreeSet::new();
        for &id in nodes {
            for key in self.cluster.pods_on(id).to_vec() {
                self.displace(key, cause);
            }
            let name = self.cluster.node_name(id).to_owned();
            self.cluster.remove_node(id);
            self.nodes.remove(&name);
            self.fork.remove(["", "Node", "", &name]);
            self.fork.remove(["storage.k8s.io", "CSINode", "", &name]);
            names.insert(name);
        }
        // Pods that have ended go with their node.
        let inventory = Arc::clone(&self.inventory);
        for live in inventory.pods.iter().filter(|live| live.ended) {
            if let (Some(true), Ok(id)) = (
                live.node.as_ref().map(|node| names.contains(node)),
                live.name.parse(),
            ) {
                self.fork.drop_found(|fork| fork.pod(&id));
            }
        }
    }

    /// Nodes stop answering: the node controller taints them, and what does not tolerate that for good is replaced.
    pub fn fail_nodes(&mut self, nodes: &[NodeId]) -> Result<(), Fault> {
        let mut stateful = BTreeSet::new();
        for &id in nodes {
            self.alter_node(id, node_object::fail)?;
            for key in self.cluster.pods_on(id).to_vec() {
                let pod = self.pod(key);
                let daemon = pod.kind == WorkloadKind::DaemonSet;
                if daemon || is_static(pod) || stays_with(pod, UNREACHABLE, "") {
                    continue;
                }
                if pod.kind == WorkloadKind::StatefulSet {
                    stateful.insert(pod.owner.to_string());
                }
                self.displace(key, Cause::NodeLost);
            }
        }
        self.record.assumptions.insert(
            "failed nodes stay away for longer than their pods tolerate (300 s where a pod says nothing)".to_owned(),
        );
        if !stateful.is_empty() {
            self.record.assumptions.insert(format!(
                "StatefulSets replace pods of a failed node only once it is deleted or marked out of service; taken as done for {}",
                some_of(stateful.iter().map(String::as_str))
            ));
        }
        Ok(())
    }

    /// The nodes of a zone.
    pub fn zone(&self, zone: &str) -> Result<Vec<NodeId>, Fault> {
        let inside: Vec<NodeId> = self
            .cluster
            .nodes()
            .filter(|&id| {
                self.facts(id)
                    .is_some_and(|facts| facts.zone.as_deref() == Some(zone))
            })
            .collect();
        if inside.is_empty() {
            let zones: BTreeSet<&str> = self
                .nodes
                .values()
                .filter_map(|facts| facts.zone.as_deref())
                .collect();
            return Err(Fault::field(
                "zone",
                format!("{zone:?}"),
                format!("the name of a zone with nodes: {}", some_of(zones)),
            ));
        }
        Ok(inside)
    }

    pub fn cordon_nodes(&mut self, nodes: &[NodeId], on: bool) -> Result<(), Fault> {
        nodes
            .iter()
            .try_for_each(|&id| self.edit_node(id, |node| node_object::cordon(node, on)))
    }

    /// The nodes that a change names, by name or by pool.
    pub fn chosen(&self, nodes: &[String], pool: Option<&str>) -> Result<Vec<NodeId>, Fault> {
        match pool {
            None => self.named("nodes", nodes),
            Some(pool) if nodes.is_empty() => self.pool("pool", pool),
            Some(pool) => Err(Fault::field(
                "pool",
                format!("{pool:?}"),
                "either nodes or a pool",
            )),
        }
    }

    /// Puts taints on and takes others off. NoExecute evicts what does not tolerate it for good.
    pub fn taint_nodes(
        &mut self,
        nodes: &[NodeId],
        add: &[TaintSpec],
        remove: &[String],
    ) -> Result<(), Fault> {
        for (at, taint) in add.iter().enumerate() {
            names::check_key(&format!("add[{at}].key"), &taint.key)?;
            names::check_value(
                &format!("add[{at}].value"),
                taint.value.as_deref().unwrap_or_default(),
            )?;
        }
        if add.is_empty() && remove.is_empty() {
            return Err(Fault::field("add", "empty", "a taint to add or to remove"));
        }
        let mut found = vec![0; remove.len()];
        for &id in nodes {
            self.alter_node(id, |node| {
                for (at, gone) in remove.iter().enumerate() {
                    let (key, effect) = match gone.split_once(':') {
                        Some((key, effect)) => (key, Some(effect)),
                        None => (gone.as_str(), None),
                    };
                    found[at] += node_object::drop_taints(node, |other, its| {
                        other == key && effect.is_none_or(|effect| effect == its)
                    });
                }
                node_object::put_taints(node, add);
            })?;
            let evicting: Vec<&TaintSpec> = add
                .iter()
                .filter(|taint| taint.effect.as_str() == "NoExecute")
                .collect();
            for key in self.cluster.pods_on(id).to_vec() {
                let pod = self.pod(key);
                let stays = evicting.iter().all(|taint| {
                    stays_with(pod, &taint.key, taint.value.as_deref().unwrap_or_default())
                });
                // The kubelet makes a static pod anew, whatever evicts it.
                if !stays && !is_static(pod) {
                    self.displace(key, Cause::Evicted);
                }
            }
        }
        if let Some(at) = found.iter().position(|&found| found == 0) {
            return Err(Fault::field(
                format!("remove[{at}]"),
                format!("{:?}", remove[at]),
                "a taint that one of the nodes has, as key or key:Effect",
            ));
        }
        // DaemonSets run where they may now.
        if remove.is_empty() {
            Ok(())
        } else {
            self.restand()
        }
    }

    /// Sets labels and removes others. Pods stay, whatever they selected, but for those of DaemonSets, which run where
    /// they may now.
    pub fn label_nodes(
        &mut self,
        nodes: &[NodeId],
        set: &BTreeMap<String, String>,
        remove: &[String],
    ) -> Result<(), Fault> {
        if set.is_empty() && remove.is_empty() {
            return Err(Fault::field("set", "empty", "a label to set or to remove"));
        }
        for (key, value) in set {
            names::check_key("set", key)?;
            names::check_value(&format!("set.{key}"), value)?;
        }
        let before = self.daemons_taken()?;
        for &id in nodes {
            self.alter_node(id, |node| {
                let labels = node_object::map(&mut node["metadata"], "labels");
                for key in remove {
                    labels.shift_remove(key);
                }
                for (key, value) in set {
                    labels.insert(key.clone(), json!(value));
                }
            })?;
        }
        let after = self.daemons_taken()?;
        for (set, id) in before.difference(&after) {
            for key in self.cluster.pods_on(*id).to_vec() {
                if self.pod(key).owner == *set {
                    self.lose(key, Cause::Removed);
                }
            }
        }
        self.restand()
    }

    /// DaemonSets with the nodes that take their pods.
    fn daemons_taken(&mut self) -> Result<BTreeSet<(ServiceId, NodeId)>, Fault> {
        let inventory = Arc::clone(&self.inventory);
        let mut taken = BTreeSet::new();
        for workload in &inventory.workloads {
            if workload.kind == WorkloadKind::DaemonSet {
                let nodes = self.cluster.daemon_pods(&workload.template)?;
                taken.extend(nodes.into_iter().map(|(id, _)| (workload.id.clone(), id)));
            }
        }
        Ok(taken)
    }
}
