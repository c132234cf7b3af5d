//! Nodes in dense columns, pods as shapes. This module adds and removes nodes and interns shapes; it never decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};

use crate::appetite::{Appetite, ChangeLog};
use crate::bind::Bound;
use crate::budgets::Budgets;
use crate::caches::Caches;
use crate::columns::Columns;
use crate::constraints::{Bench, Constraints, NodeTraits, Standing};
use crate::error::InvalidObject;
use crate::images::Images;
use crate::labels::LabelSets;
use crate::namespaces::Namespaces;
use crate::node::CompiledNode;
use crate::owners::Owners;
use crate::plugins::node_ports::UsedPorts;
use crate::plugins::node_unschedulable::cordon_taint;
use crate::pod_selector::PodSelectors;
use crate::profile::Profile;
use crate::residents::Residents;
use crate::resource::{CPU, EPHEMERAL, MEMORY, ResourceTable, Resources};
use crate::shape::{Compiled, Shape, Tables};
use crate::storage::Storage;
use crate::symbol::Symbols;
use crate::taint::Taint;
use crate::terms::Terms;
use crate::topology::Topologies;

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
    pub(crate) label_sets: LabelSets,
    pub(crate) namespaces: Namespaces,
    pub(crate) owners: Owners,
    pub(crate) selectors: PodSelectors,
    pub(crate) residents: Residents,
    pub(crate) topologies: Topologies,
    pub(crate) terms: Terms,
    pub(crate) budgets: Budgets,
    pub(crate) storage: Storage,
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
    pub(crate) constraints: Vec<Constraints>,
    constraint_ids: BTreeMap<Constraints, usize>,
    pub(crate) appetites: Vec<Appetite>,
    appetite_ids: BTreeMap<Appetite, usize>,
    pub(crate) bound: BTreeMap<PodKey, Bound>,
    /// Bound pods by priority.
    pub(crate) priorities: BTreeMap<i32, u32>,
    /// Pods that wait for their victims to be gone from a node.
    pub(crate) nominated: BTreeMap<PodKey, (ShapeId, NodeId)>,
    pub(crate) log: Log,
    pub(crate) caches: Caches,
}

/// The log of changed nodes, which no two clusters in the same state have to share.
#[derive(Clone, Default)]
pub(crate) struct Log(pub ChangeLog);

