//! Changes of how many nodes there are, and of which machines: nodes added, pools resized and replaced.

use std::collections::BTreeMap;

use drydock_scheduler::NodeId;
use k8s_openapi::api::core::v1::Node;
use serde::Deserialize;
use serde_json::json;

use crate::change::{Capacity, TaintSpec};
use crate::drain::DrainOrders;
use crate::error::Fault;
use crate::names;
use crate::new_nodes::{Blueprint, POOL, Wanted};
use crate::node_object::{map, put_taints};
use crate::outcome::Cause;
use crate::rehearsal::Rehearsal;

/// Most nodes that a change may ask for.
const MOST_NODES: u32 = 20_000;

/// What is said of nodes to be added, see [`crate::Change::AddNodes`].
pub(crate) struct Addition<'a> {
    pub count: u32,
    pub like: Option<&'a str>,
    pub wanted: Option<Wanted<'a>>,
    pub zone: Option<&'a str>,
    pub pool: Option<&'a str>,
    pub labels: &'a BTreeMap<String, String>,
    pub taints: &'a [TaintSpec],
    pub capacity: Option<&'a Capacity>,
}

/// How a provider shrinks or replaces a pool: it goes on over pods that nobody makes anew and over their files.
const PROVIDER: DrainOrders = DrainOrders {
    grace_period_seconds: None,
    force: true,
    delete_empty_dir_data: true,
    ignore_daemon_sets: true,
};

fn check_count(count: u32) -> Result<(), Fault> {
    if count > MOST_NODES {
        let expected = format!("at most {MOST_NODES} nodes");
        return Err(Fault::field("count", count.to_string(), expected));
    }
    Ok(())
}

impl Rehearsal {
    pub fn add_nodes(&mut self, addition: &Addition<'_>) -> Result<(), Fault> {
        check_count(addition.count)?;
        if addition.count == 0 {
            return Err(Fault::field("count", "0", "at least 1"));
        }
        let members = addition
            .pool
            .map_or_else(Vec::new, |pool| self.nodes_of(pool));
        let member = members.first().copied();
        let given = usize::from(addition.like.is_some())
            + usize::from(addition.wanted.is_some())
            + usize::from(addition.capacity.is_some());
        let mut zones = Vec::new();
        let mut blueprint = match (addition.like, &addition.wanted, addition.capacity) {
            _ if given > 1 => {
                let field = if addition.like.is_some() {
                    "like"
                } else {
                    "instanceType"
                };
                return Err(Fault::field(
                    field,
                    "one of several",
                    "one of like, instanceType or capacity",
                ));
            }
            (Some(like), _, _) => {
                let nodes = self.named("like", &[like.to_owned()])?;
                self.like(nodes[0])
            }
            (_, Some(wanted), _) => {
                let (blueprint, offer) = self.of_machine(wanted, member)?;
                if member.is_none() {
                    zones = self.zones_of_region(offer.region);
                    if zones.is_empty() {
                        zones = offer.provider.zones(offer.region).to_vec();
                    }
                }
                blueprint
            }
            (_, _, Some(capacity)) => self.of_capacity(capacity, member),
            _ => match member {
                Some(member) => self.like(member),
                None => {
                    return Err(Fault::field(
                        "like",
                        "missing",
                        "one of like, instanceType, capacity or a pool that has nodes",
                    ));
                }
            },
        };
        for (key, value) in addition.labels {
            names::check_key("labels", key)?;
            names::check_value(&format!("labels.{key}"), value)?;
        }
        for (at, taint) in addition.taints.iter().enumerate() {
            names::check_key(&format!("taints[{at}].key"), &taint.key)?;
            names::check_value(
                &format!("taints[{at}].value"),
                taint.value.as_deref().unwrap_or_default(),
            )?;
        }
        if let Some(pool) = addition.pool {
            names::check_value("pool", pool)?;
            blueprint.stem = names::as_node_name(pool);
            if members.is_empty() {
                map(&mut blueprint.node["metadata"], "labels").insert(POOL.to_owned(), json!(pool));
            }
        }
        let labels = map(&mut blueprint.node["metadata"], "labels");
        for (key, value) in addition.labels {
            labels.insert(key.clone(), json!(value));
        }
        put_taints(&mut blueprint.node, addition.taints);
        if let Some(zone) = addition.zone {
            zones = vec![zone.to_owned()];
        } else if addition.like.is_none() && !members.is_empty() {
            zones = self.zones_among(&members);
        }
        let made = self.make(&blueprint, addition.count, &zones, &members)?;
        debug_assert_eq!(made.len(), addition.count as usize);
        self.restand()
    }

    /// Brings a pool to a number of nodes: more are like those there are, each in the zone that has the fewest; fewer,
    /// and the emptiest node of the fullest zone is drained and deleted, one after the other.
    pub fn resize_pool(&mut self, pool: &str, count: u32) -> Result<(), Fault> {
        check_count(count)?;
        let members = self.pool("pool", pool)?;
        let now = members.len() as u32;
        if count >= now {
            let zones = self.zones_among(&members);
            let blueprint = self.like(members[0]);
            self.make(&blueprint, count - now, &zones, &members)?;
            return self.restand();
        }
        self.record.assumptions.insert(
            "a pool shrinks by the node with the fewest pods in the zone with the most nodes, drained and deleted one after the other".to_owned(),
        );
        let mut left = members;
        for _ in count..now {
            let Some(node) = self.dispensable(&left) else {
                break;
            };
            left.retain(|&other| other != node);
            self.retire(&[node], pool)?;
        }
        Ok(())
    }

