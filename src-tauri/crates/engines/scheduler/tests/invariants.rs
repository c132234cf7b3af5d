//! What holds whatever the nodes and pods are.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use drydock_scheduler::{Cluster, Decision, Explanation, NodeId, PodKey, Profile, Reason, Verdict};
use k8s_openapi::api::core::v1::{Node, Pod};
use proptest::prelude::*;
use serde_json::json;

fn node() -> impl Strategy<Value = Node> {
    let size = (0_i64..5, 0_i64..5, 0_i64..4, 0_i64..3);
    let traits = (0_u8..3, 0_u8..6, proptest::bool::weighted(0.1), 0_i64..3);
    (size, traits).prop_map(|((cpu, memory, pods, gpu), (zone, taint, cordoned, image))| {
        let effect = ["NoSchedule", "PreferNoSchedule", "NoExecute"].get(usize::from(taint));
        serde_json::from_value(json!({
            "metadata": {"labels": {"zone": zone.to_string(), "gen": taint.to_string()}},
            "spec": {
                "unschedulable": cordoned,
                "taints": effect.map(|effect| vec![json!({"key": "t", "effect": effect})]).unwrap_or_default(),
            },
            "status": {
                "allocatable": {
                    "cpu": cpu.to_string(), "memory": format!("{memory}Gi"), "pods": pods.to_string(),
                    "example.com/gpu": gpu.to_string(),
                },
                "images": [{"names": ["app:1"], "sizeBytes": image * 400_000_000}],
            },
        }))
        .unwrap()
    })
}

/// Nodes `n00`, `n01` ... in an order of their own.
fn nodes() -> impl Strategy<Value = Vec<Node>> {
    proptest::collection::vec(node(), 0..8).prop_map(|mut nodes| {
        for (at, node) in nodes.iter_mut().enumerate() {
            node.metadata.name = Some(format!("n{at:02}"));
        }
        nodes
    })
}

fn pod() -> impl Strategy<Value = Pod> {
    let size = (0_i64..1500, 0_i64..1500, 0_i64..2);
    let wishes = (
        0_u8..4,
        any::<bool>(),
        proptest::option::weighted(0.2, 1_i32..3),
        proptest::bool::weighted(0.3),
    );
    let pods = (0_u8..3, 0_u8..8, 0_u8..8);
    (size, wishes, pods, 0_i32..3).prop_map(|((cpu, memory, gpu), (zone, tolerates, port, prefers), (app, spread, apart), priority)| {
        let mut spec = json!({
            "priority": priority,
            "containers": [{
                "name": "c", "image": "app:1",
                "resources": {"requests": {"cpu": format!("{cpu}m"), "memory": format!("{memory}Mi"), "example.com/gpu": gpu.to_string()}},
                "ports": port.map(|port| vec![json!({"containerPort": 1, "hostPort": port})]).unwrap_or_default(),
            }],
        });
        if zone < 3 {
            spec["nodeSelector"] = json!({"zone": zone.to_string()});
        }
        if tolerates {
            spec["tolerations"] = json!([{"operator": "Exists"}]);
        }
        if prefers {
            let term = json!({"weight": 7, "preference": {"matchExpressions": [{"key": "gen", "operator": "Gt", "values": ["2"]}]}});
            spec["affinity"] = json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}});
        }
        let own = json!({"matchLabels": {"app": app.to_string()}});
        let term = json!({"topologyKey": if apart % 2 == 0 { "zone" } else { "gen" }, "labelSelector": own});
        match apart {
            0 | 1 => spec["affinity"]["podAntiAffinity"] = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]}),
            2 | 3 => spec["affinity"]["podAffinity"] = json!({"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 9, "podAffinityTerm": term}]}),
            4 => spec["affinity"]["podAffinity"] = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]}),
            _ => {}
        }
        if spread < 3 {
            let when = if spread == 0 { "DoNotSchedule" } else { "ScheduleAnyway" };
            spec["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": when, "labelSelector": own}]);
        }
        serde_json::from_value(json!({"metadata": {"name": "p", "labels": {"app": app.to_string()}}, "spec": spec})).unwrap()
    })
}

