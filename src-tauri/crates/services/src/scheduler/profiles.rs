//! The same pods under two configurations, and two worlds side by side.

use drydock_scheduler::{Evicted, Profile};
use drydock_what_if::{Preset, Standing, compare, placement};

use super::landings::queue;
use super::settled::{Settled, refused};
use super::{
    CompareWorldsInput, PlacedApart, ProfileChoice, ProfilesInput, ProfilesReport, WorldComparison,
    changes,
};
use crate::{Error, Lab};

/// `scheduler_compare`: two worlds side by side: pods that are elsewhere or in one of them only, cost, pending pods.
pub fn scheduler_compare(lab: &Lab, input: CompareWorldsInput) -> Result<WorldComparison, Error> {
    let a = lab.settled.get(lab, Some(&input.a))?;
    let b = lab.settled.get(lab, Some(&input.b))?;
    Ok(WorldComparison {
        basis_a: a.basis(),
        basis_b: b.basis(),
        comparison: compare(a.baseline(), b.baseline()),
    })
}

/// `scheduler_profiles`: every pod but daemons placed anew under two configurations.
pub fn scheduler_profiles(lab: &Lab, input: ProfilesInput) -> Result<ProfilesReport, Error> {
    let world = lab.settled.get(lab, input.simulation_id.as_deref())?;
    let (a, b) = (
        chosen("a", &input.a, &world)?,
        chosen("b", &input.b, &world)?,
    );
    let mut not_considered = a.not_considered.clone();
    not_considered.extend(b.not_considered.iter().cloned());
    not_considered.sort();
    not_considered.dedup();
    let (profile_a, profile_b) = (a.scheduler_name.clone(), b.scheduler_name.clone());
    let (a, b) = (anew(&world, a)?, anew(&world, b)?);
    let node = |standing: &Standing, at: usize| {
        let node = standing.pods[at].node?;
        Some(standing.cluster.node_name(node).to_owned())
    };
    let apart = (0..a.pods.len())
        .filter_map(|at| {
            let (there, here) = (node(&a, at), node(&b, at));
            (there != here).then(|| PlacedApart {
                pod: a.pods[at].name.clone(),
                service: a.pods[at].owner.to_string(),
                a: there,
                b: here,
            })
        })
        .collect();
    Ok(ProfilesReport {
        basis: world.basis(),
        profile_a,
        profile_b,
        a: placement(&a, &world.inventory),
        b: placement(&b, &world.inventory),
        apart,
        not_considered,
    })
}

fn chosen(field: &str, choice: &ProfileChoice, world: &Settled) -> Result<Profile, Error> {
    match (&choice.preset, &choice.configuration) {
        (None, None) => Ok(world.profile.clone()),
        (Some(Preset::Default), None) => Ok(Profile::default()),
        (Some(Preset::OptimizeUtilization), None) => Ok(Profile::optimize_utilization()),
        (None, Some(text)) => {
            let field = format!("{field}.configuration");
            let value = changes::configuration(&field, text)?;
            let profiles = drydock_scheduler::configuration::read(&value)
                .map_err(|error| Error::bad_input(&field, error))?;
            let first = profiles
                .into_iter()
                .next()
                .ok_or_else(|| Error::bad_input(&field, "holds no profile"))?;
            Ok(first.profile)
        }
        (Some(_), Some(_)) => Err(Error::bad_input(
            field,
            "write preset or configuration, one of the two",
        )),
    }
}

/// A world's pods placed anew under a profile; daemons and static pods stay.
fn anew(world: &Settled, profile: Profile) -> Result<Standing, Error> {
    let found = Standing::of(&world.inventory, profile).map_err(|error| refused(&error))?;
    let (mut cluster, waiting) = queue(&found, true);
    cluster.schedule(waiting, Evicted::Return);
    let mut standing = found;
    for (at, pod) in standing.pods.iter_mut().enumerate() {
        pod.node = cluster.node_of(drydock_scheduler::PodKey(at as u64));
    }
    standing.cluster = cluster;
    Ok(standing)
}
