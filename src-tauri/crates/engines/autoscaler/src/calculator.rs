//! How many replicas one metric asks for. Follows the replica calculator of kube-controller-manager
//! 1.34: pods without a metric and unready pods are assumed to be whatever holds the change back.

use std::collections::BTreeMap;

use crate::hpa::{Metric, MetricSource, Target};
use crate::observation::{
    Answer, MetricKind, MetricReading, Observation, PodMetric, PodObservation, PodPhase,
    ReadyStatus,
};
use crate::reconcile::ControllerSettings;

/// Fractions by which usage may miss its target without a change.
#[derive(Debug, Clone, Copy)]
pub struct Tolerances {
    pub down: f64,
    pub up: f64,
}

impl Tolerances {
    fn contain(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What a pass looks at, together.
pub struct Calculator<'a> {
    pub settings: &'a ControllerSettings,
    pub seen: &'a Observation<'a>,
    pub tolerances: Tolerances,
}

impl Metric {
    /// The family of the metric, its name and container.
    fn key(&self) -> (MetricKind, &str, Option<&str>) {
        match &self.source {
            MetricSource::Resource { name } => (MetricKind::Resource, name, None),
            MetricSource::ContainerResource { name, container } => {
                (MetricKind::ContainerResource, name, Some(container))
            }
            MetricSource::Pods { name } => (MetricKind::Pods, name, None),
            MetricSource::Object { name } => (MetricKind::Object, name, None),
            MetricSource::External { name } => (MetricKind::External, name, None),
        }
    }

    /// How the metric is named in a reason, such as `cpu resource`.
    pub(crate) fn describe(&self) -> String {
        let (kind, name, container) = self.key();
        match kind {
            MetricKind::Resource => format!("{name} resource"),
            MetricKind::ContainerResource => {
                format!(
                    "{name} resource of container {}",
                    container.unwrap_or_default()
                )
            }
            MetricKind::Pods => format!("pods metric {name}"),
            MetricKind::Object => format!("object metric {name}"),
            MetricKind::External => format!("external metric {name}"),
        }
    }

    /// The reason of the condition `ScalingActive` when the metric fails.
    pub(crate) fn failure(&self) -> &'static str {
        match self.source {
            MetricSource::Resource { .. } => "FailedGetResourceMetric",
            MetricSource::ContainerResource { .. } => "FailedGetContainerResourceMetric",
            MetricSource::Pods { .. } => "FailedGetPodsMetric",
            MetricSource::Object { .. } => "FailedGetObjectMetric",
            MetricSource::External { .. } => "FailedGetExternalMetric",
        }
    }
}

