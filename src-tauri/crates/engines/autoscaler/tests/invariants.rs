//! What holds for every autoscaler and every observation, and the objects that are refused.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use drydock_autoscaler::{
    Answer, Behavior, ControllerSettings, Hpa, Memory, Metric, MetricKind, MetricReading,
    MetricSource, Observation, PodMetric, PodObservation, ScalingRules, Target, reconcile,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000_000;

fn pods(count: usize, milli_cpu: i64) -> Vec<PodObservation> {
    (0..count)
        .map(|at| {
            PodObservation::running(&format!("p{at}"), -3600 * SECOND, -3500 * SECOND, milli_cpu)
        })
        .collect()
}

fn cpu(pods: &[PodObservation], value_milli: i64) -> MetricReading {
    let metric = PodMetric {
        value_milli,
        timestamp_ns: 0,
        window_ns: 30 * SECOND,
    };
    let by_pod: BTreeMap<_, _> = pods.iter().map(|pod| (pod.name.clone(), metric)).collect();
    reading(MetricKind::Resource, "cpu", Ok(Answer::Pods(by_pod)))
}

fn reading(kind: MetricKind, name: &str, answer: Result<Answer, String>) -> MetricReading {
    MetricReading {
        kind,
        name: name.to_owned(),
        container: None,
        answer,
    }
}

fn seen<'a>(
    second: u64,
    replicas: i32,
    pods: &'a [PodObservation],
    metrics: &'a [MetricReading],
) -> Observation<'a> {
    Observation {
        now_ns: second * SECOND as u64,
        spec_replicas: replicas,
        status_replicas: replicas,
        pods,
        metrics,
    }
}

/// One pass over equal pods of 100 m requested: usage in milli-cores -> replicas.
fn check(replicas: usize, usage_milli: i64, expect: i32) {
    let hpa = Hpa::cpu_utilization(1, 20, 50);
    let pods = pods(replicas, 100);
    let metrics = [cpu(&pods, usage_milli)];
    let mut memory = Memory::default();
    let seen = seen(15, replicas as i32, &pods, &metrics);
    let outcome = reconcile(&hpa, &ControllerSettings::default(), &mut memory, &seen);
    assert_eq!(
        outcome.metric_replicas,
        Some(expect),
        "{replicas} pods at {usage_milli} m"
    );
}

#[test]
fn utilization_of_equal_pods() {
    check(3, 50, 3);
    // 0.9 and 1.1 are within the tolerance, both ends included.
    check(3, 45, 3);
    check(3, 55, 3);
    check(3, 56, 4);
    check(3, 44, 3);
    check(10, 44, 9);
    check(3, 100, 6);
    check(3, 0, 0);
}

fn check_refused(spec: Value, expect: &str) {
    let object = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
    let error = Hpa::from_v2(&serde_json::from_value(object).unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("shop/web") && error.contains(expect),
        "{error}"
    );
}

