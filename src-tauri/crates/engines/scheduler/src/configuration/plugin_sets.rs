//! Which plugins a profile enables and disables at which extension point, and what their scores weigh.
//!
//! Source: `mergePluginSet` of `apis/config/v1/default_plugins.go`, `expandMultiPointPlugins` and `getScoreWeights` of
//! `framework/runtime/framework.go`.

use std::collections::BTreeMap;

use super::InvalidConfiguration;
use super::cursor::At;
use crate::plugins::Plugin;
use crate::profile::Profile;

const MULTI_POINT: &str = "multiPoint";
const SCORE: &str = "score";
const ALL: &str = "*";

const POINTS: [&str; 13] = [
    "preEnqueue",
    "queueSort",
    "preFilter",
    "filter",
    "postFilter",
    "preScore",
    SCORE,
    "reserve",
    "permit",
    "preBind",
    "bind",
    "postBind",
    MULTI_POINT,
];

/// Plugins of kube-scheduler that are none of this engine's: the queue's order and the binding are played as they play
/// them, `spec.nodeName` holds always, and dynamic resources are named with every pod that claims any.
const BESIDES: [&str; 4] = [
    "PrioritySort",
    "DefaultBinder",
    "NodeName",
    "DynamicResources",
];

/// Plugins that judge with what their preFilter has found; without it they fail every pod.
const PREPARED: [Plugin; 6] = [
    Plugin::NodePorts,
    Plugin::NodeResourcesFit,
    Plugin::VolumeRestrictions,
    Plugin::VolumeBinding,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];

/// What a profile says of one extension point.
#[derive(Default)]
struct Set {
    enabled: BTreeMap<String, i64>,
    disabled: Vec<String>,
}

impl Set {
    fn disables(&self, name: &str) -> bool {
        self.disabled
            .iter()
            .any(|other| other == name || other == ALL)
    }
}

/// The extension point at which a plugin filters, or does what `filters` stands for.
fn filter_point(plugin: Plugin) -> Option<&'static str> {
    match plugin {
        Plugin::SchedulingGates => Some("preEnqueue"),
        Plugin::DefaultPreemption => Some("postFilter"),
        Plugin::NodeResourcesBalancedAllocation | Plugin::ImageLocality => None,
        _ => Some("filter"),
    }
}

/// Reads `plugins` of a profile.
pub(super) fn read(at: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    at.only(&POINTS)?;
    let mut sets = BTreeMap::new();
    for point in POINTS {
        sets.insert(point, read_set(at, point, profile)?);
    }
    let base = Profile::default();
    for plugin in Plugin::ALL {
        let name = plugin.name();
        let usual = base.plugin(plugin);
        // What multiPoint comes to: a custom entry takes the place of the default one.
        let everywhere = match sets[MULTI_POINT].enabled.get(name) {
            Some(&weight) => Some(weight),
            None if sets[MULTI_POINT].disables(name) => None,
            None => Some(usual.weight),
        };
        let at_point = |point: &str| match sets[point].enabled.get(name) {
            Some(&weight) => Some(weight),
            None if sets[point].disables(name) => None,
            None => everywhere,
        };
        let weight = if usual.weight > 0 {
            // A weight of 0 cannot be asked for: it counts as 1.
            at_point(SCORE).map_or(0, |weight| weight.max(1))
        } else {
            0
        };
        profile.weigh(plugin, weight);
        let filters = filter_point(plugin).map_or(weight > 0, |point| at_point(point).is_some());
        profile.filter_by(plugin, filters);
        let unprepared = [("preFilter", filters && PREPARED.contains(&plugin))];
        for (point, judged) in unprepared {
            if judged && at_point(point).is_none() {
                profile
                    .not_considered
                    .push(format!("{name}: {point} switched off alone"));
            }
        }
    }
    for (point, name) in [("filter", "NodeName"), ("queueSort", "PrioritySort")] {
        let off = sets[MULTI_POINT].disables(name) || sets[point].disables(name);
        let on =
            sets[MULTI_POINT].enabled.contains_key(name) || sets[point].enabled.contains_key(name);
        if off && !on {
            profile
                .not_considered
                .push(format!("{name}: {point} switched off"));
        }
    }
    Ok(())
}

fn read_set(
    plugins: &At<'_>,
    point: &'static str,
    profile: &mut Profile,
) -> Result<Set, InvalidConfiguration> {
    let mut set = Set::default();
    let Some(at) = plugins.field(point) else {
        return Ok(set);
    };
    at.only(&["enabled", "disabled"])?;
    for entry in at.items_of("disabled")? {
        entry.only(&["name", "weight"])?;
        set.disabled
            .push(entry.required("name")?.text()?.to_owned());
    }
    for entry in at.items_of("enabled")? {
        entry.only(&["name", "weight"])?;
        let at_name = entry.required("name")?;
        let name = at_name.text()?;
        let weight = match entry.field("weight") {
            Some(weight) => weight.integer(0, i64::from(i32::MAX) / 100)?,
            None => 0,
        };
        match Plugin::named(name) {
            None if BESIDES.contains(&name) => {}
            None => profile
                .not_considered
                .push(format!("{name}: no plugin of kube-scheduler itself")),
            Some(plugin) => extends(plugin, point, &at_name)?,
        }
        if set.enabled.insert(name.to_owned(), weight).is_some() {
            return Err(at_name.fail("a plugin that is not enabled here yet"));
        }
    }
    Ok(set)
}

/// Refuses a plugin at an extension point where it does nothing, as the scheduler does.
fn extends(plugin: Plugin, point: &str, at: &At<'_>) -> Result<(), InvalidConfiguration> {
    let scores = Profile::default().plugin(plugin).weight > 0 || plugin == Plugin::VolumeBinding;
    let fits = match point {
        SCORE => scores,
        "filter" | "preEnqueue" | "postFilter" => filter_point(plugin) == Some(point),
        "queueSort" | "permit" | "bind" | "postBind" => false,
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(at.fail(format!("a plugin that extends {point}")))
    }
}
