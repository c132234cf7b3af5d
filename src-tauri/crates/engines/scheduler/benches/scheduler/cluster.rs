//! A cluster and pods as they are met in the field, from a seed: pools of several instance types over three zones, and a
//! few hundred applications of different sizes and wishes.

use drydock_scheduler::{Cluster, Profile};
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

/// Applications, each with a shape of its own.
pub const APPS: usize = 250;

const ZONES: [&str; 3] = ["eu-1a", "eu-1b", "eu-1c"];
const IMAGES: usize = 60;

/// Pool, cores and memory (GiB) of its instance types, share of the nodes, taint.
type Pool = (
    &'static str,
    [(i64, i64); 3],
    u32,
    Option<(&'static str, &'static str)>,
);

const POOLS: [Pool; 5] = [
    ("general", [(8, 32), (16, 64), (32, 128)], 50, None),
    ("compute", [(16, 32), (36, 72), (72, 144)], 18, None),
    ("memory", [(8, 64), (16, 128), (32, 256)], 16, None),
    (
        "spot",
        [(8, 32), (16, 64), (48, 96)],
        10,
        Some(("spot", "PreferNoSchedule")),
    ),
    (
        "gpu",
        [(32, 128), (64, 256), (96, 384)],
        6,
        Some(("gpu", "NoSchedule")),
    ),
];

/// What the pods wish for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Resources, node affinity, taints.
    Plain,
    /// Also spread constraints, affinity and anti-affinity.
    Mixed,
}

fn typed<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("the generator writes legal objects")
}

fn node(at: usize, rng: &mut Pcg64Mcg) -> Node {
    let mut ticket = rng.random_range(0..100);
    let mut pool = &POOLS[0];
    for candidate in &POOLS {
        pool = candidate;
        if ticket < candidate.2 {
            break;
        }
        ticket -= candidate.2;
    }
    let (name, sizes, _, taint) = pool;
    let &(cores, gib) = sizes.choose(rng).expect("three sizes");
    let zone = ZONES[rng.random_range(0..ZONES.len())];
    let mut taints = Vec::new();
    if let Some((key, effect)) = taint {
        taints.push(json!({"key": key, "value": "true", "effect": effect}));
    }
    if rng.random_bool(0.03) {
        taints.push(json!({"key": "dedicated", "value": "batch", "effect": "NoSchedule"}));
    }
    let images: Vec<_> = (0..rng.random_range(4..12))
        .map(|_| {
            let image = rng.random_range(0..IMAGES);
            json!({"names": [format!("registry/app-{image}:v1")], "sizeBytes": 30_000_000 + image * 20_000_000})
        })
        .collect();
    let arm = *name != "gpu" && rng.random_bool(0.2);
    let mut allocatable = json!({
        "cpu": format!("{}m", cores * 1000 - 120),
        "memory": format!("{}Mi", gib * 1024 - 1200),
        "ephemeral-storage": "100Gi",
        "pods": "110",
    });
    if *name == "gpu" {
        allocatable["nvidia.com/gpu"] = json!("8");
    }
    let hostname = format!("node-{at:05}");
    typed(json!({
        "metadata": {"name": hostname, "labels": {
            "kubernetes.io/hostname": hostname,
            "topology.kubernetes.io/zone": zone,
            "topology.kubernetes.io/region": "eu-1",
            "kubernetes.io/arch": if arm { "arm64" } else { "amd64" },
            "node.kubernetes.io/instance-type": format!("{name}-{cores}x{gib}"),
            "pool": name,
            "generation": rng.random_range(1..6).to_string(),
        }},
        "spec": {"taints": taints, "unschedulable": rng.random_bool(0.01)},
        "status": {"allocatable": allocatable, "images": images},
    }))
}

fn wishes_of_nodes(spec: &mut Value, rng: &mut Pcg64Mcg) {
    match rng.random_range(0..10) {
        0..3 => {
            let pool = ["general", "compute", "memory"]
                .choose(rng)
                .expect("three pools");
            spec["nodeSelector"] = json!({"pool": pool});
        }
        3..5 => spec["nodeSelector"] = json!({"kubernetes.io/arch": "amd64"}),
        _ => {}
    }
    let mut affinity = json!({});
    if rng.random_bool(0.25) {
        let zones: Vec<_> = ZONES.iter().filter(|_| rng.random_bool(0.7)).collect();
        if !zones.is_empty() {
            affinity["requiredDuringSchedulingIgnoredDuringExecution"] = json!({"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": zones},
                {"key": "generation", "operator": "Gt", "values": [rng.random_range(0..2).to_string()]},
            ]}]});
        }
    }
    if rng.random_bool(0.35) {
        let preferred: Vec<_> = (0..rng.random_range(1..4))
            .map(|_| {
                json!({"weight": rng.random_range(1..101), "preference": {"matchExpressions": [
                    {"key": "generation", "operator": "In", "values": [rng.random_range(1..6).to_string(), rng.random_range(1..6).to_string()]},
                ]}})
            })
            .collect();
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = json!(preferred);
    }
    spec["affinity"] = json!({"nodeAffinity": affinity});
    let mut tolerations = Vec::new();
    if rng.random_bool(0.25) {
        tolerations.push(json!({"key": "spot", "operator": "Exists"}));
    }
    if rng.random_bool(0.08) {
        tolerations.push(json!({"key": "gpu", "operator": "Exists"}));
    }
    if rng.random_bool(0.1) {
        tolerations.push(json!({"key": "dedicated", "operator": "Equal", "value": "batch", "effect": "NoSchedule"}));
    }
    spec["tolerations"] = json!(tolerations);
}

