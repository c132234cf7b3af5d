//! A cluster that does what Karpenter wants, under a clock of its own.

use std::collections::BTreeMap;

use drydock_autoscaler::nodes::karpenter::{
    CapacityType, Command, Disrupted, Disruption, Launch, Limits, Memory, Node, NodePool, Offer,
    Provisioned, Seen, Settings, Why, disrupt, provision,
};
use drydock_autoscaler::nodes::{Amounts, Budget, NodeRef, Owner, Placement, Pod, PodRef};
use drydock_model::Money;

use crate::trial::{MINUTE, SECOND, Template, Trial, Wish, amounts};

/// Machine types: name, milli-cores, GiB, on-demand price, spot price.
pub const TYPES: [(&str, u64, u64, &str, &str); 4] = [
    ("small", 1000, 4, "0.05", "0.02"),
    ("medium", 2000, 8, "0.10", "0.04"),
    ("large", 4000, 16, "0.20", "0.08"),
    ("huge", 8000, 32, "0.40", "0.16"),
];

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// A cluster.
#[derive(Debug, Clone)]
pub struct World {
    pub now: u64,
    pub settings: Settings,
    pub memory: Memory,
    pub trial: Trial,
    pub pools: Vec<NodePool>,
    pub nodes: Vec<Node>,
    pub pods: BTreeMap<PodRef, Pod>,
    pub budgets: Vec<Budget>,
    /// How long a node takes to come; none where it never does.
    pub boot: Option<u64>,
    /// How long a node takes to go.
    pub drain: u64,
    pub next_disrupt: u64,
    pub commands: Vec<Command>,
    coming: Vec<(u64, String)>,
    going: Vec<(u64, NodeRef)>,
    numbers: u64,
}

impl World {
    /// A pool with every type in zone a as on-demand, and nothing else.
    pub fn new() -> Self {
        let mut world = Self {
            now: 1000 * MINUTE,
            settings: Settings::default(),
            memory: Memory::default(),
            trial: Trial::default(),
            pools: Vec::new(),
            nodes: Vec::new(),
            pods: BTreeMap::new(),
            budgets: Vec::new(),
            boot: Some(MINUTE),
            drain: 30 * SECOND,
            next_disrupt: 0,
            commands: Vec::new(),
            coming: Vec::new(),
            going: Vec::new(),
            numbers: 0,
        };
        world.pool("pool", &["a"], &[CapacityType::OnDemand]);
        world
    }

    /// A pool of every type in these zones and capacity types.
    pub fn pool(&mut self, name: &str, zones: &[&str], capacity: &[CapacityType]) -> usize {
        let mut offers = Vec::new();
        for &zone in zones {
            for (instance_type, milli_cpu, gib, on_demand, spot) in TYPES {
                for &capacity_type in capacity {
                    let price = match capacity_type {
                        CapacityType::Spot => spot,
                        CapacityType::OnDemand => on_demand,
                    };
                    offers.push(self.offer(
                        (name, instance_type, zone),
                        capacity_type,
                        amounts(milli_cpu, gib),
                        price,
                    ));
                }
            }
        }
        self.pools.push(NodePool {
            name: name.to_owned(),
            weight: 0,
            offers,
            limits: Limits::default(),
            disruption: Disruption::default(),
            expire_after_seconds: None,
        });
        self.pools.len() - 1
    }

    pub fn offer(
        &mut self,
        (pool, instance_type, zone): (&str, &str, &str),
        capacity_type: CapacityType,
        room: Amounts,
        price: &str,
    ) -> Offer {
        let template = self.trial.template(Template {
            room,
            pods: 110,
            labels: BTreeMap::from([
                ("pool", pool.to_owned()),
                ("type", instance_type.to_owned()),
                ("zone", zone.to_owned()),
            ]),
            daemons: Amounts::default(),
        });
        Offer {
            instance_type: instance_type.to_owned(),
            zone: zone.to_owned(),
            capacity_type,
            price_per_hour: money(price),
            capacity: room,
            allocatable: room,
            pods: 110,
            template,
            available: true,
        }
    }

