//! Names of resources, and amounts of the ones every cluster has.

use std::collections::BTreeMap;

/// Amounts on a node or in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// Thousandths of a core.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory_bytes: i64,
    /// Bytes of local ephemeral storage.
    pub ephemeral_bytes: i64,
    /// Number of pods.
    pub pods: i64,
}

pub(crate) const CPU: usize = 0;
pub(crate) const MEMORY: usize = 1;
pub(crate) const EPHEMERAL: usize = 2;

/// Columns a cluster always has, in order; scalar resources follow as they are met.
const FIXED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

#[derive(Debug, Clone)]
pub(crate) struct ResourceTable {
    names: Vec<String>,
    index: BTreeMap<String, usize>,
}

impl Default for ResourceTable {
    fn default() -> Self {
        let names: Vec<String> = FIXED.iter().map(|&name| name.to_owned()).collect();
        let index = names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), at))
            .collect();
        Self { names, index }
    }
}

impl ResourceTable {
    /// The column of a resource the scheduler counts, or none for one it ignores.
    pub(crate) fn intern(&mut self, name: &str) -> Option<usize> {
        if let Some(&at) = self.index.get(name) {
            return Some(at);
        }
        if !is_scalar(name) {
            return None;
        }
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), self.names.len() - 1);
        Some(self.names.len() - 1)
    }

    pub(crate) fn name(&self, at: usize) -> &str {
        &self.names[at]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// Extended, huge page, prefixed native and attachable volume resources, as `IsScalarResourceName` of
/// `pkg/apis/core/v1/helper` has it.
fn is_scalar(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    let extended = !native && !name.starts_with("requests.");
    extended
        || name.contains("kubernetes.io/")
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_resources_are_counted() {
        for (name, counted) in [
            ("cpu", true),
            ("ephemeral-storage", true),
            ("nvidia.com/gpu", true),
            ("hugepages-2Mi", true),
            ("attachable-volumes-csi-x", true),
            ("scheduling.kubernetes.io/foo", true),
            ("storage", false),
            ("requests.nvidia.com/gpu", false),
        ] {
            assert_eq!(
                ResourceTable::default().intern(name).is_some(),
                counted,
                "{name}"
            );
        }
    }
}
