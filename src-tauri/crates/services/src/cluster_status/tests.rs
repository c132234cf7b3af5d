//! The status of a small world, before and after a node dies, and its placement and cost.

use drydock_model::Money;

use super::*;
use crate::session::tests::{kill, lab, step};

#[test]
fn healthy_then_not() {
    let (_folder, lab) = lab();
    step(&lab, 30.0);
    let status = cluster_status(&lab, RunChoice::default()).unwrap();
    assert_eq!(
        (status.overall_status, status.ha_enabled),
        (OverallStatus::Healthy, true)
    );
    assert_eq!(status.namespace.as_deref(), Some("shop"));
    let web = &status.services["shop/web"];
    assert_eq!(
        (web.status, web.available_replicas, web.pods.len()),
        (ServiceState::Steady, 2, 2)
    );
    assert_eq!(web.cpu_request_cores, Some(0.4));
    assert!(
        web.cpu_usage.is_some_and(|percent| percent > 0.0),
        "{web:?}"
    );
    assert!(
        web.requests_per_second.is_some_and(|rate| rate > 1.0),
        "{web:?}"
    );
    let node = &status.nodes[0];
    assert_eq!(
        (node.cpu_allocatable.as_str(), node.status),
        ("1930m", NodeReadiness::Ready)
    );
    assert_eq!(
        node.price_per_hour.as_ref().map(|price| price.amount),
        Some("0.096".parse().unwrap())
    );
    kill(&lab, "a");
    let status = cluster_status(&lab, RunChoice::default()).unwrap();
    assert_ne!(status.overall_status, OverallStatus::Healthy);
    assert!(
        status.nodes[0].killed && status.nodes[0].status == NodeReadiness::Ready,
        "not noticed yet"
    );
    step(&lab, 60.0);
    let status = cluster_status(&lab, RunChoice::default()).unwrap();
    assert_eq!(status.nodes[0].status, NodeReadiness::Unknown);
    assert!(
        status.nodes[0].cpu_used.is_none(),
        "nothing is measured on a dead node"
    );
}

#[test]
fn changes_of_replicas() {
    let (_folder, lab) = lab();
    let input = crate::session::SessionScaleInput {
        service: "cart".to_owned(),
        replicas: 4,
    };
    crate::session::tests::command(&lab, move |change| {
        crate::session::session_scale(change, input)
    })
    .unwrap();
    let events = scaling_events(&lab, ScalingEventsInput::default()).unwrap();
    let got: Vec<_> = events
        .iter()
        .map(|e| (e.service.as_str(), e.event, e.from_replicas, e.to_replicas))
        .collect();
    assert_eq!(got, [("shop/cart", ScalingKind::ScaleUp, 2, 4)]);
    let status = cluster_status(&lab, RunChoice::default()).unwrap();
    assert_eq!(status.services["shop/cart"].status, ServiceState::ScalingUp);
}

#[test]
fn placement_says_where_and_why() {
    use crate::scheduler::{
        ExplainInput, SceneInput, scheduler_board, scheduler_cluster, scheduler_explain,
        scheduler_simulate,
    };
    let (_folder, lab) = lab();
    let board = scheduler_board(&lab, SceneInput::default()).unwrap();
    assert_eq!(
        board
            .groups
            .iter()
            .map(|group| group.zone.as_deref())
            .collect::<Vec<_>>(),
        [Some("us-east-1a"), Some("us-east-1b")]
    );
    let pods: Vec<_> = board
        .groups
        .iter()
        .flat_map(|group| &group.nodes)
        .flat_map(|node| &node.pods)
        .collect();
    assert_eq!(pods.len(), 4);
    assert!(
        pods.iter()
            .all(|pod| pod.cpu == 200 && pod.memory == 256 << 20),
        "{pods:?}"
    );
    let cluster = scheduler_cluster(&lab, SceneInput::default()).unwrap();
    assert_eq!(
        (cluster.total_cpu, cluster.used_cpu, cluster.running_pods),
        (3860, 800, 4)
    );
    let explained = scheduler_explain(
        &lab,
        ExplainInput {
            pod: pods[0].name.clone(),
            ..ExplainInput::default()
        },
    )
    .unwrap();
    assert!(explained.placed.is_some() && explained.explanation.nodes.len() == 2);
    let try_pod = |cpu: &str| {
        let input = serde_json::json!({"podSpec": {"name": "probe", "resources": {"requests": {"cpu": cpu}}}});
        scheduler_simulate(&lab, serde_json::from_value(input).unwrap())
    };
    assert!(try_pod("1").unwrap().schedulable);
    let refused = try_pod("3").unwrap();
    assert_eq!(
        (refused.schedulable, refused.node_scores[0].feasible),
        (false, false)
    );
    assert_eq!(
        refused.reason,
        "0/2 nodes are available: 2 Insufficient cpu."
    );
    assert!(try_pod("much").unwrap_err().message.contains("much"));
}

#[test]
fn costs_add_up() {
    use crate::costs::{PriceBookInput, cost_rate, price_book};
    let (_folder, lab) = lab();
    step(&lab, 1800.0);
    let rate = cost_rate(&lab, RunChoice::default()).unwrap();
    assert_eq!(rate.per_hour.amount, "0.192".parse().unwrap());
    let shares: Money = rate
        .services
        .iter()
        .map(|service| service.per_hour.amount)
        .sum();
    assert_eq!(shares + rate.idle.amount, rate.per_hour.amount);
    assert_eq!(rate.accrued.amount, "0.096".parse().unwrap());
    assert!(rate.unpriced.is_empty());
    let input = PriceBookInput {
        search: Some("M5.LARGE".to_owned()),
        region: Some("us-east-1".to_owned()),
        limit: Some(1),
        ..Default::default()
    };
    let page = price_book(&lab, input).unwrap();
    assert_eq!(page.items[0].instance_type, "m5.large");
}

#[test]
fn faults_have_effects() {
    let (_folder, lab) = lab();
    step(&lab, 20.0);
    kill(&lab, "a");
    step(&lab, 100.0);
    let faults = crate::chaos::faults(&lab, RunChoice::default()).unwrap();
    assert_eq!((faults.len(), faults[0].target.as_str()), (1, "a"));
    assert!(
        faults[0].effect.requests_lost > 0,
        "requests to a dead node time out: {faults:?}"
    );
    assert_eq!(faults[0].healed_ns, None);
}
