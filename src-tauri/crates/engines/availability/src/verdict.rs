//! What a set of ready pods means for every service: its own state, and what it lacks of what it needs.

use drydock_model::ServiceId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calls::{Chain, Step};
use crate::structure::Structure;

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ServiceState {
    /// As many replicas are ready as are wanted.
    Up,
    /// It works with fewer replicas than wanted.
    Degraded,
    /// It runs, but something that it needs is down.
    Broken,
    /// It does not work itself: no replica is ready, or too few for its quorum.
    Down,
}

impl ServiceState {
    /// Whether requests to the service fail.
    pub fn fails(self) -> bool {
        matches!(self, Self::Broken | Self::Down)
    }
}

/// How a service is at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Replicas that are ready.
    pub ready: u32,
    /// How it is.
    pub state: ServiceState,
    /// Why it is not up, in words; absent where it is.
    pub reason: Option<String>,
    /// What it lacks, where it is broken.
    pub lacks: Option<Chain>,
    /// Why it takes no writes although it works: it, or something that it needs, has lost the primary.
    pub no_writes: Option<Chain>,
}

/// Which instant is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instant {
    Before,
    Immediately,
    AfterReplacement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Failed,
    NoneReady,
    Quorum,
}

/// The verdict over all services, by index.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    ready: Vec<u32>,
    states: Vec<ServiceState>,
    causes: Vec<Option<Cause>>,
    lacks: Vec<Option<Step>>,
    /// Services that have lost their own primary.
    headless: Vec<bool>,
    no_writes: Vec<Option<Step>>,
}

impl Verdict {
    /// `ready` by pod; `failed` by service.
    pub fn of(
        structure: &Structure,
        instant: Instant,
        ready: &[bool],
        failed: impl Fn(usize) -> bool,
    ) -> Self {
        let services = &structure.services;
        let counts: Vec<u32> = services
            .iter()
            .enumerate()
            .map(|(at, service)| {
                let ready = service.pods.iter().filter(|&&pod| ready[pod]).count();
                if failed(at) { 0 } else { ready as u32 }
            })
            .collect();
        let causes: Vec<Option<Cause>> = services
            .iter()
            .enumerate()
            .map(|(at, service)| match counts[at] {
                _ if failed(at) => Some(Cause::Failed),
                0 => Some(Cause::NoneReady),
                ready if ready < service.needed() => Some(Cause::Quorum),
                _ => None,
            })
            .collect();
        let all = 0..services.len();
        let lacks = structure
            .needs
            .toward(all.clone().filter(|&at| causes[at].is_some()));
        let states: Vec<ServiceState> = all
            .clone()
            .map(|at| match (causes[at], lacks[at]) {
                (Some(_), _) => ServiceState::Down,
                (None, Some(_)) => ServiceState::Broken,
                _ if counts[at] < services[at].wanted => ServiceState::Degraded,
                _ => ServiceState::Up,
            })
            .collect();
        let headless: Vec<bool> = all
            .clone()
            .map(|at| {
                let lost = services[at].primary.is_some_and(|pod| !ready[pod]);
                // Who takes over has had the time to; where the world is found without its primary, it had it too.
                let taken_over = instant != Instant::Immediately && services[at].fails_over();
                lost && !taken_over && !states[at].fails()
            })
            .collect();
        let no_writes = structure.needs.toward(all.filter(|&at| headless[at]));
        Self {
            ready: counts,
            states,
            causes,
            lacks,
            headless,
            no_writes,
        }
    }

    pub fn states(&self) -> &[ServiceState] {
        &self.states
    }

    /// Whether requests to a service fail.
    pub fn fails(&self, service: usize) -> bool {
        self.states[service].fails()
    }

    /// Whether a service works but takes no writes.
    pub fn is_read_only(&self, service: usize) -> bool {
        !self.fails(service) && (self.headless[service] || self.no_writes[service].is_some())
    }

    /// The verdict over one service, in words.
    pub fn condition(&self, structure: &Structure, service: usize) -> Condition {
        let (ready, state) = (self.ready[service], self.states[service]);
        let lacks = (state == ServiceState::Broken).then(|| {
            self.chain(structure, service, &self.lacks, |at| {
                let because = match self.causes[at] {
                    Some(Cause::Quorum) => ", its quorum is lost",
                    _ => "",
                };
                format!("down{because}")
            })
        });
        let no_writes = self.is_read_only(service).then(|| {
            self.chain(structure, service, &self.no_writes, |at| {
                let role = structure.services[at].role.as_ref();
                let primary = role.and_then(|role| role.primary.as_deref());
                format!("its primary {} is lost", primary.unwrap_or_default())
            })
        });
        let reason = match state {
            ServiceState::Up => None,
            ServiceState::Degraded => Some(self.count(structure, service)),
            ServiceState::Broken => lacks.as_ref().map(|chain| chain.text.clone()),
            ServiceState::Down => Some(self.downfall(structure, service)),
        };
        Condition {
            ready,
            state,
            reason,
            lacks,
            no_writes,
        }
    }

    fn count(&self, structure: &Structure, service: usize) -> String {
        let wanted = structure.services[service].wanted;
        format!("{} of {wanted} replicas are ready", self.ready[service])
    }

    fn downfall(&self, structure: &Structure, service: usize) -> String {
        let this = &structure.services[service];
        match (self.causes[service], &this.role) {
            (Some(Cause::Failed), _) => "it is what failed".to_owned(),
            (Some(Cause::Quorum), Some(role)) => {
                let needed = role.needed;
                let software = role.software.as_deref().unwrap_or("as said");
                let grade = role.provenance.as_str();
                let count = self.count(structure, service);
                format!("quorum lost: {count}, {needed} are needed ({software}, {grade})")
            }
            _ if this.wanted == 0 => "no replica is wanted".to_owned(),
            _ => format!("none of {} replicas is ready", this.wanted),
        }
    }

    /// The way from a service to the one at fault.
    fn chain(
        &self,
        structure: &Structure,
        service: usize,
        steps: &[Option<Step>],
        fault: impl Fn(usize) -> String,
    ) -> Chain {
        let mut at = service;
        let mut services = vec![at];
        let mut grade = None;
        while let Some(step) = steps[at] {
            at = step.to;
            services.push(at);
            grade = grade.max(Some(step.provenance));
        }
        let root = &structure.services[at];
        let by_role = self.headless[at] || self.causes[at] == Some(Cause::Quorum);
        if let (true, Some(role)) = (by_role, &root.role) {
            grade = grade.max(Some(role.provenance));
        }
        let ids = services.iter().map(|&at| structure.services[at].id.clone());
        let ids: Vec<_> = ids.collect();
        let names: Vec<&str> = ids.iter().map(ServiceId::as_str).collect();
        Chain {
            text: format!("{}: {}", names.join(" needs "), fault(at)),
            services: ids,
            grade,
        }
    }
}
