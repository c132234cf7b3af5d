//! A cluster with node groups that does what Cluster Autoscaler wants, under a clock of its own.

use std::collections::BTreeMap;

use drydock_autoscaler::nodes::cluster_autoscaler::{
    Deletion, Memory, Node, NodeGroup, NodeState, Outcome, Seen, Settings, Unremovable, scan,
};
use drydock_autoscaler::nodes::{Amounts, Budget, NodeRef, Placement, Pod, PodRef};

use crate::trial::{GIB, MINUTE, SECOND, Template, Trial, Wish};

/// A cluster.
#[derive(Debug, Clone)]
pub struct World {
    pub now: u64,
    pub settings: Settings,
    pub memory: Memory,
    pub trial: Trial,
    pub groups: Vec<NodeGroup>,
    pub nodes: Vec<Node>,
    pub pods: BTreeMap<PodRef, Pod>,
    pub budgets: Vec<Budget>,
    pub draw: u64,
    /// How long a node takes to come; none where the provider has none.
    pub boot: Vec<Option<u64>>,
    /// How long a node takes to go.
    pub drain: u64,
    coming: Vec<(u64, usize)>,
    going: Vec<(u64, NodeRef)>,
    names: u32,
    numbers: u64,
}

impl World {
    pub fn new() -> Self {
        Self {
            now: 1000 * MINUTE,
            settings: Settings::default(),
            memory: Memory::default(),
            trial: Trial::default(),
            groups: Vec::new(),
            nodes: Vec::new(),
            pods: BTreeMap::new(),
            budgets: Vec::new(),
            draw: 0,
            boot: Vec::new(),
            drain: 30 * SECOND,
            coming: Vec::new(),
            going: Vec::new(),
            names: 0,
            numbers: 0,
        }
    }

    /// A group of nodes of so many milli-cores and GiB, without nodes; its nodes come after a minute.
    pub fn group(&mut self, name: &str, min: u32, max: u32, milli_cpu: u64, gib: u64) -> usize {
        let room = Amounts {
            milli_cpu,
            memory_bytes: gib * GIB,
        };
        let template = self.trial.template(Template {
            room,
            pods: 110,
            labels: BTreeMap::from([("group", name.to_owned())]),
            daemons: Amounts::default(),
        });
        self.groups.push(NodeGroup {
            name: name.to_owned(),
            min,
            max,
            target: 0,
            template,
            capacity: room,
            allocatable: room,
            price_per_hour: None,
            priority: None,
        });
        self.boot.push(Some(MINUTE));
        self.groups.len() - 1
    }

    /// A ready node of a group.
    pub fn node(&mut self, group: usize) -> NodeRef {
        self.groups[group].target += 1;
        self.arrive(group)
    }

    fn arrive(&mut self, group: usize) -> NodeRef {
        let spec = &self.groups[group];
        let id = self.trial.add_node(spec.template);
        self.names += 1;
        self.nodes.push(Node {
            id,
            name: format!("{}-{:03}", spec.name, self.names),
            group: Some(group),
            state: NodeState::Ready,
            allocatable: spec.allocatable,
            scale_down_disabled: false,
            deletion: None,
            pods: Vec::new(),
        });
        id
    }

    /// A pending pod of so many milli-cores and MiB, created a minute ago.
    pub fn pod(&mut self, milli_cpu: u64, mib: u64) -> PodRef {
        self.pod_with(milli_cpu, mib, |_, _| ())
    }

    pub fn pod_with(
        &mut self,
        milli_cpu: u64,
        mib: u64,
        change: impl FnOnce(&mut Pod, &mut Wish),
    ) -> PodRef {
        self.numbers += 1;
        let id = self.numbers;
        let mut pod = Pod {
            created_ns: self.now - MINUTE,
            shape: milli_cpu << 32 | mib,
            ..Pod::replica(id, milli_cpu, mib << 20)
        };
        let mut wish = Wish {
            requests: pod.requests,
            ..Wish::default()
        };
        change(&mut pod, &mut wish);
        wish.requests = pod.requests;
        self.trial.wishes.insert(pod.id, wish);
        self.pods.insert(pod.id, pod);
        PodRef(id)
    }

    /// The same, running on a node.
    pub fn run(&mut self, node: NodeRef, milli_cpu: u64, mib: u64) -> PodRef {
        self.run_with(node, milli_cpu, mib, |_, _| ())
    }

