//! How much of the time services work: by hand, against every state written out, and by sampling.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::*;
use drydock_availability::formulas::{k_of_n, parallel, series};
use drydock_availability::{
    Figures, Host, Layout, MOST_STATES, Method, Probability, Sampling, Structure, ZoneOfHosts,
};
use drydock_model::{Provenance, World};
use proptest::prelude::*;
use serde_json::{Value, json};

const SAMPLING: Sampling = Sampling {
    seed: 7,
    samples: 20_000,
    most_states: MOST_STATES,
};

fn figure(availability: f64, provenance: &str) -> Value {
    json!({"availability": availability, "provenance": provenance, "source": "test"})
}

fn figures(json: Value) -> Figures {
    serde_json::from_value(json).unwrap()
}

fn asked(world: &World, given: &Value) -> Probability {
    let figures = figures(given.clone());
    structure(world).availability(&figures, &SAMPLING).unwrap()
}

fn close(got: Option<f64>, expect: f64) {
    let got = got.unwrap();
    assert!((got - expect).abs() < 1e-12, "{got} for {expect}");
}

fn entry(answer: &Probability) -> Option<f64> {
    answer.entries[0].estimate.map(|it| it.availability)
}

#[test]
fn replicas_that_share_a_node_go_down_together() {
    let (zone, node_, pod) = (0.999, 0.99, 0.98);
    let given = json!({"zone": figure(zone, "estimated"), "node": figure(node_, "assumed"),
        "pod": figure(pod, "measured")});
    let on = |nodes: &[&str]| {
        let mut objects = vec![
            node("n1", "eu-1a"),
            node("n2", "eu-1a"),
            node("n3", "eu-1b"),
        ];
        objects.extend(deployed("web", nodes));
        asked(&world(&objects, &[], &["web"]), &given)
    };
    let one_node = series(&[zone, node_, parallel(&[pod, pod])]);
    let one_zone = series(&[zone, parallel(&[node_ * pod, node_ * pod])]);
    let two_zones = parallel(&[zone * node_ * pod, zone * node_ * pod]);
    close(entry(&on(&["n1", "n1"])), one_node);
    close(entry(&on(&["n1", "n2"])), one_zone);
    close(entry(&on(&["n1", "n3"])), two_zones);
    assert!(one_node < one_zone && one_zone < two_zones);
    let estimate = on(&["n1", "n3"]).services[0].estimate.unwrap();
    assert_eq!(estimate.method, Method::Exact);
    assert_eq!(estimate.grade, Some(Provenance::Assumed));
}

#[test]
fn services_that_share_a_node_go_down_together() {
    let mut objects = vec![node("n1", "eu-1a"), node("n2", "eu-1a")];
    objects.extend(deployed("web", &["n1", "n2"]));
    objects.extend(deployed("db", &["n1"]));
    let answer = asked(
        &world(&objects, &[("web", "db")], &["web"]),
        &json!({"node": figure(0.9, "entered")}),
    );
    // The database's node carries a web too, so that the other node does not matter.
    close(entry(&answer), 0.9);
    let services: Vec<_> = answer
        .services
        .iter()
        .map(|it| it.estimate.unwrap())
        .collect();
    close(Some(services[0].availability), 0.9);
    close(Some(services[1].availability), 0.99);
    // The service alone rests on the figure, end to end it rests on the call too.
    assert_eq!(services[1].grade, Some(Provenance::Entered));
    assert_eq!(answer.entries[0].needs, [id("db"), id("web")]);
    let said = &answer.rests_on.assumptions;
    for text in [
        "zones are taken as never failing: no availability was given",
        "pods are taken as never failing: no availability was given",
    ] {
        assert!(said.iter().any(|it| it == text), "{said:?}");
    }
}

#[test]
fn a_quorum_is_k_of_n() {
    let check = |replicas: usize, expect: f64| {
        let names: Vec<String> = (0..replicas).map(|at| format!("n{at}")).collect();
        let on: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut objects: Vec<_> = on.iter().map(|name| node(name, "eu-1a")).collect();
        objects.extend(stateful("etcd", "etcd:3", &on));
        let answer = asked(
            &world(&objects, &[], &[]),
            &json!({"node": figure(0.99, "measured")}),
        );
        close(entry(&answer), expect);
        let estimate = answer.services[0].estimate.unwrap();
        assert_eq!(estimate.grade, Some(Provenance::Inferred), "by its role");
    };
    check(1, 0.99);
    check(3, 0.999702);
    check(5, k_of_n(3, 5, 0.99));
}