fn pods() -> impl Strategy<Value = Vec<Pod>> {
    proptest::collection::vec(pod(), 1..25)
}

fn cluster<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Cluster {
    let mut cluster = Cluster::new(Profile::default());
    for node in nodes {
        cluster.add_node(node).unwrap();
    }
    cluster
}

/// Places pods in order and answers the explanation each one got beforehand.
fn place(cluster: &mut Cluster, pods: &[Pod]) -> Vec<Explanation> {
    let mut explanations = Vec::new();
    for (at, pod) in pods.iter().enumerate() {
        let shape = cluster.intern(pod).unwrap();
        explanations.push(cluster.explain(shape));
        if let Decision::Placed { node, .. } = cluster.decide(shape) {
            assert!(cluster.bind(PodKey(at as u64), shape, node));
        }
    }
    explanations
}

fn over_committed(cluster: &Cluster, node: NodeId) -> bool {
    let (has, asked) = (cluster.allocatable(node), cluster.requested(node));
    asked.milli_cpu > has.milli_cpu
        || asked.memory_bytes > has.memory_bytes
        || asked.ephemeral_bytes > has.ephemeral_bytes
        || asked.pods > has.pods
        || cluster
            .scalar_resources(node)
            .iter()
            .any(|&(_, has, asked)| asked > has)
}

