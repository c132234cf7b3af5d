//! Many questions at once: a row a list of failures, a column a service.

use drydock_model::ServiceId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::AvailabilityError;
use crate::failure::{Each, Failure, Lost};
use crate::loss::{Judged, assumed_of};
use crate::replacement::Fate;
use crate::rests_on::RestsOn;
use crate::structure::Structure;
use crate::verdict::{ServiceState, Verdict};

/// How all services are at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateRow {
    /// How each service is, in the order of the matrix's services.
    pub states: Vec<ServiceState>,
    /// Entry services to which requests fail.
    pub entries_down: Vec<ServiceId>,
    /// Entry services that work but take no writes.
    pub entries_without_writes: Vec<ServiceId>,
}

/// What one list of failures does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatrixRow {
    /// What fails.
    pub failures: Vec<Failure>,
    /// At once.
    pub immediately: StateRow,
    /// After all that can be made anew is placed.
    pub after_replacement: StateRow,
    /// Pods made anew that found a node.
    pub replaced: u32,
    /// Pods made anew that no node takes.
    pub unplaced: u32,
    /// Pods of StatefulSets that wait for their node.
    pub waiting_for_node: u32,
}

/// What many lists of failures do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// The services, in order of name.
    pub services: Vec<ServiceId>,
    /// The entry services, in order of name.
    pub entries: Vec<ServiceId>,
    /// How it is before anything fails.
    pub before: StateRow,
    /// A row a list of failures, in the order asked.
    pub rows: Vec<MatrixRow>,
    /// What the answers rest on.
    pub rests_on: RestsOn,
}

impl Structure {
    /// Each thing of these kinds failing on its own.
    ///
    /// # Errors
    /// As [`Structure::matrix_of`].
    pub fn matrix(&self, each: &[Each]) -> Result<Matrix, AvailabilityError> {
        let failures = each.iter().flat_map(|&each| self.each(each));
        let sets: Vec<Vec<Failure>> = failures.map(|failure| vec![failure]).collect();
        self.matrix_of(&sets)
    }

    /// Each of these lists of failures on its own.
    ///
    /// # Errors
    /// A node, zone, region or service that is not there.
    pub fn matrix_of(&self, sets: &[Vec<Failure>]) -> Result<Matrix, AvailabilityError> {
        let rows = sets
            .iter()
            .map(|failures| Ok(self.row(failures, &self.judge(failures)?)))
            .collect::<Result<Vec<_>, AvailabilityError>>()?;
        let mut everything = Lost::default();
        for failures in sets {
            let lost = self.lost(failures)?;
            everything.nodes.extend(lost.nodes);
            everything.services.extend(lost.services);
        }
        Ok(Matrix {
            services: self.services.iter().map(|it| it.id.clone()).collect(),
            entries: self.entries.iter().map(|it| self.id(it.service)).collect(),
            before: self.state_row(&self.verdict_before()),
            rows,
            rests_on: self
                .rests_on
                .and(assumed_of(&everything, self.options.lost_nodes)),
        })
    }

    pub(crate) fn row(&self, failures: &[Failure], judged: &Judged<'_>) -> MatrixRow {
        let fates = || judged.replacement.fates(&judged.lost);
        let count = |fate: Fate| fates().filter(|&(_, _, it)| it == fate).count() as u32;
        MatrixRow {
            failures: failures.to_vec(),
            immediately: self.state_row(&judged.immediately),
            after_replacement: self.state_row(&judged.after),
            replaced: count(Fate::Replaced),
            unplaced: count(Fate::Unplaced),
            waiting_for_node: count(Fate::WaitsForNode),
        }
    }

    fn state_row(&self, verdict: &Verdict) -> StateRow {
        let entries = |of: &dyn Fn(usize) -> bool| {
            let entries = self.entries.iter().map(|entry| entry.service);
            entries.filter(|&at| of(at)).map(|at| self.id(at)).collect()
        };
        StateRow {
            states: verdict.states().to_vec(),
            entries_down: entries(&|at| verdict.fails(at)),
            entries_without_writes: entries(&|at| verdict.is_read_only(at)),
        }
    }

    pub(crate) fn id(&self, service: usize) -> ServiceId {
        self.services[service].id.clone()
    }
}
