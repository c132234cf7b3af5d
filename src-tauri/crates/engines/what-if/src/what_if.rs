//! The question itself: a world, what is changed of it, and what becomes of its pods.

use std::collections::BTreeSet;
use std::sync::Arc;

use drydock_model::{Inventory, World};
use drydock_scheduler::{Cluster, Profile};

use crate::change::Change;
use crate::drain::DrainOrders;
use crate::error::{Fault, WhatIfError};
use crate::fork::Fork;
use crate::moves::{Sighting, moves, sighting};
use crate::new_nodes::Wanted;
use crate::outcome::{Cause, Outcome, Placement};
use crate::placement::{self, NodeFacts};
use crate::pools::Addition;
use crate::rehearsal::{Record, Rehearsal};
use crate::standing::{Standing, StandingPod};
use crate::write_back;

/// A world that has settled: read once, asked as often as one likes.
#[derive(Clone, Debug)]
pub struct Baseline {
    start: Rehearsal,
    placement: Placement,
    seen: Sighting,
}

/// Applies changes one after the other, each with what it entails, and answers what became of the pods. The world that
/// results is the fork: changed objects, pods bound where they are now.
///
/// # Errors
/// A change that asks for what cannot be, with its number and field; a world that cannot be judged. Nothing is applied
/// then.
pub fn what_if(world: &World, changes: &[Change]) -> Result<(Outcome, World), WhatIfError> {
    Baseline::of(world)?.what_if(changes)
}

impl Baseline {
    /// Reads a world and places what waits in it.
    ///
    /// # Errors
    /// A world that cannot be judged, or whose scheduler configuration does not read.
    pub fn of(world: &World) -> Result<Self, WhatIfError> {
        let inventory = Inventory::of(world);
        let profile = Standing::profile_of(&inventory)?;
        let found = Standing::of(&inventory, profile.clone())?;
        Ok(Self::from_standing(
            world,
            Arc::new(inventory),
            profile,
            found,
        ))
    }

    /// The same of a world that was read already: its objects, the profile in force and the pods as they were found.
    pub fn from_standing(
        world: &World,
        inventory: Arc<Inventory>,
        profile: Profile,
        found: Standing,
    ) -> Self {
        let Standing {
            cluster,
            pods,
            warnings,
        } = found;
        let nodes = NodeFacts::all(&inventory);
        let mut start = Rehearsal {
            fork: Fork::of(world),
            inventory,
            profile,
            cluster,
            pods: Arc::new(pods),
            gone: BTreeSet::new(),
            replaced: BTreeSet::new(),
            nodes,
            altered: BTreeSet::new(),
            record: Record::default(),
        };
        start.settle();
        // What became of pods so far is no answer to any question.
        start.record = Record {
            warnings: warnings.into_iter().collect(),
            ..Record::default()
        };
        Self {
            seen: sighting(&start),
            placement: start.placement(),
            start,
        }
    }

    /// The placement before any change.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The cluster after what waits has been placed; pods are keyed by their place in [`Baseline::pods`].
    pub fn cluster(&self) -> &Cluster {
        &self.start.cluster
    }

    /// The pods of the world, each with the node that the dump has it on; where it is now, [`Baseline::cluster`] knows.
    pub fn pods(&self) -> &[StandingPod] {
        &self.start.pods
    }

    /// Answers for these changes, see [`what_if`].
    ///
    /// # Errors
    /// As [`what_if`].
    pub fn what_if(&self, changes: &[Change]) -> Result<(Outcome, World), WhatIfError> {
        let mut rehearsal = self.start.clone();
        for (at, change) in changes.iter().enumerate() {
            rehearsal
                .apply(change)
                .map_err(|fault| fault.of(at, change.kind()))?;
            rehearsal.settle();
        }
        let after = sighting(&rehearsal);
        if !changes.is_empty() {
            write_back::pods(&mut rehearsal);
            write_back::implied(&mut rehearsal);
        }
        let placed = rehearsal.placement();
        let moved = moves(&self.seen, &after, &rehearsal);
        let not_considered = not_considered(&rehearsal);
        let Rehearsal {
            fork,
            profile,
            record,
            ..
        } = rehearsal;
        let outcome = Outcome {
            profile: profile.scheduler_name,
            before: self.placement.clone(),
            after: placed,
            moved,
            preempted: record.preempted,
            drains: record.drains,
            not_considered,
            assumptions: record.assumptions.into_iter().collect(),
            warnings: record.warnings.into_iter().collect(),
        };
        Ok((outcome, fork.into_world()))
    }
}

