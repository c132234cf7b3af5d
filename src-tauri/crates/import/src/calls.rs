//! Who calls whom, read off addresses in the environment and command line of containers.
//!
//! A name without a workload behind it is reported, never invented.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{ClusterObject, Inventory, ServiceId, UnresolvedName, Workload};
use k8s_openapi::api::core::v1::Container;
use serde_json::{Map, Value};

use crate::address::{self, Address};
use crate::directory::{Answer, Directory};
use crate::redact::is_secret_variable;

/// Calls by caller and called, each with what it was read off.
pub(crate) type Calls = BTreeMap<(ServiceId, ServiceId), String>;

/// What addresses say.
#[derive(Default)]
pub(crate) struct Found {
    pub calls: Calls,
    pub unresolved: BTreeSet<UnresolvedName>,
}

/// Longest value that is quoted in full as the source of a call.
const QUOTED: usize = 120;

/// Reads the containers of every workload that serves.
pub(crate) fn infer(
    objects: &[ClusterObject],
    inventory: &Inventory,
    directory: &Directory,
) -> Found {
    let config = objects
        .iter()
        .filter(|object| (object.group(), object.kind()) == ("", "ConfigMap"))
        .filter_map(|object| {
            Some((
                ServiceId::new(object.namespace(), object.name()),
                object.json.get("data")?.as_object()?,
            ))
        })
        .collect();
    let mut reader = Reader {
        directory,
        config,
        found: Found::default(),
    };
    for workload in inventory.serving() {
        for container in workload
            .template
            .spec
            .iter()
            .flat_map(|spec| &spec.containers)
        {
            reader.container(workload, container);
        }
    }
    reader.found
}

struct Reader<'a> {
    directory: &'a Directory,
    config: BTreeMap<ServiceId, &'a Map<String, Value>>,
    found: Found,
}

/// A variable: its value as written, and with the variables before it filled in.
struct Variable {
    name: String,
    value: String,
    expanded: String,
    from: Option<String>,
}

impl Reader<'_> {
    fn container(&mut self, workload: &Workload, container: &Container) {
        let variables = self.variables(workload.id.namespace(), container);
        for variable in &variables {
            let said = match &variable.from {
                _ if is_secret_variable(&variable.name, &variable.expanded) => {
                    format!("env {} (value dropped)", variable.name)
                }
                Some(config_map) => format!("env {} from ConfigMap {config_map}", variable.name),
                None if variable.value.chars().count() > QUOTED => format!("env {}", variable.name),
                None => format!("env {}={}", variable.name, variable.value),
            };
            let source = format!("{said} of container {}", container.name);
            for address in address::in_variable(&variable.name, &variable.expanded) {
                self.address(workload, &address, &source);
            }
        }
        let words: Vec<String> = container
            .command
            .iter()
            .flatten()
            .chain(container.args.iter().flatten())
            .map(|word| expand(word, &variables))
            .collect();
        for address in address::in_command(&words) {
            let source = format!(
                "{} in the command line of container {}",
                address.host, container.name
            );
            self.address(workload, &address, &source);
        }
    }

    fn variables(&self, namespace: &str, container: &Container) -> Vec<Variable> {
        let mut variables: Vec<Variable> = Vec::new();
        for source in container.env_from.iter().flatten() {
            let Some(reference) = &source.config_map_ref else {
                continue;
            };
            let prefix = source.prefix.as_deref().unwrap_or("");
            for (key, value) in self
                .config
                .get(&ServiceId::new(namespace, &reference.name))
                .into_iter()
                .flat_map(|map| map.iter())
            {
                if let Value::String(value) = value {
                    variables.push(Variable {
                        name: format!("{prefix}{key}"),
                        value: value.clone(),
                        expanded: value.clone(),
                        from: Some(reference.name.clone()),
                    });
                }
            }
        }
        for variable in container.env.iter().flatten() {
            let reference = variable
                .value_from
                .as_ref()
                .and_then(|from| from.config_map_key_ref.as_ref());
            let (value, from) = match (&variable.value, reference) {
                (Some(value), _) => (value.clone(), None),
                (None, Some(reference)) => {
                    let map = self.config.get(&ServiceId::new(namespace, &reference.name));
                    let Some(Value::String(value)) = map.and_then(|map| map.get(&reference.key))
                    else {
                        continue;
                    };
                    (value.clone(), Some(reference.name.clone()))
                }
                (None, None) => continue,
            };
            let expanded = expand(&value, &variables);
            variables.push(Variable {
                name: variable.name.clone(),
                value,
                expanded,
                from,
            });
        }
        variables
    }

    fn address(&mut self, workload: &Workload, address: &Address, source: &str) {
        match self
            .directory
            .resolve(&address.host, workload.id.namespace())
        {
            Answer::Workload(to) if to == workload.id => {}
            Answer::Workload(to) => {
                self.found
                    .calls
                    .entry((workload.id.clone(), to))
                    .or_insert_with(|| source.to_owned());
            }
            Answer::Nothing(why) if address.certain => {
                self.unresolved(workload, address, &format!("{source}: {why}"));
            }
            Answer::Outside if address.certain => {
                self.unresolved(workload, address, &format!("{source}: outside the cluster"));
            }
            Answer::Nothing(_) | Answer::Outside => {}
        }
    }

    fn unresolved(&mut self, workload: &Workload, address: &Address, from: &str) {
        self.found.unresolved.insert(UnresolvedName {
            name: address.host.clone(),
            from: format!("{}: {from}", workload.id),
        });
    }
}

