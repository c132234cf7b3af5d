//! Disturbances that last until they are lifted. Each breaks one thing by its mechanism; what follows is the world's doing.

use drydock_model::{Fault, Keeps, ServiceId, SimTime};

use crate::cpu::quota_of;
use crate::error::ActError;
use crate::event::EventKind;
use crate::luck::Stream;
use crate::network::{Disturbance, Link};
use crate::request::NONE;
use crate::simulation::Simulation;

/// A fault in force.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    pub name: String,
    pub fault: Fault,
    pub since: SimTime,
    /// Nodes that it powered off.
    nodes: Vec<String>,
    /// Pods still to be evicted.
    pub to_evict: u32,
}

impl Simulation {
    fn service_named(&self, id: &ServiceId) -> Result<u32, ActError> {
        let at = self.plan.frame.service(id);
        at.map(|at| at as u32)
            .ok_or_else(|| ActError::UnknownService(id.clone()))
    }

    fn keeping(&self, id: &ServiceId, keeps: Keeps, what: &'static str) -> Result<u32, ActError> {
        let service = self.service_named(id)?;
        if self.plan.frame.workloads[service as usize].keeps == keeps {
            return Ok(service);
        }
        Err(ActError::WrongKind {
            service: id.clone(),
            expected: what,
        })
    }

    /// Starts a disturbance.
    pub(crate) fn inject(&mut self, name: &str, fault: &Fault) -> Result<(), ActError> {
        if name.is_empty() || self.faults.iter().any(|known| known.name == name) {
            return Err(ActError::NameTaken(name.to_owned()));
        }
        fault.check()?;
        let mut this = InForce {
            name: name.to_owned(),
            fault: fault.clone(),
            since: self.now,
            nodes: Vec::new(),
            to_evict: 0,
        };
        match fault {
            Fault::ServiceFailure { service } => {
                let service = self.service_named(service)?;
                self.begin_failing(service, name);
            }
            Fault::CacheFailure { service } => {
                let service = self.keeping(service, Keeps::Cache, "a cache")?;
                self.begin_failing(service, name);
            }
            Fault::DatabaseFailover { service } => {
                let service = self.keeping(service, Keeps::Data, "a database")?;
                self.lose_primary(service, name)?;
            }
            Fault::NetworkPartition { .. } | Fault::LinkDelay { .. } | Fault::LinkLoss { .. } => {
                self.disturb(name, fault)?;
            }
            Fault::PodEviction { service, pods } => {
                self.service_named(service)?;
                this.to_evict = *pods;
            }
            Fault::NodeFailure { node } => {
                self.kill_node(node)?;
                this.nodes.push(node.clone());
            }
            Fault::ZoneFailure { zone } => {
                let at = self.plan.frame.zones.iter().position(|known| known == zone);
                let at = at.ok_or_else(|| ActError::UnknownZone(zone.clone()))? as u32;
                this.nodes = self.kill_nodes(|node| node.zone == at)?;
            }
            Fault::RegionFailure { region } => {
                let regions = &self.plan.frame.regions;
                let at = regions.iter().position(|known| known == region);
                let at = at.ok_or_else(|| ActError::UnknownRegion(region.clone()))? as u32;
                this.nodes = self.kill_nodes(|node| node.region == at)?;
            }
            Fault::LoadSpike { class, .. } => {
                self.classes_of(class.as_deref())?;
            }
            Fault::MemoryPressure { service, .. } | Fault::CpuThrottle { service, .. } => {
                self.service_named(service)?;
            }
        }
        self.note(
            EventKind::Fault,
            name,
            format!("{} begins", fault.kind()),
            "asked for",
        );
        self.faults.push(this);
        self.apply_amounts();
        self.evict_some();
        Ok(())
    }

    /// Ends a disturbance.
    pub(crate) fn lift(&mut self, name: &str) -> Result<(), ActError> {
        let at = self.faults.iter().position(|known| known.name == name);
        let at = at.ok_or_else(|| ActError::UnknownFault(name.to_owned()))?;
        let this = self.faults.remove(at);
        self.note(
            EventKind::Heal,
            name,
            format!("{} ends", this.fault.kind()),
            "asked for",
        );
        match &this.fault {
            Fault::ServiceFailure { service } | Fault::CacheFailure { service } => {
                let service = self.service_named(service)?;
                self.services[service as usize].failing -= 1;
            }
            Fault::DatabaseFailover { service } => {
                let service = self.service_named(service)?;
                self.services[service as usize].primary_held = false;
            }
            _ => {}
        }
        self.links.retain(|link| link.name != name);
        for node in &this.nodes {
            // Whoever healed it by hand meanwhile was right.
            if self.is_down(node) {
                self.heal_node(node)?;
            }
        }
        self.apply_amounts();
        Ok(())
    }

    fn begin_failing(&mut self, service: u32, cause: &str) {
        self.services[service as usize].failing += 1;
        for pod in self.services[service as usize].pods.clone() {
            self.exit(pod, EventKind::Exit, "its process exited", cause);
        }
    }

    fn lose_primary(&mut self, service: u32, cause: &str) -> Result<(), ActError> {
        let primary = self.services[service as usize].primary;
        if primary == NONE {
            let id = self.plan.frame.services[service as usize].clone();
            return Err(ActError::NoPrimary(id));
        }
        self.services[service as usize].primary_held = true;
        self.exit(primary, EventKind::Exit, "its process exited", cause);
        Ok(())
    }

