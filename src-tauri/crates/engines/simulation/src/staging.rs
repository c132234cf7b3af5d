//! Nodes, workloads and pods of a plan, on the stage that the scheduler sets. Plays nothing.

use std::collections::BTreeSet;

use drydock_model::{Balance, Inventory, Keeps, Workload, WorkloadKind, is_ready};
use drydock_pricing::{PriceBook, ResourceWeights, node_labels};
use drydock_scheduler::disruption::selects;
use drydock_scheduler::{Admission, InvalidObject, NOT_READY, NodeId, UNREACHABLE, live_pod};
use k8s_openapi::api::core::v1::Node;

use crate::budget::Budget;
use crate::error::PlanError;
use crate::frame::{Frame, InitialPod, NodePlan, Placement, WorkloadPlan};
use crate::template::Template;

/// Taints of nodes that do not answer.
const LOST: [&str; 2] = [NOT_READY, UNREACHABLE];

impl Frame {
    /// Reads the nodes, which stand in the cluster already. One that does not answer starts down; it is cordoned in place
    /// of the taints that say so, since it may be healed.
    pub(crate) fn read_nodes(&mut self, inventory: &Inventory) -> Result<(), PlanError> {
        for (node, provenance) in &inventory.nodes {
            let mut answering = node.clone();
            if let Some(taints) = answering
                .spec
                .as_mut()
                .and_then(|spec| spec.taints.as_mut())
            {
                taints.retain(|taint| !LOST.contains(&taint.key.as_str()));
            }
            let name = node.metadata.name.as_deref().unwrap_or_default();
            let id = match self.cluster.node_id(name) {
                Some(id) if is_ready(node) => id,
                _ => self.cluster.add_node(&answering)?,
            };
            let plan = self.node_plan(node, id);
            if let Some(reason) = unpriced_reason(&plan) {
                self.unpriced.insert(plan.name.clone(), reason);
            }
            if !plan.ready {
                self.warnings.push(format!(
                    "node {} is not ready in the dump and starts down",
                    plan.name
                ));
                self.cluster.set_unschedulable(id, true);
            }
            self.nodes.push(plan);
            self.grade = self.grade.weaker(*provenance);
        }
        let names = |of: fn(&NodePlan) -> &Option<String>| {
            let names: BTreeSet<String> = self.nodes.iter().filter_map(|n| of(n).clone()).collect();
            names.into_iter().collect()
        };
        (self.zones, self.regions) = (names(|node| &node.zone), names(|node| &node.region));
        Ok(())
    }

    fn node_plan(&self, node: &Node, id: NodeId) -> NodePlan {
        let offered = self.cluster.allocatable(id);
        let (milli_cpu, memory_bytes) = (
            offered.milli_cpu.max(0) as u64,
            offered.memory_bytes.max(0) as u64,
        );
        let labels = node.metadata.labels.clone().unwrap_or_default();
        let book = PriceBook::builtin();
        let machine = node_labels::machine_type(&labels);
        let weights = ResourceWeights::of_machine(book, machine, milli_cpu, memory_bytes);
        let provider_id = node
            .spec
            .as_ref()
            .and_then(|spec| spec.provider_id.as_deref());
        NodePlan {
            name: self.cluster.node_name(id).to_owned(),
            zone: node_labels::zone(&labels).map(str::to_owned),
            region: node_labels::region(&labels).map(str::to_owned),
            id,
            milli_cpu,
            memory_bytes,
            price: book.price_node(&labels, provider_id),
            weights,
            cordoned: self.cluster.is_unschedulable(id),
            ready: is_ready(node),
        }
    }

    /// Reads the workloads that serve, with the shapes of their pods.
    pub(crate) fn read_workloads(
        &mut self,
        inventory: &Inventory,
        admission: &Admission,
    ) -> Result<(), PlanError> {
        for workload in inventory.serving() {
            let named = |error: InvalidObject| error.in_template_of(workload);
            let placement = match admission.admit(&workload.template) {
                Ok(template) if workload.kind == WorkloadKind::DaemonSet => {
                    let pods = self.cluster.daemon_pods(&template).map_err(named)?;
                    let pinned = pods
                        .iter()
                        .map(|(node, pod)| Ok((node.index() as u32, self.cluster.intern(pod)?)));
                    Placement::PerNode(pinned.collect::<Result<_, _>>().map_err(named)?)
                }
                Ok(template) => Placement::Free(self.cluster.intern(&template).map_err(named)?),
                Err(refusal) => {
                    let refusal = named(refusal);
                    self.warnings.push(format!(
                        "no further pods of {} are made: {refusal}",
                        workload.id
                    ));
                    Placement::Refused
                }
            };
            self.service_subjects
                .push(format!("service/{}", workload.id));
            self.workloads.push(WorkloadPlan {
                id: workload.id.clone(),
                kind: workload.kind,
                replicas: match &placement {
                    Placement::PerNode(nodes) => nodes.len() as u32,
                    Placement::Free(_) | Placement::Refused => workload.replicas,
                },
                created: workload.created,
                placement,
                template: Template::of(&workload.template),
                stages: Vec::new(),
                clients: 0,
                balance: Balance::default(),
                keeps: Keeps::default(),
                budgets: budgets_of(inventory, workload),
            });
        }
        let jobs: Vec<String> = inventory
            .workloads
            .iter()
            .filter(|workload| workload.kind == WorkloadKind::Job)
            .map(|workload| workload.id.to_string())
            .collect();
        if !jobs.is_empty() {
            let names = jobs.join(", ");
            self.warnings.push(format!(
                "jobs serve nobody; only pods of theirs that a dump shows take room: {names}"
            ));
        }
        Ok(())
    }

    /// Reads the pods of the dump, each as the API server has it.
    pub(crate) fn read_pods(
        &mut self,
        inventory: &Inventory,
        admission: &Admission,
    ) -> Result<(), PlanError> {
        for live in inventory.pods.iter().filter(|live| !live.ended) {
            let Some((pod, node)) = live_pod(&self.cluster, admission, live, &mut self.warnings)
            else {
                continue;
            };
            let status = pod.status.as_ref();
            let started = status.and_then(|status| status.start_time.as_ref());
            self.pods.push(InitialPod {
                name: live.name.clone(),
                service: self.service(&live.owner).map(|at| at as u32),
                owner: live.owner.to_string(),
                shape: self.cluster.intern(&pod)?,
                node: node.map(|node| node.index() as u32),
                created: live.created,
                started: started.map(|time| time.0.as_second()),
                grace_ns: Template::of(&pod).grace_ns,
                terminating: pod.metadata.deletion_timestamp.is_some(),
            });
        }
        Ok(())
    }
}

/// The budgets that cover the pods of a workload.
fn budgets_of(inventory: &Inventory, workload: &Workload) -> Vec<Budget> {
    let labels = workload
        .template
        .metadata
        .labels
        .clone()
        .unwrap_or_default();
    let budgets = inventory.cluster.budgets.iter();
    budgets
        .filter(|budget| {
            budget.metadata.namespace.as_deref().unwrap_or("default") == workload.id.namespace()
        })
        .filter(|budget| {
            let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
            selector.is_some_and(|selector| selects(selector, &labels))
        })
        .filter_map(Budget::of)
        .collect()
}

fn unpriced_reason(node: &NodePlan) -> Option<String> {
    match &node.price {
        drydock_pricing::NodePrice::Unknown { reason } => Some(reason.clone()),
        drydock_pricing::NodePrice::Known { .. } => None,
    }
}
