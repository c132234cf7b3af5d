//! A world as the scheduler finds it and as it leaves it, and the last few that were looked at. Looking changes no world.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use drydock_model::{Inventory, Provenance, World};
use drydock_scheduler::{Admission, Profile, Schedule};
use drydock_store::WorldRow;
use drydock_what_if::{Baseline, Standing, StandingPod};
use k8s_openapi::api::core::v1::Pod;

use crate::shapes::{Basis, BasisKind};
use crate::{Error, Lab};

/// Worlds kept.
const KEPT: usize = 4;

/// A world with its pods placed.
pub struct Settled {
    /// Id of the world; empty where it is in no lab.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The revision.
    pub revision: u64,
    /// The world.
    pub world: World,
    /// Its objects, read.
    pub inventory: Arc<Inventory>,
    /// What it is scheduled by.
    pub profile: Profile,
    /// As its dump has it: what is bound there is bound, the rest waits.
    pub found: Standing,
    /// With what waited placed.
    pub standing: Standing,
    /// The decisions in between.
    pub schedule: Schedule,
    /// Read for what-ifs once somebody asks one.
    baseline: OnceLock<Baseline>,
}

impl Settled {
    /// Reads a world and places what waits.
    pub fn of(world: World, row: Option<&WorldRow>) -> Result<Self, Error> {
        let inventory = Inventory::of(&world);
        let profile = Standing::profile_of(&inventory).map_err(|error| refused(&error))?;
        let found = Standing::of(&inventory, profile.clone()).map_err(|error| refused(&error))?;
        let mut standing = found.clone();
        let schedule = standing.settle();
        Ok(Self {
            id: row.map(|row| row.id.clone()).unwrap_or_default(),
            name: row.map(|row| row.name.clone()).unwrap_or_default(),
            revision: row.map_or(1, |row| row.revision),
            world,
            inventory: Arc::new(inventory),
            profile,
            found,
            standing,
            schedule,
            baseline: OnceLock::new(),
        })
    }

    /// The world as what-ifs start from it.
    pub fn baseline(&self) -> &Baseline {
        self.baseline.get_or_init(|| {
            let (inventory, found) = (Arc::clone(&self.inventory), self.found.clone());
            Baseline::from_standing(&self.world, inventory, self.profile.clone(), found)
        })
    }

    /// Where its figures come from: the input alone, nothing is played.
    pub fn basis(&self) -> Basis {
        let nodes = self.inventory.nodes.iter().map(|(_, grade)| *grade);
        let workloads = self.inventory.workloads.iter().map(|made| made.provenance);
        Basis {
            kind: BasisKind::Imported,
            grade: nodes.chain(workloads).max().unwrap_or(Provenance::Measured),
            run: None,
            world: self.name.clone(),
            revision: self.revision,
            seed: 0,
            as_of_ns: "0".to_owned(),
        }
    }

    /// A pod as the API server of this world would store it.
    pub fn admit(&self, pod: &Pod) -> Result<Pod, Error> {
        let classes = &self.inventory.cluster.priority_classes;
        Admission::new(classes)
            .admit(pod)
            .map_err(|error| refused(&error))
    }

    /// The pod that a text names: `namespace/name`, or a bare name that one pod has.
    pub fn pod(&self, text: &str) -> Result<(usize, &StandingPod), Error> {
        let pods = self.standing.pods.iter().enumerate();
        let mut found = pods.filter(|(_, pod)| {
            pod.name == text
                || pod
                    .name
                    .rsplit_once('/')
                    .is_some_and(|(_, name)| name == text)
        });
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Error::not_found("pod", text)),
            (Some(_), Some(_)) => Err(Error::bad_input(
                "pod",
                format!("{text:?} is the name of several pods: write namespace/name"),
            )),
        }
    }
}

/// What a world's objects do not allow.
pub(super) fn refused(error: &dyn std::error::Error) -> Error {
    Error::refused(error.to_string())
}

/// The row of a world that an input names; `default` is the current one unless a world has that name.
pub(super) fn row(lab: &Lab, simulation: Option<&str>) -> Result<WorldRow, Error> {
    match simulation {
        None => lab.world_row("current"),
        Some("default") => lab
            .world_row("default")
            .or_else(|_| lab.world_row("current")),
        Some(other) => lab.world_row(other),
    }
}

/// The worlds looked at lately, least lately used first.
#[derive(Default)]
pub struct SettledCache {
    worlds: Mutex<Vec<Arc<Settled>>>,
}

impl SettledCache {
    /// The world that an input names, at its newest revision.
    pub fn get(&self, lab: &Lab, simulation: Option<&str>) -> Result<Arc<Settled>, Error> {
        let row = row(lab, simulation)?;
        let is_it = |known: &Arc<Settled>| {
            (&known.id, known.revision, &known.name) == (&row.id, row.revision, &row.name)
        };
        {
            let mut worlds = self.lock();
            if let Some(at) = worlds.iter().position(is_it) {
                let known = worlds.remove(at);
                worlds.push(Arc::clone(&known));
                return Ok(known);
            }
        }
        let world = lab
            .store
            .read(|reader| reader.load_world(&row.id, Some(row.revision)))?;
        let settled = Arc::new(Settled::of(world, Some(&row))?);
        let mut worlds = self.lock();
        worlds.retain(|known| known.id != row.id);
        worlds.push(Arc::clone(&settled));
        if worlds.len() > KEPT {
            worlds.remove(0);
        }
        Ok(settled)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Settled>>> {
        // Worlds are put in whole: whatever happened to the thread that held the lock, they are good to read.
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
