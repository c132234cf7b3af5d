//! A world under change: the fork that is written to and the cluster that places its pods, kept in step. What each change
//! means is said elsewhere; here pods lose their node, are placed again, and are written back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drydock_model::{Inventory, Provenance, ServiceId, WorkloadKind};
use drydock_scheduler::{
    Arrival, Cluster, Evicted, NodeId, Outcome as Decided, PodKey, Profile, QueuedPod, pinned_to,
};
use k8s_openapi::api::core::v1::Node;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Fault, some_of};
use crate::fork::Fork;
use crate::outcome::{Cause, Drain, Preempted};
use crate::placement::NodeFacts;
use crate::pod_traits::returns;
use crate::standing::{Standing, StandingPod};
use crate::write_back;

/// What is noted along the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The latest cause by identity of a pod.
    pub causes: BTreeMap<String, Cause>,
    /// Workloads whose new and missing pods were scaled.
    pub scaled: BTreeSet<ServiceId>,
    pub preempted: Vec<Preempted>,
    pub drains: Vec<Drain>,
    pub assumptions: BTreeSet<String>,
    pub warnings: BTreeSet<String>,
}

/// A world under change.
#[derive(Clone, Debug)]
pub(crate) struct Rehearsal {
    pub fork: Fork,
    pub inventory: Arc<Inventory>,
    pub profile: Profile,
    pub cluster: Cluster,
    pub pods: Arc<Vec<StandingPod>>,
    /// Pods that nobody makes anew.
    pub gone: BTreeSet<PodKey>,
    /// Names of pods that another one stands for now.
    pub replaced: BTreeSet<String>,
    pub nodes: BTreeMap<String, NodeFacts>,
    /// Nodes whose taints or labels changed: what a DaemonSet runs there need not be what it would start there.
    pub altered: BTreeSet<String>,
    pub record: Record,
}

/// What tells a pod apart in both worlds. A DaemonSet's is the one of its node, whatever it is called.
pub(crate) fn identity(pod: &StandingPod, node: Option<&str>) -> String {
    if pod.kind == WorkloadKind::DaemonSet
        && let Some(node) = node.or_else(|| pinned_to(&pod.pod))
    {
        return format!("{}@{node}", pod.owner);
    }
    pod.name.clone()
}

impl Rehearsal {
    pub fn is_there(&self, key: PodKey) -> bool {
        !self.gone.contains(&key)
    }

    pub fn pod(&self, key: PodKey) -> &StandingPod {
        &self.pods[key.0 as usize]
    }

    /// Every pod that is there, in the order of keys.
    pub fn there(&self) -> impl Iterator<Item = (PodKey, &StandingPod)> {
        self.pods
            .iter()
            .enumerate()
            .map(|(at, pod)| (PodKey(at as u64), pod))
            .filter(|&(key, _)| self.is_there(key))
    }

    /// The node a pod is on, by name.
    pub fn place(&self, key: PodKey) -> Option<&str> {
        self.cluster
            .node_of(key)
            .map(|node| self.cluster.node_name(node))
    }

