//! Placement: how full the cluster is, what is where, why, where a pod would go, and what would be if. Only what says so
//! stores anything.

mod bindings;
mod board;
mod changes;
mod explain;
mod headroom;
mod landings;
mod placement;
mod profiles;
mod settled;
mod shape;
mod simulate;
mod simulations;
mod snapshot;
mod sweep;
#[cfg(test)]
mod tests;
mod what_if;

use crate::session::look::{Sight, look};
use crate::{Error, Lab};

pub use bindings::scheduler_bindings;
pub use headroom::scheduler_headroom;
pub use landings::scheduler_landings;
pub(crate) use placement::{bound_requests, requests};
pub use profiles::{scheduler_compare, scheduler_profiles};
pub use settled::SettledCache;
pub use shape::*;
pub use simulations::{create_simulation, scheduler_simulations};
pub use snapshot::{SnapshotInput, SnapshotReport, schedule_snapshot};
pub use sweep::scheduler_sweep;
pub use what_if::{scheduler_keep, scheduler_what_if};

/// The session and a world cannot be looked at in one answer.
fn check_scene(run: Option<&str>, simulation: Option<&str>) -> Result<(), Error> {
    match (run, simulation) {
        (Some(_), Some(_)) => Err(Error::bad_input(
            "simulationId",
            "name a run or a world, not both",
        )),
        _ => Ok(()),
    }
}

/// `scheduler_cluster`: how full the cluster is.
pub fn scheduler_cluster(lab: &Lab, input: SceneInput) -> Result<SchedulerCluster, Error> {
    check_scene(input.run.as_deref(), input.simulation_id.as_deref())?;
    match input.simulation_id.as_deref() {
        Some(id) => Ok(board::cluster_of_world(&*lab.settled.get(lab, Some(id))?)),
        None => look(lab, input.sight(), board::cluster_of_session),
    }
}

/// `scheduler_board`: nodes by zone with the pods on them, and pods without a node.
pub fn scheduler_board(lab: &Lab, input: SceneInput) -> Result<SchedulerBoard, Error> {
    check_scene(input.run.as_deref(), input.simulation_id.as_deref())?;
    match input.simulation_id.as_deref() {
        Some(id) => Ok(board::board_of_world(&*lab.settled.get(lab, Some(id))?)),
        None => look(lab, input.sight(), board::board_of_session),
    }
}

/// `scheduler_explain`: why a pod is where it is, or nowhere.
pub fn scheduler_explain(lab: &Lab, input: ExplainInput) -> Result<PodExplanation, Error> {
    check_scene(input.run.as_deref(), input.simulation_id.as_deref())?;
    match input.simulation_id.as_deref() {
        Some(id) => explain::in_world(&*lab.settled.get(lab, Some(id))?, &input),
        None => explain::in_session(lab, &input),
    }
}

/// `scheduler_simulate`: where a pod would go in the session's cluster at its cursor, in that of a run, or in a world.
pub fn scheduler_simulate(lab: &Lab, input: SimulatePodInput) -> Result<SimulatedPod, Error> {
    check_scene(input.run.as_deref(), input.simulation_id.as_deref())?;
    let pod = simulate::pod("podSpec", &input.pod_spec)?;
    if let Some(id) = input.simulation_id.as_deref() {
        return simulate::in_world(&*lab.settled.get(lab, Some(id))?, &pod);
    }
    let sight = Sight::of(input.run.as_deref(), input.at_ns);
    look(lab, sight, |look| simulate::in_session(look, &pod))
}
