//! What matters most of a world: single points of failure, and whether everything still fits after losing the largest
//! node or a zone.

use drydock_model::ServiceId;
use drydock_scheduler::{NodeId, Resources};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::AvailabilityError;
use crate::failure::{Each, Failure};
use crate::loss::PodFate;
use crate::matrix::StateRow;
use crate::options::LostNodes;
use crate::replacement::Fate;
use crate::rests_on::RestsOn;
use crate::structure::Structure;

/// Something whose loss alone takes an entry service down that works before, or its writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SinglePoint {
    /// What fails: a node, a zone or a service.
    pub failure: Failure,
    /// Entry services that it takes down at once; none where only writes are lost.
    pub entries_down: Vec<ServiceId>,
    /// Those of them that are down still after all that can be made anew is placed.
    pub entries_still_down: Vec<ServiceId>,
    /// Entry services that work on without writes.
    pub entries_without_writes: Vec<ServiceId>,
}

/// Whether what is left after a loss has room for everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spare {
    /// What is lost: a node or a zone.
    pub failure: Failure,
    /// Why it is asked, such as `most CPU of all nodes`.
    pub because: String,
    /// Whether every pod of it that can be made anew finds a node, and none has to make way for good.
    pub fits: bool,
    /// Pods that no node takes.
    pub unplaced: Vec<PodFate>,
}

/// What matters most of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Those that take most entry services down first; then those that leave most of them down, then those that take most
    /// writes, then nodes, zones and services by name.
    pub single_points: Vec<SinglePoint>,
    /// The largest node by CPU, that by memory where it is another, and each zone.
    pub spare: Vec<Spare>,
    /// Whether everything fits after each of those losses; absent where there is no node.
    pub fits_after_any: Option<bool>,
    /// What this rests on.
    pub rests_on: RestsOn,
}

impl Structure {
    /// Loses each node, zone and service in turn.
    ///
    /// # Errors
    /// A node that cannot be judged.
    pub fn summary(&self) -> Result<Summary, AvailabilityError> {
        let matrix = self.matrix(&[Each::Node, Each::Zone, Each::Service])?;
        let news = |row: &StateRow, of: fn(&StateRow) -> &Vec<ServiceId>| -> Vec<ServiceId> {
            let old = of(&matrix.before);
            let new = of(row).iter().filter(|id| !old.contains(id));
            new.cloned().collect()
        };
        let mut single_points: Vec<SinglePoint> = matrix
            .rows
            .iter()
            .filter_map(|row| {
                let entries_down = news(&row.immediately, |row| &row.entries_down);
                let entries_without_writes =
                    news(&row.immediately, |row| &row.entries_without_writes);
                let mut entries_still_down = news(&row.after_replacement, |row| &row.entries_down);
                entries_still_down.retain(|id| entries_down.contains(id));
                let harmless = entries_down.is_empty() && entries_without_writes.is_empty();
                (!harmless).then(|| SinglePoint {
                    failure: row.failures[0].clone(),
                    entries_down,
                    entries_still_down,
                    entries_without_writes,
                })
            })
            .collect();
        // Stable: of equals the order of the matrix stays.
        single_points.sort_by_key(|point| {
            std::cmp::Reverse((
                point.entries_down.len(),
                point.entries_still_down.len(),
                point.entries_without_writes.len(),
            ))
        });
        let spare = self.spare()?;
        let fits = spare.iter().all(|spare| spare.fits);
        Ok(Summary {
            single_points,
            fits_after_any: (!spare.is_empty()).then_some(fits),
            spare,
            rests_on: self.rests_on.and(matrix_only(&self.rests_on, &matrix.rests_on).chain([
                "whether everything fits is asked with the lost nodes deleted: pods of StatefulSets are made anew too"
                    .to_owned(),
            ])),
        })
    }

    fn spare(&self) -> Result<Vec<Spare>, AvailabilityError> {
        let largest = |of: fn(&Resources) -> i64| {
            let nodes = self.sites.nodes.iter();
            // Of equals the first by name.
            nodes
                .rev()
                .max_by_key(|(_, id)| of(&self.cluster.allocatable(**id)))
        };
        let mut asked: Vec<(Failure, String)> = Vec::new();
        let mut ask_node = |found: Option<(&String, &NodeId)>, what: &str| {
            let Some((name, _)) = found else {
                return;
            };
            let failure = Failure::Node { node: name.clone() };
            match asked.iter_mut().find(|(other, _)| *other == failure) {
                Some((_, because)) => "most CPU and memory of all nodes".clone_into(because),
                None => asked.push((failure, format!("most {what} of all nodes"))),
            }
        };
        ask_node(largest(|it| it.milli_cpu), "CPU");
        ask_node(largest(|it| it.memory_bytes), "memory");
        let zones = self.each(Each::Zone);
        asked.extend(zones.into_iter().map(|zone| (zone, "a zone".to_owned())));
        asked
            .into_iter()
            .map(|(failure, because)| {
                let lost = self.lost(std::slice::from_ref(&failure))?;
                let replacement = self.replace(&lost, LostNodes::Deleted)?;
                let mut unplaced = self.fates(&replacement, &lost);
                unplaced.retain(|pod| {
                    pod.fate == Fate::Unplaced || (pod.preempted && pod.fate == Fate::Gone)
                });
                Ok(Spare {
                    failure,
                    because,
                    fits: unplaced.is_empty(),
                    unplaced,
                })
            })
            .collect()
    }
}

/// The assumptions that a matrix adds.
fn matrix_only<'a>(base: &RestsOn, matrix: &'a RestsOn) -> impl Iterator<Item = String> + 'a {
    matrix.assumptions[base.assumptions.len()..].iter().cloned()
}
