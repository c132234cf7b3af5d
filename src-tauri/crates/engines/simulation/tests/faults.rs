//! Faults, healing, scaling: the mechanisms one by one.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, hpa, node, plan, shop, simulation, workload, world};
use drydock_model::{Act, Money, ServiceId};
use drydock_simulation::{EventKind, NodeColumn, PodPhase, ServiceColumn, Simulation};

fn kill(name: &str) -> Act {
    Act::KillNode {
        node: name.to_owned(),
    }
}

fn heal(name: &str) -> Act {
    Act::HealNode {
        node: name.to_owned(),
    }
}

fn ready(simulation: &Simulation, name: &str) -> u32 {
    let services = simulation.state().services;
    services
        .iter()
        .find(|service| service.id.name() == name)
        .unwrap()
        .available
}

fn node_of(simulation: &Simulation, service: &str) -> String {
    let services = simulation.state().services;
    let service = services.iter().find(|s| s.id.name() == service).unwrap();
    service.pods[0].node.clone().unwrap()
}

#[test]
fn a_world_starts_steady() {
    let simulation = simulation(&shop(), 1);
    for (service, count) in [("web", 3), ("cart", 2), ("store", 2), ("agent", 3)] {
        assert_eq!(ready(&simulation, service), count, "{service}");
    }
    assert!(simulation.state().pending.is_empty());
    assert!(simulation.events().is_empty(), "{:?}", simulation.events());
}

#[test]
fn a_killed_node_loses_requests_and_its_pods_come_back_elsewhere() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance(100 * SECOND);
    let victim = node_of(&simulation, "cart");
    simulation.act(&kill(&victim)).unwrap();
    // Callers time out after 2 s; until the grace period is over, calls still go there.
    simulation.advance(149 * SECOND);
    let during = simulation.summary();
    assert!(during.lost["nodeLost"] > 20, "{:?}", during.lost);
    assert!(
        simulation
            .state()
            .nodes
            .iter()
            .any(|node| node.name == victim && node.ready && node.killed)
    );
    simulation.advance(152 * SECOND);
    assert!(
        simulation
            .state()
            .nodes
            .iter()
            .any(|node| node.name == victim && !node.ready)
    );
    simulation.advance(159 * SECOND);
    let noticed = simulation.summary().failed;
    simulation.advance(205 * SECOND);
    assert_eq!(
        simulation.summary().failed,
        noticed,
        "endpoints are removed, nothing is lost any more"
    );
    // 100 + 50 grace + 60 eviction + 10 start-up.
    simulation.advance(209 * SECOND);
    assert_eq!(ready(&simulation, "cart"), 1);
    simulation.advance(211 * SECOND);
    assert!(
        simulation
            .events()
            .iter()
            .any(|event| event.kind == EventKind::Evict)
    );
    assert_eq!(ready(&simulation, "cart"), 1, "starting");
    simulation.advance(221 * SECOND);
    assert_eq!(ready(&simulation, "cart"), 2);
    let at = simulation
        .telemetry()
        .nodes()
        .iter()
        .position(|name| *name == victim)
        .unwrap();
    let cpu = simulation.telemetry().node(at, NodeColumn::CpuCores);
    assert!(!cpu[9].is_nan() && cpu[10..20].iter().all(|value| value.is_nan()));
    // Healed: its daemon is back after its start-up.
    assert_eq!(ready(&simulation, "agent"), 2);
    simulation.act(&heal(&victim)).unwrap();
    simulation.advance(240 * SECOND);
    assert_eq!(ready(&simulation, "agent"), 3);
    assert!(simulation.state().faults.is_empty());
}

#[test]
fn a_stateful_set_waits_for_its_node() {
    let mut simulation = simulation(&shop(), 1);
    let victim = node_of(&simulation, "store");
    simulation.act(&kill(&victim)).unwrap();
    simulation.advance(300 * SECOND);
    assert_eq!(ready(&simulation, "store"), 1);
    simulation.act(&heal(&victim)).unwrap();
    simulation.advance(320 * SECOND);
    assert_eq!(ready(&simulation, "store"), 2);
}