    fn disturb(&mut self, name: &str, fault: &Fault) -> Result<(), ActError> {
        let (between, and, disturbance) = match fault {
            Fault::NetworkPartition { between, and } => (between, and, Disturbance::Cut),
            Fault::LinkDelay {
                between,
                and,
                delay_ms,
                jitter_ms,
            } => {
                let slow = Disturbance::Slow {
                    delay_ns: delay_ms * 1e6,
                    jitter_ns: jitter_ms * 1e6,
                };
                (between, and, slow)
            }
            Fault::LinkLoss {
                between,
                and,
                share,
            } => (between, and, Disturbance::Lossy { share: *share }),
            _ => return Ok(()),
        };
        let place = |end: &drydock_model::End| {
            self.place_of(end)
                .ok_or_else(|| ActError::UnknownEnd(format!("{end:?}")))
        };
        let link = Link {
            name: name.to_owned(),
            between: place(between)?,
            and: place(and)?,
            disturbance,
            luck: Stream::new(self.seed, name, "packets"),
        };
        self.links.push(link);
        Ok(())
    }

    fn kill_nodes(
        &mut self,
        test: impl Fn(&crate::simulation::Node) -> bool,
    ) -> Result<Vec<String>, ActError> {
        let up = (0..self.nodes.len() as u32)
            .filter(|&at| self.nodes[at as usize].up && test(&self.nodes[at as usize]));
        let names: Vec<String> = up.map(|at| self.node_name(at).to_owned()).collect();
        if names.is_empty() {
            return Err(ActError::NothingUp);
        }
        for name in &names {
            self.kill_node(name)?;
        }
        Ok(names)
    }

    /// The classes that a fault is about.
    fn classes_of(&self, name: Option<&str>) -> Result<Vec<u32>, ActError> {
        let classes = &self.plan.frame.classes;
        match name {
            None => Ok((0..classes.len() as u32).collect()),
            Some(name) => {
                let at = classes.iter().position(|class| class.name == name);
                let at = at.ok_or_else(|| ActError::UnknownClass(name.to_owned()))?;
                Ok(vec![at as u32])
            }
        }
    }

    /// Brings rates, memory and quotas to what the faults in force come to together.
    fn apply_amounts(&mut self) {
        let mut spikes = vec![1.0; self.classes.len()];
        let mut hogs = vec![0.0; self.services.len()];
        let mut caps = vec![u64::MAX; self.services.len()];
        for this in &self.faults {
            match &this.fault {
                Fault::LoadSpike { class, factor } => {
                    for class in self.classes_of(class.as_deref()).unwrap_or_default() {
                        spikes[class as usize] *= factor;
                    }
                }
                Fault::MemoryPressure { service, mib } => {
                    if let Ok(service) = self.service_named(service) {
                        hogs[service as usize] += mib * 1_048_576.0;
                    }
                }
                Fault::CpuThrottle { service, milli_cpu } => {
                    if let Ok(service) = self.service_named(service) {
                        let cap = &mut caps[service as usize];
                        *cap = (*cap).min(u64::from(*milli_cpu));
                    }
                }
                _ => {}
            }
        }
        for (class, factor) in spikes.into_iter().enumerate() {
            if self.classes[class].spike != factor {
                self.set_spike(class as u32, factor);
            }
        }
        for (service, cap) in caps.into_iter().enumerate() {
            if self.services[service].cpu_cap != cap {
                self.services[service].cpu_cap = cap;
                for pod in self.services[service].pods.clone() {
                    let quota = self.quota_for(pod);
                    self.set_quota(pod, quota);
                }
            }
        }
        for (service, bytes) in hogs.into_iter().enumerate() {
            let more = bytes > self.services[service].hog_bytes;
            self.services[service].hog_bytes = bytes;
            if more {
                for pod in self.services[service].pods.clone() {
                    self.look_at_memory(pod);
                }
            }
        }
    }

    /// CPU quota of a pod: that of its limit, or of a fault where it is less.
    pub(crate) fn quota_for(&self, pod: u32) -> f64 {
        let service = self.pods[pod as usize].service;
        if service == NONE {
            return f64::INFINITY;
        }
        let limit = self.plan.frame.workloads[service as usize]
            .template
            .limit_milli;
        quota_of(limit.min(self.services[service as usize].cpu_cap))
    }

    /// Evicts as many of the pods that faults want evicted as budgets allow now.
    pub(crate) fn evict_some(&mut self) {
        for at in 0..self.faults.len() {
            let Fault::PodEviction { service, .. } = self.faults[at].fault.clone() else {
                continue;
            };
            let Ok(service) = self.service_named(&service) else {
                continue;
            };
            while self.faults[at].to_evict > 0 {
                let pods = self.services[service as usize].pods.iter().copied();
                let candidate = pods
                    .filter(|&pod| {
                        let this = &self.pods[pod as usize];
                        !this.terminating && this.node != NONE
                    })
                    .min_by_key(|&pod| self.pods[pod as usize].serial);
                let Some(pod) = candidate.filter(|&pod| self.may_disrupt(pod)) else {
                    break;
                };
                self.faults[at].to_evict -= 1;
                let name = self.pods[pod as usize].name.clone();
                let cause = self.faults[at].name.clone();
                self.note(EventKind::Evict, &name, "evicted within its budget", cause);
                self.dismiss(pod);
                self.settle();
            }
        }
    }
}
