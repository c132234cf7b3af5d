//! A session in a lab of its own: replay, going back, forking, killing and healing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use drydock_model::{Call, ClusterObject, Provenance, RequestClass, ServiceId, World};
use drydock_store::LabPath;
use serde_json::json;

use super::*;
use crate::caller::{Caller, Door, Role};
use crate::lab::{Change, Lab, OpenedLab};
use crate::shapes::Nothing;
use crate::{Code, Error};

const SECOND: u64 = drydock_model::NANOS_PER_SECOND;

/// Two nodes in two zones, two services of which one calls the other, one class of requests.
pub(crate) fn world() -> World {
    let node = |name: &str, zone: &str| {
        json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone,
                "topology.kubernetes.io/region": "us-east-1", "node.kubernetes.io/instance-type": "m5.large"}},
            "spec": {"providerID": format!("aws:///{zone}/i-{name}")},
            "status": {"capacity": {"cpu": "2", "memory": "8Gi", "pods": "29"},
                "allocatable": {"cpu": "1930m", "memory": "7Gi", "pods": "29"},
                "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let deployment = |name: &str, replicas: u32| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "i",
                    "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}}}]}}}})
    };
    let objects = [
        node("a", "us-east-1a"),
        node("b", "us-east-1b"),
        deployment("web", 2),
        deployment("cart", 2),
    ]
    .into_iter()
    .map(|json| ClusterObject::new(json, Provenance::Measured))
    .collect();
    let mut world = World {
        objects,
        ..World::default()
    };
    world.sort_objects();
    world.definition.calls = vec![Call {
        from: ServiceId::new("shop", "web"),
        to: ServiceId::new("shop", "cart"),
        provenance: Provenance::Entered,
        source: "test".to_owned(),
    }];
    world.definition.classes = vec![RequestClass {
        name: "browse".to_owned(),
        entry: ServiceId::new("shop", "web"),
        provenance: Provenance::Entered,
        source: "test".to_owned(),
    }];
    world
}

pub(crate) fn caller() -> Caller {
    Caller {
        name: "tester".to_owned(),
        role: Role::Admin,
        door: Door::CommandLine,
    }
}

