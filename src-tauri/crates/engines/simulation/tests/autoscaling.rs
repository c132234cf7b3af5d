//! Autoscalers on every kind of metric that a world measures of itself.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_simulation::State;
use serde_json::{Value, json};

/// web with 40 requests a second of 5 ms, one pod at the start, and an autoscaler on one metric; its state after 200 s.
fn scaled(metric: Value) -> State {
    let hpa = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 1, "maxReplicas": 20, "metrics": [metric]}});
    let objects = [
        node("n1", "z", "16"),
        workload("Deployment", "web", 1, "100m", None),
        hpa,
    ];
    let settings = [
        ("class/web/rate_per_s", 40.0),
        ("service/shop/web/demand_ms", 5.0),
        ("service/shop/web/startup_s", 1.0),
    ];
    let mut simulation = simulation(&world(&objects, &[], &["web"], &settings), 1);
    simulation.advance(200 * SECOND);
    simulation.state()
}

fn average(value: &str) -> Value {
    json!({"type": "AverageValue", "averageValue": value})
}

#[test]
fn requests_a_second_of_each_pod() {
    let state = scaled(json!({"type": "Pods", "pods": {
        "metric": {"name": "http_requests_per_second"}, "target": average("10")}}));
    // 40 a second at 10 each, within the tolerance of a tenth and the luck of arrivals.
    assert!(
        (4..=5).contains(&state.services[0].current),
        "{:?}",
        state.autoscalers
    );
}

#[test]
fn a_figure_of_an_object_or_from_outside() {
    let object = json!({"type": "Object", "object": {
        "metric": {"name": "requests-per-second"},
        "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
        "target": average("10")}});
    let external = json!({"type": "External", "external": {
        "metric": {"name": "ingress_request_rate"}, "target": average("8")}});
    assert!((4..=5).contains(&scaled(object).services[0].current));
    assert!((5..=6).contains(&scaled(external).services[0].current));
}

#[test]
fn what_nobody_measures_is_said() {
    let state = scaled(json!({"type": "Pods", "pods": {
        "metric": {"name": "temperature"}, "target": average("10")}}));
    assert_eq!(state.services[0].current, 1);
    let autoscaler = &state.autoscalers[0];
    assert!(
        autoscaler
            .error
            .as_ref()
            .unwrap()
            .contains("does not measure a metric \"temperature\"")
    );
    let active = autoscaler
        .conditions
        .iter()
        .find(|c| c.kind == "ScalingActive")
        .unwrap();
    assert!(!active.status);
}
