//! Packing pods into nodes that are there, that are coming, and that would have to be launched:
//! largest pods first, each into the first node that takes it. After
//! `provisioning/scheduling/scheduler.go` and `queue.go`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use super::accepted::Accepted;
use super::claim::{Claim, has_room};
use super::memory::Memory;
use super::pool::{Limits, NodePool, Offer};
use super::seen::{Node, Seen};
use crate::nodes::{NodeRef, Placement, PodRef};

/// A packing in the making.
pub(super) struct Solver<'a, P> {
    seen: &'a Seen<'a>,
    pub trial: P,
    /// Nodes that are there or coming: up ones first, then by name.
    existing: Vec<(&'a Node, NodeRef)>,
    /// What the limits of each pool leave.
    left: Vec<Limits>,
    accepted: Accepted,
    /// Nodes to be launched.
    pub claims: Vec<Claim>,
    /// Pods that a node takes which is there or coming.
    pub placed: Vec<(PodRef, &'a Node)>,
    /// Pods that have no place, and why.
    pub failed: BTreeMap<PodRef, String>,
    /// Pods of nodes that are on their way out.
    pub displaced: Vec<PodRef>,
}

impl<'a, P: Placement> Solver<'a, P> {
    /// The cluster without the nodes that are on their way out and without these.
    pub fn new(seen: &'a Seen<'a>, memory: &Memory, placement: &P, without: &[NodeRef]) -> Self {
        let mut trial = placement.fork();
        let mut existing = Vec::new();
        let mut displaced = Vec::new();
        let mut left: Vec<Limits> = seen.pools.iter().map(|pool| pool.limits).collect();
        for node in seen.nodes {
            let leaving = memory.is_leaving(node);
            if leaving || node.id.is_some_and(|id| without.contains(&id)) {
                if leaving {
                    displaced.extend(seen.reschedulable(node));
                }
                if let Some(id) = node.id {
                    trial.remove_node(id);
                }
                continue;
            }
            if let Some(pool) = node.pool {
                left[pool].take(node.capacity.milli_cpu, node.capacity.memory_bytes);
            }
            if let Some(id) = stand_in(node, seen, &mut trial) {
                existing.push((node, id));
            }
        }
        existing.sort_by_key(|(node, _)| (!node.is_up(), node.name.as_str()));
        Self {
            seen,
            trial,
            existing,
            left,
            accepted: Accepted::default(),
            claims: Vec::new(),
            placed: Vec::new(),
            failed: BTreeMap::new(),
            displaced,
        }
    }

    /// Finds a place for each of these pods. One that has none is tried again as long as others are
    /// placed after it, since it may want to be near them.
    pub fn solve(&mut self, mut pods: Vec<PodRef>) {
        pods.sort_by_key(|id| {
            let pod = &self.seen.pods[id];
            let size = (pod.requests.milli_cpu, pod.requests.memory_bytes);
            (Reverse(size), pod.created_ns, *id)
        });
        let mut queue: VecDeque<PodRef> = pods.into();
        let mut length_at_last: BTreeMap<PodRef, usize> = BTreeMap::new();
        while let Some(&pod) = queue.front() {
            if length_at_last.get(&pod) == Some(&queue.len()) {
                break;
            }
            queue.pop_front();
            match self.add(pod) {
                Ok(()) => {
                    self.failed.remove(&pod);
                }
                Err(why) => {
                    self.failed.insert(pod, why);
                    self.accepted.forget(self.seen.pods[&pod].shape);
                    queue.push_back(pod);
                    length_at_last.insert(pod, queue.len());
                }
            }
        }
    }

    fn add(&mut self, pod: PodRef) -> Result<(), String> {
        for &(node, id) in &self.existing {
            if self.trial.fits(pod, id) {
                self.trial.bind(pod, id);
                self.placed.push((pod, node));
                return Ok(());
            }
        }
        let mut emptiest_first: Vec<usize> = (0..self.claims.len()).collect();
        emptiest_first.sort_by_key(|&at| self.claims[at].pods.len());
        for at in emptiest_first {
            let pool = self.claims[at].pool;
            let accepted = self.accepted.of(pool, pod, self.seen, &mut self.trial);
            if self.claims[at].add(pod, accepted, self.seen, &mut self.trial) {
                return Ok(());
            }
        }
        self.open(pod)
    }

    /// Launches a node for a pod, of the first pool that can.
    fn open(&mut self, pod: PodRef) -> Result<(), String> {
        let mut whys = Vec::new();
        for at in by_weight(self.seen.pools) {
            let pool = &self.seen.pools[at];
            match self.options(at, pod) {
                Ok(options) => {
                    let most = most_of(pool, &options);
                    let claim = Claim::open(at, options, pod, self.seen, &mut self.trial);
                    if let Some(claim) = claim {
                        self.left[at].take(most.0, most.1);
                        self.claims.push(claim);
                        return Ok(());
                    }
                    whys.push(format!("{}: no new node would take the pod now", pool.name));
                }
                Err(why) => whys.push(format!("{}: {why}", pool.name)),
            }
        }
        if whys.is_empty() {
            whys.push("there is no pool".to_owned());
        }
        Err(whys.join("; "))
    }

    /// Offers of a pool that might take a pod, or why none does.
    fn options(&mut self, pool: usize, pod: PodRef) -> Result<Vec<usize>, &'static str> {
        let offers = &self.seen.pools[pool].offers;
        let narrow = |options: Vec<usize>, keep: &dyn Fn(usize, &Offer) -> bool, why| {
            let left: Vec<usize> = options
                .into_iter()
                .filter(|&at| keep(at, &offers[at]))
                .collect();
            if left.is_empty() { Err(why) } else { Ok(left) }
        };
        let asked = self.seen.pods[&pod].requests;
        let limits = self.left[pool];
        let all = (0..offers.len()).collect();
        let there = narrow(all, &|_, offer| offer.available, "no offer is available")?;
        let within = narrow(
            there,
            &|_, offer| limits.hold(offer),
            "every offer would exceed the limits of the pool",
        )?;
        let large = narrow(
            within,
            &|_, offer| has_room(offer, asked, 1),
            "no offer is large enough",
        )?;
        let accepted = self.accepted.of(pool, pod, self.seen, &mut self.trial);
        narrow(
            large,
            &|at, _| accepted[at],
            "no offer meets what the pod requires",
        )
    }
}