pub(crate) fn open(folder: &tempfile::TempDir) -> Arc<Lab> {
    let path = LabPath::new(folder.path().join("test.lab"));
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match Lab::open(&path, &BTreeMap::new()).unwrap() {
            OpenedLab::Owner(lab) => return lab,
            // A lab that was just dropped may still be held by the thread that writes down its session.
            OpenedLab::OwnedByOther { .. } => {
                assert!(Instant::now() < until, "the lab is never free");
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Does a command as the table does: one transaction, then what is left to do.
pub(crate) fn command<T: Send + 'static>(
    lab: &Arc<Lab>,
    f: impl FnOnce(&mut Change<'_, '_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let aftermath = Arc::new(std::sync::Mutex::new(None));
    let (inside, left) = (Arc::clone(lab), Arc::clone(&aftermath));
    let done = lab.store.write(move |writer| {
        let caller = caller();
        let mut change = Change::new(&inside, &caller, writer);
        let answer = f(&mut change);
        *left.lock().unwrap() = Some(change.finish());
        answer
    });
    let aftermath = aftermath.lock().unwrap().take().unwrap();
    aftermath.settle(lab, done.is_ok());
    done
}

/// A lab that is at the world above.
pub(crate) fn lab() -> (tempfile::TempDir, Arc<Lab>) {
    let folder = tempfile::tempdir().unwrap();
    let lab = open(&folder);
    command(&lab, |change| {
        let now = change.lab.now();
        let row = change
            .writer
            .create_world("shop", &world(), "test", "tester", now)?;
        change.make_current(&row)
    })
    .unwrap();
    (folder, lab)
}

pub(crate) fn step(lab: &Arc<Lab>, seconds: f64) -> Session {
    command(lab, move |change| {
        session_step(change, StepInput { seconds })
    })
    .unwrap()
}

pub(crate) fn kill(lab: &Arc<Lab>, node: &str) -> Killed {
    let input = KillInput {
        node: Some(node.to_owned()),
        pod: None,
    };
    command(lab, move |change| session_kill(change, input)).unwrap()
}

fn seek(lab: &Arc<Lab>, seconds: u64) -> Session {
    let input = SeekInput {
        time_ns: Nanos(seconds * SECOND),
    };
    command(lab, move |change| session_seek(change, input)).unwrap()
}

fn digest(lab: &Lab) -> String {
    lab.session
        .with(|core| core.simulation.as_ref().unwrap().digest())
}

fn wait_for(what: &str, ready: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !ready() {
        assert!(Instant::now() < until, "{what} never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_empty_lab_has_an_empty_session() {
    let folder = tempfile::tempdir().unwrap();
    let lab = open(&folder);
    assert_eq!(session(&lab, Nothing {}).unwrap().state, Playing::Empty);
    let refused = command(&lab, |change| session_play(change, PlayInput::default())).unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
}

#[test]
fn stepping_killing_and_healing() {
    let (_folder, lab) = lab();
    let start = session(&lab, Nothing {}).unwrap();
    assert_eq!(
        (start.state, start.time_ns, start.totals.nodes),
        (Playing::Paused, Nanos(0), 2)
    );
    assert!(
        start.cost_per_hour.is_some() && start.parameters.assumed > 0,
        "{start:?}"
    );
    assert_eq!(step(&lab, 30.0).end_ns, Nanos(30 * SECOND));
    let killed = kill(&lab, "a");
    assert_eq!(killed.at_ns, Nanos(30 * SECOND));
    let now = session(&lab, Nothing {}).unwrap();
    assert_eq!(
        (now.faults.len(), now.faults[0].id.clone()),
        (1, killed.fault.clone())
    );
    assert!(now.totals.healthy < 2, "{:?}", now.totals);
    let again = command(&lab, |change| {
        session_kill(
            change,
            KillInput {
                node: Some("a".to_owned()),
                pod: None,
            },
        )
    });
    assert_eq!(again.unwrap_err().code, Code::Conflict);
    let unknown = command(&lab, |change| {
        session_kill(
            change,
            KillInput {
                node: Some("nowhere".to_owned()),
                pod: None,
            },
        )
    });
    assert_eq!(unknown.unwrap_err().code, Code::NotFound);
    step(&lab, 60.0);
    let healed = command(&lab, |change| session_heal(change, HealInput::default())).unwrap();
    assert_eq!(healed.healed, [killed.fault]);
    let after = step(&lab, 60.0);
    assert_eq!((after.faults.len(), after.totals.healthy), (0, 2));
    let kinds: Vec<MarkKind> = after.marks.iter().map(|mark| mark.kind).collect();
    assert_eq!(kinds[0], MarkKind::Kill);
    assert!(
        kinds.contains(&MarkKind::Heal) && kinds.contains(&MarkKind::NodeLost),
        "{kinds:?}"
    );
}

#[test]
fn a_session_comes_back_as_it_was() {
    let (folder, lab) = lab();
    step(&lab, 25.0);
    kill(&lab, "b");
    step(&lab, 100.5);
    let scaled = SessionScaleInput {
        service: "web".to_owned(),
        replicas: 3,
    };
    command(&lab, move |change| session_scale(change, scaled)).unwrap();
    step(&lab, 7.25);
    let (shown, bytes) = (session(&lab, Nothing {}).unwrap(), digest(&lab));
    drop(lab);
    let lab = open(&folder);
    wait_for("the position", || lab.session.is_restored());
    assert_eq!(digest(&lab), bytes);
    wait_for("the view", || lab.session.view().end_ns == shown.end_ns);
    assert_eq!(session(&lab, Nothing {}).unwrap(), shown);
}

#[test]
fn playing_gives_the_same_bytes_as_stepping() {
    let (_folder, lab) = lab();
    command(&lab, |change| {
        session_play(
            change,
            PlayInput {
                speed: Some(Speed::Max),
            },
        )
    })
    .unwrap();
    wait_for("some simulated time", || {
        lab.session.view().end_ns.0 > 40 * SECOND
    });
    let paused = command(&lab, |change| session_pause(change, Nothing {})).unwrap();
    assert_eq!(paused.state, Playing::Paused);
    let (end, bytes) = lab
        .session
        .with(|core| (core.end(), core.simulation.as_ref().unwrap().digest()));
    command(&lab, |change| {
        session_restart(change, RestartInput::default())
    })
    .unwrap();
    lab.session.change(|core| core.advance(end));
    assert_eq!(digest(&lab), bytes);
}

#[test]
fn seeking_shows_the_past_and_changes_nothing() {
    let (_folder, lab) = lab();
    step(&lab, 40.0);
    kill(&lab, "a");
    step(&lab, 700.0);
    let bytes = digest(&lab);
    for (seconds, faults) in [(10, 0), (41, 1), (740, 1), (39, 0), (600, 1)] {
        let then = seek(&lab, seconds);
        assert_eq!(
            (then.time_ns, then.faults.len()),
            (Nanos(seconds * SECOND), faults),
            "{seconds}"
        );
        assert_eq!(then.end_ns, Nanos(740 * SECOND));
        let status = crate::cluster_status::cluster_status(
            &lab,
            crate::cluster_status::RunChoice::default(),
        )
        .unwrap();
        assert_eq!(status.basis.as_of_ns, (seconds * SECOND).to_string());
        // The past from a checkpoint is the past as it was.
        let fresh = lab.session.with(|core| {
            let mut other = core.clone();
            other.begin(core.bill.clone(), core.acts.clone(), 0);
            other.advance(core.cursor);
            (
                other.simulation.unwrap().digest(),
                core.at_cursor().unwrap().0.digest(),
            )
        });
        assert_eq!(fresh.0, fresh.1, "{seconds}");
    }
    assert_eq!(digest(&lab), bytes);
    let beyond = SeekInput {
        time_ns: Nanos(741 * SECOND),
    };
    let beyond = command(&lab, move |change| session_seek(change, beyond)).unwrap_err();
    assert_eq!(beyond.code, Code::BadInput);
}

#[test]
fn acting_in_the_past_forks_the_session() {
    let (folder, lab) = lab();
    step(&lab, 20.0);
    let web = lab.session.with(|core| {
        core.simulation.as_ref().unwrap().state().services[1].pods[0]
            .name
            .clone()
    });
    command(&lab, move |change| {
        session_kill(
            change,
            KillInput {
                node: None,
                pod: Some(web),
            },
        )
    })
    .unwrap();
    step(&lab, 40.0);
    kill(&lab, "a");
    step(&lab, 40.0);
    seek(&lab, 30);
    assert_eq!(kill(&lab, "b").at_ns, Nanos(30 * SECOND));
    let forked = session(&lab, Nothing {}).unwrap();
    assert_eq!(
        (
            forked.end_ns,
            forked.faults.iter().filter(|f| f.target == "a").count()
        ),
        (Nanos(30 * SECOND), 0)
    );
    assert_eq!(lab.session.with(|core| core.acts.len()), 2);
    step(&lab, 5.0);
    let bytes = digest(&lab);
    drop(lab);
    let lab = open(&folder);
    wait_for("the position", || lab.session.is_restored());
    assert_eq!(digest(&lab), bytes);
}

#[test]
fn an_act_that_is_not_written_down_did_not_happen() {
    let (_folder, lab) = lab();
    step(&lab, 20.0);
    let bytes = digest(&lab);
    let failed = command(&lab, |change| {
        session_kill(
            change,
            KillInput {
                node: Some("a".to_owned()),
                pod: None,
            },
        )?;
        Err::<(), _>(Error::refused("the disk is full"))
    });
    assert_eq!(failed.unwrap_err().code, Code::Refused);
    assert_eq!(digest(&lab), bytes);
    assert!(session(&lab, Nothing {}).unwrap().faults.is_empty());
}
