//! Running: plan, play, save. Nothing is kept of a run that was cancelled or failed.

use std::sync::{Arc, Mutex, PoisonError};

use drydock_model::{Act, Scenario, SimTime, TimedAct};
use drydock_simulation::{
    DEFAULT_REPLICATIONS, ENGINE_VERSION, Plan, RunError, RunRequest, Simulation,
};
use drydock_store::RunRow as StoredRow;
use serde_json::json;

use super::list::row_of;
use super::{PlannedKill, RunDone, RunInput, artifact, parse_duration};
use crate::caller::Caller;
use crate::jobs::JobContext;
use crate::{Code, Error, Lab};

/// Most worlds drawn.
const MOST_REPLICATIONS: u32 = 200;

/// `run`: simulates a world over a time, with kills, and keeps the result.
pub fn run(
    lab: &Arc<Lab>,
    _: &Caller,
    context: &JobContext,
    input: RunInput,
) -> Result<RunDone, Error> {
    let duration_ns = parse_duration("for", &input.duration)?;
    if duration_ns == 0 {
        return Err(Error::bad_input(
            "for",
            "a run takes some time: write it as 10m or 1h",
        ));
    }
    let replications = input.replications.unwrap_or(DEFAULT_REPLICATIONS);
    if replications > MOST_REPLICATIONS {
        return Err(Error::bad_input(
            "replications",
            format!("{replications} is more than {MOST_REPLICATIONS}"),
        ));
    }
    let seed = input.seed.unwrap_or(1);
    let world = lab.world_row(input.world.as_deref().unwrap_or("current"))?;
    context.progress(0.0, "reading the world");
    let definition = lab
        .store
        .read(|reader| reader.load_world(&world.id, Some(world.revision)))?;
    let plan = Plan::compile(&definition).map_err(|error| Error::refused(error.to_string()))?;
    let plan = Arc::new(plan);
    let scenario = scenario(
        &plan,
        seed,
        input.name.as_deref().unwrap_or_default(),
        &input.kills,
        duration_ns,
    )?;
    let started = lab.now();
    let request = RunRequest {
        duration_ns,
        seed,
        scenario,
        replications,
        repeats: 0,
        // Replications are shared out over the cores, which changes nothing in the result.
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let told = Mutex::new(0.0_f64);
    let result = drydock_simulation::run(&plan, &request, &|done| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        // A hundredth at a time is as much as anybody can see.
        if done - *told >= 0.01 {
            *told = done;
            context.progress(done, "simulating");
        }
        !context.is_cancelled()
    })
    .map_err(refused)?;
    context.progress(1.0, "saving");
    let artifact = lab.store.artifacts().put(&artifact::encode(&result)?)?;
    let row = StoredRow {
        id: drydock_store::new_id(),
        world: world.id.clone(),
        revision: world.revision,
        seed,
        engine_version: ENGINE_VERSION.to_owned(),
        scenario: serde_json::to_value(&request.scenario).map_err(Error::internal)?,
        settings: json!({ "durationNs": duration_ns.to_string(), "replications": replications, "name": input.name }),
        summary: serde_json::to_value(&result.summary).map_err(Error::internal)?,
        digest: result.digest,
        artifact,
        started,
        finished: lab.now(),
    };
    if context.is_cancelled() {
        return Err(refused(RunError::Cancelled));
    }
    let saved = row.clone();
    lab.store
        .write(move |writer| writer.save_run(&saved).map_err(Error::from))?;
    Ok(RunDone {
        row: row_of(&row, world.name)?,
        summary: result.summary,
    })
}

fn refused(error: RunError) -> Error {
    let code = match &error {
        RunError::Cancelled => Code::Cancelled,
        RunError::Act { .. } | RunError::Order { .. } => Code::Refused,
        RunError::Threads(_) => Code::Internal,
    };
    Error::new(code, error.to_string())
}

/// The acts of the kills, in order of time; names are checked against the world at its start.
fn scenario(
    plan: &Arc<Plan>,
    seed: u64,
    name: &str,
    kills: &[PlannedKill],
    duration_ns: SimTime,
) -> Result<Scenario, Error> {
    let mut acts = Vec::new();
    let start = (!kills.is_empty()).then(|| Simulation::new(Arc::clone(plan), seed).state());
    for (index, kill) in kills.iter().enumerate() {
        let field = |name: &str| format!("kills[{index}].{name}");
        let at_ns = within(
            &field("at"),
            parse_duration(&field("at"), &kill.at)?,
            duration_ns,
        )?;
        match (&kill.node, &kill.pod) {
            (Some(node), None) => {
                let there = start
                    .iter()
                    .flat_map(|state| &state.nodes)
                    .any(|other| other.name == *node);
                if !there {
                    return Err(Error::not_found(&format!("node ({})", field("node")), node));
                }
                acts.push(TimedAct {
                    at_ns,
                    act: Act::KillNode { node: node.clone() },
                });
                if let Some(after) = &kill.heal_after {
                    let after = parse_duration(&field("healAfter"), after)?;
                    acts.push(TimedAct {
                        at_ns: within(&field("healAfter"), at_ns + after, duration_ns)?,
                        act: Act::HealNode { node: node.clone() },
                    });
                }
            }
            (None, Some(pod)) => {
                let there = start
                    .iter()
                    .flat_map(|state| &state.services)
                    .flat_map(|service| &service.pods)
                    .any(|other| other.name == *pod);
                if !there {
                    let message = format!(
                        "{}: {pod:?} is no pod of the world at the start of this run",
                        field("pod")
                    );
                    return Err(Error::refused(message));
                }
                if kill.heal_after.is_some() {
                    let message = "a killed pod is not healed: its controller makes another";
                    return Err(Error::bad_input(&field("healAfter"), message));
                }
                acts.push(TimedAct {
                    at_ns,
                    act: Act::KillPod { pod: pod.clone() },
                });
            }
            _ => {
                return Err(Error::bad_input(
                    &field("node"),
                    "name a node or a pod, one of the two",
                ));
            }
        }
    }
    acts.sort_by_key(|timed| timed.at_ns);
    Ok(Scenario {
        name: name.to_owned(),
        acts,
    })
}

fn within(field: &str, at_ns: SimTime, duration_ns: SimTime) -> Result<SimTime, Error> {
    if at_ns <= duration_ns {
        Ok(at_ns)
    } else {
        Err(Error::bad_input(field, "this is after the end of the run"))
    }
}