impl Rehearsal {
    fn placement(&self) -> Placement {
        placement::read(&self.cluster, &self.pods, &self.nodes, |key| {
            self.is_there(key)
        })
    }

    fn apply(&mut self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::AddNodes {
                count,
                like,
                instance_type,
                provider,
                region,
                zone,
                pool,
                labels,
                taints,
                capacity,
            } => self.add_nodes(&Addition {
                count: *count,
                like: like.as_deref(),
                wanted: instance_type.as_deref().map(|instance_type| Wanted {
                    instance_type,
                    provider: *provider,
                    region: region.as_deref(),
                }),
                zone: zone.as_deref(),
                pool: pool.as_deref(),
                labels,
                taints,
                capacity: capacity.as_ref(),
            }),
            Change::RemoveNodes { nodes } => {
                let nodes = self.named("nodes", nodes)?;
                self.remove_nodes(&nodes, Cause::NodeLost);
                Ok(())
            }
            Change::FailNodes { nodes } => {
                let nodes = self.named("nodes", nodes)?;
                self.fail_nodes(&nodes)
            }
            Change::FailZone { zone } => {
                let nodes = self.zone(zone)?;
                self.fail_nodes(&nodes)
            }
            Change::CordonNodes { nodes, on } => {
                let nodes = self.named("nodes", nodes)?;
                self.cordon_nodes(&nodes, *on)
            }
            Change::DrainNodes {
                nodes,
                grace_period_seconds,
                force,
                delete_empty_dir_data,
                ignore_daemon_sets,
            } => {
                let nodes = self.named("nodes", nodes)?;
                self.drain_nodes(
                    &nodes,
                    &DrainOrders {
                        grace_period_seconds: *grace_period_seconds,
                        force: *force,
                        delete_empty_dir_data: *delete_empty_dir_data,
                        ignore_daemon_sets: *ignore_daemon_sets,
                    },
                )
            }
            Change::ResizePool { pool, count } => self.resize_pool(pool, *count),
            Change::ReplacePool {
                pool,
                instance_type,
                region,
                count,
                max_surge,
            } => {
                let wanted = Wanted {
                    instance_type,
                    provider: None,
                    region: region.as_deref(),
                };
                self.replace_pool(pool, &wanted, *count, *max_surge)
            }
            Change::TaintNodes {
                nodes,
                pool,
                add,
                remove,
            } => {
                let nodes = self.chosen(nodes, pool.as_deref())?;
                self.taint_nodes(&nodes, add, remove)
            }
            Change::LabelNodes {
                nodes,
                pool,
                set,
                remove,
            } => {
                let nodes = self.chosen(nodes, pool.as_deref())?;
                self.label_nodes(&nodes, set, remove)
            }
            Change::ScaleWorkload { workload, replicas } => {
                self.scale_workload(workload, *replicas)
            }
            Change::EditWorkload { workload, patch } => self.edit_workload(workload, patch),
            Change::RemoveWorkload { workload } => self.remove_workload(workload),
            Change::AddWorkloads { objects, .. } => self.add_workloads(objects),
            Change::SetScheduler {
                preset,
                configuration,
                parsed,
            } => self.set_scheduler(*preset, configuration.as_deref(), parsed.as_ref()),
        }
    }
}

fn not_considered(rehearsal: &Rehearsal) -> Vec<String> {
    let shapes: BTreeSet<_> = rehearsal.there().map(|(_, pod)| pod.shape).collect();
    let list: BTreeSet<String> = shapes
        .into_iter()
        .flat_map(|shape| rehearsal.cluster.shape(shape).not_considered())
        .chain(&rehearsal.profile.not_considered)
        .cloned()
        .collect();
    list.into_iter().collect()
}
