//! Custom and external metrics that a world can measure of itself, by the names under which exporters and adapters give
//! them. Other names nobody measures here: an autoscaler that asks for one is told so, and holds.

use std::collections::BTreeMap;

use drydock_autoscaler::{Answer, Metric, MetricKind, MetricReading, MetricSource, PodMetric};

use crate::meter::METRIC_WINDOW_NS;
use crate::pod::Pod;
use crate::simulation::Simulation;

/// What a metric is of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// Requests it ended a second, over the last window.
    Rate,
    /// Requests it works on.
    InFlight,
    /// Requests that wait in it.
    Waiting,
}

/// The figure behind a name; nothing where the world does not measure it.
fn figure(name: &str) -> Option<Figure> {
    const RATES: [&str; 4] = [
        "requests_per_second",
        "requests-per-second",
        "request_rate",
        "rps",
    ];
    const IN_FLIGHT: [&str; 4] = ["in_flight", "inflight", "active_requests", "concurrency"];
    const WAITING: [&str; 4] = [
        "queue_length",
        "queue_depth",
        "queue_size",
        "messages_ready",
    ];
    let name = name.to_lowercase();
    let has = |known: &[&str]| known.iter().any(|part| name.contains(part));
    if has(&RATES) {
        Some(Figure::Rate)
    } else if has(&IN_FLIGHT) {
        Some(Figure::InFlight)
    } else if has(&WAITING) {
        Some(Figure::Waiting)
    } else {
        None
    }
}

impl Figure {
    /// Of a pod, in thousandths.
    fn of(self, pod: &Pod) -> i64 {
        match self {
            Self::Rate => {
                let ended = (pod.ended - pod.ended_at_look) as f64;
                (ended * 1e12 / METRIC_WINDOW_NS as f64).round() as i64
            }
            Self::InFlight => i64::from(pod.occupied) * 1000,
            Self::Waiting => pod.waiting.len() as i64 * 1000,
        }
    }
}

impl Simulation {
    /// What the metrics APIs answer for the custom and external metrics of an autoscaler: by pod, or the sum over the pods
    /// of its service. `measured` says which pods have figures.
    pub(crate) fn custom_readings(
        &self,
        service: u32,
        metrics: &[Metric],
        measured: &dyn Fn(&Pod) -> bool,
    ) -> Vec<MetricReading> {
        let pods = &self.services[service as usize].pods;
        let pods: Vec<&Pod> = pods.iter().map(|&pod| &self.pods[pod as usize]).collect();
        let answer = |kind: MetricKind, name: &str| -> Result<Answer, String> {
            let figure = figure(name)
                .ok_or_else(|| format!("this world does not measure a metric {name:?}"))?;
            let values = pods.iter().filter(|pod| measured(pod));
            if kind == MetricKind::Pods {
                let values: BTreeMap<String, PodMetric> = values
                    .map(|pod| {
                        let metric = PodMetric {
                            value_milli: figure.of(pod),
                            timestamp_ns: self.now as i64,
                            window_ns: METRIC_WINDOW_NS as i64,
                        };
                        (pod.name.clone(), metric)
                    })
                    .collect();
                if values.is_empty() {
                    return Err(format!("no {name} figures of any pod"));
                }
                return Ok(Answer::Pods(values));
            }
            let sum = values.map(|pod| figure.of(pod)).sum();
            Ok(match kind {
                MetricKind::External => Answer::External(vec![sum]),
                _ => Answer::Object(sum),
            })
        };
        let custom = metrics.iter().filter_map(|metric| match &metric.source {
            MetricSource::Pods { name } => Some((MetricKind::Pods, name)),
            MetricSource::Object { name } => Some((MetricKind::Object, name)),
            MetricSource::External { name } => Some((MetricKind::External, name)),
            MetricSource::Resource { .. } | MetricSource::ContainerResource { .. } => None,
        });
        custom
            .map(|(kind, name)| MetricReading {
                kind,
                name: name.clone(),
                container: None,
                answer: answer(kind, name),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expect) in [
            ("http_requests_per_second", Some(Figure::Rate)),
            ("packets-per-second", None),
            ("requests-per-second", Some(Figure::Rate)),
            ("http_requests_in_flight", Some(Figure::InFlight)),
            ("queue_messages_ready", Some(Figure::Waiting)),
            ("Worker_Queue_Depth", Some(Figure::Waiting)),
            ("temperature", None),
        ] {
            assert_eq!(figure(name), expect, "{name}");
        }
    }
}