    /// Replaces the nodes of a pool by those of another machine type.
    pub fn replace_pool(
        &mut self,
        pool: &str,
        wanted: &Wanted<'_>,
        count: Option<u32>,
        max_surge: u32,
    ) -> Result<(), Fault> {
        let old = self.pool("pool", pool)?;
        let count = count.unwrap_or(old.len() as u32);
        check_count(count)?;
        if max_surge == 0 {
            return Err(Fault::field("maxSurge", "0", "at least 1"));
        }
        if let Some(region) = wanted.region {
            let there = self.regions(old.iter().copied());
            if !there.is_empty() && !there.iter().any(|own| own == region) {
                let expected = format!("the region of the pool's nodes: {}", there.join(", "));
                return Err(Fault::field("region", format!("{region:?}"), expected));
            }
        }
        let (blueprint, _) = self.of_machine(wanted, old.first().copied())?;
        let zones = self.zones_among(&old);
        let names: Vec<String> = old
            .iter()
            .map(|&id| self.cluster.node_name(id).to_owned())
            .collect();
        let fresh = self.make(&blueprint, count, &zones, &[])?;
        self.restand()?;
        // Their DaemonSets are known now; each node comes when it is its turn.
        for name in &fresh {
            if let Some(id) = self.cluster.node_id(name) {
                self.cluster.remove_node(id);
            }
        }
        let surge = max_surge as usize;
        let mut coming = fresh.chunks(surge);
        for going in names.chunks(surge) {
            if let Some(names) = coming.next() {
                self.bring(names)?;
            }
            let going: Vec<NodeId> = going
                .iter()
                .filter_map(|name| self.cluster.node_id(name))
                .collect();
            self.retire(&going, pool)?;
        }
        for names in coming {
            self.bring(names)?;
        }
        Ok(())
    }

    /// Has nodes come that were announced.
    fn bring(&mut self, names: &[String]) -> Result<(), Fault> {
        for name in names {
            if let Some(object) = self.fork.node(name) {
                let node =
                    Node::deserialize(object.json.as_ref()).map_err(|error| Fault::Unread {
                        object: format!("Node {name}"),
                        reason: error.to_string(),
                    })?;
                self.cluster.add_node(&node)?;
            }
        }
        self.settle();
        Ok(())
    }

    /// Drains nodes and deletes those that are empty then.
    fn retire(&mut self, nodes: &[NodeId], pool: &str) -> Result<(), Fault> {
        let first = self.record.drains.len();
        self.drain_nodes(nodes, &PROVIDER)?;
        let drained: Vec<(String, bool)> = self.record.drains[first..]
            .iter()
            .map(|drain| (drain.node.clone(), drain.done))
            .collect();
        let mut empty = Vec::new();
        for (name, done) in drained {
            match self.cluster.node_id(&name) {
                Some(id) if done => empty.push(id),
                _ => {
                    self.record.warnings.insert(format!(
                        "node {name} of pool {pool} stays, cordoned: its drain is blocked"
                    ));
                }
            }
        }
        self.remove_nodes(&empty, Cause::NodeLost);
        self.settle();
        Ok(())
    }

    /// The emptiest node of the zone with the most nodes; of equals the last by name.
    fn dispensable(&self, nodes: &[NodeId]) -> Option<NodeId> {
        let zone = |id: NodeId| self.facts(id).and_then(|facts| facts.zone.as_deref());
        let mut count: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for &id in nodes {
            *count.entry(zone(id)).or_insert(0) += 1;
        }
        let most = *count.values().max()?;
        nodes
            .iter()
            .rev()
            .copied()
            .filter(|&id| count[&zone(id)] == most)
            .min_by_key(|&id| self.cluster.pods_on(id).len())
    }

    fn zones_among(&self, nodes: &[NodeId]) -> Vec<String> {
        let mut zones: Vec<String> = nodes
            .iter()
            .filter_map(|&id| self.facts(id)?.zone.clone())
            .collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    }

    fn zones_of_region(&self, region: &str) -> Vec<String> {
        let all: Vec<NodeId> = self.cluster.nodes().collect();
        let mut zones = self.zones_among(&all);
        zones.retain(|zone| zone.starts_with(region));
        zones
    }

    /// Writes new nodes to the fork, each in the zone with the fewest among `members` and those made so far. Answers
    /// their names; placement learns of them when the fork is read anew.
    fn make(
        &mut self,
        blueprint: &Blueprint,
        count: u32,
        zones: &[String],
        members: &[NodeId],
    ) -> Result<Vec<String>, Fault> {
        let mut share: BTreeMap<&str, usize> =
            zones.iter().map(|zone| (zone.as_str(), 0)).collect();
        for &id in members {
            let zone = self.facts(id).and_then(|facts| facts.zone.as_deref());
            if let Some(share) = zone.and_then(|zone| share.get_mut(zone)) {
                *share += 1;
            }
        }
        let mut names = Vec::new();
        let mut number = 0;
        while names.len() < count as usize {
            number += 1;
            let name = format!("{}-new-{number}", blueprint.stem);
            if self.fork.node(&name).is_some() {
                continue;
            }
            let zone = share
                .iter()
                .min_by_key(|&(_, nodes)| nodes)
                .map(|(&zone, _)| zone);
            let node = blueprint.node(&name, zone);
            if let Some(nodes) = zone.and_then(|zone| share.get_mut(zone)) {
                *nodes += 1;
            }
            Node::deserialize(&node).map_err(|error| Fault::Unread {
                object: format!("Node {name}"),
                reason: error.to_string(),
            })?;
            self.fork.put(node, blueprint.provenance);
            names.push(name);
        }
        Ok(names)
    }
}
