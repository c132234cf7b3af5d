//! Small worlds as JSON, for the tests beside.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use drydock_model::{
    Call, ClusterObject, Definition, NANOS_PER_SECOND, Provenance, RequestClass, ServiceId,
    Setting, World,
};
use drydock_simulation::{Plan, Simulation};
use serde_json::{Value, json};

pub const SECOND: u64 = NANOS_PER_SECOND;

pub fn node(name: &str, zone: &str, cpu: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-west-1",
            "node.kubernetes.io/instance-type": "m6i.large"}},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}}})
}

pub fn workload(kind: &str, name: &str, replicas: u32, cpu: &str, limit: Option<&str>) -> Value {
    let mut resources = json!({"requests": {"cpu": cpu, "memory": "64Mi"}});
    if let Some(limit) = limit {
        resources["limits"] = json!({"cpu": limit});
    }
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"template": {"metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": "i", "resources": resources}]}}}});
    if kind != "DaemonSet" {
        object["spec"]["replicas"] = json!(replicas);
    }
    object
}

pub fn hpa(name: &str, min: u32, max: u32, percent: u32) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": min, "maxReplicas": max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": percent}}}]}})
}

/// A world of these objects; `calls` are (from, to), `classes` entry services, `settings` measured values by key.
pub fn world(
    objects: &[Value],
    calls: &[(&str, &str)],
    classes: &[&str],
    settings: &[(&str, f64)],
) -> World {
    let id = |name: &str| ServiceId::new("shop", name);
    let mut world = World {
        objects: objects
            .iter()
            .map(|object| ClusterObject::new(object.clone(), Provenance::Measured))
            .collect(),
        definition: Definition {
            calls: calls
                .iter()
                .map(|(from, to)| Call {
                    from: id(from),
                    to: id(to),
                    provenance: Provenance::Entered,
                    source: "test".to_owned(),
                })
                .collect(),
            classes: classes
                .iter()
                .map(|entry| RequestClass {
                    name: (*entry).to_owned(),
                    entry: id(entry),
                    provenance: Provenance::Entered,
                    source: "test".to_owned(),
                })
                .collect(),
            settings: settings
                .iter()
                .map(|(key, value)| {
                    let setting = Setting {
                        value: *value,
                        provenance: Provenance::Measured,
                        source: "test".to_owned(),
                        as_of: None,
                    };
                    ((*key).to_owned(), setting)
                })
                .collect(),
            ..Definition::default()
        },
    };
    world.sort_objects();
    world
}

/// web -> cart -> store on three nodes in two zones, with an autoscaler on web.
pub fn shop() -> World {
    let objects = [
        node("n1", "eu-west-1a", "4"),
        node("n2", "eu-west-1b", "4"),
        node("n3", "eu-west-1b", "4"),
        workload("Deployment", "web", 3, "500m", Some("1")),
        workload("Deployment", "cart", 2, "250m", None),
        workload("StatefulSet", "store", 2, "500m", None),
        workload("DaemonSet", "agent", 0, "50m", None),
        hpa("web", 2, 6, 50),
    ];
    let settings = [
        ("class/web/rate_per_s", 60.0),
        ("service/shop/web/demand_ms", 12.0),
        ("service/shop/cart/demand_ms", 4.0),
        ("service/shop/store/demand_ms", 2.0),
        ("call/shop/web->shop/cart/calls_per_request", 1.5),
        ("world/timeout_ms", 2_000.0),
        ("world/node_grace_s", 50.0),
        ("world/eviction_s", 60.0),
    ];
    world(
        &objects,
        &[("web", "cart"), ("cart", "store")],
        &["web"],
        &settings,
    )
}

pub fn plan(world: &World) -> Arc<Plan> {
    Arc::new(Plan::compile(world).unwrap())
}

pub fn simulation(world: &World, seed: u64) -> Simulation {
    Simulation::new(plan(world), seed)
}
