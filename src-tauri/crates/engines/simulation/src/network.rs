//! The network: how long a packet takes between two places, which pod a call goes to, and links that faults disturb.

use drydock_model::{Balance, End, Keeps, NANOS_PER_SECOND, SimTime};

use crate::eventlist::Due;
use crate::luck::Stream;
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::telemetry::Cause;

/// First retransmission timeout of a connection that knows its round trip: Linux `TCP_RTO_MIN`, 200 ms. It doubles.
const RETRANSMISSION_NS: SimTime = NANOS_PER_SECOND / 5;
/// Retransmissions of Linux before a connection is given up (`tcp_retries2`).
const MOST_RETRANSMISSIONS: u32 = 15;

/// What a fault does to packets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disturbance {
    Cut,
    Slow { delay_ns: f64, jitter_ns: f64 },
    Lossy { share: f64 },
}

/// A disturbed link between two ends, both ways.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub name: String,
    pub between: Place,
    pub and: Place,
    pub disturbance: Disturbance,
    pub luck: Stream,
}

/// One end of a link, with indices in place of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Service(u32),
    Node(u32),
    Zone(u32),
    Region(u32),
    Outside,
}

/// Where a packet comes from or goes to: a service and a node, both [`NONE`] outside.
#[derive(Clone, Copy, Debug)]
struct Spot {
    service: u32,
    node: u32,
}

impl Simulation {
    /// Sends a request to a pod of its service; answers false where there is none to send it to.
    pub(crate) fn send(&mut self, request: u32) -> bool {
        let this = self.requests.get(request);
        let (service, caller, caller_epoch) = (this.service, this.caller, this.caller_epoch);
        let choice = self.choose(request, service);
        let Ok(pod) = choice else {
            self.refuse(request, choice.err().unwrap_or(Cause::NoEndpoint));
            return false;
        };
        let from = match caller {
            NONE => NONE,
            caller if self.pods[caller as usize].epoch == caller_epoch => {
                self.pods[caller as usize].node
            }
            _ => NONE,
        };
        let at = &self.pods[pod as usize];
        let (epoch, node) = (at.epoch, at.node);
        let one_way = self.one_way(from, node);
        let this = self.requests.get_mut(request);
        this.pod = pod;
        this.pod_epoch = epoch;
        this.node = node;
        this.one_way = one_way;
        if !self.links.is_empty() {
            self.send_disturbed(request, from);
        } else if one_way == 0 {
            self.deliver(request);
        } else {
            self.events
                .push(self.now + one_way, Due::Deliver { request });
        }
        true
    }

    /// The pod that a call goes to, or why there is none.
    fn choose(&mut self, request: u32, service: u32) -> Result<u32, Cause> {
        let workload = &self.plan.frame.workloads[service as usize];
        let (keeps, balance) = (workload.keeps, workload.balance);
        match keeps {
            Keeps::Cache => return self.choose_by_key(request, service),
            Keeps::Data if self.draw_access(request, service) => return self.primary(service),
            Keeps::Data | Keeps::Nothing => {}
        }
        let this = &mut self.services[service as usize];
        let ready = this.endpoints.len();
        match ready {
            0 => return Err(Cause::NoEndpoint),
            1 => return Ok(this.endpoints[0]),
            _ => {}
        }
        let place = match balance {
            Balance::Random => this.balance.below(ready),
            Balance::RoundRobin => {
                this.turn = this.turn.wrapping_add(1);
                this.turn as usize % ready
            }
            Balance::LeastRequest => {
                let load = |place: &usize| self.pods[this.endpoints[*place] as usize].inside();
                (0..ready).min_by_key(load).unwrap_or(0)
            }
            Balance::PowerOfTwo => {
                let first = this.balance.below(ready);
                let second = (first + 1 + this.balance.below(ready - 1)) % ready;
                let load = |place: usize| self.pods[this.endpoints[place] as usize].inside();
                if load(second) < load(first) {
                    second
                } else {
                    first
                }
            }
        };
        Ok(this.endpoints[place])
    }

