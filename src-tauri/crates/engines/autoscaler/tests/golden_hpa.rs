//! Plays the recorded decisions of kube-controller-manager's autoscaler step by step and compares
//! proposals, counts and conditions. `GOLDEN` names another folder of such files.

#![allow(clippy::unwrap_used)]

#[path = "../../../../../tests/golden/files.rs"]
mod files;

use std::collections::BTreeMap;

use drydock_autoscaler::{
    Answer, Condition, ContainerRequests, ControllerSettings, Hpa, Memory, MetricKind,
    MetricReading, Observation, PodMetric, PodObservation, PodPhase, ReadyCondition, ReadyStatus,
    reconcile,
};
use drydock_model::Quantity;
use k8s_openapi::api::core::v1::{Pod, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

/// Zero of the recorded times: 2025-01-01T00:00:00Z in seconds since 1970.
const ZERO_SECONDS: i64 = 1_735_689_600;
const SECOND_NS: f64 = 1e9;

fn ns(seconds: &Value) -> i64 {
    (seconds.as_f64().unwrap() * 1000.0).round() as i64 * 1_000_000
}

fn time_ns(time: &Time) -> i64 {
    (time.0.as_second() - ZERO_SECONDS) * SECOND_NS as i64 + i64::from(time.0.subsec_nanosecond())
}

fn requests(resources: Option<&ResourceRequirements>) -> BTreeMap<String, i64> {
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    requests
        .into_iter()
        .flatten()
        .map(|(name, amount)| {
            (
                name.clone(),
                amount.0.parse::<Quantity>().unwrap().milli_ceil(),
            )
        })
        .collect()
}

fn pod_of(value: &Value) -> PodObservation {
    let pod: Pod = serde_json::from_value(value.clone()).unwrap();
    let spec = pod.spec.unwrap();
    let status = pod.status.unwrap();
    let sidecars = spec.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|part| part.restart_policy.as_deref() == Some("Always"));
    let containers = spec
        .containers
        .iter()
        .chain(sidecars)
        .map(|part| ContainerRequests {
            name: part.name.clone(),
            requests: requests(part.resources.as_ref()),
        });
    let ready = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "Ready");
    PodObservation {
        name: pod.metadata.name.unwrap(),
        phase: match status.phase.as_deref() {
            Some("Pending") => PodPhase::Pending,
            Some("Running") => PodPhase::Running,
            Some("Succeeded") => PodPhase::Succeeded,
            Some("Failed") => PodPhase::Failed,
            _ => PodPhase::Unknown,
        },
        deleted: pod.metadata.deletion_timestamp.is_some(),
        start_ns: status.start_time.as_ref().map(time_ns),
        ready: ready.map(|condition| ReadyCondition {
            status: match condition.status.as_str() {
                "True" => ReadyStatus::True,
                "False" => ReadyStatus::False,
                _ => ReadyStatus::Unknown,
            },
            since_ns: time_ns(condition.last_transition_time.as_ref().unwrap()),
        }),
        containers: containers.collect(),
        pod_requests: spec
            .resources
            .as_ref()
            .map(|resources| requests(Some(resources))),
    }
}

fn reading_of(value: &Value) -> MetricReading {
    let kind = match value["type"].as_str().unwrap() {
        "resource" => MetricKind::Resource,
        "containerResource" => MetricKind::ContainerResource,
        "pods" => MetricKind::Pods,
        "object" => MetricKind::Object,
        "external" => MetricKind::External,
        other => panic!("metric type {other}"),
    };
    let answer = match (kind, value["error"].as_str()) {
        (_, Some(error)) => Err(error.to_owned()),
        (MetricKind::Object, None) => Ok(Answer::Object(value["valueMilli"].as_i64().unwrap())),
        (MetricKind::External, None) => {
            let values = value["valuesMilli"].as_array().unwrap();
            Ok(Answer::External(
                values.iter().map(|value| value.as_i64().unwrap()).collect(),
            ))
        }
        (_, None) => {
            let pods = value["pods"].as_object().into_iter().flatten();
            let pods = pods.map(|(pod, metric)| {
                let metric = PodMetric {
                    value_milli: metric["valueMilli"].as_i64().unwrap(),
                    timestamp_ns: ns(&metric["timestamp"]),
                    window_ns: ns(&metric["windowSeconds"]),
                };
                (pod.clone(), metric)
            });
            Ok(Answer::Pods(pods.collect()))
        }
    };
    MetricReading {
        kind,
        name: value["name"].as_str().unwrap().to_owned(),
        container: value["container"].as_str().map(str::to_owned),
        answer,
    }
}

