//! One service as availability sees it: what is wanted of it, what it needs of its replicas, which of them is the primary.

use std::collections::BTreeMap;

use drydock_model::{Provenance, ServiceId, Workload, WorkloadKind};

use crate::error::AvailabilityError;
use crate::replica::Replica;
use crate::role::{Role, RoleTaken};
use crate::software;

/// Labels by which operators of single-primary databases mark the pod that takes the writes (Patroni 4.0, `role_label`, and
/// its names in Spilo), with `primary`, or `master` before Patroni 4.
const ROLE_LABELS: [&str; 2] = ["role", "spilo-role"];

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub id: ServiceId,
    pub kind: WorkloadKind,
    /// Replicas asked for; of a DaemonSet the nodes that take one.
    pub wanted: u32,
    /// Indices of its pods.
    pub pods: Vec<usize>,
    pub role: Option<RoleTaken>,
    /// Index of the pod that takes the writes, where one does and is known.
    pub primary: Option<usize>,
}

impl Service {
    /// Replicas that have to be ready.
    pub fn needed(&self) -> u32 {
        self.role.as_ref().map_or(1, |role| role.needed)
    }

    /// Whether another replica takes the writes by itself when the primary is lost.
    pub fn fails_over(&self) -> bool {
        let role = self.role.as_ref().map(|taken| taken.role);
        matches!(role, Some(Role::SinglePrimary { automatic_failover }) if automatic_failover)
    }

    /// Of a workload with these pods, by index in `replicas`. What `said` says of its role counts before what is known of
    /// its software.
    pub fn of(
        workload: &Workload,
        pods: Vec<usize>,
        replicas: &[Replica],
        said: &BTreeMap<ServiceId, Role>,
    ) -> Result<Self, AvailabilityError> {
        let wanted = if workload.kind == WorkloadKind::DaemonSet {
            let there = pods
                .iter()
                .filter(|&&at| !replicas[at].standing.is_terminating());
            there.count() as u32
        } else {
            workload.replicas
        };
        let mut service = Self {
            id: workload.id.clone(),
            kind: workload.kind,
            wanted,
            pods,
            role: None,
            primary: None,
        };
        service.role = match said.get(&workload.id) {
            Some(&role) => {
                check(&workload.id, role, wanted)?;
                Some(service.taken(role, None, Provenance::Entered, "said".to_owned()))
            }
            None => software::known(workload).map(|known| {
                let software = Some(known.software.to_owned());
                service.taken(known.role, software, Provenance::Inferred, known.source)
            }),
        };
        if let Some(taken) = &mut service.role
            && matches!(taken.role, Role::SinglePrimary { .. })
            && wanted > 1
        {
            service.primary = primary(&service.id, &service.pods, replicas);
            taken.primary = service.primary.map(|at| replicas[at].standing.name.clone());
        }
        Ok(service)
    }

    fn taken(
        &self,
        role: Role,
        software: Option<String>,
        provenance: Provenance,
        source: String,
    ) -> RoleTaken {
        RoleTaken {
            role,
            needed: role.needed(self.wanted),
            software,
            primary: None,
            provenance,
            source,
        }
    }
}

fn check(id: &ServiceId, role: Role, wanted: u32) -> Result<(), AvailabilityError> {
    let refuse = |field: &str, value: u32, expected: String| {
        let field = format!("roles[{id}].{field}");
        Err(AvailabilityError::field(field, value.to_string(), expected))
    };
    match role {
        Role::AtLeast { needed } if needed == 0 || needed > wanted => refuse(
            "needed",
            needed,
            format!("1 to {wanted}, the replicas wanted"),
        ),
        Role::Replicated { factor: 0 } => refuse("factor", 0, "at least 1".to_owned()),
        _ => Ok(()),
    }
}

/// The pod that its labels name, where they name one alone, or else the first by number, with which such software starts.
fn primary(id: &ServiceId, pods: &[usize], replicas: &[Replica]) -> Option<usize> {
    let marked = |&&at: &&usize| {
        let labels = replicas[at].standing.pod.metadata.labels.as_ref();
        let role =
            labels.and_then(|labels| ROLE_LABELS.iter().find_map(|label| labels.get(*label)));
        role.is_some_and(|role| role == "primary" || role == "master")
    };
    let mut found = pods.iter().filter(marked);
    if let (Some(&at), None) = (found.next(), found.next()) {
        return Some(at);
    }
    let first = id.pod(0);
    pods.iter()
        .copied()
        .find(|&at| replicas[at].standing.name == first)
}