#[test]
fn a_killed_pod_is_replaced() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance(50 * SECOND);
    let before = simulation.state();
    let cart = before
        .services
        .iter()
        .find(|service| service.id.name() == "cart")
        .unwrap();
    let name = cart.pods[0].name.clone();
    simulation.act(&Act::KillPod { pod: name.clone() }).unwrap();
    assert_eq!(ready(&simulation, "cart"), 1);
    simulation.advance(59 * SECOND);
    assert_eq!(ready(&simulation, "cart"), 1);
    simulation.advance(61 * SECOND);
    assert_eq!(ready(&simulation, "cart"), 2);
    let summary = simulation.summary();
    assert!(summary.lost["connectionRefused"] > 0, "{:?}", summary.lost);
    assert!(
        simulation.act(&Act::KillPod { pod: name }).is_err(),
        "it is gone"
    );
}

#[test]
fn acts_on_what_is_not_there_are_refused() {
    let mut simulation = simulation(&shop(), 1);
    let id = |name| ServiceId::new("shop", name);
    for (act, expect) in [
        (kill("n9"), "node: \"n9\" is no node of this world"),
        (
            heal("n1"),
            "node: \"n1\" is not down, there is nothing to heal",
        ),
        (
            Act::KillPod {
                pod: "shop/x".to_owned(),
            },
            "pod: \"shop/x\" is no pod of this world at this time; write namespace/name",
        ),
        (
            Act::Scale {
                service: id("x"),
                replicas: 1,
            },
            "service: shop/x is no workload of this world that serves",
        ),
        (
            Act::Scale {
                service: id("agent"),
                replicas: 1,
            },
            "service: shop/agent is a DaemonSet and cannot be scaled",
        ),
    ] {
        assert_eq!(simulation.act(&act).unwrap_err().to_string(), expect);
    }
    assert!(simulation.events().is_empty());
}

#[test]
fn what_does_not_fit_waits_and_says_why() {
    let mut simulation = simulation(&shop(), 1);
    let service = ServiceId::new("shop", "cart");
    simulation
        .act(&Act::Scale {
            service: service.clone(),
            replicas: 60,
        })
        .unwrap();
    simulation.advance(20 * SECOND);
    let state = simulation.state();
    assert!(!state.pending.is_empty());
    let pending = &state.pending[0];
    assert_eq!(
        pending.message,
        "0/3 nodes are available: 3 Insufficient cpu."
    );
    assert_eq!(simulation.explain(&pending.pod).unwrap().feasible, 0);
    assert!(ready(&simulation, "cart") > 2);
    simulation
        .act(&Act::Scale {
            service,
            replicas: 2,
        })
        .unwrap();
    simulation.advance(60 * SECOND);
    assert_eq!(ready(&simulation, "cart"), 2);
    assert!(simulation.state().pending.is_empty());
    assert_eq!(
        simulation.summary().failed,
        0,
        "a graceful scale-down loses nothing"
    );
}

#[test]
fn an_autoscaler_follows_load() {
    let objects = [
        node("n1", "z", "16"),
        workload("Deployment", "web", 1, "500m", Some("1")),
        hpa("web", 1, 8, 50),
    ];
    let settings = [
        ("class/web/rate_per_s", 100.0),
        ("service/shop/web/demand_ms", 10.0),
    ];
    let mut simulation = simulation(&world(&objects, &[], &["web"], &settings), 1);
    simulation.advance(600 * SECOND);
    let state = simulation.state();
    // One core of work at 250m a pod: four pods, one more or less by tolerance and luck.
    assert!(
        (4..=5).contains(&state.services[0].desired),
        "{:?}",
        state.autoscalers
    );
    assert_eq!(state.autoscalers[0].metric, "cpu 50 %");
    assert!(
        state.autoscalers[0]
            .conditions
            .iter()
            .any(|c| c.kind == "ScalingActive" && c.status)
    );
    assert!(
        simulation
            .events()
            .iter()
            .any(|event| event.kind == EventKind::Scale && event.cause.starts_with("autoscaler: "))
    );
}

