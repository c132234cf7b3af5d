//! Arguments of plugins, `pluginConfig` of a profile.
//!
//! Source: `apis/config/v1/defaults.go` and `apis/config/validation/validation_pluginargs.go`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{NodeAffinity, PodSpec};
use serde::Deserialize;

use super::InvalidConfiguration;
use super::cursor::At;
use crate::constraints::Constraints;
use crate::profile::{DefaultSpread, Profile, SpreadDefaults};
use crate::strategy::{Curve, ShapePoint, Strategy};
use crate::symbol::Symbols;

/// Reads the arguments of a plugin.
pub(super) fn read(
    plugin: &str,
    args: &At<'_>,
    profile: &mut Profile,
) -> Result<(), InvalidConfiguration> {
    if args.field("kind").is_some() {
        args.is_text("kind", &format!("{plugin}Args"))?;
    }
    match plugin {
        "NodeResourcesFit" => fit(args, profile),
        "NodeResourcesBalancedAllocation" => balance(args, profile),
        "PodTopologySpread" => spread(args, profile),
        "InterPodAffinity" => inter_pod(args, profile),
        "NodeAffinity" => node_affinity(args, profile),
        "DefaultPreemption" => preemption(args, profile),
        "VolumeBinding" => {
            fields(args, &["bindTimeoutSeconds", "shape"])?;
            if args.field("shape").is_some() {
                profile
                    .not_considered
                    .push("VolumeBinding: shape".to_owned());
            }
            Ok(())
        }
        _ => {
            profile.not_considered.push(format!("{plugin}: args"));
            Ok(())
        }
    }
}

fn fields(args: &At<'_>, names: &[&str]) -> Result<(), InvalidConfiguration> {
    let mut all = vec!["apiVersion", "kind"];
    all.extend(names);
    args.only(&all)
}

fn fit(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(
        args,
        &[
            "ignoredResources",
            "ignoredResourceGroups",
            "scoringStrategy",
        ],
    )?;
    profile.ignored_resources = texts(args, "ignoredResources")?;
    for group in args.items_of("ignoredResourceGroups")? {
        if group.text()?.contains('/') {
            return Err(group.fail("a group of resources, without slash"));
        }
    }
    profile.ignored_resource_groups = texts(args, "ignoredResourceGroups")?;
    if let Some(strategy) = args.field("scoringStrategy") {
        profile.strategy = scoring(&strategy)?;
    }
    Ok(())
}

fn texts(at: &At<'_>, name: &str) -> Result<Vec<String>, InvalidConfiguration> {
    at.items_of(name)?
        .iter()
        .map(|item| item.text().map(str::to_owned))
        .collect()
}

fn scoring(at: &At<'_>) -> Result<Strategy, InvalidConfiguration> {
    at.only(&["type", "resources", "requestedToCapacityRatio"])?;
    let kind = at.required("type")?.one_of(&[
        "LeastAllocated",
        "MostAllocated",
        "RequestedToCapacityRatio",
    ])?;
    let mut resources = Vec::new();
    for resource in at.items_of("resources")? {
        resources.push((resource_name(&resource)?, weight(&resource, 100)?));
    }
    if resources.is_empty() {
        resources = Strategy::default().resources;
    }
    let curve = match kind {
        "LeastAllocated" => Curve::LeastAllocated,
        "MostAllocated" => Curve::MostAllocated,
        _ => Curve::RequestedToCapacityRatio(shape(&at.required("requestedToCapacityRatio")?)?),
    };
    Ok(Strategy { curve, resources })
}

fn resource_name(at: &At<'_>) -> Result<String, InvalidConfiguration> {
    at.only(&["name", "weight"])?;
    let name = at.required("name")?;
    match name.text()? {
        "" => Err(name.fail("the name of a resource")),
        text => Ok(text.to_owned()),
    }
}

/// A weight; 0 counts as absent, which is 1.
fn weight(at: &At<'_>, most: i64) -> Result<i64, InvalidConfiguration> {
    match at.field("weight") {
        None => Ok(1),
        Some(weight) if weight.value.as_i64() == Some(0) => Ok(1),
        Some(weight) => weight.integer(1, most),
    }
}

