//! Where requests come in from outside, and which workloads are load generators rather than part of the system.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{
    ClusterObject, Inventory, Provenance, RequestClass, ServiceId, Workload, WorkloadKind,
};
use serde_json::Value;

use crate::calls::Calls;
use crate::directory::{Answer, Directory};

/// Tools that make load, as they stand in the names of workloads and images.
const GENERATORS: &[&str] = &[
    "loadgen",
    "load-gen",
    "load-test",
    "loadtest",
    "locust",
    "k6",
    "vegeta",
    "fortio",
    "jmeter",
    "gatling",
    "wrk",
];

/// Stores and brokers, as they stand in the names of images. Nobody generates load at one through no service of its own.
const STORES: &[&str] = &[
    "redis",
    "valkey",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "rabbitmq",
    "kafka",
    "nats",
    "memcached",
    "elasticsearch",
    "opensearch",
    "cassandra",
    "etcd",
    "cockroach",
    "zookeeper",
    "minio",
    "influx",
    "clickhouse",
];

/// Load generators: they have no Service, nothing calls them, and they call services that nobody else calls and that are no
/// stores (a queue's worker looks the same from outside but for that), or they are named as one.
pub(crate) fn generators(
    inventory: &Inventory,
    directory: &Directory,
    calls: &Calls,
) -> BTreeSet<ServiceId> {
    let behind_service: BTreeSet<&ServiceId> = directory
        .services()
        .flat_map(|service| &service.workloads)
        .collect();
    let called: BTreeSet<&ServiceId> = calls.keys().map(|(_, to)| to).collect();
    inventory
        .serving()
        .filter(|workload| {
            let id = &workload.id;
            let targets: Vec<_> = calls
                .keys()
                .filter(|(from, _)| from == id)
                .map(|(_, to)| to)
                .collect();
            let closed = !behind_service.contains(id)
                && !called.contains(id)
                && workload.kind != WorkloadKind::DaemonSet;
            let alone = |to: &ServiceId| {
                let shared = calls.keys().any(|(from, other)| other == to && from != id);
                !shared
                    && inventory
                        .workload(to)
                        .is_none_or(|target| !is_named(target, STORES))
            };
            closed
                && !targets.is_empty()
                && (is_named(workload, GENERATORS) || targets.iter().all(|to| alone(to)))
        })
        .map(|workload| workload.id.clone())
        .collect()
}

fn is_named(workload: &Workload, names: &[&str]) -> bool {
    let images = workload
        .template
        .spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .filter_map(|container| container.image.as_deref());
    // Of registry.example.com/team/redis:7.2@sha256:... only `redis` names the program.
    let programs = images.map(|image| {
        image
            .split('@')
            .next()
            .unwrap_or(image)
            .rsplit('/')
            .next()
            .unwrap_or(image)
    });
    let programs = programs.map(|name| name.split(':').next().unwrap_or(name));
    programs
        .chain([workload.id.name()])
        .any(|program| names.iter().any(|name| program.contains(name)))
}

/// The classes of requests, one an entry: behind an Ingress, a Gateway's route or a Service that is open to the outside, or
/// called by a load generator; where there is none of these, the services that call others and that nothing calls.
pub(crate) fn classes(
    objects: &[ClusterObject],
    directory: &Directory,
    calls: &Calls,
    generated: &BTreeMap<ServiceId, ServiceId>,
) -> Vec<RequestClass> {
    let mut entries: BTreeMap<ServiceId, String> = BTreeMap::new();
    for object in objects {
        for backend in backends(object) {
            let namespace = if object.namespace().is_empty() {
                "default"
            } else {
                object.namespace()
            };
            if let Answer::Workload(workload) = directory.resolve(&backend, namespace) {
                entries
                    .entry(workload)
                    .or_insert_with(|| object.key().to_string());
            }
        }
    }
    for service in directory
        .services()
        .filter(|service| matches!(service.kind.as_str(), "LoadBalancer" | "NodePort"))
    {
        if let Some(workload) = service.workloads.first() {
            entries
                .entry(workload.clone())
                .or_insert_with(|| format!("Service {} of type {}", service.id, service.kind));
        }
    }
    for (to, generator) in generated {
        entries
            .entry(to.clone())
            .or_insert_with(|| format!("called by the load generator {generator}"));
    }
    if entries.is_empty() {
        let called: BTreeSet<&ServiceId> = calls.keys().map(|(_, to)| to).collect();
        for service in directory.services() {
            if let Some(workload) = service.workloads.first()
                && !called.contains(workload)
                && calls.keys().any(|(from, _)| from == workload)
            {
                entries.insert(
                    workload.clone(),
                    format!("Service {}, which nothing here calls", service.id),
                );
            }
        }
    }
    let mut named: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in entries.keys() {
        *named.entry(entry.name()).or_default() += 1;
    }
    entries
        .iter()
        .map(|(entry, source)| RequestClass {
            name: if named[entry.name()] > 1 {
                entry.to_string()
            } else {
                entry.name().to_owned()
            },
            entry: entry.clone(),
            provenance: Provenance::Inferred,
            source: source.clone(),
        })
        .collect()
}

/// Names of the Services that an object lets requests in to.
fn backends(object: &ClusterObject) -> Vec<String> {
    let json = object.json.as_ref();
    match (object.group(), object.kind()) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let paths = list(json, "/spec/rules")
                .flat_map(|rule| list(rule, "/http/paths"))
                .filter_map(|path| path.get("backend"));
            let default = ["/spec/defaultBackend", "/spec/backend"]
                .into_iter()
                .filter_map(|at| json.pointer(at));
            // `serviceName` is how versions before networking.k8s.io/v1 spell it.
            paths
                .chain(default)
                .filter_map(|backend| {
                    text(backend, "/service/name").or_else(|| text(backend, "/serviceName"))
                })
                .collect()
        }
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => list(json, "/spec/rules")
            .flat_map(|rule| list(rule, "/backendRefs"))
            .filter(|backend| backend.get("kind").is_none_or(|kind| kind == "Service"))
            .filter_map(|backend| {
                let name = text(backend, "/name")?;
                Some(text(backend, "/namespace").map_or_else(
                    || name.clone(),
                    |namespace| format!("{name}.{namespace}.svc"),
                ))
            })
            .collect(),
        ("networking.istio.io", "VirtualService") => list(json, "/spec/http")
            .flat_map(|http| list(http, "/route"))
            .filter_map(|route| text(route, "/destination/host"))
            .collect(),
        ("route.openshift.io", "Route") => text(json, "/spec/to/name").into_iter().collect(),
        ("traefik.io" | "traefik.containo.us", "IngressRoute") => list(json, "/spec/routes")
            .flat_map(|route| list(route, "/services"))
            .filter_map(|service| text(service, "/name"))
            .collect(),
        _ => Vec::new(),
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
}
