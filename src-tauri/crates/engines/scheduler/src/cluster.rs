//! Nodes in dense columns, pods as shapes. This module adds and removes nodes and interns shapes; it never decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};

use crate::columns::Columns;
use crate::constraints::{Constraints, Judged, NodeTraits};
use crate::error::InvalidObject;
use crate::images::Images;
use crate::node::CompiledNode;
use crate::plugins::node_ports::UsedPorts;
use crate::plugins::node_unschedulable::cordon_taint;
use crate::profile::Profile;
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable, Resources};
use crate::shape::{Shape, Tables};
use crate::symbol::Symbols;
use crate::taint::Taint;

/// A node of one cluster. The id of a removed node is not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Position in arrays kept beside the cluster; ids count up from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A shape of one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(pub(crate) u32);

/// A pod, by the id its owner chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodKey(pub u64);

/// A cluster as placement sees it.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(crate) profile: Profile,
    pub(crate) symbols: Symbols,
    pub(crate) resources: ResourceTable,
    pub(crate) images: Images,
    cordon: Taint,
    /// By slot.
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) traits: Vec<NodeTraits>,
    pub(crate) columns: Columns,
    pub(crate) ports: Vec<UsedPorts>,
    pub(crate) pods_on: Vec<Vec<PodKey>>,
    /// Live slots in name order, and the place of each slot in it.
    pub(crate) order: Vec<u32>,
    pub(crate) rank: Vec<u32>,
    pub(crate) shapes: Vec<Arc<Shape>>,
    shape_ids: BTreeMap<Arc<Shape>, ShapeId>,
    pub(crate) judged: Vec<Judged>,
    constraint_ids: BTreeMap<Constraints, usize>,
    pub(crate) bound: BTreeMap<PodKey, (ShapeId, NodeId)>,
    /// Bound pods by priority, and how many of them have affinity or anti-affinity to pods.
    pub(crate) priorities: BTreeMap<i32, u32>,
    pub(crate) bound_with_affinity: u32,
}

impl Cluster {
    /// An empty cluster that decides by `profile`.
    pub fn new(profile: Profile) -> Self {
        let mut symbols = Symbols::default();
        let cordon = cordon_taint(&mut symbols);
        Self {
            profile,
            symbols,
            resources: ResourceTable::default(),
            images: Images::default(),
            cordon,
            names: Vec::new(),
            traits: Vec::new(),
            columns: Columns::default(),
            ports: Vec::new(),
            pods_on: Vec::new(),
            order: Vec::new(),
            rank: Vec::new(),
            shapes: Vec::new(),
            shape_ids: BTreeMap::new(),
            judged: Vec::new(),
            constraint_ids: BTreeMap::new(),
            bound: BTreeMap::new(),
            priorities: BTreeMap::new(),
            bound_with_affinity: 0,
        }
    }

    /// Adds a node, or replaces the one of the same name, which keeps its id and its pods. Without
    /// `status.allocatable` the capacity counts, as the API server defaults it.
    ///
    /// # Errors
    /// A node without a name or without resources, an impossible quantity, an unknown taint effect. The cluster is
    /// unchanged then.
    pub fn add_node(&mut self, node: &Node) -> Result<NodeId, InvalidObject> {
        let name = node.metadata.name.clone().unwrap_or_default();
        let object = format!("Node {name}");
        let CompiledNode {
            traits,
            amounts,
            images,
        } = CompiledNode::compile(node, &name, &mut self.symbols, &mut self.resources)
            .map_err(|fault| fault.of(&object))?;

        let slot = match self.position(&name) {
            Ok(at) => self.order[at] as usize,
            Err(at) => self.insert_slot(&name, at),
        };
        self.columns.widen(self.resources.len());
        for column in &mut self.columns.allocatable {
            column[slot] = 0;
        }
        self.columns.max_pods[slot] = 0;
        for (resource, amount) in amounts {
            match resource {
                Some(column) => self.columns.allocatable[column][slot] = amount,
                None => self.columns.max_pods[slot] = amount,
            }
        }
        if slot == self.traits.len() {
            self.traits.push(traits);
        } else {
            self.traits[slot] = traits;
        }
        self.judge(slot);
        self.hold_images(slot, &images);
        Ok(NodeId(slot as u32))
    }

    fn insert_slot(&mut self, name: &str, at: usize) -> usize {
        let slot = self.names.len();
        self.names.push(name.into());
        self.ports.push(UsedPorts::default());
        self.pods_on.push(Vec::new());
        self.rank.push(0);
        self.columns.push(self.resources.len());
        self.order.insert(at, slot as u32);
        self.rank_from(at);
        slot
    }

    fn rank_from(&mut self, at: usize) {
        for (place, &slot) in self.order.iter().enumerate().skip(at) {
            self.rank[slot as usize] = place as u32;
        }
    }