impl Limits {
    fn hold(&self, offer: &Offer) -> bool {
        let holds = |limit: Option<u64>, amount| limit.is_none_or(|limit| amount <= limit);
        holds(self.milli_cpu, offer.capacity.milli_cpu)
            && holds(self.memory_bytes, offer.capacity.memory_bytes)
            && holds(self.nodes, 1)
    }

    /// Counts a node off.
    fn take(&mut self, milli_cpu: u64, memory_bytes: u64) {
        let less = |limit: &mut Option<u64>, amount| {
            *limit = limit.map(|limit| limit.saturating_sub(amount));
        };
        less(&mut self.milli_cpu, milli_cpu);
        less(&mut self.memory_bytes, memory_bytes);
        less(&mut self.nodes, 1);
    }
}

/// Pools in the order they are tried in: the heaviest first, then by name.
fn by_weight(pools: &[NodePool]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pools.len()).collect();
    order.sort_by_key(|&at| (Reverse(pools[at].weight), pools[at].name.as_str()));
    order
}

/// The most CPU and the most memory that any of the options has: what a claim may come to count
/// against the limits, as nobody knows yet which it will be (`subtractMax`).
fn most_of(pool: &NodePool, options: &[usize]) -> (u64, u64) {
    options.iter().fold((0, 0), |(cpu, memory), &at| {
        let capacity = pool.offers[at].capacity;
        (
            cpu.max(capacity.milli_cpu),
            memory.max(capacity.memory_bytes),
        )
    })
}

/// A node as it will be once it is up: before, an empty one of its template stands for it. None for
/// a launch of something that is not offered any more.
fn stand_in<P: Placement>(node: &Node, seen: &Seen<'_>, trial: &mut P) -> Option<NodeRef> {
    if node.is_up() {
        return node.id;
    }
    let Some(offer) = seen.offer(node) else {
        return node.id;
    };
    if let Some(id) = node.id {
        trial.remove_node(id);
    }
    let id = trial.add_node(offer.template);
    for pod in seen.reschedulable(node) {
        trial.bind(pod, id);
    }
    Some(id)
}
