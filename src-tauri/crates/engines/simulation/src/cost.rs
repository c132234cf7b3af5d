//! What the nodes of a run cost and whose cost it is. A node is paid for whether it answers or not.

use std::collections::BTreeMap;

use drydock_model::{Money, SimTime};
use drydock_pricing::{CostSplit, PodRequest, accrue};

use crate::simulation::Simulation;
use crate::summary::CostSummary;
use crate::telemetry::INTERVAL_NS;

/// Cost of the closed intervals by owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    owners: BTreeMap<String, Money>,
    idle: Money,
    total: Money,
}

impl Spent {
    fn add(&mut self, split: &CostSplit) {
        for (owner, share) in &split.owners {
            *self.owners.entry(owner.clone()).or_default() += *share;
        }
        self.idle += split.idle;
        self.total += split.total();
    }
}

impl Simulation {
    /// Cost of the nodes between two instants, split by what is bound now. Differences of what accrued since the start
    /// add up to the whole without a rest.
    fn spend(&self, spent: &mut Spent, from: SimTime, to: SimTime) {
        for (at, node) in self.plan.frame.nodes.iter().enumerate() {
            let Some(per_hour) = node.price.per_hour() else {
                continue;
            };
            let (Some(before), Some(after)) = (accrue(per_hour, from), accrue(per_hour, to)) else {
                continue;
            };
            let requests: Vec<PodRequest> = self.nodes[at]
                .pods
                .iter()
                .map(|&pod| {
                    let this = &self.pods[pod as usize];
                    let asked = self.cluster.shape(this.shape).requests();
                    PodRequest {
                        owner: this.owner.clone(),
                        milli_cpu: asked.milli_cpu.max(0) as u64,
                        memory_bytes: asked.memory_bytes.max(0) as u64,
                    }
                })
                .collect();
            spent.add(&CostSplit::share(
                after - before,
                node.milli_cpu,
                node.memory_bytes,
                node.weights,
                &requests,
            ));
        }
    }

    /// Adds the interval that ends now and answers its cost.
    pub(crate) fn accrue_interval(&mut self) -> Money {
        let mut spent = std::mem::take(&mut self.spent);
        let before = spent.total;
        self.spend(&mut spent, self.now - INTERVAL_NS, self.now);
        let cost = spent.total - before;
        self.spent = spent;
        cost
    }

    /// What the priced nodes cost per hour.
    pub(crate) fn cost_per_hour(&self) -> Money {
        self.plan
            .frame
            .nodes
            .iter()
            .filter_map(|node| node.price.per_hour())
            .sum()
    }

    /// Cost until now, the open interval included.
    pub(crate) fn cost_summary(&self) -> CostSummary {
        let mut spent = self.spent.clone();
        let closed = self.telemetry.len() as u64 * INTERVAL_NS;
        if self.now > closed {
            self.spend(&mut spent, closed, self.now);
        }
        CostSummary {
            total: spent.total,
            per_hour: self.cost_per_hour(),
            services: spent.owners,
            idle: spent.idle,
            unpriced_nodes: self.plan.frame.unpriced.clone(),
        }
    }
}