fn settings_of(case: &Value) -> ControllerSettings {
    let controller = &case["controller"];
    let seconds = |name: &str| controller[name].as_i64().unwrap() as i32;
    ControllerSettings {
        tolerance: controller["tolerance"].as_f64().unwrap(),
        cpu_initialization_seconds: seconds("cpuInitializationPeriodSeconds"),
        initial_readiness_delay_seconds: seconds("initialReadinessDelaySeconds"),
        downscale_stabilization_seconds: seconds("downscaleStabilizationSeconds"),
        configurable_tolerance: case["featureGates"]["HPAConfigurableTolerance"] == json!(true),
        ..ControllerSettings::default()
    }
}

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().into_iter().flatten().map(of).collect()
}

/// What a step decided, in the shape of the recording.
fn play(hpa: &Hpa, settings: &ControllerSettings, memory: &mut Memory, step: &Value) -> Value {
    let (pods, metrics) = (
        list(&step["pods"], pod_of),
        list(&step["metrics"], reading_of),
    );
    let seen = Observation {
        now_ns: ns(&step["t"]) as u64,
        spec_replicas: step["specReplicas"].as_i64().unwrap() as i32,
        status_replicas: step["statusReplicas"].as_i64().unwrap() as i32,
        pods: &pods,
        metrics: &metrics,
    };
    let outcome = reconcile(hpa, settings, memory, &seen);
    let active = outcome.conditions.scaling_active;
    let failed = outcome.error.is_some() && active.is_some_and(|condition| !condition.status);
    let metric_replicas = outcome.metric_replicas.or(failed.then_some(-1));
    let mut conditions = serde_json::Map::new();
    let mut put = |name: &str, condition: Option<Condition>| {
        if let Some(Condition { status, reason }) = condition {
            let status = if status { "True" } else { "False" };
            conditions.insert(name.to_owned(), json!({"status": status, "reason": reason}));
        }
    };
    put("AbleToScale", outcome.conditions.able_to_scale);
    put("ScalingActive", outcome.conditions.scaling_active);
    put("ScalingLimited", outcome.conditions.scaling_limited);
    json!({
        "metricReplicas": metric_replicas,
        "desiredReplicas": outcome.desired,
        "rescaled": outcome.rescaled,
        "failed": outcome.error.is_some(),
        "conditions": conditions,
    })
}

fn expected_of(step: &Value) -> Value {
    let expected = &step["expected"];
    json!({
        "metricReplicas": expected["metricReplicas"],
        "desiredReplicas": expected["desiredReplicas"],
        "rescaled": expected["rescaled"],
        "failed": !expected["metricError"].is_null(),
        "conditions": expected["conditions"],
    })
}

#[test]
fn every_recorded_step_agrees() {
    let (mut steps, mut agreeing, mut report) = (0, 0, Vec::new());
    for path in files::files(&files::folder("hpa")) {
        let recording = files::read(&path);
        // Decisions of the scheduler may lie in the same folder.
        let Some(recorded) = recording["cases"].as_array() else {
            continue;
        };
        let family = path.file_name().unwrap().to_string_lossy();
        let family = family.split('.').next().unwrap_or_default();
        let (mut family_steps, mut family_agreeing, mut cases) = (0, 0, 0);
        for case in recorded {
            cases += 1;
            let hpa = Hpa::from_v2(&serde_json::from_value(case["hpa"].clone()).unwrap()).unwrap();
            if !case["manifest"].is_null() {
                let manifest = serde_json::from_value(case["manifest"].clone()).unwrap();
                assert_eq!(
                    Hpa::from_v2(&manifest).unwrap(),
                    hpa,
                    "defaults of {}",
                    case["name"]
                );
            }
            let settings = settings_of(case);
            let mut memory = Memory::default();
            for step in case["steps"].as_array().unwrap() {
                let (got, expect) = (play(&hpa, &settings, &mut memory, step), expected_of(step));
                family_steps += 1;
                if got == expect {
                    family_agreeing += 1;
                } else if report.len() < 10 {
                    let (name, time) = (&case["name"], &step["t"]);
                    report.push(format!(
                        "{name} t={time}:\n  got    {got}\n  expect {expect}"
                    ));
                }
            }
        }
        eprintln!("{family:<14}{cases:>5} cases{family_steps:>6} steps{family_agreeing:>6} agree");
        steps += family_steps;
        agreeing += family_agreeing;
    }
    eprintln!("golden hpa: {steps} steps, {agreeing} agree (target 100 %)");
    assert!(
        steps > 2000 || files::elsewhere(),
        "only {steps} steps were played"
    );
    assert_eq!(agreeing, steps, "\n{}", report.join("\n"));
}