/// Fills in `$(NAME)` from the variables before, as the kubelet does; what is not known stays.
fn expand(text: &str, variables: &[Variable]) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        expanded.push_str(before);
        let Some((name, behind)) = after.split_once(')') else {
            rest = &rest[before.len()..];
            break;
        };
        match variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
        {
            Some(variable) => expanded.push_str(&variable.expanded),
            None => expanded.extend(["$(", name, ")"]),
        }
        rest = behind;
        // A chain of expansions can double at each step; no address is that long.
        if expanded.len() > 4096 {
            break;
        }
    }
    expanded.push_str(rest);
    expanded
}

/// Takes out the calls that close a circle, as a request would never end, and returns them. Walks from `first` on, then
/// from every other caller in order, so that the calls nearest to where requests come in stay.
pub(crate) fn break_circles(calls: &mut Calls, first: &[ServiceId]) -> Vec<(ServiceId, ServiceId)> {
    let mut called: BTreeMap<&ServiceId, Vec<&ServiceId>> = BTreeMap::new();
    for (from, to) in calls.keys() {
        called.entry(from).or_default().push(to);
    }
    let (mut open, mut done): (BTreeSet<&ServiceId>, BTreeSet<&ServiceId>) = Default::default();
    let mut closing = Vec::new();
    let starts: Vec<&ServiceId> = first
        .iter()
        .chain(calls.keys().map(|(from, _)| from))
        .collect();
    for start in starts {
        if done.contains(start) {
            continue;
        }
        open.insert(start);
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            let Some(&to) = called.get(at).and_then(|called| called.get(*next)) else {
                open.remove(at);
                done.insert(at);
                path.pop();
                continue;
            };
            *next += 1;
            if open.contains(to) {
                closing.push((at.clone(), to.clone()));
            } else if !done.contains(to) {
                open.insert(to);
                path.push((to, 0));
            }
        }
    }
    for call in &closing {
        calls.remove(call);
    }
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_cut_at_the_call_that_closes_them() {
        let check = |calls: &[(&str, &str)], first: &[&str], cut: &[(&str, &str)]| {
            let id = |name: &&str| ServiceId::new("n", name);
            let mut all: Calls = calls
                .iter()
                .map(|(a, b)| ((id(a), id(b)), String::new()))
                .collect();
            let first: Vec<_> = first.iter().map(id).collect();
            let got = break_circles(&mut all, &first);
            let expect: Vec<_> = cut.iter().map(|(a, b)| (id(a), id(b))).collect();
            assert_eq!(got, expect, "{calls:?}");
            assert_eq!(all.len(), calls.len() - cut.len());
            assert!(break_circles(&mut all, &first).is_empty());
        };
        check(&[("a", "b"), ("b", "c"), ("a", "c")], &["a"], &[]);
        check(
            &[("api", "web"), ("web", "api")],
            &["web"],
            &[("api", "web")],
        );
        check(&[("api", "web"), ("web", "api")], &[], &[("web", "api")]);
        check(
            &[("a", "b"), ("b", "c"), ("c", "a"), ("c", "b")],
            &["a"],
            &[("c", "a"), ("c", "b")],
        );
    }

    #[test]
    fn variables_are_filled_in() {
        let known = |name: &str, value: &str| Variable {
            name: name.to_owned(),
            value: String::new(),
            expanded: value.to_owned(),
            from: None,
        };
        let variables = [known("H", "db"), known("P", "1")];
        for (text, expect) in [
            ("$(H):$(P)", "db:1"),
            ("$(X)/$(H", "$(X)/$(H"),
            ("plain", "plain"),
            ("$()", "$()"),
        ] {
            assert_eq!(expand(text, &variables), expect, "{text}");
        }
    }
}
