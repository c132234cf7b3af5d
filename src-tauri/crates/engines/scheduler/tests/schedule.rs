//! Pods placed jointly: the queue, eviction, the record, and the original's luck.
#![allow(clippy::unwrap_used, reason = "a test")]

use drydock_scheduler::{
    Arrival, Cluster, Curve, Decision, Evicted, Outcome, Plugin, PodFacts, PodKey, Profile,
    QueuedPod, ShapePoint, Strategy,
};
use k8s_openapi::api::core::v1::{Node, Pod};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

fn node(name: &str, cpu: &str) -> Node {
    let labels = json!({"kubernetes.io/hostname": name});
    serde_json::from_value(json!({
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"cpu": cpu, "memory": "16Gi", "pods": "50", "nvidia.com/gpu": "4"}},
    }))
    .unwrap()
}

fn pod(cpu: &str, priority: i32, more: Value) -> Pod {
    let mut spec = json!({"priority": priority, "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    let metadata = json!({"name": "p", "namespace": "n", "labels": {"app": "web"}});
    serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
}

fn cluster(profile: Profile, nodes: &[(&str, &str)]) -> Cluster {
    let mut cluster = Cluster::new(profile);
    for (name, cpu) in nodes {
        cluster.add_node(&node(name, cpu)).unwrap();
    }
    cluster
}

/// Pods in order of creation, keyed from 100 on.
fn arrivals(cluster: &mut Cluster, pods: &[Pod]) -> Vec<Arrival> {
    pods.iter()
        .enumerate()
        .map(|(at, pod)| Arrival {
            queued: QueuedPod {
                key: PodKey(100 + at as u64),
                priority: pod.spec.as_ref().unwrap().priority.unwrap(),
                created: Some(at as i64),
                name: format!("n/p{at}"),
            },
            shape: cluster.intern(pod).unwrap(),
        })
        .collect()
}

/// Keys of the decisions with the node, `gated` or `pending`.
fn told(cluster: &Cluster, schedule: &drydock_scheduler::Schedule) -> Vec<(u64, String)> {
    schedule
        .decisions()
        .iter()
        .map(|recorded| {
            let word = match &recorded.outcome {
                Outcome::Placed { node, .. } => cluster.node_name(*node).to_owned(),
                Outcome::Gated => "gated".to_owned(),
                Outcome::Pending(_) => "pending".to_owned(),
            };
            (recorded.pod.0, word)
        })
        .collect()
}

fn words(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter()
        .map(|&(key, word)| (key, word.to_owned()))
        .collect()
}

#[test]
fn the_more_important_go_first_and_evict() {
    let mut cluster = cluster(Profile::default(), &[("a", "4"), ("b", "4")]);
    let small = cluster.intern(&pod("3", 0, json!({}))).unwrap();
    for (key, name, started) in [(1, "a", 10), (2, "b", 20)] {
        let node = cluster.node_id(name).unwrap();
        let facts = PodFacts {
            started: Some(started),
            ..PodFacts::default()
        };
        cluster.bind_with(PodKey(key), small, node, facts);
    }
    let gated = json!({"schedulingGates": [{"name": "g"}]});
    let pods = [
        pod("1", 0, json!({})),
        pod("2", 5, json!({})),
        pod("1", 9, gated),
        pod("9", 7, json!({})),
    ];
    let arrivals = arrivals(&mut cluster, &pods);
    let before = cluster.clone();
    let schedule = cluster.schedule(arrivals.clone(), Evicted::Return);
    // The younger of two equal victims goes, comes back as the youngest, and finds no room.
    let expect = words(&[
        (102, "gated"),
        (103, "pending"),
        (101, "b"),
        (100, "b"),
        (2, "pending"),
    ]);
    assert_eq!(told(&cluster, &schedule), expect);
    assert_eq!(schedule.decisions()[2].victims, [PodKey(2)]);

    let mut other = before.clone();
    let vanished = other.schedule(arrivals, Evicted::Vanish);
    assert_eq!(told(&other, &vanished), expect[..4]);

    // Decisions are explained as they were taken.
    let rewound = schedule.rewind(&cluster, 0);
    assert!(rewound.bound().eq(before.bound()));
    let (why, preemption) = schedule.explain(&cluster, 2);
    assert_eq!(why.chosen, None);
    let preemption = preemption.unwrap();
    assert_eq!(preemption.victims(), [PodKey(2)]);
    assert_eq!(preemption.candidates.len(), 2);
    let (why, preemption) = schedule.explain(&cluster, 3);
    assert_eq!((why.chosen.as_deref(), preemption), (Some("b"), None));
}

#[test]
fn a_nominated_pod_keeps_its_room() {
    let mut cluster = cluster(Profile::default(), &[("a", "4")]);
    let node = cluster.node_id("a").unwrap();
    let big = cluster.intern(&pod("3", 5, json!({}))).unwrap();
    let low = cluster.intern(&pod("2", 0, json!({}))).unwrap();
    let high = cluster.intern(&pod("2", 9, json!({}))).unwrap();
    cluster.nominate(PodKey(1), big, node);
    let placed = |cluster: &mut Cluster, pod, shape| {
        matches!(cluster.decide_pod(pod, shape), Decision::Placed { .. })
    };
    assert!(!placed(&mut cluster, None, low));
    assert!(placed(&mut cluster, None, high));
    assert!(placed(&mut cluster, Some(PodKey(1)), big));
    // A more important nomination takes the place.
    cluster.nominate(PodKey(2), high, node);
    assert_eq!(cluster.nomination_of(PodKey(1)), None);
    cluster.bind(PodKey(2), high, node);
    assert_eq!(cluster.nomination_of(PodKey(2)), None);
    assert!(placed(&mut cluster, None, low));
}

#[test]
fn profiles_choose_differently() {
    let check = |profile: Profile, expect: &str| {
        let mut cluster = cluster(profile, &[("busy", "8"), ("empty", "8")]);
        let shape = cluster.intern(&pod("1", 0, json!({}))).unwrap();
        let busy = cluster.node_id("busy").unwrap();
        cluster.bind(PodKey(1), shape, busy);
        let Decision::Placed { node, .. } = cluster.decide(shape) else {
            panic!("not placed")
        };
        assert_eq!(cluster.node_name(node), expect);
        assert_eq!(cluster.explain(shape).chosen.as_deref(), Some(expect));
    };
    check(Profile::default(), "empty");
    check(Profile::optimize_utilization(), "busy");
    let ratio = |points: [(i64, i64); 2]| {
        let mut profile = Profile::default();
        let points = points.map(|(utilization, score)| ShapePoint { utilization, score });
        profile.strategy = Strategy {
            curve: Curve::RequestedToCapacityRatio(points.to_vec()),
            resources: vec![("cpu".to_owned(), 3), ("nvidia.com/gpu".to_owned(), 1)],
        };
        profile
    };
    check(ratio([(0, 0), (100, 10)]), "busy");
    check(ratio([(0, 10), (100, 0)]), "empty");
}

#[test]
fn switched_off_plugins_have_no_say() {
    let mut profile = Profile::default();
    profile.disable(Plugin::NodeResourcesFit);
    profile.disable(Plugin::InterPodAffinity);
    profile.filter_by(Plugin::DefaultPreemption, false);
    let mut cluster = cluster(profile, &[("a", "1")]);
    let apart = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}}});
    let shape = cluster.intern(&pod("9", 0, apart)).unwrap();
    let node = cluster.node_id("a").unwrap();
    cluster.bind(PodKey(1), shape, node);
    assert!(matches!(cluster.decide(shape), Decision::Placed { .. }));
    let listed: Vec<_> =
        serde_json::to_value(cluster.explain(shape)).unwrap()["nodes"][0]["verdict"]["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .map(|plugin| plugin[0].as_str().unwrap().to_owned())
            .collect();
    assert!(!listed.contains(&"NodeResourcesFit".to_owned()));
    assert!(!listed.contains(&"InterPodAffinity".to_owned()));
}