    /// Network time one way; from outside it is that within a zone.
    fn one_way(&self, from: u32, to: u32) -> SimTime {
        let values = &self.plan.values;
        if from == NONE || to == NONE {
            return values.same_zone_ns;
        }
        if from == to {
            return values.same_node_ns;
        }
        let (from, to) = (&self.nodes[from as usize], &self.nodes[to as usize]);
        if from.region != to.region {
            values.cross_region_ns
        } else if from.zone == to.zone {
            values.same_zone_ns
        } else {
            values.cross_zone_ns
        }
    }

    fn send_disturbed(&mut self, request: u32, from: u32) {
        let this = self.requests.get(request);
        let caller = match this.caller {
            NONE => NONE,
            caller => self.pods[caller as usize].service,
        };
        let (one_way, to) = (
            this.one_way,
            Spot {
                service: this.service,
                node: this.node,
            },
        );
        let spot = Spot {
            service: caller,
            node: from,
        };
        match self.passage(spot, to) {
            Some(more) => {
                let at = self.now + one_way + more;
                self.events.push(at, Due::Deliver { request });
            }
            None => self.vanish(request, Cause::Partitioned),
        }
    }

    pub(crate) fn send_back_disturbed(&mut self, request: u32, from: u32, caller: u32) {
        let this = self.requests.get(request);
        let spot = Spot {
            service: this.service,
            node: from,
        };
        let one_way = this.one_way;
        let to = match caller {
            NONE => Spot {
                service: NONE,
                node: NONE,
            },
            caller => {
                let pod = &self.pods[caller as usize];
                Spot {
                    service: pod.service,
                    node: pod.node,
                }
            }
        };
        match self.passage(spot, to) {
            Some(more) => {
                let at = self.now + one_way + more;
                self.events.push(at, Due::Reply { request });
            }
            None => self.vanish(request, Cause::Partitioned),
        }
    }

    /// Time that disturbed links add to a packet, or nothing where it does not arrive.
    fn passage(&mut self, from: Spot, to: Spot) -> Option<SimTime> {
        let mut more = 0.0;
        for at in 0..self.links.len() {
            let (between, and) = (self.links[at].between, self.links[at].and);
            let there = self.is_at(from, between) && self.is_at(to, and);
            let back = self.is_at(from, and) && self.is_at(to, between);
            if !there && !back {
                continue;
            }
            let link = &mut self.links[at];
            match link.disturbance {
                Disturbance::Cut => return None,
                Disturbance::Slow {
                    delay_ns,
                    jitter_ns,
                } => more += delay_ns + jitter_ns * (2.0 * link.luck.uniform() - 1.0),
                Disturbance::Lossy { share } => {
                    let mut wait = RETRANSMISSION_NS as f64;
                    let mut tries = 0;
                    while link.luck.uniform() <= share {
                        tries += 1;
                        if tries > MOST_RETRANSMISSIONS {
                            return None;
                        }
                        more += wait;
                        wait *= 2.0;
                    }
                }
            }
        }
        Some(more.max(0.0).round() as SimTime)
    }

    fn is_at(&self, spot: Spot, place: Place) -> bool {
        let node = |test: &dyn Fn(&crate::simulation::Node) -> bool| {
            spot.node != NONE && test(&self.nodes[spot.node as usize])
        };
        match place {
            Place::Service(service) => spot.service == service,
            Place::Node(at) => spot.node == at,
            Place::Zone(zone) => node(&|node| node.zone == zone),
            Place::Region(region) => node(&|node| node.region == region),
            Place::Outside => spot.node == NONE && spot.service == NONE,
        }
    }

    /// An end by its names, or nothing where the world has no such place.
    pub(crate) fn place_of(&self, end: &End) -> Option<Place> {
        let frame = &self.plan.frame;
        let index = |names: &[String], name: &str| {
            names
                .iter()
                .position(|known| known == name)
                .map(|at| at as u32)
        };
        match end {
            End::Service { service } => frame.service(service).map(|at| Place::Service(at as u32)),
            End::Node { node } => self.node_named(node).ok().map(Place::Node),
            End::Zone { zone } => index(&frame.zones, zone).map(Place::Zone),
            End::Region { region } => index(&frame.regions, region).map(Place::Region),
            End::Outside => Some(Place::Outside),
        }
    }
}
