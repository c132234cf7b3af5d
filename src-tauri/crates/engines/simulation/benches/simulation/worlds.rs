//! The worlds that are measured: a bare queue, and the reference world.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_model::{
    Behaviour, Call, CallPolicy, ClusterObject, Definition, DemandLaw, Keeps, Provenance,
    RequestClass, Retry, RetryBudget, ServiceId, Setting, World,
};
use drydock_simulation::Plan;
use serde_json::{Value, json};

fn id(name: &str) -> ServiceId {
    ServiceId::new("shop", name)
}

fn node(name: &str, zone: &str, cpu: u32) -> Value {
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-west-1",
            "node.kubernetes.io/instance-type": "m6i.2xlarge"}},
        "status": {"allocatable": {"cpu": cpu.to_string(), "memory": "32Gi", "pods": "110"}}})
}

fn workload(kind: &str, name: &str, replicas: u32, cpu: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": "i",
                "resources": {"requests": {"cpu": cpu, "memory": "128Mi"}}}]}}}})
}

fn hpa(name: &str, least: u32, most: u32) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": least, "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 60}}}]}})
}

fn settings<'a>(values: impl IntoIterator<Item = (&'a str, f64)>) -> BTreeMap<String, Setting> {
    let given = |value| Setting {
        value,
        provenance: Provenance::Entered,
        source: "benchmark".to_owned(),
        as_of: None,
    };
    let values = values.into_iter();
    values
        .map(|(key, value)| (key.to_owned(), given(value)))
        .collect()
}

fn class(name: &str, entry: &str) -> RequestClass {
    RequestClass {
        name: name.to_owned(),
        entry: id(entry),
        provenance: Provenance::Entered,
        source: "benchmark".to_owned(),
    }
}

fn compile(objects: Vec<Value>, definition: Definition) -> Arc<Plan> {
    let mut world = World {
        objects: objects
            .into_iter()
            .map(|object| ClusterObject::new(object, Provenance::Measured))
            .collect(),
        definition,
    };
    world.sort_objects();
    Arc::new(Plan::compile(&world).expect("the world of the benchmark is sound"))
}

/// M/M/4 at a utilisation of 0.8: one pod that serves four requests at a time, exponential demand of 1 ms.
pub fn bare_queue() -> Arc<Plan> {
    let objects = vec![node("n1", "a", 64), workload("Deployment", "web", 1, "4")];
    let behaviour = Behaviour {
        demand: DemandLaw::Exponential,
        ..Behaviour::default()
    };
    let definition = Definition {
        classes: vec![class("web", "web")],
        behaviours: BTreeMap::from([(id("web"), behaviour)]),
        settings: settings([
            ("class/web/rate_per_s", 3200.0),
            ("service/shop/web/demand_ms", 1.0),
            ("service/shop/web/concurrency", 4.0),
            ("service/shop/web/queue", 1_000_000.0),
            ("world/same_zone_ms", 0.0),
            ("world/timeout_ms", 10_000.0),
        ]),
        ..Definition::default()
    };
    compile(objects, definition)
}

/// Calls of the reference world: caller, called, calls per request, and which of them go together.
const CALLS: [(&str, &str, f64, Option<u32>); 13] = [
    ("gateway", "catalog", 1.0, Some(1)),
    ("gateway", "cart", 0.5, Some(1)),
    ("gateway", "checkout", 0.1, None),
    ("catalog", "cache", 1.0, None),
    ("catalog", "database", 1.0, None),
    ("catalog", "reviews", 0.5, None),
    ("cart", "sessions", 1.0, None),
    ("checkout", "payment", 1.0, Some(1)),
    ("checkout", "shipping", 1.0, Some(1)),
    ("checkout", "database", 1.0, None),
    ("checkout", "mail", 1.0, None),
    ("reviews", "ranking", 1.0, None),
    ("payment", "audit", 1.0, None),
];

/// Its services: kind, replicas, CPU request, CPU time of a request in milliseconds.
const SERVICES: [(&str, &str, u32, &str, f64); 12] = [
    ("Deployment", "gateway", 4, "500m", 1.5),
    ("Deployment", "catalog", 4, "500m", 2.0),
    ("Deployment", "cart", 3, "250m", 1.0),
    ("Deployment", "checkout", 2, "250m", 4.0),
    ("StatefulSet", "cache", 1, "500m", 0.1),
    ("StatefulSet", "database", 3, "1", 3.0),
    ("StatefulSet", "sessions", 2, "250m", 0.3),
    ("Deployment", "reviews", 2, "500m", 2.0),
    ("Deployment", "ranking", 3, "500m", 3.0),
    ("Deployment", "payment", 2, "250m", 5.0),
    ("Deployment", "shipping", 2, "250m", 2.0),
    ("Deployment", "mail", 1, "100m", 1.0),
];

/// Twelve services and one that is only called, 500 requests a second, autoscalers, a cache, a database with replicas.
pub fn reference() -> Arc<Plan> {
    let mut objects: Vec<Value> = (0..6)
        .map(|at| node(&format!("n{at}"), ["a", "b", "c"][at % 3], 8))
        .collect();
    let mut values = vec![("class/shop/rate_per_s".to_owned(), 500.0)];
    for (kind, name, replicas, cpu, demand) in SERVICES {
        objects.push(workload(kind, name, replicas, cpu));
        values.push((format!("service/shop/{name}/demand_ms"), demand));
        values.push((format!("service/shop/{name}/demand_cv"), 0.8));
    }
    for name in ["gateway", "catalog", "ranking"] {
        objects.push(hpa(name, 2, 12));
    }
    let calls = CALLS.iter().filter(|call| call.1 != "audit");
    let mut definition = Definition {
        classes: vec![class("shop", "gateway")],
        ..Definition::default()
    };
    for &(from, to, mean, together) in calls {
        let call = Call {
            from: id(from),
            to: id(to),
            provenance: Provenance::Entered,
            source: "benchmark".to_owned(),
        };
        let subject = call.subject();
        values.push((format!("{subject}/calls_per_request"), mean));
        let retry = Retry {
            retries: 2,
            backoff_ms: 20.0,
            factor: 2.0,
            max_backoff_ms: Some(200.0),
            jitter: drydock_model::Jitter::Full,
            budget: Some(RetryBudget {
                ratio: 0.2,
                min_per_s: 10.0,
            }),
        };
        let policy = CallPolicy {
            together,
            timeout_ms: Some(2_000.0),
            retry: Some(retry),
            on_miss_of: (from == "catalog" && to == "database").then(|| id("cache")),
            ..CallPolicy::default()
        };
        definition.policies.insert(subject, policy);
        definition.calls.push(call);
    }
    for (name, keeps) in [("cache", Keeps::Cache), ("database", Keeps::Data)] {
        let behaviour = Behaviour {
            keeps,
            ..Behaviour::default()
        };
        definition.behaviours.insert(id(name), behaviour);
    }
    definition.settings = settings(values.iter().map(|(key, value)| (key.as_str(), *value)));
    compile(objects, definition)
}
