//! A small cluster in memory that answers what fits where: CPU, memory, pod count, labels, pods kept
//! apart and pods spread over zones.

use std::collections::BTreeMap;

use drydock_autoscaler::nodes::{Amounts, NodeRef, Placement, PodRef, TemplateId};

pub const SECOND: u64 = 1_000_000_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const GIB: u64 = 1 << 30;

/// Amounts in milli-cores and GiB.
#[allow(dead_code, reason = "one of the two tests uses it")]
pub fn amounts(milli_cpu: u64, gib: u64) -> Amounts {
    Amounts {
        milli_cpu,
        memory_bytes: gib * GIB,
    }
}

/// What a node is made from.
#[derive(Debug, Clone, Default)]
pub struct Template {
    pub room: Amounts,
    pub pods: u32,
    pub labels: BTreeMap<&'static str, String>,
    /// What its daemons take.
    pub daemons: Amounts,
}

/// What placement needs of a pod.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub requests: Amounts,
    /// A label that the node has to have.
    pub label: Option<(&'static str, String)>,
    /// Pods of one number are kept on different nodes.
    pub apart: Option<u32>,
    /// Pods of one number are spread over zones, by at most one more in any.
    pub spread: Option<u32>,
}

#[derive(Debug, Clone)]
struct TrialNode {
    template: Template,
    closed: bool,
}

/// The cluster.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    pub templates: Vec<Template>,
    pub wishes: BTreeMap<PodRef, Wish>,
    nodes: BTreeMap<NodeRef, TrialNode>,
    bound: BTreeMap<PodRef, NodeRef>,
    next: u32,
}

impl Trial {
    pub fn template(&mut self, template: Template) -> TemplateId {
        self.templates.push(template);
        TemplateId(self.templates.len() as u32 - 1)
    }

    pub fn pods_on(&self, node: NodeRef) -> Vec<PodRef> {
        let bound = self.bound.iter();
        bound
            .filter(|&(_, &at)| at == node)
            .map(|(&pod, _)| pod)
            .collect()
    }

    pub fn node_of(&self, pod: PodRef) -> Option<NodeRef> {
        self.bound.get(&pod).copied()
    }

    pub fn nodes(&self) -> Vec<NodeRef> {
        self.nodes.keys().copied().collect()
    }

    /// Keeps further pods off a node, as a taint would.
    pub fn close(&mut self, node: NodeRef, closed: bool) {
        self.nodes.get_mut(&node).unwrap().closed = closed;
    }

    fn zone(&self, node: NodeRef) -> Option<&str> {
        let labels = &self.nodes[&node].template.labels;
        labels.get("zone").map(String::as_str)
    }

    fn fault(&self, pod: PodRef, node: NodeRef) -> Option<&'static str> {
        let wish = &self.wishes[&pod];
        let at = self.nodes.get(&node)?;
        let on = self.pods_on(node);
        let used = on.iter().fold(at.template.daemons, |sum, pod| {
            let asked = self.wishes[pod].requests;
            Amounts {
                milli_cpu: sum.milli_cpu + asked.milli_cpu,
                memory_bytes: sum.memory_bytes + asked.memory_bytes,
            }
        });
        let room = at.template.room;
        if at.closed {
            return Some("closed");
        }
        if used.milli_cpu + wish.requests.milli_cpu > room.milli_cpu {
            return Some("Insufficient cpu");
        }
        if used.memory_bytes + wish.requests.memory_bytes > room.memory_bytes {
            return Some("Insufficient memory");
        }
        if on.len() as u32 >= at.template.pods {
            return Some("Too many pods");
        }
        if let Some((key, value)) = &wish.label
            && at.template.labels.get(key) != Some(value)
        {
            return Some("node(s) didn't match Pod's node affinity/selector");
        }
        let same = |other: &PodRef| self.wishes[other].apart == wish.apart;
        if wish.apart.is_some() && on.iter().any(same) {
            return Some("node(s) didn't match pod anti-affinity rules");
        }
        if wish.spread.is_some() && !self.spreads(wish, node) {
            return Some("node(s) didn't match pod topology spread constraints");
        }
        None
    }

    fn spreads(&self, wish: &Wish, node: NodeRef) -> bool {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for &node in self.nodes.keys() {
            counts.entry(self.zone(node).unwrap_or("")).or_insert(0);
        }
        for (pod, &at) in &self.bound {
            if self.wishes[pod].spread == wish.spread {
                *counts.get_mut(self.zone(at).unwrap_or("")).unwrap() += 1;
            }
        }
        let fewest = counts.values().min().copied().unwrap_or(0);
        counts[self.zone(node).unwrap_or("")] < fewest + 1
    }
}

impl Placement for Trial {
    fn fork(&self) -> Self {
        self.clone()
    }

    fn add_node(&mut self, template: TemplateId) -> NodeRef {
        let id = NodeRef(self.next);
        self.next += 1;
        let template = self.templates[template.0 as usize].clone();
        self.nodes.insert(
            id,
            TrialNode {
                template,
                closed: false,
            },
        );
        id
    }

    fn remove_node(&mut self, node: NodeRef) {
        assert!(self.nodes.remove(&node).is_some(), "{node:?} is there");
        self.bound.retain(|_, at| *at != node);
    }

    fn fits(&mut self, pod: PodRef, node: NodeRef) -> bool {
        assert!(!self.bound.contains_key(&pod), "{pod:?} is not bound");
        self.nodes.contains_key(&node) && self.fault(pod, node).is_none()
    }

    fn bind(&mut self, pod: PodRef, node: NodeRef) {
        assert!(self.nodes.contains_key(&node), "{node:?} is there");
        let before = self.bound.insert(pod, node);
        assert_eq!(before, None, "{pod:?} is not bound");
    }

    fn unbind(&mut self, pod: PodRef) {
        self.bound.remove(&pod);
    }

    fn refusal(&mut self, pod: PodRef, node: NodeRef) -> String {
        self.fault(pod, node).unwrap_or("it fits").to_owned()
    }
}
