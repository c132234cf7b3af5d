//! Which kinds a server serves (`/api/v1`, `/apis`, `/apis/GROUP/VERSION`), and which of them are read.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIGroupList, APIResourceList};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kinds::{Resource, base, is_wanted, is_wanted_group};
use super::read_error::ReadError;
use super::reader::Reader;
use super::warning::Warning;

/// The group of the resource metrics API.
const METRICS: &str = "metrics.k8s.io";

/// What a server serves of what is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// `gitVersion`, where the server tells.
    pub server: Option<String>,
    /// Kinds to read, Events among them, in order; each once.
    pub resources: Vec<Resource>,
    /// Version of the resource metrics API, or why there is none.
    pub metrics: Result<String, String>,
    /// What is left out, and why.
    pub warnings: Vec<Warning>,
    /// Groups that should answer and did not: worth asking again soon.
    pub failed: Vec<String>,
}

/// Asks a server what it serves.
///
/// # Errors
/// Where the core group does not answer: then nothing would.
pub(crate) async fn discover(reader: &Reader) -> Result<Discovery, ReadError> {
    let server = match reader.get("/version").await {
        Ok(version) => version["gitVersion"].as_str().map(str::to_owned),
        // A version is often kept from strangers; what follows tells whether we are one.
        Err(ReadError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    let mut found = Discovery {
        server,
        resources: Vec::new(),
        metrics: Err(format!(
            "the API group {METRICS} is not served; install metrics-server for usage"
        )),
        warnings: Vec::new(),
        failed: Vec::new(),
    };
    found.take("", "v1", read(reader, &base("", "v1")).await?);
    match read::<APIGroupList>(reader, "/apis").await {
        Ok(list) => {
            for group in list.groups {
                found.group(reader, &group).await;
            }
        }
        Err(error) => found.fail("/apis", &error),
    }
    found.resources.sort();
    Ok(found)
}

impl Discovery {
    async fn group(&mut self, reader: &Reader, group: &APIGroup) {
        if group.name == METRICS {
            // Not asked what it holds: the API fixes that, and its server is often down.
            if let Some(version) = versions(group).first() {
                self.metrics = Ok(version.clone());
            }
        } else if is_wanted_group(&group.name) {
            for version in versions(group) {
                match read(reader, &base(&group.name, &version)).await {
                    Ok(list) => self.take(&group.name, &version, list),
                    Err(error) => self.fail(&format!("{}/{version}", group.name), &error),
                }
            }
        }
    }

    /// Takes the kinds of a version that no better version has.
    fn take(&mut self, group: &str, version: &str, list: APIResourceList) {
        let known: BTreeSet<String> = self
            .resources
            .iter()
            .filter(|resource| resource.group == group)
            .map(|resource| resource.kind.clone())
            .collect();
        for served in list.resources {
            // pods/log and its like are parts of a resource.
            if served.name.contains('/')
                || !is_wanted(group, &served.kind)
                || known.contains(&served.kind)
            {
                continue;
            }
            let resource = Resource {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: served.kind,
                plural: served.name,
                namespaced: served.namespaced,
            };
            let can = |verb: &str| served.verbs.iter().any(|known| known == verb);
            if can("list") && can("watch") {
                self.resources.push(resource);
            } else {
                let message = "is left out: it cannot be listed and watched";
                self.warnings.push(Warning::new(resource.title(), message));
            }
        }
    }

    fn fail(&mut self, what: &str, error: &ReadError) {
        let message = format!("its kinds are left out: it does not say which it has ({error})");
        self.warnings.push(Warning::new(what, message));
        self.failed.push(what.to_owned());
    }
}

/// Versions of a group, best first: the server's choice, but for `autoscaling`, of which only v2 has all metrics.
fn versions(group: &APIGroup) -> Vec<String> {
    let mut versions: Vec<String> = group
        .versions
        .iter()
        .map(|version| version.version.clone())
        .collect();
    let preferred = match &group.preferred_version {
        _ if group.name == "autoscaling" && versions.iter().any(|version| version == "v2") => "v2",
        Some(preferred) => preferred.version.as_str(),
        None => return versions,
    };
    // Stable: the others keep the server's order.
    versions.sort_by_key(|version| version != preferred);
    versions
}

async fn read<T: DeserializeOwned>(reader: &Reader, path: &str) -> Result<T, ReadError> {
    let value: Value = reader.get(path).await?;
    serde_json::from_value(value)
        .map_err(|error| ReadError::Garbage(format!("{path} is no list of resources: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn empty() -> Discovery {
        Discovery {
            server: None,
            resources: Vec::new(),
            metrics: Err(String::new()),
            warnings: Vec::new(),
            failed: Vec::new(),
        }
    }

    #[test]
    fn the_best_version_comes_first() {
        let check = |name: &str, served: &[&str], preferred: Option<&str>, expect: &[&str]| {
            let versions: Vec<_> = served
                .iter()
                .map(|v| json!({"groupVersion": format!("{name}/{v}"), "version": v}))
                .collect();
            let mut group = json!({"name": name, "versions": versions});
            if let Some(v) = preferred {
                group["preferredVersion"] =
                    json!({"groupVersion": format!("{name}/{v}"), "version": v});
            }
            let group: APIGroup = serde_json::from_value(group).unwrap();
            assert_eq!(super::versions(&group), expect);
        };
        check("batch", &["v1", "v1beta1"], Some("v1"), &["v1", "v1beta1"]);
        check("x", &["v1beta1", "v1"], Some("v1"), &["v1", "v1beta1"]);
        check("x", &["v2", "v1"], None, &["v2", "v1"]);
        check("autoscaling", &["v1", "v2"], Some("v1"), &["v2", "v1"]);
        check("autoscaling", &["v1"], Some("v1"), &["v1"]);
    }

    #[test]
    fn kinds_of_a_version() {
        let served = |kind: &str, plural: &str, verbs: &[&str]| {
            json!({"name": plural, "singularName": "", "namespaced": true, "kind": kind,
            "verbs": verbs})
        };
        let all = ["get", "list", "watch"];
        let list = |resources: Vec<Value>| -> APIResourceList {
            serde_json::from_value(json!({"groupVersion": "v1", "resources": resources})).unwrap()
        };
        let mut found = empty();
        let first = list(vec![
            served("Pod", "pods", &all),
            served("Pod", "pods/log", &all),
            served("Secret", "secrets", &all),
            served("Service", "services", &["get", "list"]),
        ]);
        found.take("", "v1", first);
        found.take("", "v2", list(vec![served("Pod", "pods", &all)]));
        let titles: Vec<_> = found.resources.iter().map(Resource::title).collect();
        assert_eq!(titles, ["v1 Pod"]);
        assert_eq!(found.warnings[0].subject, "v1 Service");
    }
}
