//! Containers that end: memory limits, back-off, readiness, pressure on nodes.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SECOND, node, simulation, workload, world};
use drydock_model::{Act, Fault, ServiceId, World};
use drydock_simulation::{EventKind, PodPhase, ServiceColumn, Simulation};
use serde_json::{Value, json};

fn limited(name: &str, replicas: u32, memory: &str) -> Value {
    let mut object = workload("Deployment", name, replicas, "1", None);
    let main = &mut object["spec"]["template"]["spec"]["containers"][0];
    main["resources"]["limits"] = json!({"memory": memory});
    object
}

fn shop(object: Value, values: &[(&str, f64)]) -> World {
    let mut settings = vec![
        ("class/web/rate_per_s", 20.0),
        ("service/shop/web/demand_ms", 5.0),
        ("service/shop/web/startup_s", 2.0),
        ("service/shop/web/memory_base_mib", 100.0),
        ("service/shop/web/memory_per_request_kib", 0.0),
    ];
    settings.extend(values);
    world(&[node("n1", "z", "16"), object], &[], &["web"], &settings)
}

fn hog(simulation: &mut Simulation, mib: f64) {
    let service = ServiceId::new("shop", "web");
    let fault = Fault::MemoryPressure { service, mib };
    let name = "hog".to_owned();
    simulation.act(&Act::Inject { name, fault }).unwrap();
}

fn times(simulation: &Simulation, kind: EventKind) -> Vec<u64> {
    let events = simulation.events().iter();
    events
        .filter(|e| e.kind == kind)
        .map(|e| e.at_ns / SECOND)
        .collect()
}

#[test]
fn load_ends_in_an_oom_kill() {
    // Ten requests of 5 MiB are too many: 100 + 50 > 128 MiB.
    let values = [
        ("service/shop/web/memory_per_request_kib", 5.0 * 1024.0),
        ("service/shop/web/demand_ms", 900.0),
    ];
    let mut simulation = simulation(&shop(limited("web", 1, "128Mi"), &values), 1);
    simulation.advance(100 * SECOND);
    assert!(!times(&simulation, EventKind::OomKill).is_empty());
    assert!(simulation.summary().lost["podLost"] > 0);
    let kills: f32 = simulation
        .telemetry()
        .service(0, ServiceColumn::OomKills)
        .iter()
        .sum();
    assert_eq!(kills as usize, times(&simulation, EventKind::OomKill).len());
}

#[test]
fn enough_memory_kills_nobody() {
    let mut simulation = simulation(&shop(limited("web", 1, "128Mi"), &[]), 1);
    simulation.advance(100 * SECOND);
    assert!(times(&simulation, EventKind::OomKill).is_empty());
}

#[test]
fn a_crash_loop_backs_off() {
    let service = ServiceId::new("shop", "web");
    let mut simulation = simulation(&shop(limited("web", 1, "128Mi"), &[]), 1);
    simulation.advance(10 * SECOND);
    let fault = Fault::ServiceFailure { service };
    let name = "exits".to_owned();
    simulation
        .act(&Act::Inject {
            name: name.clone(),
            fault,
        })
        .unwrap();
    simulation.advance(1500 * SECOND);
    // At once, then after 10, 20, 40, 80, 160 and 300 s, again and again.
    let expect = [10, 10, 20, 40, 80, 160, 320, 620, 920, 1220];
    assert_eq!(times(&simulation, EventKind::Exit), expect);
    let web = simulation.state().services.remove(0);
    assert_eq!((web.pods[0].phase, web.available), (PodPhase::BackOff, 0));
    simulation.act(&Act::Lift { name }).unwrap();
    simulation.advance(1600 * SECOND);
    // The next start is at 1520 s, ready 2 s later.
    assert_eq!(times(&simulation, EventKind::Ready), [1522]);
    assert_eq!(simulation.state().services[0].available, 1);
}

#[test]
fn a_pod_is_ready_at_a_probe() {
    let mut object = workload("Deployment", "web", 1, "1", None);
    let main = &mut object["spec"]["template"]["spec"]["containers"][0];
    main["readinessProbe"] =
        json!({"httpGet": {"port": 80}, "initialDelaySeconds": 3, "periodSeconds": 5});
    let mut simulation = simulation(&shop(object, &[("service/shop/web/startup_s", 9.0)]), 1);
    simulation.advance(10 * SECOND);
    let pod = simulation.state().services[0].pods[0].name.clone();
    simulation.act(&Act::KillPod { pod }).unwrap();
    simulation.advance(60 * SECOND);
    // Asked 3, 8 and 13 s after its start; started after 9.
    assert_eq!(times(&simulation, EventKind::Ready), [23]);
}

#[test]
fn a_node_without_memory_evicts() {
    // No limit, 8 GiB of allocatable memory: 3 pods of 100 MiB and 3 GiB each are too many.
    let mut simulation = simulation(&shop(workload("Deployment", "web", 3, "1", None), &[]), 1);
    simulation.advance(100 * SECOND);
    hog(&mut simulation, 3072.0);
    simulation.advance(111 * SECOND);
    let evicted = times(&simulation, EventKind::Evict);
    assert_eq!(evicted, [110], "at the kubelet's next look");
    // Nobody is killed by a limit that is not there.
    assert!(times(&simulation, EventKind::OomKill).is_empty());
}
