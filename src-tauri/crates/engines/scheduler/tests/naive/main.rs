//! The engine against the rules written down naively, on clusters drawn at random.
#![allow(clippy::unwrap_used, reason = "a test")]

mod model;

use std::collections::BTreeMap;

use drydock_scheduler::{Cluster, Code, Decision, Explanation, PodFacts, PodKey, Profile, Verdict};
use model::{Node, Pod, Spread, Term, World};
use proptest::prelude::*;

const KEYS: [&str; 3] = ["zone", "rack", "kubernetes.io/hostname"];
const APPS: [&str; 3] = ["web", "db", "cache"];
const SPACES: [&str; 2] = ["red", "blue"];
const ZONES: [&str; 3] = ["a", "b", "c"];

fn one_of(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    (0..list.len()).prop_map(move |at| list[at])
}

fn apps() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(APPS.to_vec(), 1..=2)
}

fn term() -> impl Strategy<Value = Term> {
    let namespaces =
        proptest::option::weighted(0.4, proptest::sample::subsequence(SPACES.to_vec(), 0..=1));
    (one_of(&KEYS), apps(), namespaces).prop_map(|(key, apps, namespaces)| Term {
        key,
        apps,
        namespaces,
    })
}

fn spread() -> impl Strategy<Value = Spread> {
    let numbers = (1_i64..3, proptest::option::weighted(0.3, 1_i64..4));
    (one_of(&KEYS), apps(), numbers, any::<bool>(), any::<bool>()).prop_map(
        |(key, apps, (max_skew, min_domains), hard, honours_taints)| Spread {
            key,
            apps,
            max_skew,
            min_domains,
            hard,
            honours_taints,
        },
    )
}

/// At most one spread constraint of a kind a key: the API server refuses more.
fn spreads() -> impl Strategy<Value = Vec<Spread>> {
    proptest::collection::vec(spread(), 0..3).prop_map(|mut list| {
        let mut seen = Vec::new();
        list.retain(|spread| {
            let new = !seen.contains(&(spread.key, spread.hard));
            seen.push((spread.key, spread.hard));
            new
        });
        list
    })
}

fn pod() -> impl Strategy<Value = Pod> {
    let identity = (one_of(&SPACES), one_of(&APPS), 0_i64..1200, 0_i32..3);
    let node_wishes = (
        any::<bool>(),
        proptest::option::weighted(0.2, one_of(&ZONES)),
    );
    let pods = (
        spreads(),
        proptest::collection::vec(term(), 0..2),
        proptest::collection::vec(term(), 0..2),
        proptest::collection::vec((prop_oneof![-50_i64..0, 1_i64..50], term()), 0..3),
    );
    (identity, node_wishes, pods, proptest::bool::weighted(0.1)).prop_map(
        |(
            (namespace, app, milli_cpu, priority),
            (tolerates, zone),
            (spread, near, apart, preferred),
            terminating,
        )| Pod {
            namespace,
            app,
            milli_cpu,
            priority,
            tolerates,
            zone,
            spread,
            near,
            apart,
            preferred,
            terminating,
            started: 0,
        },
    )
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        proptest::option::weighted(0.9, one_of(&ZONES)),
        proptest::option::weighted(0.6, 0_u8..3),
        proptest::bool::weighted(0.2),
        1_i64..5,
    );
    proptest::collection::vec(node, 1..7).prop_map(|list| {
        let mut nodes = Vec::new();
        for (at, (zone, rack, tainted, cores)) in list.into_iter().enumerate() {
            let name = format!("n{at}");
            let mut labels = BTreeMap::from([("kubernetes.io/hostname", name.clone())]);
            labels.extend(zone.map(|zone| ("zone", zone.to_owned())));
            labels.extend(rack.map(|rack| ("rack", rack.to_string())));
            nodes.push(Node {
                name,
                labels,
                tainted,
                milli_cpu: cores * 700,
            });
        }
        nodes
    })
}

