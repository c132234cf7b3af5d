//! The autoscalers of a run: what they see every 15 s, and what is done with their answer. Decides nothing itself.

use std::collections::BTreeMap;

use drydock_autoscaler::{
    Answer, ControllerSettings, MetricKind, MetricReading, Observation, PodMetric, PodObservation,
    PodPhase as ApiPhase, ReadyCondition, ReadyStatus, reconcile,
};

use crate::eventlist::Due;
use crate::meter::{METRIC_WINDOW_NS, milli_cores};
use crate::request::NONE;
use crate::simulation::Simulation;
use crate::state::PodPhase;

impl Simulation {
    /// One pass of every autoscaler. Usage is the mean of the last 15 s, as metrics-server would have it.
    pub(crate) fn autoscale(&mut self) {
        let plan = std::sync::Arc::clone(&self.plan);
        let settings = ControllerSettings::default();
        for (at, autoscaler) in plan.frame.autoscalers.iter().enumerate() {
            let service = autoscaler.service;
            let (pods, mut metrics) = self.observe(service);
            let window = METRIC_WINDOW_NS as i64;
            let since = self.now as i64 - window;
            metrics.extend(
                self.custom_readings(service, &autoscaler.hpa.metrics, &|pod| {
                    pod.node != NONE && pod.phase != PodPhase::Down && pod.bound_at <= since
                }),
            );
            let seen = Observation {
                now_ns: self.now,
                spec_replicas: self.services[service as usize].desired as i32,
                status_replicas: pods.iter().filter(|pod| !pod.deleted).count() as i32,
                pods: &pods,
                metrics: &metrics,
            };
            let outcome = reconcile(
                &autoscaler.hpa,
                &settings,
                &mut self.autoscalers[at].memory,
                &seen,
            );
            let (rescaled, desired) = (outcome.rescaled, outcome.desired.max(0) as u32);
            let cause = format!("autoscaler: {}", outcome.reason);
            self.autoscalers[at].last = Some(outcome);
            if rescaled {
                self.set_replicas(service, desired, &cause);
            }
        }
        let now = self.now;
        for pod in self.pods.iter_mut().filter(|pod| pod.in_use) {
            pod.cpu_at_look = pod.cpu_by(now);
            pod.ended_at_look = pod.ended;
        }
        self.events.push(now + METRIC_WINDOW_NS, Due::Autoscale);
    }

    fn observe(&self, service: u32) -> (Vec<PodObservation>, Vec<MetricReading>) {
        let template = &self.plan.frame.workloads[service as usize].template;
        let now = self.now as i64;
        let window = METRIC_WINDOW_NS as i64;
        let (mut pods, mut cpu, mut memory) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for &at in &self.services[service as usize].pods {
            let pod = &self.pods[at as usize];
            let bound = pod.node != NONE;
            let since_ns = pod.ready_at.unwrap_or(pod.bound_at);
            let ready = bound.then_some(ReadyCondition {
                status: if pod.ready_at.is_some() {
                    ReadyStatus::True
                } else {
                    ReadyStatus::False
                },
                since_ns,
            });
            pods.push(PodObservation {
                name: pod.name.clone(),
                phase: if bound {
                    ApiPhase::Running
                } else {
                    ApiPhase::Pending
                },
                deleted: pod.terminating,
                start_ns: bound.then_some(pod.bound_at),
                ready,
                containers: template.containers.clone(),
                pod_requests: template.pod_requests.clone(),
            });
            // A pod has figures once it has run through a whole window; one on a dead node has none.
            let measured = bound && pod.phase != PodPhase::Down && pod.bound_at <= now - window;
            if measured {
                let metric = |value_milli| PodMetric {
                    value_milli,
                    timestamp_ns: now,
                    window_ns: window,
                };
                let used = pod.cpu_by(self.now) - pod.cpu_at_look;
                cpu.insert(
                    pod.name.clone(),
                    metric(milli_cores(used, METRIC_WINDOW_NS)),
                );
                if let Some(bytes) = self.memory_of(at) {
                    memory.insert(pod.name.clone(), metric((bytes * 1000.0) as i64));
                }
            }
        }
        let reading = |name: &str, values: BTreeMap<String, PodMetric>| MetricReading {
            kind: MetricKind::Resource,
            name: name.to_owned(),
            container: None,
            answer: if values.is_empty() {
                Err(format!("no {name} figures of any pod"))
            } else {
                Ok(Answer::Pods(values))
            },
        };
        let mut metrics = vec![reading("cpu", cpu), reading("memory", memory)];
        // A pod's usage is that of its container where it has only one; it is not told apart otherwise.
        if let [only] = template.containers.as_slice() {
            let of_container: Vec<_> = metrics
                .iter()
                .map(|metric| MetricReading {
                    kind: MetricKind::ContainerResource,
                    container: Some(only.name.clone()),
                    ..metric.clone()
                })
                .collect();
            metrics.extend(of_container);
        }
        (pods, metrics)
    }
}
