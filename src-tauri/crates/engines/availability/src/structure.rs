//! A world as availability sees it: services with their pods on nodes, who needs whom, where requests come in. Read once,
//! asked as often as one likes.

use std::collections::BTreeMap;

use drydock_model::{Inventory, ServiceId, World};
use drydock_scheduler::{Cluster, NodeId, PodKey};
use drydock_what_if::Standing;

use crate::calls::Needs;
use crate::error::{AvailabilityError, some_of};
use crate::options::Options;
use crate::replica::Replica;
use crate::rests_on::RestsOn;
use crate::service::Service;
use crate::sites::Sites;
use crate::wiring::{Entry, EntryBasis, Wiring};

/// A world as availability sees it.
#[derive(Clone, Debug)]
pub struct Structure {
    /// Pods are keyed by their place in `replicas`.
    pub(crate) cluster: Cluster,
    pub(crate) sites: Sites,
    pub(crate) replicas: Vec<Replica>,
    /// In order of their ids.
    pub(crate) services: Vec<Service>,
    pub(crate) needs: Needs,
    pub(crate) entries: Vec<Entry>,
    pub(crate) entry_basis: EntryBasis,
    pub(crate) wiring: Wiring,
    pub(crate) options: Options,
    pub(crate) rests_on: RestsOn,
    index: BTreeMap<ServiceId, usize>,
    /// By pod, the node it is on before anything fails.
    nodes: Vec<Option<NodeId>>,
}

impl Structure {
    /// Reads a world: pods stay where the dump has them, what waits is placed by the scheduler.
    ///
    /// # Errors
    /// A world that cannot be judged, or whose scheduler configuration does not read; options that name what is not there
    /// or ask for what cannot be.
    pub fn of(world: &World, options: &Options) -> Result<Self, AvailabilityError> {
        let inventory = Inventory::of(world);
        let profile = Standing::profile_of(&inventory)?;
        let standing = Standing::of(&inventory, profile)?;
        Self::from_standing(world, &inventory, standing, options)
    }

    /// The same of a world that was read already, with its pods as they were found.
    ///
    /// # Errors
    /// Options that name what is not there or ask for what cannot be.
    pub fn from_standing(
        world: &World,
        inventory: &Inventory,
        mut standing: Standing,
        options: &Options,
    ) -> Result<Self, AvailabilityError> {
        let sites = Sites::of(inventory, &standing.cluster);
        let shown: Vec<Option<NodeId>> = standing.pods.iter().map(|pod| pod.node).collect();
        standing.settle();
        let Standing {
            cluster,
            pods,
            warnings,
        } = standing;
        let index: BTreeMap<ServiceId, usize> = inventory
            .serving()
            .enumerate()
            .map(|(at, workload)| (workload.id.clone(), at))
            .collect();
        let replicas: Vec<Replica> = pods
            .into_iter()
            .zip(&shown)
            .map(|(pod, shown)| {
                let service = index.get(&pod.owner).copied();
                let works = shown.is_some_and(|node| sites.is_ready(node));
                Replica::of(pod, service, works)
            })
            .collect();
        let mut pods_of = vec![Vec::new(); index.len()];
        for (at, replica) in replicas.iter().enumerate() {
            if let Some(service) = replica.service {
                pods_of[service].push(at);
            }
        }
        let services = inventory
            .serving()
            .zip(pods_of)
            .map(|(workload, pods)| Service::of(workload, pods, &replicas, &options.roles))
            .collect::<Result<Vec<_>, _>>()?;
        let wiring = Wiring::of(&world.definition, &index, options)?;
        let needs = wiring.needs(services.len());
        let (entries, entry_basis) = wiring.entries(services.len());
        let nodes = (0..replicas.len()).map(|at| cluster.node_of(PodKey(at as u64)));
        let mut structure = Self {
            nodes: nodes.collect(),
            cluster,
            sites,
            replicas,
            services,
            needs,
            entries,
            entry_basis,
            wiring,
            options: options.clone(),
            rests_on: RestsOn::default(),
            index,
        };
        for service in options.roles.keys() {
            structure.service_named("roles", service)?;
        }
        structure.rests_on = RestsOn::of(&structure, world, inventory, &shown, warnings);
        Ok(structure)
    }

    /// The index of a service.
    pub(crate) fn service_named(
        &self,
        field: &str,
        service: &ServiceId,
    ) -> Result<usize, AvailabilityError> {
        find_service(&self.index, field, service)
    }

    /// The node a pod is on before anything fails.
    pub(crate) fn node_of(&self, pod: usize) -> Option<NodeId> {
        self.nodes[pod]
    }

    /// By pod, whether it is ready before anything fails.
    pub(crate) fn ready_now(&self) -> Vec<bool> {
        self.replicas
            .iter()
            .enumerate()
            .map(|(at, replica)| {
                let node = self.node_of(at);
                replica.able && node.is_some_and(|node| self.sites.is_ready(node))
            })
            .collect()
    }

    /// The name of a node.
    pub(crate) fn node_name(&self, id: NodeId) -> String {
        self.cluster.node_name(id).to_owned()
    }
}

/// The index of a service that serves.
pub(crate) fn find_service(
    index: &BTreeMap<ServiceId, usize>,
    field: &str,
    service: &ServiceId,
) -> Result<usize, AvailabilityError> {
    index.get(service).copied().ok_or_else(|| {
        let names = some_of(index.keys().map(ServiceId::as_str));
        AvailabilityError::field(
            field,
            format!("{:?}", service.as_str()),
            format!("a workload of this world that serves: {names}"),
        )
    })
}