    fn judge(&mut self, slot: usize) {
        for judged in &mut self.judged {
            judged.judge(slot, &self.traits[slot], self.cordon, &self.symbols);
        }
    }

    fn hold_images(&mut self, slot: usize, held: &[(String, i64)]) {
        let names = &self.names;
        self.images.set(slot as u32, held, |a, b| {
            names[a as usize].cmp(&names[b as usize])
        });
    }

    /// Removes a node. The pods that were bound there are unbound and returned in ascending order of their keys.
    /// A node that is already gone has none.
    pub fn remove_node(&mut self, id: NodeId) -> Vec<PodKey> {
        if !self.is_live(id) {
            return Vec::new();
        }
        let pods = self.pods_on[id.index()].clone();
        for &pod in &pods {
            self.unbind(pod);
        }
        let at = self.rank[id.index()] as usize;
        self.order.remove(at);
        self.rank_from(at);
        self.traits[id.index()].live = false;
        self.judge(id.index());
        self.hold_images(id.index(), &[]);
        pods
    }

    /// Cordons or uncordons a node; its pods stay.
    pub fn set_unschedulable(&mut self, id: NodeId, on: bool) {
        self.traits[id.index()].unschedulable = on;
        self.judge(id.index());
    }

    /// Whether the node is cordoned.
    pub fn is_unschedulable(&self, id: NodeId) -> bool {
        self.traits[id.index()].unschedulable
    }

    /// Whether the node is there and not removed.
    pub fn is_live(&self, id: NodeId) -> bool {
        self.traits.get(id.index()).is_some_and(|node| node.live)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.order
            .binary_search_by(|&slot| (*self.names[slot as usize]).cmp(name))
    }

    /// The live node of this name.
    pub fn node_id(&self, name: &str) -> Option<NodeId> {
        self.position(name).ok().map(|at| NodeId(self.order[at]))
    }

    /// A node's name, also after its removal.
    pub fn node_name(&self, id: NodeId) -> &str {
        &self.names[id.index()]
    }

    /// Live nodes in name order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.order.iter().map(|&slot| NodeId(slot))
    }

    /// What a node offers to pods.
    pub fn allocatable(&self, id: NodeId) -> Resources {
        let Columns {
            allocatable,
            max_pods,
            ..
        } = &self.columns;
        resources(allocatable, max_pods, id.index())
    }

    /// What the pods bound to a node ask for.
    pub fn requested(&self, id: NodeId) -> Resources {
        let Columns {
            requested, pods, ..
        } = &self.columns;
        resources(requested, pods, id.index())
    }

    /// Extended resources, huge pages and the like that a node offers: name, allocatable, requested, by name.
    pub fn scalar_resources(&self, id: NodeId) -> Vec<(&str, i64, i64)> {
        let Columns {
            allocatable,
            requested,
            ..
        } = &self.columns;
        let mut list: Vec<_> = (EPHEMERAL + 1..allocatable.len())
            .map(|column| {
                (
                    self.resources.name(column),
                    allocatable[column][id.index()],
                    requested[column][id.index()],
                )
            })
            .filter(|&(_, offered, asked)| offered != 0 || asked != 0)
            .collect();
        list.sort_unstable();
        list
    }

    /// Compiles what placement needs of a pod. Pods whose specs mean the same get the same id; name, uid, status and
    /// `nodeName` do not matter, priority does.
    ///
    /// # Errors
    /// No spec, an impossible quantity, an illegal operator, effect or weight.
    pub fn intern(&mut self, pod: &Pod) -> Result<ShapeId, InvalidObject> {
        let tables = Tables {
            symbols: &mut self.symbols,
            resources: &mut self.resources,
            images: &mut self.images,
            scheduler_name: &self.profile.scheduler_name,
        };
        let (mut shape, constraints) = Shape::compile(pod, tables)?;
        self.columns.widen(self.resources.len());
        shape.constraints = if let Some(&at) = self.constraint_ids.get(&constraints) {
            at
        } else {
            let at = self.judged.len();
            self.constraint_ids.insert(constraints.clone(), at);
            self.judged.push(Judged::new(
                constraints,
                &self.traits,
                self.cordon,
                &self.symbols,
            ));
            at
        };
        if let Some(&id) = self.shape_ids.get(&shape) {
            return Ok(id);
        }
        let id = ShapeId(self.shapes.len() as u32);
        let shape = Arc::new(shape);
        self.shapes.push(Arc::clone(&shape));
        self.shape_ids.insert(shape, id);
        Ok(id)
    }

    /// A compiled pod template.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }
}

fn resources(columns: &[Vec<i64>], pods: &[i64], slot: usize) -> Resources {
    Resources {
        milli_cpu: columns[CPU][slot],
        memory_bytes: columns[MEMORY][slot],
        ephemeral_bytes: columns[EPHEMERAL][slot],
        pods: pods[slot],
    }
}