#[test]
fn missing_is_missing() {
    let objects = [
        node("n1", "z", "2"),
        workload("Deployment", "web", 1, "64", None),
    ];
    let mut simulation = simulation(&world(&objects, &[], &["web"], &[]), 1);
    simulation.advance(20 * SECOND);
    let telemetry = simulation.telemetry();
    assert!(
        telemetry
            .service(0, ServiceColumn::CpuCores)
            .iter()
            .all(|value| value.is_nan())
    );
    assert_eq!(
        telemetry.service(0, ServiceColumn::ReadyReplicas),
        [0.0, 0.0]
    );
    let summary = simulation.summary();
    assert_eq!(summary.completed, 0);
    assert_eq!(summary.lost["noEndpoint"], summary.requests);
    assert_eq!(summary.latency, None);
}

#[test]
fn cost_adds_up_to_the_price_of_the_nodes() {
    let mut simulation = simulation(&shop(), 1);
    simulation.advance(3_605 * SECOND / 10);
    let cost = simulation.summary().cost;
    let parts: Money = cost.services.values().copied().sum::<Money>() + cost.idle;
    assert_eq!(parts, cost.total);
    let expect = cost.per_hour.times_ratio(3_605, 36_000).unwrap();
    assert!(
        (cost.total.units() - expect.units()).abs() < 10,
        "{} is not {expect}",
        cost.total
    );
    assert!(cost.per_hour > Money::ZERO && cost.services["shop/web"] > cost.services["shop/agent"]);
}

#[test]
fn dumps_stay_where_they_are() {
    let mut pod = workload("Deployment", "web", 0, "500m", None)["spec"]["template"].clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"] = serde_json::json!({"name": "web-abc-1", "namespace": "shop",
        "labels": {"pod-template-hash": "abc"}, "ownerReferences":
        [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-abc", "uid": "u", "controller": true}]});
    pod["spec"]["nodeName"] = "n2".into();
    let objects = [
        node("n1", "z", "4"),
        node("n2", "z", "4"),
        workload("Deployment", "web", 2, "500m", None),
        pod,
    ];
    let simulation = simulation(&world(&objects, &[], &["web"], &[]), 1);
    let pods = simulation.state().services[0].pods.clone();
    let places: Vec<_> = pods
        .iter()
        .map(|pod| (pod.name.as_str(), pod.node.as_deref(), pod.phase))
        .collect();
    assert_eq!(
        places,
        [
            ("shop/web-0", Some("n1"), PodPhase::Running),
            ("shop/web-abc-1", Some("n2"), PodPhase::Running),
        ]
    );
}

#[test]
fn cycles_and_names_of_nothing_are_left_out_with_a_warning() {
    let objects = [
        node("n1", "z", "4"),
        workload("Deployment", "a", 1, "1", None),
        workload("Deployment", "b", 1, "1", None),
    ];
    let calls = [("a", "b"), ("b", "a"), ("a", "a"), ("a", "x")];
    let plan = plan(&world(&objects, &calls, &["a", "y"], &[]));
    assert_eq!(
        plan.warnings(),
        [
            "call shop/b -> shop/a is left out: it closes a cycle of calls",
            "call shop/a -> shop/a is left out: it closes a cycle of calls",
            "call shop/a -> shop/x is left out: both must be workloads that serve",
            "class y is left out: its entry shop/y is no workload that serves",
        ]
    );
}

#[test]
fn a_parameter_out_of_bounds_is_refused() {
    let objects = [
        node("n1", "z", "4"),
        workload("Deployment", "a", 1, "1", None),
    ];
    let world = world(&objects, &[], &["a"], &[("class/a/rate_per_s", -1.0)]);
    let error = drydock_simulation::Plan::compile(&world).unwrap_err();
    assert_eq!(
        error.to_string(),
        "class/a/rate_per_s is -1 requests/s, expected 0 to 1000000"
    );
}