proptest! {
    #[test]
    fn no_node_is_over_committed(nodes in nodes(), pods in pods()) {
        let mut cluster = cluster(&nodes);
        place(&mut cluster, &pods);
        for node in cluster.nodes() {
            prop_assert!(!over_committed(&cluster, node), "{}", cluster.node_name(node));
        }
    }

    #[test]
    fn unbind_restores_everything(nodes in nodes(), pods in pods(), extra in pod()) {
        let mut cluster = cluster(&nodes);
        place(&mut cluster, &pods);
        let shape = cluster.intern(&extra).unwrap();
        let before = format!("{cluster:?}");
        if let Decision::Placed { node, .. } = cluster.decide(shape) {
            let key = PodKey(u64::MAX);
            cluster.bind(key, shape, node);
            prop_assert_ne!(format!("{cluster:?}"), before.clone());
            prop_assert_eq!(cluster.unbind(key), Some(node));
        }
        prop_assert_eq!(format!("{cluster:?}"), before);
    }

    #[test]
    fn decide_agrees_with_explain(nodes in nodes(), pods in pods()) {
        let mut cluster = cluster(&nodes);
        for (at, pod) in pods.iter().enumerate() {
            let shape = cluster.intern(pod).unwrap();
            let why = cluster.explain(shape);
            match cluster.decide(shape) {
                Decision::Placed { node, score, ties, feasible } => {
                    let totals: Vec<(i64, &str)> = why.nodes.iter().filter_map(|node| match &node.verdict {
                        Verdict::Feasible { total, .. } => Some((*total, node.node.as_str())),
                        Verdict::Rejected { .. } => None,
                    }).collect();
                    let top = totals.iter().map(|&(total, _)| total).max();
                    let tied: Vec<_> = totals.iter().filter(|&&(total, _)| Some(total) == top).map(|&(_, name)| name).collect();
                    prop_assert_eq!(top, Some(score));
                    prop_assert_eq!((tied.len(), totals.len()), (ties as usize, feasible as usize));
                    prop_assert_eq!(tied.iter().min().copied(), Some(cluster.node_name(node)));
                    prop_assert_eq!(why.chosen.as_deref(), Some(cluster.node_name(node)));
                    cluster.bind(PodKey(at as u64), shape, node);
                }
                Decision::Unschedulable(rejections) => {
                    prop_assert_eq!(&why.chosen, &None);
                    prop_assert_eq!(rejections.nodes as usize, why.nodes.len());
                    let mut words: BTreeMap<(String, String), u32> = BTreeMap::new();
                    for node in &why.nodes {
                        let Verdict::Rejected { plugin, code, reasons } = &node.verdict else {
                            return Err(TestCaseError::fail("a feasible node"));
                        };
                        for reason in reasons {
                            *words.entry((format!("{plugin:?} {code:?}"), reason.clone())).or_default() += 1;
                        }
                    }
                    let sum = |word: &str| words.iter().filter(|((_, reason), _)| reason == word).map(|(_, n)| n).sum::<u32>();
                    let counted = |reason: Reason| rejections.iter().filter(|row| row.2 == reason).map(|row| row.3).sum::<u32>();
                    prop_assert_eq!(counted(Reason::InsufficientCpu), sum("Insufficient cpu"));
                    prop_assert_eq!(counted(Reason::TooManyPods), sum("Too many pods"));
                    let by_code = |rows: Vec<(String, u32)>| rows.into_iter().fold(BTreeMap::<_, u32>::new(), |mut map, (key, n)| {
                        *map.entry(key).or_default() += n;
                        map
                    });
                    prop_assert_eq!(
                        by_code(rejections.iter().map(|(plugin, code, _, n)| (format!("{plugin:?} {code:?}"), n)).collect()),
                        by_code(words.iter().map(|((key, _), n)| (key.clone(), *n)).collect())
                    );
                    // From now on pods that are no more important leave room for this one on the first node.
                    let first = cluster.nodes().next();
                    if let Some(first) = first {
                        cluster.nominate(PodKey(1000 + at as u64), shape, first);
                    }
                }
            }
        }
    }

    #[test]
    fn order_of_nodes_does_not_matter(nodes in nodes(), pods in pods(), turn in 0_usize..8) {
        let mut other: Vec<_> = nodes.iter().rev().collect();
        if !other.is_empty() {
            let turn = turn % other.len();
            other.rotate_left(turn);
        }
        prop_assert_eq!(place(&mut cluster(&nodes), &pods), place(&mut cluster(other), &pods));
    }

    /// Removing, adding, replacing and cordoning nodes ends where building anew ends.
    #[test]
    fn changes_end_where_a_fresh_cluster_is(nodes in nodes(), late in node(), pods in pods(), more in pods()) {
        let mut lived = cluster(&nodes);
        place(&mut lived, &pods);
        let mut kept = nodes.clone();
        let first = lived.nodes().next();
        if let Some(first) = first {
            let bound = lived.pods_on(first).to_vec();
            prop_assert_eq!(lived.remove_node(first), bound.clone());
            for pod in bound {
                prop_assert_eq!(lived.node_of(pod), None);
            }
            kept.remove(0);
        }
        for (at, name) in [(0, "n03"), (1, "n99")] {
            let mut late = late.clone();
            late.metadata.name = Some(name.to_owned());
            lived.add_node(&late).unwrap();
            kept.retain(|node| node.metadata.name != late.metadata.name);
            kept.insert(at.min(kept.len()), late);
        }
        let cordoned = lived.node_id("n99").unwrap();
        lived.set_unschedulable(cordoned, true);
        kept.iter_mut().find(|node| node.metadata.name.as_deref() == Some("n99")).unwrap().spec.as_mut().unwrap().unschedulable = Some(true);

        let mut fresh = cluster(&kept);
        for (at, pod) in pods.iter().enumerate() {
            let key = PodKey(at as u64);
            if let Some(node) = lived.node_of(key) {
                let shape = fresh.intern(pod).unwrap();
                fresh.bind(key, shape, fresh.node_id(lived.node_name(node)).unwrap());
            }
        }
        for pod in &more {
            let (a, b) = (lived.intern(pod).unwrap(), fresh.intern(pod).unwrap());
            prop_assert_eq!(lived.explain(a), fresh.explain(b));
        }
    }
}
