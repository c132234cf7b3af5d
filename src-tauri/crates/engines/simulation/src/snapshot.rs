//! State and summary of a simulation, read off without changing it.

use std::collections::BTreeMap;

use drydock_model::Provenance;

use crate::ENGINE_VERSION;
use crate::meter::Meter;
use crate::request::{NONE, Stage};
use crate::simulation::Simulation;
use crate::state::{
    AutoscalerState, ConditionState, FaultState, NodeState, PendingPod, PodPhase, PodState,
    ServiceState, State,
};
use crate::summary::{ClassSummary, ServiceSummary, Summary};
use crate::telemetry::{Cause, INTERVAL_NS, LatencyOf, NodeColumn, ServiceColumn, Telemetry};

/// The last value of a column, where there is one.
fn last(column: &[f32]) -> Option<f64> {
    column
        .last()
        .filter(|value| !value.is_nan())
        .map(|value| f64::from(*value))
}

fn sum_known(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values
        .flatten()
        .fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

impl Simulation {
    /// What is so now.
    pub fn state(&self) -> State {
        let frame = &self.plan.frame;
        let mut pending: Vec<PendingPod> = self
            .pending
            .iter()
            .map(|&pod| {
                let this = &self.pods[pod as usize];
                PendingPod {
                    pod: this.name.clone(),
                    message: self.cluster.explain(this.shape).message,
                }
            })
            .collect();
        pending.sort_by(|a, b| a.pod.cmp(&b.pod));
        State {
            now_ns: self.now,
            services: (0..self.services.len())
                .map(|at| self.service_state(at))
                .collect(),
            nodes: (0..self.nodes.len())
                .map(|at| self.node_state(at))
                .collect(),
            pending,
            autoscalers: (0..self.autoscalers.len())
                .map(|at| self.autoscaler_state(at))
                .collect(),
            faults: self
                .nodes
                .iter()
                .zip(&frame.nodes)
                .filter_map(|(node, plan)| {
                    Some(FaultState {
                        kind: "nodeDown".to_owned(),
                        subject: plan.name.clone(),
                        since_ns: node.killed?,
                    })
                })
                .chain(self.faults.iter().map(|fault| FaultState {
                    kind: fault.fault.kind().to_owned(),
                    subject: fault.name.clone(),
                    since_ns: fault.since,
                }))
                .collect(),
            cost_per_hour: self.cost_per_hour(),
            unpriced_nodes: frame.unpriced.clone(),
            requests_in_progress: self.requests.in_use() as u32,
        }
    }

    fn service_state(&self, at: usize) -> ServiceState {
        let (service, plan) = (&self.services[at], &self.plan.frame.workloads[at]);
        let mut pods: Vec<PodState> = service
            .pods
            .iter()
            .map(|&pod| {
                let this = &self.pods[pod as usize];
                PodState {
                    name: this.name.clone(),
                    node: (this.node != NONE).then(|| self.node_name(this.node).to_owned()),
                    phase: this.phase,
                    ready: this.listed,
                    restarts: this.restarts,
                    primary: service.primary == pod && service.primary_serial == this.serial,
                    working: this.occupied,
                    waiting: this.waiting.len() as u32,
                }
            })
            .collect();
        pods.sort_by(|a, b| a.name.cmp(&b.name));
        let count = |test: &dyn Fn(u32) -> bool| {
            service.pods.iter().filter(|&&pod| test(pod)).count() as u32
        };
        let telemetry = &self.telemetry;
        let (completed, failed) = ended_in_last(telemetry, at);
        let closed = telemetry.len();
        ServiceState {
            id: plan.id.clone(),
            kind: plan.kind,
            desired: service.desired,
            current: count(&|pod| !self.pods[pod as usize].terminating),
            ready: count(&|pod| self.pods[pod as usize].listed),
            available: count(&|pod| {
                let pod = &self.pods[pod as usize];
                pod.listed && pod.phase == PodPhase::Running
            }),
            pods,
            cpu_cores: last(telemetry.service(at, ServiceColumn::CpuCores)),
            memory_bytes: sum_known(service.pods.iter().map(|&pod| self.memory_of(pod))),
            rps: last(telemetry.service(at, ServiceColumn::Arrivals))
                .map(|arrivals| arrivals / (INTERVAL_NS as f64 / 1e9)),
            error_rate: (completed + failed > 0.0).then(|| failed / (completed + failed)),
            p99_ms: telemetry
                .latency(LatencyOf::Service(at), closed.saturating_sub(1), closed)
                .percentiles()
                .map(|percentiles| percentiles.p99_ms),
        }
    }

    fn node_state(&self, at: usize) -> NodeState {
        let (node, plan) = (&self.nodes[at], &self.plan.frame.nodes[at]);
        let asked = self.cluster.requested(plan.id);
        let mut pods: Vec<String> = node
            .pods
            .iter()
            .map(|&pod| self.pods[pod as usize].name.clone())
            .collect();
        pods.sort();
        NodeState {
            name: plan.name.clone(),
            zone: plan.zone.clone(),
            ready: node.ready,
            killed: node.killed.is_some(),
            cpu_allocatable: plan.milli_cpu as f64 / 1000.0,
            memory_allocatable: plan.memory_bytes as i64,
            cpu_requested: asked.milli_cpu as f64 / 1000.0,
            memory_requested: asked.memory_bytes,
            cpu_cores: node
                .up
                .then(|| last(self.telemetry.node(at, NodeColumn::CpuCores)))
                .flatten(),
            memory_bytes: node.up.then(|| {
                node.pods
                    .iter()
                    .filter_map(|&pod| self.memory_of(pod))
                    .sum()
            }),
            pods,
            price_per_hour: plan.price.per_hour(),
        }
    }

    fn autoscaler_state(&self, at: usize) -> AutoscalerState {
        let plan = &self.plan.frame.autoscalers[at];
        let service = &self.services[plan.service as usize];
        let outcome = self.autoscalers[at].last.as_ref();
        let conditions = outcome.map_or_else(Vec::new, |outcome| {
            let all = outcome.conditions;
            [
                ("AbleToScale", all.able_to_scale),
                ("ScalingActive", all.scaling_active),
                ("ScalingLimited", all.scaling_limited),
            ]
            .into_iter()
            .filter_map(|(kind, condition)| {
                let condition = condition?;
                Some(ConditionState {
                    kind: kind.to_owned(),
                    status: condition.status,
                    reason: condition.reason.to_owned(),
                })
            })
            .collect()
        });
        AutoscalerState {
            service: self.plan.frame.services[plan.service as usize].clone(),
            min: plan.hpa.min_replicas,
            max: plan.hpa.max_replicas,
            current: service
                .pods
                .iter()
                .filter(|&&pod| !self.pods[pod as usize].terminating)
                .count() as u32,
            desired: service.desired,
            metric: plan.metric.clone(),
            reason: outcome
                .map(|outcome| outcome.reason.clone())
                .unwrap_or_default(),
            error: outcome.and_then(|outcome| outcome.error.clone()),
            conditions,
        }
    }
}

fn ended_in_last(telemetry: &Telemetry, service: usize) -> (f64, f64) {
    let completed = last(telemetry.service(service, ServiceColumn::Completed)).unwrap_or(0.0);
    let failed = Cause::ALL
        .iter()
        .filter_map(|cause| last(telemetry.service(service, ServiceColumn::Failed(*cause))))
        .sum();
    (completed, failed)
}

fn by_cause(failed: [u64; Cause::ALL.len()]) -> BTreeMap<String, u64> {
    Cause::ALL
        .iter()
        .zip(failed)
        .filter(|(_, count)| *count > 0)
        .map(|(cause, count)| (cause.as_str().to_owned(), count))
        .collect()
}

/// The run so far in a few figures. Latencies are those of closed intervals.
pub(crate) fn summary(simulation: &Simulation) -> Summary {
    let plan = &simulation.plan;
    let closed = simulation.telemetry.len();
    let latency = |of| simulation.telemetry.latency(of, 0, closed).percentiles();
    let sum = |pick: &dyn Fn(&Meter) -> u64| {
        simulation
            .classes
            .iter()
            .map(|class| pick(&class.meter))
            .sum::<u64>()
    };
    let mut lost = [0; Cause::ALL.len()];
    for class in &simulation.classes {
        for (sum, count) in lost.iter_mut().zip(class.meter.failed) {
            *sum += count;
        }
    }
    let (completed, failed) = (sum(&|meter| meter.completed), sum(&Meter::failures));
    let moving = plan.moving_parameters();
    Summary {
        engine_version: ENGINE_VERSION.to_owned(),
        seed: simulation.seed,
        duration_ns: simulation.now,
        requests: sum(&|meter| meter.arrivals),
        completed,
        failed,
        in_flight: simulation
            .requests
            .iter()
            .filter(|(_, request)| {
                request.parent == NONE && !request.abandoned && request.stage != Stage::Free
            })
            .count() as u64,
        lost: by_cause(lost),
        error_rate: (completed + failed > 0).then(|| failed as f64 / (completed + failed) as f64),
        latency: latency(LatencyOf::All),
        classes: simulation
            .classes
            .iter()
            .zip(&plan.frame.classes)
            .enumerate()
            .map(|(at, (class, plan))| ClassSummary {
                name: plan.name.clone(),
                requests: class.meter.arrivals,
                completed: class.meter.completed,
                failed: class.meter.failures(),
                latency: latency(LatencyOf::Class(at)),
            })
            .collect(),
        services: (0..simulation.services.len())
            .map(|at| service_summary(simulation, at))
            .collect(),
        cost: simulation.cost_summary(),
        ranges: None,
        confidence: None,
        grade: plan.frame.grade,
        assumed: moving
            .iter()
            .filter(|parameter| parameter.provenance == Provenance::Assumed)
            .map(|parameter| parameter.key.clone())
            .collect(),
        parameters: moving.len() as u32,
        warnings: plan.warnings().to_vec(),
    }
}

fn service_summary(simulation: &Simulation, at: usize) -> ServiceSummary {
    let (service, now) = (&simulation.services[at], simulation.now);
    let open: f64 = service
        .pods
        .iter()
        .map(|&pod| {
            let pod = &simulation.pods[pod as usize];
            pod.cpu_by(now) - pod.cpu_at_interval
        })
        .sum();
    let cpu_ns = service.cpu_ns + service.cpu_of_gone + open;
    ServiceSummary {
        id: simulation.plan.frame.services[at].clone(),
        requests: service.meter.arrivals,
        completed: service.meter.completed,
        failed: by_cause(service.meter.failed),
        latency: simulation
            .telemetry
            .latency(LatencyOf::Service(at), 0, simulation.telemetry.len())
            .percentiles(),
        replicas_min: service.ready_min,
        replicas_max: service.ready_max,
        cpu_cores: (now > 0).then(|| cpu_ns / now as f64),
    }
}
