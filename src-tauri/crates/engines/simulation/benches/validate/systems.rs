//! The systems, as worlds: what is measured in each and what it has to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_model::{
    Arrivals, Behaviour, Call, CallPolicy, ClusterObject, Definition, DemandLaw, Jitter,
    Provenance, RequestClass, Retry, ServiceId, Setting, Traffic, World,
};
use drydock_simulation::Plan;
use serde_json::json;

use crate::closed_forms as forms;

/// What is looked at.
#[derive(Clone, Copy)]
pub enum Figure {
    /// Mean time of answered requests, end to end, seconds.
    Time,
    /// Share of requests refused.
    Refused,
}

/// A system with a closed form.
pub struct System {
    pub name: &'static str,
    pub plan: Arc<Plan>,
    pub figure: Figure,
    /// What it has to be.
    pub expect: f64,
    /// Simulated seconds of one seed, without the warm-up before.
    pub seconds: u64,
}

fn id(name: &str) -> ServiceId {
    ServiceId::new("v", name)
}

/// A service with a node of its own: cores, places, room to wait, demand in ms, its law.
struct Station {
    name: &'static str,
    cores: u32,
    places: f64,
    room: f64,
    demand_ms: f64,
    law: DemandLaw,
    cv: f64,
}

impl Station {
    /// First come first served by so many servers, each with a core.
    fn served(name: &'static str, servers: u32, demand_ms: f64, law: DemandLaw) -> Self {
        Self {
            name,
            cores: servers,
            places: f64::from(servers),
            room: 1_000_000.0,
            demand_ms,
            law,
            cv: 0.0,
        }
    }

    /// One core shared by all that are there.
    fn shared(name: &'static str, demand_ms: f64, law: DemandLaw) -> Self {
        Self {
            places: 100_000.0,
            ..Self::served(name, 1, demand_ms, law)
        }
    }
}

/// A world of stations; calls are (from, to, mean, go together).
fn world(rate: f64, stations: Vec<Station>, calls: &[(&str, &str, f64, bool)]) -> World {
    let mut objects = Vec::new();
    let mut values = vec![
        ("class/all/rate_per_s".to_owned(), rate),
        ("world/same_zone_ms".to_owned(), 0.0),
        ("world/same_node_ms".to_owned(), 0.0),
        ("world/timeout_ms".to_owned(), 3_600_000.0),
    ];
    let mut definition = Definition::default();
    for station in &stations {
        let name = station.name;
        objects.push(json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"for": name}},
            "status": {"allocatable": {"cpu": station.cores.to_string(), "memory": "64Gi", "pods": "10"}}}));
        objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "v"},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": name}},
                "spec": {"nodeSelector": {"for": name},
                    "containers": [{"name": "main", "image": "i",
                        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}}));
        for (key, value) in [
            ("concurrency", station.places),
            ("queue", station.room),
            ("demand_ms", station.demand_ms),
            ("demand_cv", station.cv),
            ("memory_per_request_kib", 0.0),
        ] {
            values.push((format!("service/v/{name}/{key}"), value));
        }
        let behaviour = Behaviour {
            demand: station.law.clone(),
            ..Behaviour::default()
        };
        definition.behaviours.insert(id(name), behaviour);
    }
    definition.classes = vec![RequestClass {
        name: "all".to_owned(),
        entry: id(stations[0].name),
        provenance: Provenance::Entered,
        source: "validation".to_owned(),
    }];
    for &(from, to, mean, together) in calls {
        let call = Call {
            from: id(from),
            to: id(to),
            provenance: Provenance::Entered,
            source: "validation".to_owned(),
        };
        values.push((format!("{}/calls_per_request", call.subject()), mean));
        if together {
            let policy = CallPolicy {
                together: Some(1),
                ..CallPolicy::default()
            };
            definition.policies.insert(call.subject(), policy);
        }
        definition.calls.push(call);
    }
    let given = |value| Setting {
        value,
        provenance: Provenance::Entered,
        source: "validation".to_owned(),
        as_of: None,
    };
    definition.settings = values
        .into_iter()
        .map(|(key, value)| (key, given(value)))
        .collect();
    let objects = objects.into_iter();
    let mut world = World {
        objects: objects
            .map(|json| ClusterObject::new(json, Provenance::Measured))
            .collect(),
        definition,
    };
    world.sort_objects();
    world
}

fn plan(world: &World) -> Arc<Plan> {
    Arc::new(Plan::compile(world).expect("the worlds of the validation are sound"))
}

/// One station.
fn single(name: &'static str, rate: f64, station: Station, expect: f64, seconds: u64) -> System {
    System {
        name,
        plan: plan(&world(rate, vec![station], &[])),
        figure: Figure::Time,
        expect,
        seconds,
    }
}