#[test]
fn a_refusal_names_object_field_and_value() {
    let spec = |more: Value| {
        let mut spec =
            json!({"maxReplicas": 5, "scaleTargetRef": {"kind": "Deployment", "name": "web"}});
        spec.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        spec
    };
    let metric = |target: Value| json!({"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]});
    check_refused(spec(json!({"maxReplicas": 0})), "spec.maxReplicas: 0");
    check_refused(spec(json!({"minReplicas": 6})), "spec.maxReplicas: 5");
    check_refused(spec(json!({"minReplicas": -1})), "spec.minReplicas: -1");
    check_refused(
        spec(metric(json!({"type": "Utilization"}))),
        "spec.metrics[0].target",
    );
    check_refused(
        spec(metric(
            json!({"type": "Utilization", "averageUtilization": 0}),
        )),
        "spec.metrics[0].target.averageUtilization: 0",
    );
    check_refused(
        spec(metric(json!({"type": "AverageValue", "averageValue": "x"}))),
        "spec.metrics[0].target.averageValue: \"x\"",
    );
    check_refused(
        spec(json!({"behavior": {"scaleUp": {"selectPolicy": "Most"}}})),
        "spec.behavior.scaleUp.selectPolicy: \"Most\"",
    );
    check_refused(
        spec(
            json!({"behavior": {"scaleDown": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}}}),
        ),
        "spec.behavior.scaleDown.policies[0].value: 0",
    );
}

#[test]
fn version_1_means_cpu_utilization() {
    let object = |spec: Value, annotations: Value| {
        let object = json!({"metadata": {"name": "web", "annotations": annotations}, "spec": spec});
        Hpa::from_v1(&serde_json::from_value(object).unwrap())
    };
    let target = json!({"kind": "Deployment", "name": "web"});
    let plain = json!({"maxReplicas": 5, "scaleTargetRef": target});
    assert_eq!(
        object(plain.clone(), json!({})).unwrap(),
        Hpa::cpu_utilization(1, 5, 80)
    );
    let full = json!({"minReplicas": 2, "maxReplicas": 5, "targetCPUUtilizationPercentage": 60, "scaleTargetRef": target});
    assert_eq!(
        object(full, json!({})).unwrap(),
        Hpa::cpu_utilization(2, 5, 60)
    );
    let hidden = json!({"autoscaling.alpha.kubernetes.io/metrics": "[]"});
    assert!(
        object(plain, hidden)
            .unwrap_err()
            .to_string()
            .contains("annotations")
    );
}

#[test]
fn the_version_decides_how_an_object_is_read() {
    let object = |version: &str| {
        let mut object = json!({
            "apiVersion": version, "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"maxReplicas": 5, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
        });
        if version == "autoscaling/v1" {
            object["spec"]["targetCPUUtilizationPercentage"] = json!(60);
        }
        Hpa::from_json(&object)
    };
    assert_eq!(object("autoscaling/v1"), Ok(Hpa::cpu_utilization(1, 5, 60)));
    assert_eq!(object("autoscaling/v2"), Ok(Hpa::cpu_utilization(1, 5, 80)));
    assert_eq!(
        object("autoscaling/v2beta2"),
        Ok(Hpa::cpu_utilization(1, 5, 80))
    );
    let error = object("autoscaling/v2beta1").unwrap_err().to_string();
    assert!(
        error.contains("default/web, apiVersion: \"autoscaling/v2beta1\""),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replicas_stay_within_bounds(
        min in 1_i32..20, extra in 0_i32..60, percent in 1_i32..200, with_behavior: bool,
        start in 1_i32..90, usage in proptest::collection::vec(0_i64..400, 1..40),
    ) {
        let mut hpa = Hpa::cpu_utilization(min, min + extra, percent);
        hpa.behavior = with_behavior.then(|| Behavior {
            scale_up: ScalingRules::default_up(),
            scale_down: ScalingRules::default_down(),
        });
        let (mut memory, mut replicas) = (Memory::default(), start);
        for (pass, usage) in usage.into_iter().enumerate() {
            let pods = pods(replicas as usize, 100);
            let metrics = [cpu(&pods, usage)];
            let seen = seen(15 * (pass as u64 + 1), replicas, &pods, &metrics);
            let outcome = reconcile(&hpa, &ControllerSettings::default(), &mut memory, &seen);
            prop_assert!((min..=min + extra).contains(&outcome.desired), "{outcome:?}");
            prop_assert_eq!(outcome.rescaled, outcome.desired != replicas);
            replicas = outcome.desired;
        }
    }

    #[test]
    fn a_failing_metric_never_scales_down(
        replicas in 1_i32..30, usage in 0_i64..300, fails_first: bool, passes in 1_u64..30,
    ) {
        let mut hpa = Hpa::cpu_utilization(1, 30, 50);
        let broken = Metric {
            source: MetricSource::External { name: "queue".to_owned() },
            target: Target::AverageValue(1000),
        };
        hpa.metrics.insert(usize::from(!fails_first), broken);
        let (mut memory, mut current) = (Memory::default(), replicas);
        for pass in 0..passes {
            let pods = pods(current as usize, 100);
            let metrics = [
                cpu(&pods, usage),
                reading(MetricKind::External, "queue", Err("unreachable".to_owned())),
            ];
            let seen = seen(60 * (pass + 1), current, &pods, &metrics);
            let outcome = reconcile(&hpa, &ControllerSettings::default(), &mut memory, &seen);
            prop_assert!(outcome.desired >= current, "{outcome:?}");
            prop_assert!(outcome.error.is_some());
            current = outcome.desired;
        }
    }
}