#[test]
fn ignored_resources_do_not_reject() {
    let mut profile = Profile::default();
    profile
        .ignored_resource_groups
        .push("nvidia.com".to_owned());
    let asks =
        json!({"containers": [{"name": "c", "resources": {"requests": {"nvidia.com/gpu": "9"}}}]});
    for (profile, placed) in [(Profile::default(), false), (profile, true)] {
        let mut cluster = cluster(profile, &[("a", "1")]);
        let shape = cluster.intern(&pod("1", 0, asks.clone())).unwrap();
        assert_eq!(
            matches!(cluster.decide(shape), Decision::Placed { .. }),
            placed
        );
    }
}

fn generators(count: u64) -> impl Iterator<Item = Pcg64Mcg> {
    (0..count).map(Pcg64Mcg::seed_from_u64)
}

#[test]
fn ties_fall_at_random_and_the_same_seeds_the_same_way() {
    let mut cluster = cluster(Profile::default(), &[("a", "4"), ("b", "4"), ("c", "2")]);
    let arrivals = arrivals(
        &mut cluster,
        &[pod("2500m", 0, json!({})), pod("3", 0, json!({}))],
    );
    let landings = cluster.landings(&arrivals, generators(200));
    assert_eq!(landings, cluster.landings(&arrivals, generators(200)));
    assert_eq!(landings.plays, 200);
    for counts in landings.counts.values() {
        assert_eq!(counts.values().sum::<u32>(), 200);
        let names: Vec<_> = counts
            .keys()
            .map(|node| node.map(|node| cluster.node_name(node).to_owned()))
            .collect();
        assert_eq!(names, [Some("a".to_owned()), Some("b".to_owned())]);
        // Fair to within five standard deviations.
        assert!(counts.values().all(|&count| (65..=135).contains(&count)));
    }
}