fn wishes_of_pods(app: usize, spec: &mut Value, rng: &mut Pcg64Mcg) {
    let own = json!({"matchLabels": {"app": format!("app-{app}")}});
    let mut spread = Vec::new();
    if rng.random_bool(0.4) {
        let hard = rng.random_bool(0.5);
        spread.push(json!({
            "maxSkew": rng.random_range(1..4), "topologyKey": "topology.kubernetes.io/zone", "labelSelector": own,
            "whenUnsatisfiable": if hard { "DoNotSchedule" } else { "ScheduleAnyway" },
        }));
    }
    if rng.random_bool(0.25) {
        spread.push(json!({
            "maxSkew": rng.random_range(1..3), "topologyKey": "kubernetes.io/hostname", "labelSelector": own,
            "whenUnsatisfiable": "ScheduleAnyway",
        }));
    }
    if !spread.is_empty() {
        spec["topologySpreadConstraints"] = json!(spread);
    }
    let host = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": own});
    let mut apart = json!({});
    match rng.random_range(0..10) {
        0..3 => apart["requiredDuringSchedulingIgnoredDuringExecution"] = json!([host]),
        3..5 => {
            apart["preferredDuringSchedulingIgnoredDuringExecution"] =
                json!([{"weight": rng.random_range(1..101), "podAffinityTerm": host}]);
        }
        _ => {}
    }
    spec["affinity"]["podAntiAffinity"] = apart;
    let other = json!({
        "topologyKey": "topology.kubernetes.io/zone",
        "labelSelector": {"matchLabels": {"tier": format!("tier-{}", rng.random_range(0..6))}},
    });
    let mut near = json!({});
    match rng.random_range(0..20) {
        0..2 => {
            near["requiredDuringSchedulingIgnoredDuringExecution"] = json!([{
                "topologyKey": "topology.kubernetes.io/zone", "labelSelector": own,
            }]);
        }
        2..6 => {
            near["preferredDuringSchedulingIgnoredDuringExecution"] =
                json!([{"weight": rng.random_range(1..101), "podAffinityTerm": other}]);
        }
        _ => {}
    }
    spec["affinity"]["podAffinity"] = near;
}

fn app(at: usize, kind: Kind, rng: &mut Pcg64Mcg) -> Pod {
    let cpu = [50, 100, 250, 500, 1000, 2000, 4000]
        .choose(rng)
        .expect("sizes")
        + rng.random_range(0..50);
    let memory =
        [64, 128, 512, 1024, 2048, 8192].choose(rng).expect("sizes") + rng.random_range(0..64);
    let mut spec = json!({
        "containers": [{
            "name": "main", "image": format!("registry/app-{}:v1", rng.random_range(0..IMAGES)),
            "resources": {"requests": {"cpu": format!("{cpu}m"), "memory": format!("{memory}Mi")}},
        }],
    });
    if rng.random_bool(0.3) {
        let sidecar = json!({"name": "proxy", "image": "registry/app-0:v1"});
        spec["containers"]
            .as_array_mut()
            .expect("a list")
            .push(sidecar);
    }
    wishes_of_nodes(&mut spec, rng);
    if kind == Kind::Mixed {
        wishes_of_pods(at, &mut spec, rng);
    }
    typed(json!({
        "metadata": {
            "name": format!("app-{at}"), "namespace": format!("team-{}", at % 20),
            "labels": {"app": format!("app-{at}"), "tier": format!("tier-{}", at % 6)},
        },
        "spec": spec,
    }))
}

/// Nodes, and pods in the order of their arrival, drawn from [`APPS`] applications of which some are much larger.
pub fn generate(kind: Kind, nodes: usize, pods: usize, seed: u64) -> (Cluster, Vec<Pod>) {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut cluster = Cluster::new(Profile::default());
    for at in 0..nodes {
        cluster
            .add_node(&node(at, &mut rng))
            .expect("the generator writes legal nodes");
    }
    let apps: Vec<_> = (0..APPS).map(|at| app(at, kind, &mut rng)).collect();
    if kind == Kind::Mixed {
        // Half of the applications are behind a Service, and so are spread by default.
        for at in (0..APPS).step_by(2) {
            let service: Service = typed(json!({
                "metadata": {"name": format!("app-{at}"), "namespace": format!("team-{}", at % 20)},
                "spec": {"selector": {"app": format!("app-{at}")}},
            }));
            cluster.set_service(&service);
        }
    }
    let pods = (0..pods)
        .map(|at| {
            // Squared: small numbers, the large applications, come more often.
            let ticket: f64 = rng.random();
            let mut pod = apps[(ticket * ticket * APPS as f64) as usize].clone();
            pod.metadata.name = Some(format!("pod-{at}"));
            pod
        })
        .collect();
    (cluster, pods)
}