impl Log {
    pub(crate) fn push(&mut self, slot: usize) {
        self.0.push(slot);
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
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
            label_sets: LabelSets::default(),
            namespaces: Namespaces::default(),
            owners: Owners::default(),
            selectors: PodSelectors::default(),
            residents: Residents::default(),
            topologies: Topologies::default(),
            terms: Terms::default(),
            budgets: Budgets::default(),
            storage: Storage::default(),
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
            constraints: Vec::new(),
            constraint_ids: BTreeMap::new(),
            appetites: Vec::new(),
            appetite_ids: BTreeMap::new(),
            bound: BTreeMap::new(),
            priorities: BTreeMap::new(),
            nominated: BTreeMap::new(),
            log: Log::default(),
            caches: Caches::default(),
        }
    }

    /// The configuration this cluster decides by.
    pub fn profile(&self) -> &Profile {
        &self.profile
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
        if slot < self.traits.len() {
            self.carry_node(slot, -1);
        }
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
        self.topologies.place(slot, &self.traits[slot]);
        self.carry_node(slot, 1);
        self.hold_images(slot, &images);
        self.judge(slot);
        Ok(NodeId(slot as u32))
    }

    pub(crate) fn insert_slot(&mut self, name: &str, at: usize) -> usize {
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

    pub(crate) fn judge(&mut self, slot: usize) {
        let bench = Bench {
            profile: &self.profile,
            cordon: self.cordon,
            symbols: &self.symbols,
        };
        self.caches
            .node_changed(slot, &self.traits[slot], &self.constraints, bench);
        self.log.push(slot);
    }

    pub(crate) fn bench(&self) -> Bench<'_> {
        Bench {
            profile: &self.profile,
            cordon: self.cordon,
            symbols: &self.symbols,
        }
    }

    /// Has the columns ready that deciding on a shape reads.
    pub(crate) fn load(&mut self, shape: &Shape) {
        let bench = Bench {
            profile: &self.profile,
            cordon: self.cordon,
            symbols: &self.symbols,
        };
        let at = shape.constraints;
        self.caches.load_verdicts(
            at,
            &self.constraints[at],
            &self.traits,
            &self.topologies,
            bench,
        );
        self.caches.load_fit(
            shape.appetite,
            &self.appetites[shape.appetite],
            &self.columns,
            &self.log.0,
            &self.profile,
        );
        self.caches.load_images(
            shape.images,
            &self.images,
            self.names.len(),
            self.order.len(),
        );
    }

    /// What the constraints of a set say of a node.
    pub(crate) fn standing(&self, constraints: usize, slot: usize) -> Standing {
        match self.caches.verdicts(constraints) {
            Some(verdicts) => verdicts.standing[slot],
            None => self.constraints[constraints].standing(&self.traits[slot], self.bench()),
        }
    }

    /// Whether nodeSelector and required node affinity match.
    pub(crate) fn selects(&self, constraints: usize, slot: usize) -> bool {
        match self.caches.verdicts(constraints) {
            Some(verdicts) => verdicts.selected[slot],
            None => self.constraints[constraints].selects(&self.traits[slot], &self.symbols),
        }
    }

    /// Whether every hard taint is tolerated.
    pub(crate) fn tolerates(&self, constraints: usize, slot: usize) -> bool {
        match self.caches.verdicts(constraints) {
            Some(verdicts) => verdicts.tolerated[slot],
            None => self.constraints[constraints].tolerates(&self.traits[slot]),
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
        self.topologies.place(id.index(), &self.traits[id.index()]);
        self.hold_images(id.index(), &[]);
        self.nominated.retain(|_, &mut (_, node)| node != id);
        self.judge(id.index());
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

    pub(crate) fn position(&self, name: &str) -> Result<usize, usize> {
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
    /// `nodeName` do not matter, labels and priority do.
    ///
    /// # Errors
    /// No spec, an impossible quantity, an illegal operator, effect or weight.
    pub fn intern(&mut self, pod: &Pod) -> Result<ShapeId, InvalidObject> {
        let tables = Tables {
            profile: &self.profile,
            symbols: &mut self.symbols,
            resources: &mut self.resources,
            images: &mut self.images,
            label_sets: &mut self.label_sets,
            namespaces: &mut self.namespaces,
            selectors: &mut self.selectors,
            residents: &mut self.residents,
            topologies: &mut self.topologies,
            terms: &mut self.terms,
            owners: &self.owners,
            traits: &self.traits,
        };
        let Compiled {
            mut shape,
            constraints,
            appetite,
        } = Shape::compile(pod, tables)?;
        self.columns.widen(self.resources.len());
        // Labels that decide are columns too.
        for key in constraints.keys() {
            self.topologies.intern(key, &self.traits);
        }
        shape.constraints = index_of(constraints, &mut self.constraints, &mut self.constraint_ids);
        shape.appetite = index_of(appetite, &mut self.appetites, &mut self.appetite_ids);
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

/// The place of a value that shapes share, added where it is new.
fn index_of<T: Ord + Clone>(value: T, all: &mut Vec<T>, ids: &mut BTreeMap<T, usize>) -> usize {
    if let Some(&at) = ids.get(&value) {
        return at;
    }
    ids.insert(value.clone(), all.len());
    all.push(value);
    all.len() - 1
}

fn resources(columns: &[Vec<i64>], pods: &[i64], slot: usize) -> Resources {
    Resources {
        milli_cpu: columns[CPU][slot],
        memory_bytes: columns[MEMORY][slot],
        ephemeral_bytes: columns[EPHEMERAL][slot],
        pods: pods[slot],
    }
}
