//! What caches and databases do beside serving: look up keys, take writes, follow the primary, choose a new one.

use std::cmp::Reverse;

use drydock_model::{Keeps, SimTime};

use crate::event::EventKind;
use crate::eventlist::Due;
use crate::lru::Lru;
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;
use crate::telemetry::Cause;

/// A well-mixed hash of two numbers: the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(b);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Simulation {
    /// The pod that keeps the key a request asks for: rendezvous hashing (Thaler and Ravishankar 1998), so that a lost pod
    /// moves only its own keys.
    pub(crate) fn choose_by_key(&mut self, request: u32, service: u32) -> Result<u32, Cause> {
        let values = &self.plan.values.services[service as usize];
        let this = &mut self.services[service as usize];
        let key = values.keys.draw(&mut this.keys);
        self.requests.get_mut(request).key = key;
        let weight = |pod: &&u32| {
            let serial = self.pods[**pod as usize].serial;
            (mix(u64::from(key), serial), Reverse(serial))
        };
        let chosen = this.endpoints.iter().max_by_key(weight);
        chosen.copied().ok_or(Cause::NoEndpoint)
    }

    /// Asks a cache for the key of a request.
    pub(crate) fn look_up(&mut self, request: u32, service: u32, pod: u32) {
        let Some(values) = self.pods[pod as usize].values.as_mut() else {
            return;
        };
        let slot = self.requests.get_mut(request);
        let (hit, evicted) = values.ask(slot.key);
        slot.missed = !hit;
        let counts = &mut self.services[service as usize].cache;
        counts.hits += u64::from(hit);
        counts.misses += u64::from(!hit);
        counts.evictions += u64::from(evicted);
    }

    /// What an empty process of this service keeps.
    pub(crate) fn empty_values(&self, service: u32) -> Option<Lru> {
        if service == NONE || self.plan.frame.workloads[service as usize].keeps != Keeps::Cache {
            return None;
        }
        let values = &self.plan.values.services[service as usize];
        Some(Lru::new(values.key_count, values.capacity))
    }

    /// Draws whether a call of a database writes.
    pub(crate) fn draw_access(&mut self, request: u32, service: u32) -> bool {
        let share = self.plan.values.services[service as usize].write_share;
        let writes = self.services[service as usize].access.chance(share);
        self.requests.get_mut(request).writes = writes;
        writes
    }

    /// The primary of a database, where it is known and among the endpoints.
    pub(crate) fn primary(&self, service: u32) -> Result<u32, Cause> {
        let this = &self.services[service as usize];
        let primary = this.primary;
        let is_it = |pod: &crate::pod::Pod| pod.serial == this.primary_serial && pod.listed;
        if primary != NONE && is_it(&self.pods[primary as usize]) {
            Ok(primary)
        } else {
            Err(Cause::NoPrimary)
        }
    }

    /// A write is done on the primary: each replica applies it after those before.
    pub(crate) fn commit(&mut self, request: u32) {
        let this = self.requests.get(request);
        let (service, primary, now) = (this.service, this.pod, self.now);
        let takes = self.plan.values.services[service as usize].replication_ns;
        for at in 0..self.services[service as usize].pods.len() {
            let pod = self.services[service as usize].pods[at];
            if pod == primary || !self.pods[pod as usize].serves() {
                continue;
            }
            let replica = &mut self.pods[pod as usize];
            replica.applied_at = replica.applied_at.max(now) + takes;
        }
    }

    /// Lag of the slowest replica that serves, nanoseconds; nothing without replicas or without a primary to follow.
    pub(crate) fn replication_lag(&self, service: u32) -> Option<SimTime> {
        let this = &self.services[service as usize];
        if self.plan.frame.workloads[service as usize].keeps != Keeps::Data || !self.leads(service)
        {
            return None;
        }
        this.pods
            .iter()
            .filter(|&&pod| pod != this.primary && self.pods[pod as usize].serves())
            .map(|&pod| self.pods[pod as usize].applied_at.saturating_sub(self.now))
            .max()
    }

    /// Whether the primary of a database is there and serves.
    fn leads(&self, service: u32) -> bool {
        let this = &self.services[service as usize];
        this.primary != NONE && {
            let pod = &self.pods[this.primary as usize];
            pod.in_use && pod.serial == this.primary_serial && pod.phase == PodPhase::Running
        }
    }

    /// Looks whether a database has lost its primary, or has none and could have one.
    pub(crate) fn look_at_primary(&mut self, service: u32) {
        if service == NONE || self.plan.frame.workloads[service as usize].keeps != Keeps::Data {
            return;
        }
        let this = &self.services[service as usize];
        let primary = this.primary;
        if primary == NONE {
            self.promote(service, this.term);
            return;
        }
        if this.electing || self.leads(service) {
            return;
        }
        let this = &mut self.services[service as usize];
        this.electing = true;
        this.term += 1;
        this.lost_primary_at = self.now;
        let term = this.term;
        let wait = if self.warming {
            0
        } else {
            self.plan.values.services[service as usize].failover_ns
        };
        self.events
            .push(self.now + wait, Due::Promote { service, term });
    }

    /// The lease of a primary has run out: the replica that lags least takes over, unless the primary is back.
    pub(crate) fn promote(&mut self, service: u32, term: u32) {
        let this = &self.services[service as usize];
        if this.term != term {
            return;
        }
        let old = this.primary;
        let lost_at = this.lost_primary_at;
        let elected = this.electing;
        let back = self.leads(service);
        let chosen = if back {
            Some(old)
        } else {
            // A replica that starts has caught up by the time it is ready.
            let running = |pod: &u32| self.pods[*pod as usize].phase == PodPhase::Running;
            let able = this.pods.iter().copied().filter(running);
            able.min_by_key(|&pod| {
                let pod = &self.pods[pod as usize];
                (pod.applied_at.max(lost_at), pod.serial)
            })
        };
        let this = &mut self.services[service as usize];
        this.electing = false;
        this.primary = chosen.unwrap_or(NONE);
        let Some(chosen) = chosen.filter(|_| !back) else {
            return;
        };
        self.services[service as usize].primary_serial = self.pods[chosen as usize].serial;
        if old == NONE && !elected && self.warming {
            return;
        }
        let pod = &self.pods[chosen as usize];
        let (name, behind) = (pod.name.clone(), pod.applied_at.saturating_sub(lost_at));
        let waited = (self.now - lost_at) as f64 / 1e9;
        let message = if behind > 0 {
            let behind = behind as f64 / 1e6;
            format!("promoted to primary; {behind:.1} ms of writes it had not applied are lost")
        } else {
            "promoted to primary; it had applied every write".to_owned()
        };
        let cause = if elected {
            format!("no primary for {waited:.1} s")
        } else {
            "there was no primary".to_owned()
        };
        self.note(EventKind::Promote, &name, message, cause);
        // Replicas follow the new primary from here.
        self.pods[chosen as usize].applied_at = self.now;
    }
}