    /// Live nodes of these names, each once.
    pub fn named(&self, field: &str, names: &[String]) -> Result<Vec<NodeId>, Fault> {
        if names.is_empty() {
            return Err(Fault::field(
                field,
                "empty",
                "the name of at least one node",
            ));
        }
        let mut nodes = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let Some(id) = self.cluster.node_id(name) else {
                let all = self.cluster.nodes().map(|id| self.cluster.node_name(id));
                return Err(Fault::field(
                    format!("{field}[{at}]"),
                    format!("{name:?}"),
                    format!("the name of a node: {}", some_of(all)),
                ));
            };
            if !nodes.contains(&id) {
                nodes.push(id);
            }
        }
        Ok(nodes)
    }

    /// Live nodes of a pool, in name order.
    pub fn pool(&self, field: &str, pool: &str) -> Result<Vec<NodeId>, Fault> {
        let nodes = self.nodes_of(pool);
        if nodes.is_empty() {
            let pools: BTreeSet<&str> = self
                .nodes
                .values()
                .filter_map(|facts| facts.pool.as_deref())
                .collect();
            return Err(Fault::field(
                field,
                format!("{pool:?}"),
                format!("the name of a pool: {}", some_of(pools)),
            ));
        }
        Ok(nodes)
    }

    pub fn nodes_of(&self, pool: &str) -> Vec<NodeId> {
        self.cluster
            .nodes()
            .filter(|&id| {
                self.facts(id)
                    .is_some_and(|facts| facts.pool.as_deref() == Some(pool))
            })
            .collect()
    }

    pub fn facts(&self, id: NodeId) -> Option<&NodeFacts> {
        self.nodes.get(self.cluster.node_name(id))
    }

    /// Adds a node, or replaces the one of its name, which keeps its pods.
    pub fn set_node(&mut self, json: Value, provenance: Provenance) -> Result<NodeId, Fault> {
        let name = json
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let node = Node::deserialize(&json).map_err(|error| Fault::Unread {
            object: format!("Node {name}"),
            reason: error.to_string(),
        })?;
        let id = self.cluster.add_node(&node)?;
        self.nodes.insert(name, NodeFacts::of(&node));
        self.fork.put(json, provenance);
        Ok(id)
    }

    /// Changes the object of a node.
    pub fn edit_node(&mut self, id: NodeId, edit: impl FnOnce(&mut Value)) -> Result<(), Fault> {
        let name = self.cluster.node_name(id);
        let Some(object) = self.fork.node(name) else {
            return Ok(());
        };
        let mut json = object.json.as_ref().clone();
        let provenance = object.provenance.weaker(Provenance::Entered);
        edit(&mut json);
        self.set_node(json, provenance).map(|_| ())
    }

    /// Changes taints, labels or conditions of a node.
    pub fn alter_node(&mut self, id: NodeId, edit: impl FnOnce(&mut Value)) -> Result<(), Fault> {
        self.altered.insert(self.cluster.node_name(id).to_owned());
        self.edit_node(id, edit)
    }

    /// Takes a pod off its node. Its controller makes it anew and it waits; one without a controller is gone, and so is a
    /// DaemonSet's, which belongs to the node.
    pub fn displace(&mut self, key: PodKey, cause: Cause) {
        let pod = &self.pods[key.0 as usize];
        if !returns(pod) || pod.kind == WorkloadKind::DaemonSet {
            self.lose(key, cause);
            return;
        }
        self.note(key, cause);
        self.replaced.insert(self.pod(key).name.clone());
        self.cluster.unbind(key);
    }

    /// Takes a pod out of the world.
    pub fn lose(&mut self, key: PodKey, cause: Cause) {
        self.note(key, cause);
        self.cluster.unbind(key);
        self.gone.insert(key);
    }

    fn note(&mut self, key: PodKey, cause: Cause) {
        let identity = identity(self.pod(key), self.place(key));
        self.record.causes.insert(identity, cause);
    }

    /// Places what waits.
    pub fn settle(&mut self) {
        let waiting: Vec<PodKey> = self
            .there()
            .filter(|(_, pod)| !pod.is_terminating() || self.replaced.contains(&pod.name))
            .map(|(key, _)| key)
            .filter(|&key| self.cluster.node_of(key).is_none())
            .collect();
        self.settle_these(waiting);
    }

    /// Places these pods, and what is evicted for them.
    pub fn settle_these(&mut self, keys: Vec<PodKey>) {
        if keys.is_empty() {
            return;
        }
        let arrivals = keys
            .into_iter()
            .map(|key| {
                let pod = self.pod(key);
                let created = pod.created.filter(|_| !self.replaced.contains(&pod.name));
                Arrival {
                    queued: QueuedPod {
                        key,
                        priority: self.cluster.shape(pod.shape).priority(),
                        created,
                        name: pod.name.clone(),
                    },
                    shape: pod.shape,
                }
            })
            .collect();
        let schedule = self.cluster.schedule(arrivals, Evicted::Return);
        for recorded in schedule.decisions() {
            let Decided::Placed { node, .. } = recorded.outcome else {
                continue;
            };
            for &victim in &recorded.victims {
                let node = self.cluster.node_name(node).to_owned();
                let pod = &self.pods[victim.0 as usize];
                self.record
                    .causes
                    .insert(identity(pod, Some(&node)), Cause::Preempted);
                self.record.preempted.push(Preempted {
                    pod: pod.name.clone(),
                    by: self.pod(recorded.pod).name.clone(),
                    node,
                });
                self.replaced.insert(self.pod(victim).name.clone());
                if !returns(self.pod(victim)) {
                    self.cluster.unbind(victim);
                    self.gone.insert(victim);
                }
            }
        }
    }

    /// Reads the fork anew after its objects changed, with every pod that is still there where it was. What is new waits.
    ///
    /// # Errors
    /// An object that does not read although it is new, or that placement cannot judge.
    pub fn restand(&mut self) -> Result<(), Fault> {
        write_back::pods(self);
        let inventory = Inventory::of(self.fork.world());
        if let Some(unread) = inventory.unread.iter().find(|unread| {
            !self
                .inventory
                .unread
                .iter()
                .any(|old| old.key == unread.key)
        }) {
            return Err(Fault::Unread {
                object: unread.key.to_string(),
                reason: unread.reason.clone(),
            });
        }
        let Standing {
            mut cluster,
            pods,
            warnings,
        } = Standing::of(&inventory, self.profile.clone())?;
        self.carry_over(&mut cluster, &pods);
        self.nodes = NodeFacts::all(&inventory);
        self.inventory = Arc::new(inventory);
        self.cluster = cluster;
        self.pods = Arc::new(pods);
        self.gone.clear();
        self.record.warnings.extend(warnings);
        Ok(())
    }

    /// Binds pods that the objects only imply where they were: by name, and what is left within its workload in order.
    fn carry_over(&self, cluster: &mut Cluster, pods: &[StandingPod]) {
        let implied = |pod: &StandingPod| !pod.from_dump && pod.kind != WorkloadKind::DaemonSet;
        let mut was: BTreeMap<&ServiceId, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, pod) in self.there().filter(|(_, pod)| implied(pod)) {
            if let Some(node) = self.place(key) {
                was.entry(&pod.owner).or_default().insert(&pod.name, node);
            }
        }
        let mut left = Vec::new();
        let mut bind = |at: usize, node: &str| {
            if let Some(id) = cluster.node_id(node) {
                cluster.bind(PodKey(at as u64), pods[at].shape, id);
            }
        };
        for (at, pod) in pods.iter().enumerate().filter(|(_, pod)| implied(pod)) {
            match was
                .get_mut(&pod.owner)
                .and_then(|was| was.remove(&*pod.name))
            {
                Some(node) => bind(at, node),
                None => left.push(at),
            }
        }
        for at in left {
            if let Some((_, node)) = was.get_mut(&pods[at].owner).and_then(BTreeMap::pop_first) {
                bind(at, node);
            }
        }
    }
}