fn shape(at: &At<'_>) -> Result<Vec<ShapePoint>, InvalidConfiguration> {
    at.only(&["shape"])?;
    let list = at.required("shape")?;
    let mut points: Vec<ShapePoint> = Vec::new();
    for point in list.items()? {
        point.only(&["utilization", "score"])?;
        let number = |name: &str, most| match point.field(name) {
            Some(number) => number.integer(0, most),
            None => Ok(0),
        };
        let new = ShapePoint {
            utilization: number("utilization", 100)?,
            score: number("score", 10)?,
        };
        if points
            .last()
            .is_some_and(|last| last.utilization >= new.utilization)
        {
            return Err(point.fail("a higher utilization than the point before"));
        }
        points.push(new);
    }
    if points.is_empty() {
        return Err(list.fail("at least one point"));
    }
    Ok(points)
}

fn balance(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(args, &["resources"])?;
    let mut names = Vec::new();
    for resource in args.items_of("resources")? {
        weight(&resource, 1)?;
        names.push(resource_name(&resource)?);
    }
    if !names.is_empty() {
        profile.balanced_resources = names;
    }
    Ok(())
}

fn spread(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(args, &["defaultConstraints", "defaultingType"])?;
    let listed = match args.field("defaultingType") {
        Some(kind) => kind.one_of(&["System", "List"])? == "List",
        None => false,
    };
    let constraints = args.items_of("defaultConstraints")?;
    if !listed {
        return match args.field("defaultConstraints") {
            Some(list) if !constraints.is_empty() => {
                Err(list.fail("no constraints, or defaultingType List"))
            }
            _ => Ok(()),
        };
    }
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for at in constraints {
        at.only(&["topologyKey", "maxSkew", "whenUnsatisfiable"])?;
        let key = at.required("topologyKey")?;
        if key.text()?.is_empty() {
            return Err(key.fail("the key of a node label"));
        }
        let effect = at
            .required("whenUnsatisfiable")?
            .one_of(&["DoNotSchedule", "ScheduleAnyway"])?;
        let new = DefaultSpread {
            topology_key: key.text()?.to_owned(),
            max_skew: at.required("maxSkew")?.integer(1, i32::MAX.into())? as i32,
            hard: effect == "DoNotSchedule",
        };
        if !seen.insert((new.topology_key.clone(), new.hard)) {
            return Err(at.fail("a topologyKey and whenUnsatisfiable that no other constraint has"));
        }
        list.push(new);
    }
    profile.spread_defaults = SpreadDefaults::List(list);
    Ok(())
}

fn inter_pod(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(
        args,
        &[
            "hardPodAffinityWeight",
            "ignorePreferredTermsOfExistingPods",
        ],
    )?;
    if let Some(weight) = args.field("hardPodAffinityWeight") {
        profile.hard_pod_affinity_weight = weight.integer(0, 100)?;
    }
    if let Some(ignores) = args.field("ignorePreferredTermsOfExistingPods") {
        profile.ignore_preferred_terms_of_existing_pods = ignores.flag()?;
    }
    Ok(())
}

fn node_affinity(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(args, &["addedAffinity"])?;
    if let Some(affinity) = args.field("addedAffinity") {
        affinity.only(&[
            "requiredDuringSchedulingIgnoredDuringExecution",
            "preferredDuringSchedulingIgnoredDuringExecution",
        ])?;
        let added = NodeAffinity::deserialize(affinity.value)
            .map_err(|error| affinity.fail(format!("a node affinity: {error}")))?;
        let spec = PodSpec::default();
        Constraints::compile(&spec, Some(&added), &mut Symbols::default())
            .map_err(|fault| affinity.fault(&fault, "NodeAffinityArgs.addedAffinity"))?;
        profile.added_affinity = Some(added);
    }
    Ok(())
}

fn preemption(args: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    fields(
        args,
        &["minCandidateNodesPercentage", "minCandidateNodesAbsolute"],
    )?;
    if let Some(percentage) = args.field("minCandidateNodesPercentage") {
        profile.min_candidate_nodes_percentage = percentage.integer(0, 100)? as i32;
    }
    if let Some(absolute) = args.field("minCandidateNodesAbsolute") {
        profile.min_candidate_nodes_absolute = absolute.integer(0, i32::MAX.into())? as i32;
    }
    if profile.min_candidate_nodes_percentage == 0 && profile.min_candidate_nodes_absolute == 0 {
        return Err(args.fail("at least one of the two minimums above 0"));
    }
    Ok(())
}