impl Calculator<'_> {
    /// Replicas that `metric` asks for, or why that cannot be told.
    pub fn replicas(&self, metric: &Metric) -> Result<i32, String> {
        let (kind, name, container) = metric.key();
        let is_it = |reading: &&MetricReading| {
            reading.kind == kind
                && reading.name == name
                && reading.container.as_deref() == container
        };
        let reading = self
            .seen
            .metrics
            .iter()
            .find(is_it)
            .ok_or("no metrics returned")?;
        let resource = match kind {
            MetricKind::Resource | MetricKind::ContainerResource => Some(name),
            MetricKind::Pods | MetricKind::Object | MetricKind::External => None,
        };
        match (
            reading.answer.as_ref().map_err(Clone::clone)?,
            metric.target,
        ) {
            (Answer::Pods(pods), _) if pods.is_empty() => Err("no metrics returned".to_owned()),
            (Answer::Pods(pods), Target::Utilization(percent)) => {
                let resource = resource.ok_or("a utilization target needs a resource metric")?;
                self.by_utilization(pods.clone(), resource, container, percent)
            }
            (Answer::Pods(pods), Target::AverageValue(target)) => {
                self.by_average(pods.clone(), resource, target)
            }
            (Answer::External(values), _) if values.is_empty() => {
                Err("no metrics returned".to_owned())
            }
            (Answer::External(values), target) => self.by_total(
                values.iter().fold(0, |sum, value| value.wrapping_add(sum)),
                target,
            ),
            (Answer::Object(value), target) => self.by_total(*value, target),
            (Answer::Pods(_), Target::Value(_)) => {
                Err("a metric of pods has no value target".to_owned())
            }
        }
    }

    fn by_utilization(
        &self,
        mut metrics: BTreeMap<String, PodMetric>,
        resource: &str,
        container: Option<&str>,
        target: i32,
    ) -> Result<i32, String> {
        let groups = self.group(&metrics, Some(resource))?;
        groups.strip(&mut metrics)?;
        let requests = requests_by_pod(self.seen.pods, container, resource)?;
        let ratio = utilization_ratio(&metrics, &requests, target)?;
        let ups_with_unready = !groups.unready.is_empty() && ratio > 1.0;
        if !ups_with_unready && groups.missing.is_empty() {
            return Ok(self.simple(ratio, groups.ready_count));
        }
        for pod in &groups.missing {
            if ratio < 1.0 {
                // On the way down as if it used all it requests, or its target if that is more.
                let request = requests.get(*pod).copied().unwrap_or(0);
                let value = request.wrapping_mul(i64::from(target.max(100))) / 100;
                metrics.insert((*pod).to_owned(), assumed(value));
            } else if ratio > 1.0 {
                metrics.insert((*pod).to_owned(), assumed(0));
            }
        }
        if ups_with_unready {
            groups.zero_unready(&mut metrics);
        }
        let refilled = utilization_ratio(&metrics, &requests, target)?;
        Ok(self.settle(ratio, refilled, metrics.len()))
    }

    fn by_average(
        &self,
        mut metrics: BTreeMap<String, PodMetric>,
        resource: Option<&str>,
        target: i64,
    ) -> Result<i32, String> {
        let groups = self.group(&metrics, resource)?;
        groups.strip(&mut metrics)?;
        let ratio = average_ratio(&metrics, target);
        let ups_with_unready = !groups.unready.is_empty() && ratio > 1.0;
        if !ups_with_unready && groups.missing.is_empty() {
            return Ok(self.simple(ratio, groups.ready_count));
        }
        for pod in &groups.missing {
            let value = if ratio < 1.0 { target } else { 0 };
            metrics.insert((*pod).to_owned(), assumed(value));
        }
        if ups_with_unready {
            groups.zero_unready(&mut metrics);
        }
        let refilled = average_ratio(&metrics, target);
        Ok(self.settle(ratio, refilled, metrics.len()))
    }

    fn by_total(&self, usage: i64, target: Target) -> Result<i32, String> {
        match target {
            Target::Utilization(_) => Err("this metric has no utilization target".to_owned()),
            Target::AverageValue(target) => {
                let replicas = self.seen.status_replicas;
                let ratio = usage as f64 / (target as f64 * f64::from(replicas));
                if self.tolerances.contain(ratio) {
                    return Ok(replicas);
                }
                Ok(count(usage as f64 / target as f64))
            }
            Target::Value(target) => {
                let ratio = usage as f64 / target as f64;
                if self.seen.spec_replicas == 0 {
                    return Ok(count(ratio));
                }
                if self.tolerances.contain(ratio) {
                    return Ok(self.seen.spec_replicas);
                }
                if self.seen.pods.is_empty() {
                    return Err(NO_PODS.to_owned());
                }
                let ready = self
                    .seen
                    .pods
                    .iter()
                    .filter(|pod| is_running_and_ready(pod))
                    .count();
                Ok(count(ratio * ready as f64))
            }
        }
    }

    /// Nothing is missing: the current count within tolerance, else the ratio of the ready pods.
    fn simple(&self, ratio: f64, ready_count: usize) -> i32 {
        if self.tolerances.contain(ratio) {
            return self.seen.spec_replicas;
        }
        count(ratio * ready_count as f64)
    }

    /// After refilling: no change where the ratio came within tolerance or changed sides, or where
    /// the count would move against the ratio.
    fn settle(&self, before: f64, refilled: f64, pods: usize) -> i32 {
        let current = self.seen.spec_replicas;
        let changed_sides = (before < 1.0 && refilled > 1.0) || (before > 1.0 && refilled < 1.0);
        if self.tolerances.contain(refilled) || changed_sides {
            return current;
        }
        let wanted = count(refilled * pods as f64);
        if (refilled < 1.0 && wanted > current) || (refilled > 1.0 && wanted < current) {
            return current;
        }
        wanted
    }

    fn group(
        &self,
        metrics: &BTreeMap<String, PodMetric>,
        resource: Option<&str>,
    ) -> Result<Groups<'_>, String> {
        if self.seen.pods.is_empty() {
            return Err(NO_PODS.to_owned());
        }
        let mut groups = Groups::default();
        for pod in self.seen.pods {
            let name = pod.name.as_str();
            if pod.deleted || pod.phase == PodPhase::Failed {
                groups.ignored.push(name);
            } else if pod.phase == PodPhase::Pending {
                groups.unready.push(name);
            } else if let Some(metric) = metrics.get(name) {
                if resource == Some("cpu") && self.is_warming_up(pod, metric) {
                    groups.unready.push(name);
                } else {
                    groups.ready_count += 1;
                }
            } else {
                groups.missing.push(name);
            }
        }
        Ok(groups)
    }

    /// Whether a pod's CPU figure may still be that of its start.
    fn is_warming_up(&self, pod: &PodObservation, metric: &PodMetric) -> bool {
        let (Some(ready), Some(start_ns)) = (pod.ready, pod.start_ns) else {
            return true;
        };
        let is_unready = ready.status == ReadyStatus::False;
        let now_ns = self.seen.now_ns as i64;
        if start_ns.saturating_add(self.settings.cpu_initialization_ns()) > now_ns {
            // Within the initialisation period a sample counts once its window lies after the
            // last change of readiness.
            is_unready || metric.timestamp_ns < ready.since_ns.saturating_add(metric.window_ns)
        } else {
            // Later only a pod that has never been ready is left out.
            let first_status_ns = start_ns.saturating_add(self.settings.readiness_delay_ns());
            is_unready && first_status_ns > ready.since_ns
        }
    }
}