    /// A node of the first pool that has been up for an hour.
    pub fn node(&mut self, instance_type: &str) -> NodeRef {
        let offers = &self.pools[0].offers;
        let offer = offers
            .iter()
            .position(|offer| offer.instance_type == instance_type)
            .unwrap();
        self.node_of(0, offer)
    }

    pub fn node_of(&mut self, pool: usize, offer: usize) -> NodeRef {
        let spec = &self.pools[pool].offers[offer];
        let id = self.trial.add_node(spec.template);
        self.nodes.push(Node {
            id: Some(id),
            name: format!("{}-{:03}", self.pools[pool].name, id.0),
            pool: Some(pool),
            offer: Some(offer),
            claim: None,
            capacity: spec.capacity,
            created_ns: self.now - 60 * MINUTE,
            initialized_ns: Some(self.now - 60 * MINUTE),
            ready: true,
            last_pod_event_ns: None,
            drifted_ns: None,
            do_not_disrupt: false,
            deleting: false,
            pods: Vec::new(),
        });
        id
    }

    /// A pending pod of so many milli-cores and MiB.
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
        let mut pod = Pod {
            created_ns: self.now,
            shape: milli_cpu << 32 | mib,
            ..Pod::replica(self.numbers, milli_cpu, mib << 20)
        };
        let mut wish = Wish::default();
        change(&mut pod, &mut wish);
        wish.requests = pod.requests;
        let id = pod.id;
        self.trial.wishes.insert(id, wish);
        self.pods.insert(id, pod);
        id
    }

    /// The same, running on a node for long.
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
        if let Some(node) = self.trial.node_of(pod) {
            let now = self.now;
            self.at(node).last_pod_event_ns = Some(now);
        }
        self.trial.unbind(pod);
        self.pods.remove(&pod);
    }

    pub fn pending(&self) -> Vec<PodRef> {
        let pods = self.pods.keys().copied();
        pods.filter(|&pod| self.trial.node_of(pod).is_none())
            .collect()
    }

    pub fn at(&mut self, node: NodeRef) -> &mut Node {
        let mut nodes = self.nodes.iter_mut();
        nodes.find(|at| at.id == Some(node)).unwrap()
    }

    /// Dollars an hour that the nodes cost, those that are coming too.
    pub fn price(&self) -> Money {
        self.nodes.iter().map(|node| self.price_of(node)).sum()
    }

    fn price_of(&self, node: &Node) -> Money {
        self.pools[node.pool.unwrap()].offers[node.offer.unwrap()].price_per_hour
    }

    pub fn types(&self) -> Vec<String> {
        let mut types: Vec<String> = self
            .nodes
            .iter()
            .map(|node| {
                let offer = &self.pools[node.pool.unwrap()].offers[node.offer.unwrap()];
                offer.instance_type.clone()
            })
            .collect();
        types.sort();
        types
    }

    fn look<T>(&mut self, act: impl FnOnce(&Settings, &mut Memory, &Seen<'_>, &Trial) -> T) -> T {
        for node in &mut self.nodes {
            node.pods = node.id.map_or(Vec::new(), |id| self.trial.pods_on(id));
        }
        let pending = self.pending();
        let seen = Seen {
            now_ns: self.now,
            pools: &self.pools,
            nodes: &self.nodes,
            pods: &self.pods,
            pending: &pending,
            budgets: &self.budgets,
        };
        act(&self.settings, &mut self.memory, &seen, &self.trial)
    }

    /// Ends the batch now, without doing what it wants.
    pub fn plan(&mut self) -> Provisioned {
        self.look(provision)
    }

    pub fn provision(&mut self) -> Provisioned {
        let provisioned = self.plan();
        for launch in &provisioned.launches {
            self.launch(launch);
        }
        provisioned
    }

    fn launch(&mut self, launch: &Launch) {
        let offer = &self.pools[launch.pool].offers[launch.offer];
        let name = format!("claim-{}", launch.claim.0);
        self.nodes.push(Node {
            id: None,
            name: name.clone(),
            pool: Some(launch.pool),
            offer: Some(launch.offer),
            claim: Some(launch.claim),
            capacity: offer.capacity,
            created_ns: self.now,
            initialized_ns: None,
            ready: false,
            last_pod_event_ns: None,
            drifted_ns: None,
            do_not_disrupt: false,
            deleting: false,
            pods: Vec::new(),
        });
        if let Some(boot) = self.boot {
            self.coming.push((self.now + boot, name));
        }
    }

    /// One look for nodes to disrupt, and what it wants.
    pub fn disrupt(&mut self) -> Disrupted {
        let outcome = self.look(disrupt);
        for command in &outcome.started {
            for &node in &command.nodes {
                self.trial.close(node, true);
            }
            for launch in &command.replacements {
                self.launch(launch);
            }
            self.commands.push(command.clone());
        }
        let gone = outcome.terminate.iter().flat_map(|done| done.nodes.clone());
        let gone: Vec<NodeRef> = gone.chain(outcome.expired.clone()).collect();
        for node in gone {
            self.trial.close(node, true);
            self.at(node).deleting = true;
            self.going.push((self.now + self.drain, node));
        }
        for undone in &outcome.rolled_back {
            for &node in &undone.nodes {
                self.trial.close(node, false);
            }
        }
        let given_up = &outcome.given_up;
        self.nodes.retain(|node| {
            node.claim.is_none_or(|claim| !given_up.contains(&claim)) || node.id.is_some()
        });
        self.next_disrupt = outcome.next_ns;
        outcome
    }

    /// Lets a second pass, and what is due happen.
    pub fn tick(&mut self) {
        self.now += SECOND;
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.coming)
            .into_iter()
            .partition(|(at, _)| *at <= self.now);
        self.coming = later;
        for (_, name) in due {
            let Some(node) = self.nodes.iter_mut().find(|node| node.name == name) else {
                continue;
            };
            let offer = &self.pools[node.pool.unwrap()].offers[node.offer.unwrap()];
            node.id = Some(self.trial.add_node(offer.template));
            node.initialized_ns = Some(self.now);
            node.ready = true;
        }
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.going)
            .into_iter()
            .partition(|(at, _)| *at <= self.now);
        self.going = later;
        for (_, node) in due {
            for pod in self.trial.pods_on(node) {
                if self.pods[&pod].owner == Owner::DaemonSet {
                    self.pods.remove(&pod);
                }
            }
            self.trial.remove_node(node);
            self.nodes.retain(|at| at.id != Some(node));
        }
        let among = self.trial.nodes();
        for pod in self.pending() {
            match self.trial.place(pod, &among) {
                Some(node) => {
                    let now = self.now;
                    self.at(node).last_pod_event_ns = Some(now);
                }
                None => self.memory.trigger(pod, self.now),
            }
        }
        if (self.now / SECOND).is_multiple_of(10) {
            let now = self.now;
            let displaced = self.look(|_, memory, seen, _| memory.displaced(seen));
            for pod in displaced {
                self.memory.trigger(pod, now);
            }
        }
        if self
            .memory
            .batch_ends_ns(&self.settings)
            .is_some_and(|due| due <= self.now)
        {
            self.provision();
        }
        if self.next_disrupt <= self.now {
            self.disrupt();
        }
    }

    pub fn ticks(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.tick();
        }
    }

    /// Why a node stays.
    pub fn why(outcome: &Disrupted, node: NodeRef) -> Option<&Why> {
        let kept = outcome.kept.iter();
        kept.into_iter()
            .find(|kept| kept.node == node)
            .map(|kept| &kept.why)
    }
}