fn cluster(nodes: &[Node]) -> Cluster {
    let mut cluster = Cluster::new(Profile::default());
    for node in nodes {
        cluster
            .add_node(&serde_json::from_value(node.json()).unwrap())
            .unwrap();
    }
    cluster
}

/// Every node's verdict, and the scores of the two plugins that look at other pods.
fn compare(world: &World<'_>, pod: &Pod, why: &Explanation) -> Result<(), TestCaseError> {
    let rejections: Vec<_> = (0..world.nodes.len())
        .map(|at| world.rejection(pod, at))
        .collect();
    let feasible: Vec<usize> = (0..world.nodes.len())
        .filter(|&at| rejections[at].is_none())
        .collect();
    let spread = world.spread_scores(pod, &feasible);
    let affinity = world.affinity_scores(pod, &feasible);
    for (at, node) in why.nodes.iter().enumerate() {
        match &node.verdict {
            Verdict::Rejected { plugin, .. } => {
                prop_assert_eq!(Some(plugin.name()), rejections[at], "{}", node.node);
            }
            Verdict::Feasible { plugins, .. } => {
                prop_assert_eq!(None, rejections[at], "{}", node.node);
                let place = feasible.iter().position(|&other| other == at).unwrap();
                for (name, naive) in [
                    ("PodTopologySpread", &spread),
                    ("InterPodAffinity", &affinity),
                ] {
                    let got = plugins.iter().find(|(plugin, _)| plugin.name() == name);
                    let expect = naive.as_ref().map(|scores| scores[place]);
                    prop_assert_eq!(
                        got.map(|&(_, score)| score),
                        expect,
                        "{} {}",
                        node.node,
                        name
                    );
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_verdict_score_and_victim(nodes in nodes(), pods in proptest::collection::vec((pod(), any::<prop::sample::Index>()), 1..14)) {
        let mut cluster = cluster(&nodes);
        let mut world = World { nodes: &nodes, bound: Vec::new() };
        for (at, (mut pod, anywhere)) in pods.into_iter().enumerate() {
            pod.started = at as i64;
            let shape = cluster.intern(&serde_json::from_value(pod.json()).unwrap()).unwrap();
            let why = cluster.explain(shape);
            compare(&world, &pod, &why)?;
            let chosen = match cluster.decide(shape) {
                Decision::Placed { node, score, ties, feasible } => {
                    prop_assert_eq!(why.chosen.as_deref(), Some(cluster.node_name(node)));
                    prop_assert_eq!((why.max_score, why.ties, why.feasible), (Some(score), ties, feasible));
                    node
                }
                Decision::Unschedulable(_) => {
                    prop_assert_eq!(&why.chosen, &None);
                    let got = cluster.preempt(None, shape);
                    let evictable = |at: usize| matches!(why.nodes[at].verdict, Verdict::Rejected { code: Code::Unschedulable, .. });
                    let expect: Vec<_> = (0..nodes.len())
                        .filter(|&at| evictable(at))
                        .filter_map(|at| Some((at, world.victims(&pod, at)?)))
                        .filter(|(_, victims)| !victims.is_empty())
                        .collect();
                    // Removing a pod that is being deleted takes it off a count that never had it, in the original as here.
                    if !world.bound.iter().any(|(pod, _)| pod.terminating) {
                        let got: Vec<_> = got
                            .candidates
                            .iter()
                            .map(|candidate| (candidate.node.index(), candidate.victims.iter().map(|pod| pod.0 as usize).collect::<Vec<_>>()))
                            .collect();
                        prop_assert_eq!(got, expect);
                    }
                    // Bound where it does not belong, as a dump may have it.
                    cluster.node_id(&nodes[anywhere.index(nodes.len())].name).unwrap()
                }
            };
            let facts = PodFacts { name: None, started: Some(pod.started), terminating: pod.terminating };
            cluster.bind_with(PodKey(world.bound.len() as u64), shape, chosen, facts);
            world.bound.push((pod, chosen.index()));
        }
    }
}