    pub fn run_with(
        &mut self,
        node: NodeRef,
        milli_cpu: u64,
        mib: u64,
        change: impl FnOnce(&mut Pod, &mut Wish),
    ) -> PodRef {
        let pod = self.pod_with(milli_cpu, mib, change);
        self.trial.bind(pod, node);
        pod
    }

    pub fn delete_pod(&mut self, pod: PodRef) {
        self.trial.unbind(pod);
        self.pods.remove(&pod);
    }

    pub fn pending(&self) -> Vec<PodRef> {
        let pods = self.pods.keys().copied();
        pods.filter(|&pod| self.trial.node_of(pod).is_none())
            .collect()
    }

    pub fn at(&mut self, node: NodeRef) -> &mut Node {
        self.nodes.iter_mut().find(|at| at.id == node).unwrap()
    }

    /// One pass, without doing what it wants.
    pub fn look(&mut self) -> Outcome {
        for node in &mut self.nodes {
            node.pods = self.trial.pods_on(node.id);
        }
        let pending = self.pending();
        let seen = Seen {
            now_ns: self.now,
            draw: self.draw,
            groups: &self.groups,
            nodes: &self.nodes,
            pods: &self.pods,
            pending: &pending,
            budgets: &self.budgets,
        };
        scan(&self.settings, &mut self.memory, &seen, &self.trial)
    }

    /// One pass, and what it wants.
    pub fn pass(&mut self) -> Outcome {
        let outcome = self.look();
        for given_up in &outcome.given_up {
            let group = self.index(&given_up.group);
            self.groups[group].target -= given_up.count;
        }
        if let Some(up) = &outcome.scale_up {
            let group = self.index(&up.group);
            self.groups[group].target += up.count;
            if let Some(boot) = self.boot[group] {
                for _ in 0..up.count {
                    self.coming.push((self.now + boot, group));
                }
            }
        }
        for removal in &outcome.removals {
            self.trial.close(removal.node, true);
            let kind = if removal.pods.is_empty() {
                Deletion::Empty
            } else {
                Deletion::Drain
            };
            self.at(removal.node).deletion = Some(kind);
            self.going.push((self.now + self.drain, removal.node));
        }
        outcome
    }

    pub fn index(&self, group: &str) -> usize {
        self.groups
            .iter()
            .position(|known| known.name == group)
            .unwrap()
    }

    /// Lets time pass without a pass, and what is due happen: nodes come and go, the scheduler places
    /// pods on the first node that takes them.
    pub fn tick(&mut self, by: u64) {
        self.now += by;
        let (due, later) = self.coming.iter().partition(|(at, _)| *at <= self.now);
        self.coming = later;
        let due: Vec<(u64, usize)> = due;
        for (_, group) in due {
            self.arrive(group);
        }
        let (due, later) = self.going.iter().partition(|(at, _)| *at <= self.now);
        self.going = later;
        let due: Vec<(u64, NodeRef)> = due;
        for (_, node) in due {
            let group = self.at(node).group.unwrap();
            self.groups[group].target -= 1;
            self.nodes.retain(|at| at.id != node);
            self.trial.remove_node(node);
        }
        let among = self.trial.nodes();
        for pod in self.pending() {
            self.trial.place(pod, &among);
        }
    }

    /// Passes every ten seconds until something is removed or grows, or so much time is over; what
    /// that pass decided, and how long it took.
    pub fn until(&mut self, most: u64, what: impl Fn(&Outcome) -> bool) -> Option<(u64, Outcome)> {
        let start = self.now;
        while self.now - start <= most {
            let outcome = self.pass();
            if what(&outcome) {
                return Some((self.now - start, outcome));
            }
            self.tick(10 * SECOND);
        }
        None
    }

    /// A removal fails: the node stays and takes pods again.
    pub fn give_back(&mut self, node: NodeRef) {
        self.going.retain(|&(_, going)| going != node);
        self.trial.close(node, false);
        self.at(node).deletion = None;
    }

    /// Why a node stays, by the last look.
    pub fn why(outcome: &Outcome, node: NodeRef) -> Option<&Unremovable> {
        let kept = outcome.kept.iter();
        kept.into_iter()
            .find(|kept| kept.node == node)
            .map(|kept| &kept.why)
    }
}
