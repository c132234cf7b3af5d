//! Topologies: for a label key such as the zone, the domain every node is in, as a dense column.

use std::collections::BTreeMap;

use crate::constraints::NodeTraits;
use crate::symbol::Symbol;

/// The domain of a node without the label, and of a node that is gone.
pub(crate) const NOWHERE: u32 = 0;

/// A topology of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TopologyId(u32);

#[derive(Debug, Clone)]
pub(crate) struct Topology {
    key: Symbol,
    /// By slot.
    pub domain: Vec<u32>,
    ids: BTreeMap<Symbol, u32>,
    /// By slot, whether a live node lacks the label, and how many do.
    lacking: Vec<bool>,
    lack: u32,
    /// Label values by domain; the first, of nodes without the label, has none.
    pub values: Vec<Option<Symbol>>,
}

impl Topology {
    /// One more than the largest domain; tables by domain have this length.
    pub(crate) fn domains(&self) -> usize {
        self.values.len()
    }

    /// Whether every live node has the label.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.lack == 0
    }

    fn place(&mut self, slot: usize, node: &NodeTraits) {
        let value = node.live.then(|| node.labels.get(self.key)).flatten();
        let domain = value.map_or(NOWHERE, |value| {
            let next = self.values.len() as u32;
            let domain = *self.ids.entry(value).or_insert(next);
            if domain == next {
                self.values.push(Some(value));
            }
            domain
        });
        if slot == self.domain.len() {
            self.domain.push(NOWHERE);
            self.lacking.push(false);
        }
        self.domain[slot] = domain;
        let lacks = node.live && domain == NOWHERE;
        self.lack = self.lack + u32::from(lacks) - u32::from(self.lacking[slot]);
        self.lacking[slot] = lacks;
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Topologies {
    ids: BTreeMap<Symbol, TopologyId>,
    all: Vec<Topology>,
}

impl Topologies {
    pub(crate) fn intern(&mut self, key: Symbol, nodes: &[NodeTraits]) -> TopologyId {
        if let Some(&id) = self.ids.get(&key) {
            return id;
        }
        let mut topology = Topology {
            key,
            domain: Vec::new(),
            ids: BTreeMap::new(),
            lacking: Vec::new(),
            lack: 0,
            values: vec![None],
        };
        for (slot, node) in nodes.iter().enumerate() {
            topology.place(slot, node);
        }
        let id = TopologyId(self.all.len() as u32);
        self.ids.insert(key, id);
        self.all.push(topology);
        id
    }

    /// Reads a node's labels anew; `slot` is at most one past the last.
    pub(crate) fn place(&mut self, slot: usize, node: &NodeTraits) {
        for topology in &mut self.all {
            topology.place(slot, node);
        }
    }

    pub(crate) fn get(&self, id: TopologyId) -> &Topology {
        &self.all[id.0 as usize]
    }

    /// The topology of a key, where it is interned.
    pub(crate) fn of(&self, key: Symbol) -> Option<&Topology> {
        self.ids.get(&key).map(|&id| self.get(id))
    }
}