/// Every system, demands of 10 ms, so 100 a second for each server.
pub fn all() -> Vec<System> {
    let exponential = || DemandLaw::Exponential;
    let mut all = vec![
        single(
            "M/M/1, rho 0.7",
            70.0,
            Station::served("a", 1, 10.0, exponential()),
            forms::mm1(70.0, 100.0),
            12_000,
        ),
        single(
            "M/M/4, rho 0.8",
            320.0,
            Station::served("a", 4, 10.0, exponential()),
            forms::mmc(320.0, 100.0, 4),
            4_000,
        ),
        single(
            "M/M/10, rho 0.8",
            800.0,
            Station::served("a", 10, 10.0, exponential()),
            forms::mmc(800.0, 100.0, 10),
            2_000,
        ),
        single(
            "M/D/1, rho 0.7",
            70.0,
            Station::served("a", 1, 10.0, DemandLaw::Deterministic),
            forms::mg1(70.0, 100.0, 0.0),
            8_000,
        ),
        single(
            "M/G/1 lognormal cv 1.5, rho 0.5",
            50.0,
            Station {
                cv: 1.5,
                ..Station::served("a", 1, 10.0, DemandLaw::Lognormal)
            },
            forms::mg1(50.0, 100.0, 1.5),
            30_000,
        ),
        single(
            "M/M/1 sharing, rho 0.7",
            70.0,
            Station::shared("a", 10.0, exponential()),
            forms::mm1(70.0, 100.0),
            12_000,
        ),
        single(
            "M/G/1 sharing cv 2, rho 0.6",
            60.0,
            Station {
                cv: 2.0,
                ..Station::shared("a", 10.0, DemandLaw::Lognormal)
            },
            forms::mm1(60.0, 100.0),
            20_000,
        ),
    ];
    let bounded = || Station {
        room: 7.0,
        ..Station::served("a", 3, 10.0, exponential())
    };
    let (refused, time) = forms::mmck(270.0, 100.0, 3, 10);
    all.push(single("M/M/3/10, time", 270.0, bounded(), time, 4_000));
    all.push(System {
        figure: Figure::Refused,
        ..single("M/M/3/10, refused", 270.0, bounded(), refused, 4_000)
    });
    all.push(jackson());
    all.push(fork_join());
    all.push(retrials());
    all.push(closed_loop());
    all
}

/// Three stations, the last visited 1.5 times on average: mean times add up as if each stood alone (Jackson 1957).
fn jackson() -> System {
    let stations = vec![
        Station::shared("a", 10.0, DemandLaw::Exponential),
        Station::shared("b", 12.0, DemandLaw::Exponential),
        Station::served("c", 2, 16.0, DemandLaw::Exponential),
    ];
    let calls = [("a", "b", 1.0, false), ("a", "c", 1.5, false)];
    let rate = 50.0;
    let expect = forms::mm1(rate, 100.0)
        + forms::mm1(rate, 1000.0 / 12.0)
        + 1.5 * forms::mmc(1.5 * rate, 1000.0 / 16.0, 2);
    System {
        name: "Jackson network of three",
        plan: plan(&world(rate, stations, &calls)),
        figure: Figure::Time,
        expect,
        seconds: 8_000,
    }
}

/// Both parts begin together, after a microsecond in the service that splits them.
fn fork_join() -> System {
    let splits = Station {
        cores: 8,
        ..Station::shared("split", 0.001, DemandLaw::Deterministic)
    };
    let stations = vec![
        splits,
        Station::served("left", 1, 10.0, DemandLaw::Exponential),
        Station::served("right", 1, 10.0, DemandLaw::Exponential),
    ];
    let calls = [("split", "left", 1.0, true), ("split", "right", 1.0, true)];
    System {
        name: "fork-join of two, rho 0.6",
        plan: plan(&world(60.0, stations, &calls)),
        figure: Figure::Time,
        expect: forms::fork_join(60.0, 100.0) + 1e-6,
        seconds: 12_000,
    }
}

fn retrials() -> System {
    let station = Station {
        room: 0.0,
        ..Station::served("a", 1, 10.0, DemandLaw::Exponential)
    };
    let mut world = world(50.0, vec![station], &[]);
    let retry = Retry {
        retries: u32::MAX,
        backoff_ms: 20.0,
        factor: 1.0,
        max_backoff_ms: None,
        jitter: Jitter::Exponential,
        budget: None,
    };
    let policy = CallPolicy {
        retry: Some(retry),
        ..CallPolicy::default()
    };
    world
        .definition
        .policies
        .insert("class/all".to_owned(), policy);
    System {
        name: "M/M/1 with retrials, rho 0.5",
        plan: plan(&world),
        figure: Figure::Time,
        expect: forms::retrials(50.0, 100.0, 50.0),
        seconds: 12_000,
    }
}

fn closed_loop() -> System {
    let mut world = world(
        1.0,
        vec![Station::served("a", 1, 10.0, DemandLaw::Exponential)],
        &[],
    );
    let traffic = Traffic {
        arrivals: Arrivals::Users,
        ..Traffic::default()
    };
    world.definition.traffic = BTreeMap::from([("all".to_owned(), traffic)]);
    let settings = &mut world.definition.settings;
    let rate = settings
        .remove("class/all/rate_per_s")
        .expect("every world has a rate");
    for (key, value) in [("users", 20.0), ("think_s", 0.25)] {
        settings.insert(
            format!("class/all/{key}"),
            Setting {
                value,
                ..rate.clone()
            },
        );
    }
    System {
        name: "closed loop of 20 users",
        plan: plan(&world),
        figure: Figure::Time,
        expect: forms::closed_loop(20, 0.25, 100.0),
        seconds: 6_000,
    }
}