#[test]
fn figures_by_name_count_before_those_for_all() {
    let mut objects = vec![node("n1", "eu-1a"), node("n2", "eu-1b")];
    objects.extend(deployed("web", &["n1"]));
    objects.extend(deployed("db", &["n2"]));
    let world = world(&objects, &[("web", "db")], &["web"]);
    let given = json!({
        "zones": {"eu-1b": figure(0.95, "estimated")},
        "node": figure(0.9, "measured"), "nodes": {"n2": figure(0.8, "measured")},
        "pods": {"shop/web": figure(0.7, "measured")}});
    let answer = asked(&world, &given);
    close(entry(&answer), 0.9 * 0.7 * 0.95 * 0.8);
    let said = &answer.rests_on.assumptions;
    let text = "other zones are taken as never failing: no availability was given";
    assert!(said.iter().any(|it| it == text), "{said:?}");
}

#[test]
fn what_is_down_now_has_no_availability() {
    let mut objects = vec![node("n1", "eu-1a")];
    objects.extend(deployed("web", &["n1"]));
    objects.push(deployment("off", 0));
    let world = world(&objects, &[("web", "off")], &["web"]);
    let answer = asked(&world, &json!({"node": figure(0.9, "measured")}));
    assert_eq!(answer.services[0].estimate, None);
    assert_eq!(entry(&answer), None);
    close(answer.services[1].estimate.map(|it| it.availability), 0.9);
}

#[test]
fn bad_figures_are_refused() {
    let mut objects = vec![node("n1", "eu-1a")];
    objects.extend(deployed("web", &["n1"]));
    let structure: Structure = structure(&world(&objects, &[], &[]));
    let check = |given: Figures, samples: u64, expect: &str| {
        let sampling = Sampling {
            samples,
            ..SAMPLING
        };
        let refusal = structure.availability(&given, &sampling).unwrap_err();
        assert_eq!(refusal.to_string(), expect);
    };
    let none = Figures::default();
    check(none, 0, "samples is 0, expected at least 1");
    check(
        figures(json!({"node": figure(1.5, "entered")})),
        1,
        "node.availability is 1.5, expected 0 to 1",
    );
    let mut nan = figures(json!({"zones": {"eu-1a": figure(0.5, "entered")}}));
    nan.zones.get_mut("eu-1a").unwrap().availability = f64::NAN;
    check(nan, 1, "zones[eu-1a].availability is NaN, expected 0 to 1");
    check(
        figures(json!({"nodes": {"n9": figure(0.5, "entered")}})),
        1,
        "nodes is \"n9\", expected names of this world: n1",
    );
    check(
        figures(json!({"pods": {"shop/db": figure(0.5, "entered")}})),
        1,
        "pods is \"shop/db\", expected names of this world: shop/web",
    );
}

#[test]
fn what_is_too_large_is_sampled() {
    let mut objects: Vec<Value> = (0..6).map(|at| node(&format!("n{at}"), "eu-1a")).collect();
    for (at, name) in ["a", "b", "c", "d"].iter().enumerate() {
        let on = [format!("n{at}"), format!("n{}", at + 2)];
        objects.extend(deployed(name, &[&on[0], &on[1]]));
    }
    let calls = [("a", "b"), ("b", "c"), ("c", "d")];
    let structure = structure(&world(&objects, &calls, &["a"]));
    let given = figures(json!({"node": figure(0.9, "measured"), "pod": figure(0.95, "measured")}));
    let ask = |most_states: usize| {
        let sampling = Sampling {
            most_states,
            ..SAMPLING
        };
        let answer = structure.availability(&given, &sampling).unwrap();
        answer.entries[0].estimate.unwrap()
    };
    let exact = ask(MOST_STATES);
    assert_eq!(exact.method, Method::Exact);
    let sampled = ask(2);
    let Method::MonteCarlo { samples, low, high } = sampled.method else {
        panic!("{sampled:?}")
    };
    assert_eq!(samples, SAMPLING.samples);
    assert!(low < exact.availability && exact.availability < high);
    assert!(low < sampled.availability && sampled.availability < high);
    assert_eq!(ask(2), sampled, "the same seed, the same answer");
}

