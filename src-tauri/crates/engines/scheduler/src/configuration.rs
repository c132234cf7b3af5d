//! KubeSchedulerConfiguration files (`kubescheduler.config.k8s.io/v1`) as profiles. Reads parsed documents; decides nothing.
//!
//! What a file asks for and this engine does not do (extenders, plugins of other builds) is no error: the profile names it
//! in [`Profile::not_considered`].
//!
//! Source: `pkg/scheduler/apis/config/{v1,validation}` and `pkg/scheduler/framework/runtime/framework.go` of v1.34.

mod arguments;
mod cursor;
mod plugin_sets;

use std::collections::BTreeSet;

use drydock_model::ClusterObjects;
use serde_json::Value;

use crate::profile::Profile;
use cursor::At;

const API_VERSION: &str = "kubescheduler.config.k8s.io/v1";
const KIND: &str = "KubeSchedulerConfiguration";

/// Fields of the file. `metadata` is none, but names the document among the objects of a world.
const FIELDS: [&str; 14] = [
    "apiVersion",
    "kind",
    "metadata",
    "parallelism",
    "leaderElection",
    "clientConnection",
    "enableProfiling",
    "enableContentionProfiling",
    "percentageOfNodesToScore",
    "podInitialBackoffSeconds",
    "podMaxBackoffSeconds",
    "profiles",
    "extenders",
    "delayCacheUntilActive",
];

/// A profile of a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedProfile {
    /// Its `schedulerName`.
    pub name: String,
    /// What it says.
    pub profile: Profile,
}

/// A configuration that cannot be used, with the field at fault and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("KubeSchedulerConfiguration: {field} is {value}, expected {expected}")]
pub struct InvalidConfiguration {
    /// Path of the field.
    pub field: String,
    /// The offending value as it was written, or `missing`.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

/// The profile in force: the first of the first configuration, or the default.
///
/// # Errors
/// A configuration that does not read.
pub fn in_force(objects: &ClusterObjects) -> Result<Profile, InvalidConfiguration> {
    let Some(document) = objects.scheduler_configurations.first() else {
        return Ok(Profile::default());
    };
    let first = read(document)?.into_iter().next();
    Ok(first.map_or_else(Profile::default, |named| named.profile))
}

/// Reads a configuration: its profiles in order, or the default one where it lists none.
///
/// # Errors
/// The first field that is not what it should be.
pub fn read(document: &Value) -> Result<Vec<NamedProfile>, InvalidConfiguration> {
    let root = At::root(document);
    root.is_text("apiVersion", API_VERSION)?;
    root.is_text("kind", KIND)?;
    root.only(&FIELDS)?;
    let mut base = Profile::default();
    if let Some(percentage) = root.field("percentageOfNodesToScore") {
        base.percentage_of_nodes_to_score = percentage.integer(0, 100)? as i32;
    }
    if let Some(extenders) = root.field("extenders") {
        for extender in extenders.items()? {
            let address = extender.required("urlPrefix")?;
            base.not_considered
                .push(format!("extender {}", address.text()?));
        }
    }
    let profiles = match root.field("profiles") {
        Some(profiles) => profiles.items()?,
        None => Vec::new(),
    };
    if profiles.is_empty() {
        return Ok(vec![NamedProfile {
            name: base.scheduler_name.clone(),
            profile: base,
        }]);
    }
    let mut names = BTreeSet::new();
    let mut all = Vec::new();
    for at in &profiles {
        let mut profile = base.clone();
        if let Some(name) = at.field("schedulerName") {
            name.text()?.clone_into(&mut profile.scheduler_name);
            if profile.scheduler_name.is_empty() {
                return Err(name.fail("a name"));
            }
        } else if profiles.len() > 1 {
            return Err(at.missing("schedulerName", "a name, since there are several profiles"));
        }
        if !names.insert(profile.scheduler_name.clone()) {
            return Err(at
                .required("schedulerName")?
                .fail("a name that no other profile has"));
        }
        read_profile(at, &mut profile)?;
        all.push(NamedProfile {
            name: profile.scheduler_name.clone(),
            profile,
        });
    }
    Ok(all)
}

fn read_profile(at: &At<'_>, profile: &mut Profile) -> Result<(), InvalidConfiguration> {
    at.only(&[
        "schedulerName",
        "percentageOfNodesToScore",
        "plugins",
        "pluginConfig",
    ])?;
    if let Some(percentage) = at.field("percentageOfNodesToScore") {
        profile.percentage_of_nodes_to_score = percentage.integer(0, 100)? as i32;
    }
    if let Some(plugins) = at.field("plugins") {
        plugin_sets::read(&plugins, profile)?;
    }
    let mut seen = BTreeSet::new();
    if let Some(list) = at.field("pluginConfig") {
        for entry in list.items()? {
            entry.only(&["name", "args"])?;
            let name = entry.required("name")?;
            if !seen.insert(name.text()?.to_owned()) {
                return Err(name.fail("a plugin that has no arguments yet"));
            }
            if let Some(args) = entry.field("args") {
                arguments::read(name.text()?, &args, profile)?;
            }
        }
    }
    profile.not_considered.sort();
    profile.not_considered.dedup();
    Ok(())
}

#[cfg(test)]
mod tests;