/// A fractional count rounded up to replicas. A count beyond 32 bits wraps as the controller's
/// conversion does on amd64 (to 64 bits, then the lower half; 0 beyond those), so that an absurd
/// target is decided upon as absurdly as in the cluster.
pub fn count(fractional: f64) -> i32 {
    /// 2^63, the first float that 64 signed bits do not hold.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let up = fractional.ceil();
    if up.abs() < BEYOND {
        up as i64 as i32
    } else {
        0
    }
}

const NO_PODS: &str = "no pods returned by selector while calculating replica count";

#[derive(Default)]
struct Groups<'a> {
    ready_count: usize,
    unready: Vec<&'a str>,
    missing: Vec<&'a str>,
    ignored: Vec<&'a str>,
}

impl Groups<'_> {
    /// Drops the metrics of ignored and unready pods; an error if none is left.
    fn strip(&self, metrics: &mut BTreeMap<String, PodMetric>) -> Result<(), String> {
        for pod in self.ignored.iter().chain(&self.unready) {
            metrics.remove(*pod);
        }
        if metrics.is_empty() {
            return Err("no metrics of targeted pods (pods might be unready)".to_owned());
        }
        Ok(())
    }

    fn zero_unready(&self, metrics: &mut BTreeMap<String, PodMetric>) {
        for pod in &self.unready {
            metrics.insert((*pod).to_owned(), assumed(0));
        }
    }
}

fn assumed(value_milli: i64) -> PodMetric {
    PodMetric {
        value_milli,
        timestamp_ns: 0,
        window_ns: 0,
    }
}

fn is_running_and_ready(pod: &PodObservation) -> bool {
    pod.phase == PodPhase::Running
        && pod
            .ready
            .is_some_and(|ready| ready.status == ReadyStatus::True)
}

/// Whole percent of requests, truncated, over the target. Metrics of unknown pods do not count.
/// The percentage is held in 32 bits and wraps there, as in the controller: utilisation 20 million
/// times the request reads as negative.
fn utilization_ratio(
    metrics: &BTreeMap<String, PodMetric>,
    requests: &BTreeMap<&str, i64>,
    target: i32,
) -> Result<f64, String> {
    let (mut used, mut requested) = (0_i64, 0_i64);
    for (pod, metric) in metrics {
        if let Some(request) = requests.get(pod.as_str()) {
            used = used.wrapping_add(metric.value_milli);
            requested = requested.wrapping_add(*request);
        }
    }
    if requested == 0 {
        return Err("no metrics returned matched known pods".to_owned());
    }
    let percent = used.wrapping_mul(100).wrapping_div(requested) as i32;
    Ok(f64::from(percent) / f64::from(target))
}

/// The mean, truncated to a thousandth, over the target.
fn average_ratio(metrics: &BTreeMap<String, PodMetric>, target: i64) -> f64 {
    let sum = metrics
        .values()
        .fold(0_i64, |sum, metric| sum.wrapping_add(metric.value_milli));
    let mean = sum / (metrics.len().max(1) as i64);
    mean as f64 / target as f64
}

/// Requests of every pod for a resource: of the pod as a whole where it states them, else of its
/// containers (or the named one), each of which must state its own.
fn requests_by_pod<'a>(
    pods: &'a [PodObservation],
    container: Option<&str>,
    resource: &str,
) -> Result<BTreeMap<&'a str, i64>, String> {
    let mut requests = BTreeMap::new();
    for pod in pods {
        if let (Some(whole), None) = (&pod.pod_requests, container)
            && let Some(request) = whole.get(resource)
        {
            requests.insert(pod.name.as_str(), *request);
            continue;
        }
        let mut sum = 0_i64;
        for part in &pod.containers {
            if container.is_none_or(|name| name == part.name) {
                let request = part.requests.get(resource).ok_or_else(|| {
                    format!(
                        "missing request for {resource} in container {} of pod {}",
                        part.name, pod.name
                    )
                })?;
                sum = sum.wrapping_add(*request);
            }
        }
        requests.insert(pod.name.as_str(), sum);
    }
    Ok(requests)
}