/// Three groups over five hosts in two zones.
fn three_groups() -> Layout {
    let host = |replicas: &[(usize, f64)]| Host {
        availability: 0.9,
        replicas: replicas.to_vec(),
    };
    let hosts = |hosts: Vec<Host>| ZoneOfHosts {
        availability: 0.97,
        hosts,
    };
    Layout {
        zones: vec![
            hosts(vec![
                host(&[(0, 0.95), (1, 0.9)]),
                host(&[(1, 0.9), (1, 0.9), (2, 0.8)]),
            ]),
            hosts(vec![
                host(&[(0, 0.95)]),
                host(&[(1, 0.9), (2, 0.8)]),
                host(&[(2, 0.8)]),
            ]),
        ],
        needed: vec![1, 2, 1],
    }
}

/// The intervals of a hundred seeds cover the exact value as often as honest ones would: 95 expected, 88 to 100 is within
/// three standard deviations of the binomial distribution.
#[test]
fn sampling_covers_the_exact_value() {
    let layout = three_groups();
    let exact = layout.exact(MOST_STATES).unwrap();
    let covered = (1..=100)
        .filter(|&seed| {
            let sampled = layout.sample(seed, "coverage", 2_000);
            sampled.low <= exact && exact <= sampled.high
        })
        .count();
    assert!((88..=100).contains(&covered), "{covered}");
}

/// Every state of zones, hosts and replicas, one by one.
fn every_state(layout: &Layout) -> f64 {
    let mut components = Vec::new();
    for zone in &layout.zones {
        components.push(zone.availability);
        for host in &zone.hosts {
            components.push(host.availability);
            components.extend(host.replicas.iter().map(|&(_, availability)| availability));
        }
    }
    let mut sum = 0.0;
    for state in 0..1u32 << components.len() {
        let mut probability = 1.0;
        for (at, availability) in components.iter().enumerate() {
            let up = state >> at & 1 == 1;
            probability *= if up {
                *availability
            } else {
                1.0 - availability
            };
        }
        let mut at = 0;
        let mut next = || {
            at += 1;
            state >> (at - 1) & 1 == 1
        };
        let mut up = vec![0; layout.needed.len()];
        for zone in &layout.zones {
            let zone_up = next();
            for host in &zone.hosts {
                let host_up = next();
                for &(group, _) in &host.replicas {
                    up[group] += u32::from(next() && host_up && zone_up);
                }
            }
        }
        if up
            .iter()
            .zip(&layout.needed)
            .all(|(up, needed)| up >= needed)
        {
            sum += probability;
        }
    }
    sum
}

#[test]
fn three_groups_state_by_state() {
    close(
        three_groups().exact(MOST_STATES),
        every_state(&three_groups()),
    );
    // A group without replicas that needs one can never be; one that needs none does not matter.
    let mut lacking = three_groups();
    lacking.needed.push(1);
    close(lacking.exact(MOST_STATES), 0.0);
    let mut free = three_groups();
    free.needed.push(0);
    close(free.exact(MOST_STATES), every_state(&three_groups()));
    assert_eq!(three_groups().exact(3), None);
    close(Layout::default().exact(1), 1.0);
}

fn layouts() -> impl Strategy<Value = Layout> {
    let probability = || prop_oneof![Just(0.0), Just(1.0), 0.3..1.0f64];
    let replica = (0..3usize, probability());
    let host = (probability(), prop::collection::vec(replica, 0..4));
    let host = host.prop_map(|(availability, replicas)| Host {
        availability,
        replicas,
    });
    let zone = (probability(), prop::collection::vec(host, 0..3));
    let zone = zone.prop_map(|(availability, hosts)| ZoneOfHosts {
        availability,
        hosts,
    });
    let zones = prop::collection::vec(zone, 0..3);
    (zones, prop::collection::vec(0..3u32, 3)).prop_filter_map("small", |(zones, needed)| {
        let hosts: Vec<&Host> = zones.iter().flat_map(|zone| &zone.hosts).collect();
        let replicas: usize = hosts.iter().map(|host| host.replicas.len()).sum();
        (zones.len() + hosts.len() + replicas <= 14).then_some(Layout { zones, needed })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn factoring_is_what_every_state_adds_up_to(layout in layouts()) {
        let exact = layout.exact(MOST_STATES).unwrap();
        prop_assert!((exact - every_state(&layout)).abs() < 1e-9);
    }
}