#[test]
fn a_large_cluster_is_looked_at_in_part() {
    let names: Vec<_> = (0..300).map(|at| format!("n{at:03}")).collect();
    let nodes: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), if name == "n299" { "64" } else { "4" }))
        .collect();
    let mut profile = Profile::default();
    let arrivals_of = |cluster: &mut Cluster| arrivals(cluster, &[pod("2", 0, json!({}))]);
    let mut whole = cluster(profile.clone(), &nodes);
    let queue = arrivals_of(&mut whole);
    let best = whole.node_id("n299");
    assert!(!whole.landings(&queue, generators(20)).counts[&PodKey(100)].contains_key(&best));
    profile.percentage_of_nodes_to_score = 100;
    let mut whole = cluster(profile, &nodes);
    let queue = arrivals_of(&mut whole);
    assert_eq!(
        whole.landings(&queue, generators(20)).counts[&PodKey(100)][&best],
        20
    );
}

proptest! {
    /// The queue ends the same whatever order the pods are handed over in, and rewinding ends where it began.
    #[test]
    fn schedules_repeat_and_rewind(
        sizes in proptest::collection::vec((100_i64..3000, 0_i32..4), 1..20),
        turn in 0_usize..20,
    ) {
        let mut cluster = cluster(Profile::default(), &[("a", "4"), ("b", "3"), ("c", "2")]);
        let pods: Vec<_> = sizes.iter().map(|(cpu, priority)| pod(&format!("{cpu}m"), *priority, json!({}))).collect();
        let queue = arrivals(&mut cluster, &pods);
        let mut turned = queue.clone();
        let places = turned.len();
        turned.rotate_left(turn % places);
        let (mut one, mut other) = (cluster.clone(), cluster.clone());
        let (first, second) = (one.schedule(queue, Evicted::Return), other.schedule(turned, Evicted::Return));
        prop_assert_eq!(told(&one, &first), told(&other, &second));
        prop_assert!(first.rewind(&one, 0).bound().eq(cluster.bound()));
        for node in one.nodes() {
            prop_assert!(one.requested(node).milli_cpu <= one.allocatable(node).milli_cpu);
        }
    }
}
